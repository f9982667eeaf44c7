"""`catena test`: what is run, what is reported, the exit status, and the JUnit report."""

import os
import sys
import unittest
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import Case, catena  # noqa: E402

PASSING = """
(deftest adds (is (= 4 (+ 2 2))))
(deftest table (are [x y] (= x (* y y)) 4 2 9 3))
(deftest raises (is (thrown? ZeroDivisionError (/ 1 0))))
(deftest waits (is (= 1 (await 1))))
"""

FAILING = """
(deftest fine (is true))
(deftest sums
  (testing "small numbers"
    (is (= 5 (+ 2 2)) "two and two")))
(deftest breaks
  (int "x"))
(deftest inside
  (is (int "y")))
(deftest nested
  (is (= {:a [1 2 3]} {:a [1 2 4]})))
"""


class Testing(Case):
    def test_all_pass(self):
        self.write("test_good.lisp", PASSING)
        result = catena("test", "test_good.lisp", cwd=self.folder)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("test_good.lisp: adds", result.stdout)
        self.assertRegex(result.stdout, r"\n4 passed, 0 failed \(5 checks, .* s\)\n$")

    def test_failures_are_shown(self):
        self.write("bad_test.lisp", FAILING)
        result = catena("test", "bad_test.lisp", cwd=self.folder)
        self.assertEqual(result.returncode, 1, result.stderr)
        for piece in (
            "FAIL bad_test.lisp:5:5 small numbers",
            "two and two",
            "(is (= 5 (+ 2 2)))",
            "expected: 5",
            "actual: 4",
            "ERROR bad_test.lisp:7",
            "ValueError: invalid literal for int() with base 10: 'x'",
            "(is (int \"y\"))",
            "{:a [1 2 4]}",
            "1 passed, 4 failed",
        ):
            self.assertIn(piece, result.stdout)

    def test_difference_of_long_values(self):
        self.write("test_long.lisp", "(deftest long (is (= (vec (range 60)) (vec (range 61)))))")
        result = catena("test", "test_long.lisp", cwd=self.folder)
        self.assertEqual(result.returncode, 1)
        self.assertIn("- expected, + actual", result.stdout)
        self.assertRegex(result.stdout, r"\n +\+ .*60\]")

    def test_folders_and_names(self):
        self.write("tests/test_one.lisp", "(deftest one (is true))")
        self.write("tests/deeper/two_test.lisp", "(deftest two (is true)) (deftest twofold (is true))")
        self.write("tests/other.lisp", "(throw (ValueError))")
        result = catena("test", "tests", cwd=self.folder)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("3 passed", result.stdout)
        result = catena("test", "-k", "two", "tests", cwd=self.folder)
        self.assertIn("2 passed", result.stdout)
        result = catena("test", "tests", "-k", "nothing like it", cwd=self.folder)
        self.assertEqual(result.returncode, 1)
        self.assertIn("no tests found", result.stdout)

    def test_files_of_one_name(self):
        self.write("a/test_x.lisp", "(deftest first-file (is true))")
        self.write("b/test_x.lisp", "(deftest second-file (is true))")
        result = catena("test", "a", "b", cwd=self.folder)
        self.assertIn("first-file", result.stdout)
        self.assertIn("second-file", result.stdout)
        self.assertEqual(result.returncode, 0)

    def test_what_stands_beside_the_file_is_found(self):
        self.write("tests/helper.lisp", "(defn answer [] 42)")
        self.write("tests/test_it.lisp", "(require helper) (deftest asks (is (= 42 (helper.answer))))")
        self.assertEqual(catena("test", "tests", cwd=self.folder).returncode, 0)

    def test_a_file_that_does_not_load(self):
        self.write("test_broken.lisp", "(deftest a (is true))\n(let [x])")
        self.write("test_good.lisp", "(deftest b (is true))")
        result = catena("test", ".", cwd=self.folder)
        self.assertEqual(result.returncode, 1)
        self.assertIn("could not be loaded", result.stdout)
        self.assertIn("1 passed, 1 failed", result.stdout)

    def test_a_missing_file(self):
        result = catena("test", "nowhere.lisp", cwd=self.folder)
        self.fails(1, "nowhere.lisp", result=result)

    def test_fixtures(self):
        self.write(
            "test_fixtures.lisp",
            """
(def log [])
(use-fixtures :once (fn [run] (.append log :once) (run) (print (str (conj log :end)))))
(use-fixtures :each (fn [run] (.append log :in) (run) (.append log :out)) (fn [run] (.append log :inner) (run)))
(deftest one (.append log 1))
(deftest two (.append log 2))
""",
        )
        result = catena("test", "test_fixtures.lisp", cwd=self.folder)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("['once', 'in', 'inner', 1, 'out', 'in', 'inner', 2, 'out', 'end']", result.stdout)

    def test_junit(self):
        self.write("bad_test.lisp", FAILING)
        result = catena("test", "bad_test.lisp", "--junit", "report.xml", cwd=self.folder)
        self.assertEqual(result.returncode, 1)
        root = xml.etree.ElementTree.parse(os.path.join(self.folder, "report.xml")).getroot()
        suite = root.find("testsuite")
        self.assertEqual((suite.get("tests"), suite.get("failures"), suite.get("errors")), ("5", "2", "2"))
        cases = {case.get("name"): case for case in suite}
        self.assertIsNone(cases["fine"].find("failure"))
        self.assertIn("expected: 5", cases["sums"].find("failure").text)
        self.assertIn("ValueError", cases["breaks"].find("error").text)

    def test_junit_holds_any_text(self):
        self.write("test_odd.lisp", r'(deftest odd (is (= "\x01<&>" "\U0001F600]]>")))')
        catena("test", "test_odd.lisp", "--junit", "report.xml", cwd=self.folder)
        root = xml.etree.ElementTree.parse(os.path.join(self.folder, "report.xml")).getroot()
        self.assertEqual(root.find("testsuite").get("failures"), "1")

    def test_an_interrupted_test_is_no_failure(self):
        self.write("test_stop.lisp", "(deftest stop (throw (KeyboardInterrupt)))")
        self.assertEqual(catena("test", "test_stop.lisp", cwd=self.folder).returncode, 130)

    def test_run_tests_of_this_module(self):
        result = catena("-e", "(deftest one (is true)) (print (run-tests))")
        self.assertRegex(
            result.stdout, r"^ok   __main__: one\n\n1 passed, 0 failed \(1 checks, .* s\)\nTrue\n$", result.stderr
        )


if __name__ == "__main__":
    unittest.main()
