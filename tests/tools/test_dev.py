"""./dev on machines that this one is not: packages missing, no right to install them, odd folders."""

import os
import shutil
import subprocess
import tempfile
import unittest

SOURCE = os.environ["CATENA_SOURCE"]
DEV = os.path.join(SOURCE, "dev")


def bash(script, **environment):
    """Run bash code after ./dev's functions have been defined; the script may redefine them."""
    return subprocess.run(
        ["bash", "-c", 'source "$DEV"\n' + script],
        env={**os.environ, "DEV": DEV, **environment}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )


# What stands in for a machine: who is asked to do something writes it down instead.
MACHINE = """
known_package() { [[ " $KNOWN " == *" $1 "* ]]; }
missing_packages() { [[ -e $STATE/installed ]] || for name in $MISSING; do echo "$name"; done; }
apt_get() { echo "apt-get $*" >>"$STATE/log"; case $* in *install*) touch "$STATE/installed" ;; esac; }
as_root() { while [[ $1 != apt-get ]]; do shift; done; shift; apt_get "$@"; }
"""


class Packages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = folder.name

    def ensure(self, missing, known="g++ cmake catch2 libboost1.81-dev", more=""):
        result = bash(MACHINE + more + "\nensure_packages", MISSING=missing, KNOWN=known, STATE=self.state)
        try:
            with open(os.path.join(self.state, "log"), encoding="utf-8") as file:
                result.log = file.read().splitlines()
        except FileNotFoundError:
            result.log = []
        return result

    def test_nothing_is_installed_when_all_is_there(self):
        result = self.ensure("", more="cannot_install() { echo no; }")
        self.assertEqual((result.returncode, result.log, result.stderr), (0, [], ""))

    def test_missing_packages_are_installed_and_named(self):
        result = self.ensure("g++ catch2", more="cannot_install() { :; }")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.log, ["apt-get -q install -y --no-install-recommends g++ catch2"])
        self.assertIn("installing g++ catch2", result.stderr)

    def test_lists_are_fetched_when_a_package_is_unknown(self):
        result = self.ensure("g++", known="", more="cannot_install() { :; }")
        self.assertEqual([line.split()[2] for line in result.log], ["update", "install"])

    def test_boost_has_another_name_on_newer_systems(self):
        older = self.ensure("boost", known="libboost1.81-dev libboost-dev", more="cannot_install() { :; }")
        self.assertTrue(older.log[-1].endswith(" libboost1.81-dev"))
        os.remove(os.path.join(self.state, "installed"))
        newer = self.ensure("boost", known="libboost-dev", more="cannot_install() { :; }")
        self.assertTrue(newer.log[-1].endswith(" libboost-dev"))

    def test_without_the_right_the_missing_are_listed(self):
        more = "cannot_install() { echo 'you are not root and sudo would ask for a password'; }"
        result = self.ensure("g++ boost", more=more)
        self.assertEqual((result.returncode, result.log), (1, []))
        self.assertIn("\n  g++\n  libboost1.81-dev\n", result.stderr)
        self.assertIn("you are not root", result.stderr)
        self.assertIn("apt-get install g++ libboost1.81-dev", result.stderr)

    def test_what_could_not_be_installed_is_listed(self):
        result = self.ensure("g++", more="cannot_install() { :; }; apt_get() { :; }")
        self.assertEqual(result.returncode, 1)
        self.assertIn("still missing after apt-get install:\n  g++\n", result.stderr)

    def test_an_empty_machine_misses_everything(self):
        more = 'tool() { return 1; }; header() { return 1; }; chosen_python() { echo /opt/python; }; missing_packages'
        result = bash(more, CXX="")
        self.assertEqual(result.stdout.split(), ["g++", "cmake", "ninja-build", "libexpected-dev", "boost", "catch2"])

    def test_old_boost_counts_as_missing(self):
        folder = os.path.join(self.state, "boost")
        os.makedirs(folder)
        for version, missing in (("107400", True), ("108100", False), ("109000", False), ("110000", False)):
            with open(os.path.join(folder, "version.hpp"), "w", encoding="utf-8") as file:
                file.write("#define BOOST_VERSION %s\n" % version)
            result = bash("missing_packages", CPLUS_INCLUDE_PATH=self.state)
            self.assertEqual("boost" in result.stdout.split(), missing, version)

    def test_this_machine_has_everything(self):
        self.assertEqual(bash("missing_packages").stdout, "")

    def test_a_shim_that_does_not_work_is_passed_over(self):
        shim = os.path.join(self.state, "cmake")
        with open(shim, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nexit 127\n")
        os.chmod(shim, 0o755)
        result = bash("tool cmake", PATH=self.state + os.pathsep + os.environ["PATH"])
        self.assertEqual(result.returncode, 0)
        self.assertNotEqual(result.stdout.strip(), shim)


class Commands(unittest.TestCase):
    def dev(self, *arguments, cwd="/"):
        return subprocess.run([DEV, *arguments], cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False)

    def test_help(self):
        for arguments in ((), ("help",), ("--help",)):
            result = self.dev(*arguments)
            self.assertEqual(result.returncode, 0)
            self.assertTrue(result.stdout.startswith("Usage: ./dev COMMAND"))

    def test_wrong_usage_is_status_2(self):
        self.assertEqual(self.dev("frobnicate").returncode, 2)
        self.assertEqual(self.dev("run").returncode, 2)
        self.assertEqual(self.dev("build", "nosuch").returncode, 2)

    def test_every_preset_is_known(self):
        self.assertEqual(bash("presets | sort -u").stdout.split(),
                         ["asan", "debug", "fuzz", "portable", "release", "stress", "tsan"])

    def test_a_build_is_skipped_until_a_source_changes(self):
        """In a copy whose ninja only writes down that it was called."""
        with tempfile.TemporaryDirectory(prefix="catena dev ") as folder:
            for name in ("bridge", "cmake", "build/release"):
                os.makedirs(os.path.join(folder, name))
            for name in ("dev", "CMakeLists.txt", "CMakePresets.json"):
                shutil.copy2(os.path.join(SOURCE, name), folder)
            script = """
                root=$COPY
                configure() { touch "$root/build/release/build.ninja"; }
                run_ninja() { echo built; sleep 0.02; }
                build release catena; build release catena; echo --
                touch "$root/bridge/new.cpp"; build release catena; build release catena; echo --
                rm "$root/bridge/new.cpp"; build release catena; echo --
                build release all; build release all; echo --
                touch "$root/bridge/newer.cpp"; build release all; build release catena
            """
            result = bash(script, COPY=folder)
            self.assertEqual(result.stdout.split(), ["built", "--", "built", "--", "built", "--", "built", "--", "built"],
                             result.stderr)


if __name__ == "__main__":
    unittest.main()
