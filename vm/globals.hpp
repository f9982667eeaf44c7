// The look-up of module names: the code's own module (or the module that the name was written with), then core, then
// Python's builtins. Any of the dicts may change at any time; the caches in GlobalName notice.
#pragma once

#include "vm/code.hpp"

namespace catena {

// An owned canonical value, or Value::error() with NameError set.
[[nodiscard]] Value lookup_global(const Code& code, GlobalName& global);

// The dict that definitions of this name go to, borrowed; null with an error set (a module that was never loaded).
[[nodiscard]] PyObject* defining_dict(const Code& code, GlobalName& global);

// Sets NameError about a name that is not defined, with its attribute `name` (as written).
void raise_name_error(PyObject* display);

}  // namespace catena
