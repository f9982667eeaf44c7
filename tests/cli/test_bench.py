"""`catena bench`: what it measures, what it says, what it refuses. No figure is expected, only their order of size."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import CATENA, PATIENCE, Case, catena, environment  # noqa: E402

FIGURES = r" +[\d.]+ (ns|µs|ms|s) ± [\d.]+%  best [\d.]+ (ns|µs|ms|s) of {} × \d+ runs\n"


class Bench(Case):
    def bench(self, *arguments, **options):
        return catena("bench", *arguments, cwd=self.folder, **options)

    def samples(self, *arguments):
        """The samples as JSON, and what was printed."""
        path = os.path.join(self.folder, "out.json")
        result = self.bench("--samples", "3", "--json", path, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        with open(path, encoding="utf-8") as file:
            return json.load(file), result.stdout

    def test_an_expression(self):
        for arguments in (["-e", "(sum [1 2])"], ["-c", "(sum [1 2])"], ["(sum [1 2])"]):
            result = self.bench("--samples", "3", *arguments)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertRegex(result.stdout, r"\A\(sum \[1 2\]\)" + FIGURES.format(3) + r"\Z")

    def test_what_a_run_takes_is_measured(self):
        (found,), _ = self.samples("--setup", "(import time)", "-e", "(time.sleep 0.02)")
        self.assertEqual((found["name"], found["runs"], len(found["seconds"])), ("(time.sleep 0.02)", 1, 3))
        self.assertTrue(all(seconds >= 0.02 for seconds in found["seconds"]))
        self.assertEqual(found["best"], min(found["seconds"]))

    def test_runs_are_counted(self):
        (found,), _ = self.samples(
            "--setup", "(import atexit) (def n 0) (atexit.register (fn [] (spit \"n\" (str n))))", "-e", "(update! n inc)"
        )
        with open(os.path.join(self.folder, "n"), encoding="utf-8") as file:
            self.assertGreaterEqual(int(file.read()), 3 * found["runs"])

    def test_comparison(self):
        (first, second), shown = self.samples("--setup", "(import time)", "-e", "1", "-e", "(time.sleep 0.01)")
        ratios = sorted(after / before for before, after in zip(first["seconds"], second["seconds"]))
        low, middle, high = (f"{ratio:.2f}" for ratio in ratios)
        self.assertTrue(shown.endswith(f" {middle} × the first ({low} … {high})\n"), shown)

    def test_the_same_is_no_difference(self):
        # Of few samples the bounds are the extremes; twenty pairs of one thing do not all lie on one side.
        result = self.bench("--samples", "20", "-e", "(sum (range 100))", "-e", "(sum (range 100))")
        self.assertRegex(result.stdout, r"the first \([\d.]+ … [\d.]+\)\n\Z")

    def test_what_is_printed_is_dropped(self):
        _, shown = self.samples("-e", '(print "noise")')
        self.assertEqual(shown.count("noise"), 1)

    def test_programs(self):
        self.write("one.lisp", '(print "noise")')
        self.write("two.lisp", "(import time) (time.sleep 0.3)")
        found, shown = self.samples("one.lisp", "two.lisp")
        self.assertEqual([program["name"] for program in found], ["one.lisp", "two.lisp"])
        self.assertTrue(all(seconds > 0.3 for seconds in found[1]["seconds"]))
        self.assertTrue(all(processor < passed for processor, passed in zip(found[1]["processor"], found[1]["seconds"])))
        self.assertRegex(shown, r"\Aone\.lisp .* of 3, processor .*\ntwo\.lisp .*\n.*the first \(.*\)\n\Z")

    def test_errors_of_the_expression(self):
        self.fails(1, "<-e>:2:2: NameError: name 'foo' is not defined", result=self.bench("-e", "1\n(foo)"))
        self.fails(1, "<-e 2>:1:1: ZeroDivisionError", result=self.bench("-e", "1", "-e", "(/ 1 0)"))
        self.fails(1, "<--setup>:1:1: ZeroDivisionError", result=self.bench("--setup", "(/ 1 0)", "-e", "1"))
        for text in ("(+ 1", "(+ 1))", "1)) (print (["):
            self.fails(1, "<-e>:1:", "ReadError", result=self.bench("-e", text))

    def test_what_would_not_come_back(self):
        self.fails(1, "<-e>:1:1: CompileError", result=self.bench("-e", "(break)"))
        self.fails(1, "<-e>:1:1: CompileError", result=self.bench("-e", "(recur 5)"))
        self.fails(1, "await in a plain function", result=self.bench("-e", "(await 5)"))
        self.fails(2, "a part of a generator", result=self.bench("-e", "(yield 1)"))
        self.fails(3, result=self.bench("-e", "(sys.exit 3)", "--setup", "(import sys)"))

    def test_programs_that_fail(self):
        self.write("wrong.lisp", "(/ 1 0)")
        self.write("killed.lisp", "(import os signal) (os.kill (os.getpid) signal.SIGKILL)")
        self.fails(1, "wrong.lisp:1:1: ZeroDivisionError", "ended with status 1", result=self.bench("wrong.lisp"))
        self.fails(1, "killed.lisp was ended by signal 9", result=self.bench("killed.lisp"))
        self.fails(1, "nosuch.lisp: cannot be read", result=self.bench("nosuch.lisp"))

    def test_wrong_use(self):
        self.fails(2, "bench needs a file, or -e EXPR", result=self.bench())
        self.fails(2, "nothing to measure", result=self.bench("-e", " ; nothing"))
        self.fails(2, "programs with programs", result=self.bench("-e", "1", "a.lisp"))
        self.fails(2, "--setup is for expressions", result=self.bench("--setup", "1", "a.lisp"))
        for text in ("0", "-1", "x", "1.5", "99999999", "٣"):
            self.fails(2, "--samples needs a number", result=self.bench(f"--samples={text}", "-e", "1"))
        self.fails(1, "/nosuch/out: No such file", result=self.bench("-e", "1", "--samples", "1", "--json", "/nosuch/out"))

    def test_time_limit(self):
        result = self.bench("--samples", "1000000", "--seconds", "1", "-e", "1")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertLess(int(re.search(r" of (\d+) ", result.stdout)[1]), 1000000)

    def test_interrupt(self):
        process = subprocess.Popen(
            [CATENA, "bench", "--setup", "(import sys)", "-e", '(do (.write sys.stderr "ready\\n") (while true nil))'],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
        )
        self.assertEqual(process.stderr.readline(), "ready\n")
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 130)
        self.assertIn("<-e>:1:", errors)


if __name__ == "__main__":
    unittest.main()
