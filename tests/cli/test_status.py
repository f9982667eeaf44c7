"""Exit statuses, output streams and signals."""

import os
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import CATENA, PATIENCE, THREADS_AT_THE_END, Case, catena, environment  # noqa: E402


class Status(Case):
    def test_system_exit(self):
        for expression, status in (
            ("(sys.exit)", 0),
            ("(sys.exit 0)", 0),
            ("(sys.exit 7)", 7),
            ("(sys.exit true)", 1),
            ("(sys.exit 256)", 0),
            ("(sys.exit -1)", 255),
            ("(throw (SystemExit 3))", 3),
            ("(try (sys.exit 4) (finally (print 1)))", 4),
        ):
            with self.subTest(expression=expression):
                result = catena("-e", f"(import sys){expression}")
                self.assertEqual((result.returncode, result.stderr), (status, ""))

    def test_system_exit_with_a_message(self):
        result = catena("-e", '(import sys)(sys.exit "so long")')
        self.assertEqual((result.returncode, result.stderr), (1, "so long\n"))

    def test_error(self):
        self.assertEqual(catena("-e", "(/ 1 0)").returncode, 1)

    def test_exit_handlers_run(self):
        self.prints("work\nbye\n", "-e", '(import atexit)(atexit.register print "bye")(print "work")')

    def test_threads_are_waited_for(self):
        self.prints(
            "late\n", "-e",
            '(import threading time)(.start (threading.Thread :target (fn [] (time.sleep 0.2) (print "late"))))',
        )

    def test_daemon_threads_end_with_the_program(self):
        for _ in range(20):
            self.prints("done\n", "-e", THREADS_AT_THE_END + '(print "done")')


