// The functions behind vm/helpers.def, for the table in helpers.cpp; and what several of them share.
#pragma once

#include "bridge/ref.hpp"
#include "vm/helpers.hpp"

namespace catena {

#define H(NAME, COUNT, EQUATION) Value helper_##NAME(Value* window, std::size_t count);
#include "vm/helpers.def"
#undef H

// type(object).NAME bound to the object, as the interpreter looks up special methods. Empty without an error when the
// type has none. The name is an interned string.
[[nodiscard]] Ref special_method(PyObject* object, PyObject* name);

// Merges a mapping into an exact dict as keyword arguments: Keyword keys become Python names, a repeated one is a
// TypeError. False with the error set.
[[nodiscard]] bool merge_keywords(PyObject* dict, PyObject* mapping);

}  // namespace catena
