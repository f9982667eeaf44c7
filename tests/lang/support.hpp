// What the tests of lang/ share: texts read and shown as text again, and Python expressions over the floor's types.
#pragma once

#include <string>
#include <string_view>

#include "bridge/ref.hpp"
#include "lang/diagnostic.hpp"
#include "lang/spans.hpp"

namespace catena::tests {

// All forms of a text in Catena's notation, separated by line breaks; a text that cannot be read gives
// "LINE:COLUMN-LINE:COLUMN message | hint", with " (incomplete)" behind it where more text may help.
[[nodiscard]] std::string shown(std::string_view text);

[[nodiscard]] std::string shown(const Diagnostic& diagnostic);
[[nodiscard]] std::string shown(Span span);

// The Python repr of every form of a text.
[[nodiscard]] std::string python_repr(std::string_view text);

// The only form of a text, which must be readable; its spans go into `spans`.
[[nodiscard]] Ref read_one(std::string_view text, SpanTable& spans);
[[nodiscard]] Ref read_one(std::string_view text);

// The object in Catena's notation, or "TypeName: message" of the error that came instead.
[[nodiscard]] std::string printed(PyObject* object);

// The value of a Python expression, in a namespace with Symbol, Keyword, List, MapForm, SetForm, copy, pickle, re and
// what python_run has defined. The test fails when it raises.
[[nodiscard]] Ref python(const std::string& expression);
void python_run(const std::string& statements);

// The str() of an expression's value, or "TypeName: message" of the error it raised.
[[nodiscard]] std::string python_text(const std::string& expression);

// `text`, n times.
[[nodiscard]] std::string repeated(std::string_view text, std::size_t n);

}  // namespace catena::tests
