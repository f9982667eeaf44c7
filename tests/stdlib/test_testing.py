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
            "FAIL bad_test.lisp:5:5 sums > small numbers",
            "two and two",
            "(is (= 5 (+ 2 2)))",
            "expected: 5",
            "actual: 4",
            "ERROR bad_test.lisp:7:3 breaks",
            "ValueError: invalid literal for int() with base 10: 'x'",
            "(is (int \"y\"))",
            "{:a [1 2 4]}",
            "at [:a 2]: expected 3, actual 4",
            "1 passed, 4 failed",
        ):
            self.assertIn(piece, result.stdout)

    def test_difference_of_long_values(self):
        self.write("test_long.lisp", "(deftest long (is (= (vec (range 60)) (vec (range 61)))))")
        result = catena("test", "test_long.lisp", cwd=self.folder)
        self.assertEqual(result.returncode, 1)
        self.assertIn("- expected, + actual", result.stdout)
        self.assertIn("          59\n      +   60\n        ]\n    at [60]: expected nothing, actual 60\n", result.stdout)

    def report(self, *definitions, status=1):
        self.write("test_one.lisp", "\n".join(definitions))
        result = catena("test", "test_one.lisp", cwd=self.folder)
        self.assertEqual((result.returncode, result.stderr), (status, ""), result.stdout)
        return result.stdout

    def test_what_was_there_instead(self):
        text = self.report(
            '(deftest nothing (is (thrown? ValueError (int "1"))))',
            '(deftest other (is (thrown-with-msg? ValueError #"missing" (int "x"))))',
            "(deftest value (is nil))",
            "(deftest sets (is (= #{1 2} #{2 3})))",
            '(deftest lines (is (= "a\\nb" "a\\nc")))',
            "(deftest rows (are [x y] (= x y) 1 1 2 3))",
            "(deftest less (is (< 3 2)))",
        )
        for piece in (
            "FAIL test_one.lisp:1:18 nothing\n  (is (thrown? ValueError (int \"1\")))\n    nothing was thrown\n",
            "'missing' is not in the message of ValueError(\"invalid literal",
            "FAIL test_one.lisp:3:16 value\n  (is nil)\n    value: nil\n",
            "    missing: #{1}\n    too much: #{3}\n",
            "    - expected, + actual\n        a\n      - b\n      + c\n",
            "FAIL test_one.lisp:6:15 rows > x 2, y 3\n",
            "    operands: 3 2\n",
        ):
            self.assertIn(piece, text)

    def test_the_place_of_an_error_is_in_the_test(self):
        text = self.report("(defn add [a b] (+ a b))", "(deftest bad", '  (add 1 "a"))')
        self.assertIn("ERROR test_one.lisp:3:3 bad\n", text)
        self.assertIn('line 3, in bad', text)
        self.assertIn('line 1, in add', text)

    def test_values_that_make_trouble(self):
        text = self.report(
            "(def a [1]) (.append a a)",
            "(deftest circle (is (= a [1 2])))",
            "(defclass Bad [] (defn __repr__ [self] (/ 1 0)) (defn __eq__ [self other] false))",
            "(deftest shown (is (= (Bad) 1)))",
            "(deftest inside (is (= [(Bad)] [1])))",
            "(deftest long (is (= (vec (range 20000)) (vec (range 1 20001)))))",
            "(deftest leaves ((. ($py \"sys\") exit) 3))",
            "(deftest last (is true))",
        )
        for piece in ("at [1]: expected [1 ...], actual 2", "<Bad that cannot be shown: ZeroDivisionError", "      +   20000\n",
                      "SystemExit: 3", "1 passed, 5 failed"):
            self.assertIn(piece, text)

    def test_fixtures_that_make_trouble(self):
        text = self.report('(use-fixtures :each (fn [run] (throw (ValueError "before"))))', "(deftest one (is true))")
        self.assertIn("ERROR test_one.lisp:1:31 one\n", text)
        self.assertIn("ValueError: before", text)
        text = self.report("(use-fixtures :each (fn [run] nil))", "(deftest one (is true))")
        self.assertIn("RuntimeError: a fixture did not call the function that it was given", text)
        text = self.report('(use-fixtures :once (fn [run] (run) (throw (ValueError "after"))))', "(deftest one (is true))")
        self.assertIn("ok   test_one.lisp: one\n", text)
        self.assertIn("ValueError: after", text)

    def test_places_that_are_not_there(self):
        self.write("test_good.lisp", PASSING)
        result = catena("test", "nowhere", cwd=self.folder)
        self.assertEqual((result.returncode, result.stdout, result.stderr),
                         (1, "", "catena: nowhere: there is no such file or folder\n"))
        result = catena("test", "test_good.lisp", "--junit", "no/report.xml", cwd=self.folder)
        self.assertEqual((result.returncode, result.stderr),
                         (1, "catena: no/report.xml: cannot be written: No such file or directory\n"))
        self.assertIn("4 passed", result.stdout)
        self.assertEqual(catena("test", cwd=self.folder).returncode, 2)

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
            result.stdout, r"^ok   __main__: one\n\n1 passed, 0 failed \(1 check, .* s\)\nTrue\n$", result.stderr
        )


if __name__ == "__main__":
    unittest.main()
