// Items of exact lists, tuples and dicts without a chain's run: what CHAIN_ITEM and its kin try first.
#pragma once

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

// The item as an owned canonical value, or missing when this is nothing for the fast path (errors included).
[[nodiscard]] inline Value fast_item(const Value& container, const Value& key) {
#ifndef CATENA_STRESS
    if (container.tag == Tag::object) {
        PyObject* object = container.as_object();
        if (key.tag == Tag::integer) {
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
            }
        } else if (is_plain_name(key) && PyDict_CheckExact(object)) {
            // An error or a missing key is the chain's to report.
            PyObject* item = PyDict_GetItemWithError(object, key.as_object());
            if (item != nullptr) return borrow_value(item);
            PyErr_Clear();
        }
    }
#else
    (void)container, (void)key;
#endif
    return Value::missing();
}

// Stores into an exact list, or under a str key into an exact dict; false when this is nothing for the fast path.
[[nodiscard]] inline bool fast_set_item(const Value& container, const Value& key, const Value& value) {
#ifndef CATENA_STRESS
    if (container.tag != Tag::object) return false;
    PyObject* list = container.as_object();
    if (is_plain_name(key) && PyDict_CheckExact(list)) {
        PyObject* object = new_object(value);
        const bool stored = object != nullptr && PyDict_SetItem(list, key.as_object(), object) == 0;
        Py_XDECREF(object);
        if (!stored) PyErr_Clear();
        return stored;
    }
    if (key.tag != Tag::integer || !PyList_CheckExact(list)) return false;
    std::int64_t index = key.as_integer();
    if (index < 0) index += PyList_GET_SIZE(list);
    if (static_cast<std::uint64_t>(index) >= static_cast<std::uint64_t>(PyList_GET_SIZE(list))) return false;
    PyObject* object = new_object(value);
    if (object == nullptr) {
        PyErr_Clear();
        return false;
    }
    PyObject* old = PyList_GET_ITEM(list, index);
    PyList_SET_ITEM(list, index, object);
    Py_DECREF(old);
    return true;
#else
    (void)container, (void)key, (void)value;
    return false;
#endif
}

inline void count_item_chain() {
    ++stats.chains;
    stats.steps += 2;
    ++stats.cache_hits;
}

inline void consume_item_operands(Frame& frame, const Instr& i) {
    const std::size_t first = frame.code->first_temporary;
    for (std::size_t n = 0; n < i.c; ++n) {
        const std::uint16_t operand = operand_register(&i + 1, n);
        if (operand >= first) consume(frame, operand);
    }
}

// After a store: the stored value is the result too, when somebody wants it.
inline void finish_set_item(Frame& frame, const Instr& i, const Value& stored) {
    count_item_chain();
    const Value result{stored.tag, stored.bits};
    if (i.x == 0) result.retain();
    consume_item_operands(frame, i);
    if (i.x != 0) return;
    frame.base[i.a].tag = result.tag;
    frame.base[i.a].bits = result.bits;
}

// Counts the chain, consumes the operands and writes the result, in this order: a release can run any code.
inline void put_item_result(Frame& frame, const Instr& i, const Value& result) {
    count_item_chain();
    consume_item_operands(frame, i);
    Value& target = frame.base[i.a];
    target.tag = result.tag;
    target.bits = result.bits;
}

}  // namespace catena
