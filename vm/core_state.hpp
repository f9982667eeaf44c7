// Atom, `catena.Atom`: a place for one value that changes. Reduced, `catena.Reduced`: what `(reduced x)` wraps its
// value in, so that a `reduce` stops. Both own their value.
#pragma once

#include "bridge/result.hpp"
#include "bridge/value.hpp"

namespace catena {

extern PyTypeObject atom_type;
extern PyTypeObject reduced_type;

struct Reduced {
    PyObject_HEAD
    Value value;
};

[[nodiscard]] inline bool is_reduced(const Value& v) {
    return v.is_object() && Py_TYPE(v.as_object()) == &reduced_type;
}
// Borrowed. Precondition: is_reduced(v).
[[nodiscard]] inline const Value& reduced_value(const Value& v) {
    return reinterpret_cast<Reduced*>(v.as_object())->value;
}

[[nodiscard]] inline bool is_atom_value(const Value& v) {
    return v.is_object() && PyObject_TypeCheck(v.as_object(), &atom_type);
}

// (deref x), (deref x timeout default); timeout in seconds, both null without one.
[[nodiscard]] Value deref(const Value& reference, const Value* timeout, const Value* otherwise);

// Readies the two types. Idempotent.
[[nodiscard]] Result<void> ready_state_types();

}  // namespace catena
