#include "vm/closure.hpp"

#include <structmember.h>

#include "bridge/text.hpp"
#include "lang/python_name.hpp"
#include "lang/static_type.hpp"
#include "vm/calls.hpp"
#include "vm/exceptions.hpp"
#include "vm/pickle.hpp"
#include "vm/signature.hpp"
#include "vm/types.hpp"

namespace catena {
namespace {

Closure* cast(PyObject* o) { return reinterpret_cast<Closure*>(o); }
Cell* cell(PyObject* o) { return reinterpret_cast<Cell*>(o); }

// Closure

int traverse(PyObject* self, visitproc visit, void* arg) {
    Closure* closure = cast(self);
    Py_VISIT(closure->code_object);
    Py_VISIT(closure->dict);
    Py_VISIT(closure->name);
    Py_VISIT(closure->qualname);
    Py_VISIT(closure->doc);
    Py_VISIT(closure->module);
    Py_VISIT(closure->annotations);
    for (Py_ssize_t n = 0; n < Py_SIZE(self); ++n) {
        if (closure->captures[n].is_object()) Py_VISIT(closure->captures[n].as_object());
    }
    return 0;
}

// Captured values were there before the closure, so a cycle through them can be broken in a cell or a container; what a
// program stored in the closure later goes here. A finalizer can still call it.
int clear(PyObject* self) {
    Closure* closure = cast(self);
    Py_CLEAR(closure->dict);
    Py_CLEAR(closure->name);
    Py_CLEAR(closure->qualname);
    Py_CLEAR(closure->doc);
    Py_CLEAR(closure->module);
    Py_CLEAR(closure->annotations);
    return 0;
}

void dealloc(PyObject* self) {
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, dealloc)
    Closure* closure = cast(self);
    if (closure->weakrefs != nullptr) PyObject_ClearWeakRefs(self);
    clear(self);
    for (Py_ssize_t n = 0; n < Py_SIZE(self); ++n) closure->captures[n].release();
    Py_XDECREF(closure->code_object);
    PyObject_GC_Del(self);
    Py_TRASHCAN_END
}

PyObject* repr(PyObject* self) {
    const Ref name = steal(PyObject_GetAttrString(self, "__qualname__"));
    if (!name) return nullptr;
    return PyUnicode_FromFormat("<function %S at %p>", name.get(), static_cast<void*>(self));
}

PyObject* bind_to(PyObject* self, PyObject* object, PyObject*) {
    if (object == nullptr || object == Py_None) return Py_NewRef(self);
    return PyMethod_New(self, object);
}

// An attribute that the code provides until a program sets another one.
template <PyObject* Closure::*Own, Ref Code::*Given>
PyObject* get_text(PyObject* self, void*) {
    PyObject* own = cast(self)->*Own;
    if (own != nullptr) return Py_NewRef(own);
    PyObject* given = (cast(self)->code->*Given).get();
    return Py_NewRef(given != nullptr ? given : Py_None);
}

// What a class defines has the name there by which Python finds it: `area_of` for (defn area-of …). Methods pickle by it.
PyObject* get_name(PyObject* self, void*) {
    const Closure* closure = cast(self);
    if (closure->name != nullptr) return Py_NewRef(closure->name);
    PyObject* name = closure->code->name.get();
    PyObject* qualified = closure->code->qualname.get();
    if (name == nullptr || qualified == nullptr) return Py_NewRef(name != nullptr ? name : Py_None);
    const std::string own = text_of(name);
    const std::string path = text_of(qualified);
    const bool inside =
        path.size() > own.size() + 1 && path.ends_with(own) && path[path.size() - own.size() - 1] == '.';
    if (!inside || path.ends_with("<locals>." + own)) return Py_NewRef(name);
    return python_name(name).release();
}

template <PyObject* Closure::*Own>
int set_string(PyObject* self, PyObject* value, void* name) {
    if (value == nullptr || !PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "%s must be set to a string object", static_cast<const char*>(name));
        return -1;
    }
    Py_XSETREF(cast(self)->*Own, Py_NewRef(value));
    return 0;
}

// Deleting means None, as for Python's functions.
template <PyObject* Closure::*Own>
int set_any(PyObject* self, PyObject* value, void*) {
    Py_XSETREF(cast(self)->*Own, Py_NewRef(value != nullptr ? value : Py_None));
    return 0;
}

