// What the floor's Python types share: a blank static type to fill in, and the casts that CPython's tables want.
// The readying functions are called by init_types, once.
#pragma once

#include <cstddef>

#include "bridge/result.hpp"

namespace catena {

// A type with nothing but a name (with its module), a size and a docstring. Its slots are set before PyType_Ready.
[[nodiscard]] inline PyTypeObject blank_type(const char* name, std::size_t size, const char* doc) {
    const PyObject head[] = {PyObject_HEAD_INIT(nullptr)};
    PyTypeObject type{};
    type.ob_base.ob_base = head[0];
    type.tp_name = name;
    type.tp_basicsize = static_cast<Py_ssize_t>(size);
    type.tp_doc = doc;
    type.tp_flags = Py_TPFLAGS_DEFAULT;
    return type;
}

[[nodiscard]] inline Result<void> ready(PyTypeObject& type) {
    if (PyType_Ready(&type) < 0) return raised();
    return {};
}

// A function of any of CPython's calling conventions as a method table wants it.
template <class Function>
[[nodiscard]] PyCFunction as_method(Function* function) {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

// __copy__ and __deepcopy__ of what never changes.
inline PyObject* same_object(PyObject* self, PyObject*) { return Py_NewRef(self); }

[[nodiscard]] Result<void> ready_symbol_type();
[[nodiscard]] Result<void> ready_keyword_type();
[[nodiscard]] Result<void> ready_list_types();
[[nodiscard]] Result<void> ready_form_types();
[[nodiscard]] Result<void> ready_error_types();

}  // namespace catena
