// Array programs: a run of elementwise operations on exact NumPy arrays of one shape and on numbers, evaluated together
// block by block, so that what one operation makes is still in the cache when the next one reads it. The operations are
// NumPy's ufuncs through their own inner loops, on the operands and in the element types that NumPy would choose: the
// results are the same bits in arrays of the same type.
//
// Nothing is done that NumPy would do visibly in another way. Whatever is not known here (other types of objects and
// elements, broadcasting, arrays of one element or none, a floating-point exception that is not to be ignored) is refused
// before anything has happened, and the operations are then to be done one by one.
#pragma once

#include <memory>
#include <vector>

#include "bridge/numpy_layout.hpp"
#include "bridge/value.hpp"

namespace catena {

struct Plan;

enum class ArrayOperation : std::uint8_t {
    add,
    subtract,
    multiply,
    true_divide,
    floor_divide,
    remainder,
    power,
    bitwise_and,
    bitwise_or,
    bitwise_xor,
    left_shift,
    right_shift,
    less,
    less_equal,
    greater,
    greater_equal,
    equal,
    not_equal,
    negative,
    invert,
    call,  // of one of the functions that a run is given
};

inline constexpr std::size_t most_array_operands = 3;
inline constexpr std::size_t most_array_nodes = 32;
inline constexpr std::size_t most_array_inputs = 32;

struct ArrayNode {
    ArrayOperation operation = ArrayOperation::call;
    std::uint8_t count = 0;                           // operands
    std::int16_t operands[most_array_operands] = {};  // an earlier node, or ~n: input n
    std::int16_t function = -1;                       // of a call: which function
};

// Whether `function` is one that a node can call: a ufunc of NumPy's own, or numpy.where.
[[nodiscard]] bool is_elementwise(PyObject* function);

// Set by those who can see what comes before and after a chain. A handler that finds an elementwise function about to work
// on arrays asks here first: true means that the work of the chain has been done, and of more behind it; the handler
// answers an error then, with no exception set.
inline bool (*run_among_others)(const Plan& plan, const Value* operands) = nullptr;

class ArrayProgram {
public:
    ArrayProgram();
    ~ArrayProgram();
    ArrayProgram(const ArrayProgram&) = delete;
    ArrayProgram& operator=(const ArrayProgram&) = delete;

    std::vector<ArrayNode> nodes;
    std::vector<std::int16_t> results;  // the nodes whose values come out, ascending
    std::size_t input_count = 0;

    // Evaluates the nodes. `inputs` and `functions` are borrowed, and stay alive and unchanged until the run has ended;
    // other threads may run in between. True: `values` has an owned array for each result. False: nothing was done and no
    // error is set; `*refused` is the first node that cannot be done here, or the number of nodes when it was not a
    // node's fault.
    [[nodiscard]] bool run(const Value* inputs, PyObject* const* functions, Value* values, std::size_t* refused);

private:
    struct Resolved;
    std::shared_ptr<const Resolved> resolved_;  // what the last types of operands led to
    bool asks_ = false;  // an earlier run raised flags that were to be ignored, so the settings are asked first
};

}  // namespace catena
