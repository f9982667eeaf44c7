// Counts what a thread takes from and gives back to the C library through Python's and NumPy's allocators, and refuses what goes
// beyond a limit.
#pragma once

#include <cstddef>

#include "bridge/array_handler.hpp"

namespace catena::inline v1::detail {

struct MemoryGauge {
    std::ptrdiff_t held = 0;  // may become negative: what was taken before is given back
    std::ptrdiff_t limit = 0;
};
// The one of the call that runs in this thread, or null.
extern constinit thread_local MemoryGauge* memory_gauge;

// Puts the counting allocators in place, for good, and NumPy's where NumPy is installed. Idempotent; false with an error set.
[[nodiscard]] bool install_memory_gauge();
// As long as it stands the arrays of this thread (of its context, contextvars) are counted too; nothing without NumPy.
class CountArrays {
public:
    CountArrays();

private:
    ArrayHandlerInForce handler_;
};

}  // namespace catena::inline v1::detail
