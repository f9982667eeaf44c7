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

Called finished(Value value, Value* result) {
    if (value.is_error()) return Called::failed;
    *result = value;
    return Called::done;
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

constexpr std::size_t few_arguments = 7;

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

// A function written in Python: none of the kinds of callees that are told apart below.
bool is_python_function(const Value& callee) {
    return callee.is_object() && Py_TYPE(callee.as_object()) == &PyFunction_Type && !profiling;
}

// A call of one with keywords in place: the values are boxed where they stand.
Value call_python_pairs(const Value* window, const CallSite& site) {
    PyObject* arguments[few_arguments + 1] = {};
    const std::size_t positional = site.count - 2 * site.pair_at.size();
    std::size_t plain = 1, named = positional + 1, pair = 0;
    std::uint32_t boxes = 0;
    bool made = true;
    for (std::size_t n = 0; n < site.count && made; ++n) {
        const bool begins_pair = pair < site.pair_at.size() && site.pair_at[pair] == n;
        if (begins_pair) ++pair, ++n;
        const std::size_t at = begins_pair ? named++ : plain++;
        const Value& v = window[n + 1];
        arguments[at] = v.is_object() ? v.as_object() : new_object(v);
        if (!v.is_object() && arguments[at] != nullptr) boxes |= 1u << at;
        made = arguments[at] != nullptr;
    }
    PyObject* result = made ? PyObject_Vectorcall(window[0].as_object(), arguments + 1,
                                                  positional | PY_VECTORCALL_ARGUMENTS_OFFSET, site.names.get())
                            : nullptr;
    for (; boxes != 0; boxes &= boxes - 1) Py_DECREF(arguments[std::countr_zero(boxes)]);
    return steal_value(result);
}

// A call of one with the items of an exact list or tuple, which it may change.
Value call_python_items(PyObject* function, PyObject* items) {
    PyObject* arguments[few_arguments + 1] = {};
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(items);
    for (Py_ssize_t n = 0; n < count; ++n) arguments[n + 1] = Py_NewRef(PySequence_Fast_GET_ITEM(items, n));
    const Value result = steal_value(PyObject_Vectorcall(
        function, arguments + 1, static_cast<std::size_t>(count) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr));
    for (Py_ssize_t n = 0; n < count; ++n) Py_DECREF(arguments[n + 1]);
    return result;
}

bool has_written_keyword(PyObject* items) {
    PyObject** all = PySequence_Fast_ITEMS(items);
    return std::any_of(all, all + PySequence_Fast_GET_SIZE(items), is_written_keyword);
}

bool room_for(Thread& thread, const Value* window, std::size_t count) {
    if (count < static_cast<std::size_t>(thread.values_end - window) / 2 && window < thread.value_limit) return true;
    raise_too_deep();
    return false;
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

void hint_at_quoting(PyObject* keyword) {
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) return;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    const Ref message = traceback == nullptr ? steal(PyObject_Str(value)) : Ref();
    const char* text = message ? PyUnicode_AsUTF8(message.get()) : nullptr;
    const std::string_view said = text != nullptr ? text : "";
    // A misspelt one has a suggestion of its own.
    if (said.find("no keyword argument") != std::string_view::npos ||
        (said.find("keyword argument") != std::string_view::npos &&
         said.find("did you mean") == std::string_view::npos && said.find("unexpected") != std::string_view::npos)) {
        const Ref hint = steal(PyUnicode_FromFormat(
            "a keyword before a form is a keyword argument; to pass the keyword itself, quote it: ':%U", keyword));
        if (hint && PyObject_SetAttrString(value, "hint", hint.get()) < 0) PyErr_Clear();
    }
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}

bool takes_pairs_in_place(PyObject* callee) {
    if (PyMethod_Check(callee)) callee = PyMethod_GET_FUNCTION(callee);
    if (is_closure(callee)) return !reinterpret_cast<Closure*>(callee)->code->takes_keywords;
    if (is_native(callee)) return reinterpret_cast<Native*>(callee)->pairs_function == nullptr;
    // `str` and `list` are functions that stand for classes.
    return is_keyword(callee) || is_function_class(callee);
}

std::size_t operands_not_passed_on(PyObject* callee) {
    if (PyMethod_Check(callee)) {
        const std::size_t with_receiver = operands_not_passed_on(PyMethod_GET_FUNCTION(callee));
        return with_receiver != passes_nothing_on && with_receiver > 0 ? with_receiver - 1 : with_receiver;
    }
    if (is_closure(callee)) {
        const Code& code = *reinterpret_cast<Closure*>(callee)->code;
        return code.passes_pairs ? code.parameters.positional.size() : passes_nothing_on;
    }
    if (!is_native(callee)) return passes_nothing_on;
    const NativeSpec& spec = *reinterpret_cast<Native*>(callee)->spec;
    return spec.passes_pairs ? static_cast<std::size_t>(spec.least) : passes_nothing_on;
}

namespace {

// Puts written keywords where pairs begin among the operands that the callee passes on.
bool mark_pairs(Value* window, CallSite& site) {
    const std::size_t from = operands_not_passed_on(window[0].as_object());
    if (from == passes_nothing_on) return true;
    site.written.resize(site.pair_at.size());
    for (std::size_t pair = 0; pair < site.pair_at.size(); ++pair) {
        const std::size_t at = site.pair_at[pair];
        if (at < from) continue;
        Value& keyword = window[at + 1];
        if (!site.written[pair]) site.written[pair] = make_written_keyword(keyword.as_object());
        if (!site.written[pair]) return false;
        keyword.release();
        keyword = borrow_value(site.written[pair].get());
    }
    return true;
}

}  // namespace

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

namespace {

// [:a 1 :b 2] becomes [1 2]. The keywords are constants of the running code, so these are never the last references.
void close_up_pairs(Value* first, std::size_t pairs) {
    for (std::size_t n = 0; n < pairs; ++n) {
        first[2 * n].release();
        const Value v = first[2 * n + 1];
        first[2 * n].tag = Tag::nil;
        first[2 * n + 1].tag = Tag::nil;
        first[n].tag = v.tag;
        first[n].bits = v.bits;
    }
}

// The positional values in order, then those of the pairs.
void part_pairs(Value* window, const CallSite& site) {
    const std::size_t pairs = site.pair_at.size();
    constexpr std::size_t few = 8;
    Value few_values[few];
    std::vector<Value> many_values;
    if (pairs > few) many_values.resize(pairs);
    Value* values = pairs > few ? many_values.data() : few_values;
    Value* target = window + 1;
    std::size_t pair = 0;
    for (std::size_t n = 0; n < site.count; ++n) {
        Value& source = window[n + 1];
        if (pair < pairs && site.pair_at[pair] == n) {
            // Keywords are constants of the running code, so this is never the last reference.
            source.release();
            source = Value::nil();
            ++n;
            values[pair++] = window[n + 1];
            window[n + 1] = Value::nil();
            continue;
        }
        const Value v = source;
        source = Value::nil();
        *target++ = v;
    }
    for (std::size_t n = 0; n < pairs; ++n) *target++ = values[n];
}

}  // namespace

Called call_pairs(Thread& thread, Value* window, CallSite& site, Value* result) {
    if (is_python_function(window[0]) && !site.pair_at.empty() && site.count <= few_arguments) {
        const Value value = call_python_pairs(window, site);
        clear_registers(window, window + site.count + 1);
        if (value.is_error()) hint_at_quoting(PyTuple_GET_ITEM(site.names.get(), 0));
        return finished(value, result);
    }
    if (!window[0].is_object() || takes_pairs_in_place(window[0].as_object())) {
        if (window[0].is_object() && !mark_pairs(window, site)) {
            clear_registers(window, window + site.count + 1);
            return Called::failed;
        }
        return call_window(thread, window, site.count, nullptr, result);
    }
    const std::size_t pairs = site.pair_at.size();
    const bool at_end = pairs > 0 && site.pair_at[0] + 2 * pairs == site.count;
    if (at_end)
        close_up_pairs(window + 1 + site.pair_at[0], pairs);
    else
        part_pairs(window, site);
    const std::size_t count = site.count - pairs;
    const Called called = call_window(thread, window, count, site.names.get(), result);
    if (called == Called::failed && pairs > 0) hint_at_quoting(PyTuple_GET_ITEM(site.names.get(), 0));
    return called;
}

namespace {

// The names of a call's keyword arguments, as they are found.
class PairNames {
public:
    // Takes a new reference; false with an error set.
    bool add(Ref name) {
        if (!name) return false;
        for (const Ref& known : names_) {
            if (known.get() != name.get()) continue;
            PyErr_Format(PyExc_TypeError, "the keyword argument '%U' is given twice", name.get());
            return false;
        }
        names_.push_back(std::move(name));
        return true;
    }
    [[nodiscard]] bool empty() const { return names_.empty(); }
    [[nodiscard]] Ref tuple() const {
        Ref made = steal(PyTuple_New(static_cast<Py_ssize_t>(names_.size())));
        for (std::size_t n = 0; made && n < names_.size(); ++n)
            PyTuple_SET_ITEM(made.get(), static_cast<Py_ssize_t>(n), Py_NewRef(names_[n].get()));
        return made;
    }

private:
    std::vector<Ref> names_;
};

// Puts the positional values of a call into the window, and behind them those of the pairs. A written keyword among the
// items begins a pair: for a callee that takes none it is a plain value again, and one that passes pairs on gets it as it is,
// and such keywords for the names in `pairs`.
// The end of what was put there; null with an error set.
Value* spread(Value* window, PyObject* items, PyObject* pairs, PairNames* names) {
    PyObject* callee = window[0].is_object() ? window[0].as_object() : nullptr;
    const bool in_place = callee != nullptr && takes_pairs_in_place(callee);
    const std::size_t own = in_place ? operands_not_passed_on(callee) : 0;
    Value* target = window + 1;
    std::vector<PyObject*> values;  // of pairs; the list and the dict hold them
    const Py_ssize_t count = PySequence_Fast_GET_SIZE(items);
    for (Py_ssize_t n = 0; n < count; ++n) {
        PyObject* item = PySequence_Fast_GET_ITEM(items, n);
        const bool begins_pair = is_written_keyword(item) && n + 1 < count;
        if (begins_pair && !in_place) {
            if (!names->add(borrow(keyword_python_name(item)))) {
                clear_registers(window + 1, target);
                return nullptr;
            }
            values.push_back(PySequence_Fast_GET_ITEM(items, ++n));
            continue;
        }
        const bool marked = begins_pair && static_cast<std::size_t>(target - window) > own;
        *target++ = borrow_value(is_keyword(item) && !marked ? plain_keyword(item) : item);
    }
    PyObject *key, *value;
    Py_ssize_t at = 0;
    while (pairs != Py_None && PyDict_Next(pairs, &at, &key, &value)) {
        if (in_place && own != passes_nothing_on) {
            const Ref name = exact_name(key);
            const Ref keyword = name ? make_keyword(name.get()) : Ref();
            const Ref marked = keyword ? make_written_keyword(keyword.get()) : Ref();
            if (!marked) {
                clear_registers(window + 1, target);
                return nullptr;
            }
            *target++ = borrow_value(marked.get());
            *target++ = borrow_value(value);
            continue;
        }
        if (!names->add(exact_name(key))) {
            clear_registers(window + 1, target);
            return nullptr;
        }
        values.push_back(value);
    }
    for (PyObject* one : values) *target++ = borrow_value(one);
    return target;
}

}  // namespace

Called call_splat(Thread& thread, Value* window, Value* result) {
    const Ref items = boxed(window[1]);
    const Ref pairs = boxed(window[2]);
    clear_registers(window + 1, window + 3);
    if (!items || !pairs) return Called::failed;
    const auto given = static_cast<std::size_t>(PySequence_Fast_GET_SIZE(items.get()));
    if (pairs == Py_None && is_python_function(window[0]) && given <= few_arguments &&
        !has_written_keyword(items.get())) {
        const Value value = call_python_items(window[0].as_object(), items.get());
        clear_registers(window, window + 1);
        return finished(value, result);
    }
    const auto count = given + (pairs != Py_None ? 2 * static_cast<std::size_t>(PyDict_GET_SIZE(pairs.get())) : 0);
    if (!room_for(thread, window, count)) return Called::failed;
    const Guard guard(thread, window + count + 2);
    PairNames names;
    Value* end = spread(window, items.get(), pairs.get(), &names);
    if (end == nullptr) return Called::failed;
    const Ref tuple = names.empty() ? Ref() : names.tuple();
    if (!tuple && !names.empty()) {
        clear_registers(window + 1, end);
        return Called::failed;
    }
    return call_window(thread, window, static_cast<std::size_t>(end - window) - 1, tuple.get(), result);
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
    if (globals == nullptr || !without_python_frame() || PyDict_GetItemString(globals, "__builtins__") == nullptr) {
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
