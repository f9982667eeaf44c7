"""The request engine of examples/embed/engine: replies come as they are made, and wait for who reads them."""

import os
import subprocess
import time
import unittest

import package

try:
    import numpy
except ImportError:
    numpy = None

HANDLERS = os.path.join(package.EXAMPLES, "engine", "handlers")
PATIENT = "60000"  # milliseconds: more than any handler here takes


class Engine(package.HostTestCase):
    example = "engine"
    maxDiff = None

    def engine(self, folder=None, limit=PATIENT):
        process = subprocess.Popen([self.program, folder or self.folder, limit], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        process.stdin.close()
        process.stdout.read()
        process.stdout.close()
        self.assertEqual(process.wait(timeout=60), 0)

    def ask(self, process, *lines):
        process.stdin.write("".join(line + "\n" for line in lines).encode())
        process.stdin.flush()

    def reply(self, process):
        """The next one: its id, its kind and what it holds."""
        name, kind, size = process.stdout.readline().decode().split()
        data = process.stdout.read(int(size))
        self.assertEqual(process.stdout.read(1), b"\n")
        return name, kind, data if kind == "bytes" else data.decode()

    def replies(self, process, count):
        """Those to so many requests, by id."""
        found = {}
        while count:
            name, kind, data = self.reply(process)
            found.setdefault(name, []).append((kind, data))
            count -= kind == "end"
        return found

    def answers(self, *lines, limit=PATIENT):
        process = self.engine(limit=limit)
        self.ask(process, *lines)
        return self.replies(process, len(lines))

    def test_words(self):
        process = self.engine(HANDLERS)
        self.ask(process, "a words to be or not", "b words", "c words one")
        self.assertEqual(self.replies(process, 3), {
            "a": [("text", "to"), ("text", " be"), ("text", " or"), ("text", " not"), ("end", "")],
            "b": [("end", "")], "c": [("text", "one"), ("end", "")]})

    @unittest.skipUnless(numpy, "NumPy is not installed")
    def test_payloads(self):
        process = self.engine(HANDLERS)
        self.ask(process, "a noise 5 1", "b noise 2 7", "c noise x y")
        found = self.replies(process, 3)
        for name, count, seed in (("a", 5, 1), ("b", 2, 7)):
            noise = numpy.random.default_rng(seed)
            self.assertEqual(found[name][0], ("text", f"{count} MB"))
            self.assertEqual(found[name][1:], [("bytes", noise.integers(0, 256, 1 << 20, dtype=numpy.uint8).tobytes())
                                               for _ in range(count)] + [("end", "")])
        self.assertEqual(found["c"], [("error", f"{HANDLERS}/noise.py:9: ValueError: invalid literal for int() with base 10: 'x'"),
                                      ("end", "")])

    def test_replies_come_as_they_are_made(self):
        self.write("gate.lisp", """
            (import asyncio)
            (def opened nil)
            (defn-async handle [words]
              (when-not opened (set! opened (asyncio.Event)))
              (if (= words ["open"])
                (do (.set opened) (yield "opening"))
                (do (yield "waiting") (await (.wait opened)) (yield "through"))))""")
        process = self.engine()
        self.ask(process, "a gate")
        self.assertEqual(self.reply(process), ("a", "text", "waiting"))
        self.ask(process, "b gate open")
        self.assertEqual(self.replies(process, 2), {"a": [("text", "through"), ("end", "")],
                                                    "b": [("text", "opening"), ("end", "")]})

    def test_a_generator_waits_for_who_reads(self):
        self.write("flood.py", """
made = 0
async def handle(words):
    global made
    if words:
        yield str(made)
        return
    while made < 100:
        made += 1
        yield bytes(1 << 20)
""")
        process = self.engine()
        self.ask(process, "a flood")
        time.sleep(0.3)  # it could have made all of them meanwhile
        self.ask(process, "b flood how-many")
        ended, made, came = 0, 0, 0
        while ended < 2:
            name, kind, data = self.reply(process)
            if (name, kind) == ("b", "text"):
                made = int(data)
                self.assertLess(made - came, 8)
            came += (name, kind) == ("a", "bytes")
            ended += kind == "end"
        self.assertGreater(made, 0)
        self.assertEqual(came, 100)

    def test_cancelling(self):
        self.write("patient.lisp", """
            (import asyncio)
            (def ends [])
            (defn-async handle [words]
              (if (= words ["how-many"])
                (do (yield (str ends)))
                (try (yield "here") (await (asyncio.sleep 1000)) (finally (.append ends "tidied")))))""")
        process = self.engine()
        self.ask(process, "a patient")
        self.assertEqual(self.reply(process), ("a", "text", "here"))
        self.ask(process, "cancel a", "cancel a", "cancel nobody")
        self.assertEqual([self.reply(process) for _ in range(2)],
                         [("a", "error", "asyncio.exceptions.CancelledError: the host has cancelled the stream"), ("a", "end", "")])
        # The host does not wait for what a generator has to tidy up.
        for _ in range(1000):
            self.ask(process, "b patient how-many")
            answer = self.replies(process, 1)["b"]
            if answer[0] != ("text", "[]"):
                break
        self.assertEqual(answer, [("text", "['tidied']"), ("end", "")])

    def test_bad_handlers(self):
        self.write("bad.lisp", """
(import sys)
(defn-async handle [words]
  (case (first words)
    "late" (do (yield "one") (/ 1 0))
    "number" (do (yield 5) (yield "more"))
    "exit" (do (sys.exit 3) (yield 1))
    "none" (do)))""")
        self.write("plain.lisp", "(defn handle [words] words)")
        self.write("empty.lisp", "")
        self.write("broken.lisp", "(defn handle")
        found = self.answers("a bad late", "b bad number", "c bad exit", "d bad none", "e plain x", "f empty", "g broken",
                             "h no-such-handler")
        first = {name: "; ".join(f"{kind} {data}" for kind, data in parts).replace(self.folder + "/", "")
                 for name, parts in found.items()}
        self.assertEqual(first, {
            "a": "text one; error bad.lisp:5: ZeroDivisionError: division by zero; end ",
            "b": "error TypeError: int fits no alternative; text more; end ",
            "c": "error bad.lisp:7: SystemExit: 3; end ",
            "d": "end ",
            "e": "error TypeError: expected an asynchronous generator or an awaitable, not list; end ",
            "f": "error AttributeError: module 'empty' has no attribute 'handle'; end ",
            "g": "error broken.lisp:1: catena.ReadError: the ( at 1:1 is not closed (broken.lisp, line 1); end ",
            "h": "error ModuleNotFoundError: No module named 'no-such-handler'; end ",
        })

    def test_a_handler_that_computes_for_ever(self):
        self.write("endless.lisp", '(defn-async handle [words] (yield "started") (while true))')
        self.write("quick.lisp", '(defn-async handle [words] (yield "done"))')
        found = self.answers("a endless", "b endless", "c quick", limit="100")
        self.assertEqual(found["c"], [("text", "done"), ("end", "")])
        for name in "ab":
            self.assertEqual(found[name][0], ("text", "started"))
            self.assertIn("catena.TimeLimitError: the script ran for more than 100 ms", found[name][1][1])
            self.assertEqual(found[name][2], ("end", ""))

    def test_many_requests(self):
        self.write("count.lisp", """
            (import asyncio)
            (defn-async handle [words]
              (dotimes [i (int (first words))] (await (asyncio.sleep 0)) (yield (str i))))""")
        found = self.answers(*(f"r{i} count {i % 7}" for i in range(60)))
        self.assertEqual(found, {f"r{i}": [("text", str(n)) for n in range(i % 7)] + [("end", "")] for i in range(60)})

    def test_wrong_usage(self):
        for arguments in ([], [HANDLERS, "x"], [HANDLERS, "0"]):
            result = subprocess.run([self.program, *arguments], capture_output=True, text=True, timeout=60)
            self.assertEqual((result.returncode, result.stderr), (2, "usage: engine FOLDER [MILLISECONDS]\n"))


if __name__ == "__main__":
    unittest.main()
