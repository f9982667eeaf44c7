// The generic handlers: every step as CPython executes it, without a cache.
#include <array>

#include "bridge/callee.hpp"
#include "bridge/module_changes.hpp"
#include "bridge/plan.hpp"
#include "bridge/specialise.hpp"
#include "bridge/text.hpp"

#if PY_VERSION_HEX >= 0x030D0000
// Still exported, but no longer in the public headers.
extern "C" int _PyObject_GetMethod(PyObject* receiver, PyObject* name, PyObject** method);
#endif

namespace catena {

PyObject* new_key(const Plan& plan, const KeyPlan& key, const Value* operands) {
    const auto part = [&](const SlicePlan& slice) -> PyObject* {
        if (!slice.is_slice) return new_object(plan.read(slice.start, operands));
        const Value start = slice.has_start ? plan.read(slice.start, operands) : Value::nil();
        const Value stop = slice.has_stop ? plan.read(slice.stop, operands) : Value::nil();
        const Value step = slice.has_step ? plan.read(slice.step, operands) : Value::nil();
        const Boxed start_box(start), stop_box(stop), step_box(step);
        if (start_box.get() == nullptr || stop_box.get() == nullptr || step_box.get() == nullptr) return nullptr;
        return PySlice_New(start_box.get(), stop_box.get(), step_box.get());
    };
    if (!key.tuple) return part(key.parts[0]);
    Ref tuple = steal(PyTuple_New(static_cast<Py_ssize_t>(key.parts.size())));
    if (!tuple) return nullptr;
    for (std::size_t i = 0; i < key.parts.size(); ++i) {
        PyObject* object = part(key.parts[i]);
        if (object == nullptr) return nullptr;
        PyTuple_SET_ITEM(tuple.get(), static_cast<Py_ssize_t>(i), object);
    }
    return tuple.release();
}

namespace {

constexpr std::size_t stack_arguments = 16;

// The arguments of one call: sources of which the last belong to the names.
struct CallArguments {
    const std::vector<Source>& sources;
    std::size_t positional;
    PyObject* names;          // may be null
    std::vector<Ref> marked;  // empty, or by argument: what comes in the place of a keyword

