// Making collections, and adding to them: the answer is of the kind that was given, the argument stays as it was.
#include "vm/core_collections.hpp"

#include "lang/list.hpp"
#include "vm/core_lazy.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"

namespace catena {

namespace {

// Items that stand in a window.
class WindowItems {
public:
    WindowItems(const Value* items, std::size_t count) : at_(items), end_(items + count) {}
    [[nodiscard]] int next(PyObject** item) {
        if (at_ == end_) return 0;
        *item = new_object(*at_++);
        return *item != nullptr ? 1 : -1;
    }

private:
    const Value* at_;
    const Value* end_;
};

// Calls add(item) for each item; false with the error set when one fails.
template <class Source, class Add>
bool for_each(Source& source, Add add) {
    for (;;) {
        PyObject* item;
        const int got = source.next(&item);
        if (got <= 0) return got == 0;
        const Ref held = steal(item);
        if (!add(item)) return false;
    }
}

template <class Source>
Ref rest_as_vector(Source& source) {
    Ref items = steal(PyList_New(0));
    if (!items || !for_each(source, [&](PyObject* item) { return PyList_Append(items.get(), item) == 0; })) return {};
    return items;
}

template <class Source>
Value prepend_all(PyObject* list, Source& source) {
    Ref cells = borrow(list);
    const bool done = for_each(source, [&](PyObject* item) {
        cells = make_list(item, cells.get());
        return static_cast<bool>(cells);
    });
    return done ? own(std::move(cells)) : Value::error();
}

// One more entry for a map: a pair, another map, or nil.
bool add_entry(PyObject* map, PyObject* entry, const char* who) {
    if (entry == Py_None) return true;
    if (PyDict_Check(entry)) {
        if (PyDict_CheckExact(map)) return PyDict_Update(map, entry) == 0;
    } else if ((PyList_CheckExact(entry) || PyTuple_CheckExact(entry)) && Py_SIZE(entry) == 2) {
        PyObject* const* pair = PySequence_Fast_ITEMS(entry);
        const Ref key = borrow(pair[0]), value = borrow(pair[1]);  // the key's __eq__ may change the list
        return (PyDict_CheckExact(map) ? PyDict_SetItem(map, key.get(), value.get())
                                       : PyObject_SetItem(map, key.get(), value.get())) == 0;
    } else if (PyList_Check(entry) || PyTuple_Check(entry)) {
        const Ref pair = steal(PySequence_Tuple(entry));
        if (!pair) return false;
        if (PyTuple_GET_SIZE(pair.get()) == 2) {
            return PyObject_SetItem(map, PyTuple_GET_ITEM(pair.get(), 0), PyTuple_GET_ITEM(pair.get(), 1)) == 0;
        }
    }
    if (!PyMapping_Check(entry) || !PyObject_HasAttrString(entry, "keys")) {
        PyErr_Format(PyExc_TypeError, "%s: a map takes pairs [k v] and maps, not %.200s", who, Py_TYPE(entry)->tp_name);
        return false;
    }
    const Ref entries = steal(PyMapping_Items(entry));
    if (!entries) return false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(entries.get()); ++i) {
        const Ref pair = borrow(PyList_GET_ITEM(entries.get(), i));
        if (!PyTuple_Check(pair.get()) || PyTuple_GET_SIZE(pair.get()) != 2) {
            PyErr_Format(PyExc_TypeError, "%s: the items of %.200s are no pairs", who, Py_TYPE(entry)->tp_name);
            return false;
        }
        if (PyObject_SetItem(map, PyTuple_GET_ITEM(pair.get(), 0), PyTuple_GET_ITEM(pair.get(), 1)) < 0) return false;
    }
    return true;
}

// A copy of a mutable container that is neither list, set nor dict exactly, grown by its own method.
template <class Source>
Value add_by_method(PyObject* o, const char* method, Source& source) {
    Ref copy = copy_of(o);
    const Ref name = intern(method);
    if (!copy || !name) return Value::error();
    const bool done = for_each(source, [&](PyObject* item) {
        return static_cast<bool>(steal(PyObject_CallMethodOneArg(copy.get(), name.get(), item)));
    });
    return done ? own(std::move(copy)) : Value::error();
}

template <class Source>
Value add_all(Value& to, Source& source, const char* who) {
    if (to.is_nil()) return prepend_all(empty_list().get(), source);
    if (!to.is_object()) return fail(PyExc_TypeError, "%s: cannot add to %s", who, kind_name(to));
    PyObject* o = to.as_object();
    if (PyList_CheckExact(o) || PyRange_Check(o)) {
        Ref items = fresh_vector(to, who);
        if (!items || !for_each(source, [&](PyObject* item) { return PyList_Append(items.get(), item) == 0; })) {
            return Value::error();
        }
        return own(std::move(items));
    }
    if (is_list(o)) return prepend_all(o, source);
    if (PyDict_Check(o)) {
        Ref map = fresh_map(to, who);
        if (!map || !for_each(source, [&](PyObject* entry) { return add_entry(map.get(), entry, who); })) {
            return Value::error();
        }
        return own(std::move(map));
    }
    if (PySet_CheckExact(o)) {
        Ref set = is_temporary(to, &PySet_Type) ? steal(take(to).as_object()) : steal(PySet_New(o));
        if (!set || !for_each(source, [&](PyObject* item) { return PySet_Add(set.get(), item) == 0; })) {
            return Value::error();
        }
        return own(std::move(set));
    }
    if (PyTuple_Check(o)) {
        const Ref more = rest_as_vector(source);
        const Ref tail = more ? steal(PyList_AsTuple(more.get())) : Ref();
        return tail ? steal_value(PySequence_Concat(o, tail.get())) : Value::error();
    }
    if (PyFrozenSet_Check(o)) {
        const Ref more = rest_as_vector(source);
        const Ref set = more ? steal(PyFrozenSet_New(more.get())) : Ref();
        return set ? steal_value(PyNumber_Or(o, set.get())) : Value::error();
    }
    if (is_lazy_seq(o)) {
        const Ref more = rest_as_vector(source);
        if (!more || PyList_Reverse(more.get()) < 0) return Value::error();
        const Ref parts = steal(PyList_New(0));
        if (!parts || PyList_Append(parts.get(), more.get()) < 0 || PyList_Append(parts.get(), o) < 0) {
            return Value::error();
        }
        return own(lazy_concat(parts.get()));
    }
    if (PyAnySet_Check(o)) return add_by_method(o, "add", source);
    if (!PyUnicode_Check(o) && PyObject_HasAttrString(o, "append")) return add_by_method(o, "append", source);
    if (PyMapping_Check(o) && PyObject_HasAttrString(o, "keys")) {
        Ref map = copy_of(o);
        if (!map || !for_each(source, [&](PyObject* entry) { return add_entry(map.get(), entry, who); })) {
            return Value::error();
        }
        return own(std::move(map));
    }
    return fail(PyExc_TypeError, "%s: cannot add to %.200s", who, kind_name(to));
}

}  // namespace

