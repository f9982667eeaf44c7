#include "repl/commands.hpp"

#include <algorithm>

namespace catena {

namespace {

constexpr CommandRow commands[] = {
    {"", Command::repl, "FILE", "", "run a program, or talk",
     "[OPTION…] [FILE | - | -e EXPR | -m MODULE] [ARGUMENT…]\nCOMMAND [OPTION…]",
     R"(Runs a Catena program on the Python of this machine. Without a file: a REPL on a terminal, otherwise the
program is read from standard input, as it is for the file -. What follows the program is its own: sys.argv, *args*.)",
     R"(catena hello.lisp world
catena -e '(print (** 2 100))'
catena -m util.report --verbose
echo '(print (+ 1 2))' | catena
catena -i model.lisp)"},
    {"run", Command::file, "FILE", "a file", "the same as catena FILE", "[OPTION…] FILE [ARGUMENT…]",
     "Runs FILE; the arguments are the program's. The same as catena FILE, for names that are commands too.",
     R"(catena run hello.lisp world
catena run ./test)"},
    {"repl", Command::repl, "", "", "the REPL, also without a terminal", "[OPTION…]",
     R"(Reads forms, runs them and prints their values in Catena's notation (nil prints nothing). A form may go on over
several lines. *1 *2 *3 are the last values, *e is the last error. Ctrl-C stops what runs, Ctrl-D leaves.)",
     R"(catena repl
catena repl -q < session.lisp)"},
    {"dump", Command::dump, "FILE", "a file, or -e EXPR", "show what the compiler makes of a file",
     "[--forms] [--expanded] [--chains] [--code] FILE\n[STAGE…] -e EXPR",
     R"(Shows what the compiler makes of a program, without running it (imports of macros and macros themselves do run).
Without a stage: all four. FILE may be - for standard input.)",
     R"(catena dump --chains examples/sum.lisp
catena dump -e '(np.sum x :axis 0)')"},
    {"check", Command::tool, "PATH…", "a file or folder", "look for mistakes without running", "PATH…",
     R"(Looks for mistakes in the files given and in the files *.lisp of the folders given, without running them: forms that
do not compile, names that nothing defines, attributes that a module or class does not have, arguments that a function
does not take. Modules that the text imports or requires are imported, and macros run; nothing else does.
Exit status 1 when something is found.)",
     R"(catena check model.lisp
catena check src tests)"},
    {"test", Command::test, "PATH…", "a file or folder", "run tests", "[-k NAME] [--junit FILE] PATH…",
     R"(Runs the tests (deftest) in the files given and in the files test_*.lisp and *_test.lisp of the folders given.
Exit status 1 when one fails.)",
     R"(catena test tests
catena test tests/parser_test.lisp -k strings --junit report.xml)"},
    {"fmt", Command::tool, "PATH…", "a file, a folder or -", "lay programs out", "[--check] [--diff] PATH…",
     R"(Lays out the files given, and the *.lisp files of the folders given, in place; - stands for standard input, laid out to
standard output. Line breaks and comments stay; lines of more than 100 columns are broken. A file is written only when
the same is read from it as before. Exit status 1 when a file cannot be read or, with --check, is not laid out so.)",
     R"(catena fmt model.lisp
catena fmt --check --diff src tests
catena fmt - < model.lisp)"},
    {"doc", Command::tool, "NAME…", "a name, module or file", "what a name, module or file is for", "NAME…",
     R"(Prints how to use what each NAME stands for, its documentation, and where it is defined: a name of Catena's core
or of Python's builtins, a special form, a module, something in a module (numpy.linalg.norm, util.text/pad), or a file
of programs. Catena's modules and files are read, not run; Python's modules are imported.)",
     R"(catena doc map
