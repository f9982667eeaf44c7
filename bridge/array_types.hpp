// Which loop NumPy would take for an elementwise operation, by its rules of promotion.
#pragma once

#include "bridge/array_program.hpp"
#include "bridge/numpy_layout.hpp"

namespace catena {

// What promotion knows of a number beside arrays: the smallest types that hold it, and the exponents that `**` treats
// apart. Numbers of one class lead to the same loops.
enum class NumberClass : std::uint8_t {
    truth,
    zero_or_one,  // an int, as the following
    two,
    int_below_128,
    int_below_256,
    int_from_minus_128,
    int_below_32768,
    int_below_65536,
    int_from_minus_32768,
    int_of_32_bits,
    uint_of_32_bits,
    int_of_64_bits,
    half_exponent,     // 0.5
    square_exponent,   // 2.0
    special_exponent,  // 0.0, 1.0, -1.0
    small_real,        // fits a half float, as infinities and NaN do
    single_real,       // fits a single one with room to spare
    real,
    numpy_float64,  // a numpy.float64, which is a number of its own type in version 2
    numpy_float32,
    minus_one,  // an int
};
[[nodiscard]] NumberClass class_of(const Value& number);

struct OperandType {
    bool is_array = false;
    std::int8_t number = 0;      // of an array's elements
    NumberClass number_class{};  // of a number
};

struct LoopChoice {
    PyObject* ufunc = nullptr;  // borrowed from NumPy for ever; null: numpy.where
    int loop = 0;
    std::uint8_t count = 0;                           // operands that take part, from the first on
    std::int8_t types[most_array_operands + 1] = {};  // that the operands are converted to, then the result's
};

// False when it cannot be said for certain, or when there is no loop for plain numbers. `function` is that of a call.
// At least one operand is an array.
[[nodiscard]] bool choose_loop(const ArrayNode& node, PyObject* function, const OperandType* operands, LoopChoice* out);

}  // namespace catena
