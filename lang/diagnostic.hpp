// Diagnostic: what is wrong with a text, where, and what to do about it. Reader and compiler answer with one;
// at the border it becomes a Python exception: `catena.ReadError` or `catena.CompileError`, both SyntaxErrors, so
// that Python's own tools show the line with a caret.
#pragma once

#include <string>
#include <string_view>

#include "bridge/result.hpp"
#include "bridge/span.hpp"

namespace catena {

struct Diagnostic {
    std::string message;
    std::string hint;  // empty, or a whole sentence
    Span span;
    bool incomplete = false;  // the text ends too early; more of it may make it right
};

enum class Stage { read, compile };

// The exception types, borrowed; they exist once init_types has run.
[[nodiscard]] PyObject* read_error_type();
[[nodiscard]] PyObject* compile_error_type();

// Sets the Python error that shows `diagnostic`. `filename` is a str or null, `source` the whole text its span is
// about (may be empty). The exception has the SyntaxError attributes, `hint` (a str or None) and `incomplete`.
// A span of several lines is cut at the end of its first, which is what tracebacks can draw.
[[nodiscard]] tl::unexpected<Raised> raise_diagnostic(const Diagnostic& diagnostic, Stage stage, PyObject* filename,
                                                      std::string_view source);

// Takes the current Python error and words it as a Diagnostic.
[[nodiscard]] Diagnostic diagnostic_from_error(Span span);

// Line `line` of a text (from 1) without its line break; empty beyond the end. Lines end at \n, \r\n or \r.
[[nodiscard]] std::string_view line_of(std::string_view source, std::size_t line);

}  // namespace catena
