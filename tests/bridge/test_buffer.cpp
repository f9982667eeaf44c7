// Typed arrays and arrays over the memory of others.
#include "bridge/buffer.hpp"

#include "bridge/stats.hpp"
#include "tests/bridge/support.hpp"
#include "tests/support/catch.hpp"

using namespace catena;
using namespace catena::tests;

namespace {

PyObject* python_as_nd(PyObject*, PyObject* args) {
    PyObject *buffer, *shape = nullptr, *dtype = nullptr;
    if (!PyArg_UnpackTuple(args, "as_nd", 1, 3, &buffer, &shape, &dtype)) return nullptr;
    auto array = as_nd(buffer, shape, dtype);
    return array ? array->release() : nullptr;
}
PyMethodDef as_nd_def{"as_nd", python_as_nd, METH_VARARGS, nullptr};

Namespace with_arrays() {
    Namespace names;
    for (int kind = 0; kind < 5; ++kind) {
        const auto element = static_cast<ElementKind>(kind);
        const Held type(borrow_value(reinterpret_cast<PyObject*>(typed_array_type(element))));
        names.set(std::string(typed_array_name(element)).c_str(), type.get());
    }
    names.set("as_nd", Held(Value::object(PyCFunction_New(&as_nd_def, nullptr))).get());
    names.run(
        "import array, pickle, mmap, ctypes, struct, gc\n"
        "try: import numpy as np\nexcept ImportError: np = None\n"
        "def attempt(text):\n"
        "    try: return repr(eval(text))\n"
        "    except BaseException as e: return '!' + type(e).__name__ + ': ' + str(e)\n");
    return names;
}

void check_all(Namespace& names, const std::vector<std::pair<const char*, const char*>>& cases) {
    for (const auto& [text, expected] : cases) {
        INFO(text);
        names.set("text", Held(steal_value(PyUnicode_FromString(text))).get());
        const Held got = names.eval("attempt(text)");
        CHECK(text_of(got.get().as_object()) == expected);
    }
}

}  // namespace

