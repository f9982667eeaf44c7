// Maps: making, changing and taking them apart. Vectors count as maps from index to item where Clojure has it so.
#include <vector>

#include "bridge/items.hpp"
#include "lang/list.hpp"
#include "vm/core_collections.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

bool store(PyObject* map, const Value& key, const Value& value) {
    const Ref k = boxed(key);
    const Ref v = boxed(value);
    if (!k || !v) return false;
    return (PyDict_CheckExact(map) ? PyDict_SetItem(map, k.get(), v.get()) : PyObject_SetItem(map, k.get(), v.get())) ==
           0;
}

// items[index] := value, one past the end appends.
bool store_at(PyObject* items, const Value& index, const Value& value, const char* who) {
    Py_ssize_t i;
    if (!read_integer(index, &i, who, "index")) return false;
    const Py_ssize_t n = PyList_GET_SIZE(items);
    if (i < 0 || i > n) {
        PyErr_Format(PyExc_IndexError, "%s: index %zd out of range for %zd item%s", who, i, n, n == 1 ? "" : "s");
        return false;
    }
    if (i == n) return append(items, value) == 0;
    PyObject* v = new_object(value);
    return v != nullptr && PyList_SetItem(items, i, v) == 0;
}

// `to` with pairs key, value, … added; takes `to` out of its slot where that saves a copy.
Value assoc_pairs(Value& to, const Value* pairs, std::size_t count, const char* who) {
    if (to.is_object()) {
        PyObject* o = to.as_object();
        if (PyList_CheckExact(o) || PyTuple_CheckExact(o)) {
            const bool tuple = PyTuple_CheckExact(o);
            Ref items = fresh_vector(to, who);
            for (std::size_t i = 0; items && i < count; i += 2) {
                if (!store_at(items.get(), pairs[i], pairs[i + 1], who)) return Value::error();
            }
            if (items && tuple) return steal_value(PyList_AsTuple(items.get()));
            return own(std::move(items));
        }
        if (PyUnicode_Check(o) || PyBytes_Check(o) || is_list(o) || PyAnySet_Check(o)) {
            return fail(PyExc_TypeError, "%s: needs a map or a vector, not %.200s", who, kind_name(to));
        }
    } else if (!to.is_nil()) {
        return fail(PyExc_TypeError, "%s: needs a map or a vector, not %s", who, kind_name(to));
    }
    Ref map = fresh_map(to, who);
    for (std::size_t i = 0; map && i < count; i += 2) {
        if (!store(map.get(), pairs[i], pairs[i + 1])) return Value::error();
    }
    return own(std::move(map));
}

Value assoc(Value* a, std::size_t n) {
    if (n % 2 == 0) return fail(PyExc_TypeError, "assoc: the last key has no value");
    return assoc_pairs(a[0], a + 1, n - 1, "assoc");
}

Value assoc_in(Value* a, std::size_t) {
    const Ref path = copy_vector(a[1], "assoc-in");
    if (!path) return Value::error();
    const Py_ssize_t depth = PyList_GET_SIZE(path.get());
    if (depth == 0) return fail(PyExc_ValueError, "assoc-in: the path is empty");
    // Down along the path, then up again, changing one level after the other.
    std::vector<Value> levels;
    levels.push_back(keep(a[0]));
    for (Py_ssize_t i = 0; i + 1 < depth && !levels.back().is_error(); ++i) {
        const Held key(borrow_value(PyList_GET_ITEM(path.get(), i)));
        levels.push_back(get_or_default(levels.back(), key.get(), Value::nil()));
    }
    Held made(levels.back().is_error() ? Value::error() : keep(a[2]));
    for (Py_ssize_t i = depth; i > 0 && !made.failed(); --i) {
        const Held key(borrow_value(PyList_GET_ITEM(path.get(), i - 1)));
        const Value pair[] = {key.get(), made.get()};
        made.set(assoc_pairs(levels[static_cast<std::size_t>(i - 1)], pair, 2, "assoc-in"));
    }
    for (const Value& level : levels) level.release();
    return made.release();
}

