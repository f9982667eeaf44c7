// NumPy arrays over the memory of others, and the book-keeping of copies.
#include "bridge/buffer.hpp"

#include <cstdint>

#include "bridge/stats.hpp"
#include "bridge/text.hpp"

namespace catena {
namespace {

thread_local int zero_copy_depth = 0;

// NumPy is imported at the first use, never at start-up.
Ref numpy() { return steal(PyImport_ImportModule("numpy")); }

tl::unexpected<Raised> does_not_fit(const std::string& why) {
    return raise(PyExc_ValueError, "as-nd: %s", why.c_str());
}

// `dtype` as numpy.dtype; a str subclass (a keyword) in its plain form.
Ref make_dtype(PyObject* numpy, PyObject* dtype) {
    Ref plain = borrow(dtype);
    if (PyUnicode_Check(dtype) && !PyUnicode_CheckExact(dtype)) plain = steal(PyUnicode_FromObject(dtype));
    if (!plain) return {};
    return steal(PyObject_CallMethod(numpy, "dtype", "(O)", plain.get()));
}

bool flag(PyObject* array, const char* name) {
    const Ref flags = steal(PyObject_GetAttrString(array, "flags"));
    const Ref value = flags ? steal(PyObject_GetAttrString(flags.get(), name)) : Ref();
    const int answer = value ? PyObject_IsTrue(value.get()) : -1;
    if (answer < 0) PyErr_Clear();
    return answer == 1;
}

// Where an array's elements begin; 0 with an error set.
std::uintptr_t address_of(PyObject* array) {
    const Ref interface = steal(PyObject_GetAttrString(array, "__array_interface__"));
    PyObject* place = interface ? PyDict_GetItemString(interface.get(), "data") : nullptr;
    void* address = place != nullptr ? PyLong_AsVoidPtr(PyTuple_GetItem(place, 0)) : nullptr;
    return reinterpret_cast<std::uintptr_t>(address);
}

// Whether the object has the attribute; -1 with an error set when looking fails in another way.
int has(PyObject* object, const char* name) {
    const Ref found = steal(PyObject_GetAttrString(object, name));
    if (found) return 1;
    if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return -1;
    PyErr_Clear();
    return 0;
}

// The memory as an array, with the element type that it has by itself; never a copy.
Result<Ref> view_of(PyObject* numpy, PyObject* buffer) {
    if (PyObject_CheckBuffer(buffer)) {
        const Ref view = steal(PyMemoryView_FromObject(buffer));
        if (!view) return raised();
        auto array = checked(PyObject_CallMethod(numpy, "asarray", "(O)", view.get()));
        const Py_buffer* memory = PyMemoryView_GET_BUFFER(view.get());
        // What NumPy has no type for it takes as a sequence of objects.
        if (array && memory->len != 0 && address_of(array->get()) != reinterpret_cast<std::uintptr_t>(memory->buf)) {
            if (PyErr_Occurred()) return raised();
            return does_not_fit(std::string("NumPy has no type for elements of the format ") +
                                (memory->format != nullptr ? memory->format : "B"));
        }
        return array;
    }
    int found = has(buffer, "__array_interface__");
    if (found > 0) return checked(PyObject_CallMethod(numpy, "asarray", "(O)", buffer));
    if (found == 0) found = has(buffer, "__dlpack__");
    if (found > 0) return checked(PyObject_CallMethod(numpy, "from_dlpack", "(O)", buffer));
    if (found < 0) return raised();
    return raise(
        PyExc_TypeError,
        "as-nd: a %.200s has no memory to share; it needs the buffer protocol, __array_interface__ or __dlpack__",
        Py_TYPE(buffer)->tp_name);
}

std::size_t byte_count(PyObject* array) {
    const Ref size = steal(PyObject_GetAttrString(array, "nbytes"));
    const std::size_t bytes = size ? PyLong_AsSize_t(size.get()) : 0;
    if (PyErr_Occurred()) {
        PyErr_Clear();
        return 0;
    }
    return bytes;
}

}  // namespace

Result<Ref> as_nd(PyObject* buffer, PyObject* shape, PyObject* dtype) {
    const Ref module = numpy();
    if (!module) return raised();
    Result<Ref> array = raised();
    const bool own_dtype = dtype == nullptr || dtype == Py_None;
    if (own_dtype) {
        array = view_of(module.get(), buffer);
        if (!array) return array;
        if (!flag(array->get(), "c_contiguous")) return does_not_fit("the buffer has gaps");
    } else {
        const Ref type = make_dtype(module.get(), dtype);
        if (!type) return raised();
        Ref source = borrow(buffer);
        if (!PyObject_CheckBuffer(buffer)) {
            auto view = view_of(module.get(), buffer);
            if (!view) return view;
            source = std::move(*view);
        }
        const Ref view = steal(PyMemoryView_FromObject(source.get()));
        if (!view) return raised();
        const Py_buffer* memory = PyMemoryView_GET_BUFFER(view.get());
        if (!PyBuffer_IsContiguous(memory, 'C')) return does_not_fit("the buffer has gaps");
        const Ref item = steal(PyObject_GetAttrString(type.get(), "itemsize"));
        const Py_ssize_t size = item ? PyLong_AsSsize_t(item.get()) : -1;
        if (size < 0) return raised();
        if (size == 0 || memory->len % size != 0) {
            return does_not_fit("the buffer has " + std::to_string(memory->len) +
                                " bytes, which is no multiple of the " + std::to_string(size) + " of one " +
                                display(type.get()));
        }
        // NumPy makes nothing of an empty buffer in some versions; there is no memory to share in one.
        array = memory->len != 0
                    ? checked(PyObject_CallMethod(module.get(), "frombuffer", "OO", view.get(), type.get()))
                    : checked(PyObject_CallMethod(module.get(), "empty", "iO", 0, type.get()));
        if (!array) return array;
    }
    if (!flag(array->get(), "aligned")) return does_not_fit("the memory is not aligned for its elements");
    if (shape != nullptr && shape != Py_None) {
        array = checked(PyObject_CallMethod(array->get(), "reshape", "(O)", shape));
        if (!array) return array;
    }
    count_shared(byte_count(array->get()));
    return array;
}

PyObject* zero_copy_error() {
    static PyObject* error = nullptr;
    if (error == nullptr) {
        error = PyErr_NewExceptionWithDoc("catena.ZeroCopyError", "A copy was made inside of with-zero-copy.",
                                          PyExc_RuntimeError, nullptr);
    }
    return error;
}

int count_copy(std::size_t bytes, const char* what) {
    if (zero_copy_depth > 0 && bytes > 0) {
        if (PyObject* error = zero_copy_error()) {
            PyErr_Format(error, "%s copies %zu bytes inside of with-zero-copy", what, bytes);
        }
        return -1;
    }
    stats.bytes_copied += bytes;
    return 0;
}

void count_shared(std::size_t bytes) { stats.bytes_shared += bytes; }

void enter_zero_copy() { ++zero_copy_depth; }
void leave_zero_copy() { --zero_copy_depth; }

}  // namespace catena
