// `catena doctor`: which Python, NumPy and paths are used here, why, and what is wrong with them.
#include <unistd.h>

#include <cstdlib>

#include "bridge/error.hpp"
#include "bridge/text.hpp"
#include "catena_config.hpp"
#include "repl/program.hpp"
#include "repl/streams.hpp"

namespace catena {

namespace {

class Report {
public:
    void line(std::string_view label, std::string_view text) {
        std::string padded(label);
        padded.resize(std::max<std::size_t>(padded.size(), 14), ' ');
        text_ += padded + "  " + std::string(text) + "\n";
    }
    void more(std::string_view text) { text_ += std::string(16, ' ') + std::string(text) + "\n"; }
    void problem(std::string sentence) { problems_.push_back(std::move(sentence)); }

    int finish() {
        text_ += "\n";
        if (problems_.empty()) text_ += "Nothing is wrong.\n";
        for (const std::string& problem : problems_) text_ += "Problem: " + problem + "\n";
        write_output(text_);
        return problems_.empty() ? 0 : 1;
    }

private:
    std::string text_;
    std::vector<std::string> problems_;
};

std::string system_text(const char* name) {
    PyObject* value = PySys_GetObject(name);
    return value != nullptr ? display(value) : std::string("(unknown)");
}

std::string member(PyObject* object, const char* name) {
    const Ref value = steal(PyObject_GetAttrString(object, name));
    PyErr_Clear();
    return value ? display(value.get()) : std::string();
}

std::string program_path() {
    char path[4096];
    const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
    return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : "catena";
}

// Imports a library and says which one it is; a problem when it is missing and `needed` names what for.
void library(Report* report, const char* name, const char* title, const char* needed) {
    const Ref module = steal(PyImport_ImportModule(name));
    if (module) {
        report->line(title, member(module.get(), "__version__") + ", " + member(module.get(), "__file__"));
        return;
    }
    const Error error = Error::fetch();
    if (error.is(PyExc_ModuleNotFoundError)) {
        report->line(title, std::string("not installed; ") + needed);
    } else {
        report->line(title, "cannot be imported");
        report->problem(std::string(title) + " cannot be imported: " + error.type_name() + ": " + error.message());
    }
}

void paths(Report* report) {
    PyObject* path = PySys_GetObject("path");
    const Py_ssize_t count = path != nullptr && PyList_Check(path) ? PyList_GET_SIZE(path) : 0;
    for (Py_ssize_t i = 0; i < count; ++i) {
        std::string entry = display(PyList_GET_ITEM(path, i));
        if (entry.empty()) entry = "(the working directory)";
        if (i == 0) {
            report->line("sys.path", entry);
        } else {
            report->more(entry);
        }
    }
    if (count == 0) report->problem("sys.path is empty: Python finds no module at all.");
}

void catena_path(Report* report) {
    const char* variable = std::getenv("CATENA_PATH");
    if (variable == nullptr || *variable == '\0') {
        report->line("CATENA_PATH", "not set");
        return;
    }
    report->line("CATENA_PATH", variable);
    std::string_view rest = variable;
    while (!rest.empty()) {
        const std::size_t colon = rest.find(':');
        const std::string folder(rest.substr(0, colon));
        if (!folder.empty() && ::access(folder.c_str(), R_OK | X_OK) != 0) {
            report->problem("the folder " + folder + " of CATENA_PATH cannot be read.");
        }
        rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
    }
}

}  // namespace

int run_doctor(const CommandLine&, const PythonChoice& choice) {
    Report report;
    report.line("Catena", CATENA_VERSION ", " + program_path());
    report.line("built for",
                "Python " CATENA_PYTHON_VERSION ", " CATENA_PYTHON_EXECUTABLE " (" CATENA_PYTHON_LINKAGE " library)");
    report.line("Python", choice.executable);
    report.more("chosen by: " + choice.reason);
    for (const std::string& sentence : choice.looked_at) report.more(sentence);
    report.line("version", system_text("version"));
    report.line("sys.executable", system_text("executable"));
    report.line("sys.prefix", system_text("prefix"));
    if (::access(choice.executable.c_str(), X_OK) != 0) {
        report.problem(choice.executable + " cannot be run; worker processes and sys.executable need it.");
    }
    library(&report, "numpy", "NumPy", "arrays need it (pip install numpy, or on Debian python3-numpy)");
    library(&report, "prompt_toolkit", "prompt_toolkit",
            "the REPL takes plain lines without it (apt install "
            "python3-prompt-toolkit, or pip install prompt_toolkit)");
    library(&report, "distributed", "Dask", "(dask …) needs it");
    paths(&report);
    catena_path(&report);
    return report.finish();
}

}  // namespace catena
