#include "bridge/array_types.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "bridge/array_casts.hpp"
#include "bridge/numpy_scalars.hpp"

namespace catena {
namespace {

// As NumPy names them; in the order of ArrayOperation.
constexpr const char* operator_names[] = {
    "add",         "subtract",      "multiply",    "true_divide", "floor_divide", "remainder", "power",
    "bitwise_and", "bitwise_or",    "bitwise_xor", "left_shift",  "right_shift",  "less",      "less_equal",
    "greater",     "greater_equal", "equal",       "not_equal",   "negative",     "invert",
};
static_assert(std::size(operator_names) == static_cast<std::size_t>(ArrayOperation::call));

// NumPy's ufuncs that work element by element and have one result, in the order of their addresses; held for ever.
const std::vector<PyObject*>& known_ufuncs() {
    static std::vector<PyObject*> known;
    if (known.empty() && numpy_types().api != nullptr) {
        PyObject *name, *value;
        Py_ssize_t at = 0;
        while (PyDict_Next(PyModule_GetDict(numpy_found.umath), &at, &name, &value)) {
            if (Py_TYPE(value) != numpy_found.ufunc) continue;
            const UfuncLayout& ufunc = ufunc_layout(value);
            if (ufunc.has_core != 0 || ufunc.outputs != 1 || ufunc.arguments != ufunc.inputs + 1 ||
                static_cast<std::size_t>(ufunc.inputs) > most_array_operands)
                continue;
            known.push_back(Py_NewRef(value));
        }
        std::sort(known.begin(), known.end());
    }
    return known;
}

bool is_known(PyObject* ufunc) {
    const auto& known = known_ufuncs();
    return std::binary_search(known.begin(), known.end(), ufunc);
}

// The ufunc behind an operator of arrays, borrowed. (Version 1 lets programs put another one there, by a function that it
// warns against; that is not noticed here.)
PyObject* ufunc_named(const char* name) {
    PyObject* found = PyDict_GetItemString(PyModule_GetDict(numpy_found.umath), name);
    return found != nullptr && is_known(found) ? found : nullptr;
}

enum Kind { kind_bool, kind_int, kind_real };
Kind kind_of(int type) { return type == boolean ? kind_bool : type < float32 ? kind_int : kind_real; }
Kind kind_of(NumberClass c) {
    if (c == NumberClass::truth) return kind_bool;
    if (c == NumberClass::minus_one) return kind_int;
    return c < NumberClass::half_exponent ? kind_int : kind_real;
}

// Whether every int of the class fits the integer type.
bool fits(NumberClass c, int type) {
    const int bits = static_cast<int>(element_size(type)) * 8;
    const bool has_sign = type % 2 == 1;
    switch (c) {
        case NumberClass::truth:
        case NumberClass::zero_or_one:
        case NumberClass::two:
        case NumberClass::int_below_128: return true;
        case NumberClass::int_below_256: return bits > 8 || !has_sign;
        case NumberClass::minus_one:
        case NumberClass::int_from_minus_128: return has_sign;
        case NumberClass::int_below_32768: return bits >= 16;
        case NumberClass::int_below_65536: return bits > 16 || (bits == 16 && !has_sign);
        case NumberClass::int_from_minus_32768: return has_sign && bits >= 16;
        case NumberClass::int_of_32_bits: return has_sign && bits >= 32;
        case NumberClass::uint_of_32_bits: return bits > 32 || (bits == 32 && !has_sign);
        case NumberClass::int_of_64_bits: return has_sign && bits == 64;
        default: return false;
    }
}

// Whether an int of the class is at most 8, or 16, bits wide.
bool is_narrow(NumberClass c, int bits) {
    return fits(c, bits == 8 ? int8 : int16) || fits(c, bits == 8 ? uint8 : uint16);
}

// The operands of one operation as promotion sees them.
class Promotion {
public:
    Promotion(const OperandType* operands, std::size_t count) : operands_(operands), count_(count) {
        for (std::size_t i = 0; i < count; ++i) {
            if (!operands[i].is_array) continue;
            const int type = operands[i].number;
            highest_ = std::max(highest_, kind_of(type));
            if (kind_of(type) == kind_int) (type % 2 == 1 ? has_signed_ : has_unsigned_) = true;
            only_float64_ = only_float64_ && type == float64;
            only_float32_ = only_float32_ && type == float32;
        }
    }

