"""The Python extension module `catena` in an ordinary Python, and children of multiprocessing that need it."""

import glob
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import CATENA, PATIENCE, THREADS_AT_THE_END, Case, catena, environment  # noqa: E402

FOLDER = os.path.join(os.path.dirname(CATENA), "python")
PYTHON = os.environ.get("CATENA_TEST_PYTHON", sys.executable)
built = unittest.skipUnless(glob.glob(os.path.join(FOLDER, "catena.*.so")) and not os.environ.get("CATENA_SANITIZED"),
                            "the extension module is not built")


class PythonCase(Case):
    def python(self, text, *program, **changes):
        """Runs a text, or a program when there is none, in an ordinary Python that finds the module."""
        path = os.pathsep.join(filter(None, [FOLDER, os.environ.get("PYTHONPATH")]))
        return subprocess.run([PYTHON, *(program if text is None else ["-c", text])], capture_output=True, text=True,
                              cwd=self.folder, timeout=PATIENCE, env=environment(**{"PYTHONPATH": path, **changes}), check=False)

    def shows(self, expected, text, **changes):
        result = self.python(text, **changes)
        self.assertEqual((result.stderr, result.stdout, result.returncode), ("", expected, 0))



@built
class Module(PythonCase):
    def test_daemon_threads_end_with_the_program(self):
        for _ in range(20):
            self.shows("done\n", f"import catena\ncatena.eval({THREADS_AT_THE_END!r})\nprint('done')")

    def test_eval(self):
        self.shows("3\n[2, 3]\n10 5\n", """
import catena
print(catena.eval("(+ 1 2)"))
print(catena.eval("(map inc [1 2])"))
y = 5
print(catena.eval("(def x (* 2 y)) x"), y)
assert x == 10
""")

    def test_eval_in_a_module(self):
        self.shows("1 True\n", """
import catena, types
module = types.ModuleType("m")
catena.eval("(def x 1)", module)
print(module.x, "x" not in globals())
""")

    def test_errors(self):
        self.shows("CompileError <string> 1 7\nZeroDivisionError\nTypeError\nvalue.lisp\n", """
import catena
try: catena.eval("(let [x])")
except SyntaxError as error: print(type(error).__name__, error.filename, error.lineno, error.offset)
try: catena.eval("(/ 1 0)")
except ZeroDivisionError as error: print(type(error).__name__)
try: catena.eval(5)
except TypeError as error: print(type(error).__name__)
import traceback
try: catena.eval("(defn f [] (/ 1 0)) (f)", filename="value.lisp")
except ZeroDivisionError as error: print(traceback.extract_tb(error.__traceback__)[-1].filename)
""")

    def test_import_hook(self):
        self.write("util/text.lisp", "(defn shout [s &key (mark \"!\")] (+ (.upper s) mark)) (defmacro m [x] `(+ ,x 1))")
        self.write("user.lisp", "(require util.text :as t) (def value (t/m 41))")
        self.shows("HI? 42 util.text\n", """
import catena
from util.text import shout
import user
print(shout("hi", mark="?"), user.value, shout.__module__)
""")

    def test_catena_path(self):
        self.write("more/extra.lisp", "(def x 7)")
        self.shows("7\n", "import catena, extra; print(extra.x)", CATENA_PATH=os.path.join(self.folder, "more"))

    def test_load(self):
        path = self.write("scripts/my-effect.lisp", '"Doc." (def name __name__) (defn run [x] (* 2 x))')
        self.write("scripts/bad.lisp", "(def x 1) (throw (ValueError 1))")
        self.shows("my_effect 42 Doc. True\nother\nValueError False\nFileNotFoundError\n", f"""
import catena, sys, pathlib
module = catena.load({path!r})
print(module.name, module.run(21), module.__doc__, sys.modules["my_effect"] is module)
print(catena.load(pathlib.Path({path!r}), name="other").__name__)
try: catena.load("scripts/bad.lisp")
except ValueError as error: print(type(error).__name__, "bad" in sys.modules)
try: catena.load("scripts/none.lisp")
except OSError as error: print(type(error).__name__)
""")

    def test_pickle_by_value(self):
        self.shows("[11, 12]\n[6, 7]\n", """
import catena, pickle, subprocess, sys
make = catena.eval("(fn [n] (fn [x] (+ x n)))")
data = pickle.dumps(make(10))
print([pickle.loads(data)(x) for x in (1, 2)])
child = "import sys, pickle; f = pickle.loads(sys.stdin.buffer.read()); print([f(1), f(2)])"
data = pickle.dumps(make(5))
print(subprocess.run([sys.executable, "-c", child], input=data, stdout=subprocess.PIPE).stdout.decode(), end="")
""")

    def test_threads(self):
        self.shows("[55, 55, 55, 55]\n", """
import catena
from concurrent.futures import ThreadPoolExecutor
f = catena.eval("(defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))) fib")
with ThreadPoolExecutor(4) as pool: print(list(pool.map(f, [10] * 4)))
""")

    def test_reload_and_second_import(self):
        self.shows("True\n", "import catena, importlib; import catena as c; print(c is catena and catena.eval('(+ 1 1)') == 2)")

    def test_processes_from_python(self):
        self.write("work.lisp", "(defn square [x] (* x x))")
        self.write("main.py", """
import multiprocessing, catena, work
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        print(pool.map(work.square, range(5)), pool.map(catena.eval("(fn [x] (inc x))"), range(3)))
""")
        result = subprocess.run([PYTHON, "main.py"], capture_output=True, text=True, cwd=self.folder, timeout=PATIENCE,
                                env=environment(PYTHONPATH=FOLDER), check=False)
        self.assertEqual((result.stderr, result.stdout), ("", "[0, 1, 4, 9, 16] [1, 2, 3]\n"))

    def test_same_cache_as_the_program(self):
        self.write("noisy.lisp", '(defmacro m [] (print "compiled") 1) (def x (m))')
        env = environment(PYTHONDONTWRITEBYTECODE=None)
        self.prints("compiled\n", "-e", "(require noisy)", cwd=self.folder, env=env)
        self.shows("1\n", "import catena, noisy; print(noisy.x)")


