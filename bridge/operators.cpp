#include "bridge/operators.hpp"

#include <cerrno>
#include <cmath>
#include <limits>

#include "bridge/numpy_scalars.hpp"
#include "bridge/plan.hpp"

namespace catena {
namespace {

// Integers up to here are exact as doubles, so that dividing the doubles rounds as Python's own division does.
constexpr std::int64_t exact_limit = std::int64_t{1} << 53;

bool both(const Value& a, const Value& b, Tag tag) { return a.tag == tag && b.tag == tag; }

// One float and one integer or float: Python converts the integer, rounding as the machine does.
bool as_reals(const Value& a, const Value& b, double* x, double* y) {
    const auto read = [](const Value& v, double* out) {
        if (v.is_real()) {
            *out = v.as_real();
            return true;
        }
        if (v.is_integer()) *out = static_cast<double>(v.as_integer());
        return v.is_integer();
    };
    return (a.is_real() || b.is_real()) && read(a, x) && read(b, y);
}

Value apply(const Value& a, const Value& b, PyObject* (*function)(PyObject*, PyObject*)) {
    const HandedOn left(a), right(b);
    if (left.get() == nullptr || right.get() == nullptr) return Value::error();
    return steal_value(function(left.get(), right.get()));
}

Value apply_numbers(const Value& a, const Value& b, Float64Operation operation,
                    PyObject* (*function)(PyObject*, PyObject*)) {
    const Value result = is_float64(a) || is_float64(b) ? compute_float64(operation, a, b) : Value::missing();
    return result.is_missing() ? apply(a, b, function) : result;
}

Value apply(const Value& a, PyObject* (*function)(PyObject*)) {
    const HandedOn operand(a);
    return operand.get() != nullptr ? steal_value(function(operand.get())) : Value::error();
}

PyObject* power(PyObject* base, PyObject* exponent) { return PyNumber_Power(base, exponent, Py_None); }

// base ** exponent by squaring; false when it does not fit 64 bits.
bool small_power(std::int64_t base, std::int64_t exponent, std::int64_t* out) {
    std::int64_t result = 1;
    while (exponent > 0) {
        if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) return false;
        exponent >>= 1;
        if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) return false;
    }
    *out = result;
    return true;
}

// -1, 0, 1 for i below, equal to, above d; d is no NaN. Exact, as Python compares.
int compare_exactly(std::int64_t i, double d) {
    if (d >= 0x1p63) return -1;
    if (d < -0x1p63) return 1;
    const auto whole = static_cast<std::int64_t>(d);
    if (i != whole) return i < whole ? -1 : 1;
    const double fraction = d - static_cast<double>(whole);
    return fraction > 0 ? -1 : fraction < 0 ? 1 : 0;
}

}  // namespace

Value add_slow(const Value& a, const Value& b) {
    double x, y;
    if (as_reals(a, b, &x, &y)) return Value::real(x + y);
    return apply_numbers(a, b, Float64Operation::add, PyNumber_Add);
}

Value sub_slow(const Value& a, const Value& b) {
    double x, y;
    if (as_reals(a, b, &x, &y)) return Value::real(x - y);
    return apply_numbers(a, b, Float64Operation::subtract, PyNumber_Subtract);
}

Value mul_slow(const Value& a, const Value& b) {
    double x, y;
    if (as_reals(a, b, &x, &y)) return Value::real(x * y);
    return apply_numbers(a, b, Float64Operation::multiply, PyNumber_Multiply);
}

Value div(const Value& a, const Value& b) {
    double x, y;
    if (both(a, b, Tag::integer)) {
        const std::int64_t i = a.as_integer(), j = b.as_integer();
        if (j != 0 && i >= -exact_limit && i <= exact_limit && j >= -exact_limit && j <= exact_limit) {
            return Value::real(static_cast<double>(i) / static_cast<double>(j));
        }
    } else if (as_reals(a, b, &x, &y) && y != 0) {
        return Value::real(x / y);
    }
    return apply_numbers(a, b, Float64Operation::divide, PyNumber_TrueDivide);
}

Value floordiv(const Value& a, const Value& b) {
    double x, y;
    if (both(a, b, Tag::integer)) {
        const std::int64_t i = a.as_integer(), j = b.as_integer();
        if (j != 0 && !(j == -1 && i == std::numeric_limits<std::int64_t>::min())) {
            const std::int64_t quotient = i / j;
            return Value::integer(quotient - (i % j != 0 && (i < 0) != (j < 0)));
        }
    } else if (as_reals(a, b, &x, &y) && y != 0) {
        // The quotient is rounded down from the one that belongs to the exact remainder.
        double remainder = std::fmod(x, y);
        double quotient = (x - remainder) / y;
        if (remainder != 0 && (y < 0) != (remainder < 0)) quotient -= 1.0;
        if (quotient == 0) return Value::real(std::copysign(0.0, x / y));
        double floored = std::floor(quotient);
        if (quotient - floored > 0.5) floored += 1.0;
        return Value::real(floored);
    }
    return apply(a, b, PyNumber_FloorDivide);
}

