// A mirror of the part of CPython's dict key table and of its instances that the inline caches read. dict_cache.cpp
// compares it with CPython's own header at compile time. CATENA_DICT_LAYOUT is 0 for every version that it was not checked
// against.
#pragma once

#include <cstdint>
#include <utility>

#include "bridge/ref.hpp"

#if PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030E0000 && SIZEOF_VOID_P == 8 && \
    !defined(CATENA_CACHES_PORTABLE) && !defined(CATENA_CACHES_WATCHERS)
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

// The dict's version tag. From 3.12 on its lowest bits say who watches the dict, and those above them count changes.
[[nodiscard]] inline std::uint64_t& version_tag(PyObject* dict) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    return reinterpret_cast<PyDictObject*>(dict)->ma_version_tag;
#pragma GCC diagnostic pop
}
#if PY_VERSION_HEX < 0x030C0000
constexpr std::uint64_t watcher_bits = 0;
constexpr std::uint64_t version_step = 1;
#else
constexpr std::uint64_t watcher_bits = 0xff;
constexpr std::uint64_t version_step = 1 << 12;
#endif

// Puts another value (a new reference, which it takes) into such a place; what stood there is released. The dict's version
// changes, to one that CPython's own counting never comes to. False, and nothing is done: somebody watches the dict. Not for
// a dict that the collector does not know of when the value can be part of a cycle.
[[nodiscard]] inline bool replace_in_dict(PyObject* dict, PyObject* const* place, PyObject* value) {
    static std::uint64_t versions = std::uint64_t{1} << 63;
    std::uint64_t& tag = version_tag(dict);
    if ((tag & watcher_bits) != 0) return false;
    PyObject* old = std::exchange(*const_cast<PyObject**>(place), value);
    tag = versions += version_step;
    Py_DECREF(old);
    return true;
}

// The array of values of an instance, or of a dict that shares its keys with others.
#if PY_VERSION_HEX < 0x030D0000
struct ValuesLayout {
    PyObject* values[1];
};
#else
struct ValuesLayout {
    std::uint8_t capacity;
    std::uint8_t size;
    std::uint8_t embedded;
    std::uint8_t valid;  // 0: the instance's dict has them now, in a table of its own
    PyObject* values[1];
};
#endif

// Instances of classes written in Python keep their attributes in an array beside the keys that all instances share,
// at most until somebody asks for the instance's dict.
//  3.11: two pointers before the object, to the dict and to the array.
//  3.12: one pointer before the object, to either; the array's has its lowest bit set.
//  3.13: a pointer to the dict before the object, the array behind its head, also while the dict uses it.
struct InstanceLayout {
    // Whether instances of a type that has a managed dict have such an array at all; the others have their dict at
    // `dict_offset`.
    [[nodiscard]] static bool has_values(PyTypeObject* type) {
#if PY_VERSION_HEX < 0x030D0000
        return PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT);
#else
        return PyType_HasFeature(type, Py_TPFLAGS_INLINE_VALUES);
#endif
    }
    static constexpr Py_ssize_t dict_offset = -3 * static_cast<Py_ssize_t>(sizeof(PyObject*));

    // Null: there is none yet, or (before 3.13) there is the array.
    [[nodiscard]] static PyObject* dict(PyObject* o) {
        PyObject* managed = reinterpret_cast<PyObject**>(o)[-3];
#if PY_VERSION_HEX >= 0x030C0000 && PY_VERSION_HEX < 0x030D0000
        if ((reinterpret_cast<std::uintptr_t>(managed) & 1) != 0) return nullptr;
#endif
        return managed;
    }
    // The array as long as it holds the attributes; null: the dict holds them.
    [[nodiscard]] static PyObject** values(PyObject* o) {
#if PY_VERSION_HEX < 0x030C0000
        return reinterpret_cast<PyObject***>(o)[-4];
#elif PY_VERSION_HEX < 0x030D0000
        const auto managed = reinterpret_cast<std::uintptr_t*>(o)[-3];
        return (managed & 1) != 0 ? reinterpret_cast<PyObject**>(managed + 1) : nullptr;
#else
        auto* array = reinterpret_cast<ValuesLayout*>(o + 1);
        return array->valid != 0 ? array->values : nullptr;
#endif
    }
    // The array when no dict sees it, so that it can be written to.
    [[nodiscard]] static PyObject** own_values(PyObject* o) {
#if PY_VERSION_HEX >= 0x030D0000
        if (dict(o) != nullptr) return nullptr;
#endif
        return values(o);
    }
    // The array of a dict that shares its keys.
    [[nodiscard]] static PyObject** values(const PyDictObject* dict) {
        return reinterpret_cast<ValuesLayout*>(dict->ma_values)->values;
    }
    // The keys that the instances of a class share; names are only ever added to them.
    [[nodiscard]] static const DictKeysLayout* keys(PyTypeObject* type) {
        return reinterpret_cast<DictKeysLayout*>(reinterpret_cast<PyHeapTypeObject*>(type)->ht_cached_keys);
    }
};

// An instance's new attribute is the last one in the order in which its dict lists them.
void note_insertion(PyObject** values, std::size_t index);

#endif

}  // namespace catena