Ref fresh_map(Value& slot, const char* who) {
    if (slot.is_nil()) return steal(PyDict_New());
    if (is_temporary(slot, &PyDict_Type)) return steal(take(slot).as_object());
    if (is_exactly(slot, &PyDict_Type)) return steal(PyDict_Copy(slot.as_object()));
    const Ref object = boxed(slot);
    if (!object) return {};
    const PyMappingMethods* mapping = Py_TYPE(object.get())->tp_as_mapping;
    const PySequenceMethods* sequence = Py_TYPE(object.get())->tp_as_sequence;
    if ((mapping != nullptr && mapping->mp_ass_subscript != nullptr) ||
        (sequence != nullptr && sequence->sq_ass_item != nullptr)) {
        return copy_of(object.get());
    }
    if (!PyObject_HasAttrString(object.get(), "keys")) {
        PyErr_Format(PyExc_TypeError, "%s: needs a map or a vector, not %.200s", who, kind_name(slot));
        return {};
    }
    // A mapping that cannot be changed becomes a dict.
    Ref made = steal(PyDict_New());
    return made && PyDict_Update(made.get(), object.get()) == 0 ? made : Ref();
}

Value add_to_map(Value& map, const Value* entries, std::size_t count, const char* who) {
    WindowItems items(entries, count);
    return add_all(map, items, who);
}

