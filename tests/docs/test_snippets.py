"""The documentation keeps its word: every snippet in README.md and docs/ runs and prints what stands beside it, and every
path that they name exists.

In a ```lisp block, `form ;=> value` says what a form's value is in Catena's notation, `;=> error Type` that it raises,
and `;; prints text` what it prints (several for several lines); a line of comment that goes on with `;=>` belongs to the form before it. Blocks of one
page share a module, so that later ones build on earlier ones. A ```sh block is run in the project's folder, with `catena` as
the program; when a ```text block follows, it holds the output (a line `…` stands for any lines). The ```python blocks of a page are
doctests, run by an ordinary Python that finds the module `catena`. ```lisp norun blocks and the like are only shown, and
```lisp needs:pandas blocks are left out where the Python that is used has no such module. A ```session block shows
the prompt: what stands behind `catena> ` and `...> ` is typed, and the rest is what appears (`0x…` stands for any address).
"""

import functools
import glob
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import CATENA, PATIENCE, SOURCE, Case, catena, environment  # noqa: E402

MODULE = os.path.join(os.path.dirname(CATENA), "python")  # the folder of the extension module
FENCE = re.compile(r"^ *```([^\n`]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|\w+\.(?:md|lisp|txt|json|def))`|\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)")


def pages():
    """The Markdown pages: the README and everything under docs/."""
    found = [os.path.join(SOURCE, "README.md")]
    for folder, _, files in sorted(os.walk(os.path.join(SOURCE, "docs"))):
        found += [os.path.join(folder, name) for name in sorted(files) if name.endswith(".md")]
    return found


def texts():
    """Every page: its name and its text."""
    for page in pages():
        with open(page, encoding="utf-8") as file:
            yield os.path.relpath(page, SOURCE), file.read()


def blocks(text):
    """The fenced blocks: language, words after it, text, line of its first character, and the block behind it."""
    found = list(FENCE.finditer(text))
    for i, match in enumerate(found):
        words = match[1].split()
        following = found[i + 1] if i + 1 < len(found) else None
        if following is not None and text[match.end() : following.start()].strip():
            following = None
        yield words[0] if words else "", words[1:], match[2], text.count("\n", 0, match.start(2)) + 1, following


@functools.lru_cache(None)
def has(module):
    """Whether the program's Python finds the module."""
    found = catena("-e", f"(print (some? ((. ($py \"importlib.util\") find-spec) \"{module}\")))")
    return found.stdout == "True\n"


def runs(words):
    """Whether a block with these words on its fence is run here."""
    return "norun" not in words and all(has(w.removeprefix("needs:")) for w in words if w.startswith("needs:"))


def output_pattern(text):
    """A regular expression for an expected output, in which a line of … stands for any lines."""
    lines = [r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line.rstrip()) + r"[ \t]*\n" for line in text.splitlines()]
    return "".join(lines)


