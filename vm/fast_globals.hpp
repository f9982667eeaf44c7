// Names of modules whose cache is fresh, read without a reference of one's own.
#pragma once

#include "bridge/intrinsics.hpp"
#include "vm/code.hpp"
#include "vm/module.hpp"
#include "vm/slow.hpp"

namespace catena {

// Whether the cached value is one of core or of Python's builtins that still is the name's: `dict` has no such name.
[[nodiscard]] inline bool absent_as_before(const GlobalName& global, PyObject* dict) {
    return global.absent.still(dict) && global.core.still(core_dict()) &&
           (global.in_core || global.builtins.still(builtins_dict()));
}

// The value that is cached for a name, borrowed, while the dicts it was looked up in are unchanged; else null.
[[nodiscard]] inline PyObject* cached_global(const GlobalName& global) {
    PyObject* dict = global.dict.get();
    if (dict == nullptr) return nullptr;
    return global.own.still(dict) || absent_as_before(global, dict) ? global.value : nullptr;
}

// The intrinsic for a call of the name with one argument or two; null when there is none, or its value is not known.
[[nodiscard]] inline const Intrinsic* cached_intrinsic(GlobalName& global, std::size_t count) {
    PyObject* function = cached_global(global);
    if (function == nullptr) return nullptr;
    if (__builtin_expect(function != global.builtin, 0)) {
        global.builtin = function;
        global.intrinsics[0] = find_intrinsic(function, 1);
        global.intrinsics[1] = find_intrinsic(function, 2);
    }
    return global.intrinsics[count - 1];
}

}  // namespace catena
