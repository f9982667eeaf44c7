// Native: a core function written in C++ (`catena.Native`). It takes a window of canonical Values, borrowed,
// and answers an owned canonical Value or Value::error() with the Python error set. It may take a value out
// of its window (leaving nil) when it wants to own it: an object whose reference count is 1 there is seen
// by nobody else and may be changed in place.
//
// A native stands in a table beside its documentation; the build of the table fails on a missing docstring.
#pragma once

#include <cstddef>
#include <span>

#include "bridge/ref.hpp"
#include "bridge/result.hpp"
#include "bridge/value.hpp"

namespace catena {

using NativeFunction = Value (*)(Value* arguments, std::size_t count);

// Natives that pass pairs on (apply, partial, swap!, …) get the pairs' names: the last
// PyTuple_GET_SIZE(names) arguments are their values. `names` is null without pairs.
using NativePairsFunction = Value (*)(Value* arguments, std::size_t count, PyObject* names);

struct NativeSpec {
    const char* name;       // as Catena writes it: "starts-with?"
    const char* signature;  // "[s prefix]", for doc, arity messages and inspect.signature
    const char* doc;        // usage, then examples as lines of the form "(f 1) => 2"
    NativeFunction function = nullptr;
    NativePairsFunction pairs_function = nullptr;  // instead of `function`
    int least = 0;
    int most = 0;               // -1: any number
    bool passes_pairs = false;  // the operands after the first `least` are those of a function that it calls
};

struct Native {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    NativeFunction function;
    NativePairsFunction pairs_function;
    int least;
    int most;
    const NativeSpec* spec;  // static
    PyObject* weakrefs;
};

extern PyTypeObject* native_type;
[[nodiscard]] inline bool is_native(PyObject* o) { return Py_TYPE(o) == native_type; }

// Wraps a spec that lives for ever.
[[nodiscard]] Result<Ref> make_native(const NativeSpec& spec);

// Puts every native of the table into the core module's dict, under its Python name.
[[nodiscard]] Result<void> define_natives(std::span<const NativeSpec> table);

}  // namespace catena
