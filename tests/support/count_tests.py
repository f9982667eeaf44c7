"""Count the single test cases in a ctest report and close with the line "N passed, N failed".

    count_tests.py REPORT.xml

A ctest test is a program with many cases of its own. What it printed says how many: Catch2's closing line, unittest's, or
a line "N passed, N failed"; a program that says nothing of the kind is one case. A program that ended badly counts at
least one failure, whatever it printed.
"""

import re
import sys
import xml.etree.ElementTree

OWN = re.compile(r"^(\d+) passed, (\d+) failed(?:, \d+ skipped)?$", re.M)
CATCH_PASSED = re.compile(r"All tests passed \(.*? in (\d+) test cases?\)")
CATCH_MIXED = re.compile(r"^test cases:\s*(\d+)(.*)$", re.M)
UNITTEST = re.compile(r"^Ran (\d+) tests? in ", re.M)


def named(text, word):
    """The number that stands before or after `word`: "3 failed", "failures=3"."""
    match = re.search(r"(\d+) %s" % word, text) or re.search(r"\b%s=(\d+)" % word, text)
    return int(match[1]) if match else 0


def cases(output):
    """(passed, failed) as the program itself reported them, or None."""
    matches = OWN.findall(output)
    if matches:
        return int(matches[-1][0]), int(matches[-1][1])
    match = CATCH_PASSED.search(output)
    if match:
        return int(match[1]), 0
    match = CATCH_MIXED.search(output)
    if match:
        return named(match[2], "passed"), named(match[2], "failed")
    match = UNITTEST.search(output)
    if match:
        result = output[match.end() :]
        failed = named(result, "failures") + named(result, "errors") + named(result, "unexpected successes")
        return max(int(match[1]) - failed - named(result, "skipped"), 0), failed
    return None


def main(path):
    try:
        root = xml.etree.ElementTree.parse(path).getroot()
    except (OSError, xml.etree.ElementTree.ParseError) as error:
        print("the tests left no report: %s" % error)
        print("0 passed, 1 failed")
        return 1
    passed = failed = 0
    broken = []
    for case in root.iter("testcase"):
        status = case.get("status")
        if status in ("notrun", "disabled") and case.find("failure") is None and case.find("skipped") is not None:
            # ctest calls a program that could not be started "not run": that is a failure too.
            reason = case.find("skipped").get("message") or ""
            if "Disabled" in reason or "SKIP" in reason:
                continue
            status = "fail"
        output = (case.findtext("system-out") or "").replace("\r\n", "\n")
        good = status == "run"
        counted = cases(output) or ((1, 0) if good else (0, 1))
        if not good and counted[1] == 0:
            counted = (counted[0], 1)
        passed += counted[0]
        failed += counted[1]
        if not good or counted[1]:
            broken.append("%s (%d of %d failed)" % (case.get("name"), counted[1], sum(counted)))
    print()
    for line in broken:
        print("failed: " + line)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
