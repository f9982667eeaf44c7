// What the VM asks of a chain that is one method call, to make the call itself when the method is a function of its own.
#pragma once

#include "bridge/plan.hpp"

namespace catena {

// `value r0 | get NAME | call …` with positional arguments only.
[[nodiscard]] bool is_method_call(const Chain& chain);

// The call's instruction when its cache knows that the method of that name is the function `cache.target` (borrowed) of the
// receiver's class, to be called with the receiver in front of `sources`; else null. The chain is prepared and
// is_method_call holds. Nothing is run.
[[nodiscard]] const Instruction* found_method(const Chain& chain, const Value& receiver);

}  // namespace catena
