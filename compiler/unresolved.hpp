// Names that code refers to before anything defines them. The analyzer notes them; when a file has loaded, those that
// are still missing are reported.
#pragma once

#include <string>

#include "bridge/ref.hpp"
#include "bridge/span.hpp"

namespace catena {

void note_unresolved(PyObject* module, PyObject* name, PyObject* display, const std::string& file, Span span);

}  // namespace catena
