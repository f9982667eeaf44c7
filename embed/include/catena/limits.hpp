// What a script may use.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace catena::inline v1 {

// Of each call from the host into an interpreter; calls that the script's own calls of the host make belong to the same. Zero: no
// limit. A call past one ends with an Error:
//
//   time    catena.TimeLimitError. By the clock, the host's functions included. What runs in C and does not come back (a regular
//           expression, one operation on a large array, a sleep) is stopped when it comes back.
//   steps   catena.StepLimitError. Calls and turns of loops in Catena, counted exactly, so the same script ends at the same place
//           always. Functions written in Python are not counted.
//   depth   RecursionError. Calls within calls, Catena's and Python's each.
//   memory  MemoryError, or NumPy's kind of it. Bytes that the call takes more than it gives back, in Python's objects and NumPy's arrays; what other C
//           libraries take for themselves is not seen. The first such limit imports NumPy where it is installed.
//
// Past time or steps no `catch` and no `except` holds the script: `finally` and `with` parts run for a moment (50 ms, or some
// thousand steps), then nothing of it does. A recursion or memory error is an ordinary exception that the script may catch, as no more
// than the limit is used anyhow.
struct Limits {
    std::chrono::nanoseconds time{0};
    std::uint64_t steps = 0;
    std::size_t depth = 0;
    std::size_t memory = 0;
};

}  // namespace catena::inline v1
