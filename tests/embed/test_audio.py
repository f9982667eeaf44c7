"""The audio host of examples/embed/audio: its WAV files, its plugins, and plugins that misbehave."""

import os
import struct
import subprocess
import unittest

import package

try:
    import numpy
except ImportError:
    numpy = None

PLUGINS = os.path.join(package.EXAMPLES, "audio", "plugins")


def chunk(name, data):
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def wav(code, bits, channels, data, rate=48000, before=b"", extensible=False):
    size = bits // 8 * channels
    form = struct.pack("<HHIIHH", 0xFFFE if extensible else code, channels, rate, rate * size, size, bits)
    if extensible:
        form += struct.pack("<HHIH", 22, bits, 3, code) + b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    body = b"WAVE" + before + chunk(b"fmt ", form) + chunk(b"data", data)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def floats(data):
    """What the host writes: the rate and the samples of each channel."""
    header = struct.unpack("<4sI4s4sIHHIIHHH4sII4sI", data[:58])
    riff, size, wave, _, _, code, channels, rate, second, frame, bits, _, _, _, frames, name, length = header
    assert (riff, wave, name, code, bits) == (b"RIFF", b"WAVE", b"data", 3, 32), header
    assert size + 8 == len(data) and length + 58 == len(data) and frames * frame == length and second == rate * frame
    samples = struct.unpack("<%df" % (length // 4), data[58:])
    return rate, [samples[channel::channels] for channel in range(channels)]


@unittest.skipUnless(numpy, "NumPy is not installed")
class Audio(package.HostTestCase):
    example = "audio"

    def play(self, *arguments, folder=PLUGINS, status=0):
        """What the plugins printed, and what the host said, without the times."""
        result = subprocess.run([self.program, *arguments[:-1], folder, *arguments[-1].split()],
                                capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, status, result.stderr)
        said = result.stderr.replace(self.folder + "/", "").splitlines()
        return result.stdout.splitlines(), [line for line in said if not line.startswith("a block took")]

    def through(self, data, plugins="pass_on"):
        """The rate and samples of a WAV file after a run."""
        self.write("pass_on.py", "class Plugin:\n    def process(self, input, output):\n        output[:] = input\n"
                                 "def make(rate, frames):\n    return Plugin()\n")
        with open(os.path.join(self.folder, "in.wav"), "wb") as file:
            file.write(data)
        out = os.path.join(self.folder, "out.wav")
        _, said = self.play("--in", os.path.join(self.folder, "in.wav"), "--out", out, plugins, folder=self.folder)
        self.assertEqual(said, [])
        with open(out, "rb") as file:
            return floats(file.read())

    def plugin(self, text, *arguments, blocks=5, status=0, name="plugin.lisp"):
        self.write(name, text)
        self.write("loud.py", "class Loud:\n    def process(self, input, output):\n        output[:] = input + 0.25\n"
                              "def make(rate, frames):\n    return Loud()\n")
        return self.play("--blocks", str(blocks), *arguments, "plugin loud", folder=self.folder, status=status)

    def peak(self, name="out.wav"):
        with open(os.path.join(self.folder, name), "rb") as file:
            return [max(channel) for channel in floats(file.read())[1]]

    def test_kinds_of_samples(self):
        values = [0.0, 0.5, -0.5, 0.25, -1.0, 0.75]
        left, right = values[0::2], values[1::2]
        whole = {bits: [int(v * 2 ** (bits - 1)) for v in values] for bits in (8, 16, 24, 32)}
        files = {
            "8": wav(1, 8, 2, bytes(v + 128 for v in whole[8])),
            "16": wav(1, 16, 2, struct.pack("<6h", *whole[16])),
            "24": wav(1, 24, 2, b"".join(v.to_bytes(3, "little", signed=True) for v in whole[24])),
            "32": wav(1, 32, 2, struct.pack("<6i", *whole[32])),
            "float": wav(3, 32, 2, struct.pack("<6f", *values)),
            "double": wav(3, 64, 2, struct.pack("<6d", *values)),
            "extensible": wav(1, 24, 2, b"".join(v.to_bytes(3, "little", signed=True) for v in whole[24]), extensible=True),
            "with other chunks": wav(1, 16, 2, struct.pack("<6h", *whole[16]), before=chunk(b"LIST", b"odd")),
        }
        for name, data in files.items():
            with self.subTest(name):
                rate, channels = self.through(data)
                self.assertEqual((rate, [list(channel) for channel in channels]), (48000, [left, right]))

    def test_lengths_rates_and_channels(self):
        samples = [i / 4096 for i in range(1300)]
        rate, (left, right) = self.through(wav(3, 32, 1, struct.pack("<1300f", *samples), rate=44100))
        self.assertEqual((rate, list(left), list(right)), (44100, samples, samples))
        for frames in (0, 1, 511, 512, 513, 1024):
            with self.subTest(frames=frames):
                data = wav(3, 32, 3, struct.pack("<%df" % (3 * frames), *([0.5, 0.25, 1] * frames)))
                _, channels = self.through(data)
                self.assertEqual([list(channel) for channel in channels], [[0.5] * frames, [0.25] * frames])
        cut = wav(3, 32, 2, struct.pack("<8f", *([0.5, 0.25] * 4)))[:-9]
        self.assertEqual([list(channel) for channel in self.through(cut)[1]], [[0.5] * 2, [0.25] * 2])

    def test_files_that_are_none(self):
        good = wav(1, 16, 2, b"\0" * 8)
        for name, data, message in [
            ("text", b"no sound in here at all", "this is no WAV file"),
            ("nothing", b"", "this is no WAV file"),
            ("cut off", good[:30], "its format is cut off"),
            ("no samples", good[:36], "there are no samples in it"),
            ("mu-law", wav(7, 8, 1, b"\0" * 8), "samples of format 7 with 8 bits are not read"),
            ("20 bits", wav(1, 20, 1, b"\0" * 8), "samples of format 1 with 20 bits are not read"),
            ("no channels", wav(1, 16, 0, b""), "it has no channels, or no rate"),
        ]:
            with self.subTest(name):
                path = os.path.join(self.folder, "bad.wav")
                with open(path, "wb") as file:
                    file.write(data)
                _, said = self.play("--in", path, "gain", status=1)
                self.assertEqual(said, ["audio: bad.wav: " + message])
        _, said = self.play("--in", "/no/such.wav", "gain", status=1)
        self.assertEqual(said, ["audio: cannot read /no/such.wav: No such file or directory"])
        _, said = self.play("--out", "/no/such.wav", "gain", status=1)
        self.assertEqual(said, ["audio: cannot write /no/such.wav: No such file or directory"])
        if os.path.exists("/dev/full"):
            _, said = self.play("--out", "/dev/full", "--blocks", "9", "gain", status=1)
            self.assertEqual(len(said), 1)
            self.assertIn("audio: cannot write /dev/full: ", said[0])

    def test_the_plugins_that_come_with_it(self):
        outs = []
        for name in ("one.wav", "two.wav"):
            path = os.path.join(self.folder, name)
            printed, said = self.play("--out", path, "--blocks", "200", "tone gain echo meter")
            self.assertEqual((len(printed), said), (2, []))
            with open(path, "rb") as file:
                outs.append(file.read())
        self.assertEqual(outs[0], outs[1])
        _, (left, right) = floats(outs[0])
        self.assertEqual(len(left), 200 * 512)
        t = numpy.arange(200 * 512) / 48000
        delay = 48000 // 4 // 512 * 512
        for channel, frequency in ((left, 440), (right, 660)):
            expected = 0.25 * numpy.sin(2 * numpy.pi * frequency * t)
            for i in range(delay, len(t), delay):
                expected[i:i + delay] += 0.4 * expected[i - delay:len(t) - delay][:len(expected[i:i + delay])]
            numpy.testing.assert_allclose(channel, expected, atol=1e-5)
        self.assertEqual(printed[0], "peak %.3f" % max(map(max, (left[:93 * 512], right[:93 * 512]))))

    def test_real_time(self):
        printed, said = self.play("--realtime", "--blocks", "94", "tone meter")
        self.assertEqual((printed, said), (["peak 0.500"], []))

    def test_a_source_says_when_it_ends(self):
        out = os.path.join(self.folder, "out.wav")
        self.plugin("""
            (defclass Source []
              (def left 1000)
              (defn read [self output]
                (.fill output 0.5)
                (let [n (min self.left 512)] (update! self.left - n) n)))
            (defn make [rate frames] (Source))""", "--out", out, blocks=100)
        with open(out, "rb") as file:
            _, (left, right) = floats(file.read())
        self.assertEqual((list(left), list(right)), ([0.75] * 1000, [0.75] * 1000))

    def test_a_plugin_that_fails_is_passed_over(self):
        out = os.path.join(self.folder, "out.wav")
        _, said = self.plugin("""
            (defclass Flaky []
              (def n 0)
              (defn process [self input output]
                (update! self.n inc)
                (.fill output 9)
                (cond (< self.n 3) (/ 1 0)
                      (< self.n 5) (throw (ValueError "later"))
                      :else (.fill output 0.5))))
            (defn make [rate frames] (Flaky))""", "--out", out)
        self.assertEqual(said, ["plugin: plugin.lisp:7:36: ZeroDivisionError: division by zero",
                                "plugin: plugin.lisp:8:36: ValueError: later",
                                "plugin: failed in 4 of 5 blocks"])
        with open(out, "rb") as file:
            _, (left, _) = floats(file.read())
        self.assertEqual(list(left), [0.25] * 4 * 512 + [0.75] * 512)

    def test_ways_to_fail(self):
        for text, message in {
            "(defn process [self input output] (set! (. input [0 0]) 1.0))":
                "plugin.lisp:1:70: ValueError: assignment destination is read-only",
            "(defn process [self input output] (import sys) (sys.exit 3))": "plugin.lisp:1:68: SystemExit: 3",
            "(defn process [self input] 1)": "TypeError: process takes 2 arguments but 3 were given",
            '(defn read [self output] "many")': "TypeError: expected an integer, not str",
            "(defn read [self output] -1)": "OverflowError: can't convert negative int to unsigned",
            "(defn write [self input] (.resize input [5]))": "plugin.lisp:1:46: ValueError: cannot resize this array: it does not own its data",
            "(defn write [self input] (throw (KeyboardInterrupt)))": "plugin.lisp:1:46: KeyboardInterrupt: ",
        }.items():
            with self.subTest(text):
                out = os.path.join(self.folder, "out.wav")
                _, said = self.plugin(f"(defclass Plugin [] {text}) (defn make [r f] (Plugin))", "--out", out)
                self.assertEqual(said, ["plugin: " + message, "plugin: failed in 5 of 5 blocks"])
                self.assertEqual(self.peak(), [0.25, 0.25])

    def test_endless_recursion(self):
        """The limit is met at the method's lookup or at its call, as the depth it begins at has it."""
        _, said = self.plugin("(defclass Plugin [] (defn write [self input] (inc (self.write input)))) (defn make [r f] (Plugin))")
        self.assertRegex(said[0], r"^plugin: plugin\.lisp:1:5[12]: RecursionError: maximum recursion depth exceeded$")
        self.assertEqual(said[1:], ["plugin: failed in 5 of 5 blocks"])

    def test_plugins_that_are_none(self):
        for text, message in {
            "(defn make [rate frames] (range 3))": "TypeError: plugin: a plugin has a method read, process or write",
            "(defn make [rate frames] (oops))": "plugin.lisp:1:27: NameError: name 'oops' is not defined",
            "(def x 1)": "AttributeError: module 'plugin' has no attribute 'make'",
            "(defn make []": "plugin.lisp:1:1: catena.ReadError: the ( at 1:1 is not closed (plugin.lisp, line 1)",
        }.items():
            with self.subTest(text):
                _, said = self.plugin(text, status=1)
                self.assertEqual(said[-1], "plugin: " + message)
        _, said = self.play("no_such_plugin", status=1)
        self.assertEqual(said, ["no_such_plugin: ModuleNotFoundError: No module named 'no_such_plugin'"])

    def test_a_block_that_is_kept(self):
        printed, said = self.plugin("""
            (def kept [])
            (defclass Keeper []
              (defn write [self input]
                (.append kept input)
                (println (len (set (map id kept))))))
            (defn make [rate frames] (Keeper))""", blocks=4)
        self.assertEqual((printed, said), (["1", "2", "2", "2"], []))

    def test_usage(self):
        for arguments in ([], ["plugins"], ["--blocks", "x", "plugins", "gain"], ["--frob", "1", "plugins", "gain"], ["--in"]):
            result = subprocess.run([self.program, *arguments], capture_output=True, text=True, timeout=60)
            self.assertEqual((result.returncode, result.stderr[:13]), (2, "usage: audio "), arguments)


if __name__ == "__main__":
    unittest.main()
