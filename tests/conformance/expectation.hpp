// What a conformance file says beside a form:
//
//   (+ 1 2)             ;=> 3                       the value in Catena's notation
//   (print "x")         ;=> nil  ;out "x\n"         and what it printed
//   (nth [1] 5)         ;=! IndexError: range       the exception's type, and a part of its message (optional)
//   (foo)               ;=! NameError 1:2: foo      and where: the line, from the form's first, and the column
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bridge/span.hpp"

namespace catena::tests {

struct Expectation {
    std::optional<std::string> value;
    std::optional<std::string> output;  // as written: a string literal
    std::optional<std::string> error;   // the type's name
    Span place;                         // line 0: anywhere
    std::string message;

    [[nodiscard]] bool empty() const { return !value && !output && !error; }
};

// Reads the rest of a line after a form. Empty when it is no expectation.
[[nodiscard]] Expectation parse_expectation(std::string_view rest);

// Reads what follows `;=!`: "Type", "Type 1:5", "Type: message", "Type 1:5: message".
[[nodiscard]] Expectation parse_error_expectation(std::string_view text);

}  // namespace catena::tests
