// Where a line of code begins: one set of rules for the REPL and whatever else lays code out.
//
//   (f a         arguments stand under the first one
//      b)
//   (f           or under f where none stands beside it
//    a)
//   (let [x 1]   a form with a body: two columns further in than its bracket
//     x)
//   (f a         so does one that was begun that way: f may be a macro with a body
//     b)
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

// A bracket that is open, and what stands behind it; columns are in characters from 0.
struct OpenForm {
    std::size_t inside = 0;               // directly behind the bracket
    bool call = false;                    // a form, not data: ( without a quote
    std::string_view name;                // of its first element, when that is a symbol
    std::optional<std::size_t> head;      // where the first element stands
    std::optional<std::size_t> argument;  // where the second one stands, when that is on the bracket's line
    bool as_body = false;                 // the first line in it stands two columns further in than the bracket
};

// The column of a further line in it.
[[nodiscard]] std::size_t line_column(const OpenForm& form);

// The column, in characters from 0, at which the line that begins at byte `offset` of the text belongs, as the lines before it stand.
// Empty inside a string or a block comment, whose text is not ours to move.
[[nodiscard]] std::optional<std::size_t> indentation_at(std::string_view text, const std::vector<Token>& tokens,
                                                        std::size_t offset);

}  // namespace catena
