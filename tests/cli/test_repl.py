"""The REPL: through a pipe, and by hand in a real terminal (a pseudo-terminal)."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import CATENA, PATIENCE, Case, catena, environment  # noqa: E402

PROMPT = "catena> "


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


class Terminal(Case):
    """Types into a pseudo-terminal and reads what appears, where the line editor's library is missing."""

    def setUp(self):
        super().setUp()
        self.write("no editor/prompt_toolkit.py", "raise ImportError('prompt_toolkit is not here')")
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            # Nothing may lead this copy of the test runner back into the tests.
            try:
                os.chdir(self.folder)
                env = environment(TERM="xterm", HOME=self.folder, XDG_STATE_HOME=None, INPUTRC="/dev/null",
                                  PYTHONPATH=os.path.join(self.folder, "no editor"))
                os.execve(CATENA, [CATENA, "repl"], env)
            finally:
                os._exit(127)
        self.seen = ""
        self.raw = b""
        self.addCleanup(self.end)

    def end(self):
        try:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        os.close(self.terminal)

    def type(self, text):
        data = text.encode()
        while data:
            data = data[os.write(self.terminal, data) :]

    def read_until(self, pattern):
        """Everything that appeared up to this pattern."""
        end = time.monotonic() + PATIENCE
        while not re.search(pattern, self.seen):
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            self.assertTrue(ready, f"waited for {pattern!r}, saw {self.seen!r}")
            try:
                piece = os.read(self.terminal, 65536)
            except OSError:
                piece = b""
            self.assertTrue(piece, f"the program ended; waited for {pattern!r}, saw {self.seen!r}")
            self.raw += piece
            # What a terminal is told about colours, modes and the cursor is not text.
            self.seen += re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", piece.decode(errors="replace")).replace("\r", "")
        found = re.search(pattern, self.seen)
        before, self.seen = self.seen[: found.end()], self.seen[found.end() :]
        return before

    def status(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            process, status = os.waitpid(self.process, os.WNOHANG)
            if process:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        self.fail("the program did not end")

    def test_a_session(self):
        greeting = self.read_until(PROMPT)
        self.assertIn("Catena", greeting)
        self.assertIn("Lines are plain here, without completion or colours: prompt_toolkit is not here", greeting)
        self.type("(+ 1 2)\n")
        self.assertIn("\n3\n", self.read_until(PROMPT))
        self.type("(defn twice [x]\n")
        self.read_until(r"\.\.\.> ")
        self.type("  (* 2 x))\n")
        self.read_until(PROMPT)
        self.type("(twice 21)\n")
        self.assertIn("\n42\n", self.read_until(PROMPT))
        self.type("\x04")
        self.assertEqual(self.status(), 0)

    def test_interrupt_drops_the_line(self):
        self.read_until(PROMPT)
        self.type("(+ 1\n")
        self.read_until(r"\.\.\.> ")
        # As a person would: readline shows the prompt a moment before it listens for signals.
        time.sleep(0.5)
        self.type("\x03")
        self.read_until(PROMPT)
        self.type("42\n")
        self.assertIn("\n42\n", self.read_until(PROMPT))

    def test_interrupt_stops_what_runs(self):
        self.read_until(PROMPT)
        for form in ("(while true nil)", "(.sleep ($py \"time\") 60)"):
            self.type(f'(do (print "going" :flush true) {form})\n')
            self.read_until("\ngoing\n")
            time.sleep(0.3)
            self.type("\x03")
            self.assertIn("KeyboardInterrupt", self.read_until(PROMPT))
        self.type("1\n")
        self.assertIn("\n1\n", self.read_until(PROMPT))

    def test_history(self):
        self.read_until(PROMPT)
        self.type("(+ 40 2)\n")
        self.read_until(PROMPT)
        self.type("\x1b[A\n")
        self.assertIn("\n42\n", self.read_until(PROMPT))
        self.type("\x04")
        self.assertEqual(self.status(), 0)
        with open(os.path.join(self.folder, ".local", "state", "catena", "history"), encoding="utf-8") as file:
            self.assertIn("(+ 40 2)", file.read())

    def test_errors_have_colours(self):
        self.read_until(PROMPT)
        self.type("(nonsense)\n")
        self.assertIn("<repl 1>:1:2: NameError", self.read_until(PROMPT))
        self.assertIn(b"\x1b[1;31mNameError\x1b[0m", self.raw)
        self.type("(do (import os) (set! (. os.environ [\"NO_COLOR\"]) \"1\"))\n(nonsense)\n")
        self.read_until(PROMPT)
        self.raw = b""
        self.read_until("NameError")
        self.read_until(PROMPT)
        self.assertNotIn(b"\x1b[1;31m", self.raw)

    def test_long_paste(self):
        self.read_until(PROMPT)
        text = "".join(f"(defn f{i} [x]\n  (+ x {i}))\n" for i in range(500)) + "(+ (f0 1) (f499 1))\n"
        # Typed from the side: a terminal takes a few thousand characters before somebody reads.
        typist = threading.Thread(target=self.type, args=(text,))
        typist.start()
        seen = self.read_until("\n501\n")
        typist.join(PATIENCE)
        self.assertNotIn("Error", seen)


if __name__ == "__main__":
    unittest.main()
