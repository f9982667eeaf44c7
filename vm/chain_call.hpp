// A chain in tail position.
#pragma once

#include "vm/calls.hpp"

namespace catena {

// Runs TAIL_CHAIN, except that a last call of a Catena function is left to the caller (`entered`: collapse the frame).
// `locals` is how many locals of the running frame to release then, or before returning `result`.
[[nodiscard]] Called tail_chain(Thread& thread, const Instr& i, std::size_t* locals, Value* result);

}  // namespace catena
