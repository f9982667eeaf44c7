// What the floors above tell chains about callables of their own.
#pragma once

#include <cstddef>

#include "bridge/chain.hpp"

namespace catena {

// Whether pairs written in a call (`:axis 0`) reach this callee as plain positional values, the keywords in place. Set
// by the vm floor; null: every callee gets keyword arguments.
using PairsInPlaceTest = bool (*)(PyObject* callable);
inline PairsInPlaceTest pairs_in_place_test = nullptr;

// Of such a callee: the number of its first operand that it passes on to another function, or `passes_nothing_on`. A
// keyword that begins a pair there comes as `marked_keyword` (a new reference, or null with an error set) makes it, so
// that it still begins one in the other function's call. Set together with the test.
inline constexpr std::size_t passes_nothing_on = static_cast<std::size_t>(-1);
inline std::size_t (*first_passed_on)(PyObject* callable) = nullptr;
inline PyObject* (*marked_keyword)(PyObject* keyword) = nullptr;

// A chain in tail position offers its last call to whoever runs it instead of making it.
struct TailCall {
    // Whether it may take the call of this callable. Asked first.
    bool (*wants)(PyObject* callable) = nullptr;
    // True: the call has been taken over, with references of its own to what it needs. `receiver` (may be null) comes
    // before the arguments, the last len(names) of which belong to the names (may be null). All are borrowed.
    bool (*take)(TailCall& tail, PyObject* callable, PyObject* receiver, const Value* arguments, std::size_t count,
                 PyObject* names) = nullptr;
    bool taken = false;
    // Whose call is meant, in the run with these operands: the same chain may run again before it comes to that.
    const void* instruction = nullptr;
    const Value* operands = nullptr;
};

// As run_chain; when `tail.taken` is true afterwards, the answer is nil and the call is still to be made.
[[nodiscard]] Value run_chain_tail(Chain& chain, Value* operands, TailCall& tail);

// The call that a chain of this thread is about to offer, or null.
inline thread_local TailCall* expected_tail = nullptr;

}  // namespace catena
