"""The benchmark programs give their Python twins' answers; the figures are worth nothing otherwise."""

import os
import subprocess
import sys
import unittest

import report

PROGRAMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs")
SLOW = "CATENA_SANITIZED" in os.environ or "CATENA_STRESS" in os.environ


def answer(command, path):
    result = subprocess.run([command, path], env={**os.environ, "BENCH_REPEAT": "1"}, stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, check=False)
    return result.stdout if result.returncode == 0 else result.stderr


class Programs(unittest.TestCase):
    """One test for each program, added below."""


def add(name):
    @unittest.skipIf(SLOW, "too long for this kind of build")
    def test(self):
        python = answer(sys.executable, os.path.join(PROGRAMS, name + ".py"))
        self.assertEqual(answer(os.environ["CATENA"], os.path.join(PROGRAMS, name + ".lisp")), python)

    setattr(Programs, "test_" + name, test)


for file in sorted(os.listdir(PROGRAMS)):
    if file.endswith(".lisp"):
        add(file[: -len(".lisp")])


class Report(unittest.TestCase):
    def setUp(self):
        self.table = report.Table("t", "Title", "CPython", "ms")
        self.table.rows = [
            report.Row("a", {"CPython": [10.0, 20.0, 40.0], "Catena": [5.0, 5.0, 40.0]}),
            report.Row("b", {"CPython": [1.0, 1.0, 1.0], "Catena": [4.0, 4.0, 4.0], "Lua": [2.0, 2.0, 2.0]}),
        ]

    def test_ratios_are_taken_round_by_round(self):
        self.assertEqual(self.table.rows[0].ratios("Catena", "CPython"), [0.25, 0.5, 1.0])
        self.assertEqual(self.table.rows[0].ratio("Catena", "CPython"), 0.5)

    def test_mean_and_worst(self):
        self.assertAlmostEqual(self.table.mean("Catena"), 2 ** 0.5)
        self.assertAlmostEqual(self.table.mean("Lua"), 2.0)
        self.assertIsNone(self.table.mean("Lua", ["a"]))
        self.assertEqual(self.table.worst("Catena").name, "b")

    def test_text_and_data(self):
        self.table.limit("mean", 1.0, self.table.mean("Catena"))
        text = report.text(self.table)
        self.assertIn("worst row: b 4.000", text)
        self.assertIn("limit: mean at most 1: MISSED (1.41)", text)
        data = report.data(self.table)
        self.assertEqual(data["worst"], {"row": "b", "ratio": 4.0})
        self.assertFalse(data["limits"][0]["met"])


if __name__ == "__main__":
    unittest.main()
