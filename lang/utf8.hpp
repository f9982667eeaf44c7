// UTF-8 as the reader needs it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace catena {

// The offset of the first byte that belongs to no character; text.size() when all is well. Surrogates and
// overlong encodings are not well.
[[nodiscard]] std::size_t first_invalid_utf8(std::string_view text);

// How many bytes the character has that starts with this byte, in valid UTF-8.
[[nodiscard]] constexpr int utf8_length(unsigned char lead) {
    return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

// The character at `p`, in valid UTF-8.
[[nodiscard]] std::uint32_t utf8_at(const char* p);

// Appends a code point; lone surrogates too, as Python's "surrogatepass" has them.
void append_utf8(std::string& out, std::uint32_t c);

}  // namespace catena
