"""Modules: require, Python's import of .lisp files, packages, reload, cycles, failures."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import Case, catena, environment  # noqa: E402


class Require(Case):
    def run_program(self, text, **options):
        return self.run_file("program.lisp", text, **options)

    def shows(self, expected, text, **options):
        result = self.run_program(text, **options)
        self.assertEqual((result.stderr, result.stdout, result.returncode), ("", expected, 0))

    def test_beside_the_script(self):
        self.write("util/text.lisp", '(defn shout [s] (+ (.upper s) "!"))')
        self.shows("A! B! C! D!\n", """
            (require util.text)
            (require util.text :as t)
            (require util.text :refer [shout])
            (print (util.text.shout "a") (util.text/shout "b") (t/shout "c") (shout "d"))""")

    def test_beside_the_script_from_another_folder(self):
        self.write("code/helper.lisp", "(def x 5)")
        self.write("code/main.lisp", "(require helper) (print helper.x)")
        os.mkdir(os.path.join(self.folder, "elsewhere"))
        self.prints("5\n", os.path.join("..", "code", "main.lisp"), cwd=os.path.join(self.folder, "elsewhere"))

    def test_catena_path(self):
        self.write("one/first.lisp", '(def where "one")')
        self.write("two/first.lisp", '(def where "two")')
        self.write("two/second.lisp", '(def where "two")')
        self.write("two/pack/inner.lisp", '(def where "inner")')
        folders = ":".join(os.path.join(self.folder, name) for name in ("one", "two", "missing"))
        self.shows("one two inner\n", "(require first second pack.inner) (print first.where second.where pack.inner.where)",
                   env=environment(CATENA_PATH=folders))

    def test_the_scripts_folder_comes_before_catena_path(self):
        self.write("mine.lisp", "(def x 1)")
        self.write("other/mine.lisp", "(def x 2)")
        self.shows("1\n", "(require mine) (print mine.x)", env=environment(CATENA_PATH=os.path.join(self.folder, "other")))

    def test_dashes(self):
        self.write("my-lib/a-b.lisp", "(def one-two 12)")
        self.write("c-d_e.lisp", "(def x 3)")
        self.write("f_g.lisp", "(def x 4)")
        self.shows("12 3 4 my_lib.a_b\n", """
            (require my-lib.a-b :as ab) (require c-d-e f-g)
            (print ab/one-two c-d-e.x f_g.x ab.__name__)""")

    def test_macros_come_along(self):
        self.write("macros.lisp", """
            (defn- helper [x] (* x 2))
            (defmacro twice [x] `(do ,x ,x))
            (defmacro doubled [x] `(helper ,x))
            (def ten 10)
            (def _hidden 1)""")
        self.shows("1\n1\n2\n2\n3\n3\n8 10\n", """
            (require macros :as m) (m/twice (print 1))
            (require macros :refer [twice]) (twice (print 2))
            (require macros :refer :all) (twice (print 3))
            (print (doubled 4) ten)""")
        for name in ("helper", "_hidden"):
            result = self.run_program(f"(require macros :refer :all) {name}")
            self.fails(1, f"name '{name}' is not defined", result=result)

    def test_several_in_one(self):
        self.write("a.lisp", "(def x 1)")
        self.write("b.lisp", "(def y 2)")
        self.shows("1 2 2\n", "(require [a :as first] b [b :refer [y]]) (print first.x b.y y)")

    def test_lisp_before_python(self):
        self.write("both.lisp", '(def kind "lisp")')
        self.write("both.py", 'kind = "python"')
        self.shows("lisp lisp\n", "(require both) (import importlib) (print both.kind (. (importlib.reload both) kind))")
        self.shows("python\n", "(import both) (print both.kind)")

    def test_python_modules(self):
        self.write("plain.py", "def double(x): return 2 * x")
        self.shows("8 3\n", "(require plain :refer [double]) (require math :as m) (print (double 4) (m/floor 3.5))")

    def test_a_name_that_python_has_already(self):
        self.write("time.lisp", "(def x 1)")
        result = self.run_program("(require time)")
        self.fails(1, "cannot require", "time.lisp", "give the file another name", result=result)

    def test_missing(self):
        result = self.run_program("(require no.such.module)")
        self.fails(1, "ModuleNotFoundError", "program.lisp:1:1", result=result)
        self.assertNotIn("importlib", result.stderr)

    def test_packages(self):
        self.write("pack/__init__.lisp", "(def x 1) (require pack.inner :as i) (def y (inc i/z))")
        self.write("pack/inner.lisp", "(def z 41)")
        self.shows("1 42 41 True\n", """
            (require pack) (require pack.inner)
            (print pack.x pack.y pack.inner.z (= pack.__path__ [(+ ((. ($py "os.path") dirname) __file__) "/pack")]))
            """.replace("((. ($py \"os.path\") dirname) __file__)", "((. ($py \"os\") getcwd))"))
        self.write("reads.py", "import pack\nvalue = pack.y")
        self.shows("42\n", "(import reads) (print reads.value)")

    def test_python_code_imports(self):
        self.write("util/text.lisp", "(def greeting \"hello\") (defn shout [s & more] (+ (.upper s) \"!\"))")
        self.write("plain.py", """
