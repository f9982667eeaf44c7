// The functions that bring this floor's Python types to life; init_vm calls each once.
#pragma once

#include "bridge/result.hpp"

namespace catena {

[[nodiscard]] Result<void> ready_code_type();
[[nodiscard]] Result<void> ready_closure_types();
[[nodiscard]] Result<void> ready_native_type();
[[nodiscard]] Result<void> ready_chain_type();
[[nodiscard]] Result<void> ready_fiber_types();
[[nodiscard]] Result<void> ready_awaitable_type();

}  // namespace catena
