"""Crossing into Python: the same statement in a Catena loop and in a Python loop."""

import importlib.util
import json
import os
import statistics

import report
import twins
from rows import Statement, table_of

PYTHON_IMPORTS = "import datetime, decimal, json, math, os, re\n{numpy}"

# The class and the function are Python's in both programs: this table is about the border.
CATENA = """(import datetime decimal json math os re)
{numpy}
(import bridge_things :refer [Thing keyword])"""

PLAIN = [
    Statement("empty loop", "None", "nil"),
    Statement("math.sin(x)", "math.sin(x)", "(math.sin x)", "x = 0.5", "x 0.5"),
    Statement("math.floor(x)", "math.floor(x)", "(math.floor x)", "x = 7.5", "x 7.5"),
    Statement("obj.v", "o.v", "o.v", "o = Thing(1)", "o (Thing 1)"),
    Statement("obj.v = 1", "!o.v = 1; r = 1", "(set! o.v 1)", "o = Thing(0)", "o (Thing 0)"),
    Statement("obj.p, a property", "o.p", "o.p", "o = Thing(1)", "o (Thing 1)"),
    Statement("obj.m(1)", "o.m(1)", "(.m o 1)", "o = Thing(1)", "o (Thing 1)"),
    Statement("f(1, b=2)", "keyword(1, b=2)", "(keyword 1 :b 2)"),
    Statement("f(*xs)", "keyword(*xs)", "(keyword #* xs)", "xs = [1, 2]", "xs [1 2]"),
    Statement("Thing(1)", "Thing(1).v", "(. (Thing 1) v)"),
    Statement("len(l)", "len(l)", "(len l)", "l = [1, 2, 3]", "l [1 2 3]"),
    Statement("l[1]", "l[1]", "(. l [1])", "l = [1, 2, 3]", "l [1 2 3]"),
    Statement("l[1:3]", "l[1:3]", "(. l [(: 1 3)])", "l = [1, 2, 3, 4]", "l [1 2 3 4]"),
    Statement("l.append(1)", "l.append(1)", "(.append l 1)", "l = []", "l []", most=1_000_000),
    Statement('d["k"]', 'd["k"]', '(. d ["k"])', 'd = {"k": 1}', 'd {"k" 1}'),
    Statement('d["k"] = 1', '!d["k"] = 1; r = 1', '(set! (. d ["k"]) 1)', "d = {}", "d {}"),
    Statement('d.get("k")', 'd.get("k")', '(.get d "k")', 'd = {"k": 1}', 'd {"k" 1}'),
    Statement('"k" in d', '"k" in d', '(contains? d "k")', 'd = {"k": 1}', 'd {"k" 1}'),
    Statement("s.upper()", "s.upper()", "(.upper s)", 's = "catena"', 's "catena"'),
    Statement("s.split()", "s.split()", "(.split s)", 's = "a b c"', 's "a b c"'),
    Statement("s + s", "s + s", "(+ s s)", 's = "catena"', 's "catena"'),
    Statement("f-string", 'f"{x:.2f}"', 'f"{x:.2f}"', "x = 1.5", "x 1.5"),
    Statement("isinstance", "isinstance(o, Thing)", "(isinstance o Thing)", "o = Thing(1)", "o (Thing 1)"),
    Statement('int("42")', 'int("42")', '(int "42")'),
    Statement("max(x, y)", "max(x, y)", "(max x y)", "x = 1; y = 2", "x 1 y 2"),
    Statement("sorted(l)", "sorted(l)", "(sorted l)", "l = [3, 1, 2]", "l [3 1 2]"),
    Statement("date + delta", "t + d", "(+ t d)", "t = datetime.date(2024, 1, 1); d = datetime.timedelta(1)",
              "t (datetime.date 2024 1 1) d (datetime.timedelta 1)"),
    Statement("Decimal * Decimal", "x * x", "(* x x)", 'x = decimal.Decimal("1.5")', 'x (decimal.Decimal "1.5")'),
    Statement("pattern.match(s)", "p.match(s).end()", "(. p (match s) (end))", 'p = re.compile("[a-z]+"); s = "abc1"',
              'p (re.compile "[a-z]+") s "abc1"'),
    Statement("os.path.join", 'os.path.join("a", "b")', '(os.path.join "a" "b")'),
    Statement("json.dumps", 'json.dumps({"a": 1})', '(json.dumps {"a" 1})'),
]

