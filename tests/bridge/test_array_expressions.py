"""Runs of array operations give what NumPy gives one by one: the same bits in arrays of the same type and layout, the same
exceptions and warnings, over element types, shapes and layouts, in expressions made at random."""

import json
import os
import random
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from program import Case, catena  # noqa: E402

try:
    import numpy
except ImportError:
    numpy = None

NAMES = ["a", "b", "c", "d"]
OPERATORS = {"+": "+", "-": "-", "*": "*", "/": "/", "//": "//", "mod": "%", "<": "<", "<=": "<=", ">": ">", ">=": ">=",
             "=": "==", "!=": "!=", "bit-and": "&", "bit-or": "|", "bit-xor": "^"}
COMMON = ["+", "-", "*"]
ONE = ["sqrt", "sin", "exp", "abs", "negative", "floor", "square", "isnan", "sign", "log", "logical_not", "positive", "tanh"]
TWO = ["add", "maximum", "fmin", "arctan2", "float_power", "logical_and", "hypot", "nextafter", "subtract", "greater", "bitwise_and"]
CONSTANTS = [("2", "2"), ("0.5", "0.5"), ("3", "3"), ("2.0", "2.0"), ("-1", "-1"), ("1.5", "1.5"), ("200", "200"), ("true", "True"),
             ("1e300", "1e300"), ("70000", "70000")]
SIZES = [2, 3, 8, 12, 60, 1000, 1024, 1025, 3000, 5000, 9000]
# Such that a second thread takes part, and memory is used again.
LARGE = [150_000, 700_001, 1_200_000]
REDUCTIONS = ["sum", "prod", "max", "min", "mean", "amax", "amin"]
STATES = [{}, {}, {"all": "ignore"}, {"all": "warn"}, {"all": "raise"}, {"divide": "raise", "invalid": "call"}, {"all": "call"},
          {"under": "warn", "over": "ignore"}]


def expression(chance, depth, names):
    """(Catena's text, Python's)."""
    if depth == 0 or chance.random() < 0.12:
        if chance.random() < 0.8:
            name = chance.choice(names)
            return name, name
        return chance.choice(CONSTANTS)
    roll = chance.random()

    def more():
        return expression(chance, depth - 1, names)

    if roll < 0.6:
        sign = chance.choice(COMMON if chance.random() < 0.6 else list(OPERATORS))
        (left, python_left), (right, python_right) = more(), more()
        return "(%s %s %s)" % (sign, left, right), "(%s %s %s)" % (python_left, OPERATORS[sign], python_right)
    if roll < 0.66:
        operand, python = more()
        return "(- %s)" % operand, "(-%s)" % python
    if roll < 0.72:
        exponent = chance.choice(["2", "3", "0.5", "2.0", "-1", "1", "0", "1.5"])
        # Never of numbers alone, which grow.
        name = chance.choice(names[:4])
        return "(** (np.add %s 0) %s)" % (name, exponent), "(np.add(%s, 0) ** %s)" % (name, exponent)
    if roll < 0.82:
        function = chance.choice(ONE)
        operand, python = more()
        return "(np.%s %s)" % (function.replace("_", "-"), operand), "np.%s(%s)" % (function, python)
    if roll < 0.84:
        # Shifts and powers by a few: Python's own integers may be in the arrays, and they grow.
        operand, python = more()
        return chance.choice([("(np.power %s 3)" % operand, "np.power(%s, 3)" % python),
                              ("(bit-shift-left %s 2)" % operand, "(%s << 2)" % python),
                              ("(bit-shift-right %s 1)" % operand, "(%s >> 1)" % python)])
    if roll < 0.92:
        function = chance.choice(TWO)
        (left, python_left), (right, python_right) = more(), more()
        return "(np.%s %s %s)" % (function.replace("_", "-"), left, right), "np.%s(%s, %s)" % (function, python_left, python_right)
    if roll < 0.95:
        parts = [more(), more(), more()]
        return "(np.where %s %s %s)" % tuple(p[0] for p in parts), "np.where(%s, %s, %s)" % tuple(p[1] for p in parts)
    value, python_value = more()
    inner, python_inner = expression(chance, depth - 1, names + ["t"])
    if chance.random() < 0.3:
        return "(let [t %s] [%s t])" % (value, inner), "(lambda t: [%s, t])(%s)" % (python_inner, python_value)
    return "(let [t %s] %s)" % (value, inner), "(lambda t: %s)(%s)" % (python_inner, python_value)


