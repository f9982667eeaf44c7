// Sorting a list of machine numbers without comparing objects.
#pragma once

#include "bridge/ref.hpp"

namespace catena {

// Sorts an exact list in place, as list.sort() does: ascending and stable. Answers false and leaves the list alone when
// it holds anything but exact ints of 64 bits, or anything but exact floats without NaN. No Python code runs.
[[nodiscard]] bool sort_numbers(PyObject* list);

}  // namespace catena
