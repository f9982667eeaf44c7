// Names of modules whose cache is fresh, read without a reference of one's own.
#pragma once

#include "bridge/intrinsics.hpp"
#include "vm/code.hpp"
#include "vm/module.hpp"
#include "vm/slow.hpp"

namespace catena {

// The value that is cached for a name, borrowed, while the dicts it was looked up in are unchanged; else null.
[[nodiscard]] inline PyObject* cached_global(const GlobalName& global) {
    PyObject* dict = global.dict.get();
    if (dict == nullptr) return nullptr;
    const std::uint64_t version = dict_version(dict);
    if (version == global.own_version) return global.value;
    const bool absent = version == global.absent_version && dict_version(core_dict()) == global.core_version &&
                        (global.builtins_version == 0 || dict_version(builtins_dict()) == global.builtins_version);
    return absent ? global.value : nullptr;
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
