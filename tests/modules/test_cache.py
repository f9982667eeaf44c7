"""The cache of compiled modules: where it lies, when it is used, when it is not."""

import glob
import os
import shutil
import stat
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import CATENA, Case, catena, environment  # noqa: E402


class Cache(Case):
    def setUp(self):
        super().setUp()
        self.env = environment(PYTHONDONTWRITEBYTECODE=None)

    def caches(self, folder=None):
        return sorted(glob.glob(os.path.join(glob.escape(folder or self.folder), "**", "*.cbc"), recursive=True))

    def loads(self, expected, text, env=None, folder=None):
        result = catena("-e", text, cwd=folder or self.folder, env=env or self.env)
        self.assertEqual((result.stderr, result.stdout, result.returncode), ("", expected, 0))

    # A marker that only compiling leaves: a macro that prints.
    NOISY = '(defmacro noisy [x] (print "compiled") x)\n(def value (noisy {}))\n'

    def test_written_and_used(self):
        self.write("mod.lisp", self.NOISY.format(1))
        self.loads("compiled\n1\n", "(require mod) (print mod.value)")
        [path] = self.caches()
        self.assertEqual(os.path.dirname(path), os.path.join(self.folder, "__pycache__"))
        self.assertRegex(os.path.basename(path), r"^mod\.catena-3\d+-[0-9a-f]{8}\.cbc$")
        before = os.stat(path).st_mtime_ns
        self.loads("1\n", "(require mod) (print mod.value)")
        self.assertEqual(os.stat(path).st_mtime_ns, before)
        self.loads("True\n", "(require mod) (print (= mod.__cached__ \"%s\"))" % path)

    def test_all_kinds_of_code(self):
        self.write("kinds.lisp", r'''
            "Documentation."
            (import math :refer [pi])
            (defn fact [n] (if (< n 2) 1 (* n (fact (dec n)))))
            (defn many ([a] a) ([a b] [a b]) ([a b & more] [a b more]))
            (defn keyed [a &opt (b 2) &key (c 3) &kwargs others] [a b c others])
            (defn gen [n] (dotimes [i n] (yield i)))
            (defclass Point [] (def x 1) (defn moved [self dx] (+ self.x dx)))
            (defmacro twice [x] `(do ,x ,x))
            (defn counter [] (let [n 0] (fn [] (set! n (inc n)))))
            (def table {:a [1 2.5 "s" b"b" nil true #"\d+" 123456789012345678901234567890]})
            (def quoted '(a b [c {:d e}] "f"))
            (def text f"{pi:.2f} {(+ 1 2)!r}")
            (do (def in-do 1) (def in-do-too (inc in-do)))
            (def awaited (await 5))
            (defn caught [x] (try (/ 1 x) (catch ZeroDivisionError e :zero) (finally nil)))
            (def chain (. "abc" (upper) [0]))''')
        program = """(require kinds :as k)
            (print k.__doc__ (k.fact 30) (k.many 1 2) (k.keyed 1 :c 5 :z 6) (vec (k.gen 3)) (.moved (k.Point) 4)
              k.table k.quoted k.text k.in-do-too k.awaited (k.caught 0) k.chain)
            (k/twice (print "twice")) (let [c (k.counter)] (c) (print (c)))
            (import inspect) (print (inspect.signature k.keyed) k.fact.__module__)"""
        first = catena("-e", program, cwd=self.folder, env=self.env)
        self.assertEqual((first.stderr, first.returncode), ("", 0))
        self.assertEqual(len(self.caches()), 1)
        self.loads(first.stdout, program)

    def test_source_changes(self):
        self.write("mod.lisp", "(def x 1)")
        self.loads("1\n", "(require mod) (print mod.x)")
        status = os.stat(os.path.join(self.folder, "mod.lisp"))
        path = self.write("mod.lisp", "(def x 2)")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        self.loads("2\n", "(require mod) (print mod.x)")

    def test_changes_within_a_moment(self):
        self.write("mod.lisp", "(def x 1)")
        self.loads("1 2 3\n", """
            (require mod) (import importlib) (def seen [mod.x])
            (doseq [n [2 3]]
              (with [f (open "mod.lisp" "w")] (.write f f"(def x {n})"))
              (importlib.reload mod) (.append seen mod.x))
            (print #* seen)""")

    def test_a_required_macro_changes(self):
        self.write("deep.lisp", "(defn helper [x] `(+ ,x 1))")
        self.write("macros.lisp", "(require deep :refer [helper])\n(defmacro m [x] (helper x))")
        self.write("user.lisp", "(require macros :as k)\n(def value (k/m 10))")
        self.loads("11\n", "(require user) (print user.value)")
        self.loads("11\n", "(require user) (print user.value)")
        self.write("macros.lisp", "(require deep :refer [helper])\n(defmacro m [x] `(* 2 ,(helper x)))")
        self.loads("22\n", "(require user) (print user.value)")
        self.write("deep.lisp", "(defn helper [x] `(+ ,x 2))")
        self.loads("24\n", "(require user) (print user.value)")
        self.write("macros.lisp", "(defn m [x] [x])")
        self.loads("[10]\n", "(require user) (print user.value)")
        self.write("macros.lisp", "(defmacro m [x] 1)")
        self.loads("1\n", "(require user) (print user.value)")

    def test_an_imported_macro_changes(self):
        self.write("pack/macros.lisp", "(defmacro m [] 1)")
        for form in ("(import pack.macros :as k)\n(def value (k/m))", "(import pack.macros :refer [m])\n(def value (m))",
                     "(import pack.macros)\n(def value (pack.macros/m))"):
            self.write("pack/macros.lisp", "(defmacro m [] 1)")
            self.write("user.lisp", form)
            self.loads("1\n", "(require user) (print user.value)")
            self.write("pack/macros.lisp", "(defmacro m [] 2)")
            self.loads("2\n", "(require user) (print user.value)")

    def test_relocatable(self):
        self.write("old/pack/macros.lisp", "(defmacro noisy [x] (print \"compiled\") x)")
        self.write("old/pack/mod.lisp", "(require pack.macros :refer [noisy])\n(defn fail [] (noisy (throw (ValueError 1))))")
        self.loads("compiled\n", "(require pack.mod)", folder=os.path.join(self.folder, "old"))
        new = os.path.join(self.folder, "new")
        shutil.copytree(os.path.join(self.folder, "old"), new)
        shutil.rmtree(os.path.join(self.folder, "old"))
        result = catena("-e", "(require pack.mod) (pack.mod.fail)", cwd=new, env=self.env)
        self.assertEqual(result.stdout, "")
        self.assertIn(os.path.join(new, "pack", "mod.lisp") + ":2:", result.stderr)
        self.assertNotIn(os.path.join(self.folder, "old"), result.stderr)

    def test_damaged(self):
        self.write("mod.lisp", self.NOISY.format(1))
        self.loads("compiled\n1\n", "(require mod) (print mod.value)")
        [path] = self.caches()
        with open(path, "rb") as file:
            good = file.read()
        damaged = [b"", good[:10], good[:-1], good + b"x", b"\0" * len(good), good[: len(good) // 2]]
        for at in range(0, len(good), max(1, len(good) // 20)):
            damaged.append(good[:at] + bytes([good[at] ^ 0x55]) + good[at + 1 :])
        for bytes_ in damaged:
            with open(path, "wb") as file:
                file.write(bytes_)
            self.loads("compiled\n1\n", "(require mod) (print mod.value)")
            with open(path, "rb") as file:
                self.assertEqual(file.read(), good)
        os.unlink(path)
        os.mkdir(path)
        self.loads("compiled\n1\n", "(require mod) (print mod.value)")

    def test_not_written(self):
        self.write("mod.lisp", "(def x 1)")
        self.loads("1\n", "(require mod) (print mod.x)", env=environment(PYTHONDONTWRITEBYTECODE="1"))
        self.loads("1\n", "(import sys) (set! sys.dont-write-bytecode true) (require mod) (print mod.x)")
        self.assertEqual(self.caches(), [])

    def test_a_module_that_fails_is_not_cached(self):
        self.write("mod.lisp", "(def x 1) (throw (ValueError 1))")
        self.loads("caught\n", '(try (require mod) (catch ValueError e (print "caught")))')
        self.assertEqual(self.caches(), [])

    def test_prefix(self):
        self.write("mod.lisp", self.NOISY.format(1))
        prefix = os.path.join(self.folder, "else where")
        env = environment(PYTHONDONTWRITEBYTECODE=None, PYTHONPYCACHEPREFIX=prefix)
        for expected in ("compiled\n1\n", "1\n"):
            self.loads(expected, "(require mod) (print mod.value)", env=env)
        [path] = self.caches()
        self.assertEqual(os.path.dirname(path), prefix + self.folder)

    @unittest.skipIf(os.geteuid() == 0, "root writes everywhere")
    def test_a_folder_that_cannot_be_written(self):
        self.write("mod.lisp", "(def x 1)")
        os.chmod(self.folder, stat.S_IRUSR | stat.S_IXUSR)
        try:
            self.loads("1\n", "(require mod) (print mod.x)")
        finally:
            os.chmod(self.folder, stat.S_IRWXU)
        self.assertEqual(self.caches(), [])

    def test_something_else_in_the_way(self):
        self.write("mod.lisp", "(def x 1)")
        self.write("__pycache__", "a file")
        self.loads("1\n", "(require mod) (print mod.x)")

    def test_what_cannot_be_written_is_compiled_each_time(self):
        self.write("mod.lisp", "(import sys)\n(defmacro live [] (print \"compiled\") sys)\n(defn f [] (. (live) maxsize))")
        for _ in range(2):
            self.loads("compiled\nTrue\n", "(require mod) (print (< 1000 (mod.f)))")

    def test_concurrent_writers(self):
        body = "\n".join(f"(defn f{n} [x] (+ x {n}))" for n in range(200))
        self.write("mod.lisp", body)
        program = "(require mod) (print (mod.f199 1))"
        for _ in range(3):
            for path in self.caches():
                os.unlink(path)
            children = [subprocess.Popen([CATENA, "-e", program], cwd=self.folder, env=self.env, stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, text=True) for _ in range(6)]
            for child in children:
                self.assertEqual(child.communicate(timeout=60), ("200\n", ""))
            self.assertEqual(len(os.listdir(os.path.join(self.folder, "__pycache__"))), 1)

    def test_permissions_are_the_sources(self):
        path = self.write("mod.lisp", "(def x 1)")
        os.chmod(path, 0o600)
        self.loads("1\n", "(require mod) (print mod.x)")
        [cache] = self.caches()
        self.assertEqual(stat.S_IMODE(os.stat(cache).st_mode), 0o600)


if __name__ == "__main__":
    unittest.main()
