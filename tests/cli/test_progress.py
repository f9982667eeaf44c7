"""(progress xs): on a terminal of its own, with and without tqdm, and where nobody looks."""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import terminal  # noqa: E402
from program import CATENA, Case, catena, environment  # noqa: E402

WITHOUT_TQDM = '(import sys) (set! (. sys.modules ["tqdm"]) nil)\n'


def on_terminal(program, columns=70, TERM="xterm", **variables):
    """What a program prints, and what stands on the terminal that is its standard error; its status."""
    shown, output, status = terminal.on_terminal(
        CATENA, "-e", program, columns=columns, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        env=environment(TERM=TERM, LC_ALL="C.UTF-8", **variables),
    )
    return output.decode(), shown.decode(), status


class Silent(Case):
    def test_nothing_is_shown_in_a_pipe(self):
        self.prints("[1, 2] 45\n", "-e", "(print (vec (progress [1 2])) (sum (progress (range 10) :label \"x\")))")

    def test_dumb_terminals_and_no_standard_error(self):
        self.assertEqual(on_terminal("(print (vec (progress [1 2])))", TERM="dumb")[1], "")
        self.prints("[1]\n", "-e", "(import sys) (set! sys.stderr nil) (print (vec (progress [1])))")

    def test_lengths_and_laziness(self):
        self.prints(
            "3 0 7 [0, 1]\n",
            "-e",
            "(import operator itertools) (defn gen [] (yield 1))\n"
            "(print (operator.length-hint (progress [1 2 3])) (operator.length-hint (progress (gen)))"
            " (operator.length-hint (progress (gen) :total 7)) (take 2 (progress (itertools.count))))",
        )

    def test_asynchronous_iterables(self):
        program = "(defn-async two [] (yield 1) (yield 2)) (for-async [x (progress (two))] (print x))"
        self.prints("1\n2\n", "-e", program)
        self.fails(1, "TypeError", result=catena("-e", "(for-async [x (progress [1])] x)"))
        self.fails(1, "TypeError", result=catena("-e", "(defn-async two [] (yield 1)) (vec (progress (two)))"))

    def test_wrong_use(self):
        self.fails(1, "'int' object is not iterable", result=catena("-e", "(progress 3)"))
        for total in ('"x"', "-1", "1.5"):
            self.fails(1, ":total is a number of items", result=catena("-e", f"(progress [1] :total {total})"))


