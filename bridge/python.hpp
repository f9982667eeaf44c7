// Which Python is embedded, how it is started and how it is stopped. One interpreter for each process.
#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

namespace catena {

struct PythonOptions {
    std::string python;          // --python: an interpreter, or the folder of an environment; empty: look around
    bool handle_signals = true;  // our SIGINT handler, SIGPIPE ignored; false when a host program owns signals
    bool configure_stdio =
        true;                    // C's streams buffer as PYTHONUNBUFFERED says; false when a host reads and writes them
    bool write_bytecode = true;  // whether Python may write .pyc files
    std::vector<std::string> argv;  // sys.argv, in the bytes that the process got
};

// Where the embedded Python takes its installed packages from. `reason` is for `catena doctor`, as is `looked_at`.
struct PythonChoice {
    std::string executable;              // a real interpreter: sys.executable
    std::string reason;                  // "--python", "CATENA_PYTHON", …, "the build's own"
    std::string version;                 // "3.11", as found; empty when nothing had to be checked
    std::vector<std::string> looked_at;  // one sentence for each place that was asked before
};

// Chooses in the order --python, CATENA_PYTHON, VIRTUAL_ENV, CONDA_PREFIX, the nearest .venv upwards from the
// working directory, the Python of the build. The first that there is wins: when it is missing or of another minor
// version, the error says so. Starts no process unless the version cannot be told from the files. `looked_at` gets
// what the choice has of it, also when there is none.
[[nodiscard]] tl::expected<PythonChoice, std::string> choose_python(const PythonOptions& options,
                                                                    std::vector<std::string>* looked_at = nullptr);

// Starts the interpreter. The GIL is held afterwards. Once in a process.
[[nodiscard]] tl::expected<void, std::string> start_python(const PythonChoice& choice, const PythonOptions& options);

// Runs the exit handlers, flushes the standard streams and ends the interpreter. Answers `status`, or 120 when
// flushing failed, as Python does. The Python error indicator must be clear.
[[nodiscard]] int stop_python(int status);

// The Python that Catena was built against.
[[nodiscard]] std::string built_python_executable();
[[nodiscard]] std::string built_python_version();

}  // namespace catena
