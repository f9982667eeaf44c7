"""The error report: the place, the mark under the exact token, both stacks, causes and suggestions."""

import os
import resource
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import Case, catena  # noqa: E402


class Report(Case):
    def report(self, text, *pieces, name="main.lisp"):
        """Runs a program that fails, and checks that the report has all these pieces."""
        return self.fails(1, *pieces, result=self.run_file(name, text)).stderr

    def marked(self, report):
        """The characters above the first mark of a report."""
        lines = report.splitlines()
        for above, below in zip(lines, lines[1:]):
            start = below.find("^")
            if start >= 0 and set(below[start:]) <= set("^~") and " | " in above:
                return above[start : start + len(below) - start]
        return None


class Places(Report):
    def test_evaluated_forms_are_blamed_on_the_call(self):
        report = self.report(
            "(defn f [x]\n  (inc (eval x)))\n(f '(+ 1 nowhere))\n",
            "main.lisp:2:8: NameError: name 'nowhere' is not defined",
            "in code that this call evaluated",
            "  evaluated  main.lisp:2:8\n  f          main.lisp:2:8\n  top level  main.lisp:3:1\n",
        )
        self.assertTrue(self.marked(report).startswith("(eval x"), report)

    def test_first_line_and_mark(self):
        report = self.report('(print "a")\n(print (pritn 1))\n', "main.lisp:2:9: NameError: ")
        self.assertTrue(report.splitlines()[-3].endswith("(print (pritn 1))"), report)
        self.assertEqual(self.marked(report), "pritn")

    def test_call_is_marked_at_its_parenthesis(self):
        report = self.report("(defn f [x]\n  (+ 1 (int x)))\n(f \"a\")\n", "main.lisp:2:8: ValueError: ")
        self.assertTrue(self.marked(report).startswith("(int x"), report)

    def test_chain_is_marked_at_the_failing_link(self):
        report = self.report("(import math)\n(def x [math.pi math.sinus.deep])\n", "main.lisp:2:", "AttributeError: ")
        self.assertIn("sinus", self.marked(report))

    def test_wide_and_combining_characters(self):
        report = self.report('(print "中文é" (pritn 1))\n', "main.lisp:1:")
        lines = report.splitlines()
        mark = next(line for line in lines if "^" in line)
        # 中文 are two columns each, e with an accent of its own is one.
        self.assertEqual(mark.index("^"), lines[1].index("pritn") + 2)

    def test_tabs(self):
        report = self.report("(print\t\t(pritn 1))\n", "main.lisp:1:10: ")
        self.assertEqual(self.marked(report), "pritn")

    def test_long_lines_are_cut(self):
        padding = '"' + "x" * 5000 + '" '
        report = self.report(f"(print {padding} (pritn 1) {padding})\n", "…")
        self.assertEqual(self.marked(report), "pritn")
        self.assertLess(max(map(len, report.splitlines())), 200)

    def test_expression_and_standard_input(self):
        self.fails(1, "<-e>:1:2: NameError", "(pritn)", result=catena("-e", "(pritn)"))
        self.fails(1, "<stdin>:2:2: NameError", "(pritn)", result=catena(input="nil\n(pritn)"))

    def test_texts_that_are_read(self):
        report = self.report('(print 1)\n(defn f [s]\n  (inc (read-string s)))\n(f "(a\n (b")\n',
                             "<string>:2:2: ReadError: the ( at 2:2 is not closed\n  2 |  (b\n",
                             "  f          main.lisp:3:8\n  top level  main.lisp:4:1\n")
        self.assertNotIn("defn", report)
        self.report('(print 1)\n(print\n  (read-string ")"))\n', "<string>:1:1: ReadError", "  top level  main.lisp:3:3\n")

    def test_nothing_runs_when_the_file_cannot_be_read(self):
        result = self.run_file("main.lisp", '(print "ran")\n(print (\n')
        self.fails(1, "main.lisp:2:", result=result)
        self.assertEqual(result.stdout, "")


