// The last pass over a code object: a MOVE out of a local that nothing reads again becomes a TAKE. So the only reference to
// a vector or map travels with it, and `conj`, `assoc` and their like change it in place where they would have copied it.
#pragma once

#include "vm/code.hpp"

namespace catena {

// Precondition: instructions, handlers and templates are complete and the registers numbered. Locals beyond the first 64 are
// left alone, as is code whose liveness cannot be found in a few rounds.
void mark_last_uses(Code& code);

}  // namespace catena
