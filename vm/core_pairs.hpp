// Pairs that pass through a native which calls a function with operands of its caller: apply, swap!. Such a native takes
// its operands as they were written, so that their order is kept, and the function it calls decides what a keyword means.
#pragma once

#include <cstddef>

#include "bridge/value.hpp"

namespace catena {

// Calls with operands in written order. When the callee takes pairs, each Keyword and the value after it are one; a Keyword
// in last place is a value, as is one among the arguments plain_from … plain_to - 1, which nobody wrote. Arguments are
// borrowed, the answer is owned.
[[nodiscard]] Value call_as_written(const Value& callee, const Value* arguments, std::size_t count,
                                    std::size_t plain_from = 0, std::size_t plain_to = 0);

// How many pairs stand at the end, behind at least one other value; none for a callee that takes no pairs.
[[nodiscard]] std::size_t pairs_at_end(const Value& callee, const Value* arguments, std::size_t count);

}  // namespace catena
