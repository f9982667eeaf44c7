// Suggestions: the name that somebody probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bridge/error.hpp"

namespace catena {

// The candidate nearest to `name` by edits (insert, delete, replace, swap; `-` and `_` count as the same), or an empty
// string when none is near enough to be worth a word.
[[nodiscard]] std::string closest_name(std::string_view name, const std::vector<std::string>& candidates);

// What to say beside an error about a misspelt name, attribute, module, member or keyword argument: "did you mean
// X?", or an empty string. Reads the exception and the objects it names; never fails.
[[nodiscard]] std::string suggestion_for(const Error& error);

}  // namespace catena
