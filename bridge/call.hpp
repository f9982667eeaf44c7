// Calls of Python callables with values as arguments.
#pragma once

#include <cstddef>

#include "bridge/value.hpp"

namespace catena {

// callable(*args, **kw): the last len(kwnames) of the `count` values belong to the names in the tuple `kwnames` (may
// be null). The values are borrowed; unboxed ones are boxed for the call alone. An owned canonical value or
// Value::error().
[[nodiscard]] Value call_object(PyObject* callable, const Value* args, std::size_t count, PyObject* kwnames = nullptr);

// receiver.name(*args, **kw) without a bound method in between; args[0] is the receiver, `name` an interned str.
[[nodiscard]] Value call_method(PyObject* name, const Value* args, std::size_t count, PyObject* kwnames = nullptr);

}  // namespace catena