@built
class Spawn(Case):
    def program(self, text, **options):
        result = self.run_file("job one.v2.lisp", text, **options)
        return result.stdout, result.stderr, result.returncode

    def test_pool_from_a_script(self):
        self.write("helpers/math.lisp", "(defn cube [x] (* x x x)) (defmacro plus-one [x] `(+ 1 ,x))")
        self.assertEqual(self.program("""
            (import multiprocessing)
            (require helpers.math :as h)
            (def factor 10)
            (defn scale [x] (h/plus-one (* factor x)))
            (defclass Point [] (defn __init__ [self x] (set! self.x x)))
            (defn moved [p] (Point (+ p.x 1)))
            (when (= __name__ "__main__")
              (let [offset 3]
                (with [pool (.Pool (multiprocessing.get-context "spawn") 2)]
                  (print (.map pool scale (range 4)))
                  (print (.map pool (fn [x] (+ x offset)) (range 4)))
                  (print (.map pool h.cube (range 4)))
                  (print (map :x* [{:x* 1}]) (map (fn [p] p.x) (.map pool moved [(Point 1) (Point 2)])))
                  (print (.apply pool (fn [] ((fn fact [n] (if (< n 2) 1 (* n (fact (dec n))))) 20)))))))
            """), ("[1, 11, 21, 31]\n[3, 4, 5, 6]\n[0, 1, 8, 27]\n[1] [2, 3]\n2432902008176640000\n", "", 0))

    CLASSES = """
            (import copy pickle sys dataclasses :refer [dataclass] enum :refer [Enum])
            (defclass Base [] (defn __init__ [self x] (set! self.x x)) (defn doubled [self] (* 2 self.x)))
            (defclass [dataclass] Derived [Base] (def ^int x 1) (defn doubled [self] (inc (.doubled (super)))))
            (defclass Colour [Enum] (def red 1) (def green 2))
            (defn make [x] [(Derived x) Colour.green])
            (defn use [b] (Base (.doubled b)))
            """

    def test_classes_of_the_script(self):
        self.assertEqual(self.program(self.CLASSES + """
            (when (= __name__ "__main__")
              (import multiprocessing)
              (prn (. (copy.copy (Base 3)) x) (copy.deepcopy [(Derived 4) Colour.red]) (identical? Base (copy.deepcopy Base)))
              (with [pool (.Pool (multiprocessing.get-context "spawn") 2)]
                (prn (map :x (map vars (.map pool use [(Base 1) (Derived 2)]))))
                (let [[a b] (.map pool make [1 2])]
                  (prn a (type (first b)) (identical? Colour.green (second b)) (= (Derived 1) (first a))))))
            """), ("3 [Derived(x=4) <Colour.red: 1>] true\n[2 5]\n"
                   "[Derived(x=1) <Colour.green: 2>] <class '__main__.Derived'> true true\n", "", 0))

    def test_classes_of_a_script_in_another_process(self):
        child = "import sys, pickle; made = pickle.loads(sys.stdin.buffer.read()); "
        run = '(import subprocess) (print (. (subprocess.run ["%s" "-c" "%s"] :input data :capture-output true) %s (decode)))'
        out, err, status = self.program(self.CLASSES + "(def data (pickle.dumps [(Base 1)]))" +
                                        run % (PYTHON, child, "stderr"))
        self.assertEqual((err, status), ("", 0))
        self.assertIn("AttributeError: Can't get attribute 'Base' on <module '__main__'", out)

    def test_cloudpickle_sends_classes(self):
        if subprocess.run([PYTHON, "-c", "import cloudpickle"], capture_output=True, check=False).returncode != 0:
            self.skipTest("cloudpickle is not installed")
        child = (f"import sys; sys.path.append('{FOLDER}'); import pickle; "
                 "a, b, make, use = pickle.loads(sys.stdin.buffer.read()); "
                 "print(a, b.doubled(), make(5), use(a).x, type(make(1)[0]) is type(a))")
        run = ('(import subprocess cloudpickle) (def data (cloudpickle.dumps [(Derived 1) (Base 2) make use]))'
               '(let [done (subprocess.run ["%s" "-c" "%s"] :input data :capture-output true)]'
               '  (print (.decode done.stdout) (.decode done.stderr) :sep "" :end ""))')
        self.assertEqual(self.program(self.CLASSES + run % (PYTHON, child)),
                         ("Derived(x=1) 4 [Derived(x=5), <Colour.green: 2>] 3 True\n", "", 0))

    def test_methods_and_cycles(self):
        self.assertEqual(self.program("""
            (import multiprocessing)
            (defclass Scale [] (defn __init__ [self by] (set! self.by by)) (defn times-by [self x] (* x self.by)))
            (def ring (atom nil))
            (reset! ring [ring 5])
            (defn second-of [a] (second @(first @a)))
            (when (= __name__ "__main__")
              (with [pool (.Pool (multiprocessing.get-context "spawn") 1)]
                (prn (.map pool (. (Scale 3) times-by) [1 2]) (.apply pool second-of #[ring])
                     (.apply pool (fn [n] ((fn fact [n] (if (< n 2) 1 (* n (fact (dec n))))) n)) #[5])
                     (let [a (.apply pool (fn [] (let [a (atom 1)] (reset! a a) a)))] (identical? a @a)))))
            """), ("[3 6] 5 120 true\n", "", 0))

    def test_executor_and_errors(self):
        out, err, status = self.program("""
            (import multiprocessing concurrent.futures :refer [ProcessPoolExecutor])
            (defn bad [x] (/ x 0))
            (when (= __name__ "__main__")
              (with [pool (ProcessPoolExecutor 1 :mp-context (multiprocessing.get-context "spawn"))]
                (try (.result (.submit pool bad 1))
                  (catch ZeroDivisionError e (print "caught" e)))))""")
        self.assertEqual((out, err, status), ("caught division by zero\n", "", 0))

    def test_forkserver_and_process(self):
        self.assertEqual(self.program("""
            (import multiprocessing)
            (defn work [queue x] (.put queue (* 2 x)))
            (when (= __name__ "__main__")
              (doseq [method ["spawn" "forkserver" "fork"]]
                (let [context (multiprocessing.get-context method) queue (.SimpleQueue context)
                      process (.Process context :target work :args #[queue 21])]
                  (.start process) (.join process)
                  (print method (.get queue) process.exitcode))))
            """), ("spawn 42 0\nforkserver 42 0\nfork 42 0\n", "", 0))

    def test_from_another_folder(self):
        self.write("code/deep.lisp", """
            (import multiprocessing)
            (defn f [x] x)
            (when (= __name__ "__main__")
              (with [pool (.Pool (multiprocessing.get-context "spawn") 1)] (print (.map pool f [1]))))""")
        os.mkdir(os.path.join(self.folder, "here"))
        self.prints("[1]\n", "../code/deep.lisp", cwd=os.path.join(self.folder, "here"))

    def test_expression(self):
        self.prints("[2, 3]\n", "-e", """
            (import multiprocessing)
            (with [pool (.Pool (multiprocessing.get-context "spawn") 1)] (print (.map pool (fn [x] (inc x)) [1 2])))""",
                    cwd=self.folder)


if __name__ == "__main__":
    unittest.main()
