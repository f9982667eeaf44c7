"""Catena as a package: installed into an empty folder, found by CMake and pkg-config, and used by the calculator."""

import os
import re
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

    def test_a_host_that_starts_and_ends_python(self):
        program = self.build("python_host", os.path.dirname(os.path.abspath(__file__)))
        for _ in range(30):
            self.assertEqual(run(program), "36, ended\n")

    def test_as_a_subdirectory(self):
        folder = os.path.join(self.folder, "outer")
        os.mkdir(folder)
        self.write("outer/main.cpp", "#include <catena/catena.hpp>\nint main() {}\n")
        self.write("outer/CMakeLists.txt", f"""
            cmake_minimum_required(VERSION 3.25)
            project(outer LANGUAGES CXX)
            list(APPEND CMAKE_MODULE_PATH "${{CMAKE_CURRENT_SOURCE_DIR}}")
            add_subdirectory("{package.SOURCE}" catena EXCLUDE_FROM_ALL)
            add_executable(outer main.cpp)
            target_link_libraries(outer PRIVATE catena::catena)
            get_directory_property(tests DIRECTORY "{package.SOURCE}" TESTS)
            message(STATUS "tests: <${{tests}}>, build type: <${{CMAKE_BUILD_TYPE}}>")
            """)
        # Files of ours may be called as files of the other project are.
        self.write("outer/Dependencies.cmake", "message(FATAL_ERROR taken)")
        # Building it once more would take as long as all tests together.
        out = run("cmake", "-G", "Unix Makefiles", "-S", folder, "-B", os.path.join(folder, "build"),
                  "-DCATENA_PYTHON=" + os.environ["CATENA_TEST_PYTHON"])
        self.assertIn("tests: <>, build type: <>", out)
        run("cmake", "--build", os.path.join(folder, "build"), "--target", "main.o")

    @unittest.skipUnless(shutil.which("pkg-config"), "pkg-config is not installed")
    def test_pkg_config(self):
        folder = next(os.path.join(path, "pkgconfig") for path, folders, _ in os.walk(self.prefix) if "pkgconfig" in folders)
        flags = run("pkg-config", "--cflags", "--libs", "catena", env={**os.environ, "PKG_CONFIG_PATH": folder}).split()
        source = self.write("small.c", "#include <catena/catena.h>\n"
                            "int main(void) { return catena_create(0) && catena_version()[0] ? 0 : 1; }\n")
        program = os.path.join(self.folder, "small")
        run("cc", "-std=c11", "-Wall", "-Werror", source, "-o", program, *flags, "-Wl,-rpath," + os.path.dirname(folder))
        run(program)


@unittest.skipUnless(os.path.exists(os.path.join(package.BUILD, "CPackConfig.cmake")), "this build makes no Debian package")
@unittest.skipUnless(shutil.which("dpkg-shlibdeps"), "dpkg-dev is not installed")
class DebianPackage(package.HostTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        run("cpack", "--config", os.path.join(package.BUILD, "CPackConfig.cmake"), "-B", cls.folder, cwd=cls.folder)
        cls.deb = next(os.path.join(cls.folder, name) for name in os.listdir(cls.folder) if name.endswith(".deb"))
        root = os.path.join(cls.folder, "root")
        run("dpkg-deb", "-x", cls.deb, root)
        cls.prefix = os.path.join(root, "usr")

    def test_what_it_says(self):
        fields = dict(line.split(": ", 1) for line in run("dpkg-deb", "-f", self.deb).splitlines()
                      if re.match(r"\S+: ", line))
        self.assertEqual(fields["Package"], "catena")
        version = run(os.environ["CATENA_TEST_PYTHON"], "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip()
        for needed in f"python3 (>= {version})", f"libpython{version} (", "libexpected-dev", "libc6 (", "libstdc++6 (":
            self.assertIn(needed, fields["Depends"])
        self.assertIn("python3-numpy", fields["Recommends"])

    def test_what_is_in_it(self):
        for name in ("bin/catena", "include/catena/catena.hpp", "include/catena/catena.h", "lib/libcatena.so",
                     "lib/cmake/catena/catenaConfig.cmake", "lib/pkgconfig/catena.pc", "share/man/man1/catena.1",
                     "share/bash-completion/completions/catena", "share/zsh/vendor-completions/_catena",
                     "share/doc/catena/copyright"):
            self.assertTrue(os.path.exists(os.path.join(self.prefix, name)), name)
        for path, _, files in os.walk(self.prefix):
            for name in files:
                with open(os.path.join(path, name), "rb") as file:
                    self.assertNotIn(os.fsencode(package.BUILD), file.read(), f"{name} knows where it was built")

    def test_it_runs(self):
        program = os.path.join(self.prefix, "bin", "catena")
        self.assertEqual(run(program, "-e", "(prn (map inc [1 2]))", cwd="/", env={"PATH": "/usr/bin:/bin"}), "[2 3]\n")
        module = os.path.join(self.prefix, "lib", "catena", "python")
        self.assertEqual(run(os.environ["CATENA_TEST_PYTHON"], "-c", "import catena; print(catena.eval('(+ 1 2)'))",
                             env={**os.environ, "PYTHONPATH": module}), "3\n")

    def test_hosts_build_against_it(self):
        self.assertEqual(run(self.build("calculator"), input="(* 6 (answer 1))\n"), "252\n")


if __name__ == "__main__":
    unittest.main()