class OnTerminal(unittest.TestCase):
    def test_bar(self):
        out, shown, status = on_terminal(WITHOUT_TQDM + '(print (sum (progress (range 8) :label "adding")))')
        self.assertEqual((out, status), ("28\n", 0))
        self.assertIn("\radding   0% |", shown)
        self.assertRegex(shown, r"\radding 100% \|█+\| 8/8 0:00 \S+/s\x1b\[K\r\n\Z")
        self.assertLess(max(len(part) for part in shown.split("\r")), 70 + len("\x1b[K"))

    def test_unknown_length(self):
        _, shown, _ = on_terminal(WITHOUT_TQDM + "(vec (progress (lazy-for [x [1 2 3]] x)))")
        self.assertRegex(shown, r"\r3 0:00 \S+/s\x1b\[K\r\n\Z")

    def test_more_items_than_were_announced(self):
        _, shown, status = on_terminal(WITHOUT_TQDM + "(vec (progress [1 2 3] :total 2))")
        self.assertEqual(status, 0)
        self.assertRegex(shown, r"\r3 0:00 \S+/s\x1b\[K\r\n\Z")

    def test_narrow_terminals_and_small_alphabets(self):
        _, shown, _ = on_terminal(WITHOUT_TQDM + '(vec (progress [1] :label "a long label"))', columns=20)
        self.assertLess(max(len(part) for part in shown.split("\r")), 20 + len("\x1b[K"))
        _, shown, _ = on_terminal(WITHOUT_TQDM + "(vec (progress [1]))", PYTHONIOENCODING="ascii")
        self.assertRegex(shown, r"100% \|#+\| 1/1")

    def test_nested(self):
        program = '(doseq [x (progress [1 2] :label "out")] (doseq [y (progress [1 2 3] :label "in")] (+ x y)))'
        _, shown, status = on_terminal(WITHOUT_TQDM + program)
        self.assertEqual(status, 0)
        self.assertIn("\n\rin   0%", shown.replace("\r\n", "\n"))
        self.assertEqual(shown.count("\x1b[1A"), 4)  # each inner bar is shown once and taken away again
        self.assertRegex(shown, r"\rout 100%[^\r]*\r\n\Z")

    def test_leaving_early(self):
        for end, status in (("(break)", 0), ('(throw (ValueError "no"))', 1)):
            program = f"(doseq [x (progress [1 2 3])] (when (= x 2) {end}))"
            _, shown, ended = on_terminal(WITHOUT_TQDM + program)
            self.assertEqual(ended, status)
            self.assertRegex(shown, r"\r 33% \|[^\r]*\| 1/3 [^\r]*\r\n")

    def test_asynchronous_iterables(self):
        program = (
            "(import asyncio) (defn-async slow [] (dotimes [i 3] (await (asyncio.sleep 0.15)) (yield i)))\n"
            '(for-async [x (progress (slow) :total 3 :label "waits")] (when (= x 7) (break)))'
        )
        _, shown, status = on_terminal(WITHOUT_TQDM + program)
        self.assertEqual(status, 0)
        self.assertIn("\rwaits   0% |", shown)
        self.assertRegex(shown, r"\rwaits 100% \|█+\| 3/3 [^\r]*\r\n\Z")
        _, shown, status = on_terminal(WITHOUT_TQDM + program.replace("x 7", "x 1") + '(.write sys.stderr "after")')
        self.assertRegex(shown, r"\rwaits  33% \|[^\r]*\| 1/3 [^\r]*\r\nafter\Z")
        program = program.replace("(yield i)", "(yield (// 1 (- 1 i)))")
        _, shown, status = on_terminal(WITHOUT_TQDM + program)
        self.assertEqual(status, 1)
        self.assertRegex(shown, r"\| 1/3 [^\r]*\r\n[^\r]*ZeroDivisionError")

    def test_interrupt(self):
        program = "(import os signal) (doseq [x (progress [1 2 3])] (when (= x 2) (os.kill (os.getpid) signal.SIGINT) (while true nil)))"
        _, shown, status = on_terminal(WITHOUT_TQDM + program)
        self.assertEqual(status, 130)
        self.assertRegex(shown, r"\r 33% \|[^\r]*\| 1/3 [^\r]*\r\n[^\r]*KeyboardInterrupt")

    def test_labels_of_any_kind(self):
        _, shown, _ = on_terminal(WITHOUT_TQDM + '(vec (progress [1] :label "a\\nb\\x1b[2J"))')
        self.assertIn("\ra b [2J 100%", shown)
        _, shown, _ = on_terminal(WITHOUT_TQDM + '(vec (progress [1] :label "中中中中中中中中中中"))', columns=20)
        self.assertTrue(shown.startswith("\r中中中中中中中中中\x1b[K"), shown)

    def test_errors_of_the_iterable_pass(self):
        program = '(defn gen [] (yield 1) (throw (KeyError "k")))\n(try (vec (progress (gen))) (catch KeyError e (print e)))'
        out, shown, status = on_terminal(WITHOUT_TQDM + program)
        self.assertEqual((out, status), ("'k'\n", 0))
        self.assertTrue(shown.endswith("\r\n"), shown)

    def test_tqdm(self):
        if catena("-e", "(import tqdm)").returncode != 0:
            self.skipTest("tqdm is not installed")
        out, shown, status = on_terminal('(print (sum (progress (range 8) :label "adding")))')
        self.assertEqual((out, status), ("28\n", 0))
        self.assertRegex(shown, r"\radding: 100%\|█+\| 8/8 \[")
        program = "(defn-async two [] (yield 1) (yield 2)) (for-async [x (progress (two) :total 2)] (print x))"
        out, shown, status = on_terminal(program)
        self.assertEqual((out, status), ("1\n2\n", 0))
        self.assertRegex(shown, r"\r100%\|█+\| 2/2 \[")


if __name__ == "__main__":
    unittest.main()