NUMPY = [
    Statement("np.sin(0.5)", "np.sin(x)", "(np.sin x)", "x = 0.5", "x 0.5"),
    Statement("np.sum(a)", "np.sum(a)", "(np.sum a)", 'a = np.array([1, 2, 3, 4], "float32")',
              'a (np.array [1 2 3 4] "float32")'),
    Statement("np.dot(a, b)", "np.dot(a, a)", "(np.dot a a)", 'a = np.array([1, 2, 3, 4], "float32")',
              'a (np.array [1 2 3 4] "float32")'),
    Statement("a[2]", "a[2]", "(. a [2])", "a = np.arange(4.0)", "a (np.arange 4.0)"),
    Statement("a[2] = 1.0", "!a[2] = 1.0; r = 1.0", "(set! (. a [2]) 1.0)", "a = np.arange(4.0)", "a (np.arange 4.0)"),
    Statement("a.shape", "a.shape", "a.shape", "a = np.arange(4.0)", "a (np.arange 4.0)"),
    Statement("a + a", "a + a", "(+ a a)", "a = np.arange(4.0)", "a (np.arange 4.0)"),
    Statement("np.zeros(4)", "np.zeros(4)", "(np.zeros 4)"),
    Statement("a.sum(axis=0)", "a.sum(axis=0)", "(.sum a :axis 0)", "a = np.ones((2, 2))", "a (np.ones [2 2])"),
]


# Calls that cost little in themselves: of what a program pays for them, nearly all is the crossing.
CHEAP_CALLS = ["math.sin(x)", "math.floor(x)", "len(l)", "isinstance", "max(x, y)", "np.sin(0.5)"]


def pybind11(options):
    """A function for rows.table_of that runs the statements through pybind11, or None where that is not installed."""
    program = os.path.join(os.path.dirname(os.path.abspath(options.catena)), "tests", "bench_bridge_pybind11")
    if not os.access(program, os.X_OK):
        return None
    path = os.pathsep.join(filter(None, [twins.HERE, os.environ.get("PYTHONPATH")]))

    def run(counts):
        words = [str(word) for pair in counts.items() for word in pair]
        results = json.loads(twins.run([program, *words], PYTHONPATH=path)[0])
        return {"pybind11, naive": dict(zip(counts, results[::2])), "pybind11, cached": dict(zip(counts, results[1::2]))}

    return run


def table(options):
    numpy = importlib.util.find_spec("numpy") is not None
    result = report.Table("bridge", "Crossing into Python: loops of one statement as ratios to CPython's own, in turn",
                          "CPython", "ns")
    prelude = (
        "from bridge_things import Thing, keyword\n" + PYTHON_IMPORTS.format(numpy="import numpy as np" if numpy else ""),
        CATENA.format(numpy="(import numpy :as np)" if numpy else ""),
    )
    others = pybind11(options)
    table_of(options, result, prelude, PLAIN + (NUMPY if numpy else []), others=others)
    if not others:
        result.remarks.append("pybind11 is not installed: no rows of it")
    names = [row.name for row in result.rows if row.name != "empty loop"]
    result.means = {"geometric mean (without the empty loop)": names}
    if not options.only and not result.failures:
        result.limit("geometric mean", 0.6, result.mean("Catena", names))
        result.limit("worst row", 1.5, result.worst("Catena").ratio("Catena", "CPython"))
        if others:
            shares = [row.ratio("Catena", "pybind11, naive") for row in result.rows if row.name in CHEAP_CALLS]
            result.limit("cheap calls, as a part of what naive pybind11 takes for them", 1 / 20, statistics.geometric_mean(shares))
        for row in result.rows:
            if row.name == "np.sin(0.5)":
                result.limit("np.sin(0.5), a scalar ufunc call", 0.1, row.ratio("Catena", "CPython"))
                result.limit("a million np.sin calls, in seconds", 0.1, row.median("Catena") / 1000)
    return result
