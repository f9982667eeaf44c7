// How deep recursion over nested forms may go on this thread's C++ stack.
#pragma once

namespace catena {

// The lowest address that recursion may reach when it may use half of what is left from here. Deep nesting
// beyond it is an error of the form, not of the process.
[[nodiscard]] const char* stack_floor_at_half();

}  // namespace catena
