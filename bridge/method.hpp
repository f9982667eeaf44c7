// What the VM asks of a chain that ends in a call, to make the call itself when it is one of a function of its own.
#pragma once

#include "bridge/plan.hpp"

namespace catena {

// `value r0 | … | call …` without splats in the call.
[[nodiscard]] bool ends_in_call(const Chain& chain);
// `value r0 | get NAME | call …`, the same.
[[nodiscard]] bool is_method_call(const Chain& chain);

// Of a method call: the call's instruction when it has positional arguments only and its cache knows that
// the method of that name is the function `cache.target` (borrowed) of the receiver's class, to be called with the
// receiver in front of `sources`; else null. The chain is prepared. Nothing is run.
[[nodiscard]] const Instruction* found_method(const Chain& chain, const Value& receiver);

// Whether the last call of a chain that ends in one may be one of any function: no cache expects a C function.
[[nodiscard]] bool may_call_any(const Chain& chain);

}  // namespace catena
