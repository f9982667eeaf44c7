// The C stack of a test program's main thread.
#pragma once

#include <sys/resource.h>

#include <cstdlib>
#include <string_view>

namespace catena::tests {

// The thread sanitizer gives up where 65,536 calls lie in each other, and its memory grows with what the stacks have held.
// With 2 MB, recursion that only the stack's end stops stays below that. To be called before Python starts.
inline void bound_stack() {
    const char* sanitized = std::getenv("CATENA_SANITIZED");
    rlimit limit;
    if (sanitized == nullptr || std::string_view(sanitized) != "thread" || getrlimit(RLIMIT_STACK, &limit) != 0) return;
    limit.rlim_cur = 2 << 20;
    setrlimit(RLIMIT_STACK, &limit);
}

}  // namespace catena::tests
