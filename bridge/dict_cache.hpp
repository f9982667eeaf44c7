// DictCache: an inline cache for "the value of this interned str in this dict", for module attributes and globals.
//
// A hit checks itself: the remembered place in the dict's key table still holds that very key. So it stays valid
// when other keys of the dict are assigned, and no version has to be kept. The layout of the key table is CPython's own
// affair: it is mirrored in dict_layout.hpp for the versions it was checked against, and every other CPython takes the
// plain lookup.
#pragma once

#include <cstdint>

#include "bridge/dict_layout.hpp"
#include "bridge/dict_version.hpp"
#include "bridge/ref.hpp"
#include "bridge/stats.hpp"

namespace catena {

struct DictCache {
    std::uint32_t shape = 0;  // of the key table: how its entries are placed
    std::uint32_t index = 0;  // the entry
};

PyObject* lookup_and_remember(PyObject* dict, PyObject* name, DictCache& cache);
bool find_missing(PyObject* dict, PyObject* name, DictVersion& absent);

#if CATENA_DICT_LAYOUT
// The value that stands where the cache says, borrowed, if it is still that of `name`; null otherwise.
[[nodiscard]] inline PyObject* remembered(PyObject* dict, PyObject* name, const DictCache& cache) {
    const auto* keys = reinterpret_cast<const DictKeysLayout*>(reinterpret_cast<PyDictObject*>(dict)->ma_keys);
    if (keys->shape() != cache.shape || cache.index >= static_cast<std::uint64_t>(keys->entry_count)) return nullptr;
    const DictEntryLayout& entry = keys->entries()[cache.index];
    return entry.key == name ? entry.value : nullptr;
}
#endif

// The value of `name` in `dict`, borrowed; null, without an error, when there is none (a key whose comparison
// raises counts as none). `dict` is an exact dict, `name` an interned exact str, the same at every use of the cache.
[[nodiscard]] inline PyObject* cached_lookup(PyObject* dict, PyObject* name, DictCache& cache) {
#if CATENA_DICT_LAYOUT && !defined(CATENA_STRESS)
    if (PyObject* value = remembered(dict, name, cache)) {
        ++stats.cache_hits;
        return value;
    }
#endif
    return lookup_and_remember(dict, name, cache);
}

// Whether the dict of an instance has no such key (one whose comparison raises counts as none); `absent` is remembered where
// that costs the dict nothing. The dicts of instances are too many to be watched.
[[nodiscard]] inline bool lacks(PyObject* dict, PyObject* name, DictVersion& absent) {
    if (absent.still(dict)) {
        ++stats.cache_hits;
        return true;
    }
    return find_missing(dict, name, absent);
}

}  // namespace catena
