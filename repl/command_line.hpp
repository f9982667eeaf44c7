// The command line of the program, parsed: what to do, with what. Knows nothing of Python.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace catena {

enum class Command { file, expression, module, standard_input, repl, dump, test, doctor, kernel, nrepl, version, help };

// The stages of `catena dump`, in the order in which a program passes through them.
struct DumpStages {
    bool forms = false;
    bool expanded = false;
    bool chains = false;
    bool code = false;

    [[nodiscard]] bool none() const { return !(forms || expanded || chains || code); }
};

struct CommandLine {
    Command command = Command::repl;
    std::string target;  // the file, expression or module; what help is about
    std::vector<std::string>
        arguments;             // the program's own, the paths of `test`, or what a tool is told: `--port=7888`
    std::string python;        // --python
    bool interactive = false;  // -i
    bool quiet = false;        // -q
    bool fuse = true;          // not -O0
    DumpStages stages;
    bool dump_expression = false;  // `dump -e EXPR`: target is the text itself
    std::string only;              // test -k
    std::string junit;             // test --junit
};

struct WrongUsage {
    std::string message;
    std::string command;  // whose help to point at; empty: the program's
};

// `arguments` are those after the program's name. Without any, and with standard input on a terminal, the command is
// repl; with a pipe or a file there, standard_input.
[[nodiscard]] tl::expected<CommandLine, WrongUsage> parse_command_line(const std::vector<std::string>& arguments,
                                                                       bool input_is_terminal);

// The help of a subcommand, or of the program for an empty name. Empty when there is no such subcommand.
[[nodiscard]] std::string_view help_text(std::string_view command);

}  // namespace catena