# Reads a page's Lisp blocks and checks the expectations in them; prints one line for each that does not hold.
CHECK = r"""
(import re sys io contextlib)

(defn check
  "Runs the forms of one block; answers how many expectations there were."
  [text line]
  (let [checked 0]
    (doseq [[form-line source expected] (pieces text line)]
      (let [output (io.StringIO)
            outcome (try
                      (with [_ (contextlib.redirect-stdout output)]
                        (let [value nil]
                          (doseq [form (read-all source)] (set! value (eval form)))
                          #["=>" (pr-str value)]))
                      (catch Exception e #["error" f"{(. (type e) __name__)}: {e}"]))
            [kind text] outcome]
        (doseq [[want what] expected]
          (update! checked inc)
          (let [holds (case want
                        "=>"     (and (= kind "=>") (= text what))
                        "error"  (and (= kind "error") (starts-with? text what))
                        "prints" (= (.rstrip (.getvalue output)) (join "\n" (for [[w t] expected :when (= w "prints")] t))))]
            (unless holds
              (print f"line {form-line}: {want} {what!r}, but {kind} {text!r}; printed {(.getvalue output)!r}"))))
        (when (and (= kind "error") (not-any? (fn [e] (= (first e) "error")) expected))
          (print f"line {form-line}: {text}"))))
    checked))

(defn read-all
  "Every form of a text."
  [text]
  (rest (read-string (str "(do " text "\n)"))))

(defn pieces
  "Cuts a block into #[line source expectations], one for each expectation or the rest."
  [text line]
  (let [found [] source [] start line expected []]
    (doseq [[i row] (enumerate (.splitlines text))]
      (let [m (.search #"^(.*?)\s*;(=>|; prints)\s?(.*)$" row)]
        (if (nil? m)
          (do
            (when (not (empty? expected))
              (.append found #[start (join "\n" source) expected])
              (set! source []) (set! expected []) (set! start (+ line i)))
            (.append source row))
          (let [[code mark what] (.groups m)
                same (blank? code)]
            (when (and (not same) (not (empty? expected)))
              (.append found #[start (join "\n" source) expected])
              (set! source []) (set! expected []) (set! start (+ line i)))
            (unless same (.append source code))
            (.append expected
              (cond
                (= mark "; prints") ["prints" (.strip what)]
                (starts-with? what "error ") ["error" (.strip (. what [(: 6 nil)]))]
                else ["=>" (.strip what)]))))))
    (.append found #[start (join "\n" source) expected])
    found))

(import json)
(def checked 0)
(doseq [[line text] (json.load (open (first *args*)))]
  (update! checked + (check text line)))
(print "checked" checked)
"""


# Runs a text of doctests in __main__, as a person types them.
DOCTEST = """
import doctest, sys
import __main__ as main
test = doctest.DocTestParser().get_doctest(open(sys.argv[1], encoding="utf-8").read(), {}, "page", sys.argv[1], 0)
test.globs = vars(main)
sys.exit(doctest.DocTestRunner(optionflags=doctest.IGNORE_EXCEPTION_DETAIL).run(test, clear_globs=False).failed)
"""


