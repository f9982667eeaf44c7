#include "bridge/tick.hpp"

#include "bridge/ref.hpp"

namespace catena {
namespace {

// Executing any Python function makes CPython itself look after signals, pending calls, threads that wait for the GIL,
// exceptions sent by other threads and, on newer versions, the collector. That is one call of 40 ns and right on every
// version, where the parts are private.
PyObject* breather = nullptr;

PyObject* make_breather() {
    const Ref globals = steal(PyDict_New());
    if (!globals) return nullptr;
    const Ref code = steal(Py_CompileString("def tick(): pass\n", "<catena>", Py_file_input));
    if (!code || PyDict_SetItemString(globals.get(), "__builtins__", PyEval_GetBuiltins()) < 0) return nullptr;
    const Ref done = steal(PyEval_EvalCode(code.get(), globals.get(), globals.get()));
    if (!done) return nullptr;
    return Py_XNewRef(PyDict_GetItemString(globals.get(), "tick"));
}

// The error did not come out of the function itself, so its frame has no place in the traceback.
void drop_own_frame() {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != nullptr && PyTraceBack_Check(traceback)) {
        PyObject* next = Py_XNewRef(reinterpret_cast<PyTracebackObject*>(traceback)->tb_next);
        Py_DECREF(traceback);
        traceback = next;
        PyException_SetTraceback(value, traceback != nullptr ? traceback : Py_None);
    }
    PyErr_Restore(type, value, traceback);
}

}  // namespace

bool prepare_ticks() {
    if (breather == nullptr) breather = make_breather();
    return breather != nullptr;
}

int tick_slow(int steps) {
    if (tick_watch != nullptr && !tick_watch->tick(*tick_watch, steps)) return -1;
    if (!prepare_ticks()) {
        PyErr_Clear();
        return PyErr_CheckSignals() < 0 ? -1 : Py_MakePendingCalls();
    }
    if (PyObject* done = PyObject_CallNoArgs(breather)) {
        Py_DECREF(done);
        return 0;
    }
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    // At the end of Python's stack the function does not even start; a loop there deserves its tick all the same.
    const bool not_started = traceback == nullptr && type == PyExc_RecursionError;
    PyErr_Restore(type, value, traceback);
    if (not_started) {
        PyErr_Clear();
        return PyErr_CheckSignals() < 0 ? -1 : Py_MakePendingCalls();
    }
    drop_own_frame();
    return -1;
}

}  // namespace catena