class Stacks(Report):
    def test_catena_stack(self):
        report = self.report(
            "(defn inner [x] (+ 1 (int x)))\n(defn outer [x] (+ 1 (inner x)))\n(+ 1 (outer \"a\"))\n",
            "main.lisp:1:22: ValueError", "Catena stack",
        )
        self.assertRegex(report, r"(?s)inner\s+main\.lisp:1:22.*outer\s+main\.lisp:2:22.*main\.lisp:3:6")

    def test_python_frames_below(self):
        report = self.report('(import json)\n(json.loads "{")\n', "main.lisp:2:", "json.decoder.JSONDecodeError: ")
        self.assertIn("Python frames below", report)
        self.assertRegex(report, r"raw_decode\s+\S*decoder\.py:\d+")

    def test_python_between(self):
        self.write("middle.py", "def call(f):\n    return f(1)\n")
        report = self.report("(import middle)\n(defn boom [x] (+ 0 (/ x 0)))\n(middle.call boom)\n", "main.lisp:2:")
        self.assertRegex(report, r"(?s)boom.*call +[^\n]*middle\.py:2\n\s+return f\(1\).*main\.lisp:3")

    def test_deep_recursion_is_folded(self):
        report = self.report("(defn f [n] (+ 1 (f n)))\n(f 1)\n", "RecursionError", "more like this")
        self.assertLess(len(report.splitlines()), 40)

    def test_functions_that_call_each_other_are_folded(self):
        text = "(defn a [n] (+ 1 (b n)))\n(defn b [n] (+ 1 (c n)))\n(defn c [n] (+ 1 (a n)))\n(a 1)\n"
        report = self.report(text, "RecursionError", "more like this", "top level")
        self.assertLess(len(report.splitlines()), 15)

    def test_error_inside_a_library_function(self):
        report = self.report("(defn f [x] (+ 0 (/ x 0)))\n(print (map f [1 2]))\n", "main.lisp:1:18: ZeroDivisionError")
        self.assertNotIn("<catena", report)

    def test_traceback_module_sees_catena(self):
        result = self.run_file(
            "main.lisp",
            "(import traceback)\n(defn f [x]\n  (+ 0 (/ x 0)))\n(try (f 1) (catch ZeroDivisionError e (traceback.print-exc)))\n",
        )
        self.assertEqual(result.returncode, 0)
        self.assertIn('main.lisp", line 3, in f', result.stderr)
        self.assertIn("(+ 0 (/ x 0))", result.stderr)


    def test_warnings_and_logs_name_the_form(self):
        result = self.run_file(
            "main.lisp",
            "(import warnings logging)\n(logging.basicConfig :format \"%(filename)s:%(lineno)d %(message)s\")\n"
            "(warnings.warn\n  \"old\")\n(defn f []\n  (logging.warning \"hello\") 1)\n\n(print (f))\n",
        )
        self.assertEqual((result.stdout, result.returncode), ("1\n", 0))
        self.assertIn("main.lisp:3: UserWarning: old\n  (warnings.warn\n", result.stderr)
        self.assertIn("main.lisp:8 hello\n", result.stderr)

    def test_debugger(self):
        result = self.run_file(
            "main.lisp",
            "(import pdb)\n(defn inner [x]\n  (let [y (* x 2)]\n    (/ y 0)))\n(defn outer [x] (+ 1 (inner x)))\n"
            "(try (outer 5) (catch ZeroDivisionError e (pdb.post-mortem e.__traceback__)))\n",
            input="where\nlist\nup\nlist\nquit\n",
        )
        self.assertEqual((result.stderr, result.returncode), ("", 0))
        for piece in ("main.lisp(4)inner()\n-> (/ y 0)))", "main.lisp(5)outer()\n-> (defn outer [x] (+ 1 (inner x)))",
                      "  4  ->\t    (/ y 0)))", "  5  ->\t(defn outer [x] (+ 1 (inner x)))"):
            self.assertIn(piece, result.stdout)

    def test_python_shows_catenas_frames(self):
        self.write("middle.py", "import traceback\n\ndef call(f):\n    try:\n        f(1)\n    except Exception:\n"
                   "        traceback.print_exc()\n")
        result = self.run_file(
            "main.lisp",
            "(import middle)\n(defn inner [x]\n  (int \"x\"))\n(defn outer [x]\n  (try\n    (inc (inner x))\n"
            "    (catch ValueError e\n      (throw (KeyError \"k\") :from e))))\n(middle.call outer)\n",
        )
        self.assertEqual(result.returncode, 0)
        for piece in ('main.lisp", line 3, in inner\n    (int "x"))\n', 'main.lisp", line 6, in outer\n    (inc (inner x))\n',
                      "direct cause of the following exception", 'main.lisp", line 8, in outer\n', 'middle.py", line 5, in call'):
            self.assertIn(piece, result.stderr)


