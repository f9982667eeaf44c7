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
// Hold it for as long as Python works, not for as long as you do. Waiting under it for a thread that calls Catena, or for one that
// has done so to end, is waiting for ever.
using detail::Gil;

}  // namespace catena::inline v1
