#include "vm/fiber_state.hpp"

#include "vm/calls.hpp"
#include "vm/exceptions.hpp"
#include "vm/stop_iteration.hpp"

namespace catena {

void clear_registers_of(Fiber& fiber) {
    clear_registers(fiber.registers, fiber.registers + fiber.code->registers);
    const Value sent = fiber.sent;
    fiber.sent = Value::nil();
    sent.release();
    Py_CLEAR(fiber.inner);
    Py_CLEAR(fiber.handled.exc_value);
}

Ref fiber_behind(PyObject* generator) {
    const bool plain = PyGen_CheckExact(generator);
    if (!plain && !PyCoro_CheckExact(generator)) return {};
    static PyObject* const delegate_names[] = {PyUnicode_InternFromString("cr_await"),
                                               PyUnicode_InternFromString("gi_yieldfrom")};
    static PyObject* const code_names[] = {PyUnicode_InternFromString("cr_code"),
                                           PyUnicode_InternFromString("gi_code")};
    Ref delegate = steal(PyObject_GetAttr(generator, delegate_names[plain]));
    if (delegate && !is_fiber(delegate.get())) return {};
    const Ref code = delegate ? steal(PyObject_GetAttr(generator, code_names[plain])) : Ref();
    if (!code) {
        PyErr_Clear();
        return {};
    }
    // Another generator may delegate to the same fiber, and has more to do after it.
    PyObject* wrapper = as_fiber(delegate.get()).code->fiber_wrapper.get();
    if (wrapper == nullptr || PyFunction_GET_CODE(wrapper) != code.get()) return {};
    return delegate;
}

void end_generator(PyObject* generator, const Fiber& fiber) {
    if (fiber.state != FiberState::finished) return;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyObject* result = nullptr;
    if (PyIter_Send(generator, Py_None, &result) == PYGEN_ERROR) PyErr_Clear();
    Py_XDECREF(result);
    PyErr_Restore(type, value, traceback);
}

const char* kind_of(const Fiber& fiber) {
    switch (fiber.code->kind) {
        case FunctionKind::coroutine: return "coroutine";
        case FunctionKind::async_generator: return "async generator";
        default: return "generator";
    }
}

namespace {

// A StopIteration out of a body would look like its end.
void replace_stop_iteration(const Fiber& fiber) {
    if (!PyErr_ExceptionMatches(PyExc_StopIteration)) return;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != nullptr) PyException_SetTraceback(value, traceback);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    PyErr_Format(PyExc_RuntimeError, "%s raised StopIteration", kind_of(fiber));
    PyObject *type2, *value2, *traceback2;
    PyErr_Fetch(&type2, &value2, &traceback2);
    PyErr_NormalizeException(&type2, &value2, &traceback2);
    PyException_SetCause(value2, Py_NewRef(value));
    PyException_SetContext(value2, value);
    PyErr_Restore(type2, value2, traceback2);
}

// The real generator around the fiber keeps such a state too, but closing it and throwing into it come here without it.
void push_handled(Fiber& fiber) {
    PyThreadState* state = PyThreadState_Get();
    fiber.handled.previous_item = state->exc_info;
    state->exc_info = &fiber.handled;
}

void pop_handled(Fiber& fiber) {
    PyThreadState_Get()->exc_info = fiber.handled.previous_item;
    fiber.handled.previous_item = nullptr;
}

FiberOutcome outcome_of(Fiber& fiber, Value result, Value* out) {
    pop_handled(fiber);
    out->tag = result.tag;
    out->bits = result.bits;
    if (result.is_error()) {
        fiber.state = FiberState::finished;
        clear_registers_of(fiber);
        replace_stop_iteration(fiber);
        return FiberOutcome::failed;
    }
    if (fiber.state == FiberState::suspended) return FiberOutcome::yielded;
    fiber.state = FiberState::finished;
    clear_registers_of(fiber);
    return FiberOutcome::returned;
}

// Word by word, as values are written (CMakeLists.txt says why), and leaves nil.
void move_value(Value& to, Value& from) {
    to.tag = from.tag;
    to.bits = from.bits;
    from = Value::nil();
}

// Puts the fiber's registers and frame on the stack, above an entry frame. False with the error set.
bool enter(Thread& thread, Fiber& fiber) {
    Value* window = stack_top(thread);
    const std::size_t count = fiber.code->registers;
    if (!c_stack_left(thread) || !push_entry_frame(thread, window, count + 1)) return false;
    if (!push_frame(thread, window + 2, fiber.code)) {
        pop_entry_frame(thread);
        return false;
    }
    thread.frame->pc = fiber.pc;
    // The collector does not see a pointer in a number, and the caller keeps the fiber alive.
    window[0] = Value::integer(static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(&fiber)));
    window[1] = Value::object(Py_NewRef(reinterpret_cast<PyObject*>(fiber.closure)));
    for (std::size_t n = 0; n < count; ++n) move_value(window[n + 2], fiber.registers[n]);
    fiber.state = FiberState::running;
    push_handled(fiber);
    return true;
}

