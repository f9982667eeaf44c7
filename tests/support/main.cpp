// The main of every unit test program: starts Python, runs the tests, stops Python.
#define CATCH_CONFIG_RUNNER
#include <cstdio>

#include "bridge/python.hpp"
#include "tests/support/bounded_stack.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/start.hpp"

namespace {

// The Python of the build and no other, whatever environment the tests are run in. The signals stay as they are: a test
// that wants Catena's handler installs it.
bool start_python() {
    const catena::PythonChoice choice{catena::built_python_executable(), "the tests' own", "", {}};
    catena::PythonOptions options;
    options.handle_signals = false;
    options.write_bytecode = false;
    const auto started = catena::start_python(choice, options);
    if (!started) std::fprintf(stderr, "Python does not start: %s\n", started.error().c_str());
    return started.has_value();
}

}  // namespace

int main(int argc, char** argv) {
    catena::tests::bound_stack();
    if (!start_python() || !catena::tests::start_floors()) return 2;
    return catena::stop_python(Catch::Session().run(argc, argv) != 0 ? 1 : 0);
}