Value mod(const Value& a, const Value& b) {
    double x, y;
    if (both(a, b, Tag::integer)) {
        const std::int64_t i = a.as_integer(), j = b.as_integer();
        if (j == -1) return Value::integer(0);
        if (j != 0) {
            const std::int64_t remainder = i % j;
            return Value::integer(remainder != 0 && (remainder < 0) != (j < 0) ? remainder + j : remainder);
        }
    } else if (as_reals(a, b, &x, &y) && y != 0) {
        double remainder = std::fmod(x, y);
        if (remainder == 0) return Value::real(std::copysign(0.0, y));
        if ((y < 0) != (remainder < 0)) remainder += y;
        return Value::real(remainder);
    }
    return apply(a, b, PyNumber_Remainder);
}

Value pow(const Value& a, const Value& b) {
    double x, y;
    if (both(a, b, Tag::integer)) {
        std::int64_t result;
        if (b.as_integer() >= 0 && small_power(a.as_integer(), b.as_integer(), &result)) return Value::integer(result);
    } else if (as_reals(a, b, &x, &y) && x > 0 && std::isfinite(x) && std::isfinite(y)) {
        const int saved = errno;
        const double result = std::pow(x, y);
        errno = saved;
        if (std::isfinite(result)) return Value::real(result);
    }
    return apply(a, b, power);
}

Value matmul(const Value& a, const Value& b) { return apply(a, b, PyNumber_MatrixMultiply); }

Value neg(const Value& a) {
    if (a.is_integer() && a.as_integer() != std::numeric_limits<std::int64_t>::min()) {
        return Value::integer(-a.as_integer());
    }
    if (a.is_real()) return Value::real(-a.as_real());
    if (a.is_float64()) return Value::float64(-a.as_real());
    return apply(a, PyNumber_Negative);
}

Value pos(const Value& a) {
    if (a.is_integer() || a.is_real() || a.is_float64()) return a;
    return apply(a, PyNumber_Positive);
}

Value bit_and(const Value& a, const Value& b) {
    if (both(a, b, Tag::integer)) return Value::integer(a.as_integer() & b.as_integer());
    return apply(a, b, PyNumber_And);
}

Value bit_or(const Value& a, const Value& b) {
    if (both(a, b, Tag::integer)) return Value::integer(a.as_integer() | b.as_integer());
    return apply(a, b, PyNumber_Or);
}

Value bit_xor(const Value& a, const Value& b) {
    if (both(a, b, Tag::integer)) return Value::integer(a.as_integer() ^ b.as_integer());
    return apply(a, b, PyNumber_Xor);
}

Value bit_not(const Value& a) {
    if (a.is_integer()) return Value::integer(~a.as_integer());
    return apply(a, PyNumber_Invert);
}

Value shift_left(const Value& a, const Value& b) {
    if (both(a, b, Tag::integer) && b.as_integer() >= 0 && b.as_integer() < 64) {
        const std::int64_t i = a.as_integer();
        const auto shifted = static_cast<std::int64_t>(static_cast<std::uint64_t>(i) << b.as_integer());
        if (shifted >> b.as_integer() == i) return Value::integer(shifted);
    }
    return apply(a, b, PyNumber_Lshift);
}

Value shift_right(const Value& a, const Value& b) {
    if (both(a, b, Tag::integer) && b.as_integer() >= 0) {
        return Value::integer(a.as_integer() >> (b.as_integer() < 64 ? b.as_integer() : 63));
    }
    return apply(a, b, PyNumber_Rshift);
}

Value compare_slow(const Value& a, const Value& b, int op) {
    if (a.is_integer() && b.is_real()) {
        const double d = b.as_real();
        if (std::isnan(d)) return Value::boolean(op == Py_NE);
        return Value::boolean(compare_numbers(compare_exactly(a.as_integer(), d), 0, op));
    }
    if (a.is_real() && b.is_integer()) {
        const double d = a.as_real();
        if (std::isnan(d)) return Value::boolean(op == Py_NE);
        return Value::boolean(compare_numbers(0, compare_exactly(b.as_integer(), d), op));
    }
    if (is_float64(a) || is_float64(b))
        if (const int truth = compare_float64(a, b, op); truth >= 0) return numpy_boolean(truth != 0);
    const HandedOn left(a), right(b);
    if (left.get() == nullptr || right.get() == nullptr) return Value::error();
    return steal_value(PyObject_RichCompare(left.get(), right.get(), op));
}

bool identical(const Value& a, const Value& b) {
    if (a.tag != b.tag) return false;
    if (a.tag == Tag::real) return a.bits == b.bits;
    if (a.tag != Tag::object || a.bits == b.bits) return a.bits == b.bits;
    // Integers beyond 64 bits are numbers too.
    PyObject *x = a.as_object(), *y = b.as_object();
    return PyLong_CheckExact(x) && PyLong_CheckExact(y) && PyObject_RichCompareBool(x, y, Py_EQ) == 1;
}

}  // namespace catena
