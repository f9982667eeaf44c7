// The tick: what an interpreter loop owes Python from time to time. The VM counts down on back-edges and calls and
// comes here when the count is used up.
#pragma once

namespace catena {

// What a host that limits its scripts puts into a thread: asked at every tick before anything else. Its owner takes it out again.
struct TickWatch {
    // False, with an error set, when the script must not go on. `steps`: calls and turns of loops since the tick before.
    bool (*tick)(TickWatch& self, int steps);
    int granted;           // steps until the next tick
    bool stopped = false;  // the script is ending: no `catch` and no `with` holds an exception up
    bool hard = false;     // and did not end by itself: no `finally` runs either
};
inline thread_local TickWatch* tick_watch = nullptr;

[[nodiscard]] inline bool script_is_stopped() { return tick_watch != nullptr && tick_watch->stopped; }

// Runs signal handlers and pending calls, and lets another thread have the GIL when this one has held it for the
// switch interval, after `steps` of the script. 0, or -1 with the Python error set (KeyboardInterrupt, say). Any Python code can run inside.
[[nodiscard]] int tick_slow(int steps = 0);

// To be called before the first tick: what a tick runs is Python code, and an exception that another thread has sent would end
// the making of it. False with an error set.
[[nodiscard]] bool prepare_ticks();

}  // namespace catena
