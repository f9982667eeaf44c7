// Columns as CPython's code objects count them. Ours count characters from 1; theirs count bytes of UTF-8 from 0. Where
// a line holds other characters than ASCII its text has to be known: a file's is read again, other text is kept in the
// Code.
#pragma once

#include <string>
#include <vector>

#include "vm/code.hpp"

namespace catena {

class ByteColumns {
public:
    explicit ByteColumns(const Code& code);

    // How many bytes stand before the column on its line.
    [[nodiscard]] std::uint32_t before(std::uint32_t line, std::uint32_t column) const;

private:
    const std::string* text_ = nullptr;  // null: all ASCII, or not known
    std::string own_text_;
    std::vector<std::size_t> lines_;  // where each begins
    Span first_{1, 1, 1, 1};          // where the text begins
};

}  // namespace catena