PyObject* get_module(PyObject* self, void*) {
    if (cast(self)->module != nullptr) return Py_NewRef(cast(self)->module);
    PyObject* dict = cast(self)->code->globals_dict.get();
    PyObject* name = dict != nullptr ? PyDict_GetItemString(dict, "__name__") : nullptr;
    return Py_NewRef(name != nullptr ? name : Py_None);
}

PyObject* get_annotations(PyObject* self, void*) {
    Closure* closure = cast(self);
    if (closure->annotations == nullptr) {
        closure->annotations = PyDict_New();
        if (closure->annotations == nullptr) return nullptr;
    }
    return Py_NewRef(closure->annotations);
}

int set_annotations(PyObject* self, PyObject* value, void*) {
    if (value == Py_None) value = nullptr;
    if (value != nullptr && !PyDict_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "__annotations__ must be set to a dict object");
        return -1;
    }
    Py_XSETREF(cast(self)->annotations, Py_XNewRef(value));
    return 0;
}

PyObject* get_code(PyObject* self, void*) { return Py_XNewRef(python_code(*cast(self)->code)); }
PyObject* get_catena_code(PyObject* self, void*) { return Py_NewRef(cast(self)->code_object); }
PyObject* get_defaults(PyObject* self, void*) { return python_defaults(*cast(self)->code).release(); }
PyObject* get_keyword_defaults(PyObject* self, void*) { return python_keyword_defaults(*cast(self)->code).release(); }
PyObject* get_closure(PyObject*, void*) { Py_RETURN_NONE; }
PyObject* get_globals(PyObject* self, void*) {
    PyObject* dict = cast(self)->code->globals_dict.get();
    return Py_NewRef(dict != nullptr ? dict : Py_None);
}

