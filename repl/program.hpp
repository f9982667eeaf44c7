// The running program: Python and the floors started for a command line, and the module `__main__` in which everything
// runs. One for each process.
#pragma once

#include <string>
#include <string_view>

#include "bridge/python.hpp"
#include "bridge/result.hpp"
#include "compiler/compile.hpp"
#include "repl/command_line.hpp"

namespace catena {

// Starts Python and the floors. False after a message on standard error.
[[nodiscard]] bool start_program(const CommandLine& line, const PythonChoice& choice, std::vector<std::string> argv);

// The module `__main__`, borrowed.
[[nodiscard]] PyObject* main_module();

// Binds `*args*` and, when `file` is not empty, `__file__` in the main module, and puts `folder` before the rest of
// sys.path.
[[nodiscard]] Result<void> prepare_main(const std::vector<std::string>& arguments, std::string_view file,
                                        std::string_view folder);

// Reads a whole file, or standard input for "-". The error is a sentence that begins with the file's name.
[[nodiscard]] tl::expected<std::string, std::string> read_program(const std::string& file);

// What a command answers: the exit status. The Python error indicator is clear afterwards.
[[nodiscard]] int run_text(std::string text, const std::string& filename, const CommandLine& line);
[[nodiscard]] int run_module(const CommandLine& line);
[[nodiscard]] int run_dump(const CommandLine& line);
[[nodiscard]] int run_tests(const CommandLine& line);

}  // namespace catena
