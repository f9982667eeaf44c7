// Memory of large arrays: on huge pages, and used again. Pages that nobody has touched cost more than the arithmetic that
// fills them, so the memory of an array that is gone is kept for the next one of about its size. The kernel may take what
// is kept whenever memory is short.
#pragma once

#include "bridge/array_handler.hpp"

namespace catena {

// Smaller arrays are left to NumPy's own allocator.
inline constexpr std::size_t least_large_array = std::size_t{256} << 10;

// Makes NumPy allocate through this allocator as long as it stands (in this context of this thread); arrays that are made
// meanwhile own their memory as ever, and give it back here. Does nothing where NumPy cannot do that (before 1.22), and where
// another handler than NumPy's own is in force, which may have a limit to hold.
class LargeArrayMemory {
public:
    LargeArrayMemory();

private:
    ArrayHandlerInForce handler_;
};

}  // namespace catena
