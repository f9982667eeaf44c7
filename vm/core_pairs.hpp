// Pairs that pass through a native which calls a function with operands of its caller: apply, swap!. Such a native takes
// its operands as they were written, with a written keyword (lang/keyword.hpp) at the start of each pair, so that their order
// is kept, and the function it calls decides what a pair means. A keyword that is not marked so is a value.
#pragma once

#include <cstddef>

#include "bridge/value.hpp"

namespace catena {

// Calls with operands in written order. When the callee takes pairs, each written keyword and the value after it are one;
// in last place it is a value. Arguments are borrowed, the answer is owned.
[[nodiscard]] Value call_as_written(const Value& callee, const Value* arguments, std::size_t count);

// How many pairs stand at the end, behind at least one other value; none for a callee that takes no pairs.
[[nodiscard]] std::size_t pairs_at_end(const Value& callee, const Value* arguments, std::size_t count);

// Where the callee takes pairs as plain values, written keywords among the (owned) arguments become Keywords.
void unmark_pairs(const Value& callee, Value* arguments, std::size_t count);

}  // namespace catena
