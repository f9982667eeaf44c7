#include "bridge/dict_cache.hpp"

#include <cstddef>

#if CATENA_DICT_LAYOUT
#define Py_BUILD_CORE 1
// For 3.12's headers: what they use of C's atomics is no C++, and the compiler's own do as well; a function of theirs is a
// macro outside.
#undef HAVE_STD_ATOMIC
#undef _PyGC_FINALIZED
#include <internal/pycore_dict.h>
#undef Py_BUILD_CORE
#endif

namespace catena {

#if CATENA_DICT_LAYOUT

// The mirror against CPython's own declaration.
static_assert(sizeof(DictKeysLayout) == offsetof(_dictkeysobject, dk_indices));
static_assert(offsetof(DictKeysLayout, log2_size) == offsetof(_dictkeysobject, dk_log2_size));
static_assert(offsetof(DictKeysLayout, log2_index_bytes) == offsetof(_dictkeysobject, dk_log2_index_bytes));
static_assert(offsetof(DictKeysLayout, kind) == offsetof(_dictkeysobject, dk_kind));
static_assert(offsetof(DictKeysLayout, entry_count) == offsetof(_dictkeysobject, dk_nentries));
static_assert(offsetof(DictEntryLayout, key) == offsetof(PyDictUnicodeEntry, me_key));
static_assert(offsetof(DictEntryLayout, value) == offsetof(PyDictUnicodeEntry, me_value));
static_assert(sizeof(DictEntryLayout) == sizeof(PyDictUnicodeEntry));
static_assert(offsetof(AnyEntryLayout, key) == offsetof(PyDictKeyEntry, me_key));
static_assert(offsetof(AnyEntryLayout, value) == offsetof(PyDictKeyEntry, me_value));
static_assert(sizeof(AnyEntryLayout) == sizeof(PyDictKeyEntry));
static_assert(DICT_KEYS_GENERAL == 0 && DICT_KEYS_UNICODE == 1 && DICT_KEYS_SPLIT == 2);
static_assert(sizeof(ValuesLayout) == sizeof(_dictvalues));
static_assert(offsetof(ValuesLayout, values) == offsetof(_dictvalues, values));
#if PY_VERSION_HEX >= 0x030C0000
static_assert(DICT_VERSION_INCREMENT <= version_step && version_step % DICT_VERSION_INCREMENT == 0);
#endif
#if PY_VERSION_HEX >= 0x030D0000
static_assert(DICT_WATCHER_MASK == watcher_bits);
static_assert(InstanceLayout::dict_offset == MANAGED_DICT_OFFSET);
static_assert(offsetof(ValuesLayout, valid) == offsetof(_dictvalues, valid));
#elif PY_VERSION_HEX >= 0x030C0000
static_assert(DICT_VERSION_MASK == watcher_bits);
#endif

namespace {

// The slot of the hash table, which holds 1-, 2-, 4- or 8-byte numbers.
std::int64_t table_at(const DictKeysLayout& keys, std::size_t i) {
    const auto* table = reinterpret_cast<const char*>(&keys + 1);
    if (keys.log2_size < 8) return reinterpret_cast<const std::int8_t*>(table)[i];
    if (keys.log2_size < 16) return reinterpret_cast<const std::int16_t*>(table)[i];
    if (keys.log2_size < 32) return reinterpret_cast<const std::int32_t*>(table)[i];
    return reinterpret_cast<const std::int64_t*>(table)[i];
}

}  // namespace

std::int64_t find_entry(const DictKeysLayout& keys, PyObject* name) {
    if (keys.kind == DICT_KEYS_GENERAL || keys.log2_size == 0) return -1;
    const auto hash = static_cast<std::size_t>(reinterpret_cast<PyASCIIObject*>(name)->hash);
    if (hash == static_cast<std::size_t>(-1)) return -1;
    const std::size_t mask = (std::size_t{1} << keys.log2_size) - 1;
    std::size_t perturb = hash;
    std::size_t i = hash & mask;
    for (;;) {
        const std::int64_t index = table_at(keys, i);
        if (index == DKIX_EMPTY) return -1;
        if (index >= 0 && keys.entries()[index].key == name) return index;
        perturb >>= 5;
        i = (i * 5 + perturb + 1) & mask;
    }
}

void note_insertion(PyObject** values, std::size_t index) {
    char* array = reinterpret_cast<char*>(values) - offsetof(ValuesLayout, values);
    _PyDictValues_AddToInsertionOrder(reinterpret_cast<PyDictValues*>(array), static_cast<Py_ssize_t>(index));
}

PyObject* lookup_and_remember(PyObject* dict, PyObject* name, DictCache& cache) {
    ++stats.cache_misses;
    const auto* d = reinterpret_cast<PyDictObject*>(dict);
    PyObject* value = PyDict_GetItemWithError(dict, name);
    if (value == nullptr && PyErr_Occurred()) {
        PyErr_Clear();
        return nullptr;
    }
    const auto& keys = *reinterpret_cast<const DictKeysLayout*>(d->ma_keys);
    if (value == nullptr) return nullptr;
    const std::int64_t index = d->ma_values == nullptr ? find_entry(keys, name) : -1;
    if (index >= 0) {
        cache.shape = keys.shape();
        cache.index = static_cast<std::uint32_t>(index);
    }
    return value;
}

#else

// Here the lookup is the guard: what a handler remembers about the value is compared with what it finds.
PyObject* lookup_and_remember(PyObject* dict, PyObject* name, DictCache&) {
    ++stats.cache_hits;
    PyObject* value = PyDict_GetItemWithError(dict, name);
    if (value == nullptr) PyErr_Clear();
    return value;
}

#endif

bool find_missing(PyObject* dict, PyObject* name, [[maybe_unused]] DictVersion& absent) {
    if (PyDict_GET_SIZE(dict) == 0) return true;
    const Py_hash_t hash = reinterpret_cast<PyASCIIObject*>(name)->hash;
    PyObject* value = hash != -1 ? _PyDict_GetItem_KnownHash(dict, name, hash) : PyDict_GetItemWithError(dict, name);
    if (value != nullptr) return false;
    if (PyErr_Occurred() != nullptr) {
        PyErr_Clear();
        return true;
    }
#if CATENA_DICT_VERSIONS == CATENA_DICT_VERSIONS_TAGS && CATENA_DICT_LAYOUT
    // Other keys than strs can have an __eq__ that changes its mind.
    const auto* d = reinterpret_cast<PyDictObject*>(dict);
    if (reinterpret_cast<const DictKeysLayout*>(d->ma_keys)->kind != DICT_KEYS_GENERAL) absent.remember(dict);
#endif
    return true;
}

}  // namespace catena
