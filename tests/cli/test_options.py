"""Every option and subcommand of the command line."""

import os
import shlex
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import CATENA, Case, catena, environment  # noqa: E402

PYTHON = os.environ.get("CATENA_TEST_PYTHON", "python3")


class Programs(Case):
    def test_file(self):
        result = self.run_file("hello.lisp", '(print "hello" *args*)\n', "a", "-b", "--help")
        self.assertEqual((result.stdout, result.stderr), ("hello ['a', '-b', '--help']\n", ""))

    def test_file_knows_itself(self):
        result = self.run_file("me.lisp", "(import sys)(print __name__ __file__ sys.argv)", "x")
        self.assertEqual(result.stdout, "__main__ me.lisp ['me.lisp', 'x']\n")

    def test_main_module_is_the_script(self):
        result = self.run_file("me.lisp", "(import __main__)(def x 5)(print __main__.x)")
        self.assertEqual(result.stdout, "5\n", result.stderr)

    def test_folder_of_the_script_comes_first_on_the_path(self):
        self.write("deep/helper_of_test.py", "value = 42\n")
        self.write("deep/main.lisp", "(import sys helper-of-test)(print helper-of-test.value (. sys path [0]))")
        result = catena("deep/main.lisp", cwd=self.folder)
        self.assertEqual(result.stdout, f"42 {self.folder}/deep\n", result.stderr)

    def test_folder_of_a_linked_script_is_that_of_the_file(self):
        self.write("deep/helper_of_test.py", "value = 42\n")
        path = self.write("deep/main.lisp", "(import helper-of-test)(print helper-of-test.value)")
        os.symlink(path, os.path.join(self.folder, "link.lisp"))
        self.prints("42\n", "link.lisp", cwd=self.folder)

    def test_expression_prints_nothing_by_itself(self):
        self.prints("", "-e", "(+ 1 2)")
        self.prints("", "-e", "nil")

    def test_expression(self):
        for option in ("-e", "-c"):
            self.prints("3\n", option, "(print (+ 1 2))")
        self.prints("3\n", "-e(print (+ 1 2))")
        self.prints("1\n2\n", "-e", "(print 1) (print 2)")

    def test_expression_takes_arguments(self):
        self.prints("['-i', 'x'] ['-e', '-i', 'x']\n", "-e", "(import sys)(print *args* sys.argv)", "-i", "x")

    def test_standard_input(self):
        self.prints("5\n", "-", input="(print (+ 2 3))")
        self.prints("5\n", input="(print (+ 2 3))")
        self.prints("['a']\n", "-", "a", input="(print *args*)")
        self.prints("", input="")

    def test_script_with_interpreter_line(self):
        path = self.write("script", f'#!{CATENA}\n(print "ran" *args*)\n')
        os.chmod(path, 0o755)
        import subprocess

        result = subprocess.run([path, "x"], capture_output=True, text=True, env=environment(), check=False)
        # The line ends at the first blank, and a build folder may hold one.
        if " " not in CATENA:
            self.assertEqual(result.stdout, "ran ['x']\n", result.stderr)

    def test_module(self):
        self.write("pack/tool.lisp", "(print __name__ *args*)")
        self.write("pack/__main__.lisp", '(print "main of pack")')
        self.prints("__main__ ['a', '-b']\n", "-m", "pack.tool", "a", "-b", cwd=self.folder)
        self.prints("main of pack\n", "-m", "pack", cwd=self.folder)

    def test_python_module(self):
        self.prints('{\n    "a": 1\n}\n', "-m", "json.tool", input='{"a":1}')
        self.fails(1, "no_such_module", result=catena("-m", "no_such_module"))

    def test_unfused(self):
        program = '(import math) (print (math.sqrt 16) (.upper "a"))'
        self.prints("4.0 A\n", "-O0", "-e", program)
        self.prints("4.0 A\n", "-e", program)

    def test_run(self):
        self.write("repl", '(print "a file called repl" *args*)')
        self.prints("a file called repl ['x']\n", "run", "repl", "x", cwd=self.folder)

    def test_double_dash(self):
        self.write("-odd.lisp", '(print "odd" *args*)')
        self.prints("odd ['--help']\n", "--", "-odd.lisp", "--help", cwd=self.folder)

    def test_interactive_after_file(self):
        self.write("model.lisp", "(def x 20)")
        result = catena("-i", "model.lisp", cwd=self.folder, input="(+ x 1)\n")
        self.assertEqual((result.stdout, result.returncode), ("21\n", 0), result.stderr)

    def test_interactive_after_an_error(self):
        self.write("model.lisp", '(def x 20) (throw (ValueError "no"))')
        result = catena("-i", "model.lisp", cwd=self.folder, input="(+ x 1)\n*e\n")
        self.assertEqual(result.stdout, "21\nValueError('no')\n", result.stderr)
        self.assertIn("ValueError: no", result.stderr)

    def test_many_unresolved_names_are_counted(self):
        names = " ".join(f"(missing-{n})" for n in range(20000))
        bodies = "".join(f"(defn f{n} [] {' '.join(names.split()[n * 100:n * 100 + 100])})\n" for n in range(200))
        result = self.run_file("many.lisp", bodies)
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), 101)
        self.assertEqual(lines[-1], "warning: nothing defines 19900 more names")

    def test_evaluated_forms_warn_of_nothing(self):
        result = self.run_file("evals.lisp", "(dotimes [i 3] (eval (list 'defn 'f [] (list (gensym)))))\n")
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_unresolved_names_are_warned_about(self):
        result = self.run_file("warn.lisp", '(defn f [] (pritn 1))\n(print "done")')
        self.assertEqual((result.stdout, result.returncode), ("done\n", 0))
        self.assertIn("warn.lisp:1:13", result.stderr)
        self.assertIn("pritn", result.stderr)


