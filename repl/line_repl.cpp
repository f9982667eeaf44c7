// The REPL in plain lines: for pipes, and for terminals without a line editor's library.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "bridge/text.hpp"
#include "catena_config.hpp"
#include "lang/list.hpp"
#include "lang/printer.hpp"
#include "lang/reader.hpp"
#include "lang/symbol.hpp"
#include "repl/excerpt.hpp"
#include "repl/program.hpp"
#include "repl/report.hpp"
#include "repl/streams.hpp"

namespace catena {

namespace {

constexpr const char* first_prompt = "catena> ";
constexpr const char* next_prompt = "   ...> ";

// $XDG_STATE_HOME/catena/history; empty when there is no home.
std::string history_file() {
    const char* state = std::getenv("XDG_STATE_HOME");
    std::string folder;
    if (state != nullptr && *state == '/') {
        folder = state;
    } else if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
        folder = std::string(home) + "/.local/state";
    } else {
        return {};
    }
    return folder + "/catena/history";
}

void make_folders_of(const std::string& file) {
    for (std::size_t slash = file.find('/', 1); slash != std::string::npos; slash = file.find('/', slash + 1)) {
        ::mkdir(file.substr(0, slash).c_str(), 0700);
    }
}

// Python's readline module, which `input` uses once it is imported, and the history that outlives the session. All of
// it is a convenience: what fails is left out.
class History {
public:
    History() {
        readline_ = steal(PyImport_ImportModule("readline"));
        file_ = history_file();
        if (readline_ && !file_.empty()) call("read_history_file", "s", file_.c_str());
        // The Tab key indents; completing Python's names would only mislead.
        if (readline_) call("parse_and_bind", "s", "tab: self-insert");
        PyErr_Clear();
    }
    ~History() {
        if (!readline_ || file_.empty()) return;
        make_folders_of(file_);
        call("set_history_length", "i", 10000);
        call("write_history_file", "s", file_.c_str());
    }
    History(const History&) = delete;
    History& operator=(const History&) = delete;

private:
    template <class T>
    void call(const char* function, const char* format, T argument) {
        const Ref done = steal(PyObject_CallMethod(readline_.get(), function, format, argument));
        PyErr_Clear();
    }

    Ref readline_;
    std::string file_;
};

// Imports bind names; the module that they answer is no news.
bool is_import(PyObject* form) {
    if (!is_list(form) || list_count(form) == 0) return false;
    PyObject* head = list_first(form);
    return symbol_is(head, "import") || symbol_is(head, "require") || symbol_is(head, "py.import");
}

class LineRepl {
public:
    LineRepl(const CommandLine& line, bool talks) : talks_(talks) {
        options_.fuse = line.fuse;
        for (const char* name : {"*1", "*2", "*3"}) bind(name, Py_None);
        keep_error();
    }

    // Reads and runs until the input ends or the program leaves; the exit status.
    int run() {
        for (;;) {
            std::string line;
            const Input input = read_line(&line);
            if (input == Input::end) {
                if (!pending_.empty()) take(true);
                if (talks_) write_output("\n");
                return 0;
            }
            if (input == Input::interrupted) {
                pending_.clear();
                write_output("\n");
                continue;
            }
            if (input == Input::failed) return report_raised();
            pending_ += line;
            if (!take(false)) return status_;
        }
    }

private:
    enum class Input { line, end, interrupted, failed };

    void bind(const char* name, PyObject* value) {
        if (PyDict_SetItemString(PyModule_GetDict(main_module()), name, value) < 0) PyErr_Clear();
    }

    // A line with its line break. On a terminal `input` reads it (readline, the prompt); else sys.stdin does.
    Input read_line(std::string* line) {
        Ref text;
        if (talks_) {
            PyObject* input = PyDict_GetItemString(PyEval_GetBuiltins(), "input");
            if (input == nullptr) return Input::end;
            text = steal(PyObject_CallFunction(input, "s", pending_.empty() ? first_prompt : next_prompt));
        } else {
            PyObject* stream = PySys_GetObject("stdin");
            if (stream == nullptr || stream == Py_None) return Input::end;
            text = steal(PyObject_CallMethod(stream, "readline", nullptr));
        }
        if (text) {
            *line = text_of(text.get());
            if (talks_) *line += '\n';
            return line->empty() ? Input::end : Input::line;
        }
        if (PyErr_ExceptionMatches(PyExc_EOFError)) {
            PyErr_Clear();
            return Input::end;
        }
        if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt)) {
            PyErr_Clear();
            return Input::interrupted;
        }
        return Input::failed;
    }

    // Runs the pending text when it is whole, or when no more will come. False when the program leaves.
    bool take(bool last) {
        SpanTable spans;
        std::vector<Ref> forms;
        auto read = read_all(pending_, spans);
        if (!read && read.error().incomplete && !last) return true;
        const std::string name = "<repl " + std::to_string(++inputs_) + ">";
        options_.filename = name;
        options_.source = remember_source(name, std::move(pending_));
        pending_.clear();
        if (!read) {
            const Ref file = str_of(name);
            (void)raise_diagnostic(read.error(), Stage::read, file.get(), options_.source);
            return report();
        }
        for (const Ref& form : *read) {
            auto value = eval_form(form.get(), spans, main_module(), options_);
            if (!value || (!is_import(form.get()) && !show(value->get()))) return report();
        }
        return true;
    }

    // Prints a value and remembers it. False with the error set when its printing fails.
    bool show(PyObject* value) {
        if (value == Py_None) return true;
        PyObject* dict = PyModule_GetDict(main_module());
        const Ref second = borrow(PyDict_GetItemString(dict, "*1")), third = borrow(PyDict_GetItemString(dict, "*2"));
        bind("*3", third ? third.get() : Py_None);
        bind("*2", second ? second.get() : Py_None);
        bind("*1", value);
        const auto text = repr(value);
        if (!text) return false;
        write_output(text_of(text->get()) + "\n");
        return true;
    }

    // Reports the error that is set. False when it is one to leave with.
    bool report() {
        if (PyErr_ExceptionMatches(PyExc_SystemExit)) {
            status_ = report_raised();
            return false;
        }
        (void)report_raised();
        keep_error();
        return true;
    }

    // The last error that was reported, here or by the program before.
    void keep_error() {
        PyObject* last = PySys_GetObject("last_value");
        bind("*e", last != nullptr ? last : Py_None);
    }

    CompileOptions options_;
    const bool talks_;  // to a person: prompts
    std::string pending_;
    std::size_t inputs_ = 0;
    int status_ = 0;
};

}  // namespace

int run_line_repl(const CommandLine& line, bool after_program) {
    const bool terminal = ::isatty(STDIN_FILENO) != 0 && ::isatty(STDOUT_FILENO) != 0;
    LineRepl repl(line, terminal);
    if (!terminal) return repl.run();
    if (!line.quiet && !after_program) {
        write_output("Catena " CATENA_VERSION " on Python " CATENA_PYTHON_VERSION
                     ". (doc x) explains x, Ctrl-D leaves.\n");
    }
    const History history;
    return repl.run();
}

}  // namespace catena
