// The Python types of the functions that core's functions make.
#pragma once

#include "bridge/result.hpp"
#include "bridge/value.hpp"

namespace catena {

// Idempotent.
[[nodiscard]] Result<void> ready_function_types();

// (apply f … xs): what the VM calls in tail position without a frame of C++'s.
[[nodiscard]] Value core_apply(Value* arguments, std::size_t count);

}  // namespace catena
