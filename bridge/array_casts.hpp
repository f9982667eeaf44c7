// Conversions of elements, as NumPy's safe casts do them.
#pragma once

#include "bridge/numpy_layout.hpp"

namespace catena {

// A loop of one input and one output, or null when there is none for these types.
[[nodiscard]] NumpyLoop cast_loop(int from, int to);

// Whether every value of the type is one of the other (as numpy.can_cast says); `to` may be any of NumPy's numbers, and
// types beyond the plain ones take everything.
[[nodiscard]] bool casts_safely(int from, int to);

// Writes a number as one element of a plain type; false when it does not fit (floats round).
[[nodiscard]] bool store_number(const Value& number, int type, char* at);

}  // namespace catena
