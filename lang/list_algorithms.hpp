// What goes through a List and the Lists inside it: equality, hash, deep copy. Each keeps its own stack, so depth is
// bounded by memory alone. Called by the type's slots; errors leave the Python error indicator set.
#pragma once

#include "bridge/ref.hpp"

namespace catena {

// Whether `b`, a List or Python list, has items equal to those of the List `a`: 1, 0, or -1 on an error. A structure
// that contains itself in step with the other one is a RecursionError.
[[nodiscard]] int lists_equal(PyObject* a, PyObject* b);

// The hash of the tuple of the items, Lists inside taken as tuples too; -1 on an error.
[[nodiscard]] Py_hash_t hash_of_list(PyObject* list);

// The copy that copy.deepcopy wants; the List itself when no item had to be copied. Empty on an error.
[[nodiscard]] Ref deep_copy_of_list(PyObject* list, PyObject* memo);

}  // namespace catena
