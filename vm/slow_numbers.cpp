#include "bridge/array_elision.hpp"
#include "bridge/numpy_scalars.hpp"
#include "bridge/operators.hpp"
#include "bridge/truth.hpp"
#include "vm/array_trace.hpp"
#include "vm/slow.hpp"
#include "vm/trace_reader.hpp"

namespace catena {
namespace {

// Writes R[target], then releases what the instruction is done with: consumed temporaries, and an operand that was
// overwritten. The result is in place first, because a release can run Python code.
void finish(Frame& frame, std::size_t target, Value result, std::size_t left, std::size_t right, bool has_right) {
    Value dead[2];
    std::size_t count = 0;
    const auto settle = [&](std::size_t number) {
        Value& r = frame.base[number];
        if (!r.is_object() || (!is_temporary(frame, number) && number != target)) return;
        dead[count++] = r;
        r = Value::nil();
    };
    settle(left);
    if (has_right) settle(right);
    frame.base[target] = result;
    for (std::size_t n = 0; n < count; ++n) dead[n].release();
}

// R[b] and an array or a number; `missing` when the operator has to make its result.
Value in_temporary(const Frame& frame, const Instr& i, const Value& right, bool right_is_temporary) {
    const auto operation = array_operation_of(static_cast<Op>(i.op));
    if (!operation) return Value::missing();
    return compute_in_temporary(*operation, frame.base[i.b], is_temporary(frame, i.b), right, right_is_temporary);
}

int truth_of(const Value& v) {
    const int truth = is_true(v);
    v.release();
    return truth;
}

}  // namespace

bool slow_binary(Frame& frame, const Instr& i, BinaryOperation operation) {
    const bool on_array = is_array(frame.base[i.b]) || is_array(frame.base[i.c]);
    if (on_array && run_array_trace(frame, i)) return false;
    Value result = on_array ? in_temporary(frame, i, frame.base[i.c], is_temporary(frame, i.c)) : Value::missing();
    if (result.is_missing()) result = operation(frame.base[i.b], frame.base[i.c]);
    if (result.is_error()) return false;
    finish(frame, i.a, result, i.b, i.c, true);
    return true;
}

bool slow_binary_constant(Frame& frame, const Instr& i, BinaryOperation operation) {
    const bool on_array = is_array(frame.base[i.b]);
    if (on_array && run_array_trace(frame, i)) return false;
    Value result = on_array ? in_temporary(frame, i, frame.constants[i.c], false) : Value::missing();
    if (result.is_missing()) result = operation(frame.base[i.b], frame.constants[i.c]);
    if (result.is_error()) return false;
    finish(frame, i.a, result, i.b, 0, false);
    return true;
}

bool slow_unary(Frame& frame, const Instr& i, UnaryOperation operation) {
    if (is_array(frame.base[i.b]) && run_array_trace(frame, i)) return false;
    const Value result = operation(frame.base[i.b]);
    if (result.is_error()) return false;
    finish(frame, i.a, result, i.b, 0, false);
    return true;
}

namespace {

// A comparison whose truth alone is wanted: NumPy's answer for one of its numbers need not be made.
Value compare_for_truth(const Value& a, const Value& b, int comparison) {
    const int known = is_float64(a) || is_float64(b) ? compare_float64(a, b, comparison) : -1;
    return known >= 0 ? Value::boolean(known != 0) : compare(a, b, comparison);
}

}  // namespace

int slow_test(Frame& frame, const Instr& i, int comparison) {
    const Value result = compare_for_truth(frame.base[i.b], frame.base[i.c], comparison);
    if (result.is_error()) return -1;
    consume(frame, i.b);
    consume(frame, i.c);
    return truth_of(result);
}

int slow_test_constant(Frame& frame, const Instr& i, int comparison) {
    const Value result = compare_for_truth(frame.base[i.b], frame.constants[i.c], comparison);
    if (result.is_error()) return -1;
    consume(frame, i.b);
    return truth_of(result);
}

int slow_truth(Frame& frame, const Instr& i) {
    const int truth = is_true(frame.base[i.a]);
    consume(frame, i.a);
    return truth;
}

bool slow_is(Frame& frame, const Instr& i) {
    const bool same = identical(frame.base[i.b], frame.base[i.c]);
    finish(frame, i.a, Value::boolean(same), i.b, i.c, true);
    return true;
}

bool slow_not(Frame& frame, const Instr& i) {
    const int truth = is_true(frame.base[i.b]);
    if (truth < 0) return false;
    finish(frame, i.a, Value::boolean(truth == 0), i.b, 0, false);
    return true;
}

}  // namespace catena
