"""Whole-array expressions in Catena against NumPy's own, to the last bit."""

import importlib.util
import json
import os
import sys
import tempfile

import report
import twins
from rows import Statement, table_of

SIZES = [("1 k", 1000), ("100 k", 100_000), ("10 M", 10_000_000)]
# name, which numexpr reads too, Python, Catena, most ratio at 1,000 and at 10 million elements
EXPRESSIONS = [
    ("2*a+b*c-d", "2 * a + b * c - d", "(- (+ (* 2 a) (* b c)) d)", 0.3, 0.45),
    ("sin(a)**2+cos(a)**2", "np.sin(a) ** 2 + np.cos(a) ** 2", "(+ (** (np.sin a) 2) (** (np.cos a) 2))", None, None),
]
# numexpr's last bits are its own, so the times alone are given.
NUMEXPR = """
import json, sys, numexpr, numpy as np, timing

def loop(arrays, text):
    names = dict(zip("abcd", arrays))
    def run(n):
        numexpr.evaluate(text, names)
        start = timing.clock()
        for _ in range(n): r = numexpr.evaluate(text, names)
        return timing.clock() - start, r
    return run

rows = [(loop(np.random.default_rng(7).random((4, size)), text), count) for text, size, count in json.loads(sys.argv[1])]
numexpr.set_num_threads(int(sys.argv[2]))
timing.run(rows)
"""


def numexpr():
    """A function for rows.table_of that runs the statements through numexpr, or None where that is not installed."""
    if importlib.util.find_spec("numexpr") is None:
        return None
    sizes = dict(SIZES)
    path = os.pathsep.join(filter(None, [twins.HERE, os.environ.get("PYTHONPATH")]))

    def run(counts):
        rows = [[*name.split(", "), count] for name, count in counts.items()]
        argument = json.dumps([[text, sizes[label], count] for text, label, count in rows])
        measured = {}
        for threads in sorted({1, os.cpu_count() or 1}):
            with tempfile.NamedTemporaryFile("w", suffix=".py", prefix="catena-bench-") as file:
                file.write(NUMEXPR)
                file.flush()
                output, _ = twins.run([sys.executable, file.name, argument, str(threads)], PYTHONPATH=path, BENCH_CLOCK="wall",
                                      NUMEXPR_MAX_THREADS=str(threads))
            times = [[seconds, None] for seconds, _ in json.loads(output)]
            measured["numexpr, %d thread%s" % (threads, "s" * (threads > 1))] = dict(zip(counts, times))
        return measured

    return run


def table(options):
    result = report.Table("arrays", "Array expressions, float64: ratios to NumPy, in turn", "CPython", "ns")
    if importlib.util.find_spec("numpy") is None:
        result.remarks.append("NumPy is not installed: nothing to measure")
        return result
    statements = []
    for label, size in SIZES[:2] if options.quick else SIZES:
        # The same seed on both sides: the answers are compared bit by bit.
        python = "a, b, c, d = np.random.default_rng(7).random((4, %d))" % size
        catena = "[a b c d] (.random (np.random.default-rng 7) #[4 %d])" % size
        for name, python_text, catena_text, _, _ in EXPRESSIONS:
            most = 10 if size > 1_000_000 else 1_000_000
            statements.append(Statement("%s, %s" % (name, label), python_text, catena_text, python, catena, most))
    others = numexpr()
    table_of(options, result, ("import numpy as np", "(import numpy :as np)"), statements, milliseconds=60, clock="wall",
             others=others)
    if not others:
        result.remarks.append("numexpr is not installed: no rows of it")
    for row in result.rows:
        for name, _, _, small, large in EXPRESSIONS:
            if row.name == name + ", 1 k" and small:
                result.limit(row.name, small, row.ratio("Catena", "CPython"))
            if row.name == name + ", 10 M" and large:
                result.limit(row.name, large, row.ratio("Catena", "CPython"))
    return result
