"""The Jupyter kernel: the suite of jupyter_kernel_test, and what it leaves out, through jupyter_client. Skipped where
these, or ipykernel, are not installed."""

import json
import os
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import CATENA, PATIENCE, Case, catena, environment  # noqa: E402

try:
    import ipykernel  # noqa: F401
    import jupyter_kernel_test
    from jupyter_client.manager import start_new_kernel
    from jupyter_client.kernelspec import KernelSpecManager
except ImportError as missing:
    raise unittest.SkipTest(f"no Jupyter here: {missing}")

try:
    import matplotlib
except ImportError:
    matplotlib = None
try:
    import pandas
except ImportError:
    pandas = None


def setUpModule():
    """Installs the kernel for a user whose home is a folder of these tests."""
    folder = tempfile.TemporaryDirectory(prefix="catena kernel ")
    unittest.addModuleCleanup(folder.cleanup)
    for name in ("JUPYTER_DATA_DIR", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
        os.environ[name] = os.path.join(folder.name, name)
    for name in ("MPLBACKEND", "CATENA_PATH", "CATENA_PYTHON", "VIRTUAL_ENV"):
        os.environ.pop(name, None)
    result = catena("kernel", "install", "--user", env=environment())
    if result.returncode != 0:
        raise unittest.SkipTest("Catena's Python has no ipykernel: " + result.stderr)
    assert result.stderr == "" and "installed as the kernel 'catena'" in result.stdout, result


class Suite(jupyter_kernel_test.KernelTests):
    """The kernel authors' own suite."""

    kernel_name = "catena"
    language_name = "catena"
    file_extension = ".lisp"
    code_hello_world = '(print "hello, world")'
    code_stderr = '(import sys) (print "oops" :file sys.stderr)'
    completion_samples = [
        {"text": "interp", "matches": {"interpose"}},
        {"text": "(map-ind", "matches": {"map-indexed"}},
        {"text": "sys.no-such", "matches": set()},
    ]
    complete_code_samples = ["1", "(+ 1 2)", "", "%matplotlib inline", "; comment"]
    incomplete_code_samples = ["(+ 1", '"abc', "[1 2", "'", "(defn f [x]\n"]
    invalid_code_samples = [")", "(]", "#t"]
    code_page_something = "%quickref"
    code_generate_error = "(/ 1 0)"
    code_execute_result = [
        {"code": "(+ 1 2 3)", "result": "6"},
        {"code": '["a" :b nil #[1] {:k true}]', "result": '["a" :b nil #[1] {:k true}]'},
        {"code": "(def x 5) (* x x)", "result": "25"},
        {"code": "(import asyncio) (await (asyncio.sleep 0 'slept))", "result": "slept"},
    ]
    code_display_data = [{"code": '(import IPython.display :as d) (d.display (d.HTML "<b>x</b>"))', "mime": "text/html"}]
    if matplotlib:
        code_display_data.append({"code": "(import matplotlib.pyplot :as plt) (plt.plot [1 3 2]) nil", "mime": "image/png"})
    code_history_pattern = "(+ 1 2*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "zipmap"
    code_clear_output = "(import IPython.display :as d) (d.clear-output)"


class Kernel(Case):
    @classmethod
    def setUpClass(cls):
        cls.manager, cls.client = start_new_kernel(kernel_name="catena")

    @classmethod
    def tearDownClass(cls):
        cls.client.stop_channels()
        cls.manager.shutdown_kernel()

    def execute(self, code, then=None):
        """Runs a cell: its reply, and what it published, by kind."""
        ident = self.client.execute(code, stop_on_error=False)
        if then:
            then()
        reply = self.reply(ident)
        published = []
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") == ident:
                published.append((message["msg_type"], message["content"]))
                if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                    return reply, published

    def reply(self, ident):
        while True:
            message = self.client.get_shell_msg(timeout=PATIENCE)
            if message["parent_header"].get("msg_id") == ident:
                return message["content"]

    def results(self, code):
        reply, published = self.execute(code)
        self.assertEqual(reply["status"], "ok", reply)
        return [content["data"] for kind, content in published if kind in ("execute_result", "display_data")]

    def value(self, code):
        return self.results(code)[-1]["text/plain"]

    def test_values_of_a_cell(self):
        self.assertEqual(self.results("1 nil (import math)"), [])
        self.assertEqual(self.results("(def x 5) nil"), [])
        for code in ('"a"', "1 [2]", ":k"):
            self.results(code)
        self.assertEqual(self.value("[*1 *2 *3]"), '[:k [2] "a"]')

    def test_what_a_cell_defines_stays(self):
        self.results("(defmacro twice [x] `(do ,x ,x)) (def n 0) (defn f [] (update! n inc))")
        self.assertEqual(self.value("(twice (f))"), "2")

    def test_large_values_are_cut(self):
        text = self.value("(vec (range 1000000))")
        self.assertLess(len(text), 30000)
        self.assertIn("… 999,800 more]", text)

    @unittest.skipUnless(pandas, "no pandas")
    def test_data_frames_are_tables(self):
        data = self.results("(import pandas :as pd) (pd.DataFrame {:a [1 2]})")[-1]
        self.assertIn("<table", data["text/html"])
        self.assertIn("a\n0  1", data["text/plain"])

    def test_tracebacks_have_colours_places_and_marks(self):
        reply, published = self.execute("(defn f [x]\n  (undefined x))\n(f 1)")
        self.assertEqual((reply["status"], reply["ename"]), ("error", "NameError"))
        text = "\n".join(reply["traceback"])
        self.assertIn("\x1b[", text)
        self.assertIn(":2:4", text)
        self.assertIn("^~~~~~~~~", text)
        self.assertNotIn("ipykernel", text)
        self.assertEqual([c["traceback"] for kind, c in published if kind == "error"], [reply["traceback"]])
        self.assertEqual(self.value("(. (type *e) __name__)"), '"NameError"')

    def test_a_cell_that_cannot_be_read(self):
        for code, name in (("(+ 1", "ReadError"), (")", "ReadError"), ("(let [x])", "CompileError")):
            with self.subTest(code=code):
                reply, _ = self.execute(code)
                self.assertEqual((reply["status"], reply["ename"]), ("error", name))

    def test_interrupt(self):
        def interrupt():
            # What comes while no cell runs stops nothing.
            while "ready" not in self.client.get_iopub_msg(timeout=PATIENCE)["content"].get("text", ""):
                pass
            time.sleep(0.2)
            self.manager.interrupt_kernel()

        for code in ("(while true (inc 1))", "(import time) (time.sleep 100)", "(import asyncio) (await (asyncio.sleep 100))"):
            with self.subTest(code=code):
                reply, _ = self.execute('(print "ready" :flush true) ' + code, then=interrupt)
                self.assertEqual((reply["status"], reply.get("ename")), ("error", "KeyboardInterrupt"))
                self.assertEqual(self.value("(+ 1 1)"), "2")

    def test_magics(self):
        self.assertEqual(self.value("%matplotlib inline\n\n(+ 1 1)") if matplotlib else "2", "2")
        reply, published = self.execute("!echo from the shell\n(print :then)")
        self.assertIn("from the shell", "".join(c["text"] for kind, c in published if kind == "stream"))
        _, published = self.execute("%%python3\nprint('other')")
        self.assertIn("other", "".join(c["text"] for kind, c in published if kind == "stream"))
        reply, _ = self.execute("%no_such_magic")
        self.assertNotIn("Traceback", "".join(reply.get("traceback", [])))

    def test_progress_is_one_text_that_changes(self):
        program = "(import sys time) (set! (. sys.modules [\"ipywidgets\"]) nil)\n"
        inner = '(doseq [x (progress [1 2] :label "out")] (vec (progress [3 4 5] :label "in")))'
        _, published = self.execute(program + inner)
        shown, order = {}, []
        for kind, content in published:
            if kind in ("display_data", "update_display_data"):
                ident = content["transient"]["display_id"]
                self.assertEqual(kind == "update_display_data", ident in shown)
                order.append(content["data"]["text/plain"])
                shown.setdefault(ident, []).append(content["data"]["text/plain"])
        outer, *inside = shown.values()
        self.assertTrue(order[0].startswith("out   0% |"), order)
        self.assertRegex(outer[-1], r"^out 100% \|█+\| 2/2 0:00 ")
        self.assertEqual([len(inside), [texts[-1] for texts in inside]], [2, ["", ""]])
        self.assertEqual(self.printed(published), "")
        self.assertEqual(self.value("(for-async [x (progress ((fn-async [] (yield 1) (yield 2))) :total 2)] x) 5"), "5")
        _, published = self.execute("(doseq [x (progress (range 4))] (when (= x 2) (/ 1 0)))")
        texts = [c["data"]["text/plain"] for kind, c in published if kind == "update_display_data"]
        self.assertRegex(texts[-1], r"^ 50% \|.* 2/4 ")

    def printed(self, published):
        return "".join(c["text"] for kind, c in published if kind == "stream")

    def test_commands_take_forms(self):
        reply, published = self.execute("(def x 4)\n%time (+ 1\n  x)\n(* x 2)")
        self.assertEqual([c["data"]["text/plain"] for kind, c in published if kind == "execute_result"], ["5", "8"])
        self.assertRegex(self.printed(published), r"s, of which .* were work")
        for cell in ("%timeit (+ 1 2)", "%%timeit\n(+ 1\n 2)", "%%time\n(+ 1 2)"):
            with self.subTest(cell=cell):
                reply, published = self.execute(cell)
                self.assertEqual(reply["status"], "ok", reply)
                self.assertRegex(self.printed(published), r"[µn]s")
        reply, _ = self.execute("%time (+ 1 2)\n%timeit (/ 1 0)")
        self.assertIn("<%timeit>:1:1", reply["traceback"][0])

    def test_files_are_run(self):
        own = self.write("f.lisp", "(def from-file *args*)")
        python = self.write("f.py", "from_python = 8")
        broken = self.write("broken.lisp", "(def a 1)\n(/ a 0)")
        self.assertEqual(self.value(f"%run '{own}' a b\n%run '{python}'\n[from-file from-python]"), '[["a" "b"] 8]')
        reply, _ = self.execute(f"%run '{broken}'")
        self.assertIn("broken.lisp:2:1", reply["traceback"][0])
        reply, _ = self.execute("%run none.lisp")
        self.assertEqual(reply["traceback"], ["none.lisp: No such file or directory"])

    def test_questions(self):
        def page(cell):
            return [p["data"]["text/plain"] for p in self.execute(cell)[0]["payload"] if p["source"] == "page"]

        self.assertIn("(inc x)", page("inc?")[0])
        self.assertIn("(inc x)", page("?inc")[0])
        self.assertIn('(defn asked [x] "Why." x)', page('(defn asked [x] "Why." x)\nasked??')[0])
        self.assertEqual(self.value("(def ready? true)\nready?"), "true")
        reply, _ = self.execute("nothing-like-it?")
        self.assertEqual(reply["traceback"], ["there is nothing called nothing-like-it to ask about"])
        self.assertEqual(self.value('(str "\n%time\ninc?\n")'), '"\\n%time\\ninc?\\n"')

    def test_the_debugger(self):
        self.execute("(defn broken [place] (/ place 0))\n(broken 17)")
        for call in ("(debug)", "%debug"):
            with self.subTest(call=call):
                ident = self.client.execute(call, allow_stdin=True)
                for answer in ("w", "q"):
                    self.assertIn("ipdb", self.client.get_stdin_msg(timeout=PATIENCE)["content"]["prompt"])
                    self.client.input(answer)
                self.assertEqual(self.reply(ident)["status"], "ok")

    def test_truth_is_shown_as_catena_writes_it(self):
        self.assertEqual(self.value("(= 1 1)"), "true")
        self.assertEqual(self.value("[nil false]"), "[nil false]")

    def test_magics_are_completed(self):
        reply = self.reply(self.client.complete("%timei"))
        self.assertEqual((reply["matches"], reply["cursor_start"]), (["%timeit"], 0))

    def test_lines_are_counted_from_the_cells_first(self):
        for before in ("!true\n\n", "%time 1\n\n", "(def x\n 1)\n"):
            reply, _ = self.execute(before + "(/ 1 0)")
            self.assertIn(":3:1", reply["traceback"][0])
            self.assertIn("(/ 1 0)", reply["traceback"][1])

    def test_what_reads_the_cell_is_not_in_the_traceback(self):
        reply, _ = self.execute("(+ 3 4))")
        self.assertNotIn("IPython", "".join(reply["traceback"]))

    def test_tasks_run_between_cells(self):
        self.results("(import asyncio) (def seen []) (defn-async later [] (await (asyncio.sleep 0.1)) (.append seen :ran))")
        self.results("(def task (await ((fn-async [] (asyncio.create-task (later))))))")
        end = time.monotonic() + PATIENCE
        while self.value("(.done task)") != "true" and time.monotonic() < end:
            time.sleep(0.1)
        self.assertEqual(self.value("seen"), "[:ran]")

    def test_user_expressions_and_silence(self):
        ident = self.client.execute("(def silent 7) silent", silent=True)
        self.assertEqual(self.reply(ident)["status"], "ok")
        self.assertEqual(self.value("silent"), "7")

    def test_inspection(self):
        self.results('(defn documented "What it does." [a & more] a)')
        for text, position in (("(documented 1)", 5), ("documented", 10)):
            reply = self.reply(self.client.inspect(text, position))
            self.assertTrue(reply["found"])
            self.assertIn("What it does.", reply["data"]["text/plain"])
            self.assertIn("(documented a & more)", reply["data"]["text/plain"])
        self.assertFalse(self.reply(self.client.inspect("no-such-name"))["found"])
        reply = self.reply(self.client.inspect("(documented (+ 1 2) ", 20))
        self.assertIn("What it does.", reply["data"]["text/plain"])
        reply = self.reply(self.client.inspect("documented", 3, 1))
        self.assertIn('(defn documented "What it does."', reply["data"]["text/plain"])

    def test_completion_has_its_place(self):
        self.results("(def a-long-name 1)")
        reply = self.reply(self.client.complete("(+ a-lo 2)", 7))
        self.assertEqual((reply["matches"], reply["cursor_start"], reply["cursor_end"]), (["a-long-name"], 3, 7))

    def test_input(self):
        ident = self.client.execute('(input "name? ")', allow_stdin=True)
        request = self.client.get_stdin_msg(timeout=PATIENCE)
        self.assertEqual(request["content"]["prompt"], "name? ")
        self.client.input("Ada")
        self.assertEqual(self.reply(ident)["status"], "ok")
        self.assertEqual(self.value("*1"), '"Ada"')


class Installing(Case):
    def test_the_spec(self):
        spec = KernelSpecManager().get_kernel_spec("catena")
        self.assertEqual((spec.display_name, spec.language), ("Catena", "catena"))
        self.assertEqual(os.path.realpath(spec.argv[0]), os.path.realpath(CATENA))
        python = [word.partition("=")[2] for word in spec.argv if word.startswith("--python=")]
        self.assertTrue(len(python) == 1 and os.access(python[0], os.X_OK), spec.argv)

    def test_prefix_and_name(self):
        result = catena("kernel", "install", "--prefix", self.folder, "--name", "mine")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        with open(os.path.join(self.folder, "share/jupyter/kernels/mine/kernel.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["language"], "catena")

    def test_without_ipykernel(self):
        # A module of this name that is none stands for the package that is missing.
        self.write("ipykernel.py", "raise ModuleNotFoundError(\"No module named 'ipykernel'\", name='ipykernel')")
        env = environment(PYTHONPATH=self.folder)
        for arguments in (["install", "--user"], ["--connection-file", "x.json"]):
            result = catena("kernel", *arguments, env=env)
            self.fails(1, "ipykernel", result=result)
            self.assertNotIn("Traceback", result.stderr)

    def test_wrong_usage(self):
        self.fails(2, "kernel --help", result=catena("kernel"))
        self.fails(2, "kernel --help", result=catena("kernel", "remove"))
        self.fails(2, "", result=catena("kernel", "install", "--name", "no/name", "--prefix", self.folder))

    def test_a_folder_that_cannot_be_written(self):
        path = self.write("file", "")
        result = catena("kernel", "install", "--prefix", path)
        self.fails(1, "catena: ", result=result)
        self.assertNotIn("Traceback", result.stderr)


if __name__ == "__main__":
    unittest.main()
