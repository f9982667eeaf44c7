// What the formatter moves about: tokens with their prefixes, in the order of the text.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace catena {

enum class ItemKind : std::uint8_t {
    atom,     // a form without brackets; strings of all kinds as a whole
    open,     // a bracket with the prefixes before it: '(
    close,    // one that closes
    comment,  // from ; to the end of the line, without the blanks there
};

inline constexpr std::uint32_t no_item = UINT32_MAX;

struct FormatItem {
    ItemKind kind;
    std::uint8_t breaks;    // line breaks before it in the text, 3 for more
    bool comma;             // a comma that is white space stands behind it
    bool call;              // of an opening bracket: a form, not data
    bool name;              // of an atom: a symbol
    std::uint32_t mate;     // of a bracket: the item of the other
    std::uint32_t bracket;  // the item of the bracket that it stands in; no_item at the top
    std::uint32_t column;   // where it begins in the text, in characters
    std::uint32_t gap;      // blanks before it that are worth keeping, when no line break is
    std::uint32_t width;    // characters in its first line
    std::uint32_t last;     // characters in its last line, when it has several; else 0
    std::string_view text;
};

// The items of a text that can be read; views into it.
[[nodiscard]] std::vector<FormatItem> format_items(std::string_view text);

}  // namespace catena
