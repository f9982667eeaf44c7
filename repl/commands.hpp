// What can be said on the command line, each thing once: the parser, the help, the shells' completions and the manual
// page are made of these two tables.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "repl/command_line.hpp"

namespace catena {

// A command of the program. The first row, without a name, is the program itself.
struct CommandRow {
    std::string_view name;
    Command command;
    std::string_view operand;  // what stands behind it: FILE for one, FILE… for one or more, [FILE…] for any number,
                               // install|remove for one of these words; upper case says what it is
    std::string_view needs;    // what to say when it is missing: "a file"
    std::string_view summary;   // for lists of commands
    std::string_view usage;     // a line each, without the words `catena NAME`
    std::string_view about;     // lines, with empty ones between paragraphs
    std::string_view examples;  // a line each
};

// What may follow an option.
enum class Then {
    more,     // options and operands
    program,  // words that belong to the program that the option names
    last,     // another option; this one stands for the operand
    nothing,  // whatever: the rest of the line is not looked at
};

struct OptionRow {
    std::string_view commands;  // the names of those that know it, with blanks between; `catena` is the program itself
    std::string_view names;     // "-V --version"
    std::string_view value;  // FILE, EXPR …, or the words to choose from, bash|zsh; empty when it takes none; =FILE
                             // when it need not be there and stands behind an equals sign
    std::string_view help;
    // Enters it into the command line. Null: it is for a tool that is written in Catena, which gets it by its last name.
    void (*apply)(CommandLine& line, std::string value);
    Then then = Then::more;
};

[[nodiscard]] std::span<const CommandRow> command_rows();
[[nodiscard]] std::span<const OptionRow> option_rows();

// The row of a command, or null.
[[nodiscard]] const CommandRow* find_command(std::string_view name);

// Whether the option cannot be without a value.
[[nodiscard]] inline bool needs_value(const OptionRow& option) {
    return !option.value.empty() && !option.value.starts_with('=');
}

[[nodiscard]] bool knows(const CommandRow& command, const OptionRow& option);

// The pieces of a text between separators; none of an empty text.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

// The words that a value or operand is one of; empty when it is described: FILE.
[[nodiscard]] std::vector<std::string_view> choices(std::string_view value);

// Whether a value or operand is the name of a file or folder.
[[nodiscard]] bool names_a_file(std::string_view value);

}  // namespace catena
