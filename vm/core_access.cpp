#include "vm/core_access.hpp"

#include "bridge/plan.hpp"

#include "bridge/items.hpp"
#include "lang/list.hpp"
#include "vm/core_lazy.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"

namespace catena {

Value first_value(const Value& xs, const char* who) {
    if (is_exactly(xs, &PyList_Type)) {
        PyObject* o = xs.as_object();
        return PyList_GET_SIZE(o) == 0 ? Value::nil() : borrow_value(PyList_GET_ITEM(o, 0));
    }
    if (xs.is_object() && is_list(xs.as_object())) {
        PyObject* item = list_first(xs.as_object());
        return item == nullptr ? Value::nil() : borrow_value(item);
    }
    Items items;
    if (!items.open(xs, who)) return Value::error();
    Value item = Value::nil();
    return items.next(&item) < 0 ? Value::error() : item;
}

Value rest_value(const Value& xs, const char* who) {
    if (xs.is_nil()) return own(empty_list());
    if (!xs.is_object()) return first_value(xs, who);
    PyObject* o = xs.as_object();
    if (is_list(o)) return borrow_value(list_rest(o));
    if (PyList_CheckExact(o)) {
        const Py_ssize_t n = PyList_GET_SIZE(o);
        if (n < 2) return own(empty_list());
        return own(list_from(&PyList_GET_ITEM(o, 1), static_cast<std::size_t>(n - 1)));
    }
    if (PyTuple_CheckExact(o)) {
        const Py_ssize_t n = PyTuple_GET_SIZE(o);
        if (n < 2) return own(empty_list());
        return own(list_from(&PyTuple_GET_ITEM(o, 1), static_cast<std::size_t>(n - 1)));
    }
    if (is_infinite(o)) {
        if (is_lazy_seq(o)) return own(lazy_drop(o, 1));
        Held passed(first_value(xs, who));
        return passed.failed() ? Value::error() : keep(xs);
    }
    const Ref all = copy_vector(xs, who);
    return all ? rest_value(Value::object(all.get()), who) : Value::error();
}

Value count_value(const Value& xs) {
    if (xs.is_nil()) return Value::integer(0);
    if (!xs.is_object()) return fail(PyExc_TypeError, "count: %s has no items", kind_name(xs));
    PyObject* o = xs.as_object();
    if (PyList_CheckExact(o)) return Value::integer(PyList_GET_SIZE(o));
    if (is_list(o)) return Value::integer(list_count(o));
    if (has_length(o)) {
        const Py_ssize_t n = PyObject_Length(o);
        return n < 0 ? Value::error() : Value::integer(n);
    }
    if (is_infinite(o)) return fail_endless("count");
    Items items;
    if (!items.open(xs, "count")) return Value::error();
    const Py_ssize_t n = items.skip(PY_SSIZE_T_MAX);
    return n < 0 ? Value::error() : Value::integer(n);
}

int is_empty(const Value& xs, const char* who) {
    const int known = empty_by_length(xs);
    if (known != -2) return known;
    if (is_infinite(xs)) return 0;
    Items items;
    if (!items.open(xs, who)) return -1;
    Held item;
    const int got = items.next(item.slot());
    return got < 0 ? -1 : got == 0;
}

namespace {

Value no_such_index(const Value* otherwise, Py_ssize_t index, Py_ssize_t count) {
    if (otherwise != nullptr) return keep(*otherwise);
    return fail(PyExc_IndexError, "nth: index %zd out of range for %zd item%s", index, count, count == 1 ? "" : "s");
}

// Indexing is direct where an index surely means the place in the order of iteration.
bool is_indexed(PyObject* o) { return PyUnicode_Check(o) || PyRange_Check(o) || PyList_Check(o) || PyTuple_Check(o); }

}  // namespace

Value nth_value(const Value& xs, const Value& index, const Value* otherwise) {
    Py_ssize_t i;
    if (!read_integer(index, &i, "nth", "index")) return Value::error();
    if (xs.is_nil()) return otherwise != nullptr ? keep(*otherwise) : Value::nil();
    if (xs.is_object()) {
        PyObject* o = xs.as_object();
        if (PyList_CheckExact(o)) {
            const Py_ssize_t n = PyList_GET_SIZE(o);
            return i >= 0 && i < n ? borrow_value(PyList_GET_ITEM(o, i)) : no_such_index(otherwise, i, n);
        }
        if (is_list(o)) {
            const Py_ssize_t n = list_count(o);
            return i >= 0 && i < n ? borrow_value(list_item(o, i)) : no_such_index(otherwise, i, n);
        }
        if (is_indexed(o)) {
            const Py_ssize_t n = PySequence_Length(o);
            if (n < 0) return Value::error();
            return i >= 0 && i < n ? steal_value(PySequence_GetItem(o, i)) : no_such_index(otherwise, i, n);
        }
    }
    Items items;
    if (!items.open(xs, "nth")) return Value::error();
    if (i < 0) {
        if (otherwise != nullptr) return keep(*otherwise);
        return fail(PyExc_IndexError, "nth: index %zd is negative", i);
    }
    const Py_ssize_t skipped = items.skip(i);
    if (skipped < 0) return Value::error();
    Value item;
    const int got = skipped == i ? items.next(&item) : 0;
    if (got < 0) return Value::error();
    return got == 1 ? item : no_such_index(otherwise, i, skipped);
}

namespace {

Value first(Value* a, std::size_t) { return first_value(a[0], "first"); }
Value rest(Value* a, std::size_t) { return rest_value(a[0], "rest"); }

Value second_value(const Value& xs, const char* who) {
    Items items;
    if (!items.open(xs, who)) return Value::error();
    if (items.skip(1) < 0) return Value::error();
    Value item = Value::nil();
    return items.next(&item) < 0 ? Value::error() : item;
}

Value second(Value* a, std::size_t) { return second_value(a[0], "second"); }

// The rest, or nil when there is none.
Value next_value(const Value& xs, const char* who) {
    Held rest(rest_value(xs, who));
    if (rest.failed()) return Value::error();
    return is_list(rest.get().as_object()) && list_count(rest.get().as_object()) == 0 ? Value::nil() : rest.release();
}

Value next(Value* a, std::size_t) { return next_value(a[0], "next"); }

Value first_of_first(Value* a, std::size_t) {
    const Held inner(first_value(a[0], "ffirst"));
    return inner.failed() ? Value::error() : first_value(inner.get(), "ffirst");
}

Value rest_of_first(Value* a, std::size_t) {
    const Held inner(first_value(a[0], "nfirst"));
    return inner.failed() ? Value::error() : next_value(inner.get(), "nfirst");
}

Value rest_of_rest(Value* a, std::size_t) {
    const Held inner(next_value(a[0], "nnext"));
    return inner.failed() ? Value::error() : next_value(inner.get(), "nnext");
}

Value last_value(const Value& xs, const char* who) {
    if (is_infinite(xs)) return fail_endless(who);
    if (xs.is_object() && is_indexed(xs.as_object())) {
        const Py_ssize_t n = PySequence_Length(xs.as_object());
        if (n < 0) return Value::error();
        return n == 0 ? Value::nil() : steal_value(PySequence_GetItem(xs.as_object(), n - 1));
    }
    Items items;
    if (!items.open(xs, who)) return Value::error();
    Held found;
    for (;;) {
        Value item;
        const int got = items.next(&item);
        if (got < 0) return Value::error();
        if (got == 0) return found.release();
        found.set(item);
    }
}

Value last(Value* a, std::size_t) { return last_value(a[0], "last"); }

Value but_last(Value* a, std::size_t) {
    const Ref all = copy_vector(a[0], "butlast");
    if (!all) return Value::error();
    const Py_ssize_t n = PyList_GET_SIZE(all.get());
    return own(slice_of(all.get(), 0, n > 0 ? n - 1 : 0));
}

Value nth(Value* a, std::size_t n) { return nth_value(a[0], a[1], n > 2 ? &a[2] : nullptr); }
Value count(Value* a, std::size_t) { return count_value(a[0]); }

Value asks_empty(Value* a, std::size_t) {
    const int empty = is_empty(a[0], "empty?");
    return empty < 0 ? Value::error() : Value::boolean(empty == 1);
}

Value not_empty(Value* a, std::size_t) {
    const int empty = is_empty(a[0], "not-empty");
    if (empty < 0) return Value::error();
    return empty == 1 ? Value::nil() : keep(a[0]);
}

Value seq(Value* a, std::size_t) {
    if (a[0].is_object()) {
        PyObject* o = a[0].as_object();
        if (is_list(o) || PyList_CheckExact(o) || is_infinite(o)) return not_empty(a, 1);
    }
    Ref all = copy_vector(a[0], "seq");
    if (!all) return Value::error();
    return PyList_GET_SIZE(all.get()) == 0 ? Value::nil() : own(std::move(all));
}

Value get(Value* a, std::size_t n) { return get_or_default(a[0], a[1], n > 2 ? a[2] : Value::nil()); }

Value get_in(Value* a, std::size_t n) {
    Items path;
    if (!path.open(a[1], "get-in")) return Value::error();
    Held found(keep(a[0]));
    for (;;) {
        Held key;
        const int got = path.next(key.slot());
        if (got < 0) return Value::error();
        if (got == 0) return found.release();
        found.set(get_or_default(found.get(), key.get(), Value::missing()));
        if (found.failed()) return Value::error();
        if (found.get().is_missing()) return n > 2 ? keep(a[2]) : Value::nil();
    }
}

Value contains(Value* a, std::size_t) { return contains_value(a[0], a[1]); }

// Where x is among the items, or the last place with `backwards`; -1: nowhere, -2: the error is set.
Py_ssize_t place_of(const Value& xs, PyObject* x, Py_ssize_t from, bool backwards, const char* who) {
    if (is_text(xs) && PyUnicode_Check(x)) {
        return PyUnicode_Find(xs.as_object(), x, from, PY_SSIZE_T_MAX, backwards ? -1 : 1);
    }
    if (backwards && is_infinite(xs)) {
        (void)fail_endless(who);
        return -2;
    }
    Items items;
    if (!items.open(xs, who)) return -2;
    const Py_ssize_t skipped = items.skip(from);
    if (skipped < 0) return -2;
    Py_ssize_t found = -1;
    for (Py_ssize_t i = from;; ++i) {
        PyObject* each;
        const int got = items.next(&each);
        if (got <= 0) return got < 0 ? -2 : found;
        const Ref held = steal(each);
        const int same = PyObject_RichCompareBool(each, x, Py_EQ);
        if (same < 0) return -2;
        if (same == 1) found = i;
        if (same == 1 && !backwards) return found;
    }
}

Value place(Value* a, std::size_t n, bool backwards, const char* who) {
    Py_ssize_t from = 0;
    if (n > 2 && !read_integer(a[2], &from, who, "start")) return Value::error();
    const Ref x = boxed(a[1]);
    if (!x) return Value::error();
    const Py_ssize_t found = place_of(a[0], x.get(), from < 0 ? 0 : from, backwards, who);
    if (found == -2) return Value::error();
    return found < 0 ? Value::nil() : Value::integer(found);
}

Value index_of(Value* a, std::size_t n) { return place(a, n, false, "index-of"); }
Value last_index_of(Value* a, std::size_t n) { return place(a, n, true, "last-index-of"); }

Value peek(Value* a, std::size_t) {
    if (a[0].is_nil()) return Value::nil();
    if (a[0].is_object()) {
        PyObject* o = a[0].as_object();
        if (is_list(o)) return first_value(a[0], "peek");
        if (PyList_Check(o) || PyTuple_Check(o)) return last_value(a[0], "peek");
    }
    return fail(PyExc_TypeError, "peek: needs a vector, tuple or List, not %.200s", kind_name(a[0]));
}

Value pop(Value* a, std::size_t) {
    if (a[0].is_nil()) return Value::nil();
    if (a[0].is_object()) {
        PyObject* o = a[0].as_object();
        const bool cells = is_list(o);
        if (cells || PyList_Check(o) || PyTuple_Check(o)) {
            const Py_ssize_t n = cells ? list_count(o) : PySequence_Length(o);
            if (n < 0) return Value::error();
            if (n == 0) return fail(PyExc_IndexError, "pop: the collection is empty");
            if (cells) return borrow_value(list_rest(o));
            if (is_temporary(a[0], &PyList_Type)) {
                if (PyList_SetSlice(o, n - 1, n, nullptr) < 0) return Value::error();
                return take(a[0]);
            }
            return steal_value(PySequence_GetSlice(o, 0, n - 1));
        }
    }
    return fail(PyExc_TypeError, "pop: needs a vector, tuple or List, not %.200s", kind_name(a[0]));
}

constexpr NativeSpec table[] = {
    {"first", "[xs]",
     "The first item, nil when there is none. Takes it from an iterator.\n"
     "(first [1 2]) => 1\n"
     "(first nil) => nil",
     first, nullptr, 1, 1},
    {"second", "[xs]", "The second item, or nil.\n(second [1 2]) => 2", second, nullptr, 1, 1},
    {"rest", "[xs]",
     "All but the first item as a List.\n"
     "(rest [1 2 3]) => (2 3)\n"
     "(rest []) => ()",
     rest, nullptr, 1, 1},
    {"next", "[xs]",
     "As rest, but nil when nothing is left.\n"
     "(next [1 2]) => (2)\n"
     "(next [1]) => nil",
     next, nullptr, 1, 1},
    {"ffirst", "[xs]",
     "The first item of the first item.\n"
     "(ffirst [[1 2] 3]) => 1",
     first_of_first, nullptr, 1, 1},
    {"nfirst", "[xs]", "The next of the first item.\n(nfirst [[1 2] 3]) => (2)", rest_of_first, nullptr, 1, 1},
    {"fnext", "[xs]", "The same as second.\n(fnext [1 2 3]) => 2", second, nullptr, 1, 1},
    {"nnext", "[xs]", "The next of the next.\n(nnext [1 2 3]) => (3)", rest_of_rest, nullptr, 1, 1},
    {"last", "[xs]", "The last item, or nil.\n(last [1 2 3]) => 3", last, nullptr, 1, 1},
    {"butlast", "[xs]", "All but the last item.\n(butlast [1 2 3]) => [1 2]", but_last, nullptr, 1, 1},
    {"nth", "[xs i &opt default]",
     "The item at i, counted from 0. IndexError, or the default, when there is none; nil of nil.\n"
     "(nth [1 2 3] 2) => 3\n"
     "(nth [1] 5 :none) => :none",
     nth, nullptr, 2, 3},
    {"count", "[xs]",
     "How many items there are. An iterator is used up.\n"
     "(count [1 2 3]) => 3\n"
     "(count nil) => 0",
     count, nullptr, 1, 1},
    {"empty?", "[xs]",
     "Are there no items? Takes one from an iterator to find out.\n"
     "(empty? []) => true\n"
     "(empty? \"a\") => false",
     asks_empty, nullptr, 1, 1},
    {"not-empty", "[xs]",
     "xs, or nil when it has no items.\n"
     "(not-empty []) => nil\n"
     "(not-empty [1]) => [1]",
     not_empty, nullptr, 1, 1},
    {"seq", "[xs]",
     "The items, or nil when there are none; vectors and Lists as they are.\n"
     "(seq []) => nil\n"
     "(seq \"ab\") => [\"a\" \"b\"]",
     seq, nullptr, 1, 1},
    {"get", "[m k &opt default]",
     "The item of a map at k, of a sequence at index k, or default (nil). Never raises for a missing one.\n"
     "(get {:a 1} :a) => 1\n"
     "(get [1 2] 9 :none) => :none",
     get, nullptr, 2, 3},
    {"get-in", "[m ks &opt default]",
     "The item that the path of keys leads to, or default (nil).\n"
     "(get-in {:a [{:b 2}]} [:a 0 :b]) => 2\n"
     "(get-in {} [:a :b] 0) => 0",
     get_in, nullptr, 2, 3},
    {"contains?", "[xs x]",
     "Python's `x in xs`: among the items, the keys of a map, the parts of a string.\n"
     "(contains? {:a 1} :a) => true\n"
     "(contains? [1 2] 2) => true",
     contains, nullptr, 2, 2},
    {"index-of", "[xs x &opt start]",
     "Where x is first found, or nil; in a string where the string x begins.\n"
     "(index-of [5 6] 6) => 1\n"
     "(index-of \"hello\" \"l\") => 2\n"
     "(index-of [] 1) => nil",
     index_of, nullptr, 2, 3},
    {"last-index-of", "[xs x &opt start]",
     "Where x is found last, or nil.\n"
     "(last-index-of [1 2 1] 1) => 2",
     last_index_of, nullptr, 2, 3},
    {"peek", "[xs]",
     "The last item of a vector or tuple, the first of a List: what pop takes away.\n"
     "(peek [1 2]) => 2\n"
     "(peek '(1 2)) => 1",
     peek, nullptr, 1, 1},
    {"pop", "[xs]",
     "A vector or tuple without its last item, a List without its first.\n"
     "(pop [1 2]) => [1]\n"
     "(pop '(1 2)) => (2)",
     pop, nullptr, 1, 1},
};

}  // namespace

std::span<const NativeSpec> access_natives() { return table; }

Value contains_value(const Value& xs, const Value& x) {
    if (xs.is_nil()) return Value::boolean(false);
    const Boxed item(x);
    if (item.get() == nullptr) return Value::error();
    if (xs.is_object()) {
        PyObject* o = xs.as_object();
        if (PyDict_CheckExact(o)) {
            const int there = PyDict_Contains(o, item.get());
            return there < 0 ? Value::error() : Value::boolean(there == 1);
        }
        const PySequenceMethods* methods = Py_TYPE(o)->tp_as_sequence;
        if (methods != nullptr && methods->sq_contains != nullptr) {
            const int there = PySequence_Contains(o, item.get());
            return there < 0 ? Value::error() : Value::boolean(there == 1);
        }
    }
    Items items;
    if (!items.open(xs, "contains?")) return Value::error();
    for (;;) {
        PyObject* each;
        const int got = items.next(&each);
        if (got <= 0) return got < 0 ? Value::error() : Value::boolean(false);
        const Ref held = steal(each);
        const int same = PyObject_RichCompareBool(each, item.get(), Py_EQ);
        if (same != 0) return same < 0 ? Value::error() : Value::boolean(true);
    }
}

}  // namespace catena
