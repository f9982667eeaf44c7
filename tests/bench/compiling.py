"""How fast source becomes code: the benchmark programs' own definitions, many times over, in one file."""

import os
import re
import statistics
import tempfile
import time

import interpreter
import report
import twins

LINES = 20_000


def definitions(ending):
    """The text of all programs without their imports of `measure` and without the line that runs them."""
    out = []
    for name in interpreter.NINE + interpreter.MORE:
        with open(os.path.join(twins.PROGRAMS, name + ending), encoding="utf-8") as file:
            text = file.read()
        out.append(re.sub(r"^\(?(import measure|measure\.run).*\n", "", text, flags=re.M))
    return "\n".join(out)


def seconds(command):
    start = time.perf_counter()
    twins.run(command)
    return time.perf_counter() - start


def table(options):
    result = report.Table("compiling", "From source to code: microseconds a line as ratios to CPython, in turn",
                          "CPython", "us")
    with tempfile.TemporaryDirectory(prefix="catena-bench-") as folder:
        commands, lines, times = {}, {}, {}
        for twin, (command, ending) in twins.commands(options).items():
            if ending == ".lua":
                continue
            once = definitions(ending)
            text = once * (LINES // once.count("\n"))
            lines[twin] = text.count("\n")
            many, none = os.path.join(folder, "many" + ending), os.path.join(folder, "none" + ending)
            for path, content in ((many, text), (none, "")):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(content)
            commands[twin] = ([*command, many], [*command, none])
            times[twin] = []
        for _ in range(max(2, options.rounds // 2)):
            for twin, (many, none) in list(commands.items()):
                try:
                    times[twin].append(1e6 * (seconds(many) - seconds(none)) / lines[twin])
                except RuntimeError as problem:
                    result.failures.append("%s: %s" % (twin, problem))
                    del commands[twin], times[twin]
    if times.get("CPython"):
        row = report.Row("%d lines" % LINES, times)
        if times.get("Catena"):
            minute = 60e6 / statistics.median(times["Catena"])
            row.notes["Catena lines a minute"] = "%.0f" % minute
            result.limit("microseconds a line (200,000 lines a minute)", 300, row.median("Catena"))
        result.rows.append(row)
    return result
