// Python's small objects live in arenas of a megabyte or less. An arena that is empty usually goes back to the system, and the
// next one is made of fresh pages that the system clears first: a program that builds and drops large vectors pays for
// that again and again. Here some empty arenas are kept for the next time.
#pragma once

namespace catena {

// To be called once, after Python has started, with the GIL held.
void keep_empty_arenas();

}  // namespace catena
