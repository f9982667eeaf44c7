// Where a line of code begins: one set of rules for the REPL and whatever else lays code out.
//
//   (f a         arguments stand under the first one
//      b)
//   (f           or under f where none stands beside it
//    a)
//   (let [x 1]   a form with a body: two columns further in than its bracket
//     x)
//   [a           elements stand under the first one
//    b]
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "lang/tokens.hpp"

namespace catena {

// Whether the form that begins with this name has a body: `let`, `defn`, `with-open` …
[[nodiscard]] bool has_body(std::string_view name);

// The column, in characters from 0, at which the line that begins at byte `offset` of the text belongs, as the lines before it stand.
// Empty inside a string or a block comment, whose text is not ours to move.
[[nodiscard]] std::optional<std::size_t> indentation_at(std::string_view text, const std::vector<Token>& tokens,
                                                        std::size_t offset);

}  // namespace catena
