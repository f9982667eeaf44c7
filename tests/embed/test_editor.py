"""The text editor of examples/embed/editor: what its config may do, and what a broken one cannot."""

import os
import unittest

import package
from package import run

CONFIG = os.path.join(package.EXAMPLES, "editor", "config.lisp")


class Editor(package.HostTestCase):
    example = "editor"

    def edit(self, config, text, *keys):
        """The messages, and the file afterwards."""
        notes = self.write("notes.txt", text)
        output = run(self.program, config, notes, input="\n".join(keys) + "\n")
        return [line.removeprefix("-- ").replace(self.folder + "/", "") for line in output.splitlines()], self.read("notes.txt")

    def message_of(self, config, *keys):
        """The one message before the greeting of the defaults, which hold when a config fails."""
        messages, _ = self.edit(self.write("config.lisp", config), "", *keys)
        self.assertEqual(messages[1:], ["ready"])
        return messages[0].removeprefix("config: ")

    def test_the_config_that_comes_with_it(self):
        messages, text = self.edit(CONFIG, "alpha  \nbeta", "END", "C-d", "C-u", "RET", "a -> b", "TAB", "BACKSPACE", "C-s")
        self.assertEqual(messages, ["hello", "ALPHA  ", "ALPHA  ", "BETA", "saved 25 bytes"])
        self.assertEqual(text, "alpha\nalpha\na \u2192 b\nbeta\n")

    def test_without_a_config_the_defaults_hold(self):
        messages, text = self.edit("/no/such/config.lisp", "", "x", "TAB", "y", "C-s", "C-q", "z", "C-s")
        self.assertEqual(messages[0][:26], "config: FileNotFoundError:")
        self.assertEqual(messages[1:], ["ready", "saved 7 bytes"])
        self.assertEqual(text, "x    y\n")

    def test_mistakes_in_a_config_have_a_place(self):
        at = "config.lisp:1:1: "
        for config, message in {
            "(options {:tab-widht 2})": at + "ValueError: there is no option tab-widht; "
                                             "there are: final-newline, greeting, tab-width",
            '(options {:tab-width "x"})': at + "TypeError: the option tab-width is an integer",
            "(options {:tab-width 99})": at + "ValueError: the option tab-width is from 1 to 16",
            "(options 5)": at + "TypeError: argument 1 of options: expected a map, not int",
            '(bind {"C-f" 5})': at + "TypeError: expected a function, not 5",
            '(bind {"C-f" :frob})': at + "ValueError: there is no command frob",
            "(bind {5 inc})": at + "TypeError: argument 1 of bind: expected a string, not int",
            '(hook "nope" inc)': at + "ValueError: there is no hook nope",
            '(hook "save" 3)': at + "TypeError: expected a function, not 3",
            "(do\n  (/ 1 0))": "config.lisp:2:3: ZeroDivisionError: division by zero",
            "(import sys) (sys.exit 3)": "config.lisp:1:14: SystemExit: 3",
        }.items():
            with self.subTest(config):
                self.assertEqual(self.message_of(config), message)
        self.assertIn("config.lisp:1:1: catena.ReadError: the ( at 1:1 is not closed", self.message_of("(options"))

    def test_a_command_that_fails_leaves_the_text(self):
        config = self.write("config.lisp", '(bind {"C-f" (fn []\n  (insert "half")\n  (/ 1 0))})')
        messages, text = self.edit(config, "", "one", "C-f", "two", "C-s")
        self.assertEqual(messages, ["ready", "C-f: config.lisp:3:3: ZeroDivisionError: division by zero", "saved 7 bytes"])
        self.assertEqual(text, "onetwo\n")

    def test_a_hook_that_fails_loses_no_text(self):
        config = self.write("config.lisp", '(hook "save" (fn [t] 5))\n(hook "save" #(.nope %))\n(hook "save" upper)')
        messages, text = self.edit(config, "", "kept", "C-s")
        self.assertEqual(messages, ["ready", "save hook: TypeError: expected a string, not int",
                                    "save hook: config.lisp:2:16: AttributeError: 'str' object has no attribute 'nope'",
                                    "saved 5 bytes"])
        self.assertEqual(text, "KEPT\n")

    def test_reloading(self):
        path = os.path.join(self.folder, "config.lisp")
        config = self.write("config.lisp", f"""
            (def path "{path}")
            (bind {{"C-b" #(spit path "(options {{:tab-width 1}}) (oops)")
                    "C-g" #(spit path "(options {{:tab-width 1}})")}})""")
        messages, text = self.edit(config, "", "C-b", "C-r", "TAB", "|", "C-g", "C-r", "TAB", "|", "C-b", "C-s")
        self.assertEqual(messages, ["ready", "config: config.lisp:1:27: NameError: name 'oops' is not defined", "saved 11 bytes"])
        self.assertEqual(text, "    | |C-b\n")

    def test_a_function_of_the_old_config_is_refused(self):
        config = self.write("config.lisp", """
            (import builtins)
            (when-not (hasattr builtins "old_bind")
              (set! builtins.old-bind bind))
            (bind {"C-o" #(builtins.old-bind {"C-x" "quit"})})""")
        messages, _ = self.edit(config, "", "C-r", "C-o", "C-x")
        self.assertEqual(messages, ["ready", "C-o: config.lisp:5:26: RuntimeError: this config has been replaced"])


if __name__ == "__main__":
    unittest.main()