catena doc numpy.linalg.norm
catena doc examples/kmeans.lisp)"},
    {"bench", Command::tool, "FILE…", "a file, or -e EXPR", "measure how long something takes",
     "[OPTION…] -e EXPR [-e EXPR]…\n[OPTION…] FILE…",
     R"(Runs each EXPR again and again in this process, or each FILE as a program of its own, start-up included, and prints the
median of the samples, half the width of their middle half, and the best one. With several, it says how the others
compare with the first, and between which bounds that holds, nineteen times out of twenty. Samples are taken in turn.
What the measured prints is dropped. Of an EXPR a round of the loop that runs it is part, some nanoseconds.)",
     R"(catena bench -e '(sum (range 1000))'
catena bench --setup '(def xs (vec (range 1000)))' -e '(sum xs)' -e '(reduce + xs)'
catena bench --samples 10 old.lisp new.lisp)"},
    {"kernel", Command::tool, "[install]", "", "make Catena known to Jupyter",
     "install [--user | --prefix PATH] [--name NAME]\n--connection-file FILE",
     R"(Makes Catena a kernel of Jupyter: notebooks, consoles and editors that speak its protocol then offer it. Needs the
Python package ipykernel. The second form is what Jupyter itself runs.)",
     R"(catena kernel install --user
catena kernel install --prefix .venv
jupyter console --kernel catena)"},
    {"nrepl", Command::tool, "", "", "serve editors that speak nREPL", "[--port N] [--bind ADDRESS]",
     R"(Serves editors that speak nREPL (CIDER, Calva, Conjure, vim-fireplace) until it is interrupted. The port stands in the
file .nrepl-port of the working directory while it runs. Whoever can connect can run programs as you: it listens on
this machine's own address, 127.0.0.1, unless --bind names another.)",
     R"(catena nrepl
catena nrepl --port 7888)"},
    {"doctor", Command::doctor, "", "", "which Python, NumPy and paths are used, and why", "[--python PATH]",
     R"(Prints which Python, NumPy and paths Catena uses here, why they were chosen, and what is wrong with them.
Exit status 1 when something is wrong.)",
     R"(catena doctor
catena doctor --python .venv)"},
    {"help", Command::help, "[COMMAND]", "", "this text, or that of a command", "[COMMAND]",
     "Prints what --help prints.", "catena help dump"},
    {"version", Command::version, "", "", "version of Catena and of its Python", "", "Prints what --version prints.",
     "catena version"},
};

