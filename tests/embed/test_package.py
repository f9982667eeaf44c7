"""Catena as a package: installed into an empty folder, found by CMake and pkg-config, and used by the calculator."""

import os
import shutil
import unittest

import package
from package import run


class Package(package.HostTestCase):
    example = "calculator"

    def test_calculator(self):
        lines = ["(* 6 (answer 1))", "", "(def x 2)", "(/ x 0)", "(sqrt 16)", "(+ 1", "(answer :a)",
                 "(import numpy :as np) (np.sum (np.arange 5))"]
        output = run(self.program, input="\n".join(lines) + "\n").splitlines()
        self.assertEqual(output, ["252", "2", "4:1: ZeroDivisionError: division by zero", "4.0",
                                  "6:1: catena.ReadError: the ( at 6:1 is not closed (input, line 6)",
                                  "7:1: TypeError: argument 1 of answer: expected an integer, not catena.Keyword", "10"])

    def test_the_program(self):
        program = os.path.join(self.prefix, "bin", "catena")
        self.assertEqual(run(program, "-e", "(prn (map inc [1 2]))"), "[2 3]\n")

    def test_a_host_in_c(self):
        program = self.build("c_host", os.path.dirname(os.path.abspath(__file__)), "C")
        lines = run(program).splitlines()
        self.assertEqual(lines[0], "to Python")
        self.assertRegex(lines[1], r"^1\d\d checks, 0 failed$")

    @unittest.skipUnless(shutil.which("pkg-config"), "pkg-config is not installed")
    def test_pkg_config(self):
        folder = next(os.path.join(path, "pkgconfig") for path, folders, _ in os.walk(self.prefix) if "pkgconfig" in folders)
        flags = run("pkg-config", "--cflags", "--libs", "catena", env={**os.environ, "PKG_CONFIG_PATH": folder}).split()
        source = self.write("small.c", "#include <catena/catena.h>\n"
                            "int main(void) { return catena_create(0) && catena_version()[0] ? 0 : 1; }\n")
        program = os.path.join(self.folder, "small")
        run("cc", "-std=c11", "-Wall", "-Werror", source, "-o", program, *flags, "-Wl,-rpath," + os.path.dirname(folder))
        run(program)


if __name__ == "__main__":
    unittest.main()
