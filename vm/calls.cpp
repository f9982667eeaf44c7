#include "vm/calls.hpp"

#include <algorithm>
#include <bit>
#include <string_view>

#include "bridge/call.hpp"
#include "bridge/items.hpp"
#include "lang/keyword.hpp"
#include "lang/python_name.hpp"
#include "vm/base_frame.hpp"
#include "vm/bind.hpp"
#include "vm/core_classes.hpp"
#include "vm/core_functions.hpp"
#include "vm/exceptions.hpp"
#include "vm/fiber.hpp"
#include "vm/profile.hpp"
#include "vm/rebinding.hpp"
#include "vm/verify.hpp"
#include "vm/vm.hpp"

namespace catena {
namespace {

PyObject* take_callee(Value* window) {
    PyObject* callee = window[0].as_object();
    window[0] = Value::nil();
    return callee;
}

// (:key map default?)
Value get_by_keyword(const Value* window, std::size_t count) {
    if (count < 1 || count > 2) {
        PyErr_Format(PyExc_TypeError,
                     "a keyword called as a function takes a map and perhaps a default, but %zu argument%s given",
                     count, count == 1 ? " was" : "s were");
        return Value::error();
    }
    return get_or_default(window[1], window[0], count == 2 ? window[2] : Value::nil());
}

Called call_closure(Thread& thread, Value* window, std::size_t count, PyObject* names, Value* result) {
    Closure& closure = *reinterpret_cast<Closure*>(window[0].as_object());
    Code* code = closure.code;
    if (names != nullptr || code->simple_arity != static_cast<std::int32_t>(count)) {
        const Guard guard(thread, window + count + 2);
        code = bind_arguments(closure, window + 1, count, names);
        if (code == nullptr) {
            const Value callee = window[0];
            window[0] = Value::nil();
            callee.release();
            return Called::failed;
        }
    }
    if (code->kind != FunctionKind::plain) {
        const Guard guard(thread, window + 1 + code->registers);
        const Ref callee = steal(take_callee(window));
        return finished(new_fiber(closure, *code, window + 1), result);
    }
    if (!push_frame(thread, window + 1, code)) {
        clear_registers(window, window + 1 + code->parameters.register_count());
        return Called::failed;
    }
    return Called::entered;
}

// A bound method of one of ours: the function and the object in front of the arguments.
void unfold_method(Value* window, std::size_t count, PyObject* method) {
    for (std::size_t n = count; n > 0; --n) window[n + 1] = window[n];
    window[0] = Value::object(Py_NewRef(PyMethod_GET_FUNCTION(method)));
    window[1] = borrow_value(PyMethod_GET_SELF(method));
}

// [apply f x … xs] becomes [f x … items of xs], so that a call through apply takes no more stack than the call itself. False,
// with nothing done, when the native has to sort it out: pairs, other collections, callees that are no closures.
bool unfold_apply(Thread& thread, Value* window, std::size_t* count) {
    const std::size_t n = *count;
    if (n < 2 || !window[1].is_object() || !is_closure(window[1].as_object())) return false;
    for (std::size_t i = 2; i < n; ++i)
        if (window[i].is_object() && is_written_keyword(window[i].as_object())) return false;
    if (!window[n].is_object()) return false;
    PyObject* xs = window[n].as_object();
    if (!PyList_CheckExact(xs) && !PyTuple_CheckExact(xs)) return false;
    const auto size = static_cast<std::size_t>(PySequence_Fast_GET_SIZE(xs));
    for (std::size_t i = 0; i < size; ++i)
        if (is_written_keyword(PySequence_Fast_ITEMS(xs)[i])) return false;
    if (window + n + size + 2 >= thread.value_limit) return false;
    const Ref apply = steal(take_callee(window));
    const Ref items = steal(xs);
    window[n] = Value::nil();
    for (std::size_t i = 0; i + 1 < n; ++i) {
        window[i] = window[i + 1];
        window[i + 1] = Value::nil();
    }
    for (std::size_t i = 0; i < size; ++i) window[n - 1 + i] = borrow_value(PySequence_Fast_ITEMS(xs)[i]);
    *count = n - 2 + size;
    const Guard guard(thread, window + *count + 2);
    return true;
}

// An instance whose class has a Catena function as __call__: that function and the instance in front of the arguments.
bool unfold_instance(Value* window, std::size_t count) {
    static PyObject* const name = PyUnicode_InternFromString("__call__");
    PyObject* instance = window[0].as_object();
    PyTypeObject* type = Py_TYPE(instance);
    if (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) || PyType_Check(instance)) return false;
    PyObject* function = _PyType_Lookup(type, name);
    if (function == nullptr || !is_closure(function)) return false;
    for (std::size_t n = count; n > 0; --n) window[n + 1] = window[n];
    window[1] = window[0];
    window[0] = Value::object(Py_NewRef(function));
    return true;
}

// The __init__ that calling the class would run, borrowed, when it is a Catena function and the call does nothing else: an
// ordinary class whose instances object.__new__ makes. Else null.
PyObject* plain_initializer(PyObject* callee) {
    static PyObject* const name = PyUnicode_InternFromString("__init__");
    if (Py_TYPE(callee) != &PyType_Type) return nullptr;
    auto* type = reinterpret_cast<PyTypeObject*>(callee);
    if (type->tp_new != PyBaseObject_Type.tp_new || type->tp_init == PyBaseObject_Type.tp_init ||
        PyType_HasFeature(type, Py_TPFLAGS_IS_ABSTRACT) || !PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE))
        return nullptr;
    PyObject* function = _PyType_Lookup(type, name);
    if (function == nullptr || !is_closure(function)) return nullptr;
    return reinterpret_cast<Closure*>(function)->code->kind == FunctionKind::plain ? function : nullptr;
}

