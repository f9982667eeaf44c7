// The tick: what an interpreter loop owes Python from time to time. The VM counts down on back-edges and calls and
// comes here when the count is used up.
#pragma once

namespace catena {

// Runs signal handlers and pending calls, and lets another thread have the GIL when this one has held it for the
// switch interval. 0, or -1 with the Python error set (KeyboardInterrupt, say). Any Python code can run inside.
[[nodiscard]] int tick_slow();

// To be called before the first tick: what a tick runs is Python code, and an exception that another thread has sent would end
// the making of it. False with an error set.
[[nodiscard]] bool prepare_ticks();

}  // namespace catena