bool is_map(const Value& v) {
    if (!v.is_object()) return false;
    PyObject* o = v.as_object();
    return PyDict_Check(o) ||
           (!PyList_Check(o) && !PyTuple_Check(o) && PyMapping_Check(o) && PyObject_HasAttrString(o, "keys"));
}

bool needs_map(const Value& v, const char* who) {
    if (v.is_nil() || is_map(v)) return true;
    PyErr_Format(PyExc_TypeError, "%s: needs a map, not %.200s", who, kind_name(v));
    return false;
}

Value dissoc(Value* a, std::size_t n) {
    if (a[0].is_nil()) return Value::nil();
    if (!needs_map(a[0], "dissoc")) return Value::error();
    if (n == 1) return keep(a[0]);
    Ref map = fresh_map(a[0], "dissoc");
    for (std::size_t i = 1; map && i < n; ++i) {
        const Ref key = boxed(a[i]);
        if (!key) return Value::error();
        if (PyObject_DelItem(map.get(), key.get()) == 0) continue;
        if (!PyErr_ExceptionMatches(PyExc_KeyError)) return Value::error();
        PyErr_Clear();
    }
    return own(std::move(map));
}

Value merge(Value* a, std::size_t n) {
    std::size_t first = 0;
    while (first < n && a[first].is_nil()) ++first;
    if (first == n) return Value::nil();
    if (!needs_map(a[first], "merge")) return Value::error();
    return add_to_map(a[first], a + first + 1, n - first - 1, "merge");
}

Value merge_with(Value* a, std::size_t n) {
    std::size_t first = 1;
    while (first < n && a[first].is_nil()) ++first;
    if (first == n) return Value::nil();
    for (std::size_t i = first; i < n; ++i) {
        if (!needs_map(a[i], "merge-with")) return Value::error();
    }
    Ref made = fresh_map(a[first], "merge-with");
    for (std::size_t i = first + 1; made && i < n; ++i) {
        if (a[i].is_nil()) continue;
        const Ref entries = steal(PyMapping_Items(a[i].as_object()));
        if (!entries) return Value::error();
        for (Py_ssize_t e = 0; e < PyList_GET_SIZE(entries.get()); ++e) {
            PyObject* pair = PyList_GET_ITEM(entries.get(), e);
            if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2) {
                return fail(PyExc_TypeError, "merge-with: the items of %.200s are no pairs", kind_name(a[i]));
            }
            const Held key(borrow_value(PyTuple_GET_ITEM(pair, 0)));
            const Held value(borrow_value(PyTuple_GET_ITEM(pair, 1)));
            const Held before(get_or_default(Value::object(made.get()), key.get(), Value::missing()));
            if (before.failed()) return Value::error();
            Held both;
            if (!before.get().is_missing()) {
                const Value arguments[] = {before.get(), value.get()};
                both.set(call_value(a[0], arguments, 2));
                if (both.failed()) return Value::error();
            }
            if (!store(made.get(), key.get(), before.get().is_missing() ? value.get() : both.get()))
                return Value::error();
        }
    }
    return own(std::move(made));
}

Value select_keys(Value* a, std::size_t) {
    Ref made = steal(PyDict_New());
    Items keys;
    if (!made || !keys.open(a[1], "select-keys")) return Value::error();
    for (;;) {
        Held key;
        const int got = keys.next(key.slot());
        if (got < 0) return Value::error();
        if (got == 0) return own(std::move(made));
        const Held value(get_or_default(a[0], key.get(), Value::missing()));
        if (value.failed()) return Value::error();
        if (!value.get().is_missing() && !store(made.get(), key.get(), value.get())) return Value::error();
    }
}

Value keys(Value* a, std::size_t) {
    if (!needs_map(a[0], "keys")) return Value::error();
    return steal_value(a[0].is_nil() ? PyList_New(0) : PyMapping_Keys(a[0].as_object()));
}