// A call of a class: what type.__call__ does, with the arguments as they are.
Called construct(Value* window, std::size_t count, PyObject* names, PyObject* initializer, Value* result) {
    const Ref type = steal(take_callee(window));
    const Ref function = borrow(initializer);
    static PyObject* const nothing = PyTuple_New(0);
    Ref instance = steal(PyBaseObject_Type.tp_new(reinterpret_cast<PyTypeObject*>(type.get()), nothing, nullptr));
    if (!instance) return Called::failed;
    window[0] = Value::object(Py_NewRef(instance.get()));
    const Value answer = call_value(Value::object(function.get()), window, count + 1, names);
    clear_registers(window, window + count + 1);
    if (answer.is_error()) return Called::failed;
    if (!answer.is_nil()) {
        const Ref wrong = boxed(answer);
        answer.release();
        PyErr_Format(PyExc_TypeError, "__init__() should return None, not '%.200s'", Py_TYPE(wrong.get())->tp_name);
        return Called::failed;
    }
    *result = Value::object(instance.release());
    return Called::done;
}

bool is_ours(PyObject* callee) { return is_closure(callee) || is_native(callee); }

Called call_python(Value* window, std::size_t count, PyObject* names, Value* result) {
    // What is no object is no function either: its box says so.
    const Ref box = window[0].is_object() ? Ref() : boxed(window[0]);
    PyObject* callee = window[0].is_object() ? window[0].as_object() : box.get();
    if (callee == nullptr) return Called::failed;
    const Value value = call_object(callee, window + 1, count, names);
    clear_registers(window, window + count + 1);
    return finished(value, result);
}

