// Value: what a register of the VM holds. Sixteen bytes: a tag word and 64 bits of payload, which is an
// unboxed integer, an unboxed float, or a PyObject*. A Value is a plain pair of words and owns nothing by
// itself; who owns the object inside is stated where a Value is stored (registers own, operands borrow).
//
// Canonical form: None, True and False, exact `int`s that fit 64 bits and exact `float`s are never stored
// as objects, so a tag test alone answers "is it nil", "is it a small integer". Everything else, subclasses
// of int and float included, is an object. A numpy.float64 is either an object or a tag of its own: what NumPy's items and
// functions answer needs no object until Python code or a container gets it. Two of one value are then identical, as floats are.
#pragma once

#include <bit>
#include <cstdint>
#include <iterator>

#include "bridge/ref.hpp"

namespace catena {

enum class Tag : std::uint64_t {
    nil = 0,      // None; also what an empty register holds
    no = 1,       // False
    yes = 2,      // True
    integer = 3,  // payload: int64
    real = 4,     // payload: double
    missing = 5,  // a parameter that got no argument; never seen by user code
    error = 6,    // a failed operation's answer: the Python error indicator is set
    object = 7,   // payload: PyObject*
    float64 = 8,  // payload: double; a numpy.float64 that has no object yet
};

struct Value {
    Tag tag = Tag::nil;
    std::uint64_t bits = 0;

    [[nodiscard]] static constexpr Value nil() { return {}; }
    [[nodiscard]] static constexpr Value missing() { return {Tag::missing, 0}; }
    [[nodiscard]] static constexpr Value error() { return {Tag::error, 0}; }
    [[nodiscard]] static constexpr Value boolean(bool b) { return {b ? Tag::yes : Tag::no, 0}; }
    [[nodiscard]] static constexpr Value integer(std::int64_t i) {
        return {Tag::integer, static_cast<std::uint64_t>(i)};
    }
    [[nodiscard]] static constexpr Value real(double d) { return {Tag::real, std::bit_cast<std::uint64_t>(d)}; }
    [[nodiscard]] static constexpr Value float64(double d) { return {Tag::float64, std::bit_cast<std::uint64_t>(d)}; }
    // Wraps the pointer as it is: the caller has made sure that it is canonical (not None, bool, int, float).
    [[nodiscard]] static Value object(PyObject* o) { return {Tag::object, reinterpret_cast<std::uint64_t>(o)}; }

    [[nodiscard]] constexpr bool is_nil() const { return tag == Tag::nil; }
    [[nodiscard]] constexpr bool is_integer() const { return tag == Tag::integer; }
    [[nodiscard]] constexpr bool is_real() const { return tag == Tag::real; }
    [[nodiscard]] constexpr bool is_float64() const { return tag == Tag::float64; }
    [[nodiscard]] constexpr bool is_object() const { return tag == Tag::object; }
    [[nodiscard]] constexpr bool is_error() const { return tag == Tag::error; }
    [[nodiscard]] constexpr bool is_missing() const { return tag == Tag::missing; }
    [[nodiscard]] constexpr std::int64_t as_integer() const { return static_cast<std::int64_t>(bits); }
    [[nodiscard]] constexpr double as_real() const { return std::bit_cast<double>(bits); }
    [[nodiscard]] PyObject* as_object() const { return reinterpret_cast<PyObject*>(bits); }

    // Adds, or gives up, one reference if there is an object inside.
    void retain() const {
        if (tag == Tag::object) Py_INCREF(as_object());
    }
    void release() const {
        if (tag == Tag::object) Py_DECREF(as_object());
    }
};

static_assert(sizeof(Value) == 16);

// Reads an exact int that fits 64 bits; false for others, with no error set.
[[nodiscard]] inline bool read_small_int(PyObject* o, std::int64_t* out) {
#if PY_VERSION_HEX < 0x030C0000
    // One digit with its sign in the size: most integers, without a call.
    const Py_ssize_t size = Py_SIZE(o);
    if (size >= -1 && size <= 1) {
        *out = size * static_cast<std::int64_t>(reinterpret_cast<PyLongObject*>(o)->ob_digit[0]);
        return true;
    }
#endif
    int overflow = 0;
    const long long i = PyLong_AsLongLongAndOverflow(o, &overflow);
    *out = i;
    return overflow == 0;
}

// The canonical Value of a new reference, which it takes over. Null becomes Value::error().
[[nodiscard]] inline Value steal_value(PyObject* o) {
    if (o == nullptr) return Value::error();
    PyTypeObject* type = Py_TYPE(o);
    if (type == &PyLong_Type) {
        std::int64_t i;
        if (!read_small_int(o, &i)) return Value::object(o);
        Py_DECREF(o);
        return Value::integer(i);
    }
    if (type == &PyFloat_Type) {
        const double d = PyFloat_AS_DOUBLE(o);
        Py_DECREF(o);
        return Value::real(d);
    }
    if (type == &PyBool_Type) {
        const bool b = o == Py_True;
        Py_DECREF(o);
        return Value::boolean(b);
    }
    if (o == Py_None) {
        Py_DECREF(o);
        return Value::nil();
    }
    return Value::object(o);
}

// The canonical Value of a borrowed object: owns a new reference if an object stays inside.
[[nodiscard]] inline Value borrow_value(PyObject* o) {
    PyTypeObject* type = Py_TYPE(o);
    if (type == &PyLong_Type) {
        std::int64_t i;
        if (read_small_int(o, &i)) return Value::integer(i);
    } else if (type == &PyFloat_Type) {
        return Value::real(PyFloat_AS_DOUBLE(o));
    } else if (type == &PyBool_Type) {
        return Value::boolean(o == Py_True);
    } else if (o == Py_None) {
        return Value::nil();
    }
    Py_INCREF(o);
    return Value::object(o);
}

// The integers that exist once in a process, each noted when it is first met: CPython would be called for them otherwise.
inline constexpr std::int64_t least_shared_integer = -5, greatest_shared_integer = 256;
inline PyObject* shared_integers[greatest_shared_integer - least_shared_integer + 1];

[[nodiscard]] inline PyObject* new_integer(std::int64_t i) {
    const auto at = static_cast<std::uint64_t>(i) - static_cast<std::uint64_t>(least_shared_integer);
    if (at >= std::size(shared_integers)) return PyLong_FromLongLong(i);
    PyObject*& shared = shared_integers[at];
    if (__builtin_expect(shared == nullptr, 0)) {
        shared = PyLong_FromLongLong(i);
        if (shared == nullptr) return nullptr;
    }
    return Py_NewRef(shared);
}

// Defined with the rest of NumPy's scalars (numpy_scalars.cpp).
[[nodiscard]] PyObject* new_float64(double number);

// A new reference to the Python object that `v` stands for; `v` keeps its own. Null on memory errors.
// Precondition: neither missing nor error.
[[nodiscard]] inline PyObject* new_object(const Value& v) {
    switch (v.tag) {
        case Tag::object: return Py_NewRef(v.as_object());
        case Tag::integer: return new_integer(v.as_integer());
        case Tag::real: return PyFloat_FromDouble(v.as_real());
        case Tag::float64: return new_float64(v.as_real());
        case Tag::yes: return Py_NewRef(Py_True);
        case Tag::no: return Py_NewRef(Py_False);
        default: return Py_NewRef(Py_None);
    }
}

[[nodiscard]] inline Ref boxed(const Value& v) { return steal(new_object(v)); }

}  // namespace catena
