#include "bridge/array_steps.hpp"

#include <algorithm>
#include <cstring>

#include "bridge/array_casts.hpp"
#include "bridge/operators.hpp"

namespace catena {
namespace {

template <class T>
void choose_elements(char** args, const Py_ssize_t* dimensions, const Py_ssize_t* strides, void*) {
    const char *condition = args[0], *x = args[1], *y = args[2];
    auto* out = reinterpret_cast<T*>(args[3]);
    for (Py_ssize_t i = 0; i < dimensions[0]; ++i) {
        T a, b;
        std::memcpy(&a, x + i * strides[1], sizeof a);
        std::memcpy(&b, y + i * strides[2], sizeof b);
        out[i] = condition[i * strides[0]] != 0 ? a : b;
    }
}

NumpyLoop choosing_loop(std::size_t size) {
    switch (size) {
        case 1: return choose_elements<std::uint8_t>;
        case 2: return choose_elements<std::uint16_t>;
        case 4: return choose_elements<std::uint32_t>;
        default: return choose_elements<std::uint64_t>;
    }
}

std::size_t size_of(int type) { return type == boolean ? 1 : element_size(type); }

using NumberOperation = Value (*)(const Value&, const Value&);
// Of numbers alone, in the order of ArrayOperation; null: none here.
constexpr NumberOperation number_operations[] = {
    add, sub, mul, div, floordiv, mod, pow, bit_and, bit_or, bit_xor, shift_left, shift_right, lt, le, gt, ge, eq, ne,
};

bool is_number(const Value& v) { return v.is_integer() || v.is_real() || v.tag == Tag::yes || v.tag == Tag::no; }

}  // namespace

bool ArrayOperands::read(std::size_t* refused) {
    const std::size_t inputs = program_.input_count;
    for (std::size_t i = 0; i < inputs; ++i) {
        if (read_input(i)) continue;
        if (is_operand(i, refused)) return false;
        codes[i] = no_operand;
    }
    if (shape_of_ == nullptr) return false;
    for (std::size_t n = 0; n < program_.nodes.size(); ++n) {
        if (!read_node(n)) {
            *refused = n;
            return false;
        }
    }
    return true;
}

Value ArrayOperands::number(std::int16_t source) const {
    if (source >= 0) return node_values_[source];
    const Value& v = inputs_[~source];
    if (v.is_float64()) return Value::real(v.as_real());
    if (!v.is_object()) return v;
    if (Py_TYPE(v.as_object()) == numpy_found.float64) {
        double real;
        std::memcpy(&real, reinterpret_cast<char*>(v.as_object()) + sizeof(PyObject), sizeof real);
        return Value::real(real);
    }
    float real;
    std::memcpy(&real, reinterpret_cast<char*>(v.as_object()) + sizeof(PyObject), sizeof real);
    return Value::real(real);
}

std::uint8_t ArrayOperands::code(std::int16_t source) const {
    return source >= 0 ? codes[program_.input_count + static_cast<std::size_t>(source)]
                       : codes[static_cast<std::size_t>(~source)];
}

bool ArrayOperands::is_operand(std::size_t input, std::size_t* first) const {
    for (std::size_t n = 0; n < program_.nodes.size(); ++n) {
        const ArrayNode& node = program_.nodes[n];
        for (std::size_t k = 0; k < node.count; ++k) {
            if (node.operands[k] == ~static_cast<std::int16_t>(input)) {
                *first = n;
                return true;
            }
        }
    }
    return false;
}

bool ArrayOperands::read_input(std::size_t i) {
    const Value& v = inputs_[i];
    if (is_number(v)) {
        codes[i] = static_cast<std::uint8_t>(class_of(v));
        return true;
    }
    if (!v.is_object() && !v.is_float64()) return false;
    PyTypeObject* type = v.is_float64() ? numpy_found.float64 : Py_TYPE(v.as_object());
    if (type == numpy_found.array) return read_array(i, array_layout(v.as_object()));
    if (type == numpy_found.float64) {
        codes[i] = static_cast<std::uint8_t>(NumberClass::numpy_float64);
        return true;
    }
    if (type == numpy_found.float32) {
        codes[i] = static_cast<std::uint8_t>(NumberClass::numpy_float32);
        return true;
    }
    return false;
}

bool ArrayOperands::read_array(std::size_t i, const ArrayLayout& a) {
    const int number = reinterpret_cast<DescriptorLayout*>(a.descriptor)->number;
    if (number < 0 || number >= plain_types || a.descriptor != numpy_found.descriptors[number]) return false;
    if (number == longlong || number == ulonglong || (a.flags & array_is_aligned) == 0) return false;
    // One dimension may have any stride, several only none between them.
    if (a.dimensions != 1 && (a.flags & array_is_contiguous) == 0) return false;
    if (shape_of_ == nullptr) {
        if (a.dimensions == 0) return false;
        Py_ssize_t count = 1;
        for (int d = 0; d < a.dimensions; ++d) {
            // What stride a dimension of one gets is NumPy's affair.
            if (a.shape[d] < 2) return false;
            count *= a.shape[d];
        }
        count_ = count;
        shape_of_ = &a;
    } else if (a.dimensions != shape_of_->dimensions ||
               std::memcmp(a.shape, shape_of_->shape, static_cast<std::size_t>(a.dimensions) * sizeof *a.shape) != 0) {
        return false;
    }
    codes[i] = static_cast<std::uint8_t>(array_code + number);
    return true;
}

bool ArrayOperands::read_node(std::size_t n) {
    const ArrayNode& node = program_.nodes[n];
    std::uint8_t& own = codes[program_.input_count + n];
    for (std::size_t k = 0; k < node.count; ++k) {
        if (code(node.operands[k]) < array_code) continue;
        own = node_code;
        return true;
    }
    // Numbers alone: what the operators make of them, as long as those are machine numbers.
    const auto operation = static_cast<std::size_t>(node.operation);
    if (operation >= std::size(number_operations) || node.count != 2) return false;
    for (std::size_t k = 0; k < 2; ++k) {
        const std::int16_t source = node.operands[k];
        if (source < 0 && !is_number(inputs_[~source])) return false;
    }
    const Value value = number_operations[operation](number(node.operands[0]), number(node.operands[1]));
    if (!is_number(value)) {
        if (value.is_error()) PyErr_Clear();
        value.release();
        return false;
    }
    node_values_[n] = value;
    own = static_cast<std::uint8_t>(class_of(value));
    return true;
}

bool ArrayResolution::run(std::size_t* refused) {
    find_last_uses();
    for (std::size_t n = 0; n < program_.nodes.size(); ++n) {
        *refused = n;
        if (operands_.code(static_cast<std::int16_t>(n)) < array_code) {
            // A number is no array: NumPy would not have been asked, so nobody may want it as a result.
            if (is_result(n)) return false;
            continue;
        }
        if (!add(n)) return false;
    }
    *refused = program_.nodes.size();
    for (const std::int16_t n : program_.results) result_types.push_back(types_[static_cast<std::size_t>(n)]);
    return true;
}

void ArrayResolution::find_last_uses() {
    last_use_.fill(-1);
    for (std::size_t n = 0; n < program_.nodes.size(); ++n) {
        const ArrayNode& node = program_.nodes[n];
        for (std::size_t k = 0; k < node.count; ++k) {
            if (node.operands[k] >= 0) last_use_[static_cast<std::size_t>(node.operands[k])] = static_cast<int>(n);
        }
    }
}

int ArrayResolution::result_index(std::size_t n) const {
    const auto& results = program_.results;
    const auto found = std::find(results.begin(), results.end(), static_cast<std::int16_t>(n));
    return found != results.end() ? static_cast<int>(found - results.begin()) : -1;
}

int ArrayResolution::free_slot() {
    for (std::size_t s = 0; s < most_array_slots; ++s) {
        if (used_[s]) continue;
        used_[s] = true;
        return static_cast<int>(s);
    }
    return -1;
}

bool ArrayResolution::add(std::size_t n) {
    const ArrayNode& node = program_.nodes[n];
    OperandType types[most_array_operands];
    for (std::size_t k = 0; k < node.count; ++k) {
        const std::uint8_t code = operands_.code(node.operands[k]);
        types[k].is_array = code >= array_code;
        if (code == node_code)
            types[k].number = types_[static_cast<std::size_t>(node.operands[k])];
        else if (code >= array_code)
            types[k].number = static_cast<std::int8_t>(code - array_code);
        else
            types[k].number_class = static_cast<NumberClass>(code);
    }
    LoopChoice choice;
    PyObject* function = node.function >= 0 ? functions_[node.function] : nullptr;
    if (!choose_loop(node, function, types, &choice)) return false;
    ArrayStep step;
    step.node = static_cast<std::int16_t>(n);
    step.ufunc = choice.ufunc;
    step.loop = choice.loop;
    step.count = static_cast<std::uint8_t>(choice.count + 1);
    std::vector<int> converted;
    for (std::size_t k = 0; k < choice.count; ++k) {
        if (!operand(node.operands[k], types[k], choice.types[k], step, k, converted)) return false;
    }
    types_[n] = choice.types[choice.count];
    if (choice.ufunc == nullptr) step.own = choosing_loop(size_of(types_[n]));
    ArrayArgument& out = step.arguments[choice.count];
    out.size = static_cast<std::uint8_t>(size_of(types_[n]));
    const int result = result_index(n);
    out.place = result >= 0 ? ArrayPlace::result : ArrayPlace::slot;
    out.index = static_cast<std::int16_t>(result >= 0 ? result : free_slot());
    if (out.index < 0) return false;
    made_[n] = out;
    steps.push_back(step);
    for (const int slot : converted) used_[static_cast<std::size_t>(slot)] = false;
    for (std::size_t k = 0; k < node.count; ++k) release(node.operands[k], n);
    if (last_use_[n] < 0) release_slot(n);
    return true;
}

void ArrayResolution::release(std::int16_t source, std::size_t n) {
    if (source >= 0 && last_use_[static_cast<std::size_t>(source)] == static_cast<int>(n))
        release_slot(static_cast<std::size_t>(source));
}

void ArrayResolution::release_slot(std::size_t n) {
    if (operands_.code(static_cast<std::int16_t>(n)) >= array_code && made_[n].place == ArrayPlace::slot)
        used_[static_cast<std::size_t>(made_[n].index)] = false;
}

bool ArrayResolution::operand(std::int16_t source, const OperandType& type, int wanted, ArrayStep& step, std::size_t k,
                              std::vector<int>& converted) {
    ArrayArgument& argument = step.arguments[k];
    argument.size = static_cast<std::uint8_t>(size_of(wanted));
    if (!type.is_array) {
        argument.place = ArrayPlace::cell;
        argument.index = static_cast<std::int16_t>(cells.size());
        cells.push_back({source, static_cast<std::int8_t>(wanted)});
        return true;
    }
    ArrayArgument own;
    if (source >= 0) {
        own = made_[static_cast<std::size_t>(source)];
    } else {
        own = {ArrayPlace::input, static_cast<std::int16_t>(~source), static_cast<std::uint8_t>(size_of(type.number))};
    }
    if (type.number == wanted) {
        argument = own;
        return true;
    }
    const int slot = free_slot();
    if (slot < 0) return false;
    converted.push_back(slot);
    argument.place = ArrayPlace::slot;
    argument.index = static_cast<std::int16_t>(slot);
    ArrayStep cast;
    cast.node = step.node;
    cast.count = 2;
    cast.own = cast_loop(type.number, wanted);
    cast.arguments[0] = own;
    cast.arguments[1] = argument;
    steps.push_back(cast);
    return true;
}

}  // namespace catena
