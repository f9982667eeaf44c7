// The core library's natives: every function of the module `core` that is written in C++, with its documentation.
#pragma once

#include <span>

#include "bridge/result.hpp"
#include "vm/native.hpp"

namespace catena {

// The tables by subject.
[[nodiscard]] std::span<const std::span<const NativeSpec>> core_natives();

// Puts every native, the function-classes `str` and `list`, and Python's own objects that core names too (`tuple`,
// `max` …) into the core module's dict, under their Python names, and makes the module `catena.bridge`.
[[nodiscard]] Result<void> define_core(PyObject* core_dict);

}  // namespace catena
