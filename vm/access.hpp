// `nth`, `count` and destructuring over any iterable, as the language defines them; what opcodes and natives share.
#pragma once

#include "bridge/value.hpp"

namespace catena {

// The item at a position counted from 0: of nil, nil; IndexError where there is none, as for a negative position.
[[nodiscard]] Value nth(const Value& collection, const Value& position);

// How many items there are: 0 for nil; an iterator is walked, an endless sequence is a ValueError.
[[nodiscard]] Value count(const Value& collection);

// Writes the first `count` items of any iterable (nil has none) to `out`, nil where there are no more, and then, with
// `rest`, what remains: of a List its tail, else a new vector. `out` holds no objects before. -1 with the error set;
// then too `out` holds no objects.
[[nodiscard]] int unpack(const Value& iterable, Value* out, std::size_t count, bool rest);

}  // namespace catena
