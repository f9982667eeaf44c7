// Catena's notation: what prn, pr-str and the REPL write, and the reader reads back.
#pragma once

#include "bridge/result.hpp"

namespace catena {

// The object in Catena's notation, a str. Exact Python types, Keyword, Symbol, List and str patterns are written
// in it at any depth; every other object, subclasses of those included, is written by its Python repr, whose
// errors propagate. A container inside itself is written `...`.
[[nodiscard]] Result<Ref> repr(PyObject* object);

}  // namespace catena
