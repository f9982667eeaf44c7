"""The REPL with its line editor in a pseudo-terminal. Skipped where prompt_toolkit is not installed."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from program import CATENA, catena  # noqa: E402
from terminal import Terminal  # noqa: E402


class Session(Terminal):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if catena("-e", "(import prompt-toolkit)").returncode != 0:
            raise unittest.SkipTest("Catena's Python has no prompt_toolkit")

    def start(self, *command, **settings):
        super().start(*command, **settings)
        self.prompts = 0  # those that there were already

    def begin(self, *arguments, **settings):
        self.start(CATENA, *(arguments or ("repl",)), **settings)
        self.shows(r"^catena>$")

    def enter(self, text):
        """Types an input and waits for the next prompt."""
        self.type(text)
        self.settle(0.05)
        # A prompt that is just being drawn anew is not there for a moment.
        before = max(self.prompts, self.screen.text().count("catena>"))
        self.type("\r")
        self.shows(r"(?:catena>[\s\S]*){%d}" % (before + 1))
        self.shows(r"catena>$")
        self.prompts = before + 1
        return self.screen.text()
