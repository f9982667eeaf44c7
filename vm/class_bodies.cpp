#include "vm/class_bodies.hpp"

#include <cstring>

#include "bridge/python.hpp"
#include "vm/closure.hpp"

namespace catena {
namespace {

// By weak reference to the class, kept for ever once a class was made: tuples of the source, the file and the bytes of the span.
PyObject* bodies() {
    static PyObject* dict = nullptr;
    if (dict == nullptr && (dict = PyDict_New()) == nullptr) PyErr_Clear();
    return dict;
}

// In C, since what a signal's handler raises in a callback that is Python code would be lost: Ctrl-C among it.
PyObject* forget(PyObject*, PyObject* reference) {
    PyObject* dict = bodies();
    if (dict == nullptr || PyDict_DelItem(dict, reference) < 0) PyErr_Clear();
    Py_RETURN_NONE;
}

PyMethodDef forget_definition = {"forget", forget, METH_O, nullptr};

PyObject* forgetting() {
    static PyObject* const function = PyCFunction_New(&forget_definition, nullptr);
    return function;
}

PyObject* or_none(const Ref& object) { return object ? object.get() : Py_None; }

}  // namespace

void remember_class_body(PyObject* type, PyObject* body) {
    if (!is_closure(body)) return;
    const Code& code = *reinterpret_cast<Closure*>(body)->code;
    PyObject* dict = bodies();
    const Ref span = steal(PyBytes_FromStringAndSize(reinterpret_cast<const char*>(&code.span), sizeof code.span));
    const Ref written = span ? steal(PyTuple_Pack(3, or_none(code.source), or_none(code.file), span.get())) : Ref();
    const Ref key = written && forgetting() != nullptr ? steal(PyWeakref_NewRef(type, forgetting())) : Ref();
    if (dict == nullptr || !key || PyDict_SetItem(dict, key.get(), written.get()) < 0) PyErr_Clear();
}

bool find_class_definition(PyObject* type, WrittenDefinition* out) {
    PyObject* dict = bodies();
    const Ref key = dict != nullptr ? steal(PyWeakref_NewRef(type, nullptr)) : Ref();
    const Ref written = key ? borrow(PyDict_GetItemWithError(dict, key.get())) : Ref();
    if (!written) {
        PyErr_Clear();
        return false;
    }
    const auto part = [&](Py_ssize_t at) {
        PyObject* object = PyTuple_GET_ITEM(written.get(), at);
        return object != Py_None ? borrow(object) : Ref();
    };
    out->source = part(0);
    out->file = part(1);
    std::memcpy(&out->span, PyBytes_AS_STRING(PyTuple_GET_ITEM(written.get(), 2)), sizeof out->span);
    return true;
}

}  // namespace catena