class Causes(Report):
    def test_cause(self):
        report = self.report('(try (/ 1 0)\n  (catch ZeroDivisionError e (throw (ValueError "bad") :from e)))')
        self.assertIn("The above exception was the direct cause of the following exception:", report)
        self.assertLess(report.index("ZeroDivisionError"), report.index("ValueError: bad"))

    def test_context(self):
        report = self.report('(try (/ 1 0) (catch ZeroDivisionError e (throw (ValueError "bad"))))')
        self.assertIn("During handling of the above exception, another exception occurred:", report)

    def test_cycle_of_causes(self):
        self.report(
            '(def a (ValueError "a")) (def b (ValueError "b")) (set! a.__cause__ b) (set! b.__cause__ a) (throw a)',
            "ValueError: a", "ValueError: b",
        )

    def test_notes(self):
        self.report('(let [e (ValueError "x")] (.add-note e "look here") (throw e))', "note: look here")

    def test_group(self):
        self.report(
            '(throw (ExceptionGroup "several" [(ValueError "one") (TypeError "two")]))',
            "ExceptionGroup: several", "ValueError: one", "TypeError: two",
        )


class Suggestions(Report):
    def test_names(self):
        for program, suggestion in (
            ("(defn greet [] 1)\n(gret)", "did you mean greet?"),
            ("(prnitln 1)", "did you mean println?"),
            ("(lenn [])", "did you mean len?"),
            ("(starts-wiht? \"a\" \"b\")", "did you mean starts-with?"),
            ("(defn read-all [] 1) (read-al)", "did you mean read-all?"),
            ("(gruop-by even? [1])", "did you mean group-by?"),
            ("(let [total 1] (+ totl 1))", "did you mean total?"),
            ("(defn f [amount]\n  (+ amuont 1))\n(f 1)", "did you mean amount?"),
            ("(math.sqrt 1)", "did you forget (import math)?"),
            ("(np.sum 1)", "did you forget (import numpy :as np)?"),
            ("(defnn f [y] (+ y 1))", "did you mean defn? defnn is not defined"),
            ("(let [xs [1]] (doseqq [x xs] (print x)))", "did you mean doseq? doseqq is not defined"),
        ):
            with self.subTest(program=program):
                self.report(program, "NameError", suggestion)

    def test_attributes(self):
        self.report("(import math)\n(math.sqr 2)", "AttributeError", "did you mean sqrt?")
        self.report('(.uper "a")', "AttributeError", "did you mean upper?")
        self.report('(.start-with "a" "b")', "AttributeError", "did you mean startswith?")

    def test_modules_and_members(self):
        self.report("(import nunpy)", "ModuleNotFoundError", "did you mean numpy?")
        self.report("(import jsn)", "ModuleNotFoundError", "did you mean json?")
        self.report("(import math :refer [sqr])", "ImportError", "did you mean sqrt?")

    def test_keyword_arguments(self):
        self.write("lib.py", "def draw(*, width=1, colour=2):\n    pass\n")
        self.report("(import lib)\n(lib.draw :colur 3)", "TypeError", "did you mean colour?")
        self.report('(print 1 :ends "x")', "did you mean end?")
        self.report("(sorted [1] :revers true)", "did you mean reverse?")
        self.report("(import numpy) (numpy.array [1] :dtyp 3)", "did you mean dtype?")
        self.report("(defn area [&key width height] 1)\n(area :widht 3)", "TypeError", "did you mean width?")


    def test_packages(self):
        self.write("util/text.lisp", "(def greeting 1)")
        self.report("(import os.pth)", "ModuleNotFoundError", "did you mean os.path?")
        self.report("(import numpy.linlag)", "ModuleNotFoundError", "did you mean numpy.linalg?")
        self.report("(require utl.text)", "ModuleNotFoundError", "did you mean util?")
        self.report("(require util.txt)", "ModuleNotFoundError", "did you mean util.text?")
        self.report("(require util.text :refer [greting])", "ImportError", "did you mean greeting?")
        self.report("(require util.text :as t) t/greting", "NameError", "did you mean t/greeting?")

    def test_words_of_other_languages(self):
        for program, hint in (
            ("(car [1])", "It is (first xs)."),
            ("(try 1 (except [e ValueError] 2))", "(catch ValueError e …)"),
            ("(switch 1 2 3)", "(case value"),
            ("(defn f [xs]\n  (foldl + 0 xs))\n(f [1])", "(reduce f start xs)"),
            ("(in 1 [1])", "(contains? xs x)"),
            ("(let [x 1] (+= x 1))", "(update! x + y)"),
            ("(sqrt 2)", "did you forget (import math :refer [sqrt])?"),
        ):
            with self.subTest(program=program):
                self.report(program, "NameError", hint)
        self.assertNotIn("in Catena", self.report("(defn car [x] (nowhere x)) (car 1)", "NameError"))
        self.prints("1\n", "-e", "(defn f [] (append 1)) (defn append [x] x) (print (f))")

    def test_collections_are_no_functions(self):
        for program in ("({:a 1} :a)", "(let [v [1]] (v 0))", "(#{1} 1)", "(#[1] 0)"):
            with self.subTest(program=program):
                self.report(program, "object is not callable", "(get collection key)")

    def test_nothing_near(self):
        self.assertNotIn("did you mean", self.report("(qqzzxxyy 1)"))
        # What stands in a string or a comment is no name.
        for program in ('(print f"{qqzzx=}")', '(print "qqzzxx is" qqzzx)', "(print qqzzx) ; qqzzxx"):
            self.assertNotIn("did you mean", self.report(program, "NameError"))