TEST_CASE("typed arrays hold numbers") {
    Namespace names = with_arrays();
    check_all(
        names,
        {
            {"float32array([1, 2, 3, 4])", "float32array([1.0, 2.0, 3.0, 4.0])"},
            {"float64array((0.5, True))", "float64array([0.5, 1.0])"},
            {"int32array(range(3))", "int32array([0, 1, 2])"},
            {"uint8array(b'ab')", "uint8array([97, 98])"},
            {"int64array(i * i for i in range(3))", "int64array([0, 1, 4])"},
            {"int64array(3)", "int64array([0, 0, 0])"},
            {"float32array()", "float32array([])"},
            {"float32array(0)", "float32array([])"},
            {"float32array(-1)", "!ValueError: a typed array cannot have -1 elements"},
            {"float64array(2**62)", "!MemoryError: "},
            {"float64array(2**100)", "!OverflowError: cannot fit 'int' into an index-sized integer"},
            {"float32array(None)", "!TypeError: a typed array is made from numbers, a buffer or a size"},
            {"float32array(1.5)", "!TypeError: a typed array is made from numbers, a buffer or a size"},
            {"float32array(['x'])", "!TypeError: must be real number, not str"},
            {"float32array('12')", "!TypeError: must be real number, not str"},
            {"int32array([1.5])", "!TypeError: 'float' object cannot be interpreted as an integer"},
            {"int32array([2**31])", "!OverflowError: 2147483648 does not fit a signed 32-bit integer"},
            {"int32array([-2**31, 2**31-1])", "int32array([-2147483648, 2147483647])"},
            {"uint8array([-1])", "!OverflowError: -1 does not fit an unsigned 8-bit integer"},
            {"uint8array([256])", "!OverflowError: 256 does not fit an unsigned 8-bit integer"},
            {"int64array([2**63])", "!OverflowError: 9223372036854775808 does not fit a signed 64-bit integer"},
            {"float32array([1e300])", "!OverflowError: 1e+300 is too large for a 32-bit float"},
            {"float32array([float('inf'), float('nan')])", "float32array([inf, nan])"},
            {"float32array([1], [2])", "!TypeError: float32array expected at most 1 argument, got 2"},
            {"float32array(x=1)", "!TypeError: float32array takes no keyword arguments"},
            {"float64array(array.array('f', [1, 2]))", "float64array([1.0, 2.0])"},
            {"int32array(array.array('d', [1]))", "!TypeError: 'float' object cannot be interpreted as an integer"},
            {"uint8array(array.array('h', [300]))", "!OverflowError: 300 does not fit an unsigned 8-bit integer"},
            {"float32array(float64array([1, 2]))", "float32array([1.0, 2.0])"},
            {"int64array(array.array('Q', [5]))", "int64array([5])"},
            {"len(float32array(5))", "5"},
            {"float64array([1, 2, 3])[1]", "2.0"},
            {"float64array([1, 2, 3])[-1]", "3.0"},
            {"float64array([1, 2, 3])[3]", "!IndexError: float64array index out of range"},
            {"float64array([1, 2, 3])[-4]", "!IndexError: float64array index out of range"},
            {"float64array([1, 2, 3])['x']", "!TypeError: float64array indices must be integers or slices, not str"},
            {"float64array([1, 2, 3])[::-1]", "float64array([3.0, 2.0, 1.0])"},
            {"float64array([1, 2, 3])[5:]", "float64array([])"},
            {"list(int32array([1, 2]))", "[1, 2]"},
            {"int32array([1, 2]).tolist()", "[1, 2]"},
            {"2 in int32array([1, 2]), 3 in int32array([1, 2])", "(True, False)"},
            {"int32array([1, 2]) == int32array([1, 2]), int32array([1]) == float64array([1]), int32array([1]) != "
             "int32array([2])",
             "(True, True, True)"},
            {"int32array([1]) == int32array([1, 2]), int32array([1]) == [1]", "(False, False)"},
            {"hash(int32array(1))", "!TypeError: unhashable type: 'catena.int32array'"},
            {"int32array([1, 2]).nbytes, int32array([1]).itemsize", "(8, 4)"},
            {"float32array([1]).tobytes() == struct.pack('f', 1)", "True"},
            {"float32array.frombytes(struct.pack('2f', 1, 2))", "float32array([1.0, 2.0])"},
            {"float32array.frombytes(b'abc')", "!ValueError: 3 bytes are no whole number of 4-byte elements"},
            {"memoryview(int64array([1, 2])).format, memoryview(float32array([1, 2])).shape", "('l', (2,))"},
            {"memoryview(float64array([1, 2])).readonly, memoryview(float64array([1, 2])).contiguous", "(False, True)"},
            {"bytes(uint8array([1, 2]))", "b'\\x01\\x02'"},
            {"max(float32array([1, 3, 2])), sum(int32array([1, 2])), sorted(int32array([2, 1]))", "(3.0, 3, [1, 2])"},
            {"repr(uint8array(2000)).endswith(', 0, ...])')", "True"},
            {"float32array.__name__, float32array.__module__", "('float32array', 'catena')"},
            {"type('S', (float32array,), {})", "!TypeError: type 'catena.float32array' is not an acceptable base type"},
            {"setattr(float32array, 'x', 1)",
             "!TypeError: cannot set 'x' attribute of immutable type 'catena.float32array'"},
        });
    names.run("a = float32array([1, 2, 3, 4])\na[0] = 9\na[-1] = 8.5\na[1:3] = [5, 6]\n");
    CHECK(describe(names.eval("a.tolist()").get()) == "[9.0, 5.0, 6.0, 8.5] of list");
    names.run(
        "def put(k, v): a[k] = v\ndef cut(k): del a[k]\ndef view():\n    m = memoryview(a)\n    m[0] = 1.0\n    return "
        "a[0]\n");
    check_all(names,
              {{"put(9, 1)", "!IndexError: float32array index out of range"},
               {"put(slice(0, 2), [1])", "!ValueError: a float32array has a fixed size: the slice needs 2 numbers"},
               {"put(slice(0, 2), [1, 'x'])", "!TypeError: must be real number, not str"},
               {"put(0, 'x')", "!TypeError: must be real number, not str"},
               {"put('x', 1)", "!TypeError: float32array indices must be integers or slices, not str"},
               {"cut(0)", "!TypeError: a float32array has a fixed size"},
               {"view()", "1.0"},
               {"a", "float32array([1.0, 5.0, 6.0, 8.5])"}});
    // A list that shrinks while its numbers are read.
    names.run("class Shrink:\n    def __index__(s):\n        xs.clear()\n        return 1\nxs = [Shrink(), 2, 3]");
    check_all(names,
              {{"int32array(xs)", "!RuntimeError: the list changed its size while a typed array was made from it"}});
}

