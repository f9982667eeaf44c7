// The out-of-line halves of the opcodes: what happens when an operand is no machine number, and the opcodes that are
// too long for the loop. Each takes the running frame and the instruction, consumes its operands and writes its result
// as vm/opcodes.def says, and answers false with the Python error set when it fails; then its operands may be left. False
// with `resume` set is no failure: the work of the instructions up to there has been done as well, and the code goes on
// with that one (vm/array_trace.hpp).
#pragma once

#include "vm/stack.hpp"

namespace catena {

// Read and cleared by the loop at once, under the GIL.
struct Resume {
    const Instr* at = nullptr;
    bool leaves = false;  // a TAIL_CHAIN, which has been done too: its register has what the frame returns
};
inline Resume resume;

using BinaryOperation = Value (*)(const Value&, const Value&);
using UnaryOperation = Value (*)(const Value&);

bool slow_binary(Frame& frame, const Instr& i, BinaryOperation operation);           // R[a] := R[b] op R[c]
bool slow_binary_constant(Frame& frame, const Instr& i, BinaryOperation operation);  // R[a] := R[b] op K[c]
bool slow_unary(Frame& frame, const Instr& i, UnaryOperation operation);             // R[a] := op R[b]

// Truth of R[b] op R[c] (or K[c]), for a branch: 1, 0, or -1 with the error set.
int slow_test(Frame& frame, const Instr& i, int comparison);
int slow_test_constant(Frame& frame, const Instr& i, int comparison);
// Truth of R[a], which is consumed.
int slow_truth(Frame& frame, const Instr& i);

bool slow_is(Frame& frame, const Instr& i);
bool slow_not(Frame& frame, const Instr& i);

// Globals
bool slow_global(Frame& frame, const Instr& i);
bool slow_def_global(Frame& frame, const Instr& i);
bool slow_set_global(Frame& frame, const Instr& i);
bool slow_del_global(Frame& frame, const Instr& i);

// Cells and closures
bool slow_cell_new(Frame& frame, const Instr& i);
bool slow_cell_get(Frame& frame, const Instr& i);
bool slow_cell_set(Frame& frame, const Instr& i);
bool slow_capture_get(Frame& frame, const Instr& i);
bool slow_capture_set(Frame& frame, const Instr& i);
bool slow_closure(Frame& frame, const Instr& i);

// Building
bool slow_vector(Frame& frame, const Instr& i);
bool slow_tuple(Frame& frame, const Instr& i);
bool slow_list(Frame& frame, const Instr& i);
bool slow_set(Frame& frame, const Instr& i);
bool slow_map(Frame& frame, const Instr& i);
bool slow_spread(Frame& frame, const Instr& i);
bool slow_extend(Frame& frame, const Instr& i);
bool slow_put(Frame& frame, const Instr& i);
bool slow_merge(Frame& frame, const Instr& i);
bool slow_slice(Frame& frame, const Instr& i);
bool slow_format(Frame& frame, const Instr& i);
bool slow_join(Frame& frame, const Instr& i);

// Access
bool slow_get(Frame& frame, const Instr& i);
bool slow_get_constant(Frame& frame, const Instr& i);
bool slow_lookup(Frame& frame, const Instr& i);
bool slow_nth(Frame& frame, const Instr& i);
bool slow_count(Frame& frame, const Instr& i);
bool slow_contains(Frame& frame, const Instr& i);
bool slow_unpack(Frame& frame, const Instr& i);

// Iteration. slow_next: 1 with R[a] written, 0 at the end, -1 with the error set.
bool slow_iterate(Frame& frame, const Instr& i);
int slow_next(Frame& frame, const Instr& i);

// Chains: the operand words follow the instruction.
bool slow_chain(Frame& frame, const Instr& i);
// After an instruction of a chain failed: says more about the error that is set, if there is more to say.
void explain_chain_error(Frame& frame, const Instr& i);

// Exceptions
void slow_throw(Frame& frame, const Instr& i);
void slow_reraise(Frame& frame, const Instr& i);
void slow_raise_current();
void slow_handle(Frame& frame, const Instr& i);
void slow_unhandle(Frame& frame, const Instr& i);
bool slow_exception_matches(Frame& frame, const Instr& i);

// Awaiting
bool slow_awaitable(Frame& frame, const Instr& i);
bool slow_async_iterate(Frame& frame, const Instr& i);
bool slow_async_next(Frame& frame, const Instr& i);

bool slow_helper(Frame& frame, const Instr& i);

// How many registers a TAIL_CHAIN releases, from the first on.
[[nodiscard]] inline std::size_t released_locals(const Code& code, const Instr& i) {
    return (i.x & 1) != 0 ? operand_register(&i + 1, i.c) : code.first_temporary;
}

// The tick and, in the stress build, a collection now and then. False with the error set.
bool slow_tick(Thread& thread);

// What the slow halves share.

[[nodiscard]] inline bool is_temporary(const Frame& frame, std::size_t number) {
    return number >= frame.code->first_temporary;
}

// Gives up what R[number] holds when the instruction consumes it; afterwards the register holds no object.
inline void consume(Frame& frame, std::size_t number) {
    Value& r = frame.base[number];
    if (!is_temporary(frame, number) || !r.is_object()) return;
    PyObject* object = r.as_object();
    r = Value::nil();
    Py_DECREF(object);
}

// An owned copy of R[number]: taken out of a temporary, a new reference of a local.
[[nodiscard]] inline Value take(Frame& frame, std::size_t number) {
    Value& r = frame.base[number];
    const Value v = r;
    if (!v.is_object()) return v;
    if (is_temporary(frame, number)) {
        r = Value::nil();
    } else {
        v.retain();
    }
    return v;
}

}  // namespace catena
