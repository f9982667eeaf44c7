// The modules that the VM itself provides: the package `catena` with the types of the floors so far, and `catena.core`,
// whose dict GLOBAL reads after a module's own.
#pragma once

#include "bridge/result.hpp"

namespace catena {

// The dicts behind core_module() and Python's builtins, borrowed.
extern PyObject* core_dict_object;
extern PyObject* builtins_dict_object;
[[nodiscard]] inline PyObject* core_dict() { return core_dict_object; }
[[nodiscard]] inline PyObject* builtins_dict() { return builtins_dict_object; }

// The package `catena`, borrowed.
[[nodiscard]] PyObject* catena_module();

// Asks the CoreLoader for a name that core's dict lacks: a new reference, or null, with an error set only if loading
// failed.
[[nodiscard]] PyObject* load_core_name(PyObject* name);

// Loads a module through the ModuleLoader: a new reference, or null with an error set.
[[nodiscard]] PyObject* load_module(PyObject* name);

}  // namespace catena
