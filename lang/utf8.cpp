#include "lang/utf8.hpp"

#include <cstring>

namespace catena {

namespace {

bool is_continuation(unsigned char c) { return (c & 0xc0) == 0x80; }

// The length of the well-formed character of several bytes at `p`, 0 if there is none.
int checked_length(const unsigned char* p, std::size_t left) {
    const unsigned char lead = p[0];
    if (lead < 0xc2 || lead > 0xf4) return 0;
    const int length = utf8_length(lead);
    if (static_cast<std::size_t>(length) > left) return 0;
    for (int i = 1; i < length; ++i) {
        if (!is_continuation(p[i])) return 0;
    }
    if (lead == 0xe0 && p[1] < 0xa0) return 0;
    if (lead == 0xed && p[1] > 0x9f) return 0;
    if (lead == 0xf0 && p[1] < 0x90) return 0;
    if (lead == 0xf4 && p[1] > 0x8f) return 0;
    return length;
}

}  // namespace

std::size_t first_invalid_utf8(std::string_view text) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t i = 0;
    while (i < text.size()) {
        std::uint64_t eight = 0;
        if (text.size() - i >= sizeof eight) {
            std::memcpy(&eight, bytes + i, sizeof eight);
            if ((eight & 0x8080808080808080u) == 0) {
                i += sizeof eight;
                continue;
            }
        }
        if (bytes[i] < 0x80) {
            ++i;
            continue;
        }
        const int length = checked_length(bytes + i, text.size() - i);
        if (length == 0) return i;
        i += static_cast<std::size_t>(length);
    }
    return text.size();
}

std::uint32_t utf8_at(const char* p) {
    const auto byte = [p](int i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(p[i])); };
    const auto low = [&](int i) { return byte(i) & 0x3f; };
    switch (utf8_length(static_cast<unsigned char>(*p))) {
        case 1: return byte(0);
        case 2: return (byte(0) & 0x1f) << 6 | low(1);
        case 3: return (byte(0) & 0x0f) << 12 | low(1) << 6 | low(2);
        default: return (byte(0) & 0x07) << 18 | low(1) << 12 | low(2) << 6 | low(3);
    }
}

void append_utf8(std::string& out, std::uint32_t c) {
    const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xc0 | c >> 6);
        put(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        put(0xe0 | c >> 12);
        put(0x80 | (c >> 6 & 0x3f));
        put(0x80 | (c & 0x3f));
    } else {
        put(0xf0 | c >> 18);
        put(0x80 | (c >> 12 & 0x3f));
        put(0x80 | (c >> 6 & 0x3f));
        put(0x80 | (c & 0x3f));
    }
}

}  // namespace catena
