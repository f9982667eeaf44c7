// The code that a class was made from, for those who ask for its text. Held as long as the class is.
#pragma once

#include "bridge/ref.hpp"

namespace catena {

// Classes that cannot be held weakly or hashed are passed over.
void remember_class_body(PyObject* type, PyObject* body);

// The function whose body was the class's; empty, without an error, when the class is not Catena's.
[[nodiscard]] Ref class_body(PyObject* type);

}  // namespace catena
