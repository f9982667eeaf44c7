"""The closing line of ./dev test: single test cases, counted from what each kind of test prints."""

import os
import subprocess
import sys
import tempfile
import unittest

COUNT = os.path.join(os.environ["CATENA_SOURCE"], "tests", "support", "count_tests.py")


def report(*cases):
    body = "".join(
        '<testcase name="%s" status="%s"><system-out>%s</system-out></testcase>' % case for case in cases
    )
    return "<testsuite>%s</testsuite>" % body


class Count(unittest.TestCase):
    def count(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
            file.write(text)
            file.flush()
            result = subprocess.run([sys.executable, COUNT, file.name], capture_output=True, text=True, check=False)
        return result.returncode, result.stdout.splitlines()[-1]

    def test_catch(self):
        good = "All tests passed (1,234 assertions in 12 test cases)"
        self.assertEqual(self.count(report(("a", "run", good))), (0, "12 passed, 0 failed"))
        mixed = "test cases:  5 | 3 passed | 2 failed\nassertions: 9 | 7 passed | 2 failed"
        self.assertEqual(self.count(report(("a", "fail", mixed))), (1, "3 passed, 2 failed"))

    def test_unittest(self):
        good = "Ran 7 tests in 0.1s\n\nOK (skipped=2)"
        self.assertEqual(self.count(report(("a", "run", good))), (0, "5 passed, 0 failed"))
        bad = "Ran 7 tests in 0.1s\n\nFAILED (failures=1, errors=2)"
        self.assertEqual(self.count(report(("a", "fail", bad))), (1, "4 passed, 3 failed"))

    def test_own_line_and_silent_programs(self):
        self.assertEqual(
            self.count(report(("a", "run", "x\n31 passed, 0 failed\n"), ("b", "run", ""))), (0, "32 passed, 0 failed")
        )

    def test_a_bad_end_is_a_failure_whatever_was_printed(self):
        crashed = ("a", "fail", "All tests passed (1 assertion in 1 test case)\nSegmentation fault")
        self.assertEqual(self.count(report(crashed)), (1, "1 passed, 1 failed"))
        self.assertEqual(self.count(report(("a", "fail", ""))), (1, "0 passed, 1 failed"))

    def test_no_report(self):
        self.assertEqual(self.count(""), (1, "0 passed, 1 failed"))


if __name__ == "__main__":
    unittest.main()
