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

// Opens the null device in the place of standard streams that are closed: the next file that a program opens would take
// such a place, and what is meant for a person would go into it. Standard input then cannot be read.
void fill_closed_streams();

// Flushes sys.stdout. Where that cannot be, says why, unless the reader of a pipe has gone, and drops what was not
// written. Answers whether it was written.
bool flush_output();

// Takes the OSError out of the error indicator with which writing to standard output has failed; says why it did, as
// flush_output does, and drops what is written from now on.
void give_up_output();

// Has flush_output called when Python ends, behind the program's own exit handlers. False: an error is set.
[[nodiscard]] bool flush_output_at_exit();

// Whether something that was printed could not be written.
[[nodiscard]] bool output_was_lost();

// Whether sys.stderr is the process's own standard error, a terminal that shows colours, and NO_COLOR is unset.
[[nodiscard]] bool error_has_colours();

// How many columns the terminal of standard error has; 100 without one.
[[nodiscard]] std::size_t error_width();

}  // namespace catena
