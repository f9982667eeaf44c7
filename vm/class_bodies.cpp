#include "vm/class_bodies.hpp"

#include "bridge/python.hpp"

namespace catena {
namespace {

// A weak dict, kept for ever once a class was made.
PyObject* bodies() {
    static PyObject* dict = nullptr;
    if (dict == nullptr) {
        const Ref weakref = steal(PyImport_ImportModule("weakref"));
        dict = weakref ? PyObject_CallMethod(weakref.get(), "WeakKeyDictionary", nullptr) : nullptr;
        if (dict == nullptr) PyErr_Clear();
    }
    return dict;
}

}  // namespace

void remember_class_body(PyObject* type, PyObject* body) {
    PyObject* dict = bodies();
    if (dict != nullptr && PyObject_SetItem(dict, type, body) < 0) PyErr_Clear();
}

Ref class_body(PyObject* type) {
    PyObject* dict = bodies();
    Ref body = dict != nullptr ? steal(PyObject_GetItem(dict, type)) : Ref();
    if (!body) PyErr_Clear();
    return body;
}

}  // namespace catena
