// Specialising: each generic handler asks here for a handler with an inline cache that fits what it sees now. The
// answer is that handler, installed in the instruction and to be called at once, or null: go on generically.
#pragma once

#include "bridge/plan.hpp"

namespace catena {

[[nodiscard]] Handler specialise_get(Plan& plan, Instruction& in, const Value& it);
[[nodiscard]] Handler specialise_method(Plan& plan, Instruction& in, const Value& it, const Value* operands);
[[nodiscard]] Handler specialise_call(Plan& plan, Instruction& in, const Value& it, const Value* operands);
[[nodiscard]] Handler specialise_item(Plan& plan, Instruction& in, const Value& it, const Value* operands);
[[nodiscard]] Handler specialise_set(Plan& plan, Instruction& in, const Value& it);
[[nodiscard]] Handler specialise_set_item(Plan& plan, Instruction& in, const Value& it, const Value* operands);

}  // namespace catena
