// What the floors above want to know about modules that chains change.
#pragma once

#include "bridge/ref.hpp"

namespace catena {

// Called after a chain set or removed an attribute of a module (both borrowed); null: nobody asks. It must not fail.
using ModuleAttributeChanged = void (*)(PyObject* module, PyObject* name);
inline ModuleAttributeChanged module_attribute_changed = nullptr;

inline void note_module_change(PyObject* receiver, PyObject* name) {
    if (PyModule_Check(receiver) && module_attribute_changed != nullptr) module_attribute_changed(receiver, name);
}

}  // namespace catena
