// Where a form that does not fit into a line is broken.
#pragma once

#include <span>
#include <vector>

#include "repl/format_items.hpp"

namespace catena {

// How many elements behind the first stay on the line of the bracket `open`: the name and parameters of a `defn`, the
// condition of an `if`.
[[nodiscard]] std::uint32_t header_of(std::span<const FormatItem> items, std::uint32_t open);

[[nodiscard]] bool is_keyword(const FormatItem& item);

// Whether the elements of the bracket `open` are pairs of a name and a value: a map's, or those of the vector behind `let`.
// `around` is the bracket whose second element this is, no_item when it is none.
[[nodiscard]] bool has_pairs(std::span<const FormatItem> items, std::uint32_t open, std::uint32_t around);

// Whether forms of this name consist of tests and values: `cond`, `match` …
[[nodiscard]] bool has_clauses(std::string_view name);

// Notes a line break before each element of the bracket `open` that begins a line.
void plan_breaks(std::span<const FormatItem> items, std::uint32_t open, bool pairs, std::vector<std::uint8_t>& breaks);

}  // namespace catena
