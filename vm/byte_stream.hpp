// Bytes written and read as variable-length numbers. The reader never looks beyond the end; after the first failure
// everything that it answers is 0 and `failed` says so.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace catena {

class ByteWriter {
public:
    void byte(std::uint8_t b) { bytes_.push_back(static_cast<char>(b)); }
    void number(std::uint64_t n) {
        for (; n >= 0x80; n >>= 7) byte(static_cast<std::uint8_t>(n | 0x80));
        byte(static_cast<std::uint8_t>(n));
    }
    void signed_number(std::int64_t n) {
        number(static_cast<std::uint64_t>(n) << 1 ^ static_cast<std::uint64_t>(n >> 63));
    }
    void fixed(std::uint64_t n) {
        char raw[8];
        for (int k = 0; k < 8; ++k) raw[k] = static_cast<char>(n >> (8 * k));
        bytes_.append(raw, sizeof raw);
    }
    void text(std::string_view s) {
        number(s.size());
        bytes_.append(s);
    }
    [[nodiscard]] std::string& bytes() { return bytes_; }

private:
    std::string bytes_;
};

class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] std::size_t left() const { return rest_.size(); }

    std::uint8_t byte() {
        if (rest_.empty()) return fail();
        const auto b = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return b;
    }
    std::uint64_t number() {
        std::uint64_t n = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t b = byte();
            n |= static_cast<std::uint64_t>(b & 0x7f) << shift;
            if ((b & 0x80) == 0) return failed_ ? 0 : n;
        }
        return fail();
    }
    std::int64_t signed_number() {
        const std::uint64_t n = number();
        return static_cast<std::int64_t>(n >> 1 ^ (0 - (n & 1)));
    }
    // How many things follow; each takes at least one byte, so a larger number is damage.
    std::size_t count() {
        const std::uint64_t n = number();
        if (n <= rest_.size()) return static_cast<std::size_t>(n);
        return fail();
    }
    // A number of at most `most`.
    template <class T>
    T small(std::uint64_t most = static_cast<T>(-1)) {
        const std::uint64_t n = number();
        if (n <= most) return static_cast<T>(n);
        return fail();
    }
    std::uint64_t fixed() {
        const std::string_view raw = take(8);
        std::uint64_t n = 0;
        for (std::size_t k = 0; k < raw.size(); ++k)
            n |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(raw[k])) << (8 * k);
        return n;
    }
    std::string_view text() { return take(count()); }

private:
    std::string_view take(std::size_t n) {
        if (n > rest_.size()) {
            fail();
            return {};
        }
        const std::string_view out = rest_.substr(0, n);
        rest_.remove_prefix(n);
        return out;
    }
    std::uint8_t fail() {
        failed_ = true;
        rest_ = {};
        return 0;
    }

    std::string_view rest_;
    bool failed_ = false;
};

}  // namespace catena
