// What the natives about collections and those about maps share.
#pragma once

#include <cstddef>

#include "bridge/value.hpp"

namespace catena {

// A map that only the caller sees, to be changed: the argument itself when it is a temporary dict (the slot is
// emptied), else a copy of its own kind; nil gives an empty dict. Empty with the error set, a
// TypeError for what is neither a map nor can have items assigned.
[[nodiscard]] Ref fresh_map(Value& slot, const char* who);

// Whether f is the native conj, and assoc: an atom that alone holds its vector or map lets them change it where it is.
[[nodiscard]] bool is_native_conj(const Value& f);
[[nodiscard]] bool is_native_assoc(const Value& f);

// `map` (nil: an empty List is made, so pass a map) with entries [k v], maps and nils added.
[[nodiscard]] Value add_to_map(Value& map, const Value* entries, std::size_t count, const char* who);

}  // namespace catena
