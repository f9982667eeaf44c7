// The Python module `catena.program`: what the tools that are written in Catena (repl/*.lisp) need of the program itself:
// texts evaluated form by form, whether an input is whole, reports of errors.
#pragma once

#include <string_view>

#include "bridge/result.hpp"
#include "repl/command_line.hpp"

namespace catena {

// Makes the module and enters it in sys.modules. Idempotent.
[[nodiscard]] Result<void> init_session_module(const CommandLine& line);

// The tool repl/NAME.lisp as the module `catena.NAME`, loaded at its first use. ImportError for an unknown one.
[[nodiscard]] Result<Ref> load_tool(std::string_view name);

// Loads the tool `name` and calls its `main` with the command line's operands and a dict of its options, {"--port" "7888"},
// "" being the value of one that takes none; the exit status it answers.
[[nodiscard]] int run_tool(std::string_view name, const CommandLine& line);

// The REPL; `after_program` when it follows one (-i), without a greeting then. Answers the exit status.
[[nodiscard]] int run_repl(const CommandLine& line, bool after_program);

}  // namespace catena
