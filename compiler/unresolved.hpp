// Names that code refers to before anything defines them. The analyzer notes them; when a file has loaded, those that
// are still missing are reported.
#pragma once

#include <string>
#include <vector>

#include "bridge/ref.hpp"
#include "bridge/span.hpp"

namespace catena {

struct UnresolvedName {
    Ref name;  // as Python knows it
    Ref display;
    std::string file;
    Span span;
};

// Does nothing when the name is defined by now.
void note_unresolved(PyObject* module, PyObject* name, PyObject* display, const std::string& file, Span span);

// Those of a module that nothing defines yet; they stay noted.
[[nodiscard]] std::vector<UnresolvedName> still_unresolved(PyObject* module);

}  // namespace catena
