#include "bridge/tick.hpp"
#include "vm/slow.hpp"

namespace catena {
namespace {

// A class is instantiated, an instance is itself, anything else is a TypeError. Empty with the error set.
Ref exception_from(PyObject* object) {
    if (PyExceptionInstance_Check(object)) return borrow(object);
    if (PyExceptionClass_Check(object)) {
        Ref made = steal(PyObject_CallNoArgs(object));
        if (made && !PyExceptionInstance_Check(made.get())) {
            PyErr_Format(PyExc_TypeError, "calling %R should have returned an instance of BaseException, not %R",
                         object, Py_TYPE(made.get()));
            return {};
        }
        return made;
    }
    PyErr_Format(PyExc_TypeError, "only exceptions can be thrown, not %.200s: (throw (ValueError \"message\"))",
                 Py_TYPE(object)->tp_name);
    return {};
}

// The exception that this thread (or the generator that runs in it) handles, in the very place where CPython keeps it:
// what an outer generator or caller handles does not count.
PyObject*& handled_slot() { return PyThreadState_Get()->exc_info->exc_value; }

}  // namespace

void slow_throw(Frame& frame, const Instr& i) {
    const Ref object = steal([&] {
        const Value v = take(frame, i.a);
        return v.is_object() ? v.as_object() : new_object(v);
    }());
    const Ref exception = object ? exception_from(object.get()) : Ref();
    if (!exception) return;
    if (i.b == 1) {
        const Ref cause_object = boxed(frame.base[i.a + 1]);
        if (!cause_object) return;
        if (cause_object == Py_None) {
            PyException_SetCause(exception.get(), nullptr);
        } else {
            Ref cause = PyExceptionInstance_Check(cause_object.get()) || PyExceptionClass_Check(cause_object.get())
                            ? exception_from(cause_object.get())
                            : Ref();
            if (!cause) {
                if (PyErr_Occurred() == nullptr) {
                    PyErr_SetString(PyExc_TypeError, "exception causes must derive from BaseException");
                }
                return;
            }
            PyException_SetCause(exception.get(), cause.release());
        }
    }
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.get())), exception.get());
}

void slow_reraise(Frame& frame, const Instr& i) {
    PyObject* exception = take(frame, i.a).as_object();
    PyErr_Restore(Py_NewRef(reinterpret_cast<PyObject*>(Py_TYPE(exception))), exception,
                  PyException_GetTraceback(exception));
}

void slow_raise_current() {
    PyObject* exception = PyErr_GetHandledException();
    if (exception == nullptr || exception == Py_None) {
        Py_XDECREF(exception);
        PyErr_SetString(PyExc_RuntimeError, "no exception is being handled that could be thrown again");
        return;
    }
    PyErr_Restore(Py_NewRef(reinterpret_cast<PyObject*>(Py_TYPE(exception))), exception,
                  PyException_GetTraceback(exception));
}

void slow_handle(Frame& frame, const Instr& i) {
    PyObject*& slot = handled_slot();
    PyObject* outer = slot;
    slot = Py_NewRef(frame.base[i.b].as_object());
    frame.base[i.a] = outer == nullptr || outer == Py_None ? Value::nil() : Value::object(outer);
    if (outer == Py_None) Py_DECREF(outer);
}

void slow_unhandle(Frame& frame, const Instr& i) {
    const Value outer = take(frame, i.a);
    PyObject*& slot = handled_slot();
    PyObject* handled = slot;
    slot = outer.is_object() ? outer.as_object() : nullptr;
    Py_XDECREF(handled);
}

bool slow_exception_matches(Frame& frame, const Instr& i) {
    PyObject* exception = frame.base[i.b].as_object();
    Ref classes = boxed(frame.base[i.c]);
    if (classes && PyList_Check(classes.get())) classes = steal(PyList_AsTuple(classes.get()));
    if (!classes) return false;
    const bool many = PyTuple_Check(classes.get());
    for (Py_ssize_t n = 0; n < (many ? PyTuple_GET_SIZE(classes.get()) : 1); ++n) {
        PyObject* one = many ? PyTuple_GET_ITEM(classes.get(), n) : classes.get();
        if (PyExceptionClass_Check(one)) continue;
        PyErr_Format(PyExc_TypeError, "catch takes exception classes, not %.200s", Py_TYPE(one)->tp_name);
        return false;
    }
    const int matches = PyErr_GivenExceptionMatches(exception, classes.get());
    consume(frame, i.c);
    frame.base[i.a] = Value::boolean(matches != 0 && !script_is_stopped());
    return true;
}

}  // namespace catena