@unittest.skipIf(numpy is None, "NumPy is not installed")
class ArrayExpressions(Case):
    def agree(self, expressions, seed, rounds, sizes=SIZES):
        rows = " ".join("[(fn [%s] %s) %s %s]" % (" ".join(NAMES), text, json.dumps(text), json.dumps(python))
                        for text, python in expressions)
        states = json.dumps(json.dumps(STATES))
        program = "\n".join([
            "(import sys json numpy :as np)", f"(.insert sys.path 0 {json.dumps(HERE)})", "(import array-agreement)", "(bridge/reset-stats)",
            f"(let [#[count found] (array-agreement.differences [{rows}] {json.dumps(NAMES)} {seed} {rounds} (json.loads {states}) {json.dumps(sizes)})]",
            '  (print (len found) "differences in" count "comparisons" (get (bridge/stats) "array-programs") "programs")',
            "  (doseq [f (take 8 found)] (print f)))"])
        result = catena(self.write("program.lisp", program), cwd=self.folder)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        self.assertRegex(result.stdout, r"\A0 differences in \d+ comparisons \d+ programs\n\Z")
        return int(result.stdout.split()[5])

    @unittest.skipIf(os.environ.get("CATENA_SANITIZED") == "thread",
                     "its allocator leaves nothing between arrays, and to NumPy those that touch overlap: no vectors, other last bits")
    def test_expressions_at_random(self):
        chance = random.Random(int(os.environ.get("CATENA_TEST_SEED", "20")))
        expressions = [expression(chance, chance.randint(1, 4), NAMES) for _ in range(150)]
        programs = self.agree(expressions, chance.randint(0, 1 << 30), 25)
        self.assertGreater(programs, 500)

    def test_large_arrays(self):
        chance = random.Random(5)
        self.agree([expression(chance, 3, NAMES) for _ in range(12)], 5, 2, LARGE)

    def test_reductions(self):
        calls = [("(np.%s %s)" % (name, x), "np.%s(%s)" % (name, x)) for name in REDUCTIONS for x in ("a", "(+ b 1)")]
        calls = [(text, python.replace("(+ b 1)", "(b + 1)")) for text, python in calls]
        calls += [("(.%s a)" % name, "a.%s()" % name) for name in REDUCTIONS[:5]]
        calls += [("(np.sum a :axis 0)", "np.sum(a, axis=0)"), ("(.sum a 0)", "a.sum(0)"), ("(np.sum a :dtype \"float32\")", "np.sum(a, dtype='float32')"),
                  ("(np.dot a b)", "np.dot(a, b)"), ("(.dot a b)", "a.dot(b)"), ("(np.dot a a)", "np.dot(a, a)"), ("(np.sum a 0)", "np.sum(a, 0)")]
        self.agree(calls, 11, 120, [1, 2, 3, 4, 7, 8, 9, 16, 60, 127, 128, 129, 130, 1000, 1025, 4999, 5001])

    def test_reductions_that_are_replaced(self):
        free = getattr(getattr(numpy.sum, "__code__", None), "co_freevars", ())
        names = ", ".join(free)
        said = self.run_program(
            "(import numpy :as np) (def a (np.array [1.0 2.0 4.0]))",
            "(defn f [] [(float (np.sum a)) (float (.sum a))])",
            "(dotimes [i 5] (f)) (def add np.add) (def own np.sum)",
            "(set! np.add np.multiply) (print (f)) (set! np.add add) (print (f))",
            '(set! np.sum (fn [x] 3)) (print (f)) (set! np.sum own) (print (f))',
            '(def other (builtins.eval "lambda %s: lambda *x, **k: (%s) and 9"))' % (names, names) if free else "(def other nil)",
            "(when other (set! np.sum.__code__ (.-__code__ (other 1 2 3)))) (print (f))")
        last = "[9.0, 7.0]" if len(free) == 3 else "[7.0, 7.0]"
        self.assertEqual(said.split("\n"), ["[8.0, 7.0]", "[7.0, 7.0]", "[3.0, 7.0]", "[7.0, 7.0]", last, ""])

    def run_program(self, *lines):
        result = catena(self.write("program.lisp", "\n".join(lines)), cwd=self.folder)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        return result.stdout

    def test_the_first_reduction_reports_nothing(self):
        for name in REDUCTIONS + ["dot"]:
            for kind in ("float64", "float32", "int64"):
                program = f'''(import warnings [numpy :as np])
(warnings.simplefilter "error")
(np.seterr :all "raise")
(let [a (np.array [1.0 2.0] :dtype "{kind}")] (np.{name} a {"a" if name == "dot" else ""}))'''
                with self.subTest(name=name, kind=kind):
                    self.prints("", "-e", program)

    def test_large_temporaries(self):
        # NumPy works in the memory of what only Python's evaluator holds: of temporaries, never of variables.
        self.prints("", os.path.join(HERE, "large_temporaries.lisp"))

    def test_operands_are_given_back(self):
        for form in ["(+ a 1)", "(+ 1 a)", "(- a)", "(< a 2)", "(np.add a a)", "(* (+ a 1) (- a 2))", "(np.sum (* a a))",
                     "(try (+ a nil) (catch TypeError e nil))"]:
            with self.subTest(form):
                said = self.run_program("(import sys [numpy :as np])",
                                        f"(let [a (np.arange 3.0)] (dotimes [_ 20] {form}) (print (sys.getrefcount a)))")
                self.assertEqual(said, "2\n")

    def test_functions_that_are_replaced(self):
        said = self.run_program(
            "(import numpy :as np) (def a (np.arange 6.0)) (def own np.sin)",
            "(defn f [x] (+ (np.sin x) (* x 2)))",
            "(dotimes [i 5] (f a))",
            '(set! np.sin (fn [x] "mine")) (print (try (f a) (catch TypeError e "TypeError")))',
            "(set! np.sin np.cos) (print (np.array-equal (f a) (np.add (np.cos a) (np.multiply a 2))))",
            "(set! np.sin own) (print (np.array-equal (f a) (np.add (np.sin a) (np.multiply a 2))))",
            "(del! np.sin) (print (try (f a) (catch AttributeError e (str e))))")
        self.assertEqual(said, "TypeError\nTrue\nTrue\nmodule 'numpy' has no attribute 'sin'\n")

    def test_other_threads_replace_what_is_read(self):
        said = self.run_program(
            "(import numpy :as np threading time)",
            "(def a (np.ones 300000)) (def stop false)",
            "(defn f [b] (+ (* a 2) (* b b)))",
            "(defn replace [] (while (not stop) (set! a (np.ones 300000)) (time.sleep 0)))",
            "(def thread (threading.Thread :target replace)) (.start thread)",
            "(def right (all (for [i (range 300)] (= (.max (f (np.ones 300000))) 3.0))))",
            "(set! stop true) (.join thread) (print right)")
        self.assertEqual(said, "True\n")

    def test_values_between_stay_visible_where_they_are_used(self):
        said = self.run_program(
            "(import numpy :as np)",
            "(defn f [a b] (let [t (* a b) u (+ t 1) v (- u t)] (set! last [t u]) v))",
            "(def last nil) (def a (np.arange 4.0))",
            "(dotimes [i 3] (print (.tolist (f a a)) (map (fn [x] (.tolist x)) last)))")
        self.assertEqual(said, "[1.0, 1.0, 1.0, 1.0] [[0.0, 1.0, 4.0, 9.0], [1.0, 2.0, 5.0, 10.0]]\n" * 3)

    def test_attributes_and_names_between(self):
        said = self.run_program(
            "(import numpy :as np math types)",
            "(def a (np.arange 4.0)) (def thing (types.SimpleNamespace :x 10.0))",
            "(defn f [a] (+ (* a np.pi) math.e))",
            "(defn g [a] [(* a 2) thing.x (+ a 1)])",
            "(defn h [a] (+ (* a thing.x) (- a later)))",
            "(defn k [a] (let [b (* a 2) c thing.missing] b))",
            "(defn q [a] (np.exp (+ a 1)))",
            "(dotimes [i 3] (print (np.array-equal (f a) (np.add (np.multiply a np.pi) math.e)) (g a) (try (h a) (catch NameError e \"none\"))))",
            "(def later 1.0) (dotimes [i 3] (print (h a) (try (k a) (catch AttributeError e \"none\")) (.tolist (np.rint (np.log (q a))))))",
            "(set! np.pi 2.0) (print (np.array-equal (f a) (np.add (np.multiply a 2.0) math.e)))")
        first = "True [array([0., 2., 4., 6.]), 10.0, array([1., 2., 3., 4.])] none\n"
        self.assertEqual(said, first * 3 + "[-1. 10. 21. 32.] none [1.0, 2.0, 3.0, 4.0]\n" * 3 + "True\n")

    def test_lines_are_measured(self):
        path = self.write("measured.lisp", "(import numpy :as np)\n(defn f [a b]\n  (np.sqrt (+ (* a a)\n    (* b b))))\n"
                          "(defn g [a] (- (f a a) 1))\n(dotimes [i 50] (g (np.ones 9)))\n")
        result = catena("--profile", path, cwd=self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("measured.lisp:3", result.stderr + result.stdout)

    def test_numbers_of_numpy(self):
        said = self.run_program(
            "(import numpy :as np warnings)",
            "(defn f [a b] (+ a (* (. b [0]) 1e10)))",
            "(defn g [a b] (- (* a (. b [1])) (.mean b)))",
            "(def a (np.arange 4.0)) (def b (np.array [1e308 2.0]))",
            "(dotimes [i 3] (with [caught (warnings.catch-warnings :record true)]",
            '  (warnings.simplefilter "always")',
            "  (print (f a b) (map (fn [w] (str w.message)) caught))))",
            "(print (np.array-equal (g a (np.array [1.0 2.0])) (np.subtract (np.multiply a 2.0) 1.5)))")
        self.assertEqual(said, "[inf inf inf inf] ['overflow encountered in scalar multiply']\n" * 3 + "True\n")

    @unittest.skipIf(os.environ.get("CATENA_SANITIZED"), "sanitizers keep memory that was given back")
    def test_memory_is_given_back(self):
        said = self.run_program(
            "(import numpy :as np resource)",
            "(defn size [] (.-ru-maxrss (resource.getrusage resource.RUSAGE-SELF)))",
            "(defn f [a b] (np.sqrt (+ (* a a) (* b b))))",
            "(def a (np.ones 2000000)) (dotimes [i 10] (f a a))",
            "(def before (size)) (dotimes [i 200] (f a a) (f (np.ones (+ 40000 (* 100 i))) 2.0))",
            "(print (< (- (size) before) 60000))")
        self.assertEqual(said, "True\n")


if __name__ == "__main__":
    unittest.main()