TEST_CASE("typed arrays pickle, in band and out of band") {
    Namespace names = with_arrays();
    names.run(
        "import sys, types\nm = types.ModuleType('catena')\nsys.modules['catena'] = m\n"
        "for t in (float32array, float64array, int32array, int64array, uint8array): setattr(m, t.__name__, t)\n"
        "a = int32array([1, -2, 3])\n"
        "out = [pickle.loads(pickle.dumps(a, p)) == a for p in range(2, 6)]\n"
        "buffers = []\ndata = pickle.dumps(a, 5, buffer_callback=buffers.append)\n"
        "again = pickle.loads(data, buffers=buffers)\n"
        "import copy\nout.append(copy.deepcopy(a) == a and copy.copy(a) is not a)\n");
    CHECK(describe(names.eval("out, again == a, len(buffers), type(again) is int32array").get()) ==
          "([True, True, True, True, True], True, 1, True) of tuple");
    names.run("del sys.modules['catena']");
}

TEST_CASE("copies are counted, and refused inside of with-zero-copy") {
    Namespace names = with_arrays();
    reset_stats();
    names.run("a = float64array([1, 2]); b = float32array(a); c = a[1:]; d = uint8array(b'abc')");
    CHECK(stats.bytes_copied == 8 + 8 + 3);
    enter_zero_copy();
    enter_zero_copy();
    leave_zero_copy();
    check_all(names, {{"float32array(a)", "!ZeroCopyError: float32array copies 8 bytes inside of with-zero-copy"},
                      {"a[:1]", "!ZeroCopyError: float64array copies 8 bytes inside of with-zero-copy"},
                      {"float32array([1])", "float32array([1.0])"}});
    leave_zero_copy();
    check_all(names, {{"float32array(a)", "float32array([1.0, 2.0])"}});
}

