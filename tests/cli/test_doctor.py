"""`catena doctor` where all is well, and in set-ups that are broken."""

import os
import sys
import unittest
import venv

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from program import Case, catena, environment  # noqa: E402

PYTHON = os.environ.get("CATENA_TEST_PYTHON", "python3")


class Doctor(Case):
    def doctor(self, *arguments, **variables):
        return catena("doctor", *arguments, cwd=self.folder, env=environment(**variables))

    def finds(self, *pieces, result):
        """The doctor ended with status 1, names the problem and says nothing of its own on standard error."""
        self.assertEqual((result.returncode, result.stderr), (1, ""), result.stdout)
        for piece in pieces:
            self.assertIn(piece, result.stdout)
        self.assertNotIn("Nothing is wrong.", result.stdout)

    def test_nothing_is_wrong(self):
        result = self.doctor()
        self.assertEqual((result.stderr, result.returncode), ("", 0), result.stdout)
        for piece in (
            "Catena   ", "built for  ", "chosen by:", "--python: not given", "CATENA_PYTHON: not set", "version  ",
            "sys.executable", "NumPy", "prompt_toolkit", "sys.path", "history", "start-up file",
        ):
            self.assertIn(piece, result.stdout)
        self.assertTrue(result.stdout.endswith("\n\nNothing is wrong.\n"))

    def test_why(self):
        self.assertIn("chosen by: --python\n", self.doctor("--python", PYTHON).stdout)
        self.assertIn("chosen by: CATENA_PYTHON\n", self.doctor(CATENA_PYTHON=PYTHON).stdout)

    def test_no_python_where_one_was_named(self):
        for variable in ("CATENA_PYTHON", "VIRTUAL_ENV"):
            self.finds(
                "Python          none\n", f"Problem: there is no Python /no/such (named by {variable})",
                "Without the variables that name one, Catena would take /", result=self.doctor(**{variable: "/no/such"}),
            )
        self.finds("(named by --python)", result=self.doctor("--python", "/no/such"))

    def test_what_is_no_python(self):
        self.finds("Problem: /bin/ls (named by --python) does not run as a Python 3", result=self.doctor("--python", "/bin/ls"))
        path = self.write("env/bin/python3", "#!/bin/sh\nexit 3\n")
        os.chmod(path, 0o755)
        self.finds("does not run as a Python 3", result=self.doctor(VIRTUAL_ENV=os.path.join(self.folder, "env")))

    def test_another_version(self):
        path = self.write("env/bin/python3", "#!/bin/sh\necho 3.5\necho /usr/bin/python3.5\n")
        os.chmod(path, 0o755)
        self.finds("is Python 3.5, and Catena was built against", result=self.doctor("--python", path))

    def test_environments(self):
        folder = os.path.join(self.folder, "env")
        venv.EnvBuilder(with_pip=False, symlinks=True).create(folder)
        result = self.doctor(VIRTUAL_ENV=folder)
        self.assertIn(f"sys.prefix      {folder}\n", result.stdout)
        self.assertIn("NumPy           not installed: no arrays", result.stdout)
        for name in os.listdir(os.path.join(folder, "bin")):
            if name.startswith("python"):
                os.unlink(os.path.join(folder, "bin", name))
                os.symlink("/no/such/python", os.path.join(folder, "bin", name))
        self.finds(f"there is no Python in {folder}", result=self.doctor(VIRTUAL_ENV=folder))

    def test_python_without_its_library(self):
        result = self.doctor(PYTHONHOME="/no/such")
        self.assertEqual(result.returncode, 1)
        self.assertIn("Problem: Python does not start; standard error says why.", result.stdout)
        self.assertIn("Problem: PYTHONHOME is set to /no/such", result.stdout)
        self.assertIn("does not start", result.stderr)

    def test_paths(self):
        self.finds("the folder /no/such of CATENA_PATH cannot be read", result=self.doctor(CATENA_PATH="/no/such"))
        self.finds("the folder /no/such of PYTHONPATH cannot be read", result=self.doctor(PYTHONPATH=f"{self.folder}:/no/such"))
        os.makedirs(os.path.join(self.folder, "lib", "python3.5"))
        self.finds("belongs to another Python", result=self.doctor(PYTHONPATH=f"{self.folder}/lib/python3.5"))

    def test_broken_numpy(self):
        self.write("lib/numpy/__init__.py", "raise RuntimeError('torn\\napart')")
        path = os.path.join(self.folder, "lib")
        self.finds("Problem: NumPy cannot be imported: RuntimeError: torn\n", result=self.doctor(PYTHONPATH=path))
        self.write("lib/numpy/__init__.py", "")
        self.finds("what is imported as numpy is not NumPy", result=self.doctor(PYTHONPATH=path))

    def test_files_that_hide_libraries(self):
        self.write("random.py", "1 / 0")
        self.write("numpy.py", "")
        self.write("json.lisp", "")
        result = self.doctor()
        for name in ("random.py", "numpy.py", "json.lisp"):
            self.finds(f"Problem: {name} in the working directory hides the library", result=result)

    @unittest.skipIf(os.geteuid() == 0, "root may write everywhere")
    def test_history_that_cannot_be_kept(self):
        os.makedirs(os.path.join(self.folder, "state", "catena"), mode=0o555)
        self.finds("history is not kept", result=self.doctor(XDG_STATE_HOME=os.path.join(self.folder, "state")))

    def test_a_folder_in_the_place_of_the_history(self):
        os.makedirs(os.path.join(self.folder, "state", "catena", "history"))
        self.finds("history is not kept", result=self.doctor(XDG_STATE_HOME=os.path.join(self.folder, "state")))

    def test_start_up_files_that_cannot_be_read(self):
        for text, why in (("(def x", ":1:1: ReadError: the ( at 1:1 is not closed"), (b"\xff", "is not UTF-8")):
            self.write("config/catena/init.lisp", text)
            self.finds("begins without its start-up file: ", why, result=self.doctor(XDG_CONFIG_HOME=os.path.join(self.folder, "config")))
        self.write("config/catena/init.lisp", "(def x 1)")
        self.assertEqual(self.doctor(XDG_CONFIG_HOME=os.path.join(self.folder, "config")).returncode, 0)


if __name__ == "__main__":
    unittest.main()
