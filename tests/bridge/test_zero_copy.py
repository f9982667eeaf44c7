"""Memory that is shared with NumPy and others: nothing is copied, owners live as long as they are needed, what is counted is
what was copied, and what does not go is Python's own exception."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from program import Case, catena  # noqa: E402

try:
    import numpy
except ImportError:
    numpy = None

# (said e): the value, or the exception.
HEAD = """(import numpy :as np ctypes array mmap gc weakref threading tempfile)
(defn kind-of [e] (+ (. (type e) __name__) ": " (str e)))
(defmacro said [& es] `(print (try (do ~@es) (catch Exception e (kind-of e)))))
"""


@unittest.skipIf(numpy is None, "NumPy is not installed")
class ZeroCopy(Case):
    def says(self, text, *expected):
        result = catena(self.write("program.lisp", HEAD + text), cwd=self.folder)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        self.assertEqual(result.stdout.splitlines(), list(expected))

    def test_owners_live_as_long_as_views(self):
        self.says(
            """
            (defclass Owner [bytearray])
            (def owner (Owner b"abcdefgh")) (def gone (weakref.ref owner))
            (def view (. (as-nd owner nil "int16") [(: 1 3)]))
            (set! owner nil) (gc.collect) (said (nil? (gone))) (said (.tobytes view))
            (set! view nil) (gc.collect) (said (nil? (gone)))
            (def a (as-nd (float32array (range 4)) [2 2])) (gc.collect) (said (.tolist a))
            (def b (as-nd (float64array 3))) (set! (. b [1]) 5) (def c (np.from-dlpack b)) (set! b nil) (gc.collect) (said (.tolist c))
            (def d (np.from-dlpack (int32array [7 8]))) (gc.collect) (said (.tolist d))
            """,
            "False", "b'cdef'", "True", "[[0.0, 1.0], [2.0, 3.0]]", "[0.0, 5.0, 0.0]", "[7, 8]")

    def test_whatever_has_memory(self):
        self.says(
            """
            (def c ((* ctypes.c-int 4) 1 2 3 4)) (def v (as-nd c [2 2])) (set! (. v [0 1]) 9) (said (list #* c) (. c [1]))
            (def a (array.array "d" [1 2])) (set! (. (as-nd a) [0]) 3) (said (. a [0]))
            (def m (mmap.mmap -1 8)) (def w (as-nd m [2] "int32")) (set! (. w [1]) 258) (said (. m [(: 4 6)]))
            (said (.close m)) (set! w nil) (said (.close m)) (said (as-nd m))
            (said (.tolist (as-nd (. (memoryview b"abcd") [(: 2 nil)]))))
            (said (. (as-nd b"") shape)) (said (. (as-nd (uint8array [])) shape))
            (defclass Wrapped [] (defn __init__ [self a] (set! self.a a)) (defn [property] __array_interface__ [self] self.a.__array_interface__))
            (def f (float64array [1 2])) (set! (. (as-nd (Wrapped f)) [0]) 42) (said (vec f))
            (said (.tolist (np.asarray (Wrapped (uint8array [3])))))
            (defclass Packed [] (def held (np.arange 3.0)) (defn __dlpack__ [self &kwargs o] (.__dlpack__ self.held))
              (defn __dlpack_device__ [self] (.__dlpack_device__ self.held)))
            (def p (Packed)) (def q (as-nd p [3 1])) (set! (. p.held [2]) 8) (said (.tolist q)) (said (np.shares-memory q p.held))
            (said (.__dlpack_device__ (int64array [1])))
            """,
            "9", "3.0", "b'\\x02\\x01'", "BufferError: cannot close exported pointers exist", "None",
            "ValueError: mmap closed or invalid", "[99, 100]", "(0,)", "(0,)", "[42.0, 2.0]", "[3]", "[[0.0], [1.0], [8.0]]", "True", "(1, 0)")

    def test_what_does_not_go(self):
        self.says(
            """
            (def b (bytearray b"abcd")) (def v (as-nd b))
            (said (.extend b b"e")) (said (.clear b)) (set! v nil) (said (.extend b b"e")) (said (len b))
            (def a (array.array "i" [1 2])) (def w (as-nd a)) (said (.append a 3)) (set! w nil) (said (.append a 3))
            (said (set! (. (as-nd b"abcd") [0]) 1))
            (def m (memoryview (bytearray 4))) (.release m) (said (as-nd m))
            (def n (memoryview (bytearray 4))) (def x (as-nd n)) (said (.release n)) (said (.tolist x))
            (said (as-nd 5)) (said (as-nd "text")) (said (as-nd b"abc" [2] "int16")) (said (as-nd b"abcd" [3] "uint8"))
            (said (as-nd (. (memoryview b"abcde") [(: 1 nil)]) nil "int32"))
            (said (as-nd (. (memoryview b"abcd") [(: nil nil 2)])))
            (said (as-nd (bytearray 8) nil "object")) (said (as-nd b"abcd" [(** 10 30)] "u1")) (said (as-nd b"abcd" [-1 -1] "u1"))
            (defclass Bad [] (defn [property] __array_interface__ [self] (raise (KeyError "no"))))
            (said (as-nd (Bad)))
            (defclass Other [] (defn __dlpack__ [self &kwargs o] 7) (defn __dlpack_device__ [self] #[1 0]))
            (said (isinstance (try (as-nd (Other)) (catch Exception e e)) Exception))
            (said (.__dlpack__ (float32array [1]) :stream 3))
            (said (isinstance (try (as-nd ((* (ctypes.POINTER ctypes.c-int) 2))) (catch Exception e e)) ValueError))
            """,
            "BufferError: Existing exports of data: object cannot be re-sized", "BufferError: Existing exports of data: object cannot be re-sized",
            "None", "5", "BufferError: cannot resize an array that is exporting buffers", "None", "ValueError: assignment destination is read-only",
            "ValueError: operation forbidden on released memoryview object", "None", "[0, 0, 0, 0]",
            "TypeError: as-nd: a int has no memory to share; it needs the buffer protocol, __array_interface__ or __dlpack__",
            "TypeError: as-nd: a str has no memory to share; it needs the buffer protocol, __array_interface__ or __dlpack__",
            "ValueError: as-nd: the buffer has 3 bytes, which is no multiple of the 2 of one int16",
            "ValueError: cannot reshape array of size 4 into shape (3,)", "ValueError: as-nd: the memory is not aligned for its elements",
            "ValueError: as-nd: the buffer has gaps", "ValueError: cannot create an OBJECT array from memory buffer",
            "ValueError: Maximum allowed dimension exceeded", "ValueError: can only specify one unknown dimension", "KeyError: 'no'", "True",
            "RuntimeError: NumPy only supports stream=None.", "True")

    def test_copies_are_counted(self):
        self.says(
            """
            (bridge/reset-stats)
            (def f (float32array [1 2 3 4])) (as-nd f [2 2]) (np.from-dlpack f) (memoryview f) (said (:bytes-copied (bridge/stats)))
            (float64array f) (said (:bytes-copied (bridge/stats)))
            (. f [(: 1 3)]) (said (:bytes-copied (bridge/stats)))
            (.tobytes f) (said (:bytes-copied (bridge/stats)))
            (uint8array b"abc") (said (:bytes-copied (bridge/stats)))
            (said (with-zero-copy (.tobytes f))) (said (with-zero-copy (. f [(: nil 2)]))) (said (with-zero-copy (int32array (array.array "i" [1]))))
            (said (with-zero-copy (float (.sum (as-nd f))))) (said (.tobytes (uint8array [65])))
            """,
            "0", "32", "40", "56", "59", "ZeroCopyError: float32array copies 16 bytes inside of with-zero-copy",
            "ZeroCopyError: float32array copies 8 bytes inside of with-zero-copy",
            "ZeroCopyError: int32array copies 4 bytes inside of with-zero-copy", "10.0", "b'A'")

    def test_a_copy_says_where(self):
        path = self.write("copy.lisp", "(def xs (float64array [1 2 3]))\n(with-zero-copy\n  (let [ys (as-nd xs)]\n    (float32array ys)))\n")
        result = catena(path, cwd=self.folder)
        self.assertEqual(result.returncode, 1)
        self.assertIn("copy.lisp:4:5: ", result.stderr)
        self.assertIn("ZeroCopyError: float32array copies 12 bytes inside of with-zero-copy", result.stderr)

    def test_memory_that_other_threads_let_go(self):
        self.says(
            """
            (def shared (float64array 60000)) (def stop false)
            (defn renew [] (while (not stop) (set! shared (float64array 60000)) (as-nd shared)))
            (def threads (for [i (range 2)] (threading.Thread :target renew)))
            (doseq [t threads] (.start t))
            (defn total [] (let [v (as-nd shared)] (float (np.sum (+ (* v 2) v)))))
            (dotimes [i 400] (total))
            (set! stop true) (doseq [t threads] (.join t)) (said (total))
            """,
            "0.0")


if __name__ == "__main__":
    unittest.main()
