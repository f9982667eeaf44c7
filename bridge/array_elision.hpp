// Large temporaries as the place for results. When Python computes (a + b) * c, NumPy sees that nobody else holds a + b and
// multiplies in its memory. It tells by the reference count and by the stack of calls that only Python's own evaluator has, so it
// never does so for us: whoever hands an operand on holds it once more (HandedOn, bridge/plan.hpp). We, who know which
// registers are temporaries, do it ourselves, under the same conditions, since complex products differ in their last bits.
#pragma once

#include "bridge/array_program.hpp"

namespace catena {

// a op b where some operand is a temporary that is read for the last time. `missing`: neither has room for the result, and nothing
// has been done; an error leaves the temporary half written, as in Python.
[[nodiscard]] Value compute_in_temporary(ArrayOperation operation, const Value& a, bool a_is_temporary, const Value& b,
                                         bool b_is_temporary);

}  // namespace catena
