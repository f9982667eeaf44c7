"""Where a program can tell NumPy's numbers from Python's it finds what it would find in Python: types, dtypes, how they
print, overflow, division by zero, warnings under errstate, and what patched NumPy functions do."""

import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from program import Case, catena  # noqa: E402

try:
    import numpy
except ImportError:
    numpy = None

VALUES = [
    "np.float64(0.5)", "np.float64(0.0)", "np.float64(-0.0)", "np.float64('inf')", "np.float64('nan')", "np.float64(1e308)",
    "np.float64(1e-320)", "np.float32(0.1)", "np.float32(3e38)", "np.float32(0)", "np.float16(65000)", "np.longdouble(2)",
    "np.int64(3)", "np.int64(2**63 - 1)", "np.int64(-2**63)", "np.int64(0)", "np.int32(2**31 - 1)", "np.int8(127)",
    "np.uint8(200)", "np.uint64(2**64 - 1)", "np.bool_(True)", "np.bool_(False)", "np.complex128(1 + 2j)",
    "np.datetime64('2020-01-01')", "np.str_('a')", "1", "0", "-1", "2**63", "10**30", "0.5", "0.0", "-1.5", "float('inf')",
    "1e308", "True", "None", "'a'", "1j", "np.array(1.5)", "np.array([1.5, 0.0])", "np.array([1, 2])",
    "np.array([1, 2], 'uint8')", "np.float64", "S(0.5)",
]

UNARY = [
    ("(np.sin x)", "np.sin(x)"), ("(np.sqrt x)", "np.sqrt(x)"), ("(np.exp x)", "np.exp(x)"), ("(np.log x)", "np.log(x)"),
    ("(np.abs x)", "np.abs(x)"), ("(np.negative x)", "np.negative(x)"), ("(np.floor x)", "np.floor(x)"),
    ("(np.isnan x)", "np.isnan(x)"), ("(np.sign x)", "np.sign(x)"), ("(np.square x)", "np.square(x)"),
    ("(np.reciprocal x)", "np.reciprocal(x)"), ("(np.sum [x x])", "np.sum([x, x])"), ("(np.float64 x)", "np.float64(x)"),
    ("(- x)", "-x"), ("(abs x)", "abs(x)"), ("(type x)", "type(x)"), ("(.-dtype x)", "x.dtype"), ("(repr x)", "repr(x)"),
    ("(str x)", "str(x)"), ("(float x)", "float(x)"), ("(int x)", "int(x)"), ("(round x)", "round(x)"),
    ("(math.sqrt x)", "math.sqrt(x)"), ("(math.floor x)", "math.floor(x)"), ("(hash x)", "hash(x)"),
    ("(isinstance x float)", "isinstance(x, float)"), ("(.item x)", "x.item()"), ("(. a [0])", "a[0]"),
    ("(do (set! (. a [1]) x) (. a [1]))", "[a.__setitem__(1, x), a[1]][1]"), ('f"{x}"', 'f"{x}"'),
    ("(+ (. a [0]) x)", "a[0] + x"), ("(type (* (. a [0]) 2))", "type(a[0] * 2)"), ("(/ (. a [0]) 0)", "a[0] / 0"),
    ("(type (+ (. a [0]) (. a [1])))", "type(a[0] + a[1])"), ("(/ 1.0 (. z [0]))", "1.0 / z[0]"),
    ("(** (. i [0]) 100)", "i[0] ** 100"), ("(// (. i [0]) (. i [1]))", "i[0] // i[1]"), ("(inc (. i [2]))", "i[2] + 1"),
    ("(if (. z [0]) 1 2)", "1"), ("(= (. a [0]) x)", "a[0] == x"), ("(< (. a [0]) x)", "a[0] < x"),
    ("(type (np.sin (np.sin 0.5)))", "type(np.sin(np.sin(0.5)))"), ("(.-dtype (np.add 1 2))", "np.add(1, 2).dtype"),
    ("(np.add x x)", "np.add(x, x)"), ("(np.maximum x 1)", "np.maximum(x, 1)"), ("(np.power x 2)", "np.power(x, 2)"),
    ("(np.sin x :dtype \"float32\")", "np.sin(x, dtype='float32')"), ("(np.sin x :where true)", "np.sin(x, where=True)"),
]

