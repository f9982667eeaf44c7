"""`catena dump`: what it expands, and where it says that something is wrong."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import Case, catena  # noqa: E402


class Expanded(Case):
    def dump(self, text):
        self.write("a.lisp", text)
        return catena("dump", "--expanded", "a.lisp", cwd=self.folder)

    def test_a_macro_that_a_template_names(self):
        result = self.dump(
            "(defmacro a2 [n v] `(let [,n ,v] ,n))\n(defmacro b2 [n v] `(a2 ,n ,v))\n(prn (b2 q 5))\n"
        )
        self.assertEqual(result.stderr, "")
        self.assertEqual(result.stdout.splitlines()[-1], "(prn (let [q 5] q))")

    def test_errors_have_places(self):
        for text, place, words in (
            ("1\n(if-let [x 1])", "2:1", "if-let takes from 2 to 3 arguments"),
            ("1\n(do 2 [(if-let [x 1])])", "2:8", "if-let takes from 2 to 3 arguments"),
            ("(defmacro m [x] x)\n(prn (m))", "2:6", "m takes 1 argument"),
            ("(defmacro m [x] (throw (CompileError \"no\")))\n(prn (m 1))", "2:6", "m: no"),
            ("(defmacro r [x] `(r (+ ,x)))\n(prn (r 1))", "2:6", "the macro `r` expands without end"),
            ("(defmacro r [x] `(+ 1 (r ,x)))\n(prn (r 1))", "2:6", "the code is nested too deeply to expand"),
        ):
            result = self.dump(text)
            self.assertEqual(result.returncode, 1, text)
            first = result.stderr.splitlines()[0]
            self.assertTrue(first.startswith(f"a.lisp:{place}: CompileError: {words}"), first)


if __name__ == "__main__":
    unittest.main()
