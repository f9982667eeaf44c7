// Looking into collections: what `first`, `rest`, `nth` and `count` mean, for natives and for the opcodes.
#pragma once

#include "bridge/value.hpp"

namespace catena {

// (nth xs i), (nth xs i otherwise): IndexError without `otherwise` (null) when there is no such item; nil has none
// of its own and answers nil. A negative index is none.
[[nodiscard]] Value nth_value(const Value& xs, const Value& index, const Value* otherwise);

// (count xs): its length; what has none is walked. ValueError for an endless sequence.
[[nodiscard]] Value count_value(const Value& xs);

// (contains? xs x).
[[nodiscard]] Value contains_value(const Value& xs, const Value& x);

// (first xs), and (rest xs) as a List; for an endless source the rest is a lazy sequence.
[[nodiscard]] Value first_value(const Value& xs, const char* who);
[[nodiscard]] Value rest_value(const Value& xs, const char* who);

// Is xs empty? 1, 0, -1 with the error set. Of an iterator it takes an item to find out.
[[nodiscard]] int is_empty(const Value& xs, const char* who);

}  // namespace catena
