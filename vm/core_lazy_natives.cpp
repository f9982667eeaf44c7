// The natives that make lazy sequences.
#include <cmath>

#include "vm/core_lazy.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"
#include "vm/vm.hpp"

namespace catena {

Ref Seen::fresh() {
    const Ref hashed = steal(PySet_New(nullptr));
    const Ref others = steal(PyList_New(0));
    return hashed && others ? steal(PyTuple_Pack(2, hashed.get(), others.get())) : Ref();
}

int Seen::add(PyObject* item) const {
    PyObject* hashed = PyTuple_GET_ITEM(state_, 0);
    const Py_ssize_t before = PySet_GET_SIZE(hashed);
    if (PySet_Add(hashed, item) == 0) return PySet_GET_SIZE(hashed) > before;
    if (!PyErr_ExceptionMatches(PyExc_TypeError)) return -1;
    PyErr_Clear();
    PyObject* others = PyTuple_GET_ITEM(state_, 1);
    const int known = PySequence_Contains(others, item);
    if (known != 0) return known < 0 ? -1 : 0;
    return PyList_Append(others, item) < 0 ? -1 : 1;
}

namespace {

Value repeat(Value* a, std::size_t n) {
    if (n == 1) {
        const Ref item = boxed(a[0]);
        return item ? own(lazy_repeat(item.get())) : Value::error();
    }
    Py_ssize_t times;
    if (!read_integer(a[0], &times, "repeat", "count")) return Value::error();
    const Ref item = boxed(a[1]);
    const Ref one = item ? steal(PyList_New(1)) : Ref();
    if (!one) return Value::error();
    PyList_SET_ITEM(one.get(), 0, Py_NewRef(item.get()));
    return steal_value(PySequence_Repeat(one.get(), times));
}

Value cycle(Value* a, std::size_t) {
    if (is_infinite(a[0])) return keep(a[0]);
    Ref items = copy_vector(a[0], "cycle");
    if (!items || PyList_GET_SIZE(items.get()) == 0) return own(std::move(items));
    return own(lazy_cycle(items.get()));
}

Value iterate(Value* a, std::size_t) {
    const Ref f = boxed(a[0]);
    const Ref x = boxed(a[1]);
    return f && x ? own(lazy_iterate(f.get(), x.get())) : Value::error();
}

Value repeatedly(Value* a, std::size_t n) {
    if (n == 1) {
        const Ref f = boxed(a[0]);
        return f ? own(lazy_repeatedly(f.get())) : Value::error();
    }
    Py_ssize_t times;
    if (!read_integer(a[0], &times, "repeatedly", "count")) return Value::error();
    Ref made = steal(PyList_New(0));
    for (Py_ssize_t i = 0; made && i < times; ++i) {
        const Held item(call_value(a[1], nullptr, 0));
        if (item.failed() || append(made.get(), item.get()) < 0) return Value::error();
    }
    return own(std::move(made));
}

Value lazy_seq(Value* a, std::size_t n) {
    const Ref f = boxed(a[0]);
    const int never_ends = n > 1 ? is_true(a[1]) : 0;
    if (!f || never_ends < 0) return Value::error();
    return own(lazy_made(f.get(), never_ends == 1));
}

Value never_ends(Value* a, std::size_t) {
    return Value::boolean(a[0].is_real() ? std::isinf(a[0].as_real()) : is_infinite(a[0]));
}

Value is_lazy(Value* a, std::size_t) { return Value::boolean(a[0].is_object() && is_lazy_seq(a[0].as_object())); }

constexpr NativeSpec table[] = {
    {"repeat", "([x] [n x])",
     "x again and again: a lazy sequence without end, or with n a vector of n times x.\n"
     "(take 3 (repeat 1)) => [1 1 1]\n"
     "(repeat 2 :a) => [:a :a]",
     repeat, nullptr, 1, 2},
    {"cycle", "[xs]",
     "The items over and over: a lazy sequence without end; empty for an empty xs.\n"
     "(take 5 (cycle [1 2])) => [1 2 1 2 1]",
     cycle, nullptr, 1, 1},
    {"iterate", "[f x]",
     "x, (f x), (f (f x)) …: a lazy sequence without end.\n"
     "(take 4 (iterate inc 1)) => [1 2 3 4]",
     iterate, nullptr, 2, 2},
    {"repeatedly", "([f] [n f])",
     "What (f) gives, again and again: a lazy sequence without end, or with n a vector.\n"
     "(take 2 (repeatedly (constantly 7))) => [7 7]\n"
     "(repeatedly 3 (constantly 0)) => [0 0 0]",
     repeatedly, nullptr, 1, 2},
    {"lazy-seq*", "[f &opt never-ends]",
     "A lazy sequence whose every walk is over what (f) answers, an iterable. With never-ends true, count and "
     "its like refuse it.\n"
     "(vec (lazy-seq* (fn [] [1 2]))) => [1 2]",
     lazy_seq, nullptr, 1, 2},
    {"infinite?", "[xs]",
     "Is xs known never to end, or an infinite float?\n"
     "(infinite? (repeat 1)) => true\n"
     "(infinite? [1]) => false",
     never_ends, nullptr, 1, 1},
    {"lazy?", "[x]",
     "Is x a lazy sequence?\n"
     "(lazy? (iterate inc 0)) => true\n"
     "(lazy? [1]) => false",
     is_lazy, nullptr, 1, 1},
};

}  // namespace

std::span<const NativeSpec> lazy_natives() { return table; }

}  // namespace catena
