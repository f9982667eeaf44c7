// The dispatch loop once more, with the profiler in it: so the ordinary one pays nothing for it.
#define CATENA_PROFILED
#include "vm/run.cpp"

namespace catena {

Value run_profiled(Thread& thread) {
    const ProfiledRun outer;
    return run_measuring(thread);
}

}  // namespace catena
