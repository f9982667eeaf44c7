// Integers of any length to and from decimal digits, past the limit that Python puts on int() and str().
#pragma once

#include <string>
#include <string_view>

#include "bridge/result.hpp"

namespace catena {

// The int with these decimal digits (at least one, nothing else). Empty with the error indicator set when memory is
// short.
[[nodiscard]] Ref int_from_digits(std::string_view digits);

// Appends the decimal digits of an exact int, with its sign.
[[nodiscard]] Result<void> append_int(std::string& out, PyObject* integer);

}  // namespace catena
