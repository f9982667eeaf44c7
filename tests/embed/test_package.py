"""Catena as a package: installed into an empty folder, found by CMake and pkg-config, and used by the example hosts."""

import os
import shutil
import subprocess
import tempfile
import unittest

BUILD = os.environ["CATENA_BUILD"]
SOURCE = os.environ["CATENA_SOURCE"]


def run(*command, **options):
    result = subprocess.run(command, capture_output=True, text=True, timeout=250, **options)
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(command)} ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    return result.stdout


@unittest.skipUnless(os.path.exists(os.path.join(BUILD, "lib", "libcatena.so")), "this build has no shared library")
class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="catena-package-")
        cls.prefix = os.path.join(cls.folder, "prefix")
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def build(self, example):
        build = os.path.join(self.folder, example)
        run("cmake", "-S", os.path.join(SOURCE, "examples", "embed", example), "-B", build,
            f"-DCMAKE_PREFIX_PATH={self.prefix}", "-DCMAKE_BUILD_TYPE=Debug")
        run("cmake", "--build", build)
        return os.path.join(build, example)

    def test_calculator(self):
        program = self.build("calculator")
        lines = ["(* 6 (answer 1))", "", "(def x 2)", "(/ x 0)", "(sqrt 16)", "(+ 1", "(answer :a)",
                 "(import numpy :as np) (np.sum (np.arange 5))"]
        output = run(program, input="\n".join(lines) + "\n").splitlines()
        self.assertEqual(output, ["252", "2", "4:1: ZeroDivisionError: division by zero", "4.0",
                                  "6:1: catena.ReadError: the ( at 6:1 is not closed (input, line 6)",
                                  "7:1: TypeError: expected an integer, not catena.Keyword", "10"])

    def test_the_program(self):
        program = os.path.join(self.prefix, "bin", "catena")
        self.assertEqual(run(program, "-e", "(prn (map inc [1 2]))"), "[2 3]\n")

    @unittest.skipUnless(shutil.which("pkg-config"), "pkg-config is not installed")
    def test_pkg_config(self):
        folder = next(os.path.join(path, "pkgconfig") for path, folders, _ in os.walk(self.prefix) if "pkgconfig" in folders)
        flags = run("pkg-config", "--cflags", "--libs", "catena", env={**os.environ, "PKG_CONFIG_PATH": folder})
        self.assertIn("-lcatena", flags)


if __name__ == "__main__":
    unittest.main()
