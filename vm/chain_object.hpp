// ChainObject, `catena.Chain`: a prepared bridge chain as a Python object, so that a Code can own it and Catena
// programs can hold it. Printing it gives the chain's text; it pickles.
#pragma once

#include "bridge/chain.hpp"
#include "bridge/result.hpp"

namespace catena {

extern PyTypeObject* chain_type;

[[nodiscard]] inline bool is_chain(PyObject* o) { return Py_TYPE(o) == chain_type; }

// Takes the chain over and prepares it when that has not been done. ValueError when it is not valid.
[[nodiscard]] Result<Ref> make_chain(Chain chain);

struct ChainObject {
    PyObject_HEAD
    Chain chain;
};

// Precondition: is_chain(o). The chain lives as long as the object.
[[nodiscard]] inline Chain& chain_of(PyObject* o) { return reinterpret_cast<ChainObject*>(o)->chain; }

}  // namespace catena
