// The main of every unit test program: starts Python, runs the tests, stops Python.
#define CATCH_CONFIG_RUNNER
#include <Python.h>

#include <cstdio>

#include "catena_config.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/start.hpp"

namespace {

// The chosen interpreter's own set-up, so that its packages are found; the tests' arguments are not Python's.
bool start_python() {
    PyConfig config;
    PyConfig_InitPythonConfig(&config);
    config.parse_argv = 0;
    config.install_signal_handlers = 0;
    PyStatus status = PyConfig_SetBytesString(&config, &config.program_name, CATENA_PYTHON_EXECUTABLE);
    if (!PyStatus_Exception(status)) {
        status = PyConfig_SetBytesString(&config, &config.executable, CATENA_PYTHON_EXECUTABLE);
    }
    if (!PyStatus_Exception(status)) status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (!PyStatus_Exception(status)) return true;
    std::fprintf(stderr, "Python does not start: %s\n", status.err_msg != nullptr ? status.err_msg : "unknown reason");
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    // Catch lists and describes tests without running them; Python is started for that too, it costs milliseconds.
    if (!start_python() || !catena::tests::start_floors()) return 2;
    const int failures = Catch::Session().run(argc, argv);
    const int stopped = Py_FinalizeEx();
    if (stopped != 0) std::fprintf(stderr, "Python did not stop cleanly\n");
    return failures != 0 || stopped != 0 ? 1 : 0;
}
