#include "vm/stop_iteration.hpp"

namespace catena {

void set_stop_iteration(PyObject* value) {
    if (value == Py_None) {
        PyErr_SetNone(PyExc_StopIteration);
        return;
    }
    // PyErr_SetObject would take a tuple for the arguments and an exception for the instance itself.
    const Ref error = steal(PyObject_CallOneArg(PyExc_StopIteration, value));
    if (error) PyErr_SetObject(PyExc_StopIteration, error.get());
}

Ref take_stop_iteration() {
    if (!PyErr_ExceptionMatches(PyExc_StopIteration)) return {};
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    const Ref held_type = steal(type);
    const Ref held_value = steal(value);
    const Ref held_traceback = steal(traceback);
    return held_value ? steal(PyObject_GetAttrString(held_value.get(), "value")) : Ref();
}

}  // namespace catena
