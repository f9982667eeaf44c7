// Ref owns one reference to a Python object, or nothing. `steal` takes over a new reference that a C API
// call returned, `borrow` adds one of its own. A bare owning PyObject* never crosses a function of ours,
// except where CPython's own slot signatures demand it. The GIL is held wherever a Ref is touched.
#pragma once

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <utility>

namespace catena {

class Ref {
public:
    constexpr Ref() noexcept = default;
    constexpr Ref(std::nullptr_t) noexcept {}
    Ref(const Ref& other) noexcept : object_(Py_XNewRef(other.object_)) {}
    constexpr Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    ~Ref() { Py_XDECREF(object_); }

    // The new object is in place before the old one goes: a release can run any Python code.
    Ref& operator=(Ref other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }

    [[nodiscard]] PyObject* get() const noexcept { return object_; }
    [[nodiscard]] PyObject* release() noexcept { return std::exchange(object_, nullptr); }
    void reset() noexcept { Py_CLEAR(object_); }
    explicit operator bool() const noexcept { return object_ != nullptr; }
    friend bool operator==(const Ref& ref, const PyObject* object) noexcept { return ref.object_ == object; }

    friend Ref steal(PyObject* object) noexcept;
    friend Ref borrow(PyObject* object) noexcept;

private:
    explicit Ref(PyObject* object) noexcept : object_(object) {}
    PyObject* object_ = nullptr;
};

// Owns the new reference `object` (or is empty when it is null, as C API calls answer on an error).
[[nodiscard]] inline Ref steal(PyObject* object) noexcept { return Ref(object); }

// Adds a reference of its own to `object`, which may be null.
[[nodiscard]] inline Ref borrow(PyObject* object) noexcept { return Ref(Py_XNewRef(object)); }

// An interned Python string, for names that are looked up again and again.
[[nodiscard]] inline Ref intern(const char* text) noexcept { return steal(PyUnicode_InternFromString(text)); }

}  // namespace catena
