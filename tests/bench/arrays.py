"""Whole-array expressions in Catena against NumPy's own, to the last bit."""

import importlib.util

import report
from rows import Statement, table_of

SIZES = [("1 k", 1000), ("100 k", 100_000), ("10 M", 10_000_000)]
# name, Python, Catena, most ratio at 1,000 and at 10 million elements
EXPRESSIONS = [
    ("2*a+b*c-d", "2 * a + b * c - d", "(- (+ (* 2 a) (* b c)) d)", 0.3, 0.45),
    ("sin(a)**2+cos(a)**2", "np.sin(a) ** 2 + np.cos(a) ** 2", "(+ (** (np.sin a) 2) (** (np.cos a) 2))", None, None),
]


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
    table_of(options, result, ("import numpy as np", "(import numpy :as np)"), statements, milliseconds=60, clock="wall")
    for row in result.rows:
        for name, _, _, small, large in EXPRESSIONS:
            if row.name == name + ", 1 k" and small:
                result.limit(row.name, small, row.ratio("Catena", "CPython"))
            if row.name == name + ", 10 M" and large:
                result.limit(row.name, large, row.ratio("Catena", "CPython"))
    return result