// Of mappings whose `values` is no method (a DataFrame's), the values are looked up.
Value vals(Value* a, std::size_t) {
    if (!needs_map(a[0], "vals")) return Value::error();
    if (a[0].is_nil()) return steal_value(PyList_New(0));
    PyObject* map = a[0].as_object();
    if (PyDict_CheckExact(map)) return steal_value(PyDict_Values(map));
    const Ref method = steal(PyObject_GetAttrString(map, "values"));
    if (method && PyCallable_Check(method.get())) return steal_value(PyMapping_Values(map));
    PyErr_Clear();
    const Ref all = steal(PyMapping_Keys(map));
    Ref made = all ? steal(PyList_New(0)) : Ref();
    for (Py_ssize_t i = 0; made && i < PyList_GET_SIZE(all.get()); ++i) {
        const Ref value = steal(PyObject_GetItem(map, PyList_GET_ITEM(all.get(), i)));
        if (!value || PyList_Append(made.get(), value.get()) < 0) return Value::error();
    }
    return own(std::move(made));
}

Value items(Value* a, std::size_t) {
    if (!needs_map(a[0], "items")) return Value::error();
    return steal_value(a[0].is_nil() ? PyList_New(0) : PyMapping_Items(a[0].as_object()));
}

Value find(Value* a, std::size_t) {
    const Held value(get_or_default(a[0], a[1], Value::missing()));
    if (value.failed()) return Value::error();
    if (value.get().is_missing()) return Value::nil();
    Ref entry = steal(PyList_New(0));
    if (!entry || append(entry.get(), a[1]) < 0 || append(entry.get(), value.get()) < 0) return Value::error();
    return own(std::move(entry));
}

// One half of an entry [k v].
template <int half>
Value part_of_entry(Value* a, std::size_t) {
    const char* who = half == 0 ? "key" : "val";
    const bool fits = a[0].is_object() && (PyList_Check(a[0].as_object()) || PyTuple_Check(a[0].as_object())) &&
                      PySequence_Length(a[0].as_object()) == 2;
    if (!fits) return fail(PyExc_TypeError, "%s: needs an entry [k v], not %.200s", who, kind_name(a[0]));
    return steal_value(PySequence_GetItem(a[0].as_object(), half));
}

Value hash_map(Value* a, std::size_t n) {
    if (n % 2 != 0) return fail(PyExc_TypeError, "hash-map: the last key has no value");
    Ref made = steal(PyDict_New());
    for (std::size_t i = 0; made && i < n; i += 2) {
        if (!store(made.get(), a[i], a[i + 1])) return Value::error();
    }
    return own(std::move(made));
}

Value zipmap(Value* a, std::size_t) {
    if (is_infinite(a[0]) && is_infinite(a[1])) return fail_endless("zipmap");
    Items names;
    Items values;
    Ref made = steal(PyDict_New());
    if (!made || !names.open(a[0], "zipmap") || !values.open(a[1], "zipmap")) return Value::error();
    for (;;) {
        PyObject* item;
        int got = names.next(&item);
        if (got <= 0) return got < 0 ? Value::error() : own(std::move(made));
        const Ref key = steal(item);
        got = values.next(&item);
        if (got <= 0) return got < 0 ? Value::error() : own(std::move(made));
        const Ref value = steal(item);
        if (PyDict_SetItem(made.get(), key.get(), value.get()) < 0) return Value::error();
    }
}

Value frequencies(Value* a, std::size_t) {
    if (is_infinite(a[0])) return fail_endless("frequencies");
    Items items;
    Ref made = steal(PyDict_New());
    if (!made || !items.open(a[0], "frequencies")) return Value::error();
    for (;;) {
        PyObject* item;
        const int got = items.next(&item);
        if (got <= 0) return got < 0 ? Value::error() : own(std::move(made));
        const Ref key = steal(item);
        PyObject* before = PyDict_GetItemWithError(made.get(), key.get());
        if (before == nullptr && PyErr_Occurred() != nullptr) return Value::error();
        const Ref times = steal(PyLong_FromLong(before == nullptr ? 1 : PyLong_AsLong(before) + 1));
        if (!times || PyDict_SetItem(made.get(), key.get(), times.get()) < 0) return Value::error();
    }
}