class Output(Case):
    def test_output_is_flushed_before_the_error(self):
        process = subprocess.run(
            [CATENA, "-e", '(print "first") (/ 1 0)'],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(), timeout=PATIENCE, check=False,
        )
        self.assertTrue(process.stdout.startswith("first\n"), process.stdout)

    def test_broken_pipe_is_quiet(self):
        result = subprocess.run(
            ["sh", "-c", '"$0" -e "(dotimes [i 100000] (print i))" | head -n 2', CATENA],
            capture_output=True, text=True, env=environment(), timeout=PATIENCE, check=False,
        )
        self.assertEqual((result.stdout, result.stderr), ("0\n1\n", ""))

    def test_closed_output(self):
        result = subprocess.run(
            ["sh", "-c", '"$0" -e "(print 1)" >&-', CATENA],
            capture_output=True, text=True, env=environment(), timeout=PATIENCE, check=False,
        )
        self.assertEqual((result.stdout, result.stderr, result.returncode), ("", "", 0))

    def test_closed_standard_error_is_no_file_of_the_program(self):
        path = os.path.join(self.folder, "data")
        program = f'(with [f (open "{path}" "w")] (.write f "all") (.flush f) (/ 1 0))'
        result = subprocess.run(
            ["sh", "-c", '"$0" -e "$1" 2>&-', CATENA, program], env=environment(), timeout=PATIENCE, check=False
        )
        self.assertEqual(result.returncode, 1)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "all")

    def test_closed_input(self):
        for arguments in (["-"], ["-e", "(read-line)"]):
            result = subprocess.run(
                ["sh", "-c", '"$0" "$@" <&-', CATENA, *arguments],
                capture_output=True, text=True, env=environment(), timeout=PATIENCE, check=False,
            )
            self.fails(1, "Bad file descriptor", result=result)

    def into(self, path, *arguments, **variables):
        with open(path, "w", encoding="utf-8") as output:
            result = subprocess.run(
                [CATENA, *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, text=True,
                env=environment(**variables), timeout=PATIENCE, check=False,
            )
        result.stdout = ""
        return result

    @unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full here")
    def test_full_disk(self):
        said = "catena: standard output: No space left on device\n"
        for arguments in (
            ["-e", "(print 1)"], ["--help"], ["--man"], ["--version"], ["--completion", "bash"], ["doctor"],
            ["dump", "-e", "1"], ["doc", "map"], ["test", self.folder],
            ["-e", "(import atexit) (atexit.register (fn [] (print 2)))"],
        ):
            with self.subTest(arguments=arguments):
                result = self.into("/dev/full", *arguments)
                self.assertEqual((result.stderr, result.returncode), (said, 1))
        for arguments in (["doc", "map"], ["doctor"], ["test", self.folder]):
            with self.subTest(arguments=arguments, unbuffered=True):
                result = self.into("/dev/full", *arguments, PYTHONUNBUFFERED="1")
                self.assertEqual((result.stderr, result.returncode), (said, 1))
        self.fails(1, "<-e>:1:1: OSError: [Errno 28]", result=self.into("/dev/full", "-e", '(print (* "x" 100000))'))
        result = self.fails(1, said, "ZeroDivisionError", result=self.into("/dev/full", "-e", "(print 1) (/ 1 0)"))
        self.assertEqual(result.stderr.count("No space"), 1)
        self.assertEqual(self.into("/dev/full", "-e", "(print 1) (import sys) (sys.exit 3)").returncode, 3)

    def test_utf_8_in_any_locale(self):
        for locale in ("C", "POSIX"):
            env = environment(LC_ALL=locale, PYTHONUTF8=None, PYTHONIOENCODING=None)
            self.prints("grün 中 😀\n", "-e", '(print "grün 中 😀")', env=env)

    def test_standard_input_belongs_to_the_program(self):
        self.prints("got one line\n", "-e", '(print "got" (read-line))', input="one line\n")

    def test_nothing_is_imported_that_is_not_needed(self):
        unwanted = "numpy asyncio inspect traceback linecache readline prompt_toolkit unicodedata json typing dataclasses"
        program = f'(import sys)(print (vec (filter (fn [m] (contains? sys.modules m)) (split "{unwanted}" " "))))'
        self.prints("[]\n", "-e", program)


class Interrupt(Case):
    def interrupted(self, *arguments, ready="ready\n", **options):
        process = subprocess.Popen(
            [CATENA, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment(), **options,
        )
        try:
            self.assertEqual(process.stdout.readline(), ready)
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
            process.wait()
        return process.returncode, out, err

    def test_loops_and_python_alike(self):
        for expression in (
            "(while true nil)",
            "(loop [] (recur))",
            "((fn f [] (f)))",
            "(import time) (time.sleep 60)",
            "(reduce + (iterate inc 0))",
            "(while true (defclass T [] (defn m [self] 1)))",
            "(import threading) (.wait (threading.Event))",
            "(import asyncio) (await (asyncio.sleep 60))",
        ):
            with self.subTest(expression=expression):
                status, _, err = self.interrupted("-e", f'(print "ready" :flush true) {expression}')
                self.assertEqual(status, 130, err)
                self.assertIn("KeyboardInterrupt", err)

    def test_it_is_an_exception(self):
        program = '(try (print "ready" :flush true) (while true nil) (catch KeyboardInterrupt e (print "caught")))'
        self.assertEqual(self.interrupted("-e", program), (0, "caught\n", ""))

    def test_in_a_file_it_says_where(self):
        path = self.write("loop.lisp", '(def x 1)\n(do (print "ready" :flush true) (while true nil))\n')
        status, _, err = self.interrupted(path)
        self.assertEqual(status, 130)
        self.assertIn("loop.lisp:2:", err)

    def test_standard_input_script(self):
        process = subprocess.Popen(
            [CATENA], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
        )
        process.stdin.write('(print "ready" :flush true) (while true nil)')
        process.stdin.close()
        self.assertEqual(process.stdout.readline(), "ready\n")
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        errors = process.stderr.read()
        process.stdout.close()
        process.stderr.close()
        self.assertEqual(process.wait(PATIENCE), 130)
        self.assertIn("<stdin>:1:", errors)


if __name__ == "__main__":
    unittest.main()
