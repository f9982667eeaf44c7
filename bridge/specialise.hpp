// Specialising: each generic handler asks here for a handler with an inline cache that fits what it sees now. The
// answer is that handler, installed in the instruction and to be called at once, or null: go on generically.
#pragma once

#include "bridge/plan.hpp"

namespace catena {

[[nodiscard]] StepHandler specialise_get(Plan& plan, Instruction& in, const Value& it);
[[nodiscard]] StepHandler specialise_method(Plan& plan, Instruction& in, const Value& it, const Value* operands);
[[nodiscard]] StepHandler specialise_call(Plan& plan, Instruction& in, const Value& it, const Value* operands);
[[nodiscard]] StepHandler specialise_item(Plan& plan, Instruction& in, const Value& it, const Value* operands);
[[nodiscard]] StepHandler specialise_set(Plan& plan, Instruction& in, const Value& it);
[[nodiscard]] StepHandler specialise_set_item(Plan& plan, Instruction& in, const Value& it, const Value* operands);

#if CATENA_DICT_LAYOUT
// The handler of an attribute in the array beside the shared keys.
Value get_instance_value(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner);
#endif

// The handler of a method that is a function of the receiver's class, whatever its kind.
Value call_method_any(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner);

}  // namespace catena
