"""The nREPL server, spoken to as editors do: bencode on a socket."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import CATENA, PATIENCE, Case, catena, environment  # noqa: E402


def encode(x):
    if isinstance(x, dict):
        return b"d" + b"".join(encode(k) + encode(x[k]) for k in sorted(x)) + b"e"
    if isinstance(x, list):
        return b"l" + b"".join(map(encode, x)) + b"e"
    if isinstance(x, int):
        return b"i%de" % x
    data = x if isinstance(x, bytes) else x.encode()
    return b"%d:%s" % (len(data), data)


class End(Exception):
    """The end of a list or map."""


def decode(stream):
    mark = stream.read(1)
    if mark == b"":
        raise EOFError("the server has closed the connection")
    if mark == b"e":
        raise End
    if mark == b"i":
        digits = b""
        while (mark := stream.read(1)) != b"e":
            digits += mark
        return int(digits)
    if mark in (b"l", b"d"):
        items = []
        try:
            while True:
                items.append(decode(stream))
        except End:
            return items if mark == b"l" else dict(zip(items[::2], items[1::2]))
    while (digit := stream.read(1)) != b":":
        mark += digit
    return stream.read(int(mark)).decode()


class Client:
    """A connection; `ask` sends a request and answers all the replies to it."""

    count = 0

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.stream = self.socket.makefile("rb")
        self.session = None
        self.waiting = []  # replies to other requests than the one that was waited for

    def send(self, op, **message):
        Client.count += 1
        message = {key.replace("_", "-"): value for key, value in message.items()}
        message.update(op=op, id=str(Client.count))
        if self.session is not None:
            message.setdefault("session", self.session)
        self.socket.sendall(encode(message))
        return message["id"]

    def until(self, condition):
        for i, reply in enumerate(self.waiting):
            if condition(reply):
                return self.waiting.pop(i)
        while not condition(reply := decode(self.stream)):
            self.waiting.append(reply)
        return reply

    def replies(self, ident):
        found = []
        while not found or "done" not in found[-1].get("status", []):
            found.append(self.until(lambda reply: reply.get("id") == ident))
        return found

    def ask(self, op, **message):
        return self.replies(self.send(op, **message))

    def clone(self):
        self.session = self.ask("clone")[-1]["new-session"]
        return self

    def close(self):
        self.stream.close()
        self.socket.close()


def collect(replies, key):
    return [reply[key] for reply in replies if key in reply]


def status(replies):
    return set(replies[-1]["status"])


class Server(Case):
    def setUp(self):
        super().setUp()
        self.process, self.port = self.start()

    def start(self, *arguments):
        process = subprocess.Popen(
            [CATENA, "nrepl", *arguments], cwd=self.folder, env=environment(), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        line = process.stdout.readline()
        match = re.fullmatch(r"nREPL server started on port (\d+) on host 127\.0\.0\.1 - nrepl://127\.0\.0\.1:\1\n", line)
        self.assertTrue(match, line)
        return process, int(match[1])

    def connect(self):
        client = Client(self.port)
        self.addCleanup(client.close)
        return client

    def client(self):
        return self.connect().clone()

    def port_file(self):
        return os.path.join(self.folder, ".nrepl-port")

    def end(self, number):
        self.process.send_signal(number)
        self.process.wait(PATIENCE)

    def test_the_port_file_is_there_while_it_runs(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                with open(self.port_file(), encoding="ascii") as file:
                    self.assertEqual(int(file.read()), self.port)
                self.end(number)
                self.assertEqual(self.process.returncode, 0)
                self.assertFalse(os.path.exists(self.port_file()))
                self.process, self.port = self.start()

    def test_the_port_file_of_another_server_is_left_alone(self):
        self.write(".nrepl-port", "1")
        self.end(signal.SIGTERM)
        self.assertTrue(os.path.exists(self.port_file()))

    def test_loopback_only(self):
        with open(f"/proc/{self.process.pid}/net/tcp", encoding="ascii") as file:
            rows = [line.split()[1] for line in file if f":{self.port:04X} " in line and " 0A " in line]
        self.assertEqual(rows, [f"0100007F:{self.port:04X}"])

    def test_a_port_in_use(self):
        result = catena("nrepl", "--port", str(self.port), cwd=self.folder)
        self.fails(1, f"catena: cannot listen on 127.0.0.1 port {self.port}: ", result=result)
        self.assertEqual(result.stdout, "")

    # What a stock client does: clone, describe, clone for tools, a look around, then evaluations with ns, file and line.
    def test_a_clients_session(self):
        client = self.client()
        described = client.ask("describe")[-1]
        self.assertLessEqual(
            {"clone", "close", "describe", "eval", "load-file", "completions", "complete", "lookup", "info", "interrupt", "stdin",
             "ls-sessions"}, set(described["ops"]))
        self.assertIn("version-string", described["versions"]["nrepl"])
        tools = self.connect().clone()
        self.assertEqual(set(client.ask("ls-sessions")[-1]["sessions"]), {client.session, tools.session})
        self.assertIn("classpath", client.ask("classpath")[-1])
        replies = client.ask("eval", code="(+ 1 2)", ns="user", file="/src/a.lisp", line=3, column=1)
        self.assertEqual((collect(replies, "value"), collect(replies, "ns"), status(replies)), (["3"], ["__main__"], {"done"}))
        self.assertTrue(all(reply["session"] == client.session for reply in replies))
        self.assertEqual(status(client.ask("close")), {"done", "session-closed"})
        self.assertEqual(tools.ask("ls-sessions")[-1]["sessions"], [tools.session])
        self.assertEqual(status(client.ask("eval", code="1")), {"done", "error", "unknown-session"})

    def test_values_output_and_errors_come_in_order(self):
        replies = self.client().ask("eval", code='(import sys) 1 (print "out") (print "err" :file sys.stderr) [:k nil]')
        self.assertEqual(collect(replies, "value")[1:], ["1", "nil", "nil", "[:k nil]"])
        self.assertEqual("".join(collect(replies, "out")), "out\n")
        self.assertEqual("".join(collect(replies, "err")), "err\n")

    def test_output_is_streamed(self):
        client = self.client()
        ident = client.send("eval", code='(print "first") (read-line)')
        self.assertEqual(client.until(lambda r: "out" in r)["out"], "first")
        client.until(lambda r: "need-input" in r.get("status", []))
        client.ask("stdin", stdin="line\n")
        self.assertEqual(collect(client.replies(ident), "value"), ["nil", '"line"'])

    def test_input_by_pieces(self):
        client = self.client()
        ident = client.send("eval", code='(let [a (input "a? ")] [a (input)])')
        client.until(lambda r: "need-input" in r.get("status", []))
        client.ask("stdin", stdin="one\ntwo\n")
        self.assertEqual(collect(client.replies(ident), "value"), ['["one" "two"]'])

    def test_errors(self):
        client = self.client()
        replies = client.ask("eval", code="\n(/ 1 0) 5", file="/src/a.lisp", line=10)
        self.assertEqual(collect(replies, "value"), [])
        self.assertEqual((collect(replies, "ex"), collect(replies, "root-ex")), (["ZeroDivisionError"], ["ZeroDivisionError"]))
        self.assertIn("/src/a.lisp:11:1: ZeroDivisionError", "".join(collect(replies, "err")))
        self.assertIn(["eval-error"], collect(replies, "status"))
        self.assertEqual(collect(client.ask("eval", code="(type *e)"), "value"), ["<class 'ZeroDivisionError'>"])
        replies = client.ask("eval", code='(try (int "x") (catch ValueError e (throw (KeyError 1) :from e)))')
        self.assertEqual((collect(replies, "ex"), collect(replies, "root-ex")), (["KeyError"], ["ValueError"]))
        for wrong in ("(foo", ")", "(let [x])", '"'):
            self.assertIn(["eval-error"], collect(client.ask("eval", code=wrong), "status"))
        self.assertIn("eval-error", status(client.ask("eval", code="((. ($py \"sys\") exit) 3)")))
        self.assertEqual(collect(client.ask("eval", code="1"), "value"), ["1"])

    def test_programs_that_go_wrong_leave_the_server_alone(self):
        client = self.client()
        for code, name in (("(defn f [x] (+ 1 (f x))) (f 1)", "RecursionError"),
                           ("(defn g [x] (map g [x])) (g 1)", "RecursionError"),
                           ('(eval (read-string (* 100000 "(")))', "catena.ReadError"),
                           ("((. ($py \"sys\") stdout write) 5)", "TypeError"),
                           ("(defclass Bad [] (defn __repr__ [self] (/ 1 0))) (Bad)", "ZeroDivisionError")):
            with self.subTest(code=code):
                self.assertEqual(collect(client.ask("eval", code=code), "ex"), [name])
        self.assertEqual(collect(client.ask("eval", code="1"), "value"), ["1"])

    def test_last_values_belong_to_the_session(self):
        one, two = self.client(), self.client()
        one.ask("eval", code="1 2")
        two.ask("eval", code=":x")
        self.assertEqual(collect(one.ask("eval", code="[*1 *2]"), "value"), ["[2 1]"])
        self.assertEqual(collect(two.ask("eval", code="*1"), "value"), [":x"])

    def test_namespaces(self):
        self.write("shapes.lisp", "(defn area [x] (* x x))")
        client = self.client()
        self.assertEqual(status(client.ask("eval", code="1", ns="shapes")), {"done", "error", "namespace-not-found"})
        client.ask("eval", code="(require shapes)")
        replies = client.ask("eval", code="(area 3)", ns="shapes")
        self.assertEqual((collect(replies, "value"), collect(replies, "ns")), (["9"], ["shapes"]))

    def test_load_file(self):
        client = self.client()
        text = "(defn twice [x] (* 2 x))\n(twice 4)\n(twice 5)"
        replies = client.ask("load-file", file=text, file_path="/src/b.lisp", file_name="b.lisp")
        self.assertEqual(collect(replies, "value"), ["10"])
        info = client.ask("lookup", sym="twice")[-1]["info"]
        self.assertEqual((info["name"], info["arglists-str"], info["ns"]), ("twice", "(x)", "__main__"))
        replies = client.ask("load-file", file="(def a 1)\n(b)", file_path="/src/c.lisp", file_name="c.lisp")
        self.assertIn("/src/c.lisp:2:2: NameError", "".join(collect(replies, "err")))

    def test_completions_and_docs(self):
        client = self.client()
        client.ask("eval", code="(import math) (defn my-function [a b] a)")
        names = lambda **m: [c["candidate"] for c in client.ask("completions", **m)[-1]["completions"]]  # noqa: E731
        self.assertEqual(names(prefix="my-f"), ["my-function"])
        self.assertEqual(names(prefix="math.fl"), ["math.floor"])
        self.assertEqual(names(prefix="interp"), ["interpose"])
        self.assertEqual(names(prefix="no-such-thing"), [])
        old = client.ask("complete", symbol="interp")[-1]["completions"]
        self.assertEqual([c["candidate"] for c in old], ["interpose"])
        self.assertIn("Return the floor", client.ask("info", symbol="math.floor")[-1]["doc"])
        self.assertIn("no-info", status(client.ask("info", symbol="no-such-thing")))
        self.assertEqual(client.ask("eldoc", sym="my-function")[-1]["eldoc"], [["a", "b"]])

    def test_completion_runs_no_code_of_the_program(self):
        client = self.client()
        client.ask("eval", code='(def ran []) (defclass T [] (defn __getattr__ [self n] (.append ran n) 1) '
                                '(defn __dir__ [self] (.append ran 1) []) (defn [property] size [self] (.append ran 2) 1)) (def t (T))')
        client.ask("completions", prefix="t.si")
        client.ask("lookup", sym="t.size")
        client.ask("lookup", sym="t.nothing")
        self.assertEqual(collect(client.ask("eval", code="ran"), "value"), ["[]"])

    def interrupted(self, client, code):
        """The status of an evaluation that is interrupted once it runs."""
        ident = client.send("eval", code=f"(print 'ready) {code}")
        client.until(lambda r: r.get("out") == "ready")
        time.sleep(0.1)
        self.assertEqual(status(client.ask("interrupt", interrupt_id=ident)), {"done"})
        return status(client.replies(ident))

    def test_interrupt(self):
        client = self.client()
        self.assertIn("session-idle", status(client.ask("interrupt")))
        for session in (client, self.client()):
            for code in ("(while true (inc 1))", "(loop [] (sum (range 1000)) (recur))", "(read-line)", "(while true (print 'on))"):
                with self.subTest(code=code):
                    self.assertEqual(self.interrupted(session, code), {"interrupted", "done"})
            self.assertEqual(collect(session.ask("eval", code="7"), "value"), ["7"])

    def test_interrupt_of_waits(self):
        client = self.client()
        client.ask("eval", code="(import time threading subprocess asyncio socket) (def pair (socket.socketpair))")
        for code in ("(time.sleep 600)", "(.wait (threading.Event))", '(subprocess.run ["sleep" "600"])', "(await (asyncio.sleep 600))",
                     "(await ((fn-async [] (while true nil))))", "(.recv (first pair) 1)"):
            with self.subTest(code=code):
                self.assertEqual(self.interrupted(client, code), {"interrupted", "done"})
                self.assertEqual(collect(client.ask("eval", code="(await (asyncio.sleep 0 7))"), "value"), ["7"])
        # A session beside it has a thread of its own, and waits there for its event loop alone.
        other = self.client()
        self.assertEqual(self.interrupted(other, "(await (asyncio.sleep 600))"), {"interrupted", "done"})
        self.assertEqual(collect(other.ask("eval", code="(await (asyncio.sleep 0 7))"), "value"), ["7"])

    def test_a_session_goes_on_without_what_does_not_meet_its_interrupt(self):
        main, other = self.client(), self.client()
        main.ask("eval", code="(import threading time) (def gate (threading.Lock)) (.acquire gate)")
        for session, wait in ((other, "(.acquire gate)"), (other, "(while true (time.sleep 0.01))"), (main, "(while true (time.sleep 0.01))")):
            with self.subTest(wait=wait):
                ident = session.send("eval", code=f"(while true (try (print 'ready) {wait} (catch KeyboardInterrupt _ nil)))")
                session.until(lambda r: r.get("out") == "ready")
                behind = session.send("eval", code="(+ 3 4)")
                session.send("interrupt", interrupt_id=ident)
                replies = session.replies(ident)
                self.assertEqual(status(replies), {"interrupted", "left-running", "done"})
                self.assertIn("does not meet the interrupt", "".join(collect(replies, "err")))
                self.assertEqual(collect(session.replies(behind), "value"), ["7"])

    def test_what_was_left_alone_ends_when_it_comes_back_and_is_not_heard(self):
        main, other = self.client(), self.client()
        main.ask("eval", code="(import threading) (def gate (threading.Lock)) (.acquire gate) (def seen [])")
        code = '(try (.acquire gate) (print "late") (.append seen :late) (finally (print "later") (.append seen :left)))'
        # One that has not begun to wait is simply interrupted.
        while "left-running" not in self.interrupted(other, "(.clear seen) " + code + " (.append seen :next)"):
            pass
        main.ask("eval", code="(.release gate)")
        deadline = time.monotonic() + PATIENCE
        while collect(main.ask("eval", code="seen"), "value") != ["[:left]"]:
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual([r for r in other.ask("eval", code="1") if "out" in r], [])
        self.assertEqual([r for r in other.waiting if "later" in r.get("out", "")], [])

    def test_an_interrupt_cuts_no_answer_in_two(self):
        client = self.client()
        for _ in range(10):
            ident = client.send("eval", code='(while true (print (* "x" 3000000)))')
            client.until(lambda r: len(r.get("out", "")) > 1)
            client.send("interrupt", interrupt_id=ident)
            self.assertEqual(status(client.replies(ident)), {"interrupted", "done"})
        self.assertEqual(collect(client.ask("eval", code="7"), "value"), ["7"])

    def test_ctrl_c_after_interrupts_ends_the_server(self):
        client = self.client()
        for _ in range(20):
            ident = client.send("eval", code="(sum (range 1000))")
            client.send("interrupt", interrupt_id=ident)
            client.replies(ident)
        self.end(signal.SIGINT)
        self.assertEqual(self.process.returncode, 0)

    def test_interrupts_in_a_hurry(self):
        client = self.client()
        for i in range(50):
            ident = client.send("eval", code=f"(sum (range {i * 100}))")
            client.send("interrupt", interrupt_id=ident)
            self.assertIn("done", status(client.replies(ident)))
        self.assertEqual(collect(client.ask("eval", code="7"), "value"), ["7"])
        self.assertIsNone(self.process.poll())

    def test_the_first_session_has_the_main_thread(self):
        one, two = self.client(), self.client()
        main = "(do (import threading) (identical? (threading.current-thread) (threading.main-thread)))"
        self.assertEqual(collect(one.ask("eval", code=main), "value")[-1:], ["true"])
        self.assertEqual(collect(two.ask("eval", code=main), "value")[-1:], ["false"])
        one.ask("close")
        three = self.client()
        deadline = time.monotonic() + PATIENCE
        while collect(three.ask("eval", code=main), "value")[-1:] != ["true"]:
            self.assertLess(time.monotonic(), deadline)
            three = self.client()

    def test_ctrl_c_ends_the_server_while_something_runs(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            for code in ("(while true nil)", "(while true (try (time.sleep 600) (catch Exception _ nil)))"):
                with self.subTest(signal=number, code=code):
                    client = self.client()
                    client.send("eval", code=f"(import time) (print 'ready) {code}")
                    client.until(lambda r: r.get("out") == "ready")
                    time.sleep(0.1)
                    self.end(number)
                    self.assertEqual(self.process.returncode, 0)
                    self.assertFalse(os.path.exists(self.port_file()))
                    self.process, self.port = self.start()

    def test_a_signal_ends_the_server_right_after_a_crowd_of_clients(self):
        for _ in range(3):
            gone = Client(self.port).clone()
            gone.send("eval", code="(read-line)")
            gone.until(lambda r: "need-input" in r.get("status", []))
            gone.close()
            for i in range(100):
                with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as peer:
                    peer.sendall(encode({"op": "eval", "code": f"(+ 1 undefined-{i})", "id": "1"})[: -(i % 3) or None])
            self.end(signal.SIGTERM)
            self.assertEqual(self.process.returncode, 0)
            self.process, self.port = self.start()

    def test_sessions_run_side_by_side(self):
        one, two = self.client(), self.client()
        ident = one.send("eval", code="(print 'ready) (while true (inc 1))")
        one.until(lambda r: "out" in r)
        self.assertEqual(collect(two.ask("eval", code="(+ 1 1)"), "value"), ["2"])
        one.send("interrupt", interrupt_id=ident)
        self.assertIn("interrupted", status(one.replies(ident)))

    def test_evaluations_of_a_session_wait_for_each_other(self):
        client = self.client()
        idents = [client.send("eval", code=f"(def n {i}) n") for i in range(20)]
        done = [client.until(lambda r: "done" in r.get("status", []))["id"] for _ in idents]
        self.assertEqual(done, idents)

    def test_awaits(self):
        two = [self.client(), self.client()]
        idents = [c.send("eval", code='(import asyncio) (await (asyncio.sleep 0.2 :slept))') for c in two]
        for client, ident in zip(two, idents):
            self.assertEqual(collect(client.replies(ident), "value")[-1], ":slept")

    def test_unknown_operations_and_messages_without_one(self):
        client = self.client()
        self.assertEqual(status(client.ask("no-such-op")), {"done", "error", "unknown-op"})
        client.socket.sendall(encode({"id": "x"}))
        self.assertIn("unknown-op", client.until(lambda r: r.get("id") == "x")["status"])
        client.socket.sendall(encode([1, 2]))
        self.assertIn("invalid-message", client.until(lambda r: "id" not in r)["status"])
        client.socket.sendall(encode({"op": ["eval"], "id": "y"}))
        self.assertIn("unknown-op", client.until(lambda r: r.get("id") == "y")["status"])
        client.socket.sendall(encode({"op": "eval", "code": 5, "id": "z", "session": client.session}))
        self.assertIn("done", client.replies("z")[-1]["status"])
        self.assertIn("no-code", status(client.ask("eval")))
        for ns in (["x"], {"x": 1}, 5, "no.such"):
            self.assertEqual(status(client.ask("eval", code="1", ns=ns)), {"done", "error", "namespace-not-found"})
        self.assertIn("unknown-session", status(client.ask("eval", code="1", session="nobody")))

    def test_what_is_no_bencode(self):
        for garbage, complaint in (
                (b"GET / HTTP/1.1\r\n\r\n", b"unexpected"), (b"\x00\xff\xfe", b"unexpected"), (b"d2:op", None), (b"99999999999999999999999:", b"too long"),
                (b"l" * 100000, b"too deep"), (b"i--5e", b"not a number"), (b"di1ei2ee", b"a key must be"), (b"1000000000:x", b"too long"),
                (b"i" + b"9" * 100000, b"too long"), (b"3:ab", None), (b"e", b"unexpected")):
            with self.subTest(garbage=garbage[:20]):
                with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as peer:
                    peer.sendall(garbage)
                    peer.shutdown(socket.SHUT_WR)
                    said = b""
                    while piece := peer.recv(65536):
                        said += piece
                if complaint is None:
                    self.assertEqual(said, b"")
                else:
                    self.assertIn(complaint, said)
                    self.assertIn(b"invalid-message", said)
        self.assertIsNone(self.process.poll())
        self.assertEqual(collect(self.client().ask("eval", code="1"), "value"), ["1"])

    def test_a_client_that_goes_away_takes_its_sessions_along(self):
        gone = Client(self.port).clone()
        gone.send("eval", code="(while true (inc 1))")
        time.sleep(0.2)
        gone.close()
        client = self.client()
        deadline = time.monotonic() + PATIENCE
        while client.ask("ls-sessions")[-1]["sessions"] != [client.session]:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)


class Usage(Case):
    def test_wrong_ports(self):
        for port in ("x", "65536", "-1", "", "1.5", "999999999999"):
            with self.subTest(port=port):
                self.fails(2, "catena: --port needs", result=catena("nrepl", f"--port={port}", cwd=self.folder))

    def test_an_address_that_is_not_here(self):
        result = catena("nrepl", "--bind", "192.0.2.1", cwd=self.folder)
        self.fails(1, "catena: cannot listen on 192.0.2.1", result=result)
        self.assertNotIn("Traceback", result.stderr)

    def test_help(self):
        self.assertIn("--port", catena("nrepl", "--help").stdout)
        self.fails(2, "nrepl --help", result=catena("nrepl", "--nonsense"))
        self.fails(2, "nrepl --help", result=catena("nrepl", "x"))


if __name__ == "__main__":
    unittest.main()
