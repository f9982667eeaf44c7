// What an error report says beside the facts: the name that somebody probably meant, the macro that code came from.
#pragma once

#include <string>

#include "bridge/error.hpp"

namespace catena {

// What to say beside an error about a misspelt name, attribute, module, member or keyword argument: "did you mean
// X?", or an empty string. Reads the exception and the objects it names; never fails.
[[nodiscard]] std::string suggestion_for(const Error& error);

// The macro whose call stands at this place of the traceback's entry `frame`: the code that failed is of its making. Empty
// when no macro is called there.
[[nodiscard]] std::string macro_at(const Error& error, std::size_t frame, const std::string& file, const Span& span);

}  // namespace catena
