// How failures travel inside Catena. A Result is a value or Raised; Raised says that the Python error
// indicator of this thread is set, as with a null PyObject*. Nothing of ours throws a C++ exception.
#pragma once

#include <tl/expected.hpp>

#include "bridge/ref.hpp"

namespace catena {

struct Raised {};

template <class T>
using Result = tl::expected<T, Raised>;

[[nodiscard]] inline tl::unexpected<Raised> raised() { return tl::unexpected<Raised>(Raised{}); }

// Wraps a C API call's new reference: a Ref that is never empty, or Raised.
[[nodiscard]] inline Result<Ref> checked(PyObject* object) {
    if (object == nullptr) return raised();
    return steal(object);
}

// Sets the error indicator (printf-like, as PyErr_Format) and answers Raised.
template <class... Args>
[[nodiscard]] tl::unexpected<Raised> raise(PyObject* type, const char* format, Args... args) {
    PyErr_Format(type, format, args...);
    return raised();
}

}  // namespace catena
