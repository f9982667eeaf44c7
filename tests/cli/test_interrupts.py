"""Ctrl-C in a session, in a real terminal (a pseudo-terminal): what it stops, and storms of it."""

import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import CATENA, PATIENCE, catena  # noqa: E402
from session import Session  # noqa: E402
from terminal import Terminal  # noqa: E402


class Interrupts(Session):
    def test_interrupt_drops_what_is_typed(self):
        self.begin()
        self.type("(+ 1\r2")
        self.shows(r"^   \.\.\.> +2$")
        self.interrupt()
        self.assertIn("\n42\n", self.enter("42"))

    def test_interrupt_stops_what_runs(self):
        self.begin()
        self.enter("(import time)")
        for form in ("(while true nil)", "(time.sleep 600)", "(loop [i 0] (recur (inc i)))",
                     "(sum (map (fn [x] (do (time.sleep 0.01) x)) (range 1000000)))"):
            with self.subTest(form=form):
                before = self.screen.text().count("KeyboardInterrupt")
                self.type(f'(do (print "go" "ing") {form})\r')
                self.shows_times("^go ing$", before + 1)
                time.sleep(0.2)
                self.type("\x03")
                self.shows_times("KeyboardInterrupt", before + 1)
                self.shows(r"^catena>\Z")
        self.assertIn("\n1\n", self.enter("1"))

    def test_interrupt_stops_numpy(self):
        if catena("-e", "(import numpy)").returncode != 0:
            self.skipTest("no NumPy")
        self.begin()
        self.enter("(import numpy :as np)")
        self.enter("(def a (np.random.rand 300 300))")
        self.type('(do (print "go" "ing") (while true (np.dot a a)))\r')
        self.shows("^go ing$")
        self.type("\x03")
        self.shows(r"KeyboardInterrupt[\s\S]*^catena>$")

    def test_interrupt_while_awaiting(self):
        self.begin()
        self.enter("(import asyncio)")
        self.type('(do (print "go" "ing") (await (asyncio.sleep 600)))\r')
        self.shows("^go ing$")
        time.sleep(0.3)
        self.type("\x03")
        self.shows(r"KeyboardInterrupt[\s\S]*^catena>$")
        self.assertIn("\n7\n", self.enter("(await (asyncio.sleep 0 7))"))

    def test_interrupt_of_tasks_that_are_busy(self):
        self.begin()
        self.enter("(import asyncio)")
        self.enter('(defn-async busy [] (print "go" "ing") (while true nil))')
        for form in ("(await (busy))", "(await (asyncio.gather (asyncio.sleep 600) (busy)))"):
            before = self.screen.text().count("KeyboardInterrupt")
            self.type(form + "\r")
            self.shows_times("^go ing$", before + 1)
            time.sleep(0.2)
            self.type("\x03")
            self.shows_times("KeyboardInterrupt", before + 1)
            self.shows(r"^catena>\Z")
        self.assertIn("\n7\n", self.enter("(await (asyncio.sleep 0 7))"))

    def test_interrupt_of_a_busy_task_in_the_background(self):
        self.begin()
        self.enter("(import asyncio)")
        self.enter('(defn-async busy [] (await (asyncio.sleep 0.5)) (print "bu" "sy") (while true nil))')
        self.enter("(do (defn-async begin-it [] (asyncio.create-task (busy))) (def task (await (begin-it))))")
        self.type("(+ 1 ")
        self.settle(1)
        self.type("\x03")
        self.shows(r"KeyboardInterrupt[\s\S]*^catena>$")
        self.assertIn("\n4\n", self.enter("(+ 2 2)"))
        self.assertIn("exception=KeyboardInterrupt()", self.enter("task").replace("\n", ""))

    def test_a_report_that_does_not_end(self):
        self.begin()
        self.enter("(defclass Endless [Exception] (defn __str__ [self] (while true nil)))")
        self.type('(do (print "go" "ing") (throw (Endless)))\r')
        self.shows("^go ing$")
        # Those that come at once only show haste, and each of what is told asks the error anew.
        for _ in range(100):
            self.type("\x03")
            self.settle(0.2)
            if self.screen.text().endswith("\ncatena>"):
                break
        self.shows(r"Endless[\s\S]*^catena>$")
        self.assertIn("\n5\n", self.enter("5"))

    def test_a_handler_of_the_programs_own(self):
        self.begin()
        self.enter("(import signal)")
        self.enter("(do (def taken []) (signal.signal signal.SIGINT (fn [n frame] (.append taken n))) nil)")
        self.type("(typed")
        self.shows(r"\(typed$")
        self.type("\x03")
        self.shows(r"^catena> \(typed\n+catena>$")
        self.assertIn("\n[]\n", self.enter("taken"))
        self.type('(do (print "go" "ing") (while (empty? taken) nil) (str "ta" "ken"))\r')
        self.shows("^go ing$")
        self.type("\x03")
        self.shows(r'"taken"\ncatena>$')

    def test_what_is_typed_behind_what_is_stopped(self):
        self.begin()
        self.enter("(import time)")
        self.type('(do (print "go" "ing") (time.sleep 600))\r')
        self.shows("^go ing$")
        self.type("(dropped)\r")
        self.settle(0.1)
        self.type("\x03(+ 20 2)\r")
        self.shows(r"^22\n+catena>$")
        self.assertNotIn("NameError", self.screen.text())


