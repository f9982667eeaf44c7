// The command line of the program, parsed: what to do, with what. Knows nothing of Python.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

namespace catena {

enum class Command {
    file,
    expression,
    module,
    standard_input,
    repl,
    dump,
    test,
    doctor,
    tool,  // one that is written in Catena: repl/NAME.lisp, NAME in `target`
    version,
    help,
    completion,
    man,
};

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
    std::string target;  // the file, expression, module or tool; what help is about; the shell to complete for
    std::vector<std::string> arguments;                             // the program's own, or a command's operands
    std::vector<std::pair<std::string, std::string>> tool_options;  // {"--port", "7888"}, {"--user", ""}
    std::string python;                                             // --python
    bool interactive = false;                                       // -i
    bool quiet = false;                                             // -q
    bool fuse = true;                                               // not -O0
    bool profile = false;                                           // --profile
    std::string profile_file;                                       // --profile=FILE
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

// The command that a word was probably meant to be, or an empty string.
[[nodiscard]] std::string closest_command(std::string_view word);

}  // namespace catena
