#include "vm/pickle.hpp"

#include "vm/closure.hpp"

namespace catena {

PyObject* reduce_closure(PyObject* closure, PyObject*) {
    PyErr_Format(PyExc_NotImplementedError, "cannot pickle %R", closure);
    return nullptr;
}

Result<void> publish_pickle_functions(PyObject*) { return {}; }

}  // namespace catena
