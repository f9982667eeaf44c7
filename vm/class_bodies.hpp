// Where the text of a class's definition stands, for those who ask for it. Held as long as the class is, and holding nothing of it:
// the code of its body, which knows its module, would keep the class for ever.
#pragma once

#include "bridge/ref.hpp"
#include "bridge/span.hpp"

namespace catena {

struct WrittenDefinition {
    Ref source;  // the text; empty: it stands in the file
    Ref file;
    Span span;
};

// `body`: the closure that made the class. Classes that cannot be held weakly or hashed are passed over.
void remember_class_body(PyObject* type, PyObject* body);

// False, without an error, when the class is not Catena's.
[[nodiscard]] bool find_class_definition(PyObject* type, WrittenDefinition* out);

}  // namespace catena
