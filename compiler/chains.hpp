// The chains of compiled code, for `catena dump --chains` and bridge/explain.
#pragma once

#include <string>
#include <vector>

#include "bridge/ref.hpp"

namespace catena {

// The printed chains of a code object and of the functions inside it, in the order in which they stand.
[[nodiscard]] std::vector<std::string> chains_of(PyObject* code_object);

}  // namespace catena