bool refuse_running(const Fiber& fiber) {
    if (fiber.state != FiberState::running) return false;
    PyErr_Format(PyExc_ValueError, "%s already executing", kind_of(fiber));
    return true;
}

// Calls `method` of the iterator that the fiber delegates to, if it has one. 0: it has none.
int call_if_there(PyObject* iterator, const char* method, PyObject* const* args, std::size_t count, PyObject** answer) {
    const Ref name = intern(method);
    PyObject* bound = name ? PyObject_GetAttr(iterator, name.get()) : nullptr;
    if (bound == nullptr) {
        if (!name || !PyErr_ExceptionMatches(PyExc_AttributeError)) return -1;
        PyErr_Clear();
        return 0;
    }
    *answer = PyObject_Vectorcall(bound, args, count, nullptr);
    Py_DECREF(bound);
    return *answer != nullptr ? 1 : -1;
}

// Throws the error that is set into the iterator that the fiber delegates to; the fiber's frame is on the stack.
// `yielded`: the iterator yields. `finished`: it has ended, R[a] is written. `failed`: the error that is set now is for
// the fiber itself.
Delegated throw_into_delegate(Thread& thread, const Instr& i, Value* out) {
    Frame& frame = *thread.frame;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != nullptr) PyException_SetTraceback(value, traceback);
    const Ref held_type = steal(type);
    const Ref exception = steal(value);
    const Ref held_traceback = steal(traceback);
    const Ref iterator = borrow(frame.base[i.b].is_object() ? frame.base[i.b].as_object() : Py_None);
    const auto throw_here = [&] {
        PyErr_Restore(Py_NewRef(held_type.get()), Py_NewRef(exception.get()), Py_XNewRef(held_traceback.get()));
        return Delegated::failed;
    };
    PyObject* answer = nullptr;
    if (PyErr_GivenExceptionMatches(exception.get(), PyExc_GeneratorExit)) {
        const int closed = call_if_there(iterator.get(), "close", nullptr, 0, &answer);
        Py_XDECREF(answer);
        return closed < 0 ? Delegated::failed : throw_here();
    }
    PyObject* const args[] = {exception.get()};
    const int thrown = call_if_there(iterator.get(), "throw", args, 1, &answer);
    if (thrown == 0) return throw_here();
    if (thrown > 0) {
        *out = steal_value(answer);
        return Delegated::yielded;
    }
    Ref result = take_stop_iteration();
    if (!result) return Delegated::failed;
    const Value old = frame.base[i.b];
    frame.base[i.b] = Value::nil();
    frame.base[i.a] = steal_value(result.release());
    old.release();
    return Delegated::finished;
}

void end_delegation(Fiber& fiber) {
    Py_CLEAR(fiber.inner);
    fiber.inner_searched = false;
}

