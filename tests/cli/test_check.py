"""`catena check`: mistakes found without running a program, and nothing said about programs that are right."""

import os
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import CATENA, SOURCE, Case, catena, environment  # noqa: E402


class Check(Case):
    def check(self, *arguments, **options):
        return catena("check", *arguments, cwd=self.folder, **options)

    def findings(self, text, name="a.lisp"):
        """The lines about a text, without the file's name."""
        self.write(name, text)
        result = self.check(name)
        self.assertEqual(result.stderr, "")
        lines = result.stdout.splitlines()
        self.assertEqual(result.returncode, 1 if any(": note: " not in line for line in lines) else 0)
        for line in lines:
            self.assertTrue(line.startswith(name + ":"), line)
        return [line[len(name) + 1 :] for line in lines]

    def quiet(self, text):
        self.assertEqual(self.findings(text), [], text)

    def warns(self, text, *expected):
        self.assertEqual(self.findings(text), [f"{place}: warning: {words}" for place, words in expected], text)


class Macros(Check):
    def test_one_that_a_template_names(self):
        self.quiet(
            "(defmacro a2 [n v] `(let [,n ,v] ,n))\n(defmacro b2 [n v] `(a2 ,n ,v))\n(prn (b2 q 5))\n"
            "(defmacro first-of [& more]\n  (match more\n    ['else value] value\n"
            "    [test value & more] `(if ,test ,value (first-of ,@more))))\n(prn (first-of false 1 else 3))"
        )


class Doubts(Check):
    def test_alternatives_of_a_case(self):
        self.warns(
            "(defn f [x]\n  (case x (:a :b) 1 2))",
            ("2:11", "case compares with this whole list; alternatives stand in a vector"),
        )
        self.quiet("(defn f [x] (case x [:a :b] 1 '(1 2) 2 () 3 4))")


class Attributes(Check):
    def test_of_modules(self):
        sqrt = "module `math` has no attribute `sqt`; did you mean `sqrt`?"
        self.warns("(import math)\n(math.sqt 2)", ("2:7", sqrt))
        self.warns("(import math :as m)\n(print m.sqt)", ("2:10", sqrt))
        self.warns('(. ($py "math") sqt)', ("1:17", sqrt))
        self.warns("(let [m ($py \"math\")]\n  (.sqt m 2))", ("2:4", sqrt))
        self.warns("(import math)\n(defn f [x] (-> x (math.sqt)))", ("2:25", sqrt))
        self.warns("(import math)\n(math/sqt 2)", ("2:2", sqrt))
        self.warns("(import math :refer [sqt])", ("1:22", sqrt))
        self.warns(
            "(import os)\n(os.path.joinn 1)", ("2:10", "module `posixpath` has no attribute `joinn`; did you mean `join`?")
        )
        self.warns("(import math)\n(math.qqqqq)", ("2:7", "module `math` has no attribute `qqqqq`"))

    def test_of_classes(self):
        self.warns(
            "(import collections)\n(collections.OrderedDict.from-keys [])",
            ("2:26", "class `OrderedDict` has no attribute `from-keys`; did you mean `fromkeys`?"),
        )
        self.quiet("(import collections)\n(collections.OrderedDict.fromkeys [])\n(print collections.OrderedDict.__name__)")

    def test_those_that_may_come_to_be(self):
        self.quiet("(import math)\n(set! math.sqt math.sqrt)\n(math.sqt 2)")
        self.quiet('(import math)\n(setattr math "sqt" math.sqrt)\n(math.sqt 2)')
        self.quiet('(import math)\n(when (hasattr math "sqt") (math.sqt 2))')
        self.quiet("(import math)\n(try (math.sqt 2) (catch AttributeError _ nil))")
        self.quiet("(import sys math)\n(if (= sys.platform \"amiga\") (math.sqt 2) 1)")
        self.quiet("(import xml)\n(defn f [] (xml.dom.minidom.parseString \"<a/>\"))")
        self.write("lazy_one.py", "def __getattr__(name):\n    if name == 'late': return 1\n    raise AttributeError(name)\n")
        self.warns("(import lazy-one)\n(print lazy-one.late lazy-one.lade)", ("2:31", "module `lazy_one` has no attribute `lade`"))

    def test_names_bound_anew_are_not_known(self):
        self.quiet("(import math)\n(def math {})\n(math.sqt 2)")
        self.quiet("(import math)\n(set! math 5)\n(math.sqt 2)")
        self.quiet("(import math)\n(defn f [math] (math.sqt 2))")


