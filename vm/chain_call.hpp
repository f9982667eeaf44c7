// Chains whose last call may be one of a Catena function, which then gets a frame.
#pragma once

#include "vm/calls.hpp"

namespace catena {

// Runs TAIL_CHAIN, except that a last call of a Catena function is left to the caller (`entered`: collapse the frame).
// `locals` is how many locals of the running frame to release then, or before returning `result`.
[[nodiscard]] Called tail_chain(Thread& thread, const Instr& i, std::size_t* locals, Value* result);

// Runs CHAIN_METHOD and writes its result, except that a last call of a Catena function is left to the caller (`entered`).
// `behind` is the instruction to go on with then.
[[nodiscard]] Called method_chain(Thread& thread, const Instr& i, const Instr* behind);

}  // namespace catena
