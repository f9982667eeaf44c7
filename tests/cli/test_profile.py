"""catena --profile: what each line costs, and that the program notices nothing of it."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import Case, catena  # noqa: E402


class Profile(Case):
    def profile(self, text, status=0, stdout=None, stderr="", arguments=()):
        """Runs a program under the profiler; its lines by number."""
        self.write("program.lisp", text)
        result = catena("--profile=out.json", *arguments, "program.lisp", cwd=self.folder)
        self.assertEqual(result.returncode, status, result.stderr)
        if stdout is not None:
            self.assertEqual(result.stdout, stdout)
        self.assertIn(stderr, result.stderr)
        if not stderr:
            self.assertEqual(result.stderr, "")
        with open(os.path.join(self.folder, "out.json"), encoding="utf-8") as file:
            report = json.load(file)
        for key in ("calls", "python_seconds", "catena_seconds", "bytes_copied", "cache_misses"):
            self.assertAlmostEqual(report["total"][key], sum(line[key] for line in report["lines"]), 6)
        cost = [line["python_seconds"] + line["catena_seconds"] for line in report["lines"]]
        self.assertEqual(cost, sorted(cost, reverse=True))
        return {line["line"]: line for line in report["lines"] if line["file"] == "program.lisp"}

    def test_calls_and_time_in_python(self):
        lines = self.profile("(import time math)\n(dotimes [i 10]\n  (time.sleep 0.01))\n(dotimes [i 7]\n  (math.sqrt i))\n")
        self.assertEqual((lines[3]["calls"], lines[5]["calls"]), (10, 7))
        self.assertGreater(lines[3]["python_seconds"], 0.1)
        self.assertLess(lines[3]["catena_seconds"], 0.1)
        self.assertLess(lines[5]["python_seconds"], 0.1)
        self.assertLess(lines[5]["cache_misses"], 7)

    def test_time_in_catena(self):
        lines = self.profile("(defn f [n]\n  (loop [i 0 s 0]\n    (if (< i n) (recur (+ i 1) (+ s i)) s)))\n(f 300000)\n(len [])\n")
        self.assertGreater(lines[3]["catena_seconds"], 0.0001)
        self.assertEqual((lines[3]["python_seconds"], lines[3]["calls"]), (0, 0))
        self.assertLess(lines[4]["catena_seconds"], lines[3]["catena_seconds"])

    def test_callbacks_count_for_their_own_lines(self):
        lines = self.profile(
            "(import time)\n(defn key [x]\n  (time.sleep 0.01)\n  x)\n(sorted [3 2 1]\n        :key key)\n(mapv key [1 2])\n")
        self.assertEqual(lines[3]["calls"], 5)
        self.assertGreater(lines[3]["python_seconds"], 0.05)
        self.assertEqual(lines[5]["calls"], 1)
        self.assertLess(lines[5]["python_seconds"] + lines[7]["catena_seconds"] + lines[7]["python_seconds"], 0.03)

    def test_functions_of_catena_are_no_calls_into_python(self):
        lines = self.profile("(defclass T [] (defn m [self x] (+ x 1)))\n(def t (T))\n(defn g [x]\n  (.m t x))\n(dotimes [i 5] (g i))\n"
                             "(defn fact [n] (if (< n 2) 1 (* n (fact (- n 1)))))\n(fact 15)\n")
        self.assertLessEqual(lines[4]["calls"], 2)  # until the method is cached
        self.assertEqual((lines[5]["calls"], lines[6]["calls"], lines[7]["calls"]), (0, 0, 0))

    def test_copies(self):
        lines = self.profile('(import array)\n(def xs (array.array "d" [1.0 2.0 3.0]))\n(def a\n  (float64array xs))\n(len a)\n')
        self.assertEqual(sum(line["bytes_copied"] for line in lines.values()), 24)
        self.assertEqual(lines[4]["bytes_copied"], 24)

    def test_generators_exceptions_threads_recursion(self):
        lines = self.profile(
            "(import threading time)\n"
            "(defn gen [n]\n  (dotimes [i n]\n    (time.sleep 0.001)\n    (yield i)))\n"
            "(print (sum (gen 5)))\n"
            "(def g (gen 9))\n(builtins.next g)\n(.close g)\n"
            '(defn fails []\n  (time.strptime "x" "%Y"))\n'
            "(dotimes [i 3] (try (fails) (catch ValueError e nil) (finally nil)))\n"
            "(def t (threading.Thread :target (fn []\n  (time.sleep 0.02))))\n"
            "(.start t)\n"
            "(defn deep [n] (if (= n 0) 0 (+ 1 (deep (- n 1)))))\n"
            "(print (deep 5000))\n", stdout="10\n5000\n")
        self.assertEqual((lines[4]["calls"], lines[11]["calls"]), (6, 3))
        # The thread ends after the main program does.
        self.assertEqual(lines[14]["calls"], 1)
        self.assertGreater(lines[14]["python_seconds"], 0.02)

    def test_the_status_stays(self):
        self.profile("(import sys)\n(sys.exit 7)\n", 7)
        lines = self.profile("(def x 1)\n(/ x 0)\n", 1, stderr="ZeroDivisionError")
        self.assertIn(2, lines)
        self.profile("(throw (KeyboardInterrupt))", 130, stderr="KeyboardInterrupt")

    def test_children_of_fork_report_nothing(self):
        lines = self.profile("(import os sys)\n(let [pid (os.fork)]\n  (if (= pid 0) (sys.exit 0) (os.waitpid pid 0)))\n(print 1)\n",
                             stdout="1\n")
        self.assertIn(4, lines)

    def test_step_by_step(self):
        lines = self.profile("(import math)\n(dotimes [i 4] (math.sqrt i))\n", arguments=("-O0",))
        self.assertGreaterEqual(lines[2]["calls"], 4)

    def test_table(self):
        self.write("program.lisp", "(import time)\n(defn nap []\n  (time.sleep 0.03))\n(nap)\n(print 1)\n")
        result = catena("run", "--profile", "program.lisp", cwd=self.folder)
        self.assertEqual((result.returncode, result.stdout), (0, "1\n"))
        rows = result.stderr.splitlines()
        self.assertRegex(rows[1], r"^ *calls +in Python +in Catena +copied +misses +line$")
        self.assertRegex(rows[2], r"^ +1 +\d+\.\d\d\d ms +0\.\d\d\d ms +0 +\d+  program\.lisp:3  \(time\.sleep 0\.03\)\)$")
        self.assertRegex(rows[-1], r"^ +\d+ .* in all$")

    def test_a_long_table_is_cut(self):
        result = self.run_file("long.lisp", "".join(f"(str {i})\n" for i in range(200)))
        result = catena("--profile", "long.lisp", cwd=self.folder)
        self.assertRegex(result.stderr, r"  150 more lines\n.* in all\n\Z")

    def test_files_that_cannot_be_written(self):
        self.write("program.lisp", "(print 1)")
        result = catena("--profile=no/where.json", "program.lisp", cwd=self.folder)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertEqual(result.stderr, "catena: no/where.json: cannot be written: No such file or directory\n")
        self.fails(2, "--profile needs a value", result=catena("--profile=", "program.lisp", cwd=self.folder))
        if os.path.exists("/dev/full"):
            self.fails(1, "/dev/full: cannot be written", result=catena("--profile=/dev/full", "program.lisp", cwd=self.folder))


if __name__ == "__main__":
    unittest.main()
