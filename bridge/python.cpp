#include "bridge/python.hpp"

#include "bridge/arena_cache.hpp"
#include "bridge/ref.hpp"

#if __has_include("catena_config.hpp")
#include "catena_config.hpp"
#endif

#ifndef CATENA_PYTHON_EXECUTABLE
#define CATENA_PYTHON_EXECUTABLE "/usr/bin/python3"
#endif

namespace catena {
namespace {

// PyConfig and what goes wrong while it is filled in.
class Configuration {
public:
    Configuration() {
        PyConfig_InitPythonConfig(&config_);
        config_.parse_argv = 0;
    }
    Configuration(const Configuration&) = delete;
    Configuration& operator=(const Configuration&) = delete;
    ~Configuration() { PyConfig_Clear(&config_); }

    PyConfig* operator->() { return &config_; }

    void set(wchar_t** field, const std::string& text) {
        if (!failed()) status_ = PyConfig_SetBytesString(&config_, field, text.c_str());
    }

    void set_arguments(const std::vector<std::string>& arguments) {
        if (failed()) return;
        std::vector<char*> pointers;
        for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
        status_ = PyConfig_SetBytesArgv(&config_, static_cast<Py_ssize_t>(pointers.size()), pointers.data());
    }

    void start() {
        if (!failed()) status_ = Py_InitializeFromConfig(&config_);
    }

    [[nodiscard]] bool failed() const { return PyStatus_Exception(status_) != 0; }
    [[nodiscard]] std::string problem() const {
        if (status_.err_msg != nullptr) return status_.err_msg;
        return "it ended with status " + std::to_string(status_.exitcode);
    }

private:
    PyConfig config_;
    PyStatus status_ = PyStatus_Ok();
};

// Young containers are looked through when there are ten thousand more of them, not seven hundred: programs here build
// vectors and maps all the time, and a collection costs the more the oftener it finds them still in use. gc.set_threshold
// sets what a program likes better.
bool collect_in_larger_steps() {
    const Ref gc = steal(PyImport_ImportModule("gc"));
    return gc && steal(PyObject_CallMethod(gc.get(), "set_threshold", "iii", 10'000, 10, 10));
}

}  // namespace

std::string built_python_executable() { return CATENA_PYTHON_EXECUTABLE; }

std::string built_python_version() { return std::to_string(PY_MAJOR_VERSION) + "." + std::to_string(PY_MINOR_VERSION); }

tl::expected<void, std::string> start_python(const PythonChoice& choice, const PythonOptions& options) {
    Configuration config;
    config->install_signal_handlers = options.handle_signals ? 1 : 0;
    config->configure_c_stdio = options.configure_stdio ? 1 : 0;
    config->write_bytecode = options.write_bytecode ? 1 : 0;
    config.set(&config->program_name, choice.executable);
    config.set(&config->executable, choice.executable);
    config.set_arguments(options.argv);
    // The standard streams are UTF-8 in any locale, unless the user has said otherwise.
    if (std::getenv("PYTHONIOENCODING") == nullptr) {
        config.set(&config->stdio_encoding, "utf-8");
        config.set(&config->stdio_errors, "surrogateescape");
    }
    config.start();
    if (config.failed()) {
        return tl::unexpected("Python (" + choice.executable + ", by " + choice.reason +
                              ") does not start: " + config.problem());
    }
    keep_empty_arenas();
    if (!collect_in_larger_steps()) PyErr_Clear();
    return {};
}

int stop_python(int status) { return Py_FinalizeEx() < 0 && status == 0 ? 120 : status; }

}  // namespace catena
