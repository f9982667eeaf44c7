// DictVersion: "this dict, in the state it was in when I looked". What a cache found in a dict is used again while that
// holds, without looking. Three ways to know, chosen when Catena is built:
//
//  tags      CPython 3.11: every change gives a dict another version tag.
//  watchers  3.12 and newer: CPython tells us before a watched dict changes (dict_watcher.cpp).
//  none      elsewhere, with CATENA_CACHES=portable, and where caches have to miss: nothing is remembered, so the look-up
//            itself is the guard.
//
// Types need none of this: tp_version_tag is in all of these versions, and CPython's own caches stand on it (guards.hpp).
#pragma once

#include <cstdint>

#include "bridge/ref.hpp"

#define CATENA_DICT_VERSIONS_NONE 0
#define CATENA_DICT_VERSIONS_TAGS 1
#define CATENA_DICT_VERSIONS_WATCHERS 2

#if defined(CATENA_CACHES_PORTABLE) || defined(CATENA_STRESS)
#define CATENA_DICT_VERSIONS CATENA_DICT_VERSIONS_NONE
#elif PY_VERSION_HEX < 0x030C0000
#define CATENA_DICT_VERSIONS CATENA_DICT_VERSIONS_TAGS
#else
#define CATENA_DICT_VERSIONS CATENA_DICT_VERSIONS_WATCHERS
#endif

namespace catena {

#if CATENA_DICT_VERSIONS == CATENA_DICT_VERSIONS_TAGS

class DictVersion {
public:
    // Whether anything is remembered.
    [[nodiscard]] bool known() const { return version_ != 0; }
    // Whether `dict` is the one that was remembered, in the same state.
    [[nodiscard]] bool still(PyObject* dict) const { return tag(dict) == version_; }
    // To be called after what is remembered has been looked up, with nothing between that could run Python code; it runs
    // none itself.
    void remember(PyObject* dict) { version_ = tag(dict); }
    void forget() { version_ = 0; }

private:
    [[nodiscard]] static std::uint64_t tag(PyObject* dict) {
        return reinterpret_cast<PyDictObject*>(dict)->ma_version_tag;
    }
    std::uint64_t version_ = 0;  // tags are unique among all dicts and never 0
};

#elif CATENA_DICT_VERSIONS == CATENA_DICT_VERSIONS_WATCHERS

// One for each dict that is watched, kept for ever: when the dict dies another takes its place.
struct WatchedDict {
    PyObject* dict = nullptr;   // compared only
    std::uint64_t version = 1;  // another after each change, unique among all watched dicts
};

class DictVersion {
public:
    [[nodiscard]] bool known() const { return version_ != 0; }
    [[nodiscard]] bool still(PyObject* dict) const { return watched_->version == version_ && watched_->dict == dict; }
    void remember(PyObject* dict);
    void forget() { version_ = 0; }

private:
    static WatchedDict none_;
    WatchedDict* watched_ = &none_;
    std::uint64_t version_ = 0;
};

#else

class DictVersion {
public:
    [[nodiscard]] bool known() const { return false; }
    [[nodiscard]] bool still(PyObject*) const { return false; }
    void remember(PyObject*) {}
    void forget() {}
};

#endif

}  // namespace catena
