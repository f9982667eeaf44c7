"""The REPL: through a pipe, and by hand in a real terminal (a pseudo-terminal)."""

import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import CATENA, PATIENCE, Case, catena, environment  # noqa: E402
from terminal import Terminal  # noqa: E402


class Pipe(Case):
    def talk(self, text):
        return catena("repl", input=text)

    def test_values_are_printed_in_catenas_notation(self):
        result = self.talk('(+ 1 2)\n"text"\nnil\n[1 :k #[2]]\n{"a" true}\n(print "p")\n')
        self.assertEqual((result.stdout, result.stderr), ('3\n"text"\n[1 :k #[2]]\n{"a" true}\np\n', ""))

    def test_forms_over_several_lines(self):
        self.assertEqual(self.talk("(defn f [x]\n  (* x\n     2))\n(f 21)\n").stdout.splitlines()[-1], "42")

    def test_several_forms_in_a_line(self):
        self.assertEqual(self.talk("1 2 3\n").stdout, "1\n2\n3\n")

    def test_last_values_and_error(self):
        result = self.talk("1\n2\n3\n[*1 *2 *3]\n(/ 1 0)\n(type *e)\n")
        self.assertEqual(result.stdout, "1\n2\n3\n[3 2 1]\n<class 'ZeroDivisionError'>\n")
        self.assertIn("<repl 5>:1:1: ZeroDivisionError", result.stderr)

    def test_an_error_does_not_end_it(self):
        result = self.talk(")\n(nonsense)\n5\n")
        self.assertEqual((result.stdout, result.returncode), ("5\n", 0))
        self.assertIn("<repl 1>:1:1", result.stderr)

    def test_bytes_that_are_no_text(self):
        result = self.talk('(def x "a\udcff")\n\udc80\udcfe?\n%run \udcff\n(+ 1 2)\n')
        self.assertEqual(result.stdout, "3\n")
        self.assertIn("<repl 1>:1:10: ReadError: the text is not UTF-8: byte 0xff", result.stderr)
        for text in (bytes(range(256)), b"\xf0\x9f\n" * 50, "\ud800".encode("utf-8", "surrogatepass") + b"\n", b"\x00\n(\xff\n)\n"):
            result = catena("repl", input=text + b"\n(+ 40 2)\n", text=False)
            self.assertNotIn(b"<catena>", result.stderr)
            self.assertEqual(result.returncode, 0)
            self.assertTrue(result.stdout.endswith(b"42\n"), result)

    def test_input_that_cannot_be_read(self):
        result = subprocess.run(["/bin/sh", "-c", f"'{CATENA}' repl <&-"], capture_output=True, text=True, timeout=PATIENCE,
                                env=environment(), check=False)
        self.fails(1, "catena: standard input cannot be read", result=result)
        result = subprocess.run(["/bin/sh", "-c", f"'{CATENA}' repl < /"], capture_output=True, text=True, timeout=PATIENCE,
                                env=environment(), check=False)
        self.assertNotEqual(result.returncode, 0)
        self.assertNotIn("Traceback", result.stderr)

    def test_system_exit(self):
        self.assertEqual(self.talk("(import sys)\n(sys.exit 4)\n5\n").returncode, 4)

    def test_incomplete_at_the_end(self):
        self.assertIn("<repl 1>:1:1", self.talk("(+ 1").stderr)

    def test_imports_print_nothing(self):
        self.assertEqual(self.talk("(import math)\n(import [json :as j])\n(py.import \"os\")\n(math.floor 2.5)\n*1\n").stdout, "2\n2\n")

    def test_await_at_the_prompt(self):
        result = self.talk('(import asyncio)\n(await (asyncio.sleep 0 "slept"))\n')
        self.assertEqual(result.stdout.splitlines()[-1], '"slept"', result.stderr)

    def test_a_value_that_cannot_be_shown(self):
        result = self.talk("(defclass Bad [] (defn __repr__ [self] (/ 1 0)))\n(Bad)\n7\n")
        self.assertEqual(result.stdout.splitlines()[-1], "7")
        self.assertIn("ZeroDivisionError", result.stderr)


