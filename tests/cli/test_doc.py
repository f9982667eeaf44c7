"""`catena doc`: names of Catena's and of Python's, modules, files; what is not there, what cannot be read."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import CATENA, Case, catena, environment  # noqa: E402
from terminal import on_terminal  # noqa: E402

PROGRAM = """#!/usr/bin/env catena
; What this is for.
;   catena tool.lisp
(print "RAN")
(defn pad "Blanks around." [^str text &opt (width 10) & more] text)
(defn- hidden "Not shown." [] 1)
(defn both "Two ways." ([a] 1) ([a b] 2))
(defmacro twice [form] form)
(defclass Box [dict] "Holds." (defn grown [self n] n))
(def size "How big." 3)
"""


class Doc(Case):
    def doc(self, *names, **options):
        options.setdefault("cwd", self.folder)
        return catena("doc", *names, **options)

    def says(self, *pieces, names):
        result = self.doc(*names)
        self.assertEqual((result.stderr, result.returncode), ("", 0))
        for piece in pieces:
            self.assertIn(piece, result.stdout)
        return result.stdout

    def test_core_names(self):
        self.assertTrue(self.says("\n  (map inc [1 2 3]) => [2 3 4]\n", names=["map"]).startswith("(map f xs)\n"))
        self.says("Passes the value through the steps", names=["->"])
        self.says("(/ x & ys)", names=["/"])
        self.says("(- x & ys)", names=["-"])

    def test_special_forms_and_constants(self):
        self.says("if (special form)\n  (if condition then else?)", names=["if"])
        self.says(". (special form)", names=["."])
        self.says("nil\n  nil\n\na value of type NoneType", names=["nil"])

    def test_several_names(self):
        self.says("(map f xs)", "\n\nlen(obj, /)\n", names=["map", "len"])

    def test_python(self):
        self.says("JSON (JavaScript Object Notation)", "  dumps ", names=["json"])
        self.says("json.dumps(obj", "json/__init__.py:", names=["json.dumps"])
        self.says("(obj", names=["json/dumps"])
        self.says("uppercase", names=["str.upper"])
        self.says("3.14159", "a value of type float", names=["math.pi"])
        self.says("modules in it: ", names=["json"])
        self.says("os.path", names=["os.path"])

    def test_files_are_read_not_run(self):
        self.write("tool.lisp", PROGRAM)
        expected = (
            "tool.lisp\n  What this is for.\n    catena tool.lisp\n\n"
            "(pad ^str text &opt (width 10) & more)\n  Blanks around.\n\n(both a)\n(both a b)\n  Two ways.\n\n"
            "(twice form)\n\nBox\n  Holds.\n\nsize\n  How big.\n"
        )
        self.assertEqual(self.says(names=["tool.lisp"]), expected)
        self.assertEqual(self.says(names=["./tool.lisp"]), "./" + expected)

    def test_the_first_string_of_a_file(self):
        self.write("tool.lisp", '; A comment.\n"What this\n is for."\n(defn f [] 1)\n')
        self.assertEqual(self.says(names=["tool.lisp"]), "tool.lisp\n  What this\n  is for.\n\n(f)\n")

    def test_modules_and_packages_of_catena_are_read_not_run(self):
        path = self.write("pack/my-tool.lisp", PROGRAM)
        self.write("pack/__init__.lisp", '(print "RAN TOO")')
        for name in ("pack.my-tool", "pack.my_tool"):
            self.assertTrue(self.says("Blanks around.", names=[name]).startswith(path + "\n  What"))
        for name in ("pack.my-tool/pad", "pack.my_tool.pad"):
            text = f"(pad ^str text &opt (width 10) & more)\n  Blanks around.\n\n{path}\n"
            self.assertEqual(self.says(names=[name]), text)
        self.assertEqual(self.says(names=["pack.my-tool/Box.grown"]), f"(grown self n)\n\n{path}\n")
        self.assertIn("__init__.lisp\n  no documentation\n", self.says(names=["pack"]))
        self.fails(1, "no name, module or file 'pack.my-tool/nothing'", result=self.doc("pack.my-tool/nothing"))

    def test_a_file_does_not_hide_a_name(self):
        self.write("map", "; A program without an ending.\n")
        self.says("(map f xs)", names=["map"])
        self.says("./map\n  A program without an ending.\n", names=["./map"])
        self.write("runme", "; A program without an ending.\n")
        self.says("A program without an ending.\n", names=["runme"])

    def test_what_is_not_there(self):
        result = self.fails(1, "no name, module or file 'maap' (did you mean 'map'?)", result=self.doc("maap", "len"))
        self.assertIn("len(obj", result.stdout)
        for name, meant in (("math.sqt", "math.sqrt"), ("os.path/joyn", "os.path/join"), ("str.jon", "str.join"),
                            ("bridge/stat", "bridge/stats"), ("pathlib.Path.glb", "pathlib.Path.glob")):
            self.fails(1, f"no name, module or file '{name}' (did you mean '{meant}'?)", result=self.doc(name))
        self.assertNotIn("did you mean", self.doc("no_such_module.frst").stderr)
        for name in ("", "numpyy", "json.nothing", "..", "a b", "(f)", "x/", "/x", "no/such.lisp"):
            self.fails(1, f"no name, module or file '{name}'", result=self.doc(name))
        self.fails(1, "no name, module or file", result=self.doc(b"\xff"))
        self.fails(2, "doc needs a name", result=self.doc())
        self.fails(2, "unknown option '--nothing'", result=self.doc("--nothing"))

    def test_what_cannot_be_read(self):
        self.write("open.lisp", "(defn f [x")
        self.write("bytes.lisp", b"\xfe\xff")
        self.write("broken_module.py", "1 / 0\n")
        self.fails(1, "open.lisp:1:9: ReadError: the [ at 1:9 is not closed", result=self.doc("open.lisp"))
        self.fails(1, "catena: bytes.lisp: is not UTF-8 (byte 0)", result=self.doc("bytes.lisp"))
        self.fails(1, "ask for the module, without .py", result=self.doc("broken_module.py"))
        self.fails(1, "broken_module: ZeroDivisionError: division by zero", result=self.doc("broken_module"))

    def test_a_terminal_gets_the_pager(self):
        shown, _, status = on_terminal(CATENA, "doc", "map", env=environment(PAGER="sed s/^/paged:/", TERM="xterm"))
        self.assertEqual(status, 0)
        self.assertTrue(shown.startswith(b"paged:(map f xs)"), shown)


if __name__ == "__main__":
    unittest.main()
