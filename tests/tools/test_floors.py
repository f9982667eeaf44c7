"""The build's own rule: a floor that includes a later one is refused, with a sentence that says where."""

import os
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ["CATENA_SOURCE"]
CHECK = os.path.join(SOURCE, "cmake", "check_floors.py")


class Floors(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="catena floors ")
        self.addCleanup(self.folder.cleanup)

    def write(self, path, text):
        path = os.path.join(self.folder.name, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def check(self, *floors):
        return subprocess.run(
            [sys.executable, CHECK, self.folder.name, *floors], capture_output=True, text=True, check=False
        )

    def test_own_and_earlier_floors_pass(self):
        self.write("vm/run.cpp", '#include "vm/run.hpp"\n#include "bridge/ref.hpp"\n#include <vector>\n')
        result = self.check("vm")
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_later_floor_is_refused_with_its_place(self):
        self.write("lang/reader.cpp", '#include <string>\n\n#include "vm/frame.hpp"\n')
        result = self.check("lang")
        self.assertEqual(result.returncode, 1)
        self.assertIn('lang/reader.cpp:3: error: the floor lang must not include "vm/frame.hpp"', result.stderr)

    def test_tests_are_refused(self):
        self.write("repl/main.cpp", '#include "tests/support/start.hpp"\n')
        self.assertIn("repl/main.cpp:1", self.check("repl").stderr)

    def test_relative_and_angle_spelling_are_refused(self):
        self.write("vm/frame.hpp", "")
        self.write("lang/a.hpp", '#include "../vm/frame.hpp"\n#  include <vm/frame.hpp>\n')
        self.assertEqual(self.check("lang").stderr.count("lang/a.hpp:"), 2)

    def test_def_files_are_read(self):
        self.write("bridge/steps.def", '#include "repl/main.hpp"\n')
        self.assertEqual(self.check("bridge").returncode, 1)

    def test_the_tree_itself_is_clean(self):
        floors = ["bridge", "lang", "vm", "compiler", "stdlib", "embed", "repl"]
        result = subprocess.run([sys.executable, CHECK, SOURCE, *floors], capture_output=True, text=True, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_a_forbidden_include_stops_the_build(self):
        """The whole way: a small project with the real CMake files, and one include that climbs."""
        self.write("lang/reader.cpp", '#include "vm/frame.hpp"\n')
        self.write("vm/frame.hpp", "#pragma once\n")
        self.write("CMakeLists.txt", f"""
            cmake_minimum_required(VERSION 3.22)
            project(floors LANGUAGES CXX)
            set(catena_python_EXECUTABLE "{sys.executable}")
            add_library(catena_base INTERFACE)
            target_include_directories(catena_base INTERFACE "${{CMAKE_CURRENT_SOURCE_DIR}}")
            add_library(catena_flags INTERFACE)
            include("{SOURCE}/cmake/Floors.cmake")
            foreach(floor IN LISTS catena_floors)
                catena_add_floor(${{floor}})
            endforeach()
            catena_check_links()
        """)
        os.makedirs(os.path.join(self.folder.name, "cmake"))
        os.symlink(CHECK, os.path.join(self.folder.name, "cmake", "check_floors.py"))
        build = os.path.join(self.folder.name, "build")
        configured = subprocess.run(
            ["cmake", "-G", "Ninja", "-S", self.folder.name, "-B", build], capture_output=True, text=True, check=False
        )
        self.assertEqual(configured.returncode, 0, configured.stdout + configured.stderr)
        built = subprocess.run(["cmake", "--build", build], capture_output=True, text=True, check=False)
        self.assertNotEqual(built.returncode, 0)
        self.assertIn("lang/reader.cpp:1: error: the floor lang must not include", built.stdout + built.stderr)
        self.write("lang/reader.cpp", "int reader() { return 0; }\n")
        built = subprocess.run(["cmake", "--build", build], capture_output=True, text=True, check=False)
        self.assertEqual(built.returncode, 0, built.stdout + built.stderr)

    def test_a_forbidden_link_stops_the_configuration(self):
        self.write("lang/reader.cpp", "int reader() { return 0; }\n")
        self.write("vm/frame.cpp", "int frame() { return 0; }\n")
        self.write("CMakeLists.txt", f"""
            cmake_minimum_required(VERSION 3.22)
            project(floors LANGUAGES CXX)
            set(catena_python_EXECUTABLE "{sys.executable}")
            add_library(catena_base INTERFACE)
            add_library(catena_flags INTERFACE)
            include("{SOURCE}/cmake/Floors.cmake")
            foreach(floor IN LISTS catena_floors)
                catena_add_floor(${{floor}})
            endforeach()
            target_link_libraries(catena_lang PRIVATE catena_vm)
            catena_check_links()
        """)
        configured = subprocess.run(
            ["cmake", "-G", "Ninja", "-S", self.folder.name, "-B", os.path.join(self.folder.name, "build")],
            capture_output=True, text=True, check=False,
        )
        self.assertNotEqual(configured.returncode, 0)
        self.assertIn("lang must not link the later floor vm", " ".join(configured.stderr.split()))


if __name__ == "__main__":
    unittest.main()
