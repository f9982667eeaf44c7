"""Input of every broken kind: a located message and a plain exit status, never a signal, never a hang."""

import os
import random
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import CATENA, PATIENCE, Case, catena, environment  # noqa: E402


class Memory(Case):
    """What needs more memory than there is, is an error."""

    @unittest.skipIf(os.environ.get("CATENA_SANITIZED"), "a sanitizer wants more address space than that")
    def test_a_limit_of_address_space(self):
        for expression in ("(apply + (range 300000000))", "(apply max 1 (range 20000000))", '(read-string (* "(" 50000000))',
                           '(read-string (+ "[" (* "1 " 30000000) "]"))', "(vec (range 100000000000))", "(max #* (range 300000000))"):
            with self.subTest(expression=expression):
                result = subprocess.run(["sh", "-c", "ulimit -v 1000000; exec \"$0\" -e \"$1\"", CATENA, expression], text=True,
                                        capture_output=True, env=environment(), timeout=PATIENCE, check=False)
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertRegex(result.stderr, r"<-e>:1:\d+: (MemoryError|ReadError: the text is too large for the memory there is)")


class Files(Case):
    def test_missing_file(self):
        self.fails(1, "catena: none.lisp: cannot be read: No such file or directory", result=catena("none.lisp"))

    def test_folder(self):
        self.fails(1, f"catena: {self.folder}: cannot be read: it is a folder", result=catena(self.folder))

    def test_python_program(self):
        path = self.write("tool.py", "import os\n")
        for command in ([path], ["check", path], ["dump", path]):
            with self.subTest(command=command):
                self.fails(1, "tool.py: this is Python, which python3 runs", result=catena(*command))

    def test_unreadable_file(self):
        path = self.write("secret.lisp", "nil")
        os.chmod(path, 0)
        if os.access(path, os.R_OK):
            self.skipTest("root reads everything")
        self.fails(1, "secret.lisp", "Permission denied", result=catena(path))

    def test_empty_file(self):
        for text in ("", "\n", "; only a comment", "#!/usr/bin/env catena", "#| nothing |#", "\ufeff"):
            with self.subTest(text=text):
                result = self.run_file("empty.lisp", text)
                self.assertEqual((result.stdout, result.stderr, result.returncode), ("", "", 0))

    def test_invalid_utf_8(self):
        result = self.run_file("bad.lisp", b'(print "ok")\n(print "\xff")\n')
        self.fails(1, "bad.lisp:2:9: ", "UTF-8", result=result)
        self.assertEqual(result.stdout, "")
        self.fails(1, "<stdin>:1:1: ", result=catena("-", input="\udcff"))

    def test_binary_files(self):
        with open(os.environ.get("CATENA_TEST_PYTHON", sys.executable), "rb") as file:
            data = file.read(100_000)
        self.fails(1, "program.bin:1:", result=self.run_file("program.bin", data))

    def test_nul_bytes(self):
        result = self.run_file("nul.lisp", b"(print 1)\x00\n")
        self.assertIn(result.returncode, (0, 1))

    def test_line_ends(self):
        result = self.run_file("dos.lisp", "(print 1)\r\n(pritn 2)\r\n")
        self.fails(1, "dos.lisp:2:2: NameError", result=result)

    def test_odd_names(self):
        for name in ("with space.lisp", "grün.lisp", "new\nline.lisp", "(.lisp", "%s.lisp", "no text \udcff.lisp"):
            with self.subTest(name=name):
                self.assertEqual(self.run_file(name, "(print 1)").stdout, "1\n")
        result = self.run_file("%s%n.lisp", "(/ 1 0)")
        self.fails(1, "%s%n.lisp:1:1: ZeroDivisionError", result=result)


class Delimiters(Case):
    def test_each_is_located(self):
        for text, place in (
            ("(print 1", "1:1"),
            ("\n  [1 2", "2:3"),
            ("{:a", "1:1"),
            ("(a [b)", "1:6"),
            (")", "1:1"),
            ("(a))", "1:4"),
            ('"abc', "1:1"),
            ('f"{x"', "1:"),
            ("#| x", "1:1"),
            ("'", "1:1"),
            ("{:a 1 :b}", "1:"),
            ("0x", "1:1"),
            ("1e", "1:1"),
            ("12abc", "1:1"),
            (r'"\q"', "1:2"),
            (r'"\x1"', "1:2"),
            ('#"("', "1:1"),
        ):
            with self.subTest(text=text):
                self.fails(1, f"<-e>:{place}", result=catena("-e", text))

    def test_a_million_brackets(self):
        for text in ("(" * 1_000_000, "[" * 1_000_000 + "]" * 1_000_000, "'" * 1_000_000 + "x", ")" * 1_000_000):
            with self.subTest(text=text[:1] + text[-1:]):
                result = catena("-", input=text)
                self.assertIn(result.returncode, (0, 1), result.stderr[-500:])
                self.assertLess(len(result.stderr), 10_000)

    def test_noise(self):
        """Random text from the reader's own alphabet: an error or a value, within a moment."""
        alphabet = list("()[]{}#'`,@~^%&:;.\"\\|!?*+-/<>=_ \n\t0123456789abfrxnil") + ["fn ", "let ", "if ", "é", "中"]
        source = random.Random(20240301)
        for i in range(60):
            text = "".join(source.choice(alphabet) for _ in range(source.randrange(1, 80)))
            with self.subTest(i=i, text=text):
                self.assertIn(catena("-", input=text).returncode, (0, 1))

    def test_bytes(self):
        source = random.Random(20240302)
        for i in range(20):
            data = bytes(source.randrange(256) for _ in range(source.randrange(1, 200)))
            with self.subTest(i=i, data=data):
                result = catena("-", input=data, text=False)
                self.assertIn(result.returncode, (0, 1))


class Forms(Case):
    def test_wrong_shapes_are_located(self):
        for text in (
            "(if)", "(let [x] x)", "(let 5 x)", "(fn 5)", "(def)", "(defn f)", "(set! 1 2)", "(recur)", "(+ 1 (recur))",
            "(break)", "(quote)", "(try)", "(loop [x 1 y] x)", "(for [x] x)", "(match)", "(import)", "(yield 1)", "(. )",
            "(defmacro m)", "(catch E e 1)", ",x", "(fn [a a] 1)", "(fn [& ] 1)", "(defclass)", "(await)", "()",
            "(defmacro m [x] `(m ,x)) (m 1)",
        ):
            with self.subTest(text=text):
                result = catena("-e", text)
                if text in ("()", "(try)"):
                    self.assertIn(result.returncode, (0, 1))
                    continue
                self.fails(1, "<-e>:1:", result=result)

    def test_deep_expansion(self):
        nested = "(do " * 20_000 + "1" + ")" * 20_000
        result = catena("-", input=nested)
        self.assertIn(result.returncode, (0, 1), result.stderr[-500:])

    def test_deep_and_endless_patterns(self):
        deep = "(let [" + "[" * 50_000 + "a" + "]" * 50_000 + " [1]] a)"
        self.fails(1, "<stdin>:1:", result=catena("-", input=deep))
        endless = "(defmacro m [] (let [l []] (.append l l) `(let [,l 1] 1))) (m)"
        self.fails(1, "<-e>:1:", result=catena("-e", endless))

    def test_a_program_may_empty_sys_modules(self):
        result = catena("-e", "(import sys) (.clear sys.modules) (import json) (print (json.dumps 1))")
        self.assertEqual((result.returncode, result.stdout), (0, "1\n"))


if __name__ == "__main__":
    unittest.main()
