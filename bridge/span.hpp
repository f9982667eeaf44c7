// Where a piece of source text stands. Lines and columns count from 1, columns in characters (code
// points); the end is exclusive. A Span whose line is 0 stands for "nowhere" (code that no text wrote).
#pragma once

#include <cstdint>

namespace catena {

struct Span {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::uint32_t end_line = 0;
    std::uint32_t end_column = 0;

    [[nodiscard]] constexpr bool known() const { return line != 0; }
    friend constexpr bool operator==(const Span&, const Span&) = default;
};

// The span from the start of `first` to the end of `last`.
[[nodiscard]] constexpr Span join(const Span& first, const Span& last) {
    return {first.line, first.column, last.end_line, last.end_column};
}

}  // namespace catena
