// Cursor: a place in a text that knows its line and column. Columns count characters: each continuation byte that is
// passed moves the origin of its line on by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "bridge/span.hpp"
#include "lang/utf8.hpp"

namespace catena {

struct Position {
    std::uint32_t line;
    std::uint32_t column;
};

class Cursor {
public:
    Cursor(std::string_view text, std::uint32_t line, std::uint32_t column)
        : at(text.data()),
          last(text.data() + text.size()),
          first_(text.data()),
          line_(line),
          origin_(1 - static_cast<std::ptrdiff_t>(column)) {}

    const char* at;    // moved by the reader over bytes that are ASCII and no line breaks
    const char* last;  // the end of the text

    [[nodiscard]] bool at_end() const { return at == last; }
    [[nodiscard]] Position position() const { return {line_, static_cast<std::uint32_t>(at - first_ - origin_ + 1)}; }
    [[nodiscard]] std::size_t offset() const { return static_cast<std::size_t>(at - first_); }

    // The span of what was read since `start`.
    [[nodiscard]] Span since(Position start) const {
        const Position end = position();
        return {start.line, start.column, end.line, end.column};
    }

    // Whether `text` comes next.
    [[nodiscard]] bool sees(std::string_view text) const {
        return static_cast<std::size_t>(last - at) >= text.size() && std::string_view(at, text.size()) == text;
    }

    // Passes the line break that stands here: \n, \r\n or \r.
    void pass_line_break() {
        at += *at == '\r' && at + 1 != last && at[1] == '\n' ? 2 : 1;
        ++line_;
        origin_ = at - first_;
    }

    // Passes one character that is no line break.
    void pass_character() {
        const int length = utf8_length(static_cast<unsigned char>(*at));
        at += length;
        origin_ += length - 1;
    }

    // Passes a byte order mark: it is no character of the text, columns count from behind it.
    void pass_byte_order_mark() {
        at += 3;
        origin_ += 3;
    }

    // Passes everything up to `end`, whatever it is.
    void pass_to(const char* end) {
        while (at < end) {
            const auto c = static_cast<unsigned char>(*at);
            if (c >= 0x80) {
                pass_character();
            } else if (c == '\n' || c == '\r') {
                pass_line_break();
            } else {
                ++at;
            }
        }
    }

    // Passes up to `end`, where there is no line break before it.
    void pass_within_line(const char* end) {
        for (const char* p = at; p < end; ++p) origin_ += (static_cast<unsigned char>(*p) & 0xc0) == 0x80;
        at = end;
    }

private:
    const char* first_;
    std::uint32_t line_;
    std::ptrdiff_t origin_;  // the offset of the line's first character, plus the continuation bytes passed in it
};

}  // namespace catena
