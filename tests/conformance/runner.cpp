// Runs the conformance files: Catena programs with the expectation beside each form (expectation.hpp), fused and
// unfused, and the files of bad-input/, whose snippets each must end in the error that stands above them. With
// --docstrings: the examples in the documentation of the core names.
//
//   conformance_runner FILE|FOLDER…        conformance_runner --docstrings
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "bridge/error.hpp"
#include "bridge/python.hpp"
#include "compiler/compile.hpp"
#include "lang/printer.hpp"
#include "lang/reader.hpp"
#include "lang/types.hpp"
#include "stdlib/library.hpp"
#include "tests/conformance/expectation.hpp"
#include "tests/support/bounded_stack.hpp"
#include "vm/vm.hpp"

namespace {

using catena::borrow;
using catena::Error;
using catena::Ref;
using catena::Result;
using catena::Span;
using catena::steal;
using catena::tests::Expectation;

int passed = 0;
int failed = 0;

void report(const std::string& where, const std::string& what) {
    ++failed;
    std::fprintf(stderr, "%s: %s\n", where.c_str(), what.c_str());
}

std::string text_of(PyObject* o) {
    const char* text = o != nullptr && PyUnicode_Check(o) ? PyUnicode_AsUTF8(o) : nullptr;
    if (text != nullptr) return text;
    PyErr_Clear();
    return {};
}

std::string notation(PyObject* value) {
    const auto text = catena::repr(value);
    if (text) return text_of(text->get());
    const Error error = Error::fetch();
    return "<" + error.type_name() + " while printing: " + error.message() + ">";
}

// Collects sys.stdout while it lives.
class Output {
public:
    Output() {
        before_ = borrow(PySys_GetObject("stdout"));
        const Ref io = steal(PyImport_ImportModule("io"));
        buffer_ = io ? steal(PyObject_CallMethod(io.get(), "StringIO", nullptr)) : Ref();
        if (!buffer_ || PySys_SetObject("stdout", buffer_.get()) < 0) PyErr_Clear();
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;
    ~Output() {
        if (PySys_SetObject("stdout", before_.get()) < 0) PyErr_Clear();
    }
    [[nodiscard]] std::string text() const {
        const Ref text = steal(PyObject_CallMethod(buffer_.get(), "getvalue", nullptr));
        if (!text) PyErr_Clear();
        return text_of(text.get());
    }

private:
    Ref before_, buffer_;
};

// What running something came to.
struct Outcome {
    bool raised = false;
    std::string value;    // in Catena's notation
    std::string type;     // of the exception, without its module
    std::string message;  // with the hint
    Span place;
    std::string output;