class Calls(Check):
    def test_keywords(self):
        self.warns("(sorted [1] :ky 1)", ("1:1", "`sorted` has no keyword argument `:ky`; did you mean `:key`?"))
        self.warns("(import bisect)\n(bisect.bisect [1] 2 :qqq 3)", ("2:1", "`bisect-right` has no keyword argument `:qqq`"))
        self.warns("(import shutil)\n(shutil.copy 1 2 :src 3)", ("2:1", "`copy` gets `:src` twice, once by position"))
        self.warns("(import math)\n(math.sqrt :x 2)", ("2:1", "`sqrt` takes `x` by position only"))
        self.warns(
            "(defn area [w h &key (unit 1)] (* w h))\n(area 1 2 :unot 3)",
            ("2:1", "`area` has no keyword argument `:unot`; did you mean `:unit`?"),
        )

    def test_counts(self):
        self.warns("(import math)\n(math.sqrt 1 2)", ("2:1", "`sqrt` takes at most 1 positional argument, not 2"))
        self.warns("(import math)\n(math.sqrt)", ("2:1", "`sqrt` needs `x`"))
        self.warns("(defn f [a b] a)\n(f 1)\n(f 1 2 3)", ("2:1", "`f` needs `b`"),
                   ("3:1", "`f` takes at most 2 positional arguments, not 3"))  # fmt: skip
        self.warns("(inc)", ("1:1", "`inc` needs `x`"))
        self.quiet("(defn f [a b] a)\n(f #* [1 2])\n(f 1 #** {})\n(apply f [1])")

    def test_what_is_written_in_the_documentation(self):
        self.warns("(int \"3\" :bas 2)", ("1:1", "`int` has no keyword argument `:bas`; did you mean `:base`?"))
        self.quiet("(int \"3\" :base 2)\n(dict :a 1)\n(max [1] :default 2)")

    def test_numpy(self):
        try:
            import numpy  # noqa: F401
        except ImportError:
            self.skipTest("NumPy is not installed")
        begin = "(import numpy :as np)\n"
        self.warns(begin + "(np.sum [1] :axs 0)", ("2:1", "`sum` has no keyword argument `:axs`; did you mean `:axis`?"))
        self.warns(begin + "(np.sum [1] :foo 0)", ("2:1", "`sum` has no keyword argument `:foo`"))
        self.warns(begin + "(np.array 1 :dtyp 1)", ("2:1", "`array` has no keyword argument `:dtyp`; did you mean `:dtype`?"))
        self.warns(begin + "(np.sin 1 :ot 1)", ("2:1", "`sin` has no keyword argument `:ot`; did you mean `:out`?"))
        self.warns(begin + "(np.add 1)", ("2:1", "`add` takes at least 2 arguments, not 1"))
        self.quiet(begin + "(np.sin 1 :where true)\n(np.add 1 2 3)\n(np.ones 3 :like 1)\n(np.sum [1] :axis 0 :keepdims true)")

    def test_decorated_functions_take_what_they_take(self):
        self.write(
            "decorated.py",
            "import functools\n"
            "def extra(f):\n"
            "    @functools.wraps(f)\n"
            "    def inner(*args, **kwargs):\n"
            "        kwargs.pop('extra', None)\n"
            "        return f(*args, **kwargs)\n"
            "    return inner\n"
            "@extra\n"
            "def f(a, *, long_name=1): return a\n",
        )
        self.quiet("(import decorated)\n(decorated.f 1 :extra 2)\n(decorated.f)")
        self.warns(
            "(import decorated)\n(decorated.f 1 :long-nam 2)",
            ("2:1", "`f` has no keyword argument `:long-nam`; did you mean `:long-name`?"),
        )


