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


# Results that go on: through loops, core functions, containers and other arrays' items; under states that end with a form.
FURTHER = [
    ("(loop [i 0 s (. a [0])] (if (< i 5) (recur (+ i 1) (+ s (* x (. a [1])))) s))", "f.reduce(lambda s, i: s + x * a[1], range(5), a[0])"),
    ("(reduce + [x x (. a [0])])", "f.reduce(f.add, [x, x, a[0]])"), ("(type (reduce * [(. a [0]) 2]))", "type(f.reduce(f.mul, [a[0], 2]))"),
    ("(sum [(. a [0]) x])", "sum([a[0], x])"), ("(max (. a [0]) x)", "max(a[0], x)"), ("(min [(. a [0]) x])", "min([a[0], x])"),
    ("(mapv #(* 2 %) a)", "[2 * v for v in a]"), ("(for [v a] (type v))", "[type(v) for v in a]"), ("{(. a [0]) x}", "{a[0]: x}"),
    ("(get {0.5 1} (. a [0]))", "{0.5: 1}.get(a[0])"), ("(contains? [0.5] (. a [0]))", "a[0] in [0.5]"), ("(sort [x (. a [1]) (. a [0])])", "sorted([x, a[1], a[0]])"),
    ("(json.dumps [(. a [0])])", "json.dumps([a[0]])"), ("(pickle.loads (pickle.dumps (np.sin x)))", "np.sin(x)"), ("(copy.copy (. a [0]))", "a[0]"),
    ("(.is-integer (. a [1]))", "a[1].is_integer()"), ("(.hex (np.cos 0.5))", "np.cos(0.5).hex()"), ("(.as-integer-ratio (. a [0]))", "a[0].as_integer_ratio()"),
    ("(type (< (. a [0]) 1))", "type(a[0] < 1)"), ("(not (< (. a [0]) 1))", "not (a[0] < 1)"), ("(if (< (. a [0]) x) 1 2)", "1 if a[0] < x else 2"),
    ("(= (. a [0]) 0.5)", "a[0] == 0.5"), ("(divmod (. a [1]) x)", "divmod(a[1], x)"), ("(round (. a [0]) 2)", "round(a[0], 2)"), ("(pow (. a [1]) x)", "pow(a[1], x)"),
    ("(math.sin (. a [0]))", "math.sin(a[0])"), ("(type (math.sin (. a [0])))", "type(math.sin(a[0]))"), ("(math.hypot (. a [0]) x)", "math.hypot(a[0], x)"),
    ("(. f32 [0])", "f32[0]"), ("(* 2 (. f32 [0]))", "2 * f32[0]"), ("(+ (. f32 [0]) 0.1)", "f32[0] + 0.1"), ("(+ (. f32 [0]) (. a [0]))", "f32[0] + a[0]"), ("(* (. f32 [1]) 10)", "f32[1] * 10"),
    ("(+ (. u8 [1]) 1)", "u8[1] + 1"), ("(- (. u8 [0]) 1)", "u8[0] - 1"), ("(+ (. u8 [1]) (. u8 [1]))", "u8[1] + u8[1]"), ("(- (. u8 [0]))", "-u8[0]"), ("(bit-and (. u8 [1]) 15)", "u8[1] & 15"),
    ("(bit-shift-left (. i [0]) 63)", "i[0] << 63"), ("(* (. i [2]) 2)", "i[2] * 2"), ("(- (. i [2]) -1)", "i[2] - -1"), ("(// (. i [2]) 0)", "i[2] // 0"), ("(mod (. i [2]) 0)", "i[2] % 0"), ("(abs (- (. i [2])))", "abs(-i[2])"),
    ("(** (. i [0]) -1)", "i[0] ** -1"), ("(/ (. i [1]) (. i [1]))", "i[1] / i[1]"), ("(get [1 2 3] (. i [0]))", "[1, 2, 3][i[0]]"), ("(. [1 2 3] [(. i [0])])", "[1, 2, 3][i[0]]"), ("(range (. i [0]))", "range(i[0])"),
    ("(. bs [0])", "bs[0]"), ("(if (. bs [1]) 1 2)", "1 if bs[1] else 2"), ("(+ (. bs [0]) 1)", "bs[0] + 1"), ("(+ (. bs [0]) (. bs [0]))", "bs[0] + bs[0]"), ("(bit-xor (. bs [0]) true)", "bs[0] ^ True"),
    ("(. cs [0])", "cs[0]"), ("(* (. cs [0]) (. a [0]))", "cs[0] * a[0]"), ("(< (. a [0]) (. cs [0]))", "a[0] < cs[0]"), ("(abs (. cs [0]))", "abs(cs[0])"), ("(. os [0])", "os[0]"), ("(. ds [0])", "ds[0]"), ("(- (. ds [1]) (. ds [0]))", "ds[1] - ds[0]"),
    ('(under {"all" "raise"} (fn [] (/ (. a [0]) 0)))', "under({'all': 'raise'}, lambda: a[0] / 0)"),
    ('(under {"divide" "ignore"} (fn [] (/ (. a [0]) 0)))', "under({'divide': 'ignore'}, lambda: a[0] / 0)"),
    ('(under {"over" "raise"} (fn [] (np.exp (* 1e9 x))))', "under({'over': 'raise'}, lambda: np.exp(1e9 * x))"),
    ('(under {"under" "raise"} (fn [] (np.exp (* -1e9 (abs x)))))', "under({'under': 'raise'}, lambda: np.exp(-1e9 * abs(x)))"),
    ('(under {"invalid" "call"} (fn [] (np.sqrt (- (abs x) 1e9))))', "under({'invalid': 'call'}, lambda: np.sqrt(abs(x) - 1e9))"),
    ('(under {"invalid" "print"} (fn [] (np.log (. z [0]))))', "under({'invalid': 'print'}, lambda: np.log(z[0]))"),
    ('(with [_ (np.errstate :invalid "raise")] (np.sqrt -1.0))', "under({'invalid': 'raise'}, lambda: np.sqrt(-1.0))"),
    ("(strict (fn [] (np.log (. z [0]))))", "strict(lambda: np.log(z[0]))"), ("(strict (fn [] (* (. a [1]) 1e308 x)))", "strict(lambda: a[1] * 1e308 * x)"),
    ("(np.sin (np.sin (np.sin x)))", "np.sin(np.sin(np.sin(x)))"), ("(np.add (np.sin x) 1)", "np.add(np.sin(x), 1)"), ("(- (np.sin x) (np.sin x))", "np.sin(x) - np.sin(x)"),
    ("(type (np.add 1.0 1))", "type(np.add(1.0, 1))"), ("(np.sin true)", "np.sin(True)"), ("(np.sin 10000000000000000000000)", "np.sin(10000000000000000000000)"),
]
FURTHER_SETUP = """
import numpy as np, math, functools, operator, json, pickle, copy, types, warnings
f = types.SimpleNamespace(reduce=functools.reduce, add=operator.add, mul=operator.mul)
a, z, i, x = np.array([0.5, 2.0]), np.zeros(1), np.array([2, 0, 2**63 - 1]), 0.5
f32, u8 = np.array([0.1, 3e38], 'float32'), np.array([0, 255], 'uint8')
bs, cs, os = np.array([True, False]), np.array([1 + 2j]), np.array([[1], None], dtype=object)
ds = np.array(['2020-01-01', '2020-03-01'], 'datetime64[D]')
np.seterrcall(lambda kind, flag: None)
class S(np.float64): pass
def under(state, run):
    with np.errstate(**state): return run()
def strict(run):
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        return run()
"""


