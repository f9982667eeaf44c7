// Closure: a Catena function as an object (`catena.Function`): a Code and what it captured. It is an
// ordinary Python callable: vectorcall, descriptor (binds as a method), __name__, __qualname__, __doc__,
// __module__, __dict__, __code__, __defaults__, __kwdefaults__, __annotations__, __wrapped__ support, weak
// references, pickling. Cell: a captured binding that something assigns.
#pragma once

#include "bridge/result.hpp"
#include "bridge/value.hpp"
#include "vm/code.hpp"

namespace catena {

struct Closure {
    PyObject_VAR_HEAD
    vectorcallfunc vectorcall;
    Code* code;             // inside code_object
    PyObject* code_object;  // owned
    PyObject* dict;         // owned, null until something is stored
    PyObject* weakrefs;
    PyObject* name;  // owned overrides of the code's, null until set
    PyObject* qualname;
    PyObject* doc;
    PyObject* module;
    PyObject* annotations;
    bool is_macro;
    Value captures[1];  // ob_size of them, owned
};

struct Cell {
    PyObject_HEAD
    Value content;  // owned; Tag::missing: unbound yet
};

extern PyTypeObject* closure_type;
extern PyTypeObject* cell_type;
extern PyTypeObject* code_type;

[[nodiscard]] inline bool is_closure(PyObject* o) { return Py_TYPE(o) == closure_type; }
[[nodiscard]] inline bool is_code(PyObject* o) { return Py_TYPE(o) == code_type; }

// A new, empty `catena.Code`; fill it through code_of before anyone runs it.
[[nodiscard]] Result<Ref> make_code();
[[nodiscard]] Code* code_of(PyObject* code_object);
// The Python object that a Code lives in, borrowed.
[[nodiscard]] PyObject* object_of(const Code& code);

// A closure with room for captures, all nil and not yet seen by the collector: fill them, then PyObject_GC_Track it.
// Null with an error set.
[[nodiscard]] Closure* new_closure(PyObject* code_object, std::size_t captures);

// A closure without captures over a finished code.
[[nodiscard]] Result<Ref> make_closure(PyObject* code_object);

}  // namespace catena
