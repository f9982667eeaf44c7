"""How long a process takes that does nothing, and how much memory it holds."""

import os
import re
import sys
import tempfile
import time

import report
import twins


# What the kernel charges to a child process includes the memory of the one that started it; what a process reads about
# itself does not.
MEMORY = {
    "CPython": ["-c", "print(open('/proc/self/status').read())"],
    "Catena": ["-e", '(print (.read (open "/proc/self/status")))'],
    "Lua": ["-e", "print(io.open('/proc/self/status'):read('a'))"],
}


def milliseconds(command):
    start = time.perf_counter()
    twins.run(command)
    return 1000 * (time.perf_counter() - start)


def megabytes(command):
    """The greatest resident set of a process that prints its own status."""
    match = re.search(r"^VmHWM:\s*(\d+) kB", twins.run(command)[0], re.M)
    return int(match[1]) / 1024 if match else None


def table(options):
    result = report.Table("startup", "A process that does nothing: times as ratios to CPython, in turn", "CPython", "ms")
    commands = twins.commands(options)
    with tempfile.TemporaryDirectory(prefix="catena-bench-") as folder:
        hello = {".py": 'print("hello")\n', ".lisp": '(print "hello")\n', ".lua": 'print("hello")\n'}
        for ending, text in hello.items():
            with open(os.path.join(folder, "hello" + ending), "w", encoding="utf-8") as file:
                file.write(text)
        nothing = {"CPython": ["-c", "pass"], "Catena": ["-e", "nil"]}
        rows = {
            "nothing": {twin: [*command, *nothing.get(twin, ["-e", ""])] for twin, (command, _) in commands.items()},
            "a file that prints": {
                twin: [*command, os.path.join(folder, "hello" + ending)] for twin, (command, ending) in commands.items()
            },
            "import json": {
                "CPython": [sys.executable, "-c", "import json"],
                "Catena": [options.catena, "-e", "(import json)"],
            },
        }
        for name, twin_commands in rows.items():
            if options.only and name not in options.only:
                continue
            row = row_of(options, result, name, twin_commands)
            if row:
                result.rows.append(row)
    for row in result.rows:
        if row.name == "nothing":
            if row.times.get("Catena"):
                result.limit("start-up", 1.2, row.ratio("Catena", "CPython"))
            add_memory(result, row, commands)
    return result


def row_of(options, result, name, commands):
    times = {}
    for twin, command in list(commands.items()):
        try:
            milliseconds(command)
            times[twin] = []
        except RuntimeError as problem:
            result.failures.append("%s in %s: %s" % (name, twin, problem))
            del commands[twin]
    for _ in range(options.rounds * 5):
        for twin, command in commands.items():
            times[twin].append(milliseconds(command))
    return report.Row(name, times) if times.get("CPython") else None


def add_memory(result, row, commands):
    sizes = {}
    for twin, arguments in MEMORY.items():
        if twin in row.times:
            sizes[twin] = megabytes([*commands[twin][0], *arguments])
            if sizes[twin]:
                row.notes[twin + " MB"] = "%.1f" % sizes[twin]
    if sizes.get("Catena") and sizes.get("CPython"):
        result.limit("memory above CPython's, in MB", 4, sizes["Catena"] - sizes["CPython"])