BINARY = [("(+ x y)", "x + y"), ("(- x y)", "x - y"), ("(* x y)", "x * y"), ("(/ x y)", "x / y"), ("(// x y)", "x // y"),
          ("(mod x y)", "x % y"), ("(= x y)", "x == y"), ("(< x y)", "x < y"), ("(np.divide x y)", "np.divide(x, y)"),
          ("(np.add x y)", "np.add(x, y)"), ("(np.arctan2 x y)", "np.arctan2(x, y)"), ("(np.floor-divide x y)", "np.floor_divide(x, y)"),
          ("(np.less x y)", "np.less(x, y)")]

SETUP = ("import numpy as np, math\nclass S(np.float64): pass\nx = y = np.float64(0.5)\nkeep = np.sin, np.add\n"
         "a = np.array([0.5, 2.0])\nz = np.zeros(1)\ni = np.array([2, 0, 2**63 - 1])\n")
# What NumPy is told to do about overflow and the like; each is entered and left again.
STATES = ["warn", "ignore", "raise"]
PATCHES = ["np.sin = lambda x, **k: 'mine'", "np.sin = np.cos", "np.add = np.multiply", "np.sin, np.add = keep", "del np.sin",
           "np.sin = keep[0]", "np.__dict__['add'] = lambda *a, **k: 'dict'", "np.sin, np.add = keep", "a = a.astype('float32')",
           "a = np.array([1, 2])", "a = [0.5, np.float32(2)]", "class A(np.ndarray): pass\na = np.array([0.5, 1]).view(A)",
           "A.__getitem__ = lambda s, k: 'item'", "A.__setitem__ = lambda s, k, v: None",
           "class U:\n    def __array_ufunc__(s, u, m, *a, **k): return 'ufunc ' + u.__name__\nx = y = U()",
           "U.__array_ufunc__ = None", "class V:\n    def __float__(s): return 0.25\nx = y = V()",
           "class W:\n    def __array__(s, *a): return np.ones(2)\nx = y = W()", "np.set_printoptions(precision=3)", "x = np.float64(1/3)",
           "np.seterr(all='ignore')", "x = np.float64(-1)", "np.seterr(all='raise')", "x = -1.0", "np.seterr(all='warn')", "x = 1e400"]


@unittest.skipIf(numpy is None, "NumPy is not installed")
class NumpyDifferences(Case):
    def agree(self, groups, *options, warm=5):
        """Groups are a list of (Catena text, Python text) with the changes that all of them go through."""
        lines = ["(import sys json math numpy :as np)", f"(.insert sys.path 0 {json.dumps(HERE)})", "(import agreement)",
                 '(def changes (with [f (open "changes.json")] (json.load f)))']
        with open(os.path.join(self.folder, "changes.json"), "w", encoding="utf-8") as file:
            json.dump([changes for _, changes in groups], file)
        for group, (rows, _) in enumerate(groups):
            for function, python in rows:
                lines.append(f"(agreement.follow {json.dumps(function)} (fn [x y a z i np] {function}) {json.dumps(python)} "
                             f'["x" "y" "a" "z" "i" "np"] {json.dumps(SETUP)} (get changes {group}) "" {warm})')
        lines.append("(agreement.report)")
        result = catena(*options, self.write("program.lisp", "\n".join(lines)), cwd=self.folder)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        self.assertRegex(result.stdout, r"\A0 differences in \d{4,} comparisons\n\Z")

    def test_one_operand(self):
        for state in STATES:
            with self.subTest(state=state):
                changes = [f"np.seterr(all='{state}')", *(f"x = {value}" for value in VALUES), "np.seterr(all='warn', under='ignore')"]
                self.agree([(UNARY, changes)])

    def test_two_operands(self):
        # A text two thousand million times is only slow.
        values = [value for value in VALUES if "'a'" not in value]
        pairs = [f"x, y = {a}, {b}" for a in values for b in values]
        self.agree([(BINARY, pairs)], warm=0)

    def test_step_by_step(self):
        self.agree([(UNARY, [f"x = {value}" for value in VALUES])], "-O0")

    def test_patches(self):
        self.agree([(UNARY, PATCHES)], warm=40)


if __name__ == "__main__":
    unittest.main()
