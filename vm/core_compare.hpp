// Which natives < and > are: sorting by them needs no calls.
#pragma once

#include "bridge/value.hpp"

namespace catena {

[[nodiscard]] bool is_native_less(const Value& f);
[[nodiscard]] bool is_native_greater(const Value& f);

}  // namespace catena
