#include "lang/python_name.hpp"

namespace catena {

namespace {

bool is_all_punctuation(PyObject* text) {
    const int kind = PyUnicode_KIND(text);
    const void* data = PyUnicode_DATA(text);
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(text); ++i) {
        if (Py_UNICODE_ISALNUM(PyUnicode_READ(kind, data, i))) return false;
    }
    return true;
}

}  // namespace

Ref exact_name(PyObject* name) {
    PyObject* exact = PyUnicode_FromObject(name);
    if (exact == nullptr) return {};
    PyUnicode_InternInPlace(&exact);
    return steal(exact);
}

Ref python_name(PyObject* name) {
    Ref exact = exact_name(name);
    if (!exact) return {};
    PyObject* text = exact.get();
    const Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    const Py_ssize_t dash = PyUnicode_FindChar(text, '-', 0, length, 1);
    if (dash == -2) return {};
    if (dash == -1 || is_all_punctuation(text)) return exact;

    PyObject* mangled = PyUnicode_New(length, PyUnicode_MAX_CHAR_VALUE(text));
    if (mangled == nullptr) return {};
    const int kind = PyUnicode_KIND(text);
    for (Py_ssize_t i = 0; i < length; ++i) {
        const Py_UCS4 c = PyUnicode_READ(kind, PyUnicode_DATA(text), i);
        PyUnicode_WRITE(PyUnicode_KIND(mangled), PyUnicode_DATA(mangled), i, c == '-' ? Py_UCS4{'_'} : c);
    }
    PyUnicode_InternInPlace(&mangled);
    return steal(mangled);
}

}  // namespace catena