// Goes on in the fiber that this one delegates to: its own registers stay where they are unless that one ends.
FiberOutcome resume_inner(Thread& thread, Fiber& fiber, Value sent, Value* out) {
    const Ref held = borrow(fiber.inner);
    Fiber& inner = as_fiber(held.get());
    // A level of Python's recursion each, as if its generators were between.
    if (!c_stack_left(thread) || Py_EnterRecursiveCall("") != 0) {
        sent.release();
        return FiberOutcome::failed;
    }
    fiber.state = FiberState::running;
    push_handled(fiber);
    const FiberOutcome outcome = resume_with(inner, sent, out);
    pop_handled(fiber);
    fiber.state = FiberState::suspended;
    Py_LeaveRecursiveCall();
    if (outcome == FiberOutcome::yielded) return outcome;
    const Instr& i = fiber.pc[0];
    end_generator(fiber.registers[i.b].as_object(), inner);
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    end_delegation(fiber);
    if (!enter(thread, fiber)) {
        if (outcome == FiberOutcome::returned) out->release();
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
        return FiberOutcome::failed;
    }
    PyErr_Restore(type, value, traceback);
    const Instr* next = fiber.pc + 1;
    if (outcome == FiberOutcome::failed) {
        if (!unwind(thread, next)) return outcome_of(fiber, Value::error(), out);
        return outcome_of(fiber, run(thread), out);
    }
    Value* base = thread.frame->base;
    const Value generator = base[i.b];
    base[i.b] = Value::nil();
    base[i.a] = *out;
    generator.release();
    thread.frame->pc = next;
    return outcome_of(fiber, run(thread), out);
}

}  // namespace

FiberOutcome resume_with(Fiber& fiber, Value sent, Value* out) {
    Thread* thread = this_thread();
    if (refuse_running(fiber) || thread == nullptr) {
        sent.release();
        return FiberOutcome::failed;
    }
    if (fiber.state == FiberState::finished) {
        sent.release();
        *out = Value::nil();
        return FiberOutcome::returned;
    }
    const bool first = fiber.state == FiberState::created;
    if (first && !sent.is_nil()) {
        sent.release();
        PyErr_Format(PyExc_TypeError, "can't send non-None value to a just-started %s", kind_of(fiber));
        return FiberOutcome::failed;
    }
    if (fiber.delegating && fiber.inner != nullptr && as_fiber(fiber.inner).state == FiberState::suspended) {
        return resume_inner(*thread, fiber, sent, out);
    }
    if (!enter(*thread, fiber)) {
        sent.release();
        return FiberOutcome::failed;
    }
    if (fiber.delegating) {
        fiber.sent = sent;
    } else if (!first) {
        Value& answer = thread->frame->base[fiber.pc[-1].a];
        answer.tag = sent.tag;
        answer.bits = sent.bits;
    }
    return outcome_of(fiber, run(*thread), out);
}

int next_of_fiber(Value* item, PyObject* generator, PyObject* fiber) {
    const Ref held = borrow(fiber);
    // A level of Python's recursion each, as if its generator were between.
    if (Py_EnterRecursiveCall("") != 0) return -1;
    const FiberOutcome outcome = resume_with(as_fiber(fiber), Value::nil(), item);
    Py_LeaveRecursiveCall();
    if (outcome == FiberOutcome::yielded) return 1;
    end_generator(generator, as_fiber(fiber));
    if (outcome == FiberOutcome::returned) item->release();
    *item = Value::nil();
    return outcome == FiberOutcome::returned ? 0 : -1;
}

