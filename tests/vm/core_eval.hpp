// Calls of core functions written as text, for tests of the natives that want no compiler.
#pragma once

#include <string>

#include "bridge/ref.hpp"

namespace catena::tests {

// Evaluates a call in Catena's notation and answers the value in the same notation, or "ErrorType: message". A symbol is
// a core function, a variable of `let_core`, or one of Python's builtins; `(quote x)` is data; keywords are plain values.
[[nodiscard]] std::string core(const char* text);

// Evaluates a call and keeps the value under a name for later ones.
void let_core(const char* name, const char* text);

// Runs Python statements in a copy of those variables, which `variables` names too; `core` is the core module. Answers
// "ok" or "ErrorType: message".
[[nodiscard]] std::string python(const char* statements);

}  // namespace catena::tests
