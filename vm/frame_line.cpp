#include "vm/frame_line.hpp"

#if __has_include(<internal/pycore_frame.h>)
#define Py_BUILD_CORE 1
#include <internal/pycore_frame.h>
#undef Py_BUILD_CORE
#endif

namespace catena {

void set_frame_line(PyFrameObject* frame, int line) {
#if __has_include(<internal/pycore_frame.h>)
    frame->f_lineno = line;
#else
    (void)frame, (void)line;
#endif
}

}  // namespace catena
