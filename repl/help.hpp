// What the program says about itself, made of the tables in repl/commands.hpp.
#pragma once

#include <string>
#include <string_view>

namespace catena {

// The help of a command, or of the program for an empty name. The command must exist.
[[nodiscard]] std::string help_text(std::string_view command);

// The manual page, in the macros of man(7).
[[nodiscard]] std::string manual_page();

// A script that completes the program's words in bash, zsh or fish.
[[nodiscard]] std::string completion_script(std::string_view shell);

}  // namespace catena
