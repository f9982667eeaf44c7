#if defined(CATENA_STRESS)
#include <algorithm>
#endif

#include "bridge/tick.hpp"
#include "vm/rebinding.hpp"
#include "vm/slow.hpp"

namespace catena {

bool slow_tick(Thread& thread) {
    thread.ticks = ticks_between;
#if defined(CATENA_STRESS)
    // A collection looks at all there is: rarer as the program goes on and where the stack is deep, or loops and recursion
    // to the stack's end would take hours.
    static long ticks = 0, next_collection = 0;
    if (++ticks > next_collection) {
        next_collection = ticks + std::clamp(ticks / 100, 200l, 5000l) + (thread.frame - thread.frames);
        PyGC_Collect();
    }
#endif
    look_for_rebinding();
    if (tick_watch == nullptr) return tick_slow() == 0;
    const bool goes_on = tick_slow(tick_watch->granted + 1) == 0;
    if (tick_watch != nullptr) thread.ticks = tick_watch->granted;
    return goes_on;
}

}  // namespace catena
