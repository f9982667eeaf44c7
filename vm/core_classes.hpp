// FunctionClass, `catena.FunctionClass`: a core function that stands for a Python class where a class is needed.
// `str` and `list` make what Catena means by them when they are called, and are Python's classes in `isinstance`,
// `issubclass`, as bases, in annotations and when compared with what `type` answers; attributes are the class's.
#pragma once

#include "bridge/result.hpp"
#include "vm/native.hpp"

namespace catena {

extern PyTypeObject function_class_type;

[[nodiscard]] inline bool is_function_class(PyObject* o) { return Py_TYPE(o) == &function_class_type; }

// Readies the type. Idempotent.
[[nodiscard]] Result<void> ready_function_class_type();

// Puts `str`, `list` and the typed arrays' constructors into core's dict.
[[nodiscard]] Result<void> define_function_classes(PyObject* core_dict);

}  // namespace catena
