#include "bridge/numpy_layout.hpp"

#include <cstring>
#include <optional>

#include "bridge/array_memory.hpp"

namespace catena {

constinit NumpyTypes numpy_found;

namespace {

// Places in the table of NumPy's C interface; they are part of its binary interface and never change.
constexpr std::size_t api_version = 0, api_descriptor = 45, api_new_array = 94;

PyObject* member(PyObject* module, const char* name) { return PyDict_GetItemString(PyModule_GetDict(module), name); }

PyTypeObject* static_type(PyObject* module, const char* name, const char* full_name) {
    PyObject* found = member(module, name);
    if (found == nullptr || !PyType_Check(found)) return nullptr;
    auto* type = reinterpret_cast<PyTypeObject*>(found);
    const bool right = !PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) && std::strcmp(type->tp_name, full_name) == 0;
    return right ? reinterpret_cast<PyTypeObject*>(Py_NewRef(found)) : nullptr;
}

// A module that has been imported, or null.
PyObject* imported(const char* name) {
    PyObject* module = PyDict_GetItemString(PyImport_GetModuleDict(), name);
    return module != nullptr && PyModule_Check(module) ? module : nullptr;
}

PyObject* function_of(PyObject* module, const char* name, const char* home) {
    PyObject* found = member(module, name);
    if (found == nullptr) return nullptr;
    const Ref from = steal(PyObject_GetAttrString(found, "__module__"));
    if (!from) PyErr_Clear();
    const bool right = from && PyUnicode_Check(from.get()) && PyUnicode_CompareWithASCIIString(from.get(), home) == 0;
    return right ? Py_NewRef(found) : nullptr;
}

// The C interface and what is made with it. Without it only single elements are read and computed here.
void find_interface(NumpyTypes& found, PyObject* numpy, bool second) {
    PyObject* core = imported(second ? "numpy._core._multiarray_umath" : "numpy.core._multiarray_umath");
    PyObject* capsule = core != nullptr ? member(core, "_ARRAY_API") : nullptr;
    if (capsule == nullptr || !PyCapsule_CheckExact(capsule)) return;
    auto** api = static_cast<void**>(PyCapsule_GetPointer(capsule, nullptr));
    if (api == nullptr) return PyErr_Clear();
    const unsigned int version = reinterpret_cast<unsigned int (*)()>(api[api_version])();
    if (version >> 24 != (second ? 2u : 1u)) return;
    for (int number = 0; number < plain_types; ++number) {
        PyObject* descriptor = reinterpret_cast<PyObject* (*)(int)>(api[api_descriptor])(number);
        if (descriptor == nullptr) return PyErr_Clear();
        found.descriptors[number] = descriptor;
    }
    found.module = Py_NewRef(numpy);
    found.umath = Py_NewRef(core);
    found.geterr = function_of(numpy, "geterr", "numpy");
    found.where = function_of(numpy, "where", "numpy");
    found.weak_scalars = second;
    found.api = found.geterr != nullptr ? api : nullptr;
}

}  // namespace

const NumpyTypes& numpy_types() {
    if (numpy_found.ufunc != nullptr || numpy_found.refused) return numpy_found;
    PyObject* module = imported("numpy");
    if (module == nullptr) return numpy_found;
    PyObject* version = member(module, "__version__");
    // Not there yet while NumPy is being imported.
    if (version == nullptr || !PyUnicode_Check(version) || member(module, "where") == nullptr) return numpy_found;
    const char* text = PyUnicode_AsUTF8(version);
    if (text == nullptr) PyErr_Clear();
    NumpyTypes found;
    if (text != nullptr && (text[0] == '1' || text[0] == '2') && text[1] == '.') {
        found.array = static_type(module, "ndarray", "numpy.ndarray");
        found.float64 = static_type(module, "float64", "numpy.float64");
        found.float32 = static_type(module, "float32", "numpy.float32");
        found.ufunc = static_type(module, "ufunc", "numpy.ufunc");
    }
    if (found.float64 != nullptr) {
        const Ref number = steal(PyObject_CallNoArgs(reinterpret_cast<PyObject*>(found.float64)));
        found.yes = number ? PyObject_RichCompare(number.get(), number.get(), Py_EQ) : nullptr;
        found.no = number ? PyObject_RichCompare(number.get(), number.get(), Py_NE) : nullptr;
        PyErr_Clear();
    }
    if (found.ufunc == nullptr || found.array == nullptr || found.float32 == nullptr || found.yes == nullptr ||
        found.no == nullptr)
        found = NumpyTypes{};
    found.refused = found.ufunc == nullptr;
    if (!found.refused) find_interface(found, module, text[0] == '2');
    numpy_found = found;
    return numpy_found;
}

PyObject* new_plain_array(int number, int dimensions, const Py_ssize_t* shape) {
    using Make =
        PyObject* (*)(PyTypeObject*, PyObject*, int, const Py_ssize_t*, const Py_ssize_t*, void*, int, PyObject*);
    Py_ssize_t bytes = number == boolean ? 1 : static_cast<Py_ssize_t>(element_size(number));
    for (int d = 0; d < dimensions; ++d)
        if (__builtin_mul_overflow(bytes, shape[d], &bytes)) bytes = PY_SSIZE_T_MAX;
    std::optional<LargeArrayMemory> memory;
    if (static_cast<std::size_t>(bytes) >= least_large_array) memory.emplace();
    PyObject* descriptor = Py_NewRef(numpy_found.descriptors[number]);
    return reinterpret_cast<Make>(numpy_found.api[api_new_array])(numpy_found.array, descriptor, dimensions, shape,
                                                                  nullptr, nullptr, 0, nullptr);
}

}  // namespace catena
