#include "vm/fiber.hpp"

#include "lang/static_type.hpp"
#include "vm/calls.hpp"
#include "vm/fiber_state.hpp"
#include "vm/stop_iteration.hpp"
#include "vm/types.hpp"

namespace catena {
namespace {

// A step of an async generator: an awaitable that runs the fiber until it yields (the step's result) or ends (then the
// fiber itself is the result).
struct FiberStep {
    PyObject_HEAD
    PyObject* fiber;  // owned
    PyObject* value;  // owned; sent, or the exception to throw
    int kind;         // throw_step, or any other number to send the value
    bool started;
};
constexpr int throw_step = 2;

extern PyTypeObject fiber_type;
extern PyTypeObject step_type;

Fiber* cast(PyObject* o) { return reinterpret_cast<Fiber*>(o); }
FiberStep* cast_step(PyObject* o) { return reinterpret_cast<FiberStep*>(o); }

// The fiber as Python's iterator protocol

PySendResult answer_of(FiberOutcome outcome, Value out, PyObject** result) {
    *result = nullptr;
    if (outcome == FiberOutcome::failed) return PYGEN_ERROR;
    *result = new_object(out);
    out.release();
    if (*result == nullptr) return PYGEN_ERROR;
    return outcome == FiberOutcome::yielded ? PYGEN_NEXT : PYGEN_RETURN;
}

PySendResult fiber_am_send(PyObject* self, PyObject* argument, PyObject** result) {
    Value out;
    const FiberOutcome outcome = resume_with(*cast(self), borrow_value(argument), &out);
    return answer_of(outcome, out, result);
}

// What a method answers: the value, or null with StopIteration when the body has ended.
PyObject* method_answer(PySendResult kind, PyObject* result) {
    if (kind == PYGEN_NEXT || kind == PYGEN_ERROR) return result;
    set_stop_iteration(result);
    Py_DECREF(result);
    return nullptr;
}

PyObject* fiber_send(PyObject* self, PyObject* argument) {
    PyObject* result;
    const PySendResult kind = fiber_am_send(self, argument, &result);
    return method_answer(kind, result);
}

PyObject* fiber_next(PyObject* self) {
    Value out;
    const FiberOutcome outcome = resume_with(*cast(self), Value::nil(), &out);
    PyObject* result;
    const PySendResult kind = answer_of(outcome, out, &result);
    return method_answer(kind, result);
}

// The arguments of throw(type, value, traceback) or throw(exception) become the error that is set.
bool set_thrown(PyObject* const* args, Py_ssize_t count) {
    if (count < 1 || count > 3) {
        PyErr_SetString(PyExc_TypeError, "throw takes from 1 to 3 arguments");
        return false;
    }
    PyObject* type = args[0];
    PyObject* value = count > 1 && args[1] != Py_None ? args[1] : nullptr;
    PyObject* traceback = count > 2 && args[2] != Py_None ? args[2] : nullptr;
    if (traceback != nullptr && !PyTraceBack_Check(traceback)) {
        PyErr_SetString(PyExc_TypeError, "throw() third argument must be a traceback object");
        return false;
    }
    if (PyExceptionInstance_Check(type)) {
        if (value != nullptr) {
            PyErr_SetString(PyExc_TypeError, "instance exception may not have a separate value");
            return false;
        }
        value = type;
        type = reinterpret_cast<PyObject*>(Py_TYPE(value));
        Ref own = traceback == nullptr ? steal(PyException_GetTraceback(value)) : borrow(traceback);
        PyErr_Restore(Py_NewRef(type), Py_NewRef(value), own.release());
        return true;
    }
    if (!PyExceptionClass_Check(type)) {
        PyErr_Format(PyExc_TypeError, "exceptions must be classes or instances deriving from BaseException, not %s",
                     Py_TYPE(type)->tp_name);
        return false;
    }
    Py_XINCREF(value);
    Py_XINCREF(traceback);
    PyObject* held = Py_NewRef(type);
    PyErr_NormalizeException(&held, &value, &traceback);
    PyErr_Restore(held, value, traceback);
    return true;
}

PyObject* fiber_throw(PyObject* self, PyObject* const* args, Py_ssize_t count) {
    if (!set_thrown(args, count)) return nullptr;
    Value out;
    const FiberOutcome outcome = resume_with_error(*cast(self), &out);
    PyObject* result;
    const PySendResult kind = answer_of(outcome, out, &result);
    return method_answer(kind, result);
}

PyObject* fiber_close(PyObject* self, PyObject*) {
    Fiber& fiber = *cast(self);
    if (fiber.state == FiberState::created) {
        fiber.state = FiberState::finished;
        clear_registers_of(fiber);
    }
    if (fiber.state == FiberState::finished) Py_RETURN_NONE;
    PyErr_SetNone(PyExc_GeneratorExit);
    Value out;
    switch (resume_with_error(fiber, &out)) {
        case FiberOutcome::yielded:
            out.release();
            PyErr_Format(PyExc_RuntimeError, "%s ignored GeneratorExit", kind_of(fiber));
            return nullptr;
        case FiberOutcome::returned: out.release(); Py_RETURN_NONE;
        case FiberOutcome::failed: break;
    }
    if (!PyErr_ExceptionMatches(PyExc_GeneratorExit)) return nullptr;
    PyErr_Clear();
    Py_RETURN_NONE;
}

PyObject* itself(PyObject* self) { return Py_NewRef(self); }

PyObject* fiber_step(PyObject* self, PyObject* args) {
    int kind;
    PyObject* value;
    if (!PyArg_ParseTuple(args, "iO:step", &kind, &value)) return nullptr;
    FiberStep* step = PyObject_GC_New(FiberStep, &step_type);
    if (step == nullptr) return nullptr;
    step->fiber = Py_NewRef(self);
    step->value = Py_NewRef(value);
    step->kind = kind;
    step->started = false;
    PyObject_GC_Track(step);
    return reinterpret_cast<PyObject*>(step);
}

int fiber_traverse(PyObject* self, visitproc visit, void* arg) {
    Fiber* fiber = cast(self);
    Py_VISIT(fiber->closure);
    Py_VISIT(fiber->code_object);
    if (fiber->sent.is_object()) Py_VISIT(fiber->sent.as_object());
    Py_VISIT(fiber->inner);
    Py_VISIT(fiber->handled.exc_value);
    for (std::size_t n = 0; n < fiber->code->registers; ++n) {
        if (fiber->registers[n].is_object()) Py_VISIT(fiber->registers[n].as_object());
    }
    return 0;
}

// The generator around it has run the body's finally already when the collector comes here.
int fiber_clear(PyObject* self) {
    Fiber* fiber = cast(self);
    if (fiber->state == FiberState::running) return 0;
    fiber->state = FiberState::finished;
    clear_registers_of(*fiber);
    return 0;
}

void fiber_dealloc(PyObject* self) {
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, fiber_dealloc)
    Fiber* fiber = cast(self);
    if (fiber->weakrefs != nullptr) PyObject_ClearWeakRefs(self);
    clear_registers_of(*fiber);
    PyMem_Free(fiber->registers);
    Py_DECREF(fiber->closure);
    Py_DECREF(fiber->code_object);
    PyObject_GC_Del(self);
    Py_TRASHCAN_END
}

PyMethodDef fiber_methods[] = {
    {"send", fiber_send, METH_O, nullptr},
    {"throw", as_method(fiber_throw), METH_FASTCALL, nullptr},
    {"close", fiber_close, METH_NOARGS, nullptr},
    {"step", fiber_step, METH_VARARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyAsyncMethods fiber_async = {itself, nullptr, nullptr, fiber_am_send};

PyTypeObject make_fiber_type() {
    PyTypeObject type = blank_type("catena.Fiber", sizeof(Fiber), "The suspended activation of a generator.");
    type.tp_flags |= Py_TPFLAGS_HAVE_GC;
    type.tp_dealloc = fiber_dealloc;
    type.tp_traverse = fiber_traverse;
    type.tp_clear = fiber_clear;
    type.tp_iter = itself;
    type.tp_iternext = fiber_next;
    type.tp_as_async = &fiber_async;
    type.tp_methods = fiber_methods;
    type.tp_weaklistoffset = offsetof(Fiber, weakrefs);
    return type;
}

PyTypeObject fiber_type = make_fiber_type();

// The step of an async generator

PySendResult step_answer(Fiber& fiber, FiberOutcome outcome, Value out, PyObject** result) {
    const PySendResult kind = answer_of(outcome, out, result);
    if (kind == PYGEN_ERROR) return kind;
    if (kind == PYGEN_NEXT) return fiber.delegating ? PYGEN_NEXT : PYGEN_RETURN;
    Py_SETREF(*result, Py_NewRef(reinterpret_cast<PyObject*>(&fiber)));
    return PYGEN_RETURN;
}

// Takes the value over.
PySendResult send_to_step(PyObject* self, Value argument, PyObject** result) {
    FiberStep* step = cast_step(self);
    Fiber& fiber = *cast(step->fiber);
    Value out;
    FiberOutcome outcome;
    if (step->started) {
        outcome = resume_with(fiber, argument, &out);
    } else {
        // A just-started step has its own value; what is sent to it is None.
        argument.release();
        step->started = true;
        if (step->kind == throw_step) {
            PyObject* const thrown[] = {step->value};
            if (!set_thrown(thrown, 1)) return PYGEN_ERROR;
            outcome = resume_with_error(fiber, &out);
        } else {
            outcome = resume_with(fiber, borrow_value(step->value), &out);
        }
    }
    return step_answer(fiber, outcome, out, result);
}

PySendResult step_am_send(PyObject* self, PyObject* argument, PyObject** result) {
    return send_to_step(self, borrow_value(argument), result);
}

PyObject* step_send(PyObject* self, PyObject* argument) {
    PyObject* result;
    const PySendResult kind = step_am_send(self, argument, &result);
    return method_answer(kind, result);
}

PyObject* step_next(PyObject* self) {
    PyObject* result;
    const PySendResult kind = send_to_step(self, Value::nil(), &result);
    return method_answer(kind, result);
}

PyObject* step_throw(PyObject* self, PyObject* const* args, Py_ssize_t count) {
    if (!set_thrown(args, count)) return nullptr;
    FiberStep* step = cast_step(self);
    step->started = true;
    Value out;
    const FiberOutcome outcome = resume_with_error(*cast(step->fiber), &out);
    PyObject* result;
    const PySendResult kind = step_answer(*cast(step->fiber), outcome, out, &result);
    return method_answer(kind, result);
}

PyObject* step_close(PyObject* self, PyObject*) {
    return cast_step(self)->started ? fiber_close(cast_step(self)->fiber, nullptr) : Py_NewRef(Py_None);
}

int step_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(cast_step(self)->fiber);
    Py_VISIT(cast_step(self)->value);
    return 0;
}

void step_dealloc(PyObject* self) {
    PyObject_GC_UnTrack(self);
    Py_DECREF(cast_step(self)->fiber);
    Py_DECREF(cast_step(self)->value);
    PyObject_GC_Del(self);
}

PyMethodDef step_methods[] = {
    {"send", step_send, METH_O, nullptr},
    {"throw", as_method(step_throw), METH_FASTCALL, nullptr},
    {"close", step_close, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyAsyncMethods step_async = {itself, nullptr, nullptr, step_am_send};

PyTypeObject make_step_type() {
    PyTypeObject type = blank_type("catena.FiberStep", sizeof(FiberStep), "One step of an async generator.");
    type.tp_flags |= Py_TPFLAGS_HAVE_GC;
    type.tp_dealloc = step_dealloc;
    type.tp_traverse = step_traverse;
    type.tp_iter = itself;
    type.tp_iternext = step_next;
    type.tp_as_async = &step_async;
    type.tp_methods = step_methods;
    return type;
}

PyTypeObject step_type = make_step_type();

}  // namespace

Result<void> ready_fiber_types() {
    const Result<void> fibers = ready(fiber_type);
    return fibers ? ready(step_type) : fibers;
}

bool is_fiber(PyObject* o) { return Py_IS_TYPE(o, &fiber_type); }

Value new_fiber(Closure& closure, Code& code, Value* registers) {
    const std::size_t given = code.parameters.register_count();
    Value* own = PyMem_New(Value, code.registers > 0 ? code.registers : 1);
    Fiber* fiber = own != nullptr ? PyObject_GC_New(Fiber, &fiber_type) : nullptr;
    if (fiber == nullptr) {
        PyMem_Free(own);
        clear_registers(registers, registers + given);
        if (PyErr_Occurred() == nullptr) PyErr_NoMemory();
        return Value::error();
    }
    for (std::size_t n = 0; n < code.registers; ++n) own[n] = Value::nil();
    for (std::size_t n = 0; n < given; ++n) {
        own[n] = registers[n];
        registers[n] = Value::nil();
    }
    fiber->closure = reinterpret_cast<Closure*>(Py_NewRef(reinterpret_cast<PyObject*>(&closure)));
    fiber->code = &code;
    fiber->code_object = Py_NewRef(object_of(code));
    fiber->registers = own;
    fiber->pc = code.entry;
    fiber->sent = Value::nil();
    fiber->weakrefs = nullptr;
    fiber->inner = nullptr;
    fiber->handled = {nullptr, nullptr};
    fiber->state = FiberState::created;
    fiber->delegating = false;
    fiber->inner_searched = false;
    PyObject_GC_Track(fiber);
    const Ref held = steal(reinterpret_cast<PyObject*>(fiber));
    if (!code.fiber_wrapper) {
        Ref wrapper = make_fiber_wrapper(code);
        if (!wrapper) return Value::error();
        code.fiber_wrapper = std::move(wrapper);
    }
    return steal_value(PyObject_CallOneArg(code.fiber_wrapper.get(), held.get()));
}

}  // namespace catena
