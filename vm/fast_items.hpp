// Items of exact lists, tuples and dicts without a chain's run and without a call: what CHAIN_ITEM, GET, PUSH and their kin
// try first. The stress build tries nothing here.
#pragma once

#include "bridge/dict_layout.hpp"
#include "bridge/numpy_scalars.hpp"
#include "bridge/stats.hpp"
#include "bridge/value.hpp"
#include "lang/keyword.hpp"
#include "vm/slow.hpp"
#include "vm/stack.hpp"

namespace catena {

// A key that hashes and compares as str does, without running Python code of anybody's.
[[nodiscard]] inline bool is_plain_name(const Value& key) {
    return key.tag == Tag::object && (PyUnicode_CheckExact(key.as_object()) || is_keyword(key.as_object()));
}

// The hash of a key that is_plain_name: the object remembers it after the first time. -1 with no error set: unknown yet.
[[nodiscard]] inline Py_hash_t remembered_hash(PyObject* name) { return reinterpret_cast<PyASCIIObject*>(name)->hash; }

// An owned canonical value of a plain name's entry, or missing when there is none; errors are the slow path's to report.
[[nodiscard]] inline Value fast_entry(PyObject* dict, PyObject* name) {
#if CATENA_DICT_LAYOUT
    if (PyObject* value = find_in_small_dict(dict, name)) return borrow_value(value);
#endif
    const Py_hash_t hash = remembered_hash(name);
    PyObject* item = hash != -1 ? _PyDict_GetItem_KnownHash(dict, name, hash) : PyDict_GetItemWithError(dict, name);
    if (item != nullptr) return borrow_value(item);
    if (PyErr_Occurred() != nullptr) PyErr_Clear();
    return Value::missing();
}

// As fast_entry, under an integer.
[[nodiscard]] inline Value fast_numbered_entry(PyObject* dict, const Value& key) {
    PyObject* number = new_object(key);
    PyObject* item = number != nullptr ? PyDict_GetItemWithError(dict, number) : nullptr;
    const Value value = item != nullptr ? borrow_value(item) : Value::missing();
    Py_XDECREF(number);
    if (item == nullptr && PyErr_Occurred() != nullptr) PyErr_Clear();
    return value;
}

// The item as an owned canonical value, or missing when this is nothing for the fast path (errors included).
[[nodiscard]] [[gnu::always_inline]] inline Value fast_item(const Value& container, const Value& key) {
#ifndef CATENA_STRESS
    if (container.tag == Tag::object) {
        PyObject* object = container.as_object();
        if (key.tag == Tag::integer) {
            if (PyDict_CheckExact(object)) return fast_numbered_entry(object, key);
            std::int64_t index = key.as_integer();
            if (PyList_CheckExact(object)) {
                const std::int64_t size = PyList_GET_SIZE(object);
                if (index < 0) index += size;
                if (static_cast<std::uint64_t>(index) < static_cast<std::uint64_t>(size))
                    return borrow_value(PyList_GET_ITEM(object, index));
            } else if (PyTuple_CheckExact(object)) {
                const std::int64_t size = PyTuple_GET_SIZE(object);
                if (index < 0) index += size;
                if (static_cast<std::uint64_t>(index) < static_cast<std::uint64_t>(size))
                    return borrow_value(PyTuple_GET_ITEM(object, index));
            } else {
                return array_item_at(object, index);
            }
        } else if (PyDict_CheckExact(object) && is_plain_name(key)) {
            return fast_entry(object, key.as_object());
        }
    }
#else
    (void)container, (void)key;
#endif
    return Value::missing();
}

// Makes the number object in `place` hold another number of its type, when nobody else can see the object; false
// otherwise. A list whose floats are updated in a loop so allocates nothing.
[[nodiscard]] inline bool renumber(PyObject* place, const Value& value) {
    if (Py_REFCNT(place) != 1) return false;
    if (value.tag == Tag::real && PyFloat_CheckExact(place)) {
        reinterpret_cast<PyFloatObject*>(place)->ob_fval = value.as_real();
        return true;
    }
#if PY_VERSION_HEX < 0x030C0000
    // Of one digit before and after. The smallest integers exist once and are shared.
    constexpr std::int64_t digit = std::int64_t{1} << PyLong_SHIFT;
    if (value.tag == Tag::integer && PyLong_CheckExact(place)) {
        const std::int64_t i = value.as_integer();
        const Py_ssize_t size = Py_SIZE(place);
        if ((size != 1 && size != -1) || i <= -digit || i >= digit ||
            (i >= least_shared_integer && i <= greatest_shared_integer))
            return false;
        reinterpret_cast<PyLongObject*>(place)->ob_digit[0] = static_cast<::digit>(i < 0 ? -i : i);
        Py_SET_SIZE(reinterpret_cast<PyVarObject*>(place), i < 0 ? -1 : 1);
        return true;
    }
#endif
    return false;
}

// Stores under a plain name into an exact dict; false when this is nothing for the fast path.
[[nodiscard]] inline bool fast_set_entry(const Value& container, const Value& key, const Value& value) {
    if (!is_plain_name(key) || !PyDict_CheckExact(container.as_object())) return false;
    PyObject* dict = container.as_object();
    PyObject* name = key.as_object();
#if CATENA_DICT_LAYOUT
    PyObject* const* place = place_in_small_dict(dict, name);
    if (place != nullptr && value.tag != Tag::object && renumber(*place, value)) return true;
#endif
    PyObject* object = new_object(value);
#if CATENA_DICT_LAYOUT
    if (place != nullptr && object != nullptr && (value.tag != Tag::object || PyObject_GC_IsTracked(dict) != 0) &&
        replace_in_dict(dict, place, object))
        return true;
#endif
#if PY_VERSION_HEX < 0x030D0000
    const Py_hash_t hash = remembered_hash(name);
    const bool stored = object != nullptr && (hash != -1 ? _PyDict_SetItem_KnownHash(dict, name, object, hash)
                                                         : PyDict_SetItem(dict, name, object)) == 0;
#else
    const bool stored = object != nullptr && PyDict_SetItem(dict, name, object) == 0;
#endif
    Py_XDECREF(object);
    if (!stored) PyErr_Clear();
    return stored;
}

// Stores into an exact list or array, or under a plain name into an exact dict; false when this is nothing for the fast path.
[[nodiscard]] [[gnu::always_inline]] inline bool fast_set_item(const Value& container, const Value& key,
                                                               const Value& value) {
#ifndef CATENA_STRESS
    if (container.tag != Tag::object) return false;
    PyObject* list = container.as_object();
    if (key.tag != Tag::integer) return fast_set_entry(container, key, value);
    std::int64_t index = key.as_integer();
    if (!PyList_CheckExact(list)) return set_array_item_at(list, index, value);
    if (index < 0) index += PyList_GET_SIZE(list);
    if (static_cast<std::uint64_t>(index) >= static_cast<std::uint64_t>(PyList_GET_SIZE(list))) return false;
    PyObject* old = PyList_GET_ITEM(list, index);
    if (renumber(old, value)) return true;
    PyObject* object = new_object(value);
    if (object == nullptr) {
        PyErr_Clear();
        return false;
    }
    PyList_SET_ITEM(list, index, object);
    Py_DECREF(old);
    return true;
#else
    (void)container, (void)key, (void)value;
    return false;
#endif
}

// Appends R[b], a temporary that is consumed or a local that is kept, to the exact list; false on memory errors.
[[nodiscard]] [[gnu::always_inline]] inline bool fast_push(Frame& frame, const Instr& i) {
    PyObject* object = nullptr;
    Value& v = frame.base[i.b];
    if (v.tag == Tag::object && is_temporary(frame, i.b)) {
        object = v.as_object();
        v.tag = Tag::nil;
    } else {
        object = new_object(v);
        if (object == nullptr) return false;
    }
    // Making the object may have run the collector, so the list is looked at now.
    auto* list = reinterpret_cast<PyListObject*>(frame.base[i.a].as_object());
    const Py_ssize_t size = Py_SIZE(list);
    if (__builtin_expect(size < list->allocated, 1)) {
        list->ob_item[size] = object;
        Py_SET_SIZE(list, size + 1);
        return true;
    }
    const bool appended = PyList_Append(reinterpret_cast<PyObject*>(list), object) == 0;
    Py_DECREF(object);
    return appended;
}

// UNPACK of an exact list or tuple that is long enough, when nobody wants the rest.
[[nodiscard]] [[gnu::always_inline]] inline bool fast_unpack(Frame& frame, const Instr& i) {
#ifndef CATENA_STRESS
    const Value& source = frame.base[i.b];
    if (source.tag != Tag::object || i.x != 0) return false;
    PyObject* object = source.as_object();
    PyObject* const* items;
    if (PyList_CheckExact(object)) {
        items = reinterpret_cast<PyListObject*>(object)->ob_item;
    } else if (PyTuple_CheckExact(object)) {
        items = reinterpret_cast<PyTupleObject*>(object)->ob_item;
    } else {
        return false;
    }
    const std::size_t count = i.c;
    if (static_cast<std::size_t>(Py_SIZE(object)) < count) return false;
    // An operand that is overwritten as well is the slow path's.
    if (static_cast<std::size_t>(i.b) - i.a < count) return false;
    Value* out = frame.base + i.a;
    for (std::size_t n = 0; n < count; ++n) {
        const Value item = borrow_value(items[n]);
        out[n].tag = item.tag;
        out[n].bits = item.bits;
    }
    consume(frame, i.b);
    return true;
#else
    (void)frame, (void)i;
    return false;
#endif
}

// After a store: the stored value is the result too, when somebody wants it. COUNT operands follow the instruction.
template <std::size_t COUNT>
[[gnu::always_inline]] inline void finish_set_item(Frame& frame, const Instr& i, const Value& stored) {
    ++stats.items;
    const Value result{stored.tag, stored.bits};
    const bool wanted = (i.x & item_unwanted) == 0;
    if (wanted) result.retain();
    if ((i.x & item_temporaries) != 0)
        for (std::size_t n = 0; n < COUNT; ++n) consume(frame, operand_register(&i + 1, n));
    if (!wanted) return;
    frame.base[i.a].tag = result.tag;
    frame.base[i.a].bits = result.bits;
}

// Counts the chain, consumes the operands and writes the result, in this order: a release can run any code.
template <std::size_t COUNT>
[[gnu::always_inline]] inline void put_item_result(Frame& frame, const Instr& i, const Value& result) {
    ++stats.items;
    if ((i.x & item_temporaries) != 0)
        for (std::size_t n = 0; n < COUNT; ++n) consume(frame, operand_register(&i + 1, n));
    Value& target = frame.base[i.a];
    target.tag = result.tag;
    target.bits = result.bits;
}

// Writes what GET or LOOKUP found: the register may be an operand that is kept, whose value is then released last.
[[gnu::always_inline]] inline void put_found(Frame& frame, const Instr& i, const Value& result) {
    Value& target = frame.base[i.a];
    const Tag old_tag = target.tag;
    PyObject* old = target.as_object();
    target.tag = result.tag;
    target.bits = result.bits;
    if (old_tag == Tag::object) Py_DECREF(old);
}

}  // namespace catena