constexpr NativeSpec table[] = {
    {"hash-map", "[& kvs]",
     "A map of keys and values in turn.\n"
     "(hash-map :a 1 :b 2) => {:a 1 :b 2}",
     hash_map, nullptr, 0, -1},
    {"assoc", "[m k v & kvs]",
     "The map with values put at keys, the vector with items put at indices (one past the end adds); nil is an "
     "empty map.\n"
     "(assoc {:a 1} :b 2) => {:a 1 :b 2}\n"
     "(assoc [1 2] 1 :x) => [1 :x]\n"
     "(assoc nil :a 1) => {:a 1}",
     assoc, nullptr, 3, -1},
    {"assoc-in", "[m ks v]",
     "The map with v put where the path of keys leads; missing levels become maps.\n"
     "(assoc-in {} [:a :b] 1) => {:a {:b 1}}\n"
     "(assoc-in [{:n 1}] [0 :n] 2) => [{:n 2}]",
     assoc_in, nullptr, 3, 3},
    {"dissoc", "[m & ks]",
     "The map without these keys.\n"
     "(dissoc {:a 1 :b 2} :a :c) => {:b 2}",
     dissoc, nullptr, 1, -1},
    {"merge", "[& maps]",
     "One map of all entries; later maps win.\n"
     "(merge {:a 1} {:a 2 :b 3} nil) => {:a 2 :b 3}",
     merge, nullptr, 0, -1},
    {"merge-with", "[f & maps]",
     "As merge; values of a key that is there already become (f before new).\n"
     "(merge-with + {:a 1} {:a 2 :b 3}) => {:a 3 :b 3}",
     merge_with, nullptr, 1, -1},
    {"select-keys", "[m ks]",
     "A map of those keys of m that are there.\n"
     "(select-keys {:a 1 :b 2} [:a :c]) => {:a 1}",
     select_keys, nullptr, 2, 2},
    {"keys", "[m]",
     "The keys of a map, in its order.\n"
     "(keys {:a 1 :b 2}) => [:a :b]",
     keys, nullptr, 1, 1},
    {"vals", "[m]",
     "The values of a map, in its order.\n"
     "(vals {:a 1 :b 2}) => [1 2]",
     vals, nullptr, 1, 1},
    {"items", "[m]",
     "The entries of a map as tuples, in its order.\n"
     "(items {:a 1}) => [#[:a 1]]",
     items, nullptr, 1, 1},
    {"find", "[m k]",
     "The entry [k v] of key k, or nil when there is none.\n"
     "(find {:a nil} :a) => [:a nil]\n"
     "(find {} :a) => nil",
     find, nullptr, 2, 2},
    {"key", "[entry]", "The key of an entry.\n(key [:a 1]) => :a", part_of_entry<0>, nullptr, 1, 1},
    {"val", "[entry]", "The value of an entry.\n(val [:a 1]) => 1", part_of_entry<1>, nullptr, 1, 1},
    {"zipmap", "[ks vs]",
     "A map of keys from ks and values from vs.\n"
     "(zipmap [:a :b] [1 2]) => {:a 1 :b 2}",
     zipmap, nullptr, 2, 2},
    {"frequencies", "[xs]",
     "How often each item occurs.\n"
     "(frequencies [:a :b :a]) => {:a 2 :b 1}",
     frequencies, nullptr, 1, 1},
};

}  // namespace

bool is_native_assoc(const Value& f) {
    return f.is_object() && is_native(f.as_object()) && reinterpret_cast<Native*>(f.as_object())->function == assoc;
}

std::span<const NativeSpec> map_natives() { return table; }

}  // namespace catena
