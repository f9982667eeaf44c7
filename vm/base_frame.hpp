// The frame at the bottom. Catena's own frames are not CPython's, and Python code that looks at its caller
// (`globals()`, sys._getframe, the evaluators of pandas) expects that there is one. A top-level form that runs without
// any Python frame around it gets one, with the globals of its module, the file and the line of the form: what Python's warnings
// and logs name.
#pragma once

#include "bridge/value.hpp"

namespace catena {

// Whether no Python frame runs in this thread.
[[nodiscard]] bool without_python_frame();

// Calls `run(context)` inside such a frame. An error passes it by: it leaves no entry in the traceback.
[[nodiscard]] Value run_in_base_frame(PyObject* globals, PyObject* file, int line, Value (*run)(void* context),
                                      void* context);

}  // namespace catena
