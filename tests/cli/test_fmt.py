"""`catena fmt`: files, folders and standard input; what is kept, what is refused; random programs."""

import glob
import os
import random
import re
import stat
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import SOURCE, Case, catena, environment  # noqa: E402

FOLDERS = ("examples", "stdlib", "repl", "docs", "tests")  # where the project's own programs are
UGLY = "(defn  f [ x ]\n      (* x   2 )  ; twice\n)\n"
NEAT = "(defn f [x]\n  (* x 2)  ; twice\n  )\n"


class Files(Case):
    def read(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read().decode("utf-8")

    def fmt(self, *arguments, **options):
        return catena("fmt", *arguments, cwd=self.folder, **options)

    def test_in_place(self):
        self.write("a.lisp", UGLY)
        result = self.fmt("a.lisp")
        self.assertEqual((result.stdout, result.stderr, result.returncode), ("formatted a.lisp\n", "", 0))
        self.assertEqual(self.read("a.lisp"), NEAT)
        again = self.fmt("a.lisp")
        self.assertEqual((again.stdout, again.stderr, again.returncode), ("", "", 0))

    def test_check_writes_nothing(self):
        self.write("a.lisp", UGLY)
        self.write("b.lisp", NEAT)
        result = self.fmt("--check", "a.lisp", "b.lisp")
        self.assertEqual((result.stdout, result.stderr, result.returncode), ("a.lisp is not formatted\n", "", 1))
        self.assertEqual(self.read("a.lisp"), UGLY)
        self.assertEqual(self.fmt("--check", "b.lisp").returncode, 0)

    def test_diff_writes_nothing(self):
        self.write("a.lisp", UGLY)
        result = self.fmt("--diff", "a.lisp")
        self.assertEqual((result.stderr, result.returncode), ("", 0))
        self.assertIn("-(defn  f [ x ]\n", result.stdout)
        self.assertIn("+(defn f [x]\n", result.stdout)
        self.assertEqual(self.read("a.lisp"), UGLY)
        self.assertEqual(self.fmt("--check", "--diff", "a.lisp").returncode, 1)

    def test_standard_input(self):
        result = self.fmt("-", input=UGLY)
        self.assertEqual((result.stdout, result.stderr, result.returncode), (NEAT, "", 0))
        check = self.fmt("--check", "-", input=UGLY)
        self.assertEqual((check.stdout, check.returncode), ("<stdin> is not formatted\n", 1))

    def test_folders(self):
        self.write("src/a.lisp", UGLY)
        self.write("src/deep/b.lisp", UGLY)
        self.write("src/c.txt", UGLY)
        self.write("src/.hidden/d.lisp", UGLY)
        self.assertEqual(self.fmt("src").stdout, "formatted src/a.lisp\nformatted src/deep/b.lisp\n")
        self.assertEqual((self.read("src/c.txt"), self.read("src/.hidden/d.lisp")), (UGLY, UGLY))

    def test_mode_and_links_stay(self):
        path = self.write("script", "#!/usr/bin/env catena\n" + UGLY)
        os.chmod(path, 0o751)
        os.symlink("script", os.path.join(self.folder, "link"))
        self.assertEqual(self.fmt("link").returncode, 0)
        self.assertTrue(os.path.islink(os.path.join(self.folder, "link")))
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o751)
        self.assertEqual(self.read("script"), "#!/usr/bin/env catena\n" + NEAT)
        self.assertEqual(sorted(os.listdir(self.folder)), ["link", "script"])

    def test_line_ends_stay(self):
        self.write("a.lisp", UGLY.replace("\n", "\r\n"))
        self.fmt("a.lisp")
        self.assertEqual(self.read("a.lisp"), NEAT.replace("\n", "\r\n"))

    def test_one_bad_file_does_not_keep_the_others(self):
        self.write("bad.lisp", "(defn f [x\n")
        self.write("bytes.lisp", b"(f \xff)")
        self.write("good.lisp", UGLY)
        result = self.fmt("bad.lisp", "bytes.lisp", "none.lisp", "good.lisp")
        self.fails(1, "bad.lisp:1:9: ReadError", "bytes.lisp: is not UTF-8 (byte 3)", "none.lisp: there is no such",
                   result=result)
        self.assertNotIn("Traceback", result.stderr)
        self.assertEqual((self.read("bad.lisp"), self.read("good.lisp")), ("(defn f [x\n", NEAT))

    def test_python_is_left_alone(self):
        path = self.write("tool.py", "def f(x):\n    return x\n")
        self.fails(1, "tool.py: this is Python", result=catena("fmt", path))
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "def f(x):\n    return x\n")

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_what_may_not_be_written(self):
        os.chmod(self.write("a.lisp", UGLY), 0o444)
        self.fails(1, "a.lisp: Permission denied", result=self.fmt("a.lisp"))
        self.assertEqual(self.read("a.lisp"), UGLY)

    def test_usage(self):
        self.fails(2, "fmt needs a file, a folder or -", result=self.fmt())
        self.fails(2, "did you mean '--check'?", result=self.fmt("--chekc", "."))