class Storms(Terminal):
    """Forty Ctrl-C in less than half a second: the session goes on, and leaves the terminal as it was."""

    def begins(self, arguments="repl", **settings):
        self.start("/bin/sh", "-c", f"trap : INT; stty -a > before; '{CATENA}' {arguments}; echo status $?; stty -a > after; echo left",
                   **settings)

    def storm(self):
        for _ in range(40):
            self.type("\x03")
            time.sleep(0.01)

    def goes_on(self):
        self.settle(0.5)
        # What is typed while a Ctrl-C is still being answered goes with what that stops.
        answered = False
        for _ in range(20):
            self.type("(+ 20 2)\r")
            if answered := self.shows_within(r"^22\n+catena> ?$", PATIENCE / 20):
                break
        self.assertTrue(answered, self.screen.text())
        self.type("\x04")
        self.shows("^left$")
        self.shows("status 0$")
        self.assertNotRegex(self.screen.text(), r"(?!KeyboardInterrupt)Error|Traceback|lines are plain|goes on|<catena>/")
        before, after = (open(os.path.join(self.folder, name), encoding="utf-8") for name in ("before", "after"))
        with before, after:
            self.assertEqual(before.read(), after.read())

    def on_each_terminal(self, form=None, arguments="repl", going=r"^catena> ?$"):
        for TERM in ("xterm-256color", "dumb"):
            with self.subTest(TERM=TERM):
                self.begins(arguments, TERM=TERM)
                if form:
                    self.shows(r"^catena> ?$")
                    self.type(form + "\r")
                self.shows(going)
                self.storm()
                self.goes_on()

    def test_at_the_prompt(self):
        self.on_each_terminal()

    def test_while_a_form_runs(self):
        self.on_each_terminal('(do (print "go" "ing") (while true nil))', going="^go ing$")

    def test_while_a_call_of_python_waits(self):
        self.on_each_terminal('(do (import time) (print "go" "ing") (time.sleep 600))', going="^go ing$")

    def test_while_awaiting(self):
        self.on_each_terminal('(do (import asyncio) (print "go" "ing") (await (asyncio.sleep 600)))', going="^go ing$")

    def test_while_the_start_up_file_runs(self):
        self.write(".config/catena/init.lisp", '(print "go" "ing") (while true nil)')
        self.on_each_terminal(going="^go ing$")

    def test_while_a_session_begins(self):
        self.on_each_terminal(going="^Catena ")

    def test_while_a_program_runs_that_a_session_follows(self):
        self.write("program.lisp", '(print "go" "ing") (while true nil)')
        self.on_each_terminal(arguments="-i program.lisp", going="^go ing$")

    def test_between_forms_and_prompts(self):
        for TERM in ("xterm-256color", "dumb"):
            with self.subTest(TERM=TERM):
                self.begins(TERM=TERM)
                self.shows(r"^catena> ?$")
                for n in range(30):
                    self.type("(+ 1 1)\r")
                    time.sleep(0.002 * (n % 5))
                    self.type("\x03\x03")
                self.goes_on()

    def test_while_a_task_is_busy_behind_the_prompt(self):
        if catena("-e", "(import prompt-toolkit)").returncode != 0:
            self.skipTest("without the editor nothing runs behind the prompt")
        self.begins()
        self.shows(r"^catena>$")
        self.type("(do (import asyncio)"
                  " (defn-async busy [] (await (asyncio.sleep 0.2)) (spit \"busy\" \"\") (while true nil))"
                  ' (defn-async begin-it [] (asyncio.create-task (busy))) (def task (await (begin-it))) "beg" (str "beg" "un"))\r')
        self.shows('^"begun"$')
        self.appears("busy")
        self.storm()
        self.goes_on()


if __name__ == "__main__":
    unittest.main()