class Documentation(Case):
    def test_pages_exist(self):
        self.assertGreater(len(pages()), 3)

    def test_lisp_blocks(self):
        import json

        driver = self.write("check.lisp", CHECK)
        for page, text in texts():
            # Its examples are those of the docstrings, which have a test of their own.
            if page.endswith("core.md"):
                continue
            wanted = [[line, code] for language, words, code, line, _ in blocks(text)
                      if language == "lisp" and runs(words)]
            if not wanted:
                continue
            with self.subTest(page=page):
                data = self.write("blocks.json", json.dumps(wanted))
                result = catena(driver, data, cwd=SOURCE)
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                *problems, last = result.stdout.splitlines()
                self.assertEqual(problems, [])
                self.assertTrue(last.startswith("checked"))

    def test_core_reference_is_what_its_program_writes(self):
        result = catena(os.path.join("docs", "core.lisp"), cwd=SOURCE)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        with open(os.path.join(SOURCE, "docs", "core.md"), encoding="utf-8") as file:
            written = file.read()
        if result.stdout != written:
            pairs = zip(result.stdout.splitlines(), written.splitlines())
            line = next((n for n, (now, then) in enumerate(pairs, 1) if now != then), "the end")
            self.fail(f"docs/core.md is not up to date from line {line}: catena docs/core.lisp > docs/core.md")

    def test_shell_blocks(self):
        tools = os.path.join(self.folder, "bin")
        os.makedirs(tools)
        os.symlink(CATENA, os.path.join(tools, "catena"))
        env = environment(PATH=tools + os.pathsep + os.environ.get("PATH", ""))
        for page, text in texts():
            for language, words, code, line, following in blocks(text):
                if language != "sh" or not runs(words):
                    continue
                with self.subTest(page=page, line=line):
                    # ./dev builds, which a test must not do: the program itself runs what ./dev would run.
                    code = re.sub(r"(?m)^\./dev run", "catena", code)
                    result = subprocess.run(
                        ["sh", "-c", code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=SOURCE, env=env,
                        stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False,
                    )
                    if following is not None and following[1].split()[:1] == ["text"]:
                        self.assertRegex(result.stdout + "\n" if not result.stdout.endswith("\n") else result.stdout,
                                         r"\A" + output_pattern(following[2]) + r"\n*\Z")
                    else:
                        self.assertEqual(result.returncode, 0, result.stdout)

    def test_sessions(self):
        for page, text in texts():
            for language, words, code, line, _ in blocks(text):
                if language != "session" or not runs(words):
                    continue
                with self.subTest(page=page, line=line):
                    typed, appears = [], []
                    for row in code.partition("$ catena\n")[2].splitlines():
                        prompt = re.match(r"catena> |   \.\.\.> ", row)
                        (typed if prompt else appears).append(row[prompt.end() :] if prompt else row)
                    self.assertTrue(typed and appears)
                    result = subprocess.run(
                        [CATENA, "repl", "-q"], input="\n".join(typed) + "\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                        text=True, cwd=SOURCE, env=environment(), timeout=PATIENCE, check=False,
                    )
                    self.assertEqual(re.sub("0x[0-9a-f]+", "0x…", result.stdout).rstrip(), "\n".join(appears).rstrip())

    @unittest.skipUnless(glob.glob(os.path.join(MODULE, "catena.*.so")) and not os.environ.get("CATENA_SANITIZED"),
                         "the extension module is not built")
    def test_python_blocks(self):
        for page, text in texts():
            wanted = [code for language, words, code, _, _ in blocks(text) if language == "python" and runs(words)]
            if not wanted:
                continue
            with self.subTest(page=page):
                examples = self.write("examples.txt", "\n".join(wanted))
                result = subprocess.run(
                    [os.environ.get("CATENA_TEST_PYTHON", sys.executable), "-c", DOCTEST, examples],
                    capture_output=True, text=True, cwd=self.folder, env=environment(PYTHONPATH=MODULE), timeout=PATIENCE, check=False)
                self.assertEqual((result.stdout, result.stderr, result.returncode), ("", "", 0))
                self.assertIn(">>>", "".join(wanted))

    def test_links_lead_to_headings(self):
        def headings(path):
            with open(path, encoding="utf-8") as file:
                lines = re.findall(r"(?m)^#+ (.*)$", FENCE.sub("", file.read()))
            return {re.sub(r"[^\w\- ]", "", line.strip().lower()).replace(" ", "-") for line in lines}

        for page, text in texts():
            for name, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", FENCE.sub("", text)):
                with self.subTest(page=page, link=f"{name}#{anchor}"):
                    self.assertIn(anchor, headings(os.path.join(SOURCE, os.path.dirname(page), name) if name else os.path.join(SOURCE, page)))

    def test_named_paths_exist(self):
        for page, text in texts():
            for match in PATH.finditer(FENCE.sub("", text)):
                named = match[1] or match[2]
                # What a build or a user makes is not in the tree.
                if named.startswith(("build/", "~", "/", ".venv", "util/", "lib/catena/")) or "*" in named:
                    continue
                # `bridge/explain` is a name of Catena.
                if not named.endswith("/") and "." not in os.path.basename(named):
                    continue
                beside = os.path.join(SOURCE, os.path.dirname(page), named)
                # A page about one folder calls that folder's files by their bare names.
                bare = "/" not in named and glob.glob(os.path.join(SOURCE, "*", glob.escape(named)))
                known = os.path.exists(os.path.join(SOURCE, named)) or os.path.exists(beside) or bare
                with self.subTest(page=page, named=named):
                    self.assertTrue(known, f"{named} does not exist")


if __name__ == "__main__":
    unittest.main()