class Information(Case):
    def test_version(self):
        for option in ("--version", "-V", "version"):
            result = catena(option)
            self.assertRegex(result.stdout, r"\Acatena \d+\.\d+\.\d+ \(Python \d+\.\d+\.\d+\)\n\Z")

    def test_help(self):
        for arguments in (["--help"], ["-h"], ["help"]):
            result = catena(*arguments)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn("Usage: catena", result.stdout)
            self.assertIn("Examples:", result.stdout)

    def test_help_of_commands(self):
        for command in ("run", "repl", "dump", "test", "doctor"):
            for arguments in ([command, "--help"], [command, "-h"], ["help", command]):
                result = catena(*arguments)
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertIn(f"Usage: catena {command}", result.stdout)
                self.assertIn("Examples:", result.stdout)


class Examples(Case):
    def test_those_of_the_help_hold(self):
        """Those that need no file of the reader's are run; all are commands that exist."""
        commands = [line.split()[0] for line in catena("--help").stdout.split("Commands:\n")[1].split("\n\n")[0].splitlines()]
        for command in ["", *commands]:
            help = catena(*filter(None, [command]), "--help").stdout
            for line in help.split("Examples:\n")[1].split("\n\n")[0].splitlines():
                words = shlex.split(line.replace("catena", shlex.quote(CATENA)))
                with self.subTest(line=line.strip()):
                    if words[0] == CATENA and len(words) > 1 and not words[1].startswith("-"):
                        self.assertTrue(words[1] in commands or words[1].endswith(".lisp"), line)
                    if "-e" in words and "dump" not in words:
                        result = catena(*words[1:])
                        self.assertEqual(result.returncode, 0, result.stderr)


class ChosenPython(Case):
    def test_named_interpreter(self):
        show = "(import sys)(print sys.executable)"
        self.prints(PYTHON + "\n", "--python", PYTHON, "-e", show)
        self.prints(PYTHON + "\n", f"--python={PYTHON}", "-e", show)
        self.prints(PYTHON + "\n", "-e", show, env=environment(CATENA_PYTHON=PYTHON))

    def test_missing_interpreter(self):
        self.fails(1, "catena: ", "/no/such/python", result=catena("--python", "/no/such/python", "-e", "nil"))

    def test_virtual_environment(self):
        import venv

        where = os.path.join(self.folder, "env")
        venv.EnvBuilder(with_pip=False, symlinks=True).create(where)
        show = "(import sys)(print (= (os.path.realpath sys.prefix) (os.path.realpath *where*)))"
        show = f'(import sys os)(print (= (os.path.realpath sys.prefix) (os.path.realpath "{where}")))'
        self.prints("True\n", "--python", where, "-e", show)
        self.prints("True\n", "-e", show, env=environment(VIRTUAL_ENV=where))


