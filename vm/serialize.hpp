// Codes as bytes and back: for the module cache, the standard library's image and functions that pickle by value.
//
// The bytes begin with a header (a mark, the format, a hash of the instruction set, a checksum of the rest); then
// follow numbered objects, children before parents, so that nesting of any depth is read and written without recursion.
#pragma once

#include <string_view>

#include "bridge/result.hpp"

namespace catena {

// The bytes of a `catena.Code` with everything that it holds. An object that has no notation of its own travels as a
// pickle; TypeError or PicklingError when it cannot. Its module does not travel.
[[nodiscard]] Result<Ref> dump_code(PyObject* code);

// A new `catena.Code` that belongs to `module`. ValueError when the bytes are damaged or of another version.
[[nodiscard]] Result<Ref> load_code(std::string_view bytes, PyObject* module);

// Whether the bytes were written by this version for this Python; says nothing about damage.
[[nodiscard]] bool is_current_code(std::string_view bytes);

}  // namespace catena
