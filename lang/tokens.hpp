// Tokens: the pieces that a text is written in, for highlighting, indentation and formatting. They are cut as the
// reader cuts them, but nothing is refused: a text that is not finished, or wrong, has tokens too.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace catena {

// White space, commas that are some included, lies between tokens.
enum class TokenKind : std::uint8_t {
    comment,   // ; up to the end of the line, #| |#, a first line #!
    open,      // ( [ { #( #[ #{, and the { of a field in an f-string
    close,     // ) ] } with a mate
    prefix,    // ' ` , ,@ ~ ~@ @ ^ #_ #* #**
    name,      // a symbol
    keyword,   // :name
    constant,  // nil, true, false and their like
    number,
    string,  // a whole string of any kind; of an f-string what stands between its fields, and !r and :format in them
    wrong,   // what the reader refuses as it stands: a bracket that closes nothing, 1x, #t
};

inline constexpr std::uint32_t no_mate = UINT32_MAX;

struct Token {
    TokenKind kind;
    bool finished;        // false: a string or comment that the text ends in
    std::uint32_t begin;  // in bytes
    std::uint32_t end;
    std::uint32_t mate = no_mate;  // of a bracket: the number of the token that closes or opens it
};

// `text` is UTF-8, in which surrogates may stand.
[[nodiscard]] std::vector<Token> tokens_of(std::string_view text);

// The number of the first token that begins at or after a byte of the text.
[[nodiscard]] std::size_t token_from(const std::vector<Token>& tokens, std::size_t offset);

// The innermost bracket that is open at a byte of the text, no_mate when there is none. A bracket that begins there is
// not open yet; one that closes there is.
[[nodiscard]] std::uint32_t open_bracket_at(const std::vector<Token>& tokens, std::size_t offset);

}  // namespace catena
