// Brings the floor's Python types to life: Symbol, Keyword, List, MapForm, SetForm and the two errors. The
// module object `catena` belongs to another floor, which publishes them there; pickles name them by it.
#pragma once

#include "bridge/result.hpp"

namespace catena {

// Readies the types. May be called any number of times; everything else in lang/ needs it to have run.
[[nodiscard]] Result<void> init_types();

// Adds Symbol, Keyword, List, MapForm, SetForm, ReadError and CompileError to a Python module.
[[nodiscard]] Result<void> publish_types(PyObject* module);

}  // namespace catena
