// Calls with keywords in place, and calls whose arguments are spread from collections.
#include <algorithm>
#include <bit>
#include <string_view>
#include <vector>

#include "lang/keyword.hpp"
#include "lang/python_name.hpp"
#include "vm/calls.hpp"
#include "vm/core_classes.hpp"
#include "vm/profile.hpp"
#include "vm/vm.hpp"

namespace catena {
namespace {

constexpr std::size_t few_arguments = 7;

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

}  // namespace

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

}  // namespace catena
