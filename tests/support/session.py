"""The REPL with its line editor in a pseudo-terminal. Skipped where prompt_toolkit is not installed."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from program import CATENA, catena  # noqa: E402
from terminal import Terminal  # noqa: E402


def squeezed(text):
    return "".join(text.split())


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
        self.shows_typed(text)
        before = self.count_prompts()
        self.type("\r")
        return self.prompt_after(before)

    def interrupt(self):
        """Types Ctrl-C at the prompt and waits for the next one."""
        before = self.count_prompts()
        self.type("\x03")
        return self.prompt_after(before)

    def shows_typed(self, text):
        """Waits until a line stands behind the prompt, however it is wrapped."""
        self.until(lambda: squeezed(text) in squeezed(self.screen.text().rpartition("catena>")[2]), f"{text!r} behind the prompt")

    def count_prompts(self):
        self.settle(0.05)
        # A prompt that is just being drawn anew is not there for a moment.
        return max(self.prompts, self.screen.text().count("catena>"))

    def prompt_after(self, before):
        self.shows_times("catena>", before + 1)
        self.shows(r"catena>$")
        self.prompts = before + 1
        return self.screen.text()
