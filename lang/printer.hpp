// Catena's notation: what prn, pr-str and the REPL write, and the reader reads back.
#pragma once

#include <cstddef>

#include "bridge/result.hpp"

namespace catena {

// The object in Catena's notation, a str. Exact Python types, Keyword, Symbol, List and str patterns are written
// in it at any depth; every other object, subclasses of those included, is written by its Python repr, whose
// errors propagate. A container inside itself is written `...`.
[[nodiscard]] Result<Ref> repr(PyObject* object);

// The same, given up soon after more than `limit` bytes have been written: what lies beyond costs nothing, save inside the
// repr of a foreign object. `whole` says whether the text is all of it; if not, it is a beginning of at most `limit` bytes.
struct Beginning {
    Ref text;
    bool whole;
};
[[nodiscard]] Result<Beginning> repr_beginning(PyObject* object, std::size_t limit);

}  // namespace catena
