// The frame at the bottom. Catena's own frames are not CPython's, and Python code that looks at its caller
// (`globals()`, sys._getframe, the evaluators of pandas) expects that there is one. A top-level form runs
// inside one, with the globals of its module, the file and the line of the form: what Python's warnings and logs name, and where
// the makers of classes find the module's name. A form that another one of the same module evaluates stands in that one's.
#pragma once

#include "bridge/value.hpp"

namespace catena {

// Whether the innermost Python frame of this thread is no such one with these globals.
[[nodiscard]] bool without_base_frame(PyObject* globals);

// Calls `run(context)` inside such a frame. An error passes it by: it leaves no entry in the traceback.
[[nodiscard]] Value run_in_base_frame(PyObject* globals, PyObject* file, int line, Value (*run)(void* context),
                                      void* context);

}  // namespace catena
