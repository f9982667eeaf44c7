#include "repl/doctor.hpp"

#include <unistd.h>

#include <cstdlib>

#include "catena_config.hpp"

namespace catena {

namespace {

// What the choice of a Python, and Python itself, go by.
constexpr const char* choosing[] = {"CATENA_PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX"};
constexpr const char* minded[] = {"PYTHONHOME",          "PYTHONPATH",  "PYTHONUSERBASE",  "PYTHONPLATLIBDIR",
                                  "PYTHONPYCACHEPREFIX", "CATENA_PATH", "LD_LIBRARY_PATH", "LD_PRELOAD"};

std::string value_of(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr ? value : "";
}

std::string entry(std::string label, std::string_view text) {
    label.resize(std::max<std::size_t>(label.size(), 14), ' ');
    return label + "  " + std::string(text) + "\n";
}

std::string program_path() {
    char path[4096];
    const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
    return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : "catena";
}

}  // namespace

std::string doctors_beginning(const tl::expected<PythonChoice, std::string>& choice,
                              const std::vector<std::string>& looked_at) {
    std::string text = entry("Catena", CATENA_VERSION ", " + program_path());
    text += entry("built for",
                  "Python " CATENA_PYTHON_VERSION ", " CATENA_PYTHON_EXECUTABLE " (" CATENA_PYTHON_LINKAGE " library)");
    text += entry("Python", choice ? choice->executable : "none");
    if (choice) text += entry("", "chosen by: " + choice->reason);
    for (const std::string& sentence : looked_at) text += entry("", sentence);
    std::string label = "environment";
    for (const char* variable : minded) {
        if (value_of(variable).empty()) continue;
        text += entry(label, std::string(variable) + "=" + value_of(variable));
        label.clear();
    }
    return text;
}

std::string doctors_end(const std::string& problem) {
    std::string text = "\nProblem: " + problem + "\n";
    const std::string home = value_of("PYTHONHOME");
    if (!home.empty())
        text += "Problem: PYTHONHOME is set to " + home + ", where Python looks for its own library; unset it.\n";
    bool named = false;
    for (const char* variable : choosing) {
        named = named || !value_of(variable).empty();
        ::unsetenv(variable);
    }
    // What stands in the working directory, a .venv, is somebody's word too.
    if (!named || ::chdir("/") != 0) return text;
    if (const auto other = choose_python({}))
        text += "Without the variables that name one, Catena would take " + other->executable + ".\n";
    return text;
}

}  // namespace catena