TEST_CASE("arrays over the memory of others") {
    Namespace names = with_arrays();
    if (describe(names.eval("np is None").get()) == "True of bool") return;
    reset_stats();
    names.run("a = float32array([1, 2, 3, 4])\nn = as_nd(a, [2, 2], 'float32')\nn[0, 1] = 9");
    CHECK(describe(names.eval("a[1], n.shape, n.dtype.name, float(n.sum())").get()) ==
          "(9.0, (2, 2), 'float32', 17.0) of tuple");
    CHECK(stats.bytes_shared == 16);
    CHECK(stats.bytes_copied == 0);
    names.run(
        "class Key(str): pass\nraw = bytearray(range(16))\nstrided = np.arange(8)[::2]\nfile = mmap.mmap(-1, 16)\n"
        "inter = type('I', (), {'__array_interface__': np.arange(3.0).__array_interface__})()\n"
        "big = np.arange(3, dtype='>i4')\nrec = np.zeros(2, dtype=[('a', 'i4'), ('b', 'f4')])\n"
        "class Struct(ctypes.Structure):\n    _fields_ = [('x', ctypes.c_double), ('y', ctypes.c_double)]\n");
    check_all(names, {
                         {"as_nd(a, [4], Key('float32')).tolist()", "[1.0, 9.0, 3.0, 4.0]"},
                         {"as_nd(a).tolist(), as_nd(a).dtype.name", "([1.0, 9.0, 3.0, 4.0], 'float32')"},
                         {"as_nd(a, None, 'int32').shape", "(4,)"},
                         {"as_nd(a, 4, None).shape, as_nd(a, (2, -1), None).shape", "((4,), (2, 2))"},
                         {"as_nd(a, [3], 'float32')", "!ValueError: cannot reshape array of size 4 into shape (3,)"},
                         {"as_nd(a, [4], 'float64')", "!ValueError: cannot reshape array of size 2 into shape (4,)"},
                         {"as_nd(a, [], 'float32')", "!ValueError: cannot reshape array of size 4 into shape ()"},
                         {"as_nd(float64array([5]), [], 'float64').tolist()", "5.0"},
                         {"as_nd(a, ['x'], 'float32')", "!TypeError: 'str' object cannot be interpreted as an integer"},
                         {"as_nd(a, [4], 'flot32')", "!TypeError: data type 'flot32' not understood"},
                         {"as_nd(a, [4], object)", "!ValueError: cannot create an OBJECT array from memory buffer"},
                         {"as_nd(b'123', [1], 'int16')",
                          "!ValueError: as-nd: the buffer has 3 bytes, which is no multiple of the 2 of one int16"},
                         {"as_nd(memoryview(raw)[1:9], [1], 'int64')",
                          "!ValueError: as-nd: the memory is not aligned for its elements"},
                         {"as_nd(memoryview(raw)[8:], [1], 'int64').shape", "(1,)"},
                         {"as_nd(b'12345678', [1], 'int64').flags.writeable", "False"},
                         {"as_nd(raw, [16], 'uint8').flags.writeable", "True"},
                         {"as_nd(strided, [4], 'int64')", "!ValueError: as-nd: the buffer has gaps"},
                         {"as_nd(strided)", "!ValueError: as-nd: the buffer has gaps"},
                         {"as_nd(np.arange(6).reshape(2, 3), [3, 2], None).tolist()", "[[0, 1], [2, 3], [4, 5]]"},
                         {"as_nd(np.asfortranarray(np.ones((2, 3))), [6], 'float64')",
                          "!ValueError: as-nd: the buffer has gaps"},
                         {"as_nd(file, [2], 'float64').tolist()", "[0.0, 0.0]"},
                         {"as_nd(array.array('i', [1, 2]), [2], 'int32').tolist()", "[1, 2]"},
                         {"as_nd((ctypes.c_int * 3)(1, 2, 3), [3], 'int32').tolist()", "[1, 2, 3]"},
                         {"as_nd(Struct(1, 2), [2], 'float64').tolist()", "[1.0, 2.0]"},
                         {"as_nd(big, [3], '>i4').tolist(), as_nd(big).tolist()", "([0, 1, 2], [0, 1, 2])"},
                         {"as_nd(rec, [4], 'int32').tolist()", "[0, 0, 0, 0]"},
                         {"as_nd(b'', [0], 'float64').shape, as_nd(b'', [0, 3], 'float64').shape", "((0,), (0, 3))"},
                         {"as_nd(b'', [1], 'float64')", "!ValueError: cannot reshape array of size 0 into shape (1,)"},
                         {"as_nd([1, 2], [2], 'float64')",
                          "!TypeError: as-nd: a list has no memory to share; it needs the buffer protocol, "
                          "__array_interface__ or __dlpack__"},
                         {"as_nd('text', [2], 'float64')",
                          "!TypeError: as-nd: a str has no memory to share; it needs the buffer protocol, "
                          "__array_interface__ or __dlpack__"},
                         {"as_nd(5)",
                          "!TypeError: as-nd: a int has no memory to share; it needs the buffer protocol, "
                          "__array_interface__ or __dlpack__"},
                         {"as_nd(np.float64(1), [1], 'float64').tolist()", "[1.0]"},
                     });
    // The owner lives as long as the array, and cannot be resized under it.
    names.run(
        "import weakref, sys\nbase = float64array([1, 2, 3])\ncount = sys.getrefcount(base)\nview = as_nd(base, [3], "
        "'float64')\n"
        "held = sys.getrefcount(base) > count\ndel base\ngc.collect()\nsafe = view.tolist()\n"
        "view2 = as_nd(raw, [16], 'uint8')\n");
    CHECK(describe(names.eval("held, safe").get()) == "(True, [1.0, 2.0, 3.0]) of tuple");
    check_all(names, {{"raw.append(1)", "!BufferError: Existing exports of data: object cannot be re-sized"}});
    names.run("view3 = as_nd(file, [16], 'uint8')");
    check_all(names, {{"file.close()", "!BufferError: cannot close exported pointers exist"},
                      {"bool(as_nd(file, [16], 'uint8').sum() == 0)", "True"}});
    names.run("released = memoryview(bytearray(4)); released.release()");
    check_all(names,
              {{"as_nd(released, [4], 'uint8')", "!ValueError: operation forbidden on released memoryview object"}});
}
