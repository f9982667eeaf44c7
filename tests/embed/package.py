"""Test cases for hosts: Catena installed into an empty folder, and the examples of examples/embed built against it."""

import os
import shutil
import subprocess
import tempfile
import unittest

BUILD = os.environ["CATENA_BUILD"]
SOURCE = os.environ["CATENA_SOURCE"]
EXAMPLES = os.path.join(SOURCE, "examples", "embed")


def run(*command, **options):
    result = subprocess.run(command, capture_output=True, text=True, timeout=250, **options)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(command)} ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    return result.stdout


@unittest.skipUnless(os.path.exists(os.path.join(BUILD, "lib", "libcatena.so")), "this build has no shared library")
class HostTestCase(unittest.TestCase):
    example = None  # built before the first test, as self.program

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="catena-host-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.prefix = os.path.join(cls.folder, "prefix")
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        if cls.example:
            cls.program = cls.build(cls.example)

    @classmethod
    def build(cls, example, folder=EXAMPLES, language="CXX"):
        build = os.path.join(cls.folder, example)
        run("cmake", "-S", os.path.join(folder, example), "-B", build, f"-DCMAKE_PREFIX_PATH={cls.prefix}",
            "-DCMAKE_BUILD_TYPE=Debug", f"-DCMAKE_{language}_FLAGS=-Wall -Wextra -Wpedantic -Werror")
        run("cmake", "--build", build)
        return os.path.join(build, example)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return file.read()
