// StopIteration as the carrier of an iterator's result.
#pragma once

#include "bridge/ref.hpp"

namespace catena {

// Sets StopIteration with the value, which may itself be a tuple or an exception.
void set_stop_iteration(PyObject* value);

// Takes the value out of the StopIteration that is set. Empty, with the error as it was, for any other error.
[[nodiscard]] Ref take_stop_iteration();

}  // namespace catena