    // Signed and unsigned integers together have rules that differ between versions.
    [[nodiscard]] bool certain() const {
        if (has_signed_ && has_unsigned_) return false;
        for (std::size_t i = 0; i < count_; ++i) {
            if (!operands_[i].is_array && !certain(operands_[i].number_class)) return false;
        }
        return true;
    }

    // Whether operand `i` is converted to the type without further thought.
    [[nodiscard]] bool takes(std::size_t i, int type) const {
        const OperandType& operand = operands_[i];
        if (operand.is_array) return casts_safely(operand.number, type);
        const NumberClass c = operand.number_class;
        const Kind kind = kind_of(c);
        if (kind > highest_) return casts_safely(kind == kind_int ? long_ : float64, type);
        if (kind == kind_bool) return true;
        if (type == boolean) return false;
        if (kind == kind_int) {
            if (type < float32) return fits(c, type);
            if (type == float16) return is_narrow(c, 8);
            if (type == float32) return is_narrow(c, 16);
            return true;
        }
        if (type < float32) return false;
        if (type == float16)
            return c != NumberClass::single_real && c != NumberClass::real && c < NumberClass::numpy_float64;
        if (type == float32) return c != NumberClass::real && c != NumberClass::numpy_float64;
        return true;
    }

    [[nodiscard]] bool only_booleans() const {
        return std::all_of(operands_, operands_ + count_, [](const OperandType& operand) {
            return operand.is_array ? operand.number == boolean : operand.number_class == NumberClass::truth;
        });
    }
    [[nodiscard]] bool only_whole() const {
        return std::all_of(operands_, operands_ + count_, [](const OperandType& operand) {
            return (operand.is_array ? kind_of(operand.number) : kind_of(operand.number_class)) != kind_real;
        });
    }

private:
    [[nodiscard]] bool certain(NumberClass c) const {
        const Kind kind = kind_of(c);
        if (c == NumberClass::numpy_float64) return only_float64_;
        if (c == NumberClass::numpy_float32) return only_float32_ || only_float64_;
        if (kind > highest_ || kind == kind_bool) return true;
        if (only_float64_) return true;
        if (kind == kind_real) return c != NumberClass::real;
        if (highest_ == kind_real) return is_narrow(c, 16);
        for (std::size_t i = 0; i < count_; ++i) {
            if (operands_[i].is_array && operands_[i].number != boolean && !fits(c, operands_[i].number)) return false;
        }
        return true;
    }

