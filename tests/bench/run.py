"""Measure Catena against Python and Lua; ./dev bench runs this.

Each table checks the answers first, then runs the twins in turn (A B C A B C …), because absolute times drift from one
minute to the next while ratios within a round hold.
"""

import argparse
import json
import os
import platform
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import arrays
import bridge
import compiling
import embed
import interpreter
import report
import startup

TABLES = {
    "interpreter": interpreter.nine,
    "programs": interpreter.more,
    "bridge": bridge.table,
    "arrays": arrays.table,
    "startup": startup.table,
    "compiling": compiling.table,
    "embed": embed.tables,
}


def arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split("\n")[0])
    parser.add_argument("tables", nargs="*", metavar="TABLE", help="of: %s (default: all)" % ", ".join(TABLES))
    parser.add_argument("--only", metavar="ROW", action="append", help="only this row; may be given several times")
    parser.add_argument("--rounds", type=int, help="how often each twin is run")
    parser.add_argument("--quick", action="store_true", help="few rounds, and smaller arrays: a first impression")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--check", action="store_true", help="exit 1 when a table misses its limit")
    parser.add_argument("--instructions", action="store_true",
                        help="count instructions instead (perf, or valgrind, which is slow); interpreter tables only")
    parser.add_argument("--luajit", action="store_true", help="also run LuaJIT with its compiler off")
    parser.add_argument("--catena", default=shutil.which("catena") or "catena", help=argparse.SUPPRESS)
    options = parser.parse_args()
    for name in options.tables:
        if name not in TABLES:
            parser.error("there is no table %s; there are: %s" % (name, ", ".join(TABLES)))
    if options.rounds is None:
        options.rounds = 3 if options.quick else 7
    return options


def main():
    options = arguments()
    results = []
    for name in options.tables or list(TABLES):
        if options.instructions and name not in ("interpreter", "programs"):
            continue
        made = TABLES[name](options)
        for result in made if isinstance(made, list) else [made]:
            results.append(result)
            if not options.json:
                print(report.text(result))
                print(flush=True)
    if options.json:
        machine = {"python": platform.python_version(), "system": platform.platform(), "processors": os.cpu_count()}
        print(json.dumps({"machine": machine, "tables": [report.data(result) for result in results]}, indent=2))
    wrong = any(result.failures for result in results)
    missed = options.check and any(not limit.met for result in results for limit in result.limits)
    return 1 if wrong or missed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
