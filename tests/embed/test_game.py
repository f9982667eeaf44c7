"""The game of examples/embed/game: its script is changed, and broken, while it runs."""

import os
import subprocess
import unittest

import package

GAME = os.path.join(package.EXAMPLES, "game", "game.lisp")


class Game(package.HostTestCase):
    example = "game"

    def setUp(self):
        with open(GAME, encoding="utf-8") as file:
            self.good = file.read()
        self.saved = 0
        self.script = os.path.join(self.folder, "script.lisp")
        self.save(self.good)
        # Whatever Python would do to the streams of a program of its own, these are the host's.
        self.process = subprocess.Popen([self.program, "--step", self.script], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
        self.addCleanup(self.end)

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.assertEqual(self.process.wait(timeout=60), 0)

    def save(self, text):
        with open(self.script, "w", encoding="utf-8") as file:
            file.write(text)
        # However fast the test is, and however coarse the file system's clock.
        self.saved += 1
        os.utime(self.script, (self.saved, self.saved))

    def frames(self, *keys):
        """What was reported, and the last frame's paddle and score."""
        self.process.stdin.write("".join(key + "\n" for key in keys))
        self.process.stdin.flush()
        lines = []
        for _ in keys:
            while True:
                line = self.process.stdout.readline().rstrip("\n")
                self.assertTrue(line, "the game has ended")
                if line.strip(".o"):
                    lines.append(line)
                if line.startswith("caught") or line == "no frame":
                    break
        reports = [line for line in lines if ": " in line]
        return reports, lines[-2:] if lines[-1] != "no frame" else lines[-1:]

    def paddle(self, at, picture="==="):
        return "." * at + picture + "." * (21 - at)

    def test_playing(self):
        self.assertEqual(self.frames(""), ([], [self.paddle(11), "caught 0 of 0"]))
        self.assertEqual(self.frames("a", "a", "d", "d", "d"), ([], [self.paddle(12), "caught 0 of 1"]))
        keys = ["a"] * 5 + [""] * 300
        self.assertEqual(self.frames(*keys), ([], [self.paddle(7), "caught 1 of 7"]))
        self.assertEqual(self.frames(*["d"] * 100), ([], [self.paddle(21), "caught 1 of 10"]))

    def test_the_state_outlives_the_script(self):
        self.frames("d", "d", "d")
        self.save(self.good.replace('"="', '"@"'))
        self.assertEqual(self.frames("d"), ([], [self.paddle(14, "@@@"), "caught 0 of 1"]))

    def test_a_script_that_does_not_load(self):
        self.frames("")
        for text, report in {
            "(oops": "script.lisp:1:1: catena.ReadError: the ( at 1:1 is not closed (script.lisp, line 1)",
            self.good + "\n(/ 1 0)": f"script.lisp:{self.good.count(chr(10)) + 2}:1: ZeroDivisionError: division by zero",
            self.good.replace("(defn draw [", "(defn paint ["): "NameError: name 'draw' is not defined",
            "(import sys) (sys.exit 5)": "script.lisp:1:14: SystemExit: 5",
            "(while true)": "script.lisp:1:8: catena.StepLimitError: the script took more than 100000 steps",
        }.items():
            with self.subTest(report):
                self.save(text)
                reports, picture = self.frames("")
                self.assertEqual([line.replace(self.folder + "/", "") for line in reports], [report])
                self.assertEqual(picture[0], self.paddle(11))
                self.assertEqual(self.frames("")[0], [])
        self.save(self.good.replace('"="', '"#"'))
        self.assertEqual(self.frames("")[1][0], self.paddle(11, "###"))

    def test_a_script_that_fails_in_a_frame(self):
        self.frames("")
        head = "(defn update [state dt keys]"
        line = self.good[:self.good.index(head)].count("\n") + 1
        for broken, report in {
            self.good.replace(head, head + " (oops)"): f"script.lisp:{line}:31: NameError: name 'oops' is not defined",
            self.good.replace(head, head + " (while true)"):
                f"script.lisp:{line}:37: catena.StepLimitError: the script took more than 100000 steps",
            self.good.replace("(defn draw [state]", "(defn draw [state] 5)\n(defn other [state]"):
                "TypeError: expected a string, not int",
        }.items():
            with self.subTest(report):
                self.save(broken)
                reports, picture = self.frames("")
                self.assertEqual(([line for line in reports if "warning" not in line], picture[0]), ([report], self.paddle(11)))
                self.assertEqual(self.frames("")[0], [])

    def test_a_frame_that_fails_is_lost_and_no_more(self):
        self.save(self.good.replace("(let [by ", "(let [by (if (= keys \"x\") (/ 1 0) 0) by "))
        self.frames("d")
        reports, picture = self.frames("x")
        self.assertEqual((len(reports), picture), (1, ["no frame"]))
        self.assertIn("ZeroDivisionError", reports[0])
        self.assertEqual(self.frames("d")[0], [])

    def test_a_file_that_goes_and_comes(self):
        self.frames("")
        os.remove(self.script)
        self.assertEqual(self.frames("d"), ([], [self.paddle(12), "caught 0 of 1"]))
        self.save(self.good.replace('"="', '"-"'))
        self.assertEqual(self.frames(""), ([], [self.paddle(12, "---"), "caught 0 of 1"]))

    def test_without_a_script(self):
        result = subprocess.run([self.program, "--step", "/no/such.lisp"], input="\n\n", capture_output=True, text=True, timeout=60)
        self.assertEqual(result.stdout,
                         "FileNotFoundError: [Errno 2] No such file or directory: '/no/such.lisp'\nno frame\nno frame\n")

    def test_a_script_that_comes_late(self):
        os.remove(self.script)
        self.assertEqual(self.frames("")[1], ["no frame"])
        self.save(self.good)
        self.assertEqual(self.frames(""), ([], [self.paddle(11), "caught 0 of 0"]))


if __name__ == "__main__":
    unittest.main()
