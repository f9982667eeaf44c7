#include "lang/diagnostic.hpp"

#include <algorithm>

#include "bridge/error.hpp"
#include "lang/static_type.hpp"

namespace catena {

namespace {

PyObject* the_read_error = nullptr;
PyObject* the_compile_error = nullptr;

Ref text_of(std::string_view utf8) {
    return steal(PyUnicode_DecodeUTF8(utf8.data(), static_cast<Py_ssize_t>(utf8.size()), "replace"));
}

PyObject* new_error(const char* name, const char* doc) {
    const Ref members = steal(Py_BuildValue("{sOsO}", "hint", Py_None, "incomplete", Py_False));
    return members ? PyErr_NewExceptionWithDoc(name, doc, PyExc_SyntaxError, members.get()) : nullptr;
}

// The arguments of a SyntaxError: (message, (filename, line, column, text, end line, end column)).
Ref error_arguments(const Diagnostic& diagnostic, PyObject* filename, std::string_view source) {
    const Ref message = text_of(diagnostic.message);
    if (!message) return {};
    const Span& span = diagnostic.span;
    PyObject* file = filename == nullptr ? Py_None : filename;
    if (!span.known()) return steal(Py_BuildValue("O(OOOO)", message.get(), file, Py_None, Py_None, Py_None));

    const Ref line = text_of(line_of(source, span.line));
    if (!line) return {};
    const auto past_line = static_cast<unsigned>(PyUnicode_GET_LENGTH(line.get())) + 1;
    unsigned end = span.end_column;
    if (span.end_line != span.line || end > past_line) end = past_line;
    if (end <= span.column) end = span.column + 1;
    // The line break makes a caret possible just behind the text.
    const Ref text = steal(PyUnicode_FromFormat("%U\n", line.get()));
    if (!text) return {};
    return steal(Py_BuildValue("O(OIIOII)", message.get(), file, span.line, span.column, text.get(), span.line, end));
}

}  // namespace

PyObject* read_error_type() { return the_read_error; }
PyObject* compile_error_type() { return the_compile_error; }

tl::unexpected<Raised> raise_diagnostic(const Diagnostic& diagnostic, Stage stage, PyObject* filename,
                                        std::string_view source) {
    PyObject* type = stage == Stage::read ? the_read_error : the_compile_error;
    const Ref args = error_arguments(diagnostic, filename, source);
    const Ref error = args ? steal(PyObject_CallObject(type, args.get())) : Ref();
    if (!error) return raised();
    const Ref hint = diagnostic.hint.empty() ? borrow(Py_None) : text_of(diagnostic.hint);
    PyObject* incomplete = diagnostic.incomplete ? Py_True : Py_False;
    if (!hint || PyObject_SetAttrString(error.get(), "hint", hint.get()) < 0 ||
        PyObject_SetAttrString(error.get(), "incomplete", incomplete) < 0) {
        return raised();
    }
    PyErr_SetObject(type, error.get());
    return raised();
}

Diagnostic diagnostic_from_error(Span span) {
    const Error error = Error::fetch();
    const std::string message = error.message();
    return {message.empty() ? error.type_name() : error.type_name() + ": " + message, {}, span, false};
}

std::string_view line_of(std::string_view source, std::size_t line) {
    std::size_t start = 0, carriage = source.find('\r');
    for (std::size_t at = 1;; ++at) {
        if (carriage < start) carriage = source.find('\r', start);
        const std::size_t end = std::min(source.find('\n', start), carriage);
        if (at == line) return source.substr(start, end == source.npos ? source.npos : end - start);
        if (end == source.npos) return {};
        start = source.compare(end, 2, "\r\n") == 0 ? end + 2 : end + 1;
    }
}

Result<void> ready_error_types() {
    the_read_error = new_error("catena.ReadError", "A text that Catena cannot read.");
    if (the_read_error == nullptr) return raised();
    the_compile_error = new_error("catena.CompileError", "A form that Catena cannot compile.");
    if (the_compile_error == nullptr) return raised();
    return {};
}

}  // namespace catena