// A call whose values come from C++: they are copied into a window above all that is in use, and the call runs to its
// end.
template <class Fill>
Value call_from_outside(Thread& thread, PyObject* callee, std::size_t count, PyObject* names, Fill fill) {
    Value* window = stack_top(thread);
    if (!c_stack_left(thread) || !room_for(thread, window, count) || !push_entry_frame(thread, window, count)) {
        return Value::error();
    }
    if (is_closure(callee)) look_for_rebinding_of(*reinterpret_cast<Closure*>(callee)->code);
    window[0] = Value::object(Py_NewRef(callee));
    fill(window + 1);
    Value result;
    switch (call_window(thread, window, count, names, &result)) {
        case Called::entered: return run(thread);
        case Called::done: break;
        case Called::failed: result = Value::error(); break;
    }
    pop_entry_frame(thread);
    return result;
}

}  // namespace

bool room_for(Thread& thread, const Value* window, std::size_t count) {
    if (count < static_cast<std::size_t>(thread.values_end - window) / 2 && window < thread.value_limit) return true;
    raise_too_deep();
    return false;
}

void clear_registers(Value* begin, Value* end) {
    while (end > begin) {
        --end;
        if (!end->is_object()) continue;
        PyObject* object = end->as_object();
        *end = Value::nil();
        Py_DECREF(object);
    }
}

bool push_frame(Thread& thread, Value* base, Code* code) {
    if (thread.frame + 1 >= thread.frame_limit || base + code->registers >= thread.value_limit) {
        raise_too_deep();
        return false;
    }
    *++thread.frame = Frame{code->entry, base, code->constants.data(), code};
    return true;
}

void collapse_frame(Thread& thread, std::size_t locals) {
    Frame entered = *thread.frame;
    Frame& frame = *--thread.frame;
    {
        const Guard guard(thread, entered.base + entered.code->registers);
        clear_registers(frame.base, frame.base + locals);
    }
    const Value old = frame.base[-1];
    Value* target = frame.base - 1;
    Value* source = entered.base - 1;
    for (std::size_t n = entered.code->parameters.register_count() + 1; n > 0; --n, ++source, ++target) {
        const Value v = *source;
        *source = Value::nil();
        *target = v;
    }
    entered.base = frame.base;
    frame = entered;
    old.release();
}

Called call_window(Thread& thread, Value* window, std::size_t count, PyObject* names, Value* result) {
    if (!window[0].is_object() || Py_TYPE(window[0].as_object()) == &PyFunction_Type)
        return call_python(window, count, names, result);
    PyObject* callee = window[0].as_object();
    if (is_closure(callee)) return call_closure(thread, window, count, names, result);
    if (is_native(callee)) {
        if (reinterpret_cast<Native*>(callee)->function == core_apply && names == nullptr &&
            unfold_apply(thread, window, &count))
            return call_closure(thread, window, count, nullptr, result);
        const Ref held = steal(take_callee(window));
        return finished(call_native(*reinterpret_cast<Native*>(callee), window + 1, count, names), result);
    }
    if (PyMethod_Check(callee) && is_ours(PyMethod_GET_FUNCTION(callee))) {
        // The method may be the last owner of both, so it is held until the call has taken them.
        const Ref method = steal(callee);
        unfold_method(window, count, callee);
        const Guard guard(thread, window + count + 2);
        return call_window(thread, window, count + 1, names, result);
    }
    if (is_keyword(callee) && names == nullptr) {
        const Value value = get_by_keyword(window, count);
        clear_registers(window, window + count + 1);
        return finished(value, result);
    }
    if (PyObject* initializer = plain_initializer(callee)) return construct(window, count, names, initializer, result);
    if (unfold_instance(window, count)) return call_closure(thread, window, count + 1, names, result);
    return call_python(window, count, names, result);
}

PyObject* closure_vectorcall(PyObject* self, PyObject* const* args, std::size_t nargsf, PyObject* names) {
    Thread* thread = this_thread();
    if (thread == nullptr) return nullptr;
    auto count = static_cast<std::size_t>(PyVectorcall_NARGS(nargsf));
    if (names != nullptr) count += static_cast<std::size_t>(PyTuple_GET_SIZE(names));
    if (names != nullptr && PyTuple_GET_SIZE(names) == 0) names = nullptr;
    const Value result = call_from_outside(*thread, self, count, names, [&](Value* window) {
        for (std::size_t n = 0; n < count; ++n) window[n] = borrow_value(args[n]);
    });
    if (result.is_error()) return nullptr;
    if (result.is_object()) return result.as_object();
    return new_object(result);
}

