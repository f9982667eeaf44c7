// Values as text, for the natives about strings and those that print.
#pragma once

#include <cstddef>

#include "bridge/value.hpp"

namespace catena {

// Python's str of a value. Empty with the error set.
[[nodiscard]] Ref text_of(const Value& v);

// The values in Catena's notation with the separator between them.
[[nodiscard]] Ref notation_of(const Value* values, std::size_t count, PyObject* separator);

[[nodiscard]] Ref single_space();

}  // namespace catena
