"""The REPL's line editor in a real terminal (a pseudo-terminal): keys, completion, history, pastes."""

import os
import re
import signal
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import CATENA, catena  # noqa: E402
from session import Session  # noqa: E402


class Editor(Session):
    def test_a_session(self):
        self.begin()
        self.assertIn("Catena", self.screen.text())
        self.assertIn("\n3\n", self.enter("(+ 1 2)"))
        self.assertIn("\n42\n", self.enter("(* 14 *1)"))
        self.type("\x04")
        self.assertEqual(self.status(), 0)

    def test_forms_go_on_over_lines_and_are_indented(self):
        self.begin()
        self.type("(defn twice [x]\r")
        self.type("(let [y (* 2 x)\r")
        self.type("z 1]\r")
        self.type("(+ y z -1)))")
        self.shows(r"\+ y z -1\)\)\)")
        shown = self.screen.text()
        self.assertIn("catena> (defn twice [x]\n   ...>   (let [y (* 2 x)\n   ...>         z 1]\n   ...>     (+ y z -1)))", shown)
        self.enter("")
        self.assertIn("\n42\n", self.enter("(twice 21)"))

    def test_strings_over_lines_are_left_alone(self):
        self.begin()
        self.type('(count "a\rb")')
        self.assertIn("\n3\n", self.enter(""))

    def test_tab_indents_at_the_start_of_a_line(self):
        self.begin()
        self.type("(when true\r\x15\t7)")
        self.shows(r"   \.\.\.>   7\)")

    def test_history_is_kept_by_form(self):
        self.begin()
        self.type("(+ 40\r2)")
        self.enter("")
        self.enter("(+ 1 1)")
        self.type("\x04")
        self.assertEqual(self.status(), 0)
        with open(os.path.join(self.folder, ".local", "state", "catena", "history"), encoding="utf-8") as file:
            self.assertIn("+(+ 40\n+   2)\n", file.read())
        self.begin()
        self.type("\x1b[A\x1b[A")
        self.shows(r"catena> \(\+ 40\n   \.\.\.>    2\)")
        self.type("\x1b[F")
        self.assertIn("\n42\n", self.enter(""))

    def test_history_can_be_searched(self):
        self.begin()
        self.enter('(def found "needle")')
        self.enter("(+ 1 1)")
        self.type("\x12need")
        self.shows(r"catena> \(def found \"needle\"\)")
        self.type("\r")
        self.shows(r"^catena> \(def found \"needle\"\)\Z")
        self.interrupt()

    def test_up_searches_what_begins_the_same(self):
        self.begin()
        self.enter("(max 7 8)")
        self.enter("(+ 1 1)")
        self.type("(m\x1b[A")
        self.shows(r"^catena> \(max 7 8\)\n8\n[\s\S]*^catena> \(max 7 8\)$")

    def test_completion_with_documentation_beside_it(self):
        self.begin()
        self.type("(map-inde\t")
        self.shows(r"catena> \(map-indexed$")
        self.interrupt()
        self.type("(zip\t")
        self.shows(r"zipmap +\S+")
        self.interrupt()
        self.enter("(import math)")
        self.type("(math.fl\t")
        self.shows(r"catena> \(math.floor$")
        self.type(" 2.5)")
        self.assertIn("\n2\n", self.enter(""))

    def test_completion_of_locals_and_keyword_arguments(self):
        self.begin()
        self.type("(let [quantity 3 other 4] (quan\t")
        self.shows(r"other 4\] \(quantity$")
        self.interrupt()
        self.type("(sorted [2 1] :rev\t")
        self.shows(r"\[2 1\] :reverse$")
        self.interrupt()

    def test_completion_runs_no_code(self):
        self.begin()
        self.enter('(defclass Trap [] (defn [property] bait [self] (print "RAN" 1)) (defn __getattr__ [self n] (print "RAN" 2)))')
        self.enter("(def trap (Trap))")
        self.type("(trap.ba\t")
        self.shows(r"catena> \(trap.bait$")
        self.assertNotIn("RAN 1\n", self.screen.text())
        self.assertNotIn("RAN 2\n", self.screen.text())
        self.interrupt()
        self.enter('(defclass Loud [] (defn __repr__ [self] (print "RAN" 3) "loud"))')
        self.enter('(do (def names {"r" (Loud)}) nil)')
        self.enter('(builtins.exec "def python(one, two=r, three: r = 4): pass" names)')
        self.enter('(def python (get names "python"))')
        self.type("(python :t\t")
        self.shows(r"^catena> \(python :t\n[\s\S]*:three +argument, 4\n +:two +argument, …\n +python\(one, two=…, three=4\)|"
                   r"^catena> \(python :t[\s\S]*python\(one, two=…, three=4\)")
        self.assertNotIn("RAN 3\n", self.screen.text())

    def test_calls_show_how_they_are_written(self):
        self.begin()
        self.type("(map inc (filter ")
        self.shows(r"^  \(filter f xs\)$")
        self.type("odd? [1 2])")
        self.shows(r"^  \(map f xs")
        self.type(")")
        self.hides(r"\(map f xs")
        self.assertIn("\n[2]\n", self.enter(""))
        self.write(".config/catena/init.lisp", "(import catena.repl :as repl) (set! (get repl.settings :signatures) false)")
        self.begin()
        self.type("(filter ")
        self.settle()
        self.assertNotIn("(filter f xs)", self.screen.text())

    def test_settings_that_mean_nothing(self):
        self.write(".config/catena/init.lisp", '(import catena.repl :as repl) (set! (get repl.settings :style) "no such style")')
        self.begin()
        self.assertIn("lines are plain", self.screen.text())
        self.assertIn("\n3\n", self.enter("(+ 1 2)"))

    def test_sources_have_colours(self):
        for colours in (True, False):
            with self.subTest(colours=colours):
                self.begin(PAGER="cat", NO_COLOR=None if colours else "1")
                self.enter('(defn f [x] "text" (+ x 1))')
                self.enter("(import json)")
                self.raw = b""
                self.assertIn('\n(defn f [x] "text" (+ x 1))\n', self.enter("f??"))
                self.assertEqual(b'\x1b[0;32m"text"' in self.raw, colours)
                self.raw = b""
                self.assertIn("def dumps(obj", self.enter("json.dumps??"))
                if catena("-e", "(import pygments)").returncode == 0:
                    self.assertEqual(re.search(rb"\x1b\[[0-9;]*mdef", self.raw) is not None, colours)

    def test_keys_of_vi(self):
        self.write(".config/catena/init.lisp", '(import catena.repl :as repl) (set! (get repl.settings :keys) "vi")')
        self.begin()
        # Each sequence has had its effect, which the cursor shows, before the next: Escape and a key at once are another key.
        begin = self.screen.column
        for keys, column in (("(+ 1 2)", 7), ("\x1b", 6), ("0", 0), ("lr*", 1), ("A", 7)):
            self.type(keys)
            self.until(lambda: self.screen.column == begin + column, f"the cursor {column} behind the prompt")
        self.assertIn("(* 1 2)\n2\n", self.enter(""))

    def test_words_that_people_try(self):
        self.begin()
        self.assertIn("%timeit FORM", self.enter("?"))
        self.enter("(+ 1 2)")
        self.assertTrue(self.enter("%history 2").endswith("%history 2\n(+ 1 2)\n%history 2\ncatena>"))
        self.assertIn("%history takes a count", self.enter("%history x"))
        self.assertTrue(self.enter("(defn f [x] x)").endswith("[x] x)\ncatena>"))
        self.assertIn("\n7\n", self.enter("(def quit 7)"))
        self.assertIn("quit\n7\n", self.enter("quit"))
        self.type("exit\r")
        self.assertEqual(self.status(), 0)

    def test_tasks_go_on_while_one_types(self):
        self.begin()
        self.enter("(import asyncio)")
        self.enter('(defn-async later [] (await (asyncio.sleep 0.4)) (print "done" "later"))')
        self.enter("(do (defn-async begin-it [] (asyncio.create-task (later))) (def task (await (begin-it))))")
        self.shows("^done later$")
        self.type("(+ 1 1)")
        self.assertIn("\n2\n", self.enter(""))

    def test_a_bracketed_paste_of_a_thousand_lines(self):
        self.begin()
        lines = "".join(f"(defn f{i} [x]\n  (+ x {i}))\n" for i in range(500)) + "(+ (f0 1) (f499 1))"
        self.type("\x1b[200~" + lines + "\x1b[201~")
        self.shows(r"f499 1\)\)$")
        self.type("\r")
        self.shows("^501$")
        self.assertNotIn("Error", self.screen.text())

    def test_a_thousand_lines_typed_at_once(self):
        self.begin()
        lines = "".join(f"(defn f{i} [x]\n  (+ x {i}))\n" for i in range(500)) + "(+ (f0 1) (f499 1))\n"
        self.type(lines)
        self.shows("^501$")
        self.assertNotIn("Error", self.screen.text())

    def test_resizing(self):
        self.begin()
        self.type("(str " + "1234567890 " * 8)
        self.shows_typed("(str " + "1234567890 " * 8)
        self.resize(20, 40)
        self.settle()
        self.type(")")
        self.shows_typed("1234567890)")
        self.resize(40, 120)
        self.settle()
        self.enter("")
        self.assertIn('"' + "1234567890" * 8 + '"', self.screen.text().replace("\n", ""))

    def test_garbage(self):
        self.begin()
        self.type(b"\xff\xfe\x80\x00\x01\x1b[999;999X\x1b]0;x\x07\x0b\x1c\x1d")
        self.settle()
        self.interrupt()
        self.interrupt()
        self.assertIn("\n42\n", self.enter("(+ 40 2)"))
        before = self.count_prompts()
        self.type(b"\x1b[200~(print \"\xff\xfe\x00\")\x1b[201~\r")
        self.prompt_after(before)
        self.assertIn("\n43\n", self.enter("(+ 40 3)"))

    def test_a_terminal_that_goes_away(self):
        self.begin()
        self.hang_up()
        self.assertIn(self.status(), (-signal.SIGHUP, 0, 1))

    def test_a_terminal_that_goes_away_unnoticed(self):
        self.start("/bin/sh", "-c", f"trap '' HUP; '{CATENA}' repl 2> '{self.folder}/err'; echo $? > '{self.folder}/status'")
        self.shows(r"^catena>$")
        self.type("(def kept 1)\r")
        self.settle()
        self.hang_up()
        self.status()
        with open(os.path.join(self.folder, "status"), encoding="utf-8") as file:
            self.assertIn(file.read().strip(), ("0", "1", "120"))
        with open(os.path.join(self.folder, "err"), encoding="utf-8") as file:
            self.assertNotIn("Traceback", file.read())

    def test_no_colour(self):
        self.begin(NO_COLOR="1")
        self.enter("(def x \"y\")")
        self.enter("(nonsense)")
        self.assertNotRegex(self.raw, rb"\x1b\[[0-9;]*[349][0-7][;m]")

    def test_colours(self):
        self.begin()
        self.type('(def x "y")')
        self.until(lambda: re.search(rb'\x1b\[[0-9;]*32m"y"', self.raw), "a green string")
        self.until(lambda: re.search(rb"\x1b\[[0-9;]*35[0-9;]*mdef", self.raw), "a purple def")

    def test_questions_and_commands(self):
        self.begin()
        self.assertIn("(inc x)", self.enter("inc?"))
        self.assertRegex(self.enter("%time (+ 1 2)"), r"\n3\n.*of which")
        self.assertIn("\nshell\n", self.enter("!echo sh''ell"))
        self.assertIn("there is no command %nothing", self.enter("%nothing"))
        self.assertNotIn("Traceback", self.screen.text())

    def test_commands_that_go_wrong_say_what_is_wrong(self):
        self.begin()
        self.write("latin.lisp", b"(print \"\xe9\")")
        for line, message in (("%timeit (/ 1 0)", "<%timeit>:1:1: ZeroDivisionError: division by zero\n  1 | (/ 1 0)"),
                              ("%timeit 1) (+ 2", "<%timeit>:1:2: ReadError: ) closes nothing"),
                              ("%time (nonsense)", "<%time>:1:2: NameError"),
                              ("%time", "catena: %time needs a form"),
                              ("%run none.lisp", "catena: none.lisp: No such file or directory"),
                              ("%run latin.lisp", "catena: latin.lisp is not UTF-8"),
                              ('%run "', "catena: %run: No closing quotation"),
                              ("%cd /nowhere", "catena: /nowhere: No such file or directory"),
                              ("!", "catena: ! needs a command"),
                              ("!exit 3", "(status 3)")):
            with self.subTest(line=line):
                self.assertIn(f"catena> {line}\n{message}", self.enter(line))
        self.assertNotIn("<catena>", self.screen.text())

    def test_timed_forms_go_on_over_lines(self):
        self.begin()
        self.type("%time (+ 1\r")
        self.shows(r"^   \.\.\.>          $|^   \.\.\.>$")
        self.assertRegex(self.enter("2)"), r"\n3\n.*of which")

    def test_completion_of_commands_and_files(self):
        self.write("program.lisp", '(print "ran" *args*)')
        os.mkdir(os.path.join(self.folder, "data folder"))
        self.write("data folder/table.csv", "1,2\n")
        self.begin()
        for typed, whole in (("%timei", "%timeit"), ("%run prog", "%run program.lisp"), ("!cat prog", "!cat program.lisp"),
                             ('(slurp "data', '(slurp "data folder/'), ('(slurp "data folder/t', '(slurp "data folder/table.csv'),
                             ('(slurp "/etc/passw', '(slurp "/etc/passwd')):
            with self.subTest(typed=typed):
                self.type(typed + "\t")
                self.shows(re.escape("catena> " + whole) + "(?:-?$|-)")
                self.interrupt()

    def test_long_help_goes_through_the_pager(self):
        self.write("pager", '#!/bin/sh\necho "paged $(wc -l) lines"\n')
        os.chmod(os.path.join(self.folder, "pager"), 0o755)
        self.begin(PAGER="./pager", rows=10)
        self.enter("(import json)")
        self.assertRegex(self.enter("json.dumps??"), r"\npaged [1-9]\d lines\n")
        self.assertNotIn("paged", self.enter("inc?").split("inc?")[-1])
        self.begin(PAGER="/nowhere/less", rows=10)
        self.enter("(import json)")
        self.assertIn("Serialize ``obj``", self.enter("json.dumps??"))

    def test_large_values_are_cut(self):
        self.begin()
        self.enter("(vec (range 1000000))")
        self.assertRegex(self.screen.text(), r"… 999,\d\d\d more\]")
        self.enter('(* "x" 100000000)')
        self.assertIn('…"', self.screen.text())

    def test_debugger(self):
        self.begin()
        self.enter("(defn inner [x] (/ x 0))")
        self.enter("(defn outer [x] (inc (inner x)))")
        self.enter("(outer 1)")
        self.type("(debug)\r")
        self.shows(r"\(Pdb\)")
        self.type("w\n")
        self.shows(r"inner\(\)")
        self.type("q\n")
        self.shows(r"^catena>$")
        self.assertIn("\n5\n", self.enter("5"))

    def test_a_start_up_file(self):
        self.write(".config/catena/init.lisp", "(def from-start-up 17)")
        self.begin()
        self.assertIn("\n17\n", self.enter("from-start-up"))

    def test_a_broken_start_up_file(self):
        self.write(".config/catena/init.lisp", "(def before 17)\n(nonsense)\n(def after 1)\n")
        self.begin()
        self.assertIn("init.lisp:2:2: NameError", self.screen.text())
        self.assertIn("the session begins without the rest of it", self.screen.text().replace("\n", " ").replace("  ", " "))
        self.assertIn("\n17\n", self.enter("before"))

    def test_start_up_files_that_cannot_be_read(self):
        for contents, message in ((b"\xff\xfe", "is not UTF-8"), (b"(unclosed", "is not closed")):
            self.write(".config/catena/init.lisp", contents)
            self.begin()
            self.assertIn(message, self.screen.text())
        os.unlink(os.path.join(self.folder, ".config/catena/init.lisp"))
        os.makedirs(os.path.join(self.folder, ".config/catena/init.lisp"))
        self.begin()
        self.assertIn("cannot be read", self.screen.text())

    def test_a_full_disk_for_the_history(self):
        os.makedirs(os.path.join(self.folder, ".local/state/catena"))
        os.symlink("/dev/full", os.path.join(self.folder, ".local/state/catena/history"))
        self.begin(TMPDIR=self.folder)
        self.enter("(+ 40 2)")
        self.assertIn("cannot be written", self.screen.text())
        self.assertIn("\n44\n", self.enter("(+ 40 4)"))
        self.assertEqual(self.screen.text().count("cannot be written"), 1)
        self.type("\x1b[A\x1b[A")
        self.shows(r"^catena> \(\+ 40 2\)\Z")
        self.interrupt()
        self.type("\x04")
        self.assertEqual(self.status(), 0)
        self.assertIn("2 entries of the history could not be saved", self.screen.text())
        saved = [name for name in os.listdir(self.folder) if name.startswith("catena-history-")]
        self.assertEqual(len(saved), 1)
        with open(os.path.join(self.folder, saved[0]), encoding="utf-8") as file:
            self.assertIn("+(+ 40 2)\n", file.read())

    def test_a_disk_that_fills_up_loses_nothing(self):
        path = self.write(".local/state/catena/history", "\n# then\n+(old entry)\n" * 100)
        size = os.path.getsize(path)
        # 1 block of 512 bytes more than there is; a signal that a shell ignores stays ignored.
        self.start("/bin/sh", "-c", f"trap '' XFSZ; ulimit -f {size // 512 + 1}; exec '{CATENA}' repl", TMPDIR=self.folder)
        self.shows(r"^catena>$")
        self.enter('(def long "' + "x" * 60 + '" "' + "y" * 600 + '")')
        self.assertIn("cannot be written", self.screen.text())
        self.assertEqual(os.path.getsize(path), size)
        self.enter("(+ 1 2)")
        self.type("\x04")
        self.assertEqual(self.status(), 0)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read()[:size], "\n# then\n+(old entry)\n" * 100)

    def test_sessions_share_a_history(self):
        self.begin()
        self.enter("(def first 1)")
        self.start(CATENA, "repl")
        self.shows(r"^catena>$")
        self.enter("(def second 2)")
        with open(os.path.join(self.folder, ".local/state/catena/history"), encoding="utf-8") as file:
            text = file.read()
        self.assertIn("+(def first 1)\n", text)
        self.assertIn("+(def second 2)\n", text)

    def test_leaving_in_other_ways(self):
        self.begin()
        self.enter("(import sys)")
        self.type("(sys.exit 4)\r")
        self.assertEqual(self.status(), 4)

    def test_after_a_program(self):
        self.write("program.lisp", "(def answer 42)")
        self.begin("-i", "program.lisp")
        self.assertNotIn("Ctrl-D", self.screen.text())
        self.assertIn("\n42\n", self.enter("answer"))


if __name__ == "__main__":
    unittest.main()
