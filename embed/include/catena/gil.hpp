// Gil: many calls in one go.
#pragma once

#include <catena/object.hpp>

namespace catena::inline v1 {

// Holds Python's lock while it lives; it may be nested. Nothing needs one: each call takes the lock for itself and lets it go
// again. Around several calls it saves that, and no other thread of Python comes in between:
//
//     const catena::Gil gil;
//     for (Plugin& plugin : plugins) plugin.process(block);
//
// Hold it for as long as Python works, not for as long as you do. Waiting under it for a thread that calls Catena is waiting for ever.
using detail::Gil;

// For a thread that has a deadline, a real-time one for example: it takes the lock from a thread of Python's as soon as that can let it
// go, within microseconds, and not after the 5 ms (sys.setswitchinterval) that CPython gives it else:
//
//     const catena::Gil gil(catena::at_once);
//
// One call of C that lasts, a sort or an operation on a large array, is waited for as ever, and now and then the other thread misses being
// asked: a switch interval of some microseconds makes that short, too. Threads that take the lock from each other like this for every
// small call get less done together. On CPython 3.12 and newer it is a Gil like any other.
inline constexpr detail::AtOnce at_once;

}  // namespace catena::inline v1
