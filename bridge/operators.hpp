// Python's operators on values: unboxed where the operands are small integers and floats, Python's own code for all
// else. Results, types and errors are Python's. Operands are borrowed, results are owned and canonical, and
// Value::error() means that the Python error is set.
#pragma once

#include <cstdint>

#include "bridge/value.hpp"

namespace catena {

[[nodiscard]] Value add_slow(const Value& a, const Value& b);
[[nodiscard]] Value sub_slow(const Value& a, const Value& b);
[[nodiscard]] Value mul_slow(const Value& a, const Value& b);
[[nodiscard]] Value div(const Value& a, const Value& b);       // a / b
[[nodiscard]] Value floordiv(const Value& a, const Value& b);  // a // b
[[nodiscard]] Value mod(const Value& a, const Value& b);       // a % b
[[nodiscard]] Value pow(const Value& a, const Value& b);       // a ** b
[[nodiscard]] Value matmul(const Value& a, const Value& b);
[[nodiscard]] Value neg(const Value& a);
[[nodiscard]] Value pos(const Value& a);
[[nodiscard]] Value bit_and(const Value& a, const Value& b);
[[nodiscard]] Value bit_or(const Value& a, const Value& b);
[[nodiscard]] Value bit_xor(const Value& a, const Value& b);
[[nodiscard]] Value bit_not(const Value& a);
[[nodiscard]] Value shift_left(const Value& a, const Value& b);
[[nodiscard]] Value shift_right(const Value& a, const Value& b);

// What Python's comparison answers: an array for arrays. `op` is Py_LT, Py_LE, Py_EQ, Py_NE, Py_GT or Py_GE.
[[nodiscard]] Value compare_slow(const Value& a, const Value& b, int op);

[[nodiscard]] inline Value add(const Value& a, const Value& b) {
    std::int64_t i;
    if (a.tag == Tag::integer && b.tag == Tag::integer && !__builtin_add_overflow(a.as_integer(), b.as_integer(), &i)) {
        return Value::integer(i);
    }
    if (a.tag == Tag::real && b.tag == Tag::real) return Value::real(a.as_real() + b.as_real());
    return add_slow(a, b);
}

[[nodiscard]] inline Value sub(const Value& a, const Value& b) {
    std::int64_t i;
    if (a.tag == Tag::integer && b.tag == Tag::integer && !__builtin_sub_overflow(a.as_integer(), b.as_integer(), &i)) {
        return Value::integer(i);
    }
    if (a.tag == Tag::real && b.tag == Tag::real) return Value::real(a.as_real() - b.as_real());
    return sub_slow(a, b);
}

[[nodiscard]] inline Value mul(const Value& a, const Value& b) {
    std::int64_t i;
    if (a.tag == Tag::integer && b.tag == Tag::integer && !__builtin_mul_overflow(a.as_integer(), b.as_integer(), &i)) {
        return Value::integer(i);
    }
    if (a.tag == Tag::real && b.tag == Tag::real) return Value::real(a.as_real() * b.as_real());
    return mul_slow(a, b);
}

// Six comparisons of two numbers of one C type.
template <class T>
[[nodiscard]] constexpr bool compare_numbers(T a, T b, int op) {
    switch (op) {
        case Py_LT: return a < b;
        case Py_LE: return a <= b;
        case Py_EQ: return a == b;
        case Py_NE: return a != b;
        case Py_GT: return a > b;
        default: return a >= b;
    }
}

[[nodiscard]] inline Value compare(const Value& a, const Value& b, int op) {
    if (a.tag == Tag::integer && b.tag == Tag::integer) {
        return Value::boolean(compare_numbers(a.as_integer(), b.as_integer(), op));
    }
    if (a.tag == Tag::real && b.tag == Tag::real) {
        return Value::boolean(compare_numbers(a.as_real(), b.as_real(), op));
    }
    return compare_slow(a, b, op);
}

[[nodiscard]] inline Value lt(const Value& a, const Value& b) { return compare(a, b, Py_LT); }
[[nodiscard]] inline Value le(const Value& a, const Value& b) { return compare(a, b, Py_LE); }
[[nodiscard]] inline Value gt(const Value& a, const Value& b) { return compare(a, b, Py_GT); }
[[nodiscard]] inline Value ge(const Value& a, const Value& b) { return compare(a, b, Py_GE); }
[[nodiscard]] inline Value eq(const Value& a, const Value& b) { return compare(a, b, Py_EQ); }
[[nodiscard]] inline Value ne(const Value& a, const Value& b) { return compare(a, b, Py_NE); }

// Python's `is`, and for numbers: same type and same value.
[[nodiscard]] bool identical(const Value& a, const Value& b);

}  // namespace catena
