// The Python types of the functions that core's functions make.
#pragma once

#include "bridge/result.hpp"

namespace catena {

// Idempotent.
[[nodiscard]] Result<void> ready_function_types();

}  // namespace catena
