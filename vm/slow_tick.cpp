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
    return tick_slow() == 0;
}

}  // namespace catena
