// Binding: which argument goes into which parameter's register.
#pragma once

#include <cstddef>

#include "vm/closure.hpp"

namespace catena {

// Turns the `count` owned values at `base` (the last len(names) belong to the names) into the parameter registers of
// the arity that fits, at the same place. Answers that arity's code, or null with TypeError set; then all values have
// been released. Between the first change of a register and the return no Python code runs.
[[nodiscard]] Code* bind_arguments(Closure& closure, Value* base, std::size_t count, PyObject* names);

}  // namespace catena
