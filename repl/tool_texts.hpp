// The texts of repl/*.lisp, carried in the program; cmake/Tools.cmake writes the table at build time.
#pragma once

#include <span>
#include <string_view>

namespace catena {

struct ToolText {
    std::string_view name;  // the file's, without its ending
    std::string_view text;
};

[[nodiscard]] std::span<const ToolText> tool_texts();

}  // namespace catena
