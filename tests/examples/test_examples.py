"""Every example runs, and says what it promises."""

import os
import re
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import CATENA, PATIENCE, SOURCE, Case, catena, environment  # noqa: E402

EXAMPLES = os.path.join(SOURCE, "examples")


class Examples(Case):
    def example(self, name, *arguments, **options):
        """Runs an example, fused and step by step, and answers what both print."""
        outputs = []
        for option in ([], ["-O0"]):
            result = catena(*option, os.path.join(EXAMPLES, name), *arguments, **options)
            self.assertEqual((result.stderr, result.returncode), ("", 0), result.stdout[-2000:])
            outputs.append(result.stdout)
        self.assertEqual(outputs[0], outputs[1])
        return outputs[0]

    def test_there_is_a_test_for_each(self):
        names = {name[: -len(".lisp")] for name in os.listdir(EXAMPLES) if name.endswith(".lisp")}
        self.assertEqual(names, {"tour", "sum", "census", "interpreter", "log_report", "kmeans", "web", "life"})

    def test_sum(self):
        self.assertEqual(self.example("sum.lisp"), "10.0\n")
        dump = catena("dump", "--chains", os.path.join(EXAMPLES, "sum.lisp"))
        chains = [line for line in dump.stdout.splitlines() if "get sum" in line]
        self.assertEqual(len(chains), 1, dump.stdout + dump.stderr)
        self.assertIn("import numpy | get sum | call", chains[0])

    def test_tour(self):
        output = self.example("tour.lisp")
        for line in (
            "(+ 1 2 3) => 6",
            "(** 2 100) => 1267650600228229401496703205376",
            '(greet "Ada" :mark ".") => "Hello, Ada."',
            "(map #(* % %) (range 5)) => [0 1 4 9 16]",
            "27 reaches 1 after 111 steps",
            "(vec (countdown 3)) => [3 2 1]",
            "(await (asyncio.gather (later 1) (later 2))) => [1 2]",
            "(get buffer 0) => 100.0",
            "import json | get loads | call",
            "That was the tour.",
        ):
            self.assertIn(line, output)

    def test_census_of_a_folder(self):
        self.write("pack/__init__.py", '"""A package."""\n')
        self.write("pack/large.py", '"""Documented."""\n' + "\n".join(f"def f{i}(): pass" for i in range(30)))
        self.write("broken.py", "def f(:\n")
        output = self.example("census.lisp", self.folder)
        self.assertIn("2 modules", output)
        self.assertIn("(1 files are not written in this Python)", output)
        self.assertRegex(output, r"pack\.large +\d+")
        self.assertRegex(output, r"pack\.large +3%")

    def test_census_of_the_standard_library(self):
        result = catena(os.path.join(EXAMPLES, "census.lisp"))
        self.assertEqual((result.stderr, result.returncode), ("", 0))
        self.assertRegex(result.stdout, r"(?m)^[\d,]+ modules, [\d,]+ nodes")
        for title in ("Largest", "Deepest", "Best documented", "Percentiles"):
            self.assertIn(title, result.stdout)
        # The same figures, by Python alone.
        count = subprocess.run(
            [os.environ.get("CATENA_TEST_PYTHON", sys.executable), "-c", COUNT], capture_output=True, text=True,
            env=environment(), timeout=PATIENCE, check=True,
        ).stdout.strip()
        self.assertTrue(result.stdout.startswith(count), f"{result.stdout[:100]!r} is not {count!r}")

    def test_census_of_nothing(self):
        result = catena(os.path.join(EXAMPLES, "census.lisp"), self.folder)
        self.assertEqual((result.returncode, result.stderr), (1, f"no Python files in {self.folder}\n"))

    def test_interpreter(self):
        output = self.example("interpreter.lisp")
        for value in ("= 7", "= 42", "= 2432902008176640000", "= 610", "= 65536", "= 21"):
            self.assertIn(f"  {value}\n", output)
        self.assertIn("error: y is not defined", output)
        self.assertIn("error: the program ends too early", output)
        self.assertEqual(self.example("interpreter.lisp", "(2 + 3) * 4", "1 )"),
                         "(2 + 3) * 4\n  = 20\n1 )\n  error: the program goes on with )\n")
        output = self.example("interpreter.lisp", "1 / 0", "1(2)", "(fn x -> x) + 1", "let f = fn n -> 1 + f(n) in f(1)", "")
        self.assertEqual(output.count("  error: "), 5, output)

    def test_log_report(self):
        output = self.example("log_report.lisp")
        self.assertIn("400 requests", output)
        self.assertIn("3 damaged lines skipped", output)
        self.assertIn("GET /items/:id", output)
        log = self.write("small.jsonl", '{"time": "2024-03-01T08:15:02", "method": "GET", "path": "/a/1", '
                         '"status": 500, "ms": 12.5, "bytes": 10}\nnoise\n')
        output = self.example("log_report.lisp", log)
        self.assertRegex(output, r"GET /a/:id +1 +1 +12\.5 ms +12\.5 ms")
        self.assertRegex(output, r"500 +1 +100\.0%")
        with open(log, encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(self.example("log_report.lisp", "-", input=text), output)
        self.assertIn("2 damaged lines skipped", self.example("log_report.lisp", "-", input=text.replace("noise", text.replace("500", '"x"'))))
        result = catena(os.path.join(EXAMPLES, "log_report.lisp"), "none.jsonl")
        self.assertEqual((result.returncode, result.stderr), (1, "none.jsonl: No such file or directory\n"))

    def test_kmeans(self):
        output = self.example("kmeans.lisp")
        self.assertIn("1000 points, 4 clusters", output)
        centres = re.findall(r"\( *(-?[\d.]+), *(-?[\d.]+)\)  250 points", output)
        for (x, y), (true_x, true_y) in zip(centres, [(0, 0), (0, 6), (5, 5), (6, 0)], strict=True):
            self.assertAlmostEqual(float(x), true_x, delta=0.25)
            self.assertAlmostEqual(float(y), true_y, delta=0.25)
        plot = os.path.join(self.folder, "plot.png")
        output = self.example("kmeans.lisp", plot)
        if "plotted to" in output:
            with open(plot, "rb") as file:
                self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")
        else:
            self.assertIn("no plot: matplotlib is not installed", output)

    def test_web(self):
        output = self.example("web.lisp")
        self.assertIn('200 {"sum" 42.0}', output)
        self.assertIn('400 {"error"', output)
        self.assertIn('404 {"error" "nothing at /nowhere"}', output)
        self.assertIn('200 {"slept" 0.2}', output)

    def test_life(self):
        output = self.example("life.lisp", "blinker", "2")
        # A blinker comes back after two generations.
        first, second, third = output.split("generation ")[0], output.split("cells\n")[1], output.split("cells\n")[2]
        self.assertEqual(first.strip(), third.split("generation")[0].strip())
        self.assertNotEqual(first.strip(), second.split("generation")[0].strip())
        self.assertIn("generation 2: 3 cells", output)
        self.assertIn("generation 100: 5 cells", self.example("life.lisp", "glider", "100"))
        result = catena(os.path.join(EXAMPLES, "life.lisp"), "nonsense")
        self.assertEqual(result.returncode, 1)
        self.assertIn("there is no pattern nonsense", result.stderr)

    def test_life_goes_on_until_it_is_interrupted(self):
        process = subprocess.Popen(
            [CATENA, os.path.join(EXAMPLES, "life.lisp")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment(),
        )
        for _ in range(50):
            process.stdout.readline()
        process.send_signal(signal.SIGINT)
        time.sleep(0)
        _, errors = process.communicate(timeout=PATIENCE)
        self.assertEqual((process.returncode, errors), (0, ""))


COUNT = """
import ast, pathlib, sysconfig, warnings
warnings.simplefilter("ignore")
modules = nodes = 0
for path in pathlib.Path(sysconfig.get_path("stdlib")).rglob("*.py"):
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except (SyntaxError, ValueError):
        continue
    modules += 1
    nodes += sum(1 for _ in ast.walk(tree))
print(f"{modules:,} modules, {nodes:,} nodes")
"""


if __name__ == "__main__":
    unittest.main()