class WrongUsage(Case):
    def test_one_clear_line_and_status_2(self):
        for arguments in (
            ["--no-such-option"],
            ["-x"],
            ["-e"],
            ["-m"],
            ["-m", ""],
            ["-O2"],
            ["--python"],
            ["--python="],
            ["--help=yes"],
            ["run"],
            ["run", "-z", "f"],
            ["dump"],
            ["dump", "a.lisp", "b.lisp"],
            ["dump", "--codes", "a.lisp"],
            ["test"],
            ["test", "-k"],
            ["repl", "file"],
            ["doctor", "file"],
            ["help", "nonsense"],
        ):
            with self.subTest(arguments=arguments):
                result = catena(*arguments)
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertRegex(result.stderr, r"\Acatena: [^\n]+; see catena( \w+)? --help\n\Z")


class Dump(Case):
    SUM = '(import numpy :as np)\n(defn f [x] (np.sum x :axis 0))\n'

    def test_stages(self):
        self.write("sum.lisp", self.SUM)
        forms = catena("dump", "--forms", "sum.lisp", cwd=self.folder)
        self.assertIn("np.sum", forms.stdout, forms.stderr)
        chains = catena("dump", "--chains", "sum.lisp", cwd=self.folder)
        self.assertIn("import numpy | get sum | call", chains.stdout, chains.stderr)
        code = catena("dump", "--code", "sum.lisp", cwd=self.folder)
        self.assertIn("CHAIN", code.stdout, code.stderr)
        expanded = catena("dump", "--expanded", "-e", "(when 1 2)")
        self.assertIn("(if 1", expanded.stdout, expanded.stderr)

    def test_all_stages(self):
        result = catena("dump", "-e", "(when 1 2)")
        for title in ("; forms", "; expanded", "; chains", "; code"):
            self.assertIn(title, result.stdout, result.stderr)

    def test_without_fusion(self):
        result = catena("dump", "-O0", "--chains", "-", input=self.SUM)
        self.assertNotIn("get sum | call", result.stdout)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_bad_program(self):
        self.write("bad.lisp", "(defn f [x\n")
        result = catena("dump", "--code", "bad.lisp", cwd=self.folder)
        self.fails(1, "bad.lisp:", result=result)
        self.fails(1, "none.lisp", result=catena("dump", "none.lisp", cwd=self.folder))


class Tests(Case):
    GOOD = "(deftest adds (is (= 4 (+ 2 2))))\n(deftest joins (is (= \"ab\" (str \"a\" \"b\"))))\n"
    BAD = "(deftest wrong (is (= 5 (+ 2 2))))\n"

    def test_passing(self):
        self.write("sums_test.lisp", self.GOOD)
        result = catena("test", ".", cwd=self.folder)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("2 passed, 0 failed", result.stdout)

    def test_failing(self):
        self.write("test_sums.lisp", self.GOOD + self.BAD)
        result = catena("test", "test_sums.lisp", cwd=self.folder)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("2 passed, 1 failed", result.stdout)
        self.assertIn("test_sums.lisp:3", result.stdout)

    def test_selection(self):
        self.write("test_sums.lisp", self.GOOD + self.BAD)
        result = catena("test", "-k", "add", ".", cwd=self.folder)
        self.assertIn("1 passed, 0 failed", result.stdout, result.stderr)
        self.assertEqual(result.returncode, 0)

    def test_junit(self):
        import xml.etree.ElementTree as xml

        self.write("test_sums.lisp", self.GOOD + self.BAD)
        catena("test", "--junit", "report.xml", ".", cwd=self.folder)
        suite = xml.parse(os.path.join(self.folder, "report.xml")).getroot().find("testsuite")
        self.assertEqual((suite.get("tests"), suite.get("failures")), ("3", "1"))

    def test_broken_file_and_missing_path(self):
        self.write("test_broken.lisp", "(deftest a (is true)")
        result = catena("test", ".", cwd=self.folder)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.fails(1, "nothing_here", result=catena("test", "nothing_here", cwd=self.folder))


if __name__ == "__main__":
    unittest.main()