constexpr OptionRow options[] = {
    {"catena", "-c -e", "EXPR", "run EXPR; it prints nothing by itself",
     [](CommandLine& line, std::string value) {
         line.command = Command::expression;
         line.target = std::move(value);
     },
     Then::program},
    {"catena", "-m", "MODULE", "run a module, Catena's or Python's, as a program",
     [](CommandLine& line, std::string value) {
         line.command = Command::module;
         line.target = std::move(value);
     },
     Then::program},
    {"catena run", "-i", "", "afterwards stay, with all definitions, in the REPL",
     [](CommandLine& line, std::string) { line.interactive = true; }},
    {"catena run repl", "-q", "", "no greeting in the REPL", [](CommandLine& line, std::string) { line.quiet = true; }},
    {"catena run", "--profile", "=FILE", "measure each line: a table at the end, or FILE as JSON",
     [](CommandLine& line, std::string value) {
         line.profile = true;
         line.profile_file = std::move(value);
     }},
    {"dump", "--forms", "", "as the reader sees it", [](CommandLine& line, std::string) { line.stages.forms = true; }},
    {"dump", "--expanded", "", "with every macro expanded",
     [](CommandLine& line, std::string) { line.stages.expanded = true; }},
    {"dump", "--chains", "", "the bridge chains", [](CommandLine& line, std::string) { line.stages.chains = true; }},
    {"dump", "--code", "", "instructions of the virtual machine",
     [](CommandLine& line, std::string) { line.stages.code = true; }},
    {"dump", "-c -e", "EXPR", "the program itself instead of a file",
     [](CommandLine& line, std::string value) {
         line.dump_expression = true;
         line.target = std::move(value);
     },
     Then::last},
    {"test", "-k", "NAME", "only tests whose name contains NAME",
     [](CommandLine& line, std::string value) { line.only = std::move(value); }},
    {"test", "--junit", "FILE", "write a report as JUnit XML, too",
     [](CommandLine& line, std::string value) { line.junit = std::move(value); }},
    {"fmt", "--check", "", "write nothing; say what is not laid out so", nullptr},
    {"fmt", "--diff", "", "write nothing; show what would change", nullptr},
    {"bench", "-e -c", "EXPR", "an expression to measure",
     [](CommandLine& line, std::string value) {
         line.arguments.insert(line.arguments.end(), {"-e", std::move(value)});
     },
     Then::last},
    {"bench", "--setup", "EXPR", "run EXPR first, unmeasured", nullptr},
    {"bench", "--samples", "N", "how many samples to take, 25 unless said", nullptr},
    {"bench", "--seconds", "N", "take no more samples after N seconds, 10 unless said", nullptr},
    {"bench", "--json", "FILE", "write the samples to FILE, too", nullptr},
    {"kernel", "--user", "", "for this user, not for all", nullptr},
    {"kernel", "--prefix", "PATH", "for the environment at PATH", nullptr},
    {"kernel", "--name", "NAME", "under this name instead of catena", nullptr},
    {"kernel", "--connection-file", "FILE", "serve the client that FILE describes", nullptr},
    {"nrepl", "--port", "N", "the port; without it, a free one", nullptr},
    {"nrepl", "--bind", "ADDRESS", "the address to listen on", nullptr},
    {"catena run repl dump test kernel nrepl", "-O0", "", "run every chain step by step instead of fused",
     [](CommandLine& line, std::string) { line.fuse = false; }},
    {"catena run repl dump check test fmt doc bench kernel nrepl doctor", "--python", "PATH",
     "the Python to use: an interpreter, or an environment's folder",
     [](CommandLine& line, std::string value) { line.python = std::move(value); }},
    {"catena", "--completion", "bash|zsh|fish", "print the completion script for a shell",
     [](CommandLine& line, std::string value) {
         line.command = Command::completion;
         line.target = std::move(value);
     },
     Then::nothing},
    {"catena", "--man", "", "print the manual page",
     [](CommandLine& line, std::string) { line.command = Command::man; }, Then::nothing},
    {"catena", "-V --version", "", "version of Catena and of its Python",
     [](CommandLine& line, std::string) { line.command = Command::version; }, Then::nothing},
    {"", "-h --help", "", "this text; catena COMMAND --help for a command",
     [](CommandLine& line, std::string) { line.command = Command::help; }, Then::nothing},
};

}  // namespace

std::span<const CommandRow> command_rows() { return commands; }
std::span<const OptionRow> option_rows() { return options; }

const CommandRow* find_command(std::string_view name) {
    const auto* found = std::ranges::find(commands, name, &CommandRow::name);
    return found == std::end(commands) ? nullptr : found;
}

bool knows(const CommandRow& command, const OptionRow& option) {
    if (option.commands.empty()) return true;
    const std::string_view name = command.name.empty() ? "catena" : command.name;
    return std::ranges::count(split(option.commands, ' '), name) > 0;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> pieces;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        pieces.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return pieces;
}

std::vector<std::string_view> choices(std::string_view value) {
    if (value.starts_with('[')) value = value.substr(1, value.size() - 2);
    const bool words = !value.empty() && value[0] >= 'a' && value[0] <= 'z';
    return words ? split(value, '|') : std::vector<std::string_view>();
}

bool names_a_file(std::string_view value) {
    if (value.starts_with('=')) return false;
    return value.find("FILE") != value.npos || value.find("PATH") != value.npos;
}

}  // namespace catena
