// What the tests of the embedding interface share.
#pragma once

#include <catena/catena.hpp>

#include "tests/support/catch.hpp"

namespace catena::tests {

inline Interpreter fresh() { return std::move(*Interpreter::create()); }

// The value of the code as a T; the test case ends when there is none.
template <class T>
T evaluated(Interpreter& interpreter, const char* code) {
    auto value = interpreter.eval(code);
    INFO(code);
    if (!value) FAIL(value.error().type << ": " << value.error().message);
    auto converted = value->template as<T>();
    if (!converted) FAIL(converted.error().message);
    return *converted;
}

// The class of the error that the code ends with; empty when it does not fail.
inline std::string error_of(Interpreter& interpreter, const char* code) {
    const auto value = interpreter.eval(code);
    return value ? "" : value.error().type;
}

}  // namespace catena::tests
