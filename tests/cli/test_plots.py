"""Plots and pictures at the prompt: in the terminal by kitty's protocol, iTerm2's or sixel, or in a file that is named.
Skipped where prompt_toolkit or matplotlib is not installed."""

import base64
import os
import re
import struct
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import PATIENCE, catena  # noqa: E402
from session import Session  # noqa: E402

PNG = b"\x89PNG\r\n\x1a\n"


def setUpModule():
    for module in ("matplotlib", "PIL"):
        if catena("-e", f"(import {module})").returncode != 0:
            raise unittest.SkipTest(f"Catena's Python has no {module}")


def size(png):
    return struct.unpack(">II", png[16:24])


def painted(data):
    """What a terminal paints of a sixel picture: the colours, in per cent, by row and column."""
    width, height = (int(n) for n in re.match(rb'"1;1;(\d+);(\d+)', data).groups())
    colours, rows = {}, [[None] * width for _ in range((height + 5) // 6 * 6)]
    colour, column, band = None, 0, 0
    for found in re.finditer(rb"#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([?-~])|([?-~])|\$|-", data[len(re.match(rb'"[\d;]*', data).group()):]):
        number, red, green, blue, times, repeated, single = found.groups()
        if number is not None:
            colour = int(number)
            if red is not None:
                colours[colour] = (int(red), int(green), int(blue))
        elif repeated or single:
            bits = (repeated or single)[0] - 63
            for _ in range(int(times or 1)):
                for k in range(6):
                    if bits >> k & 1:
                        rows[band * 6 + k][column] = colours[colour]
                column += 1
        elif found.group() == b"$":
            column = 0
        else:
            column, band = 0, band + 1
    return rows[:height]


class Plots(Session):
    def begin(self, **settings):
        super().begin(TMPDIR=self.folder, MPLCONFIGDIR=os.path.join(self.folder, "mpl"), **settings)

    def enter(self, text):
        self.raw = b""
        return super().enter(text)

    def plot(self):
        self.enter("(do (import matplotlib.pyplot :as plt) (plt.plot [1 3 2]) nil)")

    def kitty_pictures(self):
        pictures, data = [], b""
        for head, piece in re.findall(rb"\x1b_G([^;]*);([^\x1b]*)\x1b\\", self.raw):
            data += piece
            self.assertLessEqual(len(piece), 4096)
            if b"m=0" in head:
                pictures.append(base64.b64decode(data, validate=True))
                data = b""
        return pictures

    def test_a_plot_is_saved_where_nothing_else_is_possible(self):
        self.begin()
        self.plot()
        shown = self.enter("(plt.show)")
        path = re.search(r"figure 1 is saved in (\S.*/figure-1\.png)", shown.replace("\n", "")).group(1)
        with open(path, "rb") as file:
            self.assertEqual(size(file.read()), (640, 480))
        self.assertNotIn("Warning", self.screen.text())
        # It was shown, so it is closed; another one gets a file of its own.
        self.enter("(plt.show)")
        self.assertEqual(len(os.listdir(os.path.dirname(path))), 1)
        self.enter("(.show (plt.figure))")
        self.assertIn("figure-1-2.png", os.listdir(os.path.dirname(path)))

    def test_a_folder_that_cannot_be_written(self):
        self.begin()
        self.plot()
        self.enter("(import catena.plots :as plots)")
        self.enter('(set! plots.folder "/proc/self")')
        self.assertRegex(self.enter("(plt.show)").replace("\n", ""), r"catena: figure 1 could not be saved in /proc/self/figure-1.png: ")
        self.assertIn("\n3\n", self.enter("(+ 1 2)"))

    def test_kitty(self):
        self.begin(TERM="xterm-kitty")
        self.plot()
        shown = self.enter("(plt.show)")
        self.assertEqual([size(png) for png in self.kitty_pictures()], [(640, 480)])
        self.assertIn(b"\x1b_Ga=T,f=100,q=2,", self.raw)
        self.assertNotIn("saved", shown)

    def test_values_that_are_pictures(self):
        self.begin(TERM="xterm-kitty")
        self.plot()
        self.enter("(plt.gcf)")
        self.assertEqual([size(png) for png in self.kitty_pictures()], [(640, 480)])
        self.enter('((. ($py "PIL.Image") new) "RGB" #[31 17] "red")')
        self.assertEqual([size(png) for png in self.kitty_pictures()], [(31, 17)])
        # A figure with nothing on it, and pictures that fail, are told about in words.
        self.assertIn("\n<Figure size 640x480 with 0 Axes>\n", self.enter("(do (plt.close) (plt.figure))"))
        for answer in ("(/ 1 0)", "nil", '"text"', 'b"bytes"'):
            self.enter(f"(defclass P [] (defn _repr_png_ [self] {answer}) (defn __repr__ [self] \"words\"))")
            self.assertTrue(self.enter("(P)").endswith("(P)\nwords\ncatena>"))

    def test_pictures_wider_than_the_terminal(self):
        self.begin(TERM="xterm-kitty", columns=60)
        self.enter('((. ($py "PIL.Image") new) "RGB" #[2000 17] "red")')
        self.assertEqual(len(self.kitty_pictures()), 1)
        self.assertRegex(self.raw, rb"\x1b_Ga=T,f=100,q=2,c=60,")

    def test_iterm(self):
        self.begin(TERM_PROGRAM="iTerm.app")
        self.plot()
        self.enter("(plt.show)")
        count, data = re.search(rb"\x1b\]1337;File=inline=1;size=(\d+);preserveAspectRatio=1:([^\x07]*)\x07", self.raw).groups()
        png = base64.b64decode(data, validate=True)
        self.assertEqual((len(png), size(png)), (int(count), (640, 480)))

    def test_sixel(self):
        self.attributes = b"\x1b[?62;4;22c"
        self.begin()
        self.enter('(import [PIL.Image :as Image] [PIL.ImageDraw :as ImageDraw])')
        self.enter('(do (def i (Image.new "RGB" #[40 25] "white")) (.rectangle (ImageDraw.Draw i) [3 5 20 22] :fill "blue") nil)')
        self.enter("i")
        rows = painted(re.search(rb"\x1bPq([^\x1b]*)\x1b\\", self.raw).group(1))
        blue, white = (0, 0, 100), (100, 100, 100)
        self.assertEqual(rows, [[blue if 5 <= y <= 22 and 3 <= x <= 20 else white for x in range(40)] for y in range(25)])
        self.enter('(Image.new "RGB" #[3000 300] "red")')
        rows = painted(re.search(rb"\x1bPq([^\x1b]*)\x1b\\", self.raw).group(1))
        self.assertLessEqual(len(rows[0]), 1000)
        self.assertEqual({pixel for row in rows for pixel in row}, {(100, 0, 0)})
        # The terminal is asked once; nothing of its answer is taken for typed.
        self.assertNotIn("22c", self.screen.text())

    def test_terminals_without_pictures_are_asked_once(self):
        self.attributes = b"\x1b[?62;22c"
        self.begin()
        self.assertIn("<PIL.Image.Image", self.enter('((. ($py "PIL.Image") new) "RGB" #[31 17] "red")'))
        self.assertIn(b"\x1b[c", self.raw)
        self.enter('((. ($py "PIL.Image") new) "RGB" #[31 17] "red")')
        self.assertNotIn(b"\x1b[c", self.raw)

    def test_settings(self):
        self.write(".config/catena/init.lisp", '(import catena.repl :as repl) (set! (get repl.settings :plots) "file")')
        self.begin(TERM="xterm-kitty")
        self.plot()
        self.assertIn("saved in", self.enter("(plt.show)"))

    def test_a_backend_that_was_chosen_stays(self):
        self.begin(TERM="xterm-kitty", MPLBACKEND="svg")
        self.plot()
        self.assertIn('"svg"', self.enter("(plt.get-backend)"))
        self.begin(TERM="xterm-kitty")
        self.enter("(do (import matplotlib) (matplotlib.use \"Agg\"))")
        self.assertIn('"agg"', self.enter("(.lower (matplotlib.get-backend))"))

    def test_windows_live_while_one_types(self):
        self.write("windows.py", "from matplotlib.backends.backend_agg import FigureCanvasAgg\n"
                                 "looks = 0\n"
                                 "class FigureCanvas(FigureCanvasAgg):\n"
                                 "    def flush_events(self):\n"
                                 "        global looks\n"
                                 "        looks += 1\n"
                                 "        if looks == 40: raise ValueError('a callback')\n")
        self.begin(MPLBACKEND="module://windows", PYTHONPATH=self.folder)
        self.plot()
        end, looks = time.monotonic() + PATIENCE, 0
        while looks < 2 and time.monotonic() < end:
            self.type("(do (import windows) windows.looks)")
            self.settle(0.3)
            looks = int(re.findall(r"looks\)\n(\d+)\n", self.enter(""))[-1])
        self.assertGreater(looks, 1)
        self.shows("ValueError: a callback")
        self.assertIn("\n3\n", self.enter("(+ 1 2)"))

    def test_output_that_is_caught_has_no_pictures(self):
        self.begin(TERM="xterm-kitty")
        self.plot()
        self.assertIn("saved in", self.enter("(with-out-str (plt.show))"))


if __name__ == "__main__":
    unittest.main()