class Names(Check):
    def test_missing(self):
        self.warns("(defn f [] (cuont [1]))", ("1:13", "nothing defines `cuont`; did you mean `count`?"))
        self.warns("(print zorglub)", ("1:8", "nothing defines `zorglub`"))
        self.warns("(print later)\n(def later 1)", ("1:8", "`later` is used above its definition"))
        self.quiet("(defn f [] (later))\n(defn later [] 1)")

    def test_announced(self):
        self.quiet("(declare from-elsewhere)\n(from-elsewhere 1 2)\n(defn f [] from-elsewhere)")

    def test_those_that_code_may_bring(self):
        self.quiet('(exec "x = 1" (globals))\n(print x)')
        self.quiet("(print __name__ __file__ *args*)")

    def test_forms_and_texts_that_do_not_compile(self):
        self.assertEqual(
            self.findings("(let [x] x)\n(if)"),
            [
                "1:7: error: let: a name without a value; it is written (let [name value …] body …)",
                "2:1: error: if: wrong shape; it is written (if condition then else?)",
            ],
        )
        self.assertEqual(self.findings("(print 1"), ["1:1: error: the ( at 1:1 is not closed"])
        with open(self.write("raw.lisp", ""), "wb") as file:
            file.write(b"(print \xff)")
        result = self.check("raw.lisp")
        self.assertTrue(result.stdout.startswith("raw.lisp:1:8: error: the text is not UTF-8"), result.stdout)
        self.assertEqual((result.stderr, result.returncode), ("", 1))

    def test_macros_that_fail(self):
        self.assertEqual(
            self.findings('(defmacro bad [] (throw (CompileError "no")))\n(bad)\n(defn f [] (bad))\n(f 1 2 3)\n(nope)'),
            ["2:1: error: bad: no", "3:12: error: bad: no", "5:2: warning: nothing defines `nope`; did you mean `None`?"],
        )
        self.assertEqual(
            self.findings(
                "(defclass Odd [Exception] (defn __str__ [self] (/ 1 0)))\n"
                "(defmacro odd [] (throw ((type \"Odd\" #[Exception] {\"__module__\" \"m\" \"__str__\" (fn [self] (/ 1 0))}))))\n(def x (odd))\n(print x)"
            ),
            ["3:1: note: not checked, for a macro fails when nothing runs: <class 'm.Odd'>"],
        )

    def test_texts_that_no_terminal_shows(self):
        self.assertEqual(len(self.findings('(def "\\ud800" 1)\n(print (. "x" [(if)]))\n(import math)\n(getattr math "\\ud800" 1 2 3)')), 2)

    def test_macros_run(self):
        self.warns("(defmacro twice [f x] `(,f (,f ,x)))\n(twice sqt 2)", ("2:8", "nothing defines `sqt`; did you mean `set`?"))
        self.assertEqual(
            self.findings('(def table (dict (list)))\n(defmacro m [] (throw (KeyError "not yet")))\n(m)'),
            ["3:1: note: not checked, for a macro fails when nothing runs: 'not yet'"],
        )


