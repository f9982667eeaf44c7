#include "vm/fiber.hpp"

#include "lang/static_type.hpp"
#include "vm/calls.hpp"
#include "vm/exceptions.hpp"
#include "vm/stop_iteration.hpp"
#include "vm/types.hpp"

namespace catena {
namespace {

enum class State : std::uint8_t { created, suspended, running, finished };

struct Fiber {
    PyObject_HEAD
    Closure* closure;  // owned
    Code* code;
    PyObject* code_object;  // owned
    Value* registers;       // code->registers of them, owned
    const Instr* pc;        // where to go on
    Value sent;             // owned; for the next round of a delegation
    PyObject* weakrefs;
    _PyErr_StackItem handled;  // the exception that its body handles, on the thread's stack of those while it runs
    State state;
    bool delegating;  // suspended in YIELD_FROM, at which `pc` points
};

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

void clear_registers_of(Fiber& fiber) {
    clear_registers(fiber.registers, fiber.registers + fiber.code->registers);
    const Value sent = fiber.sent;
    fiber.sent = Value::nil();
    sent.release();
    Py_CLEAR(fiber.handled.exc_value);
}

const char* kind_of(const Fiber& fiber) {
    switch (fiber.code->kind) {
        case FunctionKind::coroutine: return "coroutine";
        case FunctionKind::async_generator: return "async generator";
        default: return "generator";
    }
}

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

enum class Outcome { failed, yielded, returned };

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

Outcome outcome_of(Fiber& fiber, Value result, Value* out) {
    pop_handled(fiber);
    *out = result;
    if (result.is_error()) {
        fiber.state = State::finished;
        clear_registers_of(fiber);
        replace_stop_iteration(fiber);
        return Outcome::failed;
    }
    if (fiber.state == State::suspended) return Outcome::yielded;
    fiber.state = State::finished;
    clear_registers_of(fiber);
    return Outcome::returned;
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
    for (std::size_t n = 0; n < count; ++n) {
        window[n + 2] = fiber.registers[n];
        fiber.registers[n] = Value::nil();
    }
    fiber.state = State::running;
    push_handled(fiber);
    return true;
}

bool refuse_running(const Fiber& fiber) {
    if (fiber.state != State::running) return false;
    PyErr_Format(PyExc_ValueError, "%s already executing", kind_of(fiber));
    return true;
}

// Goes on with a value, which is taken over.
Outcome resume_with(Fiber& fiber, Value sent, Value* out) {
    Thread* thread = this_thread();
    if (refuse_running(fiber) || thread == nullptr) {
        sent.release();
        return Outcome::failed;
    }
    if (fiber.state == State::finished) {
        sent.release();
        *out = Value::nil();
        return Outcome::returned;
    }
    const bool first = fiber.state == State::created;
    if (first && !sent.is_nil()) {
        sent.release();
        PyErr_Format(PyExc_TypeError, "can't send non-None value to a just-started %s", kind_of(fiber));
        return Outcome::failed;
    }
    if (!enter(*thread, fiber)) {
        sent.release();
        return Outcome::failed;
    }
    if (fiber.delegating) {
        fiber.sent = sent;
    } else if (!first) {
        thread->frame->base[fiber.pc[-1].a] = sent;
    }
    return outcome_of(fiber, run(*thread), out);
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

// Goes on with the error that is set.
Outcome resume_with_error(Fiber& fiber, Value* out) {
    *out = Value::error();
    if (fiber.state == State::created) {
        fiber.state = State::finished;
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        clear_registers_of(fiber);
        PyErr_Restore(type, value, traceback);
    }
    if (fiber.state == State::finished) return Outcome::failed;
    if (fiber.state == State::running) {
        PyErr_Clear();
        (void)refuse_running(fiber);
        return Outcome::failed;
    }
    Thread* thread = this_thread();
    if (thread == nullptr) return Outcome::failed;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (!enter(*thread, fiber)) {
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
        return Outcome::failed;
    }
    PyErr_Restore(type, value, traceback);
    const Instr* blamed = fiber.pc;
    if (fiber.delegating) {
        ++blamed;
        switch (throw_into_delegate(*thread, fiber.pc[0], out)) {
            case Delegated::yielded: return outcome_of(fiber, suspend(*thread, fiber.pc, true, *out), out);
            case Delegated::finished: thread->frame->pc = blamed; return outcome_of(fiber, run(*thread), out);
            case Delegated::failed: break;
        }
    }
    if (!unwind(*thread, blamed)) return outcome_of(fiber, Value::error(), out);
    return outcome_of(fiber, run(*thread), out);
}

// The fiber as Python's iterator protocol

PySendResult answer_of(Outcome outcome, Value out, PyObject** result) {
    *result = nullptr;
    if (outcome == Outcome::failed) return PYGEN_ERROR;
    *result = new_object(out);
    out.release();
    if (*result == nullptr) return PYGEN_ERROR;
    return outcome == Outcome::yielded ? PYGEN_NEXT : PYGEN_RETURN;
}

PySendResult fiber_am_send(PyObject* self, PyObject* argument, PyObject** result) {
    Value out;
    const Outcome outcome = resume_with(*cast(self), borrow_value(argument), &out);
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

PyObject* fiber_next(PyObject* self) { return fiber_send(self, Py_None); }

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
    const Outcome outcome = resume_with_error(*cast(self), &out);
    PyObject* result;
    const PySendResult kind = answer_of(outcome, out, &result);
    return method_answer(kind, result);
}

PyObject* fiber_close(PyObject* self, PyObject*) {
    Fiber& fiber = *cast(self);
    if (fiber.state == State::created) {
        fiber.state = State::finished;
        clear_registers_of(fiber);
    }
    if (fiber.state == State::finished) Py_RETURN_NONE;
    PyErr_SetNone(PyExc_GeneratorExit);
    Value out;
    switch (resume_with_error(fiber, &out)) {
        case Outcome::yielded:
            out.release();
            PyErr_Format(PyExc_RuntimeError, "%s ignored GeneratorExit", kind_of(fiber));
            return nullptr;
        case Outcome::returned: out.release(); Py_RETURN_NONE;
        case Outcome::failed: break;
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
    Py_VISIT(fiber->handled.exc_value);
    for (std::size_t n = 0; n < fiber->code->registers; ++n) {
        if (fiber->registers[n].is_object()) Py_VISIT(fiber->registers[n].as_object());
    }
    return 0;
}

// The generator around it has run the body's finally already when the collector comes here.
int fiber_clear(PyObject* self) {
    Fiber* fiber = cast(self);
    if (fiber->state == State::running) return 0;
    fiber->state = State::finished;
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

PySendResult step_answer(Fiber& fiber, Outcome outcome, Value out, PyObject** result) {
    const PySendResult kind = answer_of(outcome, out, result);
    if (kind == PYGEN_ERROR) return kind;
    if (kind == PYGEN_NEXT) return fiber.delegating ? PYGEN_NEXT : PYGEN_RETURN;
    Py_SETREF(*result, Py_NewRef(reinterpret_cast<PyObject*>(&fiber)));
    return PYGEN_RETURN;
}

PySendResult step_am_send(PyObject* self, PyObject* argument, PyObject** result) {
    FiberStep* step = cast_step(self);
    Fiber& fiber = *cast(step->fiber);
    Value out;
    Outcome outcome;
    if (step->started) {
        outcome = resume_with(fiber, borrow_value(argument), &out);
    } else {
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

PyObject* step_send(PyObject* self, PyObject* argument) {
    PyObject* result;
    const PySendResult kind = step_am_send(self, argument, &result);
    return method_answer(kind, result);
}

PyObject* step_next(PyObject* self) { return step_send(self, Py_None); }

PyObject* step_throw(PyObject* self, PyObject* const* args, Py_ssize_t count) {
    if (!set_thrown(args, count)) return nullptr;
    FiberStep* step = cast_step(self);
    step->started = true;
    Value out;
    const Outcome outcome = resume_with_error(*cast(step->fiber), &out);
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

// The real generators around fibers. One line each, so that every position in them is the definition's line.
constexpr const char* wrapper_source =
    "def generator(fiber): return (yield from fiber)\n"
    "async def coroutine(fiber): return await fiber\n"
    "async def async_generator(fiber):\n"
    "    step = fiber.step(0, None)\n"
    "    while True:\n"
    "        item = await step\n"
    "        if item is fiber: return\n"
    "        try: sent = yield item\n"
    "        except BaseException as error: step = fiber.step(2, error)\n"
    "        else: step = fiber.step(1, sent)\n";
constexpr const char* wrapper_parameter = ".fiber";

PyObject* wrapper_names() {
    static PyObject* names = nullptr;
    if (names != nullptr) return names;
    const Ref dict = steal(PyDict_New());
    const Ref code = steal(Py_CompileString(wrapper_source, "<catena>", Py_file_input));
    if (!dict || !code || PyDict_SetItemString(dict.get(), "__builtins__", PyEval_GetBuiltins()) < 0) return nullptr;
    const Ref none = steal(PyEval_EvalCode(code.get(), dict.get(), dict.get()));
    if (!none) return nullptr;
    names = Py_NewRef(dict.get());
    return names;
}

// A copy of the wrapper that bears the name and the place of the Catena function.
Ref make_wrapper(const Code& code) {
    const char* kind = code.kind == FunctionKind::generator   ? "generator"
                       : code.kind == FunctionKind::coroutine ? "coroutine"
                                                              : "async_generator";
    PyObject* names = wrapper_names();
    PyObject* function = names != nullptr ? PyDict_GetItemString(names, kind) : nullptr;
    if (function == nullptr) return {};
    PyObject* original = PyFunction_GET_CODE(function);
    const Ref variables = steal(PyObject_GetAttrString(original, "co_varnames"));
    const Ref parameter = intern(wrapper_parameter);
    const Ref list = variables ? steal(PySequence_List(variables.get())) : Ref();
    if (!list || !parameter || PyList_SetItem(list.get(), 0, Py_NewRef(parameter.get())) < 0) return {};
    const Ref renamed = steal(PyList_AsTuple(list.get()));
    const Ref replace = steal(PyObject_GetAttrString(original, "replace"));
    const Ref empty = steal(PyTuple_New(0));
    const int line = code.span.line > 0 && code.span.line < (1u << 30) ? static_cast<int>(code.span.line) : 1;
    const Ref changes =
        renamed
            ? steal(Py_BuildValue("{sOsOsOsisO}", "co_name", code.name.get(), "co_qualname", code.qualname.get(),
                                  "co_filename", code.file.get(), "co_firstlineno", line, "co_varnames", renamed.get()))
            : Ref();
    if (!replace || !empty || !changes) return {};
    const Ref copy = steal(PyObject_Call(replace.get(), empty.get(), changes.get()));
    return copy ? steal(PyFunction_NewWithQualName(copy.get(), names, code.qualname.get())) : Ref();
}

}  // namespace

Result<void> ready_fiber_types() {
    const Result<void> fibers = ready(fiber_type);
    return fibers ? ready(step_type) : fibers;
}

bool is_fiber_wrapper(PyObject* python_code) {
    const Ref variables = steal(PyObject_GetAttrString(python_code, "co_varnames"));
    if (!variables) {
        PyErr_Clear();
        return false;
    }
    return PyTuple_Check(variables.get()) && PyTuple_GET_SIZE(variables.get()) > 0 &&
           PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(variables.get(), 0), wrapper_parameter) == 0;
}

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
    fiber->pc = code.instrs.data();
    fiber->sent = Value::nil();
    fiber->weakrefs = nullptr;
    fiber->handled = {nullptr, nullptr};
    fiber->state = State::created;
    fiber->delegating = false;
    PyObject_GC_Track(fiber);
    const Ref held = steal(reinterpret_cast<PyObject*>(fiber));
    if (!code.fiber_wrapper) {
        Ref wrapper = make_wrapper(code);
        if (!wrapper) return Value::error();
        code.fiber_wrapper = std::move(wrapper);
    }
    return steal_value(PyObject_CallOneArg(code.fiber_wrapper.get(), held.get()));
}

Value suspend(Thread& thread, const Instr* pc, bool delegating, Value yielded) {
    const Frame& frame = *thread.frame;
    Fiber& fiber = *reinterpret_cast<Fiber*>(static_cast<std::uintptr_t>(frame.base[-2].bits));
    for (std::size_t n = 0; n < fiber.code->registers; ++n) {
        fiber.registers[n] = frame.base[n];
        frame.base[n] = Value::nil();
    }
    fiber.pc = pc;
    fiber.delegating = delegating;
    fiber.state = State::suspended;
    const Value closure = frame.base[-1];
    frame.base[-1] = Value::nil();
    frame.base[-2] = Value::nil();
    thread.frame -= 2;
    closure.release();
    return yielded;
}

Delegated yield_from(Thread& thread, const Instr& i, Value* out) {
    Frame& frame = *thread.frame;
    Fiber& fiber = *reinterpret_cast<Fiber*>(static_cast<std::uintptr_t>(frame.base[-2].bits));
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
        case PYGEN_NEXT: *out = steal_value(result); return Delegated::yielded;
        case PYGEN_RETURN: break;
    }
    const Value old = delegate;
    delegate = Value::nil();
    frame.base[i.a] = steal_value(result);
    old.release();
    return Delegated::finished;
}

}  // namespace catena