PyGetSetDef attributes[] = {
    {"__name__", get_name, set_string<&Closure::name>, nullptr, const_cast<char*>("__name__")},
    {"__qualname__", get_text<&Closure::qualname, &Code::qualname>, set_string<&Closure::qualname>, nullptr,
     const_cast<char*>("__qualname__")},
    {"__doc__", get_text<&Closure::doc, &Code::doc>, set_any<&Closure::doc>, nullptr, nullptr},
    {"__module__", get_module, set_any<&Closure::module>, nullptr, nullptr},
    {"__annotations__", get_annotations, set_annotations, nullptr, nullptr},
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, nullptr, nullptr},
    {"__code__", get_code, nullptr, nullptr, nullptr},
    {"__catena_code__", get_catena_code, nullptr, "The catena.Code that it runs.", nullptr},
    {"__defaults__", get_defaults, nullptr, nullptr, nullptr},
    {"__kwdefaults__", get_keyword_defaults, nullptr, nullptr, nullptr},
    {"__closure__", get_closure, nullptr, nullptr, nullptr},
    {"__globals__", get_globals, nullptr, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyMethodDef methods[] = {
    {"__reduce__", reduce_closure, METH_NOARGS, nullptr},
    {"__copy__", same_object, METH_NOARGS, nullptr},
    {"__deepcopy__", same_object, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyTypeObject make_closure_type() {
    PyTypeObject type = blank_type("catena.Function", offsetof(Closure, captures), "A function written in Catena.");
    type.tp_itemsize = sizeof(Value);
    type.tp_flags |= Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_METHOD_DESCRIPTOR;
    type.tp_dealloc = dealloc;
    type.tp_traverse = traverse;
    type.tp_clear = clear;
    type.tp_repr = repr;
    type.tp_call = PyVectorcall_Call;
    type.tp_vectorcall_offset = offsetof(Closure, vectorcall);
    type.tp_dictoffset = offsetof(Closure, dict);
    type.tp_weaklistoffset = offsetof(Closure, weakrefs);
    type.tp_descr_get = bind_to;
    type.tp_getset = attributes;
    type.tp_methods = methods;
    return type;
}

// Cell

int traverse_cell(PyObject* self, visitproc visit, void* arg) {
    if (cell(self)->content.is_object()) Py_VISIT(cell(self)->content.as_object());
    return 0;
}

int clear_cell(PyObject* self) {
    const Value old = cell(self)->content;
    cell(self)->content = Value::missing();
    old.release();
    return 0;
}

void dealloc_cell(PyObject* self) {
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, dealloc_cell)
    clear_cell(self);
    PyObject_GC_Del(self);
    Py_TRASHCAN_END
}

PyObject* get_contents(PyObject* self, void*) {
    const Value content = cell(self)->content;
    if (content.is_missing()) {
        PyErr_SetString(PyExc_ValueError, "the cell is empty");
        return nullptr;
    }
    return new_object(content);
}

int set_contents(PyObject* self, PyObject* value, void*) {
    const Value old = cell(self)->content;
    cell(self)->content = value != nullptr ? borrow_value(value) : Value::missing();
    old.release();
    return 0;
}

PyObject* new_cell(PyTypeObject*, PyObject* args, PyObject*) {
    PyObject* content = nullptr;
    if (!PyArg_ParseTuple(args, "|O:Cell", &content)) return nullptr;
    Cell* made = PyObject_GC_New(Cell, cell_type);
    if (made == nullptr) return nullptr;
    made->content = content != nullptr ? borrow_value(content) : Value::missing();
    PyObject_GC_Track(made);
    return reinterpret_cast<PyObject*>(made);
}

// The content travels as state, so that a cell can be part of a cycle.
PyObject* reduce_cell(PyObject* self, PyObject*) {
    auto* type = reinterpret_cast<PyObject*>(cell_type);
    if (cell(self)->content.is_missing()) return Py_BuildValue("O()", type);
    const Ref content = boxed(cell(self)->content);
    return content ? Py_BuildValue("O()(O)", type, content.get()) : nullptr;
}

PyObject* set_state(PyObject* self, PyObject* state) {
    PyObject* content = nullptr;
    if (!PyTuple_Check(state) || !PyArg_ParseTuple(state, "O:__setstate__", &content)) {
        if (PyErr_Occurred() == nullptr) PyErr_SetString(PyExc_TypeError, "the state of a cell is a tuple of one item");
        return nullptr;
    }
    if (set_contents(self, content, nullptr) < 0) return nullptr;
    Py_RETURN_NONE;
}

PyGetSetDef cell_attributes[] = {
    {"cell_contents", get_contents, set_contents, nullptr, nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyMethodDef cell_methods[] = {
    {"__reduce__", reduce_cell, METH_NOARGS, nullptr},
    {"__setstate__", set_state, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyTypeObject make_cell_type() {
    PyTypeObject type = blank_type("catena.Cell", sizeof(Cell), "A captured binding that something assigns.");
    type.tp_flags |= Py_TPFLAGS_HAVE_GC;
    type.tp_new = new_cell;
    type.tp_dealloc = dealloc_cell;
    type.tp_traverse = traverse_cell;
    type.tp_clear = clear_cell;
    type.tp_getset = cell_attributes;
    type.tp_methods = cell_methods;
    return type;
}

PyTypeObject closure_type_object = make_closure_type();
PyTypeObject cell_type_object = make_cell_type();

}  // namespace

PyTypeObject* closure_type = &closure_type_object;
PyTypeObject* cell_type = &cell_type_object;

Result<void> ready_closure_types() {
    const Result<void> closures = ready(closure_type_object);
    return closures ? ready(cell_type_object) : closures;
}

Closure* new_closure(PyObject* code_object, std::size_t captures) {
    auto* closure = PyObject_GC_NewVar(Closure, closure_type, static_cast<Py_ssize_t>(captures));
    if (closure == nullptr) return nullptr;
    closure->vectorcall = closure_vectorcall;
    closure->code = code_of(code_object);
    closure->code_object = Py_NewRef(code_object);
    closure->dict = nullptr;
    closure->weakrefs = nullptr;
    closure->name = nullptr;
    closure->qualname = nullptr;
    closure->doc = nullptr;
    closure->module = nullptr;
    closure->annotations = nullptr;
    closure->is_macro = false;
    for (std::size_t n = 0; n < captures; ++n) closure->captures[n] = Value::nil();
    return closure;
}

Result<Ref> make_closure(PyObject* code_object) {
    Closure* closure = new_closure(code_object, 0);
    if (closure == nullptr) return raised();
    PyObject_GC_Track(closure);
    return steal(reinterpret_cast<PyObject*>(closure));
}

}  // namespace catena
