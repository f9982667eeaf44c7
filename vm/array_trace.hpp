// Array traces: elementwise operations that stand one behind the other in the code, run as one array program. When an
// operator or a ufunc's call meets an array, the instructions from there on are read ahead as far as nothing but such
// operations, constants and names follow. What they would leave in registers is computed at once, the registers are
// written as they would have been, and the code goes on behind them. When the program refuses its operands nothing has
// happened, and the instruction does its own work as ever.
//
// Scalar code pays nothing for it: only the slow halves of the operators look for arrays.
#pragma once

#include "bridge/numpy_layout.hpp"
#include "bridge/numpy_scalars.hpp"
#include "vm/stack.hpp"

namespace catena {

// Tries the trace that begins at `i`, an instruction of the running frame. True: `resume` (vm/slow.hpp) says where to go on.
[[nodiscard]] bool run_array_trace(Frame& frame, const Instr& i);

// The same for the chain that is running, if an instruction of the running frame runs it (bridge/array_program.hpp).
[[nodiscard]] bool run_chain_trace(const Plan& plan, const Value* operands);

}  // namespace catena