class Projects(Case):
    def test_the_examples_are_formatted(self):
        result = catena("fmt", "--check", os.path.join(SOURCE, "examples"))
        self.assertEqual((result.stdout, result.stderr, result.returncode), ("", "", 0))

    def test_every_program_of_the_project_settles(self):
        for folder in FOLDERS:
            for path, _, names in os.walk(os.path.join(SOURCE, folder)):
                # Some of these are wrong on purpose.
                for name in names if not path.endswith("bad-input") else []:
                    if not name.endswith(".lisp"):
                        continue
                    with open(os.path.join(path, name), "rb") as file:
                        self.write(os.path.join(folder, os.path.relpath(path, SOURCE), name), file.read())
        result = catena("fmt", self.folder)
        self.assertEqual((result.stderr, result.returncode), ("", 0))
        again = catena("fmt", "--check", self.folder)
        self.assertEqual((again.stdout, again.stderr, again.returncode), ("", "", 0))


class Writer:
    """Random programs that can be read, written as nobody should write them."""

    HEADS = "let defn if cond case do fn when f (g) np.array .method -> and for try match foo-bar-baz-quux-long-name".split()

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.atoms = ["x", "y-z", ":key", "1", "-2.5", "nil", '"s"', '"a ; b"', '"\nraw\n  lines"', '#"\\d+"', 'r"\\a"',
                      'b"x"', 'f""', 'f"a {x} b"', 'f"{(f "q"  1):>{w}}{{"', 'f"{x!r}"', "λ", '"日本"', "'q", "`(a ,b ,@c)",
                      "#_dropped z", "#_ (dropped  too) z", "^int x", "@a", "...", "#(+ %  1)", '"' + "long " * 12 + '"']

    def blank(self):
        kinds = [" ", " ", " ", "  ", "    ", "\n", "\n", "\n    ", "\n\n\n", ", ", " ; note\n", ",; note\n", "\n; own line\n",
                 " #| block |# ", "\n#| two\n   lines |#\n", "\t"]
        return self.random.choice(kinds)

    def form(self, depth):
        if depth == 0 or self.random.random() < 0.4:
            return self.random.choice(self.atoms)
        count = self.random.randrange(0, 7)
        opening, closing = self.random.choice(["()", "()", "()", "[]", "{}", ("#{", "}"), ("#[", "]"), ("'(", ")")])
        if opening == "{":
            count = 2 * (count // 2)
        parts = [self.form(depth - 1) for _ in range(count)]
        if opening == "(" and parts:
            parts[0] = self.random.choice(self.HEADS)
        if opening == "{":  # what #_ drops would leave keys without values
            parts = [part.replace("#_dropped ", "").replace("#_ (dropped  too) ", "") for part in parts]
            parts = [part.removeprefix("^int ") for part in parts]
        text = opening + self.random.choice(["", "", " ", "\n"])
        for part in parts:
            text += part + self.blank()
        return text + closing

    def program(self):
        return "".join(self.form(5) + self.random.choice(["\n", "\n\n", " ", "\n\n\n\n", " ; end\n"]) for _ in range(6))


class RandomPrograms(Case):
    def test_settled_and_read_the_same(self):
        originals = {}
        for seed in range(300):
            name = f"{seed:03}.lisp"
            originals[name] = Writer(seed).program()
            self.write(name, originals[name])
        first = catena("fmt", ".", cwd=self.folder)
        self.assertEqual((first.stderr, first.returncode), ("", 0))
        second = catena("fmt", "--check", "--diff", ".", cwd=self.folder)
        self.assertEqual((second.stdout, second.stderr, second.returncode), ("", "", 0))
        # The command compares what it reads itself; here it is compared from outside, as Catena prints it.
        script = self.write("forms.py.lisp", '(import sys)\n(doseq [p *args*] (prn (read-string (str "(" (slurp p) "\\n)"))))\n')
        names = sorted(originals)
        ordered = environment(PYTHONHASHSEED="0")  # for sets
        after = catena(script, *names, cwd=self.folder, env=ordered)
        for name in names:
            self.write(name, originals[name])
        before = catena(script, *names, cwd=self.folder, env=ordered)
        self.assertEqual((before.stderr, before.returncode), ("", 0))
        self.assertEqual(after.stdout, before.stdout)

    PIECES = ["(", ")", "[", "]", "{", "}", '"', ";", "#|", "|#", "#_", "'", "`", ",", ",@", "~", "#(", "#{", "#[", '#"', 'f"{x}"', "^T ",
              "\\", "\n", "\n\n\n", "\t", "\r\n", "  ", "; c\n", "#! x\n", "é", "\0", "\f", "\u2028", 'r"', "@", ":", "%", " #_ #_ a b ", "\ufeff"]

    def mutated(self, text, rng):
        for _ in range(rng.choice([1, 1, 2, 5])):
            at = rng.randrange(len(text) + 1)
            kind = rng.randrange(4)
            if kind == 0:
                text = text[:at] + rng.choice(self.PIECES) + text[at:]
            elif kind == 1:
                text = text[:at] + text[at + rng.randrange(1, 5) :]
            elif kind == 2:
                text = text[: at + rng.randrange(1, 60)] + text[at:]
            else:
                text = re.sub(rng.choice(["\n", " ", "\n +"]), rng.choice([" ", "\n", "", "  "]), text, count=rng.randrange(1, 20))
        return text

    def test_broken_programs_are_left_alone_and_others_settle(self):
        paragraphs = []
        for path in sorted(path for folder in FOLDERS for path in glob.glob(os.path.join(SOURCE, folder, "**", "*.lisp"), recursive=True)):
            with open(path, encoding="utf-8", errors="replace", newline="") as file:
                paragraphs += re.split(r"\n\n(?=\()", file.read())
        rng, texts = random.Random(7), {}
        for number in range(600):
            at = rng.randrange(len(paragraphs))
            texts[f"{number:03}.lisp"] = self.mutated("\n\n".join(paragraphs[at : at + 4])[:3000], rng).encode()
        for name, text in texts.items():
            self.write(name, text)
        first = catena("fmt", ".", cwd=self.folder)
        self.assertNotIn("please report", first.stderr)
        broken = set(re.findall(r"(?m)^\./(\d{3}\.lisp):", first.stderr))
        self.assertTrue(100 < len(broken) < 500, len(broken))
        for name in broken:
            with open(os.path.join(self.folder, name), "rb") as file:
                self.assertEqual(file.read(), texts[name])
        again = catena("fmt", "--check", "--diff", ".", cwd=self.folder)
        self.assertEqual((again.stdout, again.stderr), ("", first.stderr))


if __name__ == "__main__":
    unittest.main()
