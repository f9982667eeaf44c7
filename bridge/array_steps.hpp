// From the operations of an array program to the loops that do them: what the operands are, which loop each operation
// takes for them, what must be converted first, and where in scratch memory the values between them go.
#pragma once

#include <array>
#include <vector>

#include "bridge/array_program.hpp"
#include "bridge/array_types.hpp"

namespace catena {

// Places for values that are no results.
inline constexpr std::size_t most_array_slots = 24;

enum class ArrayPlace : std::uint8_t { input, cell, slot, result };
struct ArrayArgument {
    ArrayPlace place = ArrayPlace::input;
    std::int16_t index = 0;
    std::uint8_t size = 0;  // of an element
};

// One loop to be run on each block.
struct ArrayStep {
    std::int16_t node = 0;
    std::uint8_t count = 0;  // arguments, the result included
    int loop = 0;
    PyObject* ufunc = nullptr;  // null: `own`
    NumpyLoop own = nullptr;    // a cast, or a choice
    ArrayArgument arguments[most_array_operands + 1];
};

struct NumberCell {
    std::int16_t source = 0;  // as an operand of a node
    std::int8_t type = 0;
};

inline constexpr std::uint8_t array_code = 64;   // plus the number of the element type
inline constexpr std::uint8_t node_code = 128;   // an array that a node makes
inline constexpr std::uint8_t no_operand = 255;  // nothing that a node works on

// The operands of one run: what they are, and the shape that the arrays share.
class ArrayOperands {
public:
    ArrayOperands(const ArrayProgram& program, const Value* inputs) : program_(program), inputs_(inputs) {}

    // False: `refused` says which node.
    bool read(std::size_t* refused);
    [[nodiscard]] Value number(std::int16_t source) const;
    [[nodiscard]] std::uint8_t code(std::int16_t source) const;
    [[nodiscard]] Py_ssize_t count() const { return count_; }
    [[nodiscard]] const ArrayLayout& shape() const { return *shape_of_; }
    [[nodiscard]] Py_ssize_t stride(std::size_t input) const {
        const ArrayLayout& a = array_layout(inputs_[input].as_object());
        return a.strides[a.dimensions - 1];
    }
    [[nodiscard]] char* data(std::size_t input) const { return array_layout(inputs_[input].as_object()).data; }

    std::array<std::uint8_t, most_array_inputs + most_array_nodes> codes;

private:
    // Whether a node works on the input, and the first one that does; others are callees.
    bool is_operand(std::size_t input, std::size_t* first) const;
    bool read_input(std::size_t i);
    bool read_array(std::size_t i, const ArrayLayout& a);
    bool read_node(std::size_t n);

    const ArrayProgram& program_;
    const Value* inputs_;
    std::array<Value, most_array_nodes> node_values_;
    const ArrayLayout* shape_of_ = nullptr;
    Py_ssize_t count_ = 0;
};

// The steps of a program for operands of these types.
class ArrayResolution {
public:
    ArrayResolution(const ArrayProgram& program, const ArrayOperands& operands, PyObject* const* functions)
        : program_(program), operands_(operands), functions_(functions) {}

    std::vector<ArrayStep> steps;
    std::vector<NumberCell> cells;
    std::vector<std::int8_t> result_types;

    bool run(std::size_t* refused);

private:
    void find_last_uses();
    [[nodiscard]] bool is_result(std::size_t n) const { return result_index(n) >= 0; }
    [[nodiscard]] int result_index(std::size_t n) const;
    int free_slot();
    bool add(std::size_t n);
    void release(std::int16_t source, std::size_t n);
    void release_slot(std::size_t n);

    // Fills in the k-th argument of a step; what has another type is converted into a slot first.
    bool operand(std::int16_t source, const OperandType& type, int wanted, ArrayStep& step, std::size_t k,
                 std::vector<int>& converted);

    const ArrayProgram& program_;
    const ArrayOperands& operands_;
    PyObject* const* functions_;
    std::array<int, most_array_nodes> last_use_{};
    std::array<std::int8_t, most_array_nodes> types_{};
    std::array<ArrayArgument, most_array_nodes> made_{};
    std::array<bool, most_array_slots> used_{};
};

}  // namespace catena
