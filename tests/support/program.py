"""Runs the program that the environment variable CATENA names, for the Python test cases."""

import os
import subprocess
import tempfile
import unittest

CATENA = os.path.abspath(os.environ.get("CATENA", "catena"))
SOURCE = os.environ.get("CATENA_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

if not os.access(CATENA, os.X_OK):
    raise SystemExit(f"the program to test, {CATENA}, is not there; the environment variable CATENA names it")

# Sanitizers and the stress build are many times slower.
PATIENCE = 300 if os.environ.get("CATENA_SANITIZED") or os.environ.get("CATENA_STRESS") else 60


def environment(**changes):
    """The environment of a child: no colours, no settings of the person who runs the tests."""
    kept = ("PYTHONMALLOC", "PYTHONDONTWRITEBYTECODE")
    dropped = ("CATENA_PATH", "CATENA_PYTHON", "NO_COLOR", "VIRTUAL_ENV", "CONDA_PREFIX")
    env = {k: v for k, v in os.environ.items() if k in kept or not (k in dropped or k.startswith("PYTHON"))}
    env.update({k: v for k, v in changes.items() if v is not None})
    for key, value in changes.items():
        if value is None:
            env.pop(key, None)
    return env


def catena(*arguments, input=None, cwd=None, env=None, text=True):
    """Runs the program to its end."""
    return subprocess.run(
        [CATENA, *arguments],
        input=input,
        stdin=subprocess.DEVNULL if input is None else None,
        capture_output=True,
        text=text,
        encoding="utf-8" if text else None,
        errors="surrogateescape" if text else None,
        cwd=cwd,
        env=env or environment(),
        timeout=PATIENCE,
        check=False,
    )


class Case(unittest.TestCase):
    """A test case with a folder of its own, and checks of what the program said."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="catena tests ")
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)

    def write(self, name, text):
        """Writes a file into the folder and answers its path."""
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode("utf-8"))
        return path

    def run_file(self, name, text, *arguments, **options):
        """Writes a program and runs it in its folder."""
        self.write(name, text)
        options.setdefault("cwd", self.folder)
        return catena(name, *arguments, **options)

    def prints(self, expected, *arguments, **options):
        """The program succeeds, prints exactly this and nothing on standard error."""
        result = catena(*arguments, **options)
        self.assertEqual((result.stdout, result.stderr, result.returncode), (expected, "", 0))

    def fails(self, status, *pieces, result):
        """The program ended with this status, and every piece stands on standard error."""
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        for piece in pieces:
            self.assertIn(piece, result.stderr)
        return result


# Daemon threads that are running, waiting and sorting in Catena when the program ends: Python ends each where it next asks for the lock.
THREADS_AT_THE_END = """
(import threading time)
(defn runs [] (while true (time.sleep 0)))
(defn waits [] (while true (try (time.sleep 0.0005) (finally nil))))
(defn sorts [] (while true (sorted [3 1 2] :key (fn [x] (time.sleep 0.0005) x))))
(defn waits-in-turn [] (while true (yield (time.sleep 0.0005))))
(doseq [work [runs runs waits sorts (fn [] (doseq [_ (waits-in-turn)] nil))]]
  (.start (threading.Thread :target work :daemon true)))
(time.sleep 0.01)
"""
