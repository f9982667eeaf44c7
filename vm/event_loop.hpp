// The program's one event loop: made at the first top-level `await`, it lives on between forms until the interpreter
// ends.
#pragma once

#include "bridge/ref.hpp"

namespace catena {

// Runs the awaitable to its end and answers its result. Empty with an error set: the awaitable's own, or RuntimeError
// where a loop already runs.
[[nodiscard]] Ref run_awaitable(PyObject* awaitable);

[[nodiscard]] bool awaiting();  // whether run_awaitable runs, in any thread

// Leaves the loop and its tasks to themselves: a script was ended in the middle of them. The next `await` makes another.
void forget_event_loop();

}  // namespace catena
