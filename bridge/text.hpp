// Text between Python's strs and C++'s UTF-8 strings.
#pragma once

#include <string>
#include <string_view>

#include "bridge/ref.hpp"

namespace catena {

// The UTF-8 of an exact str or a subclass; lone surrogates become backslash escapes. Never fails, leaves no error.
[[nodiscard]] std::string text_of(PyObject* string);

// str(object) as UTF-8; `otherwise` when that raises. Leaves no error and keeps one that is set.
[[nodiscard]] std::string display(PyObject* object, std::string_view otherwise = "<unprintable>");

// A new str of UTF-8 text, or empty with an error set.
[[nodiscard]] Ref make_str(std::string_view text);

}  // namespace catena
