"""The language alone: the nine programs that PERFORMANCE names, and five that it does not."""

import math
import os
import re
import statistics
import subprocess

import report
import twins

NINE = ["fib", "ints", "mandel", "words", "sort", "mfr", "closure", "tak", "queens"]
CORE = [name for name in NINE if name not in ("words", "sort")]
MORE = ["nbody", "trees", "fannkuch", "sieve", "records"]
# A round of a short program is repeated within its process until it takes about this long, in seconds.
LEAST = 0.15


def nine(options):
    table = table_of(options, "interpreter", "The interpreter alone", NINE)
    table.means = {"core (without words and sort)": CORE, "all": NINE}
    if not options.instructions and not options.only:
        table.limit("core", 0.35, table.mean("Catena", CORE))
        for row in table.rows:
            if row.times.get("Catena"):
                most = 0.8 if row.name in ("words", "sort") else 1.0
                table.limit(row.name, most, row.ratio("Catena", "CPython"))
    return table


def more(options):
    table = table_of(options, "programs", "Further programs", MORE)
    if not options.instructions and not options.only:
        names = [row.name for row in table.rows if row.times.get("Lua")]
        if names and table.mean("Catena", names):
            table.limit("geometric mean relative to Lua's", 1.0,
                        table.mean("Catena", names) / table.mean("Lua", names))
    return table


def table_of(options, name, title, programs):
    what = "instructions" if options.instructions else "times"
    table = report.Table(name, "%s: %s as ratios to CPython, twins in turn" % (title, what), "CPython",
                         "M" if options.instructions else "ms")
    for program in programs:
        if options.only and program not in options.only:
            continue
        row = measured(options, table, program)
        if row:
            table.rows.append(row)
    return table


def measured(options, table, program):
    """The row of a program, its answers checked; None when not even CPython runs it."""
    commands, answers, repeats = {}, {}, {}
    for twin, (command, ending) in twins.commands(options).items():
        path = os.path.join(twins.PROGRAMS, program + ending)
        try:
            answers[twin], errors = twins.run([*command, path], BENCH_REPEAT="1")
            seconds = float(errors.strip().splitlines()[-1])
        except (RuntimeError, ValueError, IndexError) as problem:
            table.failures.append("%s in %s: %s" % (program, twin, problem))
            continue
        commands[twin] = [*command, path]
        repeats[twin] = max(1, math.ceil(LEAST / max(seconds, 1e-6)))
    expected = answers.get("CPython")
    for twin, answer in answers.items():
        if answer != expected:
            table.failures.append("%s in %s: the answer is %s, not %s" % (program, twin, answer, expected))
            del commands[twin]
    if "CPython" not in commands:
        return None
    times = {twin: [] for twin in commands}
    if options.instructions:
        for twin, command in commands.items():
            try:
                times[twin].append((instructions(command, 1) - instructions(command, 0)) / 1e6)
            except RuntimeError as problem:
                table.failures.append("%s in %s: %s" % (program, twin, problem))
        return report.Row(program, times)
    # Every twin repeats as often, so that warm caches favour none.
    repeat = str(min(max(repeats.values()), 200))
    for _ in range(options.rounds):
        for twin, command in commands.items():
            errors = twins.run(command, BENCH_REPEAT=repeat)[1]
            times[twin].append(1000 * statistics.median(map(float, errors.split())))
    return report.Row(program, times)


def instructions(command, repeat):
    """User instructions of a whole run: the processor's own counter, or valgrind's where there is none."""
    env = twins.environment(BENCH_REPEAT=str(repeat))
    try:
        result = subprocess.run(["perf", "stat", "-x", ",", "-e", "instructions:u", *command], env=env,
                                capture_output=True, text=True, check=False)
        match = re.search(r"^(\d+),.*instructions", result.stderr, re.M)
        if match:
            return int(match[1])
    except FileNotFoundError:
        pass
    try:
        result = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command], env=env,
                                capture_output=True, text=True, check=False)
        match = re.search(r"Collected\s*:\s*(\d+)", result.stderr)
    except FileNotFoundError:
        match = None
    if not match:
        raise RuntimeError("neither perf nor valgrind counts instructions here")
    return int(match[1])
