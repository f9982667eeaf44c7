#include "bridge/tick.hpp"
#include "vm/rebinding.hpp"
#include "vm/slow.hpp"

namespace catena {

bool slow_tick(Thread& thread) {
    thread.ticks = ticks_between;
#if defined(CATENA_STRESS)
    static int until_collection = 0;
    if (--until_collection < 0) {
        until_collection = 200;
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
