#include "lang/static_type.hpp"
#include "vm/awaitable.hpp"
#include "vm/slow.hpp"
#include "vm/stop_iteration.hpp"
#include "vm/types.hpp"

namespace catena {
namespace {

// The iterator behind `await` of what is not awaitable: it yields nothing and answers the value.
struct Ready {
    PyObject_HEAD
    PyObject* value;  // owned; null once it has been answered
};

Ready* cast(PyObject* o) { return reinterpret_cast<Ready*>(o); }

PySendResult ready_send(PyObject* self, PyObject*, PyObject** result) {
    *result = cast(self)->value != nullptr ? cast(self)->value : Py_NewRef(Py_None);
    cast(self)->value = nullptr;
    return PYGEN_RETURN;
}

PyObject* ready_next(PyObject* self) {
    PyObject* value;
    (void)ready_send(self, nullptr, &value);
    set_stop_iteration(value);
    Py_DECREF(value);
    return nullptr;
}

PyObject* itself(PyObject* self) { return Py_NewRef(self); }

int ready_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(cast(self)->value);
    return 0;
}

void ready_dealloc(PyObject* self) {
    PyObject_GC_UnTrack(self);
    Py_XDECREF(cast(self)->value);
    PyObject_GC_Del(self);
}

PyAsyncMethods ready_async = {itself, nullptr, nullptr, ready_send};

PyTypeObject make_type() {
    PyTypeObject type = blank_type("catena.Ready", sizeof(Ready), "Awaits nothing and answers a value.");
    type.tp_flags |= Py_TPFLAGS_HAVE_GC;
    type.tp_dealloc = ready_dealloc;
    type.tp_traverse = ready_traverse;
    type.tp_iter = itself;
    type.tp_iternext = ready_next;
    type.tp_as_async = &ready_async;
    return type;
}

PyTypeObject ready_type = make_type();

Ref make_ready(PyObject* value) {
    Ready* made = PyObject_GC_New(Ready, &ready_type);
    if (made == nullptr) return {};
    made->value = Py_NewRef(value);
    PyObject_GC_Track(made);
    return steal(reinterpret_cast<PyObject*>(made));
}

bool is_coroutine_generator(PyObject* object) {
    if (!PyGen_CheckExact(object)) return false;
    const Ref code = steal(PyObject_GetAttrString(object, "gi_code"));
    if (!code || !PyCode_Check(code.get())) {
        PyErr_Clear();
        return false;
    }
    return (reinterpret_cast<PyCodeObject*>(code.get())->co_flags & CO_ITERABLE_COROUTINE) != 0;
}

// A coroutine that somebody awaits already must not be entered a second time.
bool is_awaited(PyObject* coroutine) {
    const Ref awaited = steal(PyObject_GetAttrString(coroutine, "cr_await"));
    if (!awaited) {
        PyErr_Clear();
        return false;
    }
    return awaited != Py_None;
}

}  // namespace

Result<void> ready_awaitable_type() { return ready(ready_type); }

bool is_awaitable(PyObject* object) {
    const PyAsyncMethods* methods = Py_TYPE(object)->tp_as_async;
    return PyCoro_CheckExact(object) || (methods != nullptr && methods->am_await != nullptr) ||
           is_coroutine_generator(object);
}

Ref await_iterator(PyObject* object) {
    if (PyCoro_CheckExact(object)) {
        if (is_awaited(object)) {
            PyErr_SetString(PyExc_RuntimeError, "coroutine is being awaited already");
            return {};
        }
        return borrow(object);
    }
    if (is_coroutine_generator(object)) return borrow(object);
    const PyAsyncMethods* methods = Py_TYPE(object)->tp_as_async;
    if (methods == nullptr || methods->am_await == nullptr) return make_ready(object);
    Ref iterator = steal(methods->am_await(object));
    if (!iterator) return {};
    if (PyCoro_CheckExact(iterator.get())) {
        PyErr_SetString(PyExc_TypeError, "__await__() returned a coroutine");
        return {};
    }
    if (!PyIter_Check(iterator.get())) {
        PyErr_Format(PyExc_TypeError, "__await__() returned non-iterator of type '%.100s'",
                     Py_TYPE(iterator.get())->tp_name);
        return {};
    }
    return iterator;
}

bool slow_awaitable(Frame& frame, const Instr& i) {
    const Ref object = boxed(frame.base[i.b]);
    Ref iterator = object ? await_iterator(object.get()) : Ref();
    if (!iterator) return false;
    consume(frame, i.b);
    const Value old = frame.base[i.a];
    frame.base[i.a] = Value::object(iterator.release());
    old.release();
    return true;
}

bool slow_async_iterate(Frame& frame, const Instr& i) {
    const Ref object = boxed(frame.base[i.b]);
    if (!object) return false;
    const PyAsyncMethods* methods = Py_TYPE(object.get())->tp_as_async;
    if (methods == nullptr || methods->am_aiter == nullptr) {
        PyErr_Format(PyExc_TypeError, "'async for' requires an object with __aiter__ method, got %.100s",
                     Py_TYPE(object.get())->tp_name);
        return false;
    }
    Ref iterator = steal(methods->am_aiter(object.get()));
    if (!iterator) return false;
    const PyAsyncMethods* answered = Py_TYPE(iterator.get())->tp_as_async;
    if (answered == nullptr || answered->am_anext == nullptr) {
        PyErr_Format(PyExc_TypeError,
                     "'async for' received an object from __aiter__ that does not implement __anext__: %.100s",
                     Py_TYPE(iterator.get())->tp_name);
        return false;
    }
    consume(frame, i.b);
    const Value old = frame.base[i.a];
    frame.base[i.a] = Value::object(iterator.release());
    old.release();
    return true;
}

bool slow_async_next(Frame& frame, const Instr& i) {
    PyObject* iterator = frame.base[i.b].is_object() ? frame.base[i.b].as_object() : Py_None;
    const PyAsyncMethods* methods = Py_TYPE(iterator)->tp_as_async;
    if (methods == nullptr || methods->am_anext == nullptr) {
        PyErr_Format(PyExc_TypeError, "'async for' requires an iterator with __anext__ method, got %.100s",
                     Py_TYPE(iterator)->tp_name);
        return false;
    }
    PyObject* awaitable = methods->am_anext(iterator);
    if (awaitable == nullptr) return false;
    if (!is_awaitable(awaitable)) {
        PyErr_Format(PyExc_TypeError, "'async for' received an invalid object from __anext__: %.100s",
                     Py_TYPE(awaitable)->tp_name);
        Py_DECREF(awaitable);
        return false;
    }
    frame.base[i.a] = Value::object(awaitable);
    return true;
}

}  // namespace catena
