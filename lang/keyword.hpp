// Keyword, `catena.Keyword`: a str that knows it is a keyword. One object per name, also after pickling and
// copying, so that identity holds; hash and equality are str's own slots. A Keyword that nobody holds any
// more is freed, and its name forgotten.
#pragma once

#include <string_view>

#include "bridge/ref.hpp"

namespace catena {

struct KeywordObject {
    PyUnicodeObject text;
    PyObject* name;         // the same text as an exact, interned str; owned
    PyObject* python_name;  // `name` mangled for Python (lang/python_name.hpp), exact and interned; owned
    PyObject* plain;        // of a written twin: the Keyword it stands for, owned; else null
};

extern PyTypeObject keyword_type;

[[nodiscard]] inline bool is_keyword(PyObject* o) { return Py_TYPE(o) == &keyword_type; }

// The Keyword of a name written without its colon. `name` is any str; a Keyword gives itself. Empty with the
// error indicator set when memory is short or `name` is no str.
[[nodiscard]] Ref make_keyword(PyObject* name);
[[nodiscard]] Ref make_keyword(std::string_view utf8);

// A twin of the Keyword, equal to it in every way but identity. It marks a keyword that somebody wrote before a form in a
// call, on its way through a function that passes its operands on: there it begins a pair, where a keyword that is only a
// value does not. Twins do not leave such functions: plain_keyword gives the Keyword back.
[[nodiscard]] Ref make_written_keyword(PyObject* keyword);
[[nodiscard]] inline bool is_written_keyword(PyObject* o) {
    return is_keyword(o) && reinterpret_cast<KeywordObject*>(o)->plain != nullptr;
}
[[nodiscard]] inline PyObject* plain_keyword(PyObject* keyword) {
    PyObject* plain = reinterpret_cast<KeywordObject*>(keyword)->plain;
    return plain != nullptr ? plain : keyword;
}

// The Keyword's text as an exact, interned str, and that name as Python sees it; both borrowed.
[[nodiscard]] inline PyObject* keyword_name(PyObject* keyword) {
    return reinterpret_cast<KeywordObject*>(keyword)->name;
}
[[nodiscard]] inline PyObject* keyword_python_name(PyObject* keyword) {
    return reinterpret_cast<KeywordObject*>(keyword)->python_name;
}

}  // namespace catena