@unittest.skipIf(numpy is None, "NumPy is not installed")
class NumpyDifferences(Case):
    def agree(self, groups, *options, warm=5, names=("x", "y", "a", "z", "i", "np"), setup=SETUP):
        """Groups are a list of (Catena text, Python text) with the changes that all of them go through."""
        lines = ["(import sys json math pickle copy numpy :as np)", f"(.insert sys.path 0 {json.dumps(HERE)})", "(import agreement)",
                 '(def changes (with [f (open "changes.json")] (json.load f)))']
        with open(os.path.join(self.folder, "changes.json"), "w", encoding="utf-8") as file:
            json.dump([changes for _, changes in groups], file)
        for group, (rows, _) in enumerate(groups):
            for function, python in rows:
                lines.append(f"(agreement.follow {json.dumps(function)} (fn [{' '.join(names)}] {function}) {json.dumps(python)} "
                             f"{json.dumps(names).replace(',', '')} {json.dumps(setup)} (get changes {group}) \"\" {warm})")
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

    def test_results_that_go_on(self):
        values = [value for value in VALUES if "'a'" not in value and "array" not in value]
        changes = [f"np.seterr(all='{state}')\nx = {value}" for state in STATES for value in values]
        names = ["x", "a", "z", "i", "f32", "u8", "bs", "cs", "os", "ds", "f", "np", "under", "strict"]
        for options in ([], ["-O0"]):
            self.agree([(FURTHER, changes)], *options, names=names, setup=FURTHER_SETUP)

    def test_patches(self):
        self.agree([(UNARY, PATCHES)], warm=40)


if __name__ == "__main__":
    unittest.main()