namespace {

Value conj(Value* a, std::size_t n) {
    if (n == 0) return steal_value(PyList_New(0));
    if (n == 1) return keep(a[0]);
    if (n == 2 && is_temporary(a[0], &PyList_Type)) {
        return append(a[0].as_object(), a[1]) < 0 ? Value::error() : take(a[0]);
    }
    WindowItems items(a + 1, n - 1);
    return add_all(a[0], items, "conj");
}

Value into(Value* a, std::size_t n) {
    if (n == 0) return steal_value(PyList_New(0));
    if (n == 1) return keep(a[0]);
    if (is_infinite(a[1])) return fail_endless("into");
    // A map goes into a map by its entries, though walking it gives its keys.
    const bool entries = a[1].is_object() && PyDict_Check(a[1].as_object()) && a[0].is_object() &&
                         PyMapping_Check(a[0].as_object()) && PyObject_HasAttrString(a[0].as_object(), "keys");
    if (entries) {
        WindowItems one(a + 1, 1);
        return add_all(a[0], one, "into");
    }
    Items items;
    if (!items.open(a[1], "into")) return Value::error();
    return add_all(a[0], items, "into");
}

Value cons(Value* a, std::size_t) {
    const Ref x = boxed(a[0]);
    if (!x) return Value::error();
    Ref tail;
    if (a[1].is_nil()) {
        tail = empty_list();
    } else if (is_infinite(a[1])) {
        const Ref head = steal(PyList_New(0));
        const Ref parts = steal(PyList_New(0));
        if (!head || !parts || PyList_Append(head.get(), x.get()) < 0 || PyList_Append(parts.get(), head.get()) < 0 ||
            PyList_Append(parts.get(), a[1].as_object()) < 0) {
            return Value::error();
        }
        return own(lazy_concat(parts.get()));
    } else if (is_exactly(a[1], &PyList_Type) || (a[1].is_object() && is_list(a[1].as_object()))) {
        tail = list_from(a[1].as_object());
    } else {
        const Ref items = copy_vector(a[1], "cons");
        tail = items ? list_from(items.get()) : Ref();
    }
    return tail ? own(make_list(x.get(), tail.get())) : Value::error();
}

Value concat(Value* a, std::size_t n) {
    if (n == 0) return steal_value(PyList_New(0));
    for (std::size_t i = 0; i < n; ++i) {
        if (!is_infinite(a[i])) continue;
        const Ref parts = steal(PyList_New(0));
        for (std::size_t j = 0; parts && j < n; ++j) {
            if (append(parts.get(), a[j]) < 0) return Value::error();
        }
        return parts ? own(lazy_concat(parts.get())) : Value::error();
    }
    Ref all = fresh_vector(a[0], "concat");
    if (!all) return Value::error();
    for (std::size_t i = 1; i < n; ++i) {
        if (a[i].is_nil()) continue;
        const Py_ssize_t end = PyList_GET_SIZE(all.get());
        if (is_exactly(a[i], &PyList_Type) || is_exactly(a[i], &PyTuple_Type)) {
            if (PyList_SetSlice(all.get(), end, end, a[i].as_object()) < 0) return Value::error();
            continue;
        }
        Items items;
        if (!items.open(a[i], "concat")) return Value::error();
        if (!for_each(items, [&](PyObject* item) { return PyList_Append(all.get(), item) == 0; }))
            return Value::error();
    }
    return own(std::move(all));
}

Value disj(Value* a, std::size_t n) {
    if (a[0].is_nil()) return Value::nil();
    if (!a[0].is_object() || !PyAnySet_Check(a[0].as_object())) {
        return fail(PyExc_TypeError, "disj: needs a set, not %.200s", kind_name(a[0]));
    }
    PyObject* o = a[0].as_object();
    if (PyFrozenSet_Check(o)) {
        WindowItems gone(a + 1, n - 1);
        const Ref items = rest_as_vector(gone);
        const Ref set = items ? steal(PySet_New(items.get())) : Ref();
        return set ? steal_value(PyNumber_Subtract(o, set.get())) : Value::error();
    }
    Ref set;
    if (PySet_CheckExact(o))
        set = is_temporary(a[0], &PySet_Type) ? steal(take(a[0]).as_object()) : steal(PySet_New(o));
    else
        set = copy_of(o);
    for (std::size_t i = 1; set && i < n; ++i) {
        const Ref item = boxed(a[i]);
        if (!item || PySet_Discard(set.get(), item.get()) < 0) return Value::error();
    }
    return own(std::move(set));
}

Value empty(Value* a, std::size_t) {
    if (!a[0].is_object()) return Value::nil();
    PyObject* o = a[0].as_object();
    if (is_list(o)) return own(empty_list());
    const bool collection = PyList_Check(o) || PyTuple_CheckExact(o) || PyDict_Check(o) || PyAnySet_Check(o);
    if (!collection) return Value::nil();
    return steal_value(PyObject_CallNoArgs(reinterpret_cast<PyObject*>(Py_TYPE(o))));
}

Value vector(Value* a, std::size_t n) {
    Ref made = steal(PyList_New(static_cast<Py_ssize_t>(n)));
    for (std::size_t i = 0; made && i < n; ++i) {
        PyObject* item = new_object(a[i]);
        if (item == nullptr) return Value::error();
        PyList_SET_ITEM(made.get(), static_cast<Py_ssize_t>(i), item);
    }
    return own(std::move(made));
}

Value vec(Value* a, std::size_t) { return own(fresh_vector(a[0], "vec")); }

// Walks to the end: as a vector, so that iterators are not lost.
Value doall(Value* a, std::size_t) {
    if (is_exactly(a[0], &PyList_Type)) return keep(a[0]);
    return own(copy_vector(a[0], "doall"));
}

Value dorun(Value* a, std::size_t) {
    if (is_infinite(a[0])) return fail_endless("dorun");
    Items items;
    if (!items.open(a[0], "dorun")) return Value::error();
    return items.skip(PY_SSIZE_T_MAX) < 0 ? Value::error() : Value::nil();
}

Value list_star(Value* a, std::size_t n) {
    const Ref tail = copy_vector(a[n - 1], "list*");
    Ref made = tail ? list_from(tail.get()) : Ref();
    for (std::size_t i = n - 1; made && i > 0; --i) {
        const Ref item = boxed(a[i - 1]);
        made = item ? make_list(item.get(), made.get()) : Ref();
    }
    return own(std::move(made));
}

Value hash_set(Value* a, std::size_t n) {
    Ref made = steal(PySet_New(nullptr));
    for (std::size_t i = 0; made && i < n; ++i) {
        const Ref item = boxed(a[i]);
        if (!item || PySet_Add(made.get(), item.get()) < 0) return Value::error();
    }
    return own(std::move(made));
}

constexpr NativeSpec table[] = {
    {"vector", "[& xs]", "A vector of the operands.\n(vector 1 2) => [1 2]", vector, nullptr, 0, -1},
    {"vec", "[xs]",
     "A new vector of the items.\n"
     "(vec '(1 2)) => [1 2]\n"
     "(vec \"ab\") => [\"a\" \"b\"]",
     vec, nullptr, 1, 1},
    {"list*", "[x & more]",
     "A List of the operands and then the items of the last.\n"
     "(list* 1 2 [3 4]) => (1 2 3 4)",
     list_star, nullptr, 1, -1},
    {"hash-set", "[& xs]", "A set of the operands.\n(count (hash-set 1 1 2)) => 2", hash_set, nullptr, 0, -1},
    {"cons", "[x xs]",
     "A List of x and then the items of xs.\n"
     "(cons 1 [2 3]) => (1 2 3)",
     cons, nullptr, 2, 2},
    {"conj", "[coll & xs]",
     "coll with more items, of its own kind: at the end of vectors and tuples, in front of Lists, entries [k "
     "v] or maps into maps.\n"
     "(conj [1] 2 3) => [1 2 3]\n"
     "(conj '(1) 2) => (2 1)\n"
     "(conj {:a 1} [:b 2]) => {:a 1 :b 2}",
     conj, nullptr, 0, -1},
    {"concat", "[& colls]",
     "The items of all, as a vector; a lazy sequence when one never ends.\n"
     "(concat [1] '(2) \"a\") => [1 2 \"a\"]",
     concat, nullptr, 0, -1},
    {"into", "[to from]",
     "to with all items of from, as conj adds them.\n"
     "(into [1] [2 3]) => [1 2 3]\n"
     "(into {} [[:a 1]]) => {:a 1}\n"
     "(into '() [1 2]) => (2 1)",
     into, nullptr, 0, 2},
    {"disj", "[set & xs]", "The set without these items.\n(disj #{1 2} 2) => #{1}", disj, nullptr, 1, -1},
    {"empty", "[coll]",
     "An empty collection of the same kind, nil for what is none.\n"
     "(empty [1 2]) => []",
     empty, nullptr, 1, 1},
    {"doall", "[xs]",
     "Walks xs to its end and answers the items as a vector.\n"
     "(doall (take 2 (repeat 1))) => [1 1]",
     doall, nullptr, 1, 1},
    {"dorun", "[xs]",
     "Walks xs to its end for what that does; nil.\n"
     "(dorun [1 2]) => nil",
     dorun, nullptr, 1, 1},
};

}  // namespace

bool is_native_conj(const Value& f) {
    return f.is_object() && is_native(f.as_object()) && reinterpret_cast<Native*>(f.as_object())->function == conj;
}

std::span<const NativeSpec> collection_natives() { return table; }

}  // namespace catena