Value call_value(const Value& callee, const Value* arguments, std::size_t count) {
    return call_value(callee, arguments, count, nullptr);
}

Value call_value(const Value& callee, const Value* arguments, std::size_t count, PyObject* names) {
    if (names != nullptr && PyTuple_GET_SIZE(names) == 0) names = nullptr;
    if (callee.is_object()) {
        PyObject* object = callee.as_object();
        if (is_ours(object) || (PyMethod_Check(object) && is_ours(PyMethod_GET_FUNCTION(object)))) {
            Thread* thread = this_thread();
            if (thread == nullptr) return Value::error();
            return call_from_outside(*thread, object, count, names, [&](Value* window) {
                for (std::size_t n = 0; n < count; ++n) {
                    arguments[n].retain();
                    window[n].tag = arguments[n].tag;
                    window[n].bits = arguments[n].bits;
                }
            });
        }
        if (is_keyword(object) && names == nullptr && count >= 1 && count <= 2) {
            return get_or_default(arguments[0], callee, count == 2 ? arguments[1] : Value::nil());
        }
        if (profiling) return call_object_profiled(object, arguments, count, names);
        return call_object(object, arguments, count, names);
    }
    const Ref object = boxed(callee);
    return object ? call_object(object.get(), arguments, count, names) : Value::error();
}

namespace {

Value run_top_level(void* context) {
    auto* code_object = static_cast<PyObject*>(context);
    Thread* thread = this_thread();
    if (thread == nullptr) return Value::error();
    Value* window = stack_top(*thread);
    if (!c_stack_left(*thread) || !room_for(*thread, window, 0) || !push_entry_frame(*thread, window, 0)) {
        return Value::error();
    }
    window[0] = Value::object(Py_NewRef(code_object));
    if (push_frame(*thread, window + 1, code_of(code_object))) return run(*thread);
    clear_registers(window, window + 1);
    pop_entry_frame(*thread);
    return Value::error();
}

}  // namespace

Value run_code(PyObject* code_object) {
#ifndef NDEBUG
    if (const std::string problem = verify(*code_of(code_object)); !problem.empty()) {
        PyErr_Format(PyExc_SystemError, "the compiler made wrong code: %s", problem.c_str());
        return Value::error();
    }
#endif
    PyObject* globals = code_of(code_object)->globals_dict.get();
    // Importing looks into the globals of the frame for __builtins__, which the core module does without.
    if (globals == nullptr || !without_base_frame(globals) ||
        PyDict_GetItemString(globals, "__builtins__") == nullptr) {
        return run_top_level(code_object);
    }
    const Code& code = *code_of(code_object);
    PyObject* file = code.file ? code.file.get() : code.name.get();
    const int line = static_cast<int>(std::clamp<std::uint32_t>(code.span.line, 1, 1u << 30));
    return run_in_base_frame(globals, file, line, run_top_level, code_object);
}

PyObject* running_module() {
    if (running_thread == nullptr) return nullptr;
    for (const Frame* frame = running_thread->frame; frame > running_thread->frames; --frame) {
        if (frame->code != nullptr) return frame->code->module.get();
    }
    return nullptr;
}

RunningPlace running_place() {
    if (running_thread == nullptr) return {};
    for (const Frame* frame = running_thread->frame; frame > running_thread->frames; --frame) {
        if (frame->code == nullptr || frame->code->module.get() == core_module()) continue;
        const Code& code = *frame->code;
        const Span span = frame->pc > code.instrs.data()
                              ? span_at(code, static_cast<std::size_t>(frame->pc - code.instrs.data()) - 1)
                              : Span();
        return {code.file, span.known() ? span : code.span};
    }
    return {};
}

}  // namespace catena
