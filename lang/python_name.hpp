// The one rule by which a Catena name becomes a Python name: `-` becomes `_`, unless the name has no letter
// or digit at all (`-`, `->`).
#pragma once

#include "bridge/ref.hpp"

namespace catena {

// The mangled name as an exact, interned str. `name` is a str of any kind, a Keyword too. Empty with the error
// indicator set when memory is short or `name` is no str.
[[nodiscard]] Ref python_name(PyObject* name);

// The same characters as an exact, interned str; `name` and errors as above.
[[nodiscard]] Ref exact_name(PyObject* name);

}  // namespace catena
