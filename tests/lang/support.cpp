#include "tests/lang/support.hpp"

#include "bridge/error.hpp"
#include "lang/printer.hpp"
#include "lang/reader.hpp"
#include "lang/types.hpp"
#include "tests/support/catch.hpp"

namespace catena::tests {
namespace {

std::string text_of(PyObject* str) {
    const Ref utf8 = steal(PyUnicode_AsEncodedString(str, "utf-8", "backslashreplace"));
    return utf8 ? PyBytes_AS_STRING(utf8.get()) : "no text";
}

std::string taken_error() {
    const Error error = Error::fetch();
    return error.type_name() + ": " + error.message();
}

// Dies with the interpreter, not before: objects in it may outlive static destruction.
PyObject* globals() {
    static PyObject* made = [] {
        PyObject* module = PyImport_AddModule("catena");
        REQUIRE(publish_types(module));
        PyObject* dict = PyDict_New();
        PyDict_SetItemString(dict, "__builtins__", PyEval_GetBuiltins());
        const Ref done =
            steal(PyRun_String("from catena import Symbol, Keyword, List, MapForm, SetForm, ReadError\n"
                               "import copy, pickle, re, gc, sys, math, collections.abc\n",
                               Py_file_input, dict, dict));
        REQUIRE(done);
        return dict;
    }();
    return made;
}

}  // namespace

std::string shown(Span span) {
    return std::to_string(span.line) + ":" + std::to_string(span.column) + "-" + std::to_string(span.end_line) + ":" +
           std::to_string(span.end_column);
}

std::string shown(const Diagnostic& diagnostic) {
    std::string text = shown(diagnostic.span) + " " + diagnostic.message;
    if (!diagnostic.hint.empty()) text += " | " + diagnostic.hint;
    if (diagnostic.incomplete) text += " (incomplete)";
    return text;
}

std::string printed(PyObject* object) {
    const Result<Ref> text = repr(object);
    return text ? text_of(text->get()) : taken_error();
}

std::string shown(std::string_view text) {
    SpanTable spans;
    const auto forms = read_all(text, spans);
    REQUIRE(PyErr_Occurred() == nullptr);
    if (!forms) return shown(forms.error());
    std::string all;
    for (const Ref& form : *forms) all += (all.empty() ? "" : "\n") + printed(form.get());
    return all;
}

std::string python_repr(std::string_view text) {
    SpanTable spans;
    const auto forms = read_all(text, spans);
    if (!forms) return shown(forms.error());
    std::string all;
    for (const Ref& form : *forms) {
        const Ref form_repr = steal(PyObject_Repr(form.get()));
        all += (all.empty() ? "" : "\n") + (form_repr ? text_of(form_repr.get()) : taken_error());
    }
    return all;
}

Ref read_one(std::string_view text, SpanTable& spans) {
    auto forms = read_all(text, spans);
    if (!forms) FAIL(shown(forms.error()));
    REQUIRE(forms->size() == 1);
    return std::move(forms->front());
}

Ref read_one(std::string_view text) {
    SpanTable spans;
    return read_one(text, spans);
}

Ref python(const std::string& expression) {
    Ref value = steal(PyRun_String(expression.c_str(), Py_eval_input, globals(), globals()));
    if (!value) FAIL(expression << " raises " << taken_error());
    return value;
}

void python_run(const std::string& statements) {
    const Ref done = steal(PyRun_String(statements.c_str(), Py_file_input, globals(), globals()));
    if (!done) FAIL(statements << " raises " << taken_error());
}

std::string python_text(const std::string& expression) {
    const Ref value = steal(PyRun_String(expression.c_str(), Py_eval_input, globals(), globals()));
    const Ref text = value ? steal(PyObject_Str(value.get())) : Ref();
    return text ? text_of(text.get()) : taken_error();
}

std::string repeated(std::string_view text, std::size_t n) {
    std::string all;
    all.reserve(text.size() * n);
    for (std::size_t i = 0; i < n; ++i) all += text;
    return all;
}

}  // namespace catena::tests
