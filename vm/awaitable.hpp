// What can be awaited, and how.
#pragma once

#include "bridge/ref.hpp"

namespace catena {

[[nodiscard]] bool is_awaitable(PyObject* object);

// The iterator that awaits the object; for what is not awaitable one that answers the object at once. Empty with an
// error set.
[[nodiscard]] Ref await_iterator(PyObject* object);

}  // namespace catena
