// "Did you mean …?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace catena {

// The candidate that is closest to a misspelt name, or an empty string when none is close.
[[nodiscard]] std::string closest_name(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace catena