    [[nodiscard]] Value read(std::size_t i, const Plan& plan, const Value* operands) const {
        if (!marked.empty() && marked[i]) return Value::object(marked[i].get());
        return plan.read(sources[i], operands);
    }
};

bool takes_in_place(PyObject* callable) { return pairs_in_place_test != nullptr && pairs_in_place_test(callable); }

// Where the pairs begin that the callee passes on, counted without the receiver `self` (may be null).
std::size_t passed_on_from(PyObject* callable, PyObject* self) {
    const std::size_t first = first_passed_on != nullptr ? first_passed_on(callable) : passes_nothing_on;
    return first != passes_nothing_on && first > 0 && self != nullptr ? first - 1 : first;
}

// False with an error set.
bool mark_pairs(CallArguments& call, const Plan& plan, const Instruction& in, std::size_t from) {
    for (const std::uint32_t at : in.pair_at) {
        if (at < from) continue;
        call.marked.resize(call.sources.size());
        call.marked[at] = steal(marked_keyword(plan.read(call.sources[at], nullptr).as_object()));
        if (!call.marked[at]) return false;
    }
    return true;
}

// PyObject_Vectorcall without its check that a result and an error do not come together; fail() makes up for the half
// of it that could hurt.
PyObject* call_at_once(PyObject* callable, PyObject** arguments, std::size_t positional, PyObject* names) {
    PyTypeObject* type = Py_TYPE(callable);
    if (PyType_HasFeature(type, Py_TPFLAGS_HAVE_VECTORCALL)) {
        const auto function =
            *reinterpret_cast<vectorcallfunc*>(reinterpret_cast<char*>(callable) + type->tp_vectorcall_offset);
        if (function != nullptr) {
            return function(callable, arguments, positional | PY_VECTORCALL_ARGUMENTS_OFFSET, names);
        }
    }
    return PyObject_Vectorcall(callable, arguments, positional | PY_VECTORCALL_ARGUMENTS_OFFSET, names);
}

// Calls with the arguments in `stack[2…]`; stack[0] is the place that PY_VECTORCALL_ARGUMENTS_OFFSET promises (stack[1]
// when there is no self). Arguments are released first to last, as CPython's own interpreter does.
PyObject* vectorcall_on(PyObject** stack, const Plan& plan, const CallArguments& call, PyObject* callable,
                        PyObject* self, const Value* operands) {
    stack[1] = self;
    const std::size_t count = call.sources.size();
    std::size_t made = 0;
    for (; made < count; ++made) {
        PyObject* object = handed_on(call.read(made, plan, operands));
        if (object == nullptr) break;
        stack[2 + made] = object;
    }
    PyObject* result = nullptr;
    if (made == count) {
        PyObject** arguments = self != nullptr ? stack + 1 : stack + 2;
        result = call_at_once(callable, arguments, call.positional + (self != nullptr), call.names);
    }
    for (std::size_t i = 0; i < made; ++i) Py_DECREF(stack[2 + i]);
    return result;
}

// Offers the call to a chain's runner that expects it (bridge/callee.hpp).
bool taken_as_tail(const Plan& plan, const CallArguments& call, PyObject* callable, PyObject* self,
                   const Value* operands) {
    TailCall& tail = *expected_tail;
    std::vector<Value> values;
    values.reserve(call.sources.size());
    for (std::size_t i = 0; i < call.sources.size(); ++i) values.push_back(call.read(i, plan, operands));
    tail.taken = tail.take(tail, callable, self, values.data(), values.size(), call.names);
    return tail.taken;
}

// The same for one positional argument at most.
PyObject* vectorcall_few(const Plan& plan, const Instruction& in, PyObject* callable, PyObject* self,
                         const Value* operands) {
    std::array<PyObject*, 3> stack;
    stack[1] = self;
    if (in.count == 1) {
        stack[2] = handed_on(plan.read(in.first, operands));
        if (stack[2] == nullptr) return nullptr;
    }
    PyObject** arguments = stack.data() + (self != nullptr ? 1 : 2);
    PyObject* result = call_at_once(callable, arguments, in.count + (self != nullptr), nullptr);
    if (in.count == 1) Py_DECREF(stack[2]);
    return result;
}

// What error messages of calls begin with: `package.module.function()`.
Ref function_text(PyObject* callable) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    Ref text;
    const Ref name = steal(PyObject_GetAttrString(callable, "__qualname__"));
    if (name) {
        const Ref module = steal(PyObject_GetAttrString(callable, "__module__"));
        const bool plain =
            !module || module.get() == Py_None ||
            (PyUnicode_Check(module.get()) && PyUnicode_CompareWithASCIIString(module.get(), "builtins") == 0);
        text = steal(plain ? PyUnicode_FromFormat("%S()", name.get())
                           : PyUnicode_FromFormat("%S.%S()", module.get(), name.get()));
    } else {
        PyErr_Clear();
        text = steal(PyObject_Str(callable));
    }
    if (!text) text = make_str("function");
    PyErr_Restore(type, value, traceback);
    return text;
}

const char* type_name(PyObject* object) { return Py_TYPE(object)->tp_name; }

// kwargs.update(mapping) that refuses a key twice, as a call with several sources of keywords does.
bool merge(PyObject* callable, PyObject* kwargs, PyObject* mapping) {
    const auto put = [&](PyObject* key, PyObject* value) {
        const int known = PyDict_Contains(kwargs, key);
        if (known == 0) return PyDict_SetItem(kwargs, key, value) == 0;
        if (known == 1) {
            PyErr_Format(PyExc_TypeError, "%S got multiple values for keyword argument '%S'",
                         function_text(callable).get(), key);
        }
        return false;
    };
    if (PyDict_CheckExact(mapping)) {
        // A copy, because a key's __eq__ may change the mapping.
        Ref copy = steal(PyDict_Copy(mapping));
        if (!copy) return false;
        Py_ssize_t position = 0;
        PyObject *key, *value;
        while (PyDict_Next(copy.get(), &position, &key, &value)) {
            if (!put(key, value)) return false;
        }
        return true;
    }
    const Ref keys_method = steal(PyObject_GetAttrString(mapping, "keys"));
    if (!keys_method) {
        if (PyErr_ExceptionMatches(PyExc_AttributeError)) {
            PyErr_Clear();
            PyErr_Format(PyExc_TypeError, "%S argument after ** must be a mapping, not %.200s",
                         function_text(callable).get(), type_name(mapping));
        }
        return false;
    }
    const Ref keys = steal(PyObject_CallNoArgs(keys_method.get()));
    const Ref iterator = keys ? steal(PyObject_GetIter(keys.get())) : Ref();
    if (!iterator) return false;
    while (const Ref key = steal(PyIter_Next(iterator.get()))) {
        const Ref value = steal(PyObject_GetItem(mapping, key.get()));
        if (!value || !put(key.get(), value.get())) return false;
    }
    return !PyErr_Occurred();
}

// list.extend(iterable), with the message of a call. `alone`: the only source of positional arguments.
bool extend(PyObject* callable, PyObject* list, PyObject* iterable, bool alone) {
    if (PyList_CheckExact(iterable) || PyTuple_CheckExact(iterable)) {
        return PyList_SetSlice(list, PyList_GET_SIZE(list), PyList_GET_SIZE(list), iterable) == 0;
    }
    if (Py_TYPE(iterable)->tp_iter == nullptr && !PySequence_Check(iterable)) {
        if (alone) {
            PyErr_Format(PyExc_TypeError, "%S argument after * must be an iterable, not %.200s",
                         function_text(callable).get(), type_name(iterable));
        } else {
            PyErr_Format(PyExc_TypeError, "Value after * must be an iterable, not %.200s", type_name(iterable));
        }
        return false;
    }
    const Ref items = steal(PySequence_List(iterable));
    return items && PyList_SetSlice(list, PyList_GET_SIZE(list), PyList_GET_SIZE(list), items.get()) == 0;
}

// The arguments of a call with splats, as a tuple and a dict; false with an error set.
bool spread_arguments(const Plan& plan, const Instruction& in, PyObject* callable, const Value* operands, Ref* args,
                      Ref* kwargs) {
    std::size_t sources = 0;
    for (const Argument& argument : in.spread->arguments) {
        sources += argument.kind == Argument::Kind::positional || argument.kind == Argument::Kind::splat;
    }
    const Ref list = steal(PyList_New(0));
    if (!list) return false;
    const auto value_of = [&](const Argument& argument) { return plan.read(plan.source(argument.value), operands); };
    const bool pairs_in_place = takes_in_place(callable);
    const std::size_t marked_from = pairs_in_place ? passed_on_from(callable, nullptr) : passes_nothing_on;
    const auto in_place = [&](const Argument& argument) {
        return pairs_in_place && argument.kind == Argument::Kind::keyword && argument.written;
    };
    for (const Argument& argument : in.spread->arguments) {
        const bool splat = argument.kind == Argument::Kind::splat;
        if (!splat && argument.kind != Argument::Kind::positional && !in_place(argument)) continue;
        if (in_place(argument)) {
            const bool marked = static_cast<std::size_t>(PyList_GET_SIZE(list.get())) >= marked_from;
            const Ref keyword = marked ? steal(marked_keyword(argument.written.get())) : borrow(argument.written.get());
            if (!keyword || PyList_Append(list.get(), keyword.get()) < 0) return false;
        }
        const Boxed box(value_of(argument));
        if (box.get() == nullptr) return false;
        if (splat ? !extend(callable, list.get(), box.get(), sources == 1) : PyList_Append(list.get(), box.get()) < 0) {
            return false;
        }
    }
    for (const Argument& argument : in.spread->arguments) {
        const bool splat = argument.kind == Argument::Kind::keyword_splat;
        if ((!splat && argument.kind != Argument::Kind::keyword) || in_place(argument)) continue;
        if (!*kwargs) *kwargs = steal(PyDict_New());
        const Boxed box(value_of(argument));
        if (!*kwargs || box.get() == nullptr) return false;
        if (splat) {
            if (!merge(callable, kwargs->get(), box.get())) return false;
            continue;
        }
        const int known = PyDict_Contains(kwargs->get(), argument.name.get());
        if (known > 0) {
            PyErr_Format(PyExc_TypeError, "%S got multiple values for keyword argument '%S'",
                         function_text(callable).get(), argument.name.get());
        }
        if (known != 0 || PyDict_SetItem(kwargs->get(), argument.name.get(), box.get()) < 0) return false;
    }
    *args = steal(PyList_AsTuple(list.get()));
    return static_cast<bool>(*args);
}

// The attribute `name` as a call of it needs it: either a function of the type that wants the receiver in front
// (answers true), or whatever the attribute is. *method is a new reference, or null with an error set.
bool find_method(PyObject* receiver, PyObject* name, PyObject** method) {
    *method = nullptr;
    return _PyObject_GetMethod(receiver, name, method) == 1;
}

}  // namespace