class Plain(Terminal):
    """In a terminal, where the line editor's library is missing."""

    def setUp(self):
        super().setUp()
        self.write("no editor/prompt_toolkit.py", "raise ImportError('prompt_toolkit is not here')")
        self.start(CATENA, "repl", TERM="xterm", PYTHONPATH=os.path.join(self.folder, "no editor"), rows=40)
        self.prompts = 0
        self.prompt()

    def prompt(self):
        """Waits for the next prompt and answers what has appeared before it."""
        self.shows_times("^catena>", self.prompts + 1)
        shown = self.screen.text()
        starts = [found.start() for found in re.finditer(r"^catena>", shown, re.M)]
        before = shown[starts[self.prompts - 1] if self.prompts else 0 : starts[self.prompts]]
        self.prompts += 1
        return before

    def enter(self, text):
        self.type(text + "\n")
        return self.prompt()

    def test_a_session(self):
        greeting = self.screen.text()
        self.assertIn("Catena", greeting)
        self.assertIn("Lines are plain here, without completion or colours: prompt_toolkit is not here", greeting)
        self.assertIn("\n3\n", self.enter("(+ 1 2)"))
        self.type("(defn twice [x]\n")
        self.shows(r"^   \.\.\.> ?\Z")
        self.enter("  (* 2 x))")
        self.assertIn("\n42\n", self.enter("(twice 21)"))
        self.type("\x04")
        self.assertEqual(self.status(), 0)

    def test_interrupt_drops_the_line(self):
        self.type("(+ 1\n")
        self.shows(r"^   \.\.\.> ?\Z")
        self.type("\x03")
        self.prompt()
        self.assertIn("\n42\n", self.enter("42"))

    def test_interrupts_that_come_before_it_waits_for_a_key(self):
        # At once behind the prompt, or the last character: the time between that and the wait is short.
        for n in range(40):
            if n % 2:
                self.type("(dropped")
                self.shows(r"^catena> \(dropped\Z")
            self.type("\x03")
            self.prompt()
        self.assertIn("\n42\n", self.enter("42"))

    def test_interrupts_where_no_more_files_can_be_opened(self):
        self.enter("(import resource)")
        self.enter("(resource.setrlimit resource.RLIMIT-NOFILE #[4 (get (resource.getrlimit resource.RLIMIT-NOFILE) 1)])")
        self.assertIn("\n42\n", self.enter("42"))

    def test_interrupt_stops_what_runs(self):
        for n, form in enumerate(("(while true nil)", '(.sleep ($py "time") 60)')):
            self.type(f'(do (print "go" "ing" :flush true) {form})\n')
            self.shows_times("^go ing$", n + 1)
            self.type("\x03")
            self.assertIn("KeyboardInterrupt", self.prompt())
        self.assertIn("\n1\n", self.enter("1"))

    def test_history(self):
        self.enter("(+ 40 2)")
        self.assertIn("\n42\n", self.enter("\x1b[A"))
        self.type("\x04")
        self.assertEqual(self.status(), 0)
        with open(os.path.join(self.folder, ".local", "state", "catena", "history"), encoding="utf-8") as file:
            self.assertIn("(+ 40 2)", file.read())

    def test_errors_have_colours(self):
        self.assertIn("<repl 1>:1:2: NameError", self.enter("(nonsense)"))
        self.assertIn(b"\x1b[1;31mNameError\x1b[0m", self.raw)
        self.enter('(do (import os) (set! (. os.environ ["NO_COLOR"]) "1"))')
        self.raw = b""
        self.assertIn("NameError", self.enter("(nonsense)"))
        self.assertNotIn(b"\x1b[1;31m", self.raw)

    def test_long_paste(self):
        lines = "".join(f"(defn f{i} [x]\n  (+ x {i}))\n" for i in range(500)) + "(+ (f0 1) (f499 1))\n"
        self.type(lines)
        self.shows("^501$")
        self.assertNotIn("Error", self.screen.text())


if __name__ == "__main__":
    unittest.main()
