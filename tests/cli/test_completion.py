"""The completion scripts and the manual page, in the programs that read them."""

import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import CATENA, PATIENCE, Case, catena  # noqa: E402
from terminal import Terminal  # noqa: E402

# Calls a completion function as bash does for the words given, the last being the one before the cursor, and prints what
# it offers.
BASH = r"""
source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
"$(complete -p catena | sed 's/.*-F \([^ ]*\) .*/\1/')" catena "${@: -1}" "${@: -2:1}"
printf '%s\n' "${COMPREPLY[@]}"
"""


# The scripts ask the program for the names that it documents.
ENVIRONMENT = {**os.environ, "PATH": os.path.dirname(CATENA) + os.pathsep + os.environ["PATH"]}


def run(*command, env=None, **options):
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False,
        env=env or ENVIRONMENT, **options,
    )


def script(shell):
    result = catena("--completion", shell)
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    return result.stdout


def commands():
    """The commands that --help lists."""
    lines = catena("--help").stdout.split("Commands:\n")[1].split("\n\n")[0].splitlines()
    return [line.split()[0] for line in lines]


@unittest.skipUnless(shutil.which("bash"), "bash is not installed")
class Bash(Case):
    def setUp(self):
        super().setUp()
        self.path = self.write("completion", script("bash"))
        self.write("work/a b.lisp", "")
        self.write("work/model.lisp", "")
        os.makedirs(os.path.join(self.folder, "work", "env"))

    def offers(self, *words):
        result = run("bash", "--norc", "-c", BASH, "bash", self.path, "catena", *words, cwd=os.path.join(self.folder, "work"))
        self.assertEqual(result.stderr, "")
        return [line for line in result.stdout.splitlines() if line]

    def test_it_is_bash(self):
        self.assertEqual(run("bash", "-n", self.path).stderr, "")

    def test_commands_and_files(self):
        self.assertEqual(self.offers("du"), ["dump"])
        self.assertEqual(self.offers("m"), ["model.lisp"])
        self.assertEqual(sorted(self.offers("")), sorted([*commands(), "a b.lisp", "model.lisp", "env"]))
        self.assertEqual(self.offers("help", "ker"), ["kernel"])
        self.assertEqual(self.offers("kernel", ""), ["install"])
        self.assertEqual(self.offers("doc", "mapc"), ["mapcat"])
        self.assertEqual(self.offers("doc", "mode"), ["model.lisp"])

    def test_options_are_those_of_the_command(self):
        self.assertEqual(self.offers("dump", "--c"), ["--chains", "--code"])
        self.assertEqual(self.offers("dump", "--port"), [])
        self.assertEqual(self.offers("-O0", "nrepl", "--p"), ["--port", "--python"])
        self.assertEqual(self.offers("--ver"), ["--version"])
        self.assertIn("-", " ".join(self.offers("nrepl", "-")))

    def test_values(self):
        self.assertEqual(self.offers("--completion", ""), ["bash", "zsh", "fish"])
        self.assertEqual(self.offers("--python", "e"), ["env"])
        self.assertEqual(self.offers("--python", "=", "e"), ["env"])
        self.assertEqual(self.offers("--python", "env", "du"), ["dump"])
        self.assertEqual(self.offers("--python", "=", "env", "du"), ["dump"])
        self.assertEqual(self.offers("--profile", "=", "m"), ["model.lisp"])
        self.assertEqual(sorted(self.offers("--profile", "=")), ["a b.lisp", "env", "model.lisp"])
        self.assertEqual(self.offers("--profile", "du"), ["dump"])
        self.assertEqual(self.offers("test", "-k", ""), [])
        self.assertEqual(self.offers("-e", "du"), [])

    def test_what_follows_a_program_belongs_to_it(self):
        for words in (["model.lisp"], ["-e", "(f)"], ["-m", "json.tool"], ["run", "dump"]):
            self.assertEqual(self.offers(*words, "a"), ["a b.lisp"])
            self.assertEqual(self.offers(*words, "--ver"), [])

    def test_every_option_of_every_command(self):
        for command in commands():
            text = catena(command, "--help").stdout.split("Examples:")[0]
            listed = {w.rstrip(",").split("[")[0] for line in text.splitlines() if line.startswith("  -") for w in line.split()[:2] if w[0] == "-"}
            with self.subTest(command=command):
                offered = set(self.offers(command, "--")) | {o for o in listed if not o.startswith("--")}
                self.assertEqual(offered, listed)


@unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
class Zsh(Terminal):
    def test_it_is_zsh(self):
        self.assertEqual(run("zsh", "-n", self.write("_catena", script("zsh"))).stderr, "")

    def test_it_loads(self):
        path = self.write("_catena", script("zsh"))
        load = 'autoload -U compinit; compinit -u -D; source "$1"; print ${_comps[catena]}'
        self.assertEqual(run("zsh", "-f", "-c", load, "zsh", path).stdout, "_catena\n")

    def completed(self, words):
        """What stands on zsh's line when tab is pressed behind the words."""
        path = self.write("scripts/_catena", script("zsh"))
        self.write("model.lisp", "")
        self.start(shutil.which("zsh"), "-f", "-i", TERM="dumb", PATH=ENVIRONMENT["PATH"], columns=200)
        # Ctrl-X prints the line, in a form that the echo of these commands has not.
        self.type(f"PS1='%%'; autoload -U compinit; compinit -u -D; source '{path}'\n")
        self.type("show() { echo \"<$BUFFER>\" }; zle -N show; bindkey '^X' show; echo rea''dy\n")
        self.shows("^ready$")
        self.type(words + "\t\x18")
        return self.shows("<(catena.*)>$")[1]

    def test_offers(self):
        self.assertEqual(self.completed("catena ker"), "catena kernel ")
        self.assertEqual(self.completed("catena kernel "), "catena kernel install ")
        self.assertEqual(self.completed("catena fmt --che"), "catena fmt --check ")
        self.assertEqual(self.completed("catena -e 1 m"), "catena -e 1 model.lisp ")
        self.assertEqual(self.completed("catena --profile=m"), "catena --profile=model.lisp ")
        self.assertEqual(self.completed("catena doc mapc"), "catena doc mapcat ")


@unittest.skipUnless(shutil.which("fish"), "fish is not installed")
class Fish(Case):
    def offers(self, line):
        path = self.write("catena.fish", script("fish"))
        result = run("fish", "--no-config", "-c", 'source $argv[1]; complete -C $argv[2]', path, line, cwd=self.folder)
        self.assertEqual(result.stderr, "")
        return [entry.split("\t")[0] for entry in result.stdout.splitlines()]

    def test_offers(self):
        self.assertEqual(self.offers("catena du"), ["dump"])
        self.assertEqual(self.offers("catena dump --c"), ["--chains", "--code"])
        self.assertEqual(sorted(self.offers("catena --completion ")), ["bash", "fish", "zsh"])
        self.assertEqual(self.offers("catena kernel ins"), ["install"])
        self.assertEqual(self.offers("catena doc mapc"), ["mapcat"])
        self.assertIn("catena.fish", self.offers("catena doc cat"))


class ManualPage(Case):
    def setUp(self):
        super().setUp()
        result = catena("--man")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.text = result.stdout
        self.path = self.write("catena.1", result.stdout)

    def test_it_has_every_command(self):
        for command in commands():
            self.assertIn(f".SS {command}\n", self.text)

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_groff_has_nothing_to_complain_of(self):
        result = run("groff", "-man", "-ww", "-Tutf8", "-P-c", self.path)
        self.assertEqual((result.stderr, result.returncode), ("", 0))
        self.assertIn("catena -e '(print (** 2 100))'", result.stdout)

    @unittest.skipUnless(shutil.which("man") and shutil.which("groff"), "man is not installed")
    def test_man_shows_it(self):
        result = run("man", "--warnings", "-l", self.path, env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "100"})
        self.assertEqual((result.stderr, result.returncode), ("", 0))
        self.assertIn("SYNOPSIS", result.stdout)


if __name__ == "__main__":
    unittest.main()