PyObject* vectorcall(const Plan& plan, const Instruction& in, PyObject* callable, PyObject* self,
                     const Value* operands) {
    const bool offered = expected_tail != nullptr && expected_tail->instruction == &in &&
                         expected_tail->operands == operands && expected_tail->wants(callable);
    if (in.count <= 1 && in.kwnames == nullptr && !offered) {
        return vectorcall_few(plan, in, callable, self, operands);
    }
    const bool in_place = !in.in_place.empty() && takes_in_place(callable);
    CallArguments call = in_place ? CallArguments{in.in_place, in.in_place.size(), nullptr, {}}
                                  : CallArguments{in.sources, in.positional, in.kwnames, {}};
    if (in_place && !mark_pairs(call, plan, in, passed_on_from(callable, self))) return nullptr;
    if (offered && taken_as_tail(plan, call, callable, self, operands)) return Py_NewRef(Py_None);
    if (call.sources.size() <= stack_arguments) {
        std::array<PyObject*, stack_arguments + 2> stack;
        return vectorcall_on(stack.data(), plan, call, callable, self, operands);
    }
    std::vector<PyObject*> stack(call.sources.size() + 2);
    return vectorcall_on(stack.data(), plan, call, callable, self, operands);
}

Value run_get(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (const StepHandler handler = specialise_get(plan, in, it)) return handler(plan, in, it, operands, owner);
    const Boxed receiver(it);
    if (receiver.get() == nullptr) return fail(plan, in.step);
    PyObject* result = PyObject_GetAttr(receiver.get(), in.name);
    return result != nullptr ? steal_value(result) : fail(plan, in.step);
}

