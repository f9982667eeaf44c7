"""A program in a pseudo-terminal, and the screen that a person would see of it."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import unicodedata

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from program import PATIENCE, Case, environment  # noqa: E402

SEQUENCE = re.compile(r"\x1b\[([?>=]?)([0-9;]*)([ -/]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b_[^\x1b]*\x1b\\|\x1b[P^][^\x1b]*\x1b\\|\x1b[()][A-Z0-9]|\x1b[=>78cDEHM]")


class Screen:
    """What an xterm shows: as much of it as line editors ask for. Lines that leave at the top are kept."""

    def __init__(self, rows=30, columns=100):
        self.rows, self.columns = rows, columns
        self.lines = [[]]
        self.top = 0  # the number of the first visible line
        self.row = self.column = 0
        self.wraps = True
        self.rest = ""
        self.asked_for_cursor = self.asked_for_attributes = 0

    def feed(self, text):
        text = self.rest + text
        self.rest = ""
        at = 0
        while at < len(text):
            c = text[at]
            if c == "\x1b":
                found = SEQUENCE.match(text, at)
                if not found:
                    # Strings, pictures for instance, end with a sequence of their own.
                    if len(text) - at < (10_000_000 if text[at + 1 : at + 2] in ("_", "P", "]") else 4096):
                        self.rest = text[at:]
                        return
                    at += 1
                    continue
                self.control(found)
                at = found.end()
                continue
            at += 1
            if c == "\r":
                self.column = 0
            elif c == "\n":
                self.line_feed()
            elif c == "\b":
                self.column = max(0, self.column - 1)
            elif c == "\t":
                self.column = min(self.columns - 1, self.column // 8 * 8 + 8)
            elif c >= " ":
                self.put(c)

    def line_feed(self):
        self.row += 1
        if self.row == self.rows:
            self.row -= 1
            self.top += 1
        self.line()

    def line(self):
        while len(self.lines) <= self.top + self.row:
            self.lines.append([])
        return self.lines[self.top + self.row]

    def put(self, c):
        if unicodedata.combining(c):
            return
        if self.column >= self.columns:
            if self.wraps:
                self.column = 0
                self.line_feed()
            else:
                self.column = self.columns - 1
        line = self.line()
        line.extend(" " * (self.column + 1 - len(line)))
        line[self.column] = c
        self.column += 2 if unicodedata.east_asian_width(c) in "WF" else 1

    def control(self, found):
        private, numbers, _, what = found.group(1, 2, 3, 4)
        if what is None:
            return
        values = [int(n) if n else 0 for n in numbers.split(";")]
        n = max(1, values[0])
        line = self.line()
        if what == "A":
            self.row = max(0, self.row - n)
        elif what == "B":
            self.row = min(self.rows - 1, self.row + n)
        elif what == "C":
            self.column = min(self.columns - 1, self.column + n)
        elif what == "D":
            self.column = max(0, min(self.column, self.columns - 1) - n)
        elif what in "Hf":
            self.row = min(self.rows, n) - 1
            self.column = min(self.columns, max(1, values[1] if len(values) > 1 else 1)) - 1
        elif what == "J":
            if values[0] == 2:
                for y in range(self.top, len(self.lines)):
                    self.lines[y] = []
            else:
                del line[self.column :]
                for y in range(self.top + self.row + 1, len(self.lines)):
                    self.lines[y] = []
        elif what == "K":
            if values[0] == 0:
                del line[self.column :]
            elif values[0] == 2:
                line.clear()
        elif what in "hl" and private == "?" and values[0] == 7:
            self.wraps = what == "h"
        elif what == "n" and not private and values[0] == 6:
            self.asked_for_cursor += 1
        elif what == "c" and not private:
            self.asked_for_attributes += 1
        self.line()

    def resize(self, rows, columns):
        self.rows, self.columns = rows, columns
        if self.row >= rows:
            self.top += self.row - rows + 1
            self.row = rows - 1

    def text(self):
        """Everything from the first line on, blanks at the ends of lines left out."""
        return "\n".join("".join(line).rstrip() for line in self.lines).rstrip("\n")


def set_size(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def all_of(terminal):
    """The bytes that come out of a pseudo-terminal until nobody has its other end any more."""
    shown = b""
    try:
        while data := os.read(terminal, 65536):
            shown += data
    except OSError:  # how Linux says so
        pass
    return shown


def on_terminal(*command, rows=24, columns=80, cwd=None, env=None, **streams):
    """Runs a program to its end whose standard streams are a terminal, but for those that are given as for Popen. Answers the
    bytes that it showed there, the bytes of a standard output that was given as a pipe, and its status."""
    ours, theirs = pty.openpty()
    try:
        set_size(theirs, rows, columns)
        for stream in ("stdin", "stdout", "stderr"):
            streams.setdefault(stream, theirs)
        process = subprocess.Popen(command, cwd=cwd, env=env or environment(), start_new_session=True, **streams)
    finally:
        os.close(theirs)
    shown = all_of(ours)
    os.close(ours)
    try:
        output, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    return shown, output, process.returncode


class Terminal(Case):
    """Types into a program as a person would, and looks at the screen."""

    attributes = None  # what this terminal answers when it is asked for its attributes

    def start(self, *command, rows=30, columns=100, **changes):
        self.screen = Screen(rows, columns)
        self.gone = -1
        self.raw = b""
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            # Nothing may lead this copy of the test runner back into the tests.
            try:
                os.chdir(self.folder)
                set_size(0, rows, columns)
                settings = {"TERM": "xterm-256color", "HOME": self.folder, "XDG_STATE_HOME": None,
                            "XDG_CONFIG_HOME": None, "INPUTRC": "/dev/null", "DISPLAY": None, "WAYLAND_DISPLAY": None,
                            "TERM_PROGRAM": None, "LC_TERMINAL": None, "TMUX": None,
                            **changes}
                os.execve(command[0], command, environment(**settings))
            finally:
                os._exit(127)
        self.addCleanup(self.end, self.process, self.terminal)

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        set_size(self.terminal, rows, columns)

    def end(self, process, terminal):
        try:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        except (ProcessLookupError, ChildProcessError):
            pass
        if terminal != self.gone:
            os.close(terminal)

    def hang_up(self):
        """The terminal goes away under the program."""
        os.close(self.terminal)
        self.gone, self.terminal = self.terminal, None

    def type(self, text):
        data = text if isinstance(text, bytes) else text.encode()
        while data:
            # A program that is busy does not read, and one that writes wants to be read.
            ready, writable, _ = select.select([self.terminal], [self.terminal], [], PATIENCE)
            if ready:
                self.take()
            if writable:
                data = data[os.write(self.terminal, data[:512]) :]

    def take(self):
        try:
            piece = os.read(self.terminal, 65536)
        except OSError:
            piece = b""
        self.raw += piece
        self.screen.feed(piece.decode(errors="replace"))
        for _ in range(self.screen.asked_for_cursor):
            os.write(self.terminal, b"\x1b[%d;%dR" % (self.screen.row + 1, self.screen.column + 1))
        self.screen.asked_for_cursor = 0
        if self.attributes:
            os.write(self.terminal, self.attributes * self.screen.asked_for_attributes)
        self.screen.asked_for_attributes = 0
        return piece

    def until(self, holds, what):
        """Reads until holds() is true, and answers what it said."""
        end = time.monotonic() + PATIENCE
        while not (found := holds()):
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            self.assertTrue(ready, f"waited for {what}, saw\n{self.screen.text()}")
            self.assertTrue(self.take(), f"the program ended; waited for {what}, saw\n{self.screen.text()}")
        return found

    def shows(self, pattern):
        """Waits until the screen matches."""
        return self.until(lambda: re.search(pattern, self.screen.text(), re.M), repr(pattern))

    def shows_within(self, pattern, seconds):
        """Whether the screen matches before so many seconds are over."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.screen.text(), re.M):
            if not select.select([self.terminal], [], [], max(0, end - time.monotonic()))[0] or not self.take():
                return False
        return True

    def shows_times(self, pattern, count):
        """Waits until the screen has so many places that match."""
        self.until(lambda: len(re.findall(pattern, self.screen.text(), re.M)) >= count, f"{pattern!r}, {count} times,")

    def hides(self, pattern):
        """Waits until the screen matches no more."""
        self.until(lambda: not re.search(pattern, self.screen.text(), re.M), f"{pattern!r} to go")

    def settle(self, quiet=0.3):
        """Reads until nothing more comes for a moment."""
        while select.select([self.terminal], [], [], quiet)[0]:
            if not self.take():
                return

    def appears(self, name):
        """Waits for a file that the program writes, looking at the screen meanwhile."""
        end = time.monotonic() + PATIENCE
        while not os.path.exists(os.path.join(self.folder, name)):
            self.assertLess(time.monotonic(), end, f"waited for the file {name}, saw\n{self.screen.text()}")
            self.settle(0.02)

    def status(self):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.terminal is not None and select.select([self.terminal], [], [], 0)[0]:
                self.take()
            process, status = os.waitpid(self.process, os.WNOHANG)
            if process:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
        self.fail("the program did not end; saw\n" + self.screen.text())
