// Suggestions: the name that somebody probably meant.
#pragma once

#include <string>

#include "bridge/error.hpp"

namespace catena {

// What to say beside an error about a misspelt name, attribute, module, member or keyword argument: "did you mean
// X?", or an empty string. Reads the exception and the objects it names; never fails.
[[nodiscard]] std::string suggestion_for(const Error& error);

}  // namespace catena
