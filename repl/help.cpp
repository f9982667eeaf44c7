#include "repl/command_line.hpp"

namespace catena {

namespace {

struct HelpPage {
    std::string_view command;
    std::string_view text;
};

constexpr HelpPage pages[] = {
    {"", R"(Usage: catena [OPTION…] [FILE | - | -e EXPR | -m MODULE] [ARGUMENT…]
       catena COMMAND [OPTION…]

Runs a Catena program on the Python of this machine. Without a file: a REPL on a terminal, otherwise the
program is read from standard input. What follows the program is its own: sys.argv, *args*.

  FILE              run a file (#! scripts too)
  -                 run standard input
  -e, -c EXPR       run EXPR; it prints nothing by itself
  -m MODULE         run a module, Catena's or Python's, as a program
  -i                afterwards stay, with all definitions, in the REPL
  -q                no greeting in the REPL
  -O0               run every chain step by step instead of fused
  --python PATH     the Python to use: an interpreter, or an environment's folder
  --version, -V     version of Catena and of its Python
  --help, -h        this text; catena COMMAND --help for a command

Commands:
  run FILE          the same as catena FILE
  repl              the REPL, also without a terminal
  dump FILE         show what the compiler makes of a file
  test PATH…        run tests
  kernel install    make Catena known to Jupyter
  nrepl             serve editors that speak nREPL
  doctor            which Python, NumPy and paths were chosen, and why

Examples:
  catena hello.lisp world
  catena -e '(print (math.sqrt 2))'
  catena -m util.report --verbose
  echo '(print (+ 1 2))' | catena
  catena -i model.lisp

Exit status: 0, that of (sys.exit n), 1 after an error, 2 for wrong usage, 130 when interrupted.
Environment: CATENA_PYTHON (as --python), CATENA_PATH (folders of modules), NO_COLOR.
)"},
    {"run", R"(Usage: catena run [OPTION…] FILE [ARGUMENT…]

Runs FILE; the arguments are the program's. The same as catena FILE, for names that are commands too.

  -i                afterwards stay in the REPL
  -O0               run every chain step by step instead of fused
  --python PATH     the Python to use

Examples:
  catena run hello.lisp world
  catena run ./test
)"},
    {"repl", R"(Usage: catena repl [OPTION…]

Reads forms, runs them and prints their values in Catena's notation (nil prints nothing). A form may go on over
several lines. *1 *2 *3 are the last values, *e is the last error. Ctrl-C stops what runs, Ctrl-D leaves.

  -q                no greeting
  -O0               run every chain step by step instead of fused
  --python PATH     the Python to use

Examples:
  catena repl
  catena repl -q < session.lisp
)"},
    {"dump", R"(Usage: catena dump [--forms] [--expanded] [--chains] [--code] FILE
       catena dump [STAGE…] -e EXPR

Shows what the compiler makes of a program, without running it (imports of macros and macros themselves do run).
Without a stage: all four. FILE may be - for standard input.

  --forms           as the reader sees it
  --expanded        with every macro expanded
  --chains          the bridge chains
  --code            instructions of the virtual machine
  -O0               without fusion

Examples:
  catena dump --chains examples/sum.lisp
  catena dump -e '(np.sum x :axis 0)'
)"},
    {"test", R"(Usage: catena test [-k NAME] [--junit FILE] PATH…

Runs the tests (deftest) in the files given and in the files test_*.lisp and *_test.lisp of the folders given.
Exit status 1 when one fails.

  -k NAME           only tests whose name contains NAME
  --junit FILE      write a report as JUnit XML, too
  --python PATH     the Python to use

Examples:
  catena test tests
  catena test tests/parser_test.lisp -k strings --junit report.xml
)"},
    {"kernel", R"(Usage: catena kernel install [--user | --prefix PATH] [--name NAME]
       catena kernel --connection-file FILE

Makes Catena a kernel of Jupyter: notebooks, consoles and editors that speak its protocol then offer it. Needs the
Python package ipykernel. The second form is what Jupyter itself runs.

  --user            for this user, not for all
  --prefix PATH     for the environment at PATH
  --name NAME       under this name instead of catena
  --python PATH     the Python to use; the kernel uses the same

Examples:
  catena kernel install --user
  catena kernel install --prefix .venv
  jupyter console --kernel catena
)"},
    {"nrepl", R"(Usage: catena nrepl [--port N] [--bind ADDRESS]

Serves editors that speak nREPL (CIDER, Calva, Conjure, vim-fireplace) until it is interrupted. The port stands in the
file .nrepl-port of the working directory while it runs. Whoever can connect can run programs as you: it listens on
this machine's own address, 127.0.0.1, unless --bind names another.

  --port N          the port; without it, a free one
  --bind ADDRESS    the address to listen on
  --python PATH     the Python to use

Examples:
  catena nrepl
  catena nrepl --port 7888
)"},
    {"doctor", R"(Usage: catena doctor [--python PATH]

Prints which Python, NumPy and paths Catena uses here, why they were chosen, and what is wrong with them.
Exit status 1 when something is wrong.

Examples:
  catena doctor
  catena doctor --python .venv
)"},
};

}  // namespace

std::string_view help_text(std::string_view command) {
    for (const HelpPage& page : pages) {
        if (page.command == command) return page.text;
    }
    return {};
}

}  // namespace catena
