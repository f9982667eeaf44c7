// The formatter: a program's text laid out anew, with the same tokens and comments in it.
//
// Line breaks that are there stay; lines that are longer than `width` get more of them, where the form says (a pair of a map
// or `let` to a line, the body of a `when` under it, the arguments of a call under the first). Closing brackets end the line of
// what they close, runs of blanks become one (columns that stand under each other stay, as do comments at the ends of
// lines), of several empty lines one stays. Indentation is that of repl/indentation.hpp.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "lang/diagnostic.hpp"

namespace catena {

inline constexpr std::size_t format_width = 100;

// `text` is UTF-8. What cannot be read is not laid out either: the Diagnostic is the reader's.
[[nodiscard]] tl::expected<std::string, Diagnostic> format_source(std::string_view text,
                                                                  std::size_t width = format_width);

// Whether two texts consist of the same tokens and comments; blanks between them and at line ends aside.
[[nodiscard]] bool same_tokens(std::string_view a, std::string_view b);

// Whether two texts also read as the same forms. False when one cannot be read; an error that a form's printing raised.
[[nodiscard]] Result<bool> reads_alike(std::string_view a, std::string_view b);

}  // namespace catena