Value run_method(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (const StepHandler handler = specialise_method(plan, in, it, operands))
        return handler(plan, in, it, operands, owner);
    const Boxed receiver(it);
    if (receiver.get() == nullptr) return fail(plan, in.step);
    PyObject* method;
    const bool unbound = find_method(receiver.get(), in.name, &method);
    if (method == nullptr) return fail(plan, in.step);
    if (!unbound) release_early(owner);
    PyObject* result = vectorcall(plan, in, method, unbound ? receiver.get() : nullptr, operands);
    Py_DECREF(method);
    return result != nullptr ? steal_value(result) : fail(plan, in.step + 1);
}

Value run_call(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (const StepHandler handler = specialise_call(plan, in, it, operands))
        return handler(plan, in, it, operands, owner);
    const Boxed callable(it);
    if (callable.get() == nullptr) return fail(plan, in.step);
    PyObject* result = vectorcall(plan, in, callable.get(), nullptr, operands);
    return result != nullptr ? steal_value(result) : fail(plan, in.step);
}

Value run_spread(Plan& plan, Instruction& in, Value it, const Value* operands, Value*) {
    const Boxed callable(it);
    Ref args, kwargs;
    if (callable.get() == nullptr || !spread_arguments(plan, in, callable.get(), operands, &args, &kwargs)) {
        return fail(plan, in.step);
    }
    PyObject* result = PyObject_Call(callable.get(), args.get(), kwargs.get());
    return result != nullptr ? steal_value(result) : fail(plan, in.step);
}

namespace {

// The key of an item step: `made` when it has to be built, a box of the operand otherwise.
class KeyObject {
public:
    KeyObject(const Plan& plan, const Instruction& in, const Value* operands)
        : box_(in.key ? Value::nil() : plan.read(in.first, operands)),
          made_(steal(in.key ? new_key(plan, *in.key, operands) : nullptr)),
          object_(in.key ? made_.get() : box_.get()) {}
    [[nodiscard]] PyObject* get() const { return object_; }

private:
    Boxed box_;
    Ref made_;
    PyObject* object_;
};

}  // namespace

Value run_item(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (const StepHandler handler = specialise_item(plan, in, it, operands))
        return handler(plan, in, it, operands, owner);
    const Boxed container(it);
    const KeyObject key(plan, in, operands);
    if (container.get() == nullptr || key.get() == nullptr) return fail(plan, in.step);
    PyObject* result = PyObject_GetItem(container.get(), key.get());
    return result != nullptr ? steal_value(result) : fail(plan, in.step);
}

Value run_set(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (const StepHandler handler = specialise_set(plan, in, it)) return handler(plan, in, it, operands, owner);
    const Value value = plan.read(in.second, operands);
    const Boxed receiver(it), box(value);
    if (receiver.get() == nullptr || box.get() == nullptr) return fail(plan, in.step);
    if (PyObject_SetAttr(receiver.get(), in.name, box.get()) < 0) return fail(plan, in.step);
    note_module_change(receiver.get(), in.name);
    value.retain();
    return value;
}

Value run_set_item(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (const StepHandler handler = specialise_set_item(plan, in, it, operands))
        return handler(plan, in, it, operands, owner);
    const Value value = plan.read(in.second, operands);
    const Boxed container(it), box(value);
    const KeyObject key(plan, in, operands);
    if (container.get() == nullptr || box.get() == nullptr || key.get() == nullptr) return fail(plan, in.step);
    if (PyObject_SetItem(container.get(), key.get(), box.get()) < 0) return fail(plan, in.step);
    value.retain();
    return value;
}

Value run_remove(Plan& plan, Instruction& in, Value it, const Value*, Value*) {
    const Boxed receiver(it);
    if (receiver.get() == nullptr || PyObject_DelAttr(receiver.get(), in.name) < 0) return fail(plan, in.step);
    note_module_change(receiver.get(), in.name);
    return Value::nil();
}

Value run_remove_item(Plan& plan, Instruction& in, Value it, const Value* operands, Value*) {
    const Boxed container(it);
    const KeyObject key(plan, in, operands);
    if (container.get() == nullptr || key.get() == nullptr) return fail(plan, in.step);
    if (PyObject_DelItem(container.get(), key.get()) < 0) return fail(plan, in.step);
    return Value::nil();
}

}  // namespace catena