FiberOutcome resume_with_error(Fiber& fiber, Value* out) {
    *out = Value::error();
    if (fiber.state == FiberState::created) {
        fiber.state = FiberState::finished;
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        clear_registers_of(fiber);
        PyErr_Restore(type, value, traceback);
    }
    if (fiber.state == FiberState::finished) return FiberOutcome::failed;
    if (fiber.state == FiberState::running) {
        PyErr_Clear();
        (void)refuse_running(fiber);
        return FiberOutcome::failed;
    }
    Thread* thread = this_thread();
    if (thread == nullptr) return FiberOutcome::failed;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (!enter(*thread, fiber)) {
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
        return FiberOutcome::failed;
    }
    PyErr_Restore(type, value, traceback);
    const Instr* blamed = fiber.pc;
    if (fiber.delegating) {
        ++blamed;
        const Delegated thrown = throw_into_delegate(*thread, fiber.pc[0], out);
        if (thrown != Delegated::yielded) end_delegation(fiber);
        switch (thrown) {
            case Delegated::yielded: return outcome_of(fiber, suspend(*thread, fiber.pc, true, *out), out);
            case Delegated::finished: thread->frame->pc = blamed; return outcome_of(fiber, run(*thread), out);
            case Delegated::failed: break;
        }
    }
    if (!unwind(*thread, blamed)) return outcome_of(fiber, Value::error(), out);
    return outcome_of(fiber, run(*thread), out);
}

Value suspend(Thread& thread, const Instr* pc, bool delegating, Value yielded) {
    const Frame& frame = *thread.frame;
    Fiber& fiber = *reinterpret_cast<Fiber*>(static_cast<std::uintptr_t>(frame.base[-2].bits));
    for (std::size_t n = 0; n < fiber.code->registers; ++n) move_value(fiber.registers[n], frame.base[n]);
    fiber.pc = pc;
    fiber.delegating = delegating;
    fiber.state = FiberState::suspended;
    const Value closure = frame.base[-1];
    frame.base[-1] = Value::nil();
    frame.base[-2] = Value::nil();
    thread.frame -= 2;
    closure.release();
    return yielded;
}

namespace {

Delegated delegate_round(Frame& frame, Fiber& fiber, const Instr& i, Value* out) {
    Value& delegate = frame.base[i.b];
    // A coroutine takes what is sent, though it is no iterator.
    if (!delegate.is_object() || !(PyIter_Check(delegate.as_object()) || PyCoro_CheckExact(delegate.as_object()))) {
        const Ref iterable = delegate.is_nil() ? steal(PyTuple_New(0)) : boxed(delegate);
        PyObject* iterator = iterable ? PyObject_GetIter(iterable.get()) : nullptr;
        if (iterator == nullptr) return Delegated::failed;
        const Value old = delegate;
        delegate = Value::object(iterator);
        old.release();
    }
    const Ref sent = steal(fiber.sent.is_object() ? fiber.sent.as_object() : new_object(fiber.sent));
    fiber.sent = Value::nil();
    if (!sent) return Delegated::failed;
    const Ref iterator = borrow(delegate.as_object());
    PyObject* result = nullptr;
    switch (PyIter_Send(iterator.get(), sent.get(), &result)) {
        case PYGEN_ERROR: return Delegated::failed;
        case PYGEN_NEXT:
            *out = steal_value(result);
            if (!fiber.inner_searched) {
                fiber.inner_searched = true;
                Py_XSETREF(fiber.inner, fiber_behind(iterator.get()).release());
            }
            return Delegated::yielded;
        case PYGEN_RETURN: break;
    }
    const Value old = delegate;
    delegate = Value::nil();
    frame.base[i.a] = steal_value(result);
    old.release();
    return Delegated::finished;
}

}  // namespace

Delegated yield_from(Thread& thread, const Instr& i, Value* out) {
    Frame& frame = *thread.frame;
    Fiber& fiber = *reinterpret_cast<Fiber*>(static_cast<std::uintptr_t>(frame.base[-2].bits));
    const Delegated delegated = delegate_round(frame, fiber, i, out);
    if (delegated != Delegated::yielded) end_delegation(fiber);
    return delegated;
}

}  // namespace catena
