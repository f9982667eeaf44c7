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

// Whether it is an exact array; never, as long as nothing has made NumPy known here.
[[nodiscard]] inline bool is_known_array(const Value& v) {
    return v.tag == Tag::object && Py_TYPE(v.as_object()) == numpy_found.array;
}

// The same, after looking for NumPy.
[[nodiscard]] inline bool is_array(const Value& v) {
    if (v.tag != Tag::object) return false;
    const PyTypeObject* type = Py_TYPE(v.as_object());
    if (numpy_found.array != nullptr) return type == numpy_found.array;
    return type->tp_name[0] == 'n' && is_plain_array(v.as_object());
}

}  // namespace catena