    [[nodiscard]] std::string shown() const {
        if (!raised) return value;
        return type + " " + std::to_string(place.line) + ":" + std::to_string(place.column) + ": " + message;
    }
};

void take_error(Outcome& outcome) {
    const Error error = Error::fetch();
    outcome.raised = true;
    outcome.type = error.type_name();
    if (const auto dot = outcome.type.rfind('.'); dot != std::string::npos) outcome.type.erase(0, dot + 1);
    outcome.message = error.message();
    for (const std::string& note : error.notes()) outcome.message += "\n" + note;
    const Ref hint = steal(PyObject_GetAttrString(error.exception(), "hint"));
    PyErr_Clear();
    if (hint && hint.get() != Py_None) outcome.message += "\n" + text_of(hint.get());
    outcome.place = error.span;
}

template <class Action>
Outcome run(Action action) {
    Outcome outcome;
    Output output;
    const Result<Ref> value = action();
    if (value) {
        outcome.value = notation(value->get());
    } else {
        take_error(outcome);
    }
    outcome.output = output.text();
    return outcome;
}

// Whether the outcome is the expected one; `first_line` is the line that places are counted from.
bool fits(const Expectation& expected, const Outcome& outcome, std::uint32_t first_line) {
    if (expected.output) {
        const Ref output = steal(PyUnicode_FromString(outcome.output.c_str()));
        if (!output || notation(output.get()) != *expected.output) return false;
    }
    if (expected.value) return !outcome.raised && outcome.value == *expected.value;
    if (!expected.error) return !outcome.raised;
    if (!outcome.raised || outcome.type != *expected.error) return false;
    if (outcome.message.find(expected.message) == std::string::npos) return false;
    if (expected.place.line == 0) return true;
    return outcome.place.line == first_line + expected.place.line - 1 &&
           (expected.place.column == 0 || outcome.place.column == expected.place.column);
}

void judge(const Expectation& expected, const Outcome& outcome, std::uint32_t first_line, const std::string& where) {
    if (fits(expected, outcome, first_line)) {
        ++passed;
        return;
    }
    std::string wanted = expected.value.value_or("no error");
    if (expected.error) {
        wanted = *expected.error;
        if (expected.place.line != 0) {
            wanted += " " + std::to_string(first_line + expected.place.line - 1) + ":" +
                      std::to_string(expected.place.column);
        }
        if (!expected.message.empty()) wanted += ": …" + expected.message + "…";
    }
    std::string what = "\n  expected " + wanted + "\n       got " + outcome.shown();
    if (expected.output) what += "\n  expected output " + *expected.output + "\n  printed " + outcome.output;
    report(where, what);
}

// A module of its own that Python code can find, for what looks its module up by name.
Ref fresh_module(const std::string& filename) {
    auto module = catena::make_module("conformance", filename);
    if (!module) {
        std::fprintf(stderr, "no module: %s\n", Error::fetch().message().c_str());
        return {};
    }
    if (PyDict_SetItemString(PyImport_GetModuleDict(), "conformance", module->get()) < 0) PyErr_Clear();
    return std::move(*module);
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string_view rest_of_line(std::string_view text, std::size_t from) {
    return text.substr(from, text.find('\n', from) - from);
}

void run_conformance(const std::filesystem::path& path, bool fuse) {
    const std::string text = read_file(path);
    const std::string name = path.filename().string() + (fuse ? "" : " (unfused)");
    const Ref module = fresh_module(path.string());
    if (!module) return report(name, "no module to run in");

    catena::CompileOptions options;
    options.fuse = fuse;
    options.intrinsics = fuse;
    options.filename = path.string();
    options.source = text;
    catena::SpanTable spans;
    catena::Reader reader(text, spans);
    for (;;) {
        const auto form = reader.next();
        if (!form) {
            const catena::Diagnostic& wrong = form.error();
            return report(name + ":" + std::to_string(wrong.span.line), "cannot be read: " + wrong.message);
        }
        if (!*form) return;
        const std::uint32_t line = reader.span().line;
        const Expectation expected = catena::tests::parse_expectation(rest_of_line(text, reader.offset()));
        const Outcome outcome = run([&] { return catena::eval_form(form->get(), spans, module.get(), options); });
        const std::string where = name + ":" + std::to_string(line);
        if (!expected.empty()) {
            judge(expected, outcome, line, where);
        } else if (outcome.raised) {
            report(where, "raised " + outcome.shown());
        }
    }
}

// A snippet ends in an error; `made` says that it is an expression whose value, a string or bytes, is the text.
void run_bad_input(std::string_view snippet, bool made, const Expectation& expected, const std::string& where) {
    catena::CompileOptions options;
    options.filename = "snippet.lisp";
    const Ref module = fresh_module(options.filename);
    if (!module) return report(where, "no module to run in");
    std::string bytes(snippet);
    if (made) {
        auto value = catena::run_source(snippet, module.get(), options);
        if (!value) return report(where, "the snippet's text cannot be made: " + Error::fetch().message());
        const Ref text =
            PyUnicode_Check(value->get()) ? steal(PyUnicode_AsUTF8String(value->get())) : std::move(*value);
        if (!text || !PyBytes_Check(text.get())) return report(where, "the snippet is no text");
        bytes.assign(PyBytes_AS_STRING(text.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(text.get())));
    }
    options.source = bytes;
    judge(expected, run([&] { return catena::run_source(bytes, module.get(), options); }), 1, where);
}

void run_bad_inputs(const std::filesystem::path& path) {
    const std::string text = read_file(path);
    constexpr std::string_view plain = ";;; expect: ", made = ";;; expect-from: ";
    std::size_t at = 0;
    std::uint32_t line = 1, snippet_line = 0;
    std::string snippet;
    Expectation expected;
    bool from = false;
    const auto finish = [&] {
        if (snippet_line == 0) return;
        run_bad_input(snippet, from, expected, path.filename().string() + ":" + std::to_string(snippet_line));
    };
    for (; at < text.size(); ++line) {
        const std::string_view row = rest_of_line(text, at);
        at += row.size() + 1;
        if (row.starts_with(plain) || row.starts_with(made)) {
            finish();
            snippet.clear();
            snippet_line = line;
            from = row.starts_with(made);
            expected = catena::tests::parse_error_expectation(row.substr((from ? made : plain).size()));
        } else {
            if (!snippet.empty()) snippet += '\n';
            snippet += row;
        }
    }
    finish();
}

// The examples of one documentation text: lines of the form "(form) => value".
int run_examples(const std::string& text, const std::string& where, bool needed) {
    int examples = 0;
    for (std::size_t at = 0; at < text.size();) {
        std::string_view row = rest_of_line(text, at);
        at += row.size() + 1;
        row.remove_prefix(std::min(row.find_first_not_of(' '), row.size()));
        if (row.empty() || row.find(" => ") == std::string_view::npos) continue;
        catena::SpanTable spans;
        catena::Reader reader(row, spans);
        const auto form = reader.next();
        if (!form || !*form || !row.substr(reader.offset()).starts_with(" => ")) continue;
        ++examples;
        Expectation expected;
        expected.value = std::string(row.substr(reader.offset() + 4));
        catena::CompileOptions options;
        options.source = row;
        const Ref module = fresh_module("example.lisp");
        const Outcome outcome = run([&] { return catena::eval_form(form->get(), spans, module.get(), options); });
        judge(expected, outcome, 1, where + ": " + std::string(row));
    }
    if (needed && examples == 0) report(where, text.empty() ? "has no documentation" : "has no example");
    return examples;
}

// Every public name of core. What is Python's own object has Python's documentation.
bool run_docstrings() {
    PyObject* core = catena::core_module();
    const Ref names = steal(PyObject_Dir(core));
    const Ref inspect = steal(PyImport_ImportModule("inspect"));
    if (!names || !inspect) return false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(names.get()); ++i) {
        PyObject* name = PyList_GET_ITEM(names.get(), i);
        const std::string key = text_of(name);
        if (key.starts_with("_") || key.starts_with("%")) continue;
        const Ref value = steal(PyObject_GetAttr(core, name));
        if (!value) return false;
        if (key == "special_form_docs") {
            PyObject *form, *doc;
            for (Py_ssize_t at = 0; PyDict_Next(value.get(), &at, &form, &doc) != 0;) {
                run_examples(text_of(doc), "doc of " + text_of(form), true);
            }
            continue;
        }
        const bool ours = std::string_view(Py_TYPE(value.get())->tp_name).starts_with("catena.");
        if (!ours) continue;
        const Ref doc = steal(PyObject_CallMethod(inspect.get(), "getdoc", "O", value.get()));
        if (!doc) return false;
        run_examples(text_of(doc.get()), "doc of " + key, true);
    }
    return true;
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& path) {
    if (!std::filesystem::is_directory(path)) return {path};
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
        if (entry.path().extension() == ".lisp") files.push_back(entry.path());
    }
    // Other folders hold modules that the files load.
    if (std::filesystem::is_directory(path / "bad-input")) {
        for (const auto& file : files_in(path / "bad-input")) files.push_back(file);
    }
    std::sort(files.begin(), files.end());
    return files;
}

bool start() {
    catena::PythonOptions options;
    options.argv = {"conformance"};
    const auto choice = catena::choose_python(options);
    if (!choice) {
        std::fprintf(stderr, "%s\n", choice.error().c_str());
        return false;
    }
    if (const auto started = catena::start_python(*choice, options); !started) {
        std::fprintf(stderr, "%s\n", started.error().c_str());
        return false;
    }
    if (catena::init_types() && catena::init_vm() && catena::init_compiler() && catena::init_library()) return true;
    PyErr_Print();
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: conformance_runner FILE|FOLDER… | --docstrings\n");
        return 2;
    }
    catena::tests::bound_stack();
    if (!start()) return 1;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        if (argument == "--docstrings") {
            if (!run_docstrings()) report("docstrings", Error::fetch().message());
            continue;
        }
        for (const std::filesystem::path& path : files_in(argument)) {
            if (path.parent_path().filename() == "bad-input") {
                run_bad_inputs(path);
                continue;
            }
            run_conformance(path, true);
            run_conformance(path, false);
        }
    }
    std::printf("%d passed, %d failed\n", passed, failed);
    return catena::stop_python(failed == 0 && passed > 0 ? 0 : 1);
}
