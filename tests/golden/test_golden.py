"""Every stage's text dump of the programs here, held against the file of the same name and the stage's ending.

After an intended change run with CATENA_GOLDEN_UPDATE=1 and read the difference before committing it.
"""

import glob
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

from program import catena  # noqa: E402

FOLDER = os.path.dirname(os.path.abspath(__file__))
STAGES = ("forms", "expanded", "chains", "unfused", "code")


def dump(program, stage):
    options = ["-O0"] if stage == "unfused" else []
    flag = "--chains" if stage == "unfused" else f"--{stage}"
    return catena(*options, "dump", flag, os.path.basename(program), cwd=FOLDER)


class Golden(unittest.TestCase):
    maxDiff = None

    def test_every_stage(self):
        programs = sorted(glob.glob(os.path.join(FOLDER, "*.lisp")))
        self.assertTrue(programs)
        checked = 0
        for program in programs:
            for stage in STAGES:
                expected = program[: -len("lisp")] + stage
                if not os.path.exists(expected) and not os.environ.get("CATENA_GOLDEN_UPDATE"):
                    continue
                with self.subTest(program=os.path.basename(program), stage=stage):
                    result = dump(program, stage)
                    self.assertEqual((result.returncode, result.stderr), (0, ""))
                    if os.environ.get("CATENA_GOLDEN_UPDATE"):
                        with open(expected, "w", encoding="utf-8") as file:
                            file.write(result.stdout)
                    with open(expected, encoding="utf-8") as file:
                        self.assertEqual(result.stdout, file.read())
                    checked += 1
        self.assertGreater(checked, len(programs))


if __name__ == "__main__":
    unittest.main()