class Macros(Report):
    def test_calls_that_a_macro_refuses(self):
        report = self.report("(print 1)\n(print (when-let [x] 1))", "main.lisp:2:8: CompileError: when-let takes one name")
        self.assertNotIn("<catena", report)
        self.report("(are def [x] 1)", "main.lisp:1:1: CompileError: are:")
        self.report('(defmacro m [x] (throw (CompileError "no")))\n(print (m 1))', "main.lisp:2:8: CompileError: m: no")

    def test_error_while_it_expands(self):
        self.report("(defmacro bad [x] (/ 1 0))\n\n(print (bad 1))", "ZeroDivisionError", "main.lisp:3:8", "bad")

    def test_wrong_code_that_it_makes(self):
        self.report("(defmacro bad [x] `(let [y#] ,x))\n(print (bad 1))", "main.lisp:2:8: CompileError: ", "`bad`")

    def test_depth(self):
        if os.environ.get("CATENA_SANITIZED"):  # whose frames are many times as large
            soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
            self.addCleanup(resource.setrlimit, resource.RLIMIT_STACK, (soft, hard))
            resource.setrlimit(resource.RLIMIT_STACK, (1 << 26, hard))
        nested = "(defmacro nested [n] (if (= n 0) 0 `(inc (nested ,(dec n)))))\n"
        self.prints("1000\n", "-e", nested + "(print (nested 1000))")
        self.report(nested + "(print 1\n  (nested 1000000))", "main.lisp:3:3: CompileError: the macro `nested` expands without end")

    def test_code_that_fails_when_it_runs(self):
        report = self.report("(defmacro halve [x] `(/ ,x 0))\n(print (halve 4))", "main.lisp:2:8: ZeroDivisionError")
        self.assertIn("in code that the macro halve made", report)

    def test_operand_of_a_macro_that_fails(self):
        report = self.report("(defmacro same [x] `(do ,x))\n(print (same (/ 1 0)))", "main.lisp:2:14: ZeroDivisionError")
        self.assertNotIn("the macro same", report)


class NeverFails(Report):
    def test_str_that_raises(self):
        self.report(
            "(defclass Bad [Exception] (defn __str__ [self] (/ 1 0)))\n(throw (Bad 1))", "main.lisp:2:1: Bad: ",
        )

    def test_message_that_is_no_text(self):
        self.report('(throw (ValueError (chr 0xd800)))', "ValueError: ")

    def test_source_that_is_gone(self):
        self.report('(import os)\n(os.remove __file__)\n(/ 1 0)\n', "main.lisp:3:1: ZeroDivisionError")

    def test_standard_error_that_is_gone(self):
        result = self.run_file("main.lisp", "(import sys)\n(set! sys.stderr nil)\n(/ 1 0)\n")
        self.fails(1, "main.lisp:3:1: ZeroDivisionError", result=result)

    def test_standard_error_that_fails(self):
        result = self.run_file(
            "main.lisp", "(import sys)\n(defclass Bad [] (defn write [self s] (/ 1 0)) (defn flush [self]))\n(set! sys.stderr (Bad))\n(nonsense)\n"
        )
        self.fails(1, "main.lisp:4:2: NameError", result=result)

    def test_many_lines(self):
        self.report('(throw (ValueError "one\ntwo\nthree"))', "ValueError: one\ntwo\nthree\n")

    def test_exception_hook_of_the_program(self):
        result = self.run_file("main.lisp", '(import sys)\n(set! sys.excepthook (fn [t e tb] (print "hook" e)))\n(/ 1 0)')
        self.assertEqual((result.returncode, result.stdout, result.stderr), (1, "hook division by zero\n", ""))
        result = self.run_file("main.lisp", "(import sys)\n(set! sys.excepthook (fn [t e tb] (nonsense)))\n(/ 1 0)")
        self.fails(1, "Error in sys.excepthook", "nonsense", "ZeroDivisionError", result=result)

    def test_no_colours_without_a_terminal(self):
        self.assertNotIn("\x1b", self.report("(/ 1 0)"))

    def test_python_syntax_error(self):
        self.write("broken.py", "def f(:\n    pass\n")
        report = self.report("(import broken)", "broken.py:1:7: SyntaxError: ")
        self.assertEqual(self.marked(report), ":")


if __name__ == "__main__":
    unittest.main()
