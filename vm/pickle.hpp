// Pickling of functions: by reference where another process can import them, else by value.
#pragma once

#include "bridge/result.hpp"

namespace catena {

// __reduce__ of a closure.
PyObject* reduce_closure(PyObject* closure, PyObject*);

// Adds the functions that pickles by value name to the package `catena`.
[[nodiscard]] Result<void> publish_pickle_functions(PyObject* module);

}  // namespace catena
