// What is shown to a person: through Python's streams, never failing, with the error indicator left as it is.
#pragma once

#include <string>
#include <string_view>

#include "bridge/ref.hpp"

namespace catena {

// A new str; what is not UTF-8 becomes the surrogates of PEP 383, as Python reads file names and arguments. Empty when
// memory is short.
[[nodiscard]] Ref str_of(std::string_view text);

// Writes to Python's sys.stderr (sys.stdout), or straight to the descriptor when that is gone, and flushes.
void write_error(std::string_view text);
void write_output(std::string_view text);

// Whether sys.stderr is the process's own standard error, a terminal that shows colours, and NO_COLOR is unset.
[[nodiscard]] bool error_has_colours();

// How many columns the terminal of standard error has; 100 without one.
[[nodiscard]] std::size_t error_width();

}  // namespace catena