class Modules(Check):
    def test_missing_and_failing(self):
        self.warns("(import jsonn)", ("1:9", "No module named 'jsonn'; did you mean `json`?"))
        self.write("stops.py", "import sys\nsys.exit(3)\n")
        self.warns("(import stops)\n(stops.f)", ("1:9", "this fails: SystemExit: 3"))
        self.write("raises.py", "1 / 0\n")
        self.warns("(import raises)", ("1:9", "this fails: ZeroDivisionError: division by zero"))

    def test_required_ones_and_their_macros(self):
        self.write("util/text.lisp", "(defn trim-all [xs] xs)\n(defmacro twice [x] `(do ,x ,x))\n")
        self.quiet("(require util.text :as t :refer [twice])\n(twice (t/trim-all []))")
        self.warns(
            "(require util.text :as t)\n(t/trim-al [])\n(t/trim-all)",
            ("2:2", "module `util.text` has no `trim-al`; did you mean `trim-all`?"),
            ("3:1", "`trim-all` needs `xs`"),
        )

    def test_files_have_the_modules_beside_them(self):
        for folder, name in (("a", "f"), ("b", "g")):
            self.write(f"{folder}/util.lisp", f"(defn {name} [x] x)")
            self.write(f"{folder}/helper.py", f"def {name}(): pass\n")
            self.write(f"{folder}/main.lisp", f"(require util)\n(util/{name} 1)\n(import helper)\n(helper.{name})")
        result = self.check("a/main.lisp", "b/main.lisp", "a", "b")
        self.assertEqual((result.stdout, result.stderr, result.returncode), ("", "", 0))

    def test_nothing_runs_but_modules_and_macros(self):
        self.write("loud.py", "print('imported')\n")
        self.write(
            "a.lisp",
            '(import loud)\n(print "ran")\n(def x (print "ran"))\n(defn f [&opt (a (print "ran"))] a)\n'
            '(defclass C [] (print "ran"))\n(def ys [(print "ran")])\n(let [a (print "ran")] (def b a))\n(f)\n'
            '(when true (print "ran"))\n(def g #(print "ran"))\n(await (print "ran"))\n(defn [print] h [])\n',
        )
        result = self.check("a.lisp")
        self.assertEqual((result.stdout, result.stderr, result.returncode), ("imported\n", "", 0))


class Program(Check):
    def test_examples_and_library_are_quiet(self):
        for folder in ("examples", "stdlib", "repl"):
            result = catena("check", os.path.join(SOURCE, folder))
            self.assertEqual((result.stdout, result.stderr, result.returncode), ("", "", 0), folder)

    def test_files_and_folders(self):
        self.write("src/a.lisp", "(print zorglub)")
        self.write("src/deep/b.lisp", "(if)")
        self.write("src/c.txt", "(if)")
        self.write("src/.hidden/d.lisp", "(if)")
        result = self.check("src", "src/c.txt")
        self.assertEqual(
            [line.split(": ")[0] for line in result.stdout.splitlines()],
            ["src/a.lisp:1:8", "src/deep/b.lisp:1:1", "src/c.txt:1:1"],
        )
        self.assertEqual(result.returncode, 1)
        self.assertEqual(self.check("-", input="(print zorglub)").stdout, "-:1:8: warning: nothing defines `zorglub`\n")

    def test_wrong_usage(self):
        self.assertEqual(self.check().returncode, 2)
        self.assertIn("did you mean", self.check("--hepl").stderr)
        result = self.check("nowhere.lisp")
        self.assertEqual(
            (result.stdout, result.stderr, result.returncode),
            ("", "catena: nowhere.lisp: there is no such file or folder\n", 1),
        )
        self.assertIn("catena check model.lisp", self.check("--help").stdout)

    def test_deep_texts(self):
        for text in (
            "(do " * 1_000_000 + "(def x 1)" + ")" * 1_000_000,
            "(when true " * 20_000 + "1" + ")" * 20_000,
            "(" * 100_000,
        ):
            self.write("deep.lisp", text)
            result = self.check("deep.lisp")
            self.assertEqual((result.stderr, result.returncode), ("", 1), text[:20])
            run = catena(os.path.join(self.folder, "deep.lisp"))
            self.assertEqual(run.returncode, 1, text[:20])

    @unittest.skipIf(os.name == "nt", "signals")
    def test_interrupted(self):
        self.write("endless.py", "print('here', flush=True)\nwhile True: pass\n")
        self.write("a.lisp", "(import endless)")
        with subprocess.Popen(
            [CATENA, "check", "a.lisp"], cwd=self.folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            self.assertEqual(process.stdout.readline(), b"here\n")
            process.send_signal(signal.SIGINT)
            _, error = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 130, error)


if __name__ == "__main__":
    unittest.main()
