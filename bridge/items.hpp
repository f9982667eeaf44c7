// Items of containers, on values.
#pragma once

#include "bridge/value.hpp"

namespace catena {

// container[key]; key an owned value's view, all borrowed. An owned canonical value or Value::error().
[[nodiscard]] Value get_item(const Value& container, const Value& key);

// container[key] := value, and del container[key]. 0, or -1 with the error set.
[[nodiscard]] int set_item(const Value& container, const Value& key, const Value& value);
[[nodiscard]] int delete_item(const Value& container, const Value& key);

// LANGUAGE's (get container key default): the item, or `otherwise` where there is none. Never raises for a missing
// key or index and never triggers __missing__. nil has no items; a set's items are its members; strings and
// sequences are indexed as in Python, from the end with negative indices. A container without items at all is a
// TypeError, as is an unhashable key of a dict or set.
[[nodiscard]] Value get_or_default(const Value& container, const Value& key, const Value& otherwise);

}  // namespace catena
