// The program `catena`.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "catena_config.hpp"
#include "repl/command_line.hpp"
#include "repl/doctor.hpp"
#include "repl/help.hpp"
#include "repl/interrupts.hpp"
#include "repl/profile_report.hpp"
#include "repl/program.hpp"
#include "repl/report.hpp"
#include "repl/session.hpp"
#include "repl/streams.hpp"

namespace {

using catena::Command;
using catena::CommandLine;

constexpr int wrong_usage = 2;

void say(const std::string& message) { std::fprintf(stderr, "catena: %s\n", message.c_str()); }

int print(std::string_view text) {
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    if (!written) say(std::string("standard output: ") + std::strerror(errno));
    return written ? 0 : 1;
}

// A file that is not there may have been meant as a command.
std::string hint_about(const CommandLine& line) {
    if (::access(line.target.c_str(), F_OK) == 0) return "";
    const std::string command = catena::closest_command(line.target);
    return command.empty() ? "" : " (did you mean catena " + command + "?)";
}

std::string folder_of(const std::string& file) {
    // As Python does, the folder of the file itself, not of a link to it.
    char* real = ::realpath(file.c_str(), nullptr);
    std::string path = real != nullptr ? real : file;
    std::free(real);
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : slash == 0 ? "/" : path.substr(0, slash);
}

// sys.argv as Python fills it: what runs, then its arguments.
std::vector<std::string> argv_of(const CommandLine& line) {
    std::vector<std::string> argv;
    switch (line.command) {
        case Command::file: argv.push_back(line.target); break;
        case Command::standard_input: argv.emplace_back("-"); break;
        case Command::expression: argv.emplace_back("-e"); break;
        case Command::module: argv.emplace_back("-m"); break;
        default: argv.emplace_back(""); break;
    }
    if (line.command != Command::test && line.command != Command::tool)
        argv.insert(argv.end(), line.arguments.begin(), line.arguments.end());
    return argv;
}

// Runs what the command line names, all but a session.
int run_program(const CommandLine& line, std::string text, const std::string& file) {
    switch (line.command) {
        case Command::file: return catena::run_text(std::move(text), file, line);
        case Command::expression: return catena::run_text(line.target, "<-e>", line);
        case Command::standard_input: return catena::run_text(std::move(text), "<stdin>", line);
        case Command::module: return catena::run_module(line);
        case Command::dump: return catena::run_dump(line);
        case Command::test: return catena::run_tests(line);
        case Command::tool: return catena::run_tool(line.target, line);
        default: return catena::run_tool("doctor", line);
    }
}

// Runs the command in the started program and answers the exit status.
int run(const CommandLine& line, std::string text, std::optional<catena::InterruptsWait>* starting) {
    std::string file, folder;
    if (line.command == Command::file) {
        file = line.target;
        folder = folder_of(file);
    }
    if (!catena::hold_interrupts() || !catena::prepare_main(line.arguments, file, folder))
        return catena::report_raised();
    int status = 0;
    if (line.command != Command::repl) {
        const catena::Interruptible now;
        starting->reset();
        status = run_program(line, std::move(text), file);
    }
    starting->reset();
    return line.command == Command::repl || line.interactive ? catena::run_repl(line, line.interactive) : status;
}

}  // namespace

int main(int argc, char** argv) {
    catena::fill_closed_streams();
    const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
    const auto parsed = catena::parse_command_line(arguments, ::isatty(STDIN_FILENO) != 0);
    if (!parsed) {
        const catena::WrongUsage& wrong = parsed.error();
        const std::string command = wrong.command.empty() ? "" : " " + wrong.command;
        say(wrong.message + "; see catena" + command + " --help");
        return wrong_usage;
    }
    const CommandLine& line = *parsed;
    if (line.command == Command::help) return print(catena::help_text(line.target));
    if (line.command == Command::completion) return print(catena::completion_script(line.target));
    if (line.command == Command::man) return print(catena::manual_page());
    if (line.command == Command::version) {
        return print("catena " CATENA_VERSION " (Python " CATENA_PYTHON_VERSION ")\n");
    }

    std::string text;
    if (line.command == Command::file || line.command == Command::standard_input) {
        auto read = catena::read_program(line.command == Command::file ? line.target : "-");
        if (!read) {
            say(read.error() + hint_about(line));
            return 1;
        }
        text = std::move(*read);
    }
    catena::PythonOptions options;
    options.python = line.python;
    std::vector<std::string> looked_at;
    const auto choice = catena::choose_python(options, &looked_at);
    const bool asks_doctor = line.command == Command::doctor;
    if (asks_doctor && print(catena::doctors_beginning(choice, looked_at)) != 0) return 1;
    if (!choice) {
        if (asks_doctor) return print(catena::doctors_end(choice.error())), 1;
        say(choice.error());
        return 1;
    }
    catena::ProfileReport profile(line.profile_file);
    std::optional<catena::InterruptsWait> starting(std::in_place);
    if (!catena::start_program(line, *choice, argv_of(line))) {
        if (asks_doctor) print(catena::doctors_end("Python does not start; standard error says why."));
        return 1;
    }
    if (line.profile && !profile.start()) return 1;
    const int answered = run(line, std::move(text), &starting);
    catena::release_interrupts();
    const int status = catena::stop_python(answered);
    // Now that all threads have ended.
    if (line.profile && !profile.write() && status == 0) return 1;
    if (catena::output_was_lost() && status == 0) return 1;
    return status;
}
