// A mirror of the part of CPython's dict key table that the inline caches read. dict_cache.cpp compares it with
// CPython's own header at compile time. CATENA_DICT_LAYOUT is 0 for every version it was not checked against.
#pragma once

#include <cstdint>
#include <utility>

#include "bridge/ref.hpp"

#if PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030C0000 && SIZEOF_VOID_P == 8 && !defined(CATENA_PORTABLE)
#define CATENA_DICT_LAYOUT 1
#else
#define CATENA_DICT_LAYOUT 0
#endif

namespace catena {

#if CATENA_DICT_LAYOUT

struct DictEntryLayout {
    PyObject* key;
    PyObject* value;  // null in a table that several instances share: theirs are in their own value arrays
};

struct DictKeysLayout {
    Py_ssize_t reference_count;
    std::uint8_t log2_size;
    std::uint8_t log2_index_bytes;
    std::uint8_t kind;  // 0: keys of any type, with a wider entry
    std::uint32_t version;
    Py_ssize_t usable;
    Py_ssize_t entry_count;

    // What decides where the entries stand. Never 0 for a table of strs, the only kind that caches are made for.
    [[nodiscard]] std::uint32_t shape() const {
        return static_cast<std::uint32_t>(log2_index_bytes) | static_cast<std::uint32_t>(kind) << 8;
    }
    [[nodiscard]] const DictEntryLayout* entries() const {
        const auto* indices = reinterpret_cast<const char*>(this + 1);
        return reinterpret_cast<const DictEntryLayout*>(indices + (std::size_t{1} << log2_index_bytes));
    }
};

// The entry whose key is this very str, or -1.
[[nodiscard]] std::int64_t find_entry(const DictKeysLayout& keys, PyObject* name);

// An entry of a table whose keys are of any type.
struct AnyEntryLayout {
    Py_hash_t hash;
    PyObject* key;
    PyObject* value;
};

// Where the value stands that is stored under this very object in a small exact dict: its few entries are looked at in turn.
// Null when the dict is large or no key is this object; an equal one may be there all the same.
[[nodiscard]] inline PyObject* const* place_in_small_dict(PyObject* dict, PyObject* key) {
    const auto* d = reinterpret_cast<const PyDictObject*>(dict);
    const auto& keys = *reinterpret_cast<const DictKeysLayout*>(d->ma_keys);
    constexpr Py_ssize_t small = 8;
    if (keys.entry_count > small || d->ma_values != nullptr) return nullptr;
    const auto* indices = reinterpret_cast<const char*>(&keys + 1) + (std::size_t{1} << keys.log2_index_bytes);
    const auto find = [&](const auto* entry) -> PyObject* const* {
        for (const auto* end = entry + keys.entry_count; entry != end; ++entry)
            if (entry->key == key && entry->value != nullptr) return &entry->value;
        return nullptr;
    };
    if (keys.kind == 0) return find(reinterpret_cast<const AnyEntryLayout*>(indices));
    return find(reinterpret_cast<const DictEntryLayout*>(indices));
}

// The value itself, borrowed.
[[nodiscard]] inline PyObject* find_in_small_dict(PyObject* dict, PyObject* key) {
    PyObject* const* place = place_in_small_dict(dict, key);
    return place != nullptr ? *place : nullptr;
}

// Puts another value (a new reference, which it takes) into such a place; what stood there is released. The dict's version
// changes, to one that CPython's own counting never comes to. Not for a dict that the collector does not know of when the
// value can be part of a cycle.
inline void replace_in_dict(PyObject* dict, PyObject* const* place, PyObject* value) {
    static std::uint64_t versions = std::uint64_t{1} << 63;
    PyObject* old = std::exchange(*const_cast<PyObject**>(place), value);
    reinterpret_cast<PyDictObject*>(dict)->ma_version_tag = ++versions;
    Py_DECREF(old);
}

// Instances of classes written in Python keep their attributes in an array beside the keys that all instances share,
// until somebody asks for the instance's dict. Both pointers stand before the object.
struct InstanceLayout {
    [[nodiscard]] static PyObject* dict(PyObject* o) { return reinterpret_cast<PyObject**>(o)[-3]; }
    [[nodiscard]] static PyObject** values(PyObject* o) { return reinterpret_cast<PyObject***>(o)[-4]; }
    // The keys that the instances of a class share; names are only ever added to them.
    [[nodiscard]] static const DictKeysLayout* keys(PyTypeObject* type) {
        return reinterpret_cast<DictKeysLayout*>(reinterpret_cast<PyHeapTypeObject*>(type)->ht_cached_keys);
    }
};

// An instance's new attribute is the last one in the order in which its dict lists them.
void note_insertion(PyObject** values, std::size_t index);

#endif

}  // namespace catena
