"""The Python module `catena` with what Python's users use it with: IPython's cells, and joblib's and Dask's workers."""

import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_python_module import PYTHON, PythonCase, built  # noqa: E402


def needs(*names):
    """Skips what needs these modules of the Python that is tested with."""
    missing = [name for name in names if subprocess.run([PYTHON, "-c", f"import {name}"], capture_output=True, check=False).returncode]
    return unittest.skipIf(missing, f"{', '.join(missing)} is not installed")


CLOSURES = """
import catena
add = catena.eval("(let [n 10] (fn [x] (+ x n)))")
catena.eval("(def m 3) (defn scaled [x] (* m x)) (defn outer [x] (scaled (inc x)))")
fact = catena.eval("(fn fact [n] (if (< n 2) 1 (* n (fact (dec n)))))")
broken = catena.eval("(fn [x] (/ x 0))")
make = catena.eval("(fn [n] {:n n :f (fn [x] (+ n x))})")
"""


@built
@needs("IPython")
class Cells(PythonCase):
    def cells(self, *cells):
        """What the cells print, as one shell runs them."""
        text = f"""
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(colors="NoColor", xmode="Plain")
for cell in {["%load_ext catena", *cells]!r}: shell.run_cell(cell)
"""
        result = self.python(text, IPYTHONDIR=os.path.join(self.folder, "ipython"), HOME=self.folder)
        self.assertEqual((result.stderr, result.returncode), ("", 0))
        return re.sub(r"Out\[\d+\]: ", "", result.stdout)

    def test_names_and_values(self):
        self.assertEqual(self.cells("x = 5", "%%catena\n(def y (* 2 x))\n(map inc [x y])", "print(y, _)",
                                    "%%catena\n(defn square [x] (* x x)) nil", "square(y)", "%catena (square 3)",
                                    "%%catena\n(import asyncio) (await (asyncio.sleep 0 7))"),
                         "[6, 11]\n10 [6, 11]\n100\n9\n7\n")

    def test_errors_show_the_lines_of_their_cells(self):
        out = self.cells("%%catena\n(defn f [a]\n  (/ a 0)) nil", "%%catena\n; a cell\n(f 1)")
        lines = [line.strip() for line in out.splitlines()]
        self.assertLess(lines.index("(f 1)"), lines.index("(/ a 0)) nil"))
        self.assertEqual(lines[-2 if lines[-1] == "" else -1], "ZeroDivisionError: division by zero")
        self.assertIn("<catena cell 1>:2 in f", out)
        self.assertIn("(let [x", self.cells("%%catena\n(let [x"))

    def test_magics_in_the_wrong_way(self):
        self.assertIn("ValueError: %%catena stands alone on its line", self.cells("%%catena (+ 1 2)\n(+ 3 4)"))


@built
class Workers(PythonCase):
    @needs("joblib")
    def test_joblib(self):
        self.write("main.py", CLOSURES + """
from joblib import Parallel, delayed
if __name__ == "__main__":
    for backend in "loky", "multiprocessing", "threading":
        run = Parallel(n_jobs=2, backend=backend)
        print(backend, run(delayed(add)(i) for i in range(3)), run(delayed(outer)(i) for i in range(3)),
              run(delayed(fact)(i) for i in (5, 20)), run(delayed(lambda x: add(x) + 1)(i) for i in range(2)) if backend == "loky" else "")
    print([made["f"](5) for made in Parallel(n_jobs=2)(delayed(make)(i) for i in range(2))])
    try: Parallel(n_jobs=2)(delayed(broken)(i) for i in range(2))
    except ZeroDivisionError as error: print("caught", error)
""")
        self.assertEqual(self.runs("main.py"), "loky [10, 11, 12] [3, 6, 9] [120, 2432902008176640000] [11, 12]\n"
                         "multiprocessing [10, 11, 12] [3, 6, 9] [120, 2432902008176640000] \n"
                         "threading [10, 11, 12] [3, 6, 9] [120, 2432902008176640000] \n"
                         "[5, 6]\ncaught division by zero\n")

    @needs("distributed")
    def test_dask(self):
        self.write("main.py", CLOSURES + """
from distributed import Client, LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster, Client(cluster) as client:
        print(client.gather(client.map(add, range(3))), client.gather(client.map(outer, range(3))), client.submit(fact, 20).result())
        print(client.submit(make, 2).result()["f"](5))
        try: client.submit(broken, 1).result()
        except ZeroDivisionError as error: print("caught", error)
""")
        self.assertEqual(self.runs("main.py"), "[10, 11, 12] [3, 6, 9] 2432902008176640000\n7\ncaught division by zero\n")

    @needs("cloudpickle")
    def test_cloudpickle(self):
        self.shows("11 [3, 6]\n", CLOSURES + """
import cloudpickle
print(cloudpickle.loads(cloudpickle.dumps(add))(1), list(map(cloudpickle.loads(cloudpickle.dumps(lambda x: outer(x))), range(2))))
""")

    def runs(self, name):
        """What a program prints; warnings of the libraries aside."""
        result = self.python(None, name)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout


if __name__ == "__main__":
    unittest.main()
