// A line of source with a mark under the part that is meant, `^~~~`, drawn for a terminal: tabs become spaces, wide and
// combining characters keep the mark in its place, control characters are made visible, long lines are cut around
// the mark.
#pragma once

#include <string>
#include <string_view>

#include "bridge/span.hpp"

namespace catena {

struct Excerpt {
    std::string line;
    std::string marks;  // spaces, then ^~~~
};

// `line` is UTF-8 (what is not is shown as �) without its line break; of `span` the columns count, in characters from
// 1, and whether it ends on the same line. `width` is how many columns of the terminal the line may take.
[[nodiscard]] Excerpt draw_excerpt(std::string_view line, const Span& span, std::size_t width);

// Texts that are in no file: `-e`, standard input, the REPL's inputs. A later text of the same name replaces it.
// Answers the text where it is kept.
std::string_view remember_source(const std::string& name, std::string text);

// Line `number` (from 1) of the named text or file. False when there is none or it cannot be read.
[[nodiscard]] bool source_line(const std::string& file, std::size_t number, std::string* line);

}  // namespace catena