    const OperandType* operands_;
    std::size_t count_;
    Kind highest_ = kind_bool;
    bool has_signed_ = false, has_unsigned_ = false;
    bool only_float64_ = true, only_float32_ = true;
};

PyObject* divide() {
    static PyObject* const found = ufunc_named("true_divide");
    return found;
}

bool is_plain(int type) { return type >= boolean && type <= float64 && type != longlong && type != ulonglong; }

// The first loop that all operands fit, as NumPy searches.
bool search(PyObject* function, const OperandType* operands, std::size_t count, LoopChoice* out) {
    const UfuncLayout& ufunc = ufunc_layout(function);
    if (static_cast<std::size_t>(ufunc.inputs) != count) return false;
    const Promotion promotion(operands, count);
    if (!promotion.certain()) return false;
    // Integers are divided as doubles, however narrow they are.
    const bool as_doubles = promotion.only_whole() && function == divide();
    for (int loop = 0; loop < ufunc.loop_count; ++loop) {
        const char* types = ufunc.types + static_cast<std::ptrdiff_t>(loop) * ufunc.arguments;
        bool fit = !as_doubles || types[0] == float64;
        for (std::size_t i = 0; i < count && fit; ++i) fit = promotion.takes(i, types[i]);
        if (!fit) continue;
        // Booleans have no difference and no sign, and NumPy says so in words of its own.
        if (promotion.only_booleans() && types[0] != boolean && !as_doubles) return false;
        out->ufunc = function;
        out->loop = loop;
        out->count = static_cast<std::uint8_t>(count);
        for (std::size_t i = 0; i <= count; ++i) {
            if (!is_plain(types[i])) return false;
            out->types[i] = static_cast<std::int8_t>(types[i]);
            if (i < count && operands[i].is_array && operands[i].number != types[i] &&
                cast_loop(operands[i].number, types[i]) == nullptr)
                return false;
        }
        return true;
    }
    return false;
}

// numpy.where on a condition of booleans and values of one type.
bool choose_where(const OperandType* operands, LoopChoice* out) {
    if (!operands[0].is_array || operands[0].number != boolean) return false;
    const OperandType &x = operands[1], &y = operands[2];
    if (!x.is_array && !y.is_array) return false;
    const int type = x.is_array ? x.number : y.number;
    if (x.is_array && y.is_array && x.number != y.number) return false;
    const Promotion promotion(operands + 1, 2);
    if (!promotion.certain() || !promotion.takes(0, type) || !promotion.takes(1, type)) return false;
    out->ufunc = nullptr;
    out->count = 3;
    out->types[0] = boolean;
    for (int i = 1; i < 4; ++i) out->types[i] = static_cast<std::int8_t>(type);
    return true;
}

// `array ** number`: NumPy takes other functions for some exponents.
bool choose_power(const OperandType* operands, LoopChoice* out) {
    const OperandType &base = operands[0], &exponent = operands[1];
    if (base.is_array && !exponent.is_array) {
        const bool real = kind_of(base.number) == kind_real;
        switch (exponent.number_class) {
            case NumberClass::truth:
            case NumberClass::zero_or_one:
            case NumberClass::minus_one:
            case NumberClass::special_exponent:
            case NumberClass::numpy_float64:
            case NumberClass::numpy_float32: return false;
            case NumberClass::two:
            case NumberClass::square_exponent: {
                if (!real && (base.number == boolean || exponent.number_class == NumberClass::square_exponent))
                    return false;
                PyObject* square = ufunc_named("square");
                return square != nullptr && search(square, operands, 1, out);
            }
            case NumberClass::half_exponent: {
                if (!real) return false;
                PyObject* root = ufunc_named("sqrt");
                return root != nullptr && search(root, operands, 1, out);
            }
            default: break;
        }
    }
    PyObject* power = ufunc_named("power");
    return power != nullptr && search(power, operands, 2, out);
}

}  // namespace

NumberClass class_of(const Value& number) {
    using enum NumberClass;
    if (number.is_integer()) {
        const std::int64_t i = number.as_integer();
        if (i == 0 || i == 1) return zero_or_one;
        if (i == 2) return two;
        if (i == -1) return minus_one;
        if (i >= 0) {
            if (i < 128) return int_below_128;
            if (i < 256) return int_below_256;
            if (i < 32768) return int_below_32768;
            if (i < 65536) return int_below_65536;
            if (i < std::int64_t{1} << 31) return int_of_32_bits;
            return i < std::int64_t{1} << 32 ? uint_of_32_bits : int_of_64_bits;
        }
        if (i >= -128) return int_from_minus_128;
        if (i >= -32768) return int_from_minus_32768;
        return i >= -(std::int64_t{1} << 31) ? int_of_32_bits : int_of_64_bits;
    }
    if (number.is_real()) {
        const double d = number.as_real();
        if (d == 2.0) return square_exponent;
        if (d == 0.5) return half_exponent;
        if (d == 0.0 || d == 1.0 || d == -1.0) return special_exponent;
        if (!std::isfinite(d) || std::fabs(d) < 65000) return small_real;
        return std::fabs(d) < 1e38 ? single_real : real;
    }
    return truth;
}

bool is_elementwise(PyObject* function) {
    if (numpy_types().api == nullptr) return false;
    return function == numpy_found.where || (Py_TYPE(function) == numpy_found.ufunc && is_known(function));
}

bool choose_loop(const ArrayNode& node, PyObject* function, const OperandType* operands, LoopChoice* out) {
    bool chosen;
    if (node.operation == ArrayOperation::call) {
        if (!is_elementwise(function)) return false;
        if (function == numpy_found.where) return node.count == 3 && choose_where(operands, out);
        chosen = search(function, operands, node.count, out);
    } else if (node.operation == ArrayOperation::power) {
        chosen = choose_power(operands, out);
    } else {
        PyObject* ufunc = ufunc_named(operator_names[static_cast<std::size_t>(node.operation)]);
        chosen = ufunc != nullptr && search(ufunc, operands, node.count, out);
    }
    // The loops of integer powers may raise errors of their own.
    if (!chosen) return false;
    static PyObject* const power = ufunc_named("power");
    return out->ufunc != power || kind_of(out->types[2]) == kind_real;
}

}  // namespace catena
