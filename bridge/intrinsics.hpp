// Intrinsics: C functions of Python's own modules that a chain computes itself on unboxed operands. Each is known by
// the C definition behind the function object, so nothing that a program can do in Python passes for one.
#pragma once

#include <cstddef>
#include <string_view>

#include "bridge/value.hpp"

namespace catena {

// Computes the call, or answers a `missing` value: then the function itself must be called, which also raises whatever
// there is to raise. Never runs Python code unless it is the very code that the function would run.
using Intrinsic1 = Value (*)(const Value& x, const void* data);
using Intrinsic2 = Value (*)(const Value& x, const Value& y, const void* data);

struct Intrinsic {
    Intrinsic1 one = nullptr;  // for one argument
    Intrinsic2 two = nullptr;  // for two
    const void* data = nullptr;
};

// What stands for `function`, a builtin function object or one of the classes int, float; null when nothing does.
[[nodiscard]] const Intrinsic* find_intrinsic(PyObject* function, std::size_t arguments);

// Whether something may stand for the builtin of that name.
[[nodiscard]] bool has_intrinsic(std::string_view builtin);

// The call of a builtin function object (exactly), or of int or float, on borrowed arguments: an owned value, an error, or missing when nothing
// stands for it.
[[nodiscard]] Value call_intrinsic(PyObject* function, const Value* arguments, std::size_t count);

}  // namespace catena
