#include "vm/class_bodies.hpp"

#include <cstring>

#include "bridge/python.hpp"
#include "vm/closure.hpp"

namespace catena {
namespace {

// A weak dict, kept for ever once a class was made: tuples of the source, the file and the bytes of the span.
PyObject* bodies() {
    static PyObject* dict = nullptr;
    if (dict == nullptr) {
        const Ref weakref = steal(PyImport_ImportModule("weakref"));
        dict = weakref ? PyObject_CallMethod(weakref.get(), "WeakKeyDictionary", nullptr) : nullptr;
        if (dict == nullptr) PyErr_Clear();
    }
    return dict;
}

PyObject* or_none(const Ref& object) { return object ? object.get() : Py_None; }

}  // namespace

void remember_class_body(PyObject* type, PyObject* body) {
    if (!is_closure(body)) return;
    const Code& code = *reinterpret_cast<Closure*>(body)->code;
    PyObject* dict = bodies();
    const Ref span = steal(PyBytes_FromStringAndSize(reinterpret_cast<const char*>(&code.span), sizeof code.span));
    const Ref written = span ? steal(PyTuple_Pack(3, or_none(code.source), or_none(code.file), span.get())) : Ref();
    if (dict == nullptr || !written || PyObject_SetItem(dict, type, written.get()) < 0) PyErr_Clear();
}

bool find_class_definition(PyObject* type, WrittenDefinition* out) {
    PyObject* dict = bodies();
    const Ref written = dict != nullptr ? steal(PyObject_GetItem(dict, type)) : Ref();
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
