"""docs/core.md is what docs/core.lisp makes of the core library's documentation."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import SOURCE, Case, catena  # noqa: E402


class CoreReference(Case):
    def test_it_is_up_to_date(self):
        result = catena(os.path.join(SOURCE, "docs", "core.lisp"))
        self.assertEqual((result.stderr, result.returncode), ("", 0))
        with open(os.path.join(SOURCE, "docs", "core.md"), encoding="utf-8") as file:
            self.assertEqual(file.read(), result.stdout, "run: catena docs/core.lisp > docs/core.md")


if __name__ == "__main__":
    unittest.main()