from util.text import shout
import util.text as text
text.added = 5
value = shout("x")
""")
        self.shows("X! 5\n", "(import plain) (require util.text :as t) (print plain.value t.added)")

    def test_module_attributes(self):
        self.write("thing.lisp", '"What it is for."\n(def x 1)')
        self.shows("thing What it is for. True True thing.lisp\n", """
            (require thing) (import sys os)
            (print thing.__name__ thing.__doc__ (identical? (. sys.modules ["thing"]) thing)
              (= thing.__spec__.name "thing") (os.path.basename thing.__file__))""")

    def test_reload(self):
        self.write("changing.lisp", "(def x 1) (def kept 1)")
        self.shows("1 2 1\n", """
            (require changing) (import importlib)
            (def before changing.x)
            (with [f (open "changing.lisp" "w")] (.write f "(def x 2)"))
            (importlib.reload changing)
            (print before changing.x changing.kept)""")

    def test_cycle(self):
        self.write("a.lisp", "(require b)\n(def x 1)")
        self.write("b.lisp", "(require c)\n(def y 1)")
        self.write("c.lisp", "(def z 0)\n(require a)")
        result = self.run_program("(require a)")
        self.fails(1, "circular require: a requires b, which requires c, which requires a", "c.lisp:2:1", result=result)

    def test_a_module_that_fails_is_forgotten(self):
        self.write("bad.lisp", "(def x 1)\n(throw (ValueError \"no\"))")
        self.shows("caught False\ncaught False\n", """
            (import sys)
            (dotimes [_ 2]
              (try (require bad) (catch ValueError e (print "caught" (contains? sys.modules "bad")))))""")

    def test_errors_point_into_the_module(self):
        self.write("bad.lisp", "(def x 1)\n(defn f [] (undefined-name))\n")
        result = self.run_program("(require bad)\n(bad.f)")
        self.fails(1, "bad.lisp:2:13", "program.lisp:2:1", result=result)
        self.write("wrong.lisp", "(def x 1)\n  (let [a] a)\n")
        result = self.run_program("(require wrong)")
        self.fails(1, "wrong.lisp:2:", "let", result=result)
        self.assertNotIn("importlib", result.stderr)
        self.write("open.lisp", "(def x [1 2)\n")
        self.fails(1, "open.lisp:1:", result=self.run_program("(require open)"))

    def test_warnings(self):
        self.write("vague.lisp", "(defn shout [x] (undefinde x))\n(defn later [] (defined-below))\n(defn defined-below [] 1)")
        for _ in range(2):  # compiled, and from the cache
            result = self.run_program("(require vague)", env=environment(PYTHONDONTWRITEBYTECODE=None))
            self.assertEqual(result.returncode, 0)
            self.assertEqual(result.stderr.count("warning"), 1, result.stderr)
            self.assertIn("vague.lisp:1:18: warning: nothing defines `undefinde`", result.stderr)

    def test_what_is_no_file(self):
        os.makedirs(os.path.join(self.folder, "folder.lisp"))
        self.fails(1, "ModuleNotFoundError", result=self.run_program("(require folder)"))

    def test_require_in_a_function_and_thread(self):
        self.write("slow.lisp", "(import time) (time.sleep 0.05) (def x 7)")
        self.shows("[7, 7, 7, 7]\n", """
            (import concurrent.futures :refer [ThreadPoolExecutor])
            (defn load [_] (require slow :as s) s.x)
            (with [pool (ThreadPoolExecutor 4)] (print (list* (.map pool load (range 4)))))
            """.replace("(list* (.map pool load (range 4)))", "(vec (.map pool load (range 4)))"))

    def test_threads_that_require_at_once(self):
        self.write("slow.lisp", """
            (import time builtins)
            (setattr builtins "loads" (inc (getattr builtins "loads" 0)))
            (time.sleep 0.02)
            (defmacro twice [x] `(do ,x ,x))
            (defn f [] 1)""")
        self.write("user.lisp", "(require slow :as s)\n(def v (s/twice (s/f)))")
        self.write("other.lisp", "(require slow :refer :all)\n(require user)\n(def w (twice (f)))")
        self.shows("[] 1\n", """
            (import threading importlib builtins)
            (def errors [])
            (defn load [name] (try (importlib.import-module name) (catch BaseException e (.append errors e))))
            (def threads (for [i (range 9)] (threading.Thread :target load :args #[(get ["slow" "user" "other"] (mod i 3))])))
            (doseq [t threads] (.start t))
            (doseq [t threads] (.join t))
            (print errors builtins.loads)""")

    def test_threads_that_require_a_circle(self):
        self.write("a.lisp", "(require b) (def x 1)")
        self.write("b.lisp", "(require a) (def y 1)")
        # As in Python, one of them may be given a module that is not finished; nothing waits for ever.
        self.shows("True\n", """
            (import threading)
            (def errors [])
            (defn load [name] (try (__import__ name) (catch [ImportError RuntimeError] e (.append errors e))))
            (def threads (for [name ["a" "b" "a" "b"]] (threading.Thread :target load :args #[name])))
            (doseq [t threads] (.start t))
            (doseq [t threads] (.join t))
            (print (<= 0 (count errors) 4))""")

    def test_circles_through_python(self):
        self.write("loose.lisp", "(import middle)\n(def x 1)")
        self.write("middle.py", "import loose\ndef late(): return loose.x")
        self.shows("1\n", "(require loose) (import middle) (print (middle.late))")
        self.write("tight.lisp", "(import needs)\n(def x 1)")
        self.write("needs.py", "from tight import x")
        result = self.run_program("(require tight)")
        self.fails(1, "cannot import name 'x' from partially initialized module 'tight'", "tight.lisp:1:9", "needs.py:1",
                   result=result)

    def test_odd_files(self):
        self.write("empty.lisp", "")
        self.write("newlines.lisp", "(def x 1)\r\n(def y\r 2)")
        self.write("日本.lisp", '(def 名 "n")')
        self.shows("1 2 n\n", "(require empty newlines 日本) (print newlines.x newlines.y 日本/名)")
        for name, content, place in (("latin", b'(def x "\xe9")', "latin.lisp:1:9"), ("zero", b"(def x\n\0)", "zero.lisp:2:1")):
            with open(os.path.join(self.folder, name + ".lisp"), "wb") as file:
                file.write(content)
            self.fails(1, "ReadError", place, "program.lisp:1:10", result=self.run_program(f"(require {name})"))

    def test_a_module_that_exits(self):
        self.write("leaves.lisp", "(import sys) (sys.exit 4)")
        self.assertEqual(self.run_program("(require leaves)").returncode, 4)

    def test_a_module_that_takes_itself_away(self):
        self.write("gone.lisp", '(del! (. ($py "sys") modules ["gone"]))')
        self.fails(1, "ImportError: the module gone is not in sys.modules", "program.lisp:1:10", result=self.run_program("(require gone)"))
        self.write("key.lisp", '(. {} ["key"])')
        self.fails(1, "KeyError: 'key'", "key.lisp:1:7", result=self.run_program("(require key)"))

    def test_await_in_a_module(self):
        self.write("waits.lisp", "(def x (await ((fn-async [] 6))))")
        self.shows("6\n", "(require waits) (print waits.x)")
        result = self.run_program("(defn-async main [] (require waits)) (await (main))")
        self.fails(1, "RuntimeError: an event loop is running already", "program.lisp:1:30", "waits.lisp:1\n", result=result)

    def test_reload_keeps_what_was_taken(self):
        self.write("tool.lisp", "(defn f [] 1) (defmacro m [] 10)")
        self.shows("1 10 1 2\n", """
            (require tool :as t :refer [f m])
            (import importlib)
            (def before [(f) (m)])
            (with [file (open "tool.lisp" "w")] (.write file "(defn f [] 2) (defmacro m [] 20)"))
            (importlib.reload t)
            (print #* before (f) (t/f))""")

    def test_reload_that_fails(self):
        self.write("tool.lisp", "(def x 1)")
        self.shows("ValueError 1 1\nSyntaxError 1 1\n", """
            (require tool :as t)
            (import importlib sys)
            (doseq [text ["(def y 2) (throw (ValueError))" "(def y"]]
              (with [file (open "tool.lisp" "w")] (.write file text))
              (try (importlib.reload t)
                (catch SyntaxError e (print "SyntaxError" t.x (. sys.modules ["tool"] x)))
                (catch ValueError e (print "ValueError" t.x (. sys.modules ["tool"] x)))))""")

    def test_pickled_by_name(self):
        self.write("funcs.lisp", "(defn double [x] (* 2 x)) (defclass Thing [] (def x 1))")
        self.shows("True True b'\\x80\\x04\\x95'\n", """
            (require funcs) (import pickle)
            (print (identical? funcs.double (pickle.loads (pickle.dumps funcs.double)))
                   (identical? funcs.Thing (pickle.loads (pickle.dumps funcs.Thing)))
                   (. (pickle.dumps funcs.double) [(: 0 3)]))""")

    def test_expression_requires_from_the_current_folder(self):
        self.write("here.lisp", "(def x 3)")
        self.prints("3\n", "-e", "(require here) (print here.x)", cwd=self.folder)

    def test_other_imports_are_pythons(self):
        self.write("json.lisp", "(def mine 1)")
        self.shows("False\n", '(import json) (print (hasattr json "mine"))')


class Frames(Require):
    """The top level of a module stands in a Python frame of its own, which Python code that looks at its caller finds."""

    MODULE = """(import sys pickle enum warnings typing)
(import collections :refer [namedtuple])
(def P (namedtuple "P" "x y"))
(def E (enum.Enum "E" "a b"))
(def T (typing.TypeVar "T"))
(def Dyn (type "Dyn" #[] {}))
(warnings.warn "look out")
(def frame (sys._getframe))
(def here [(identical? frame.f-globals (globals)) (identical? (locals) (globals)) frame.f-lineno frame.f-code.co-name])
(def modules [P.__module__ E.__module__ T.__module__ Dyn.__module__])
(print __name__ modules here)
"""

    def lines(self, name):
        return f"{name} {[name] * 4} [True, True, 8, '<module>']\n"

    def test_required(self):
        self.write("shapes.lisp", self.MODULE)
        for _ in range(2):  # from the source, then from the cache
            result = self.run_program(
                "(require shapes) (import pickle)\n(prn (= (shapes.P 1 2) (pickle.loads (pickle.dumps (shapes.P 1 2)))))"
            )
            self.assertEqual(result.stdout, self.lines("shapes") + "true\n")
            self.assertIn("shapes.lisp:7: UserWarning: look out", result.stderr)

    def test_imported_by_python(self):
        self.write("shapes.lisp", self.MODULE)
        self.write("user.py", "import shapes")
        self.assertEqual(self.run_program("(import user)").stdout, self.lines("shapes"))

    def test_run(self):
        self.write("shapes.lisp", self.MODULE)
        for arguments in (("shapes.lisp",), ("-m", "shapes")):
            result = catena(*arguments, cwd=self.folder)
            self.assertEqual(result.stdout, self.lines("__main__"))
            self.assertIn("shapes.lisp:7: UserWarning: look out", result.stderr)

    def test_an_error_has_no_entry_for_it(self):
        self.write("bad.lisp", "1\n(+ 1 (/ 1 0))")
        self.shows("['<top>', '<top>']\n", """
            (import traceback)
            (try (require bad)
              (catch ZeroDivisionError e
                (print (for [f (traceback.extract-tb e.__traceback__) :when (.endswith f.filename ".lisp")] f.name))))""")


class Relative(Require):
    def test_the_hint_names_the_rule(self):
        for form in ("(require .model :refer [f])", "(import .model)"):
            result = self.run_program(form)
            self.assertIn("expected a module's name", result.stderr)
            self.assertIn("with the module's whole name: pack.model also from inside of pack", result.stderr)


class Runpy(Case):
    def test_run_path_and_module(self):
        self.write("job.lisp", '(print "name:" __name__) (def x 5)')
        self.prints("name: there\n5\nname: <run_path>\n", "-e", """
            (import runpy)
            (print (get (runpy.run-module "job" :run-name "there" :alter-sys true) "x"))
            (runpy.run-path "job.lisp")""", cwd=self.folder)


if __name__ == "__main__":
    unittest.main()
