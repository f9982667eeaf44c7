// The line that a frame answers as its own.
#pragma once

#include "bridge/ref.hpp"

namespace catena {

// Frames that stand in tracebacks for Catena's functions have run no instruction: debuggers, which ask the frame and not the
// traceback's entry, are told the line. `line` is from 1. Without CPython's internal headers nothing happens.
void set_frame_line(PyFrameObject* frame, int line);

}  // namespace catena
