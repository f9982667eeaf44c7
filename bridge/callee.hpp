// What the floors above tell chains about callables of their own.
#pragma once

#include <cstddef>

#include "bridge/chain.hpp"

namespace catena {

// Whether pairs written in a call (`:axis 0`) reach this callee as plain positional values, the keywords in place. Set
// by the vm floor; null: every callee gets keyword arguments.
using PairsInPlaceTest = bool (*)(PyObject* callable);
inline PairsInPlaceTest pairs_in_place_test = nullptr;

// A chain in tail position offers its last call to whoever runs it instead of making it.
struct TailCall {
    // True: the call has been taken over, with references of its own to what it needs. `receiver` (may be null) comes
    // before the arguments, the last len(names) of which belong to the names (may be null). All are borrowed.
    bool (*take)(TailCall& tail, PyObject* callable, PyObject* receiver, const Value* arguments, std::size_t count,
                 PyObject* names) = nullptr;
    bool taken = false;
    const void* instruction = nullptr;  // whose call is meant: the same chain may run again before it comes to that
};

// As run_chain; when `tail.taken` is true afterwards, the answer is nil and the call is still to be made.
[[nodiscard]] Value run_chain_tail(Chain& chain, const Value* operands, TailCall& tail);

// The call that a chain of this thread is about to offer, or null.
inline thread_local TailCall* expected_tail = nullptr;

}  // namespace catena
