#include "lang/forms.hpp"

#include <structmember.h>

#include "lang/keyword.hpp"
#include "lang/list.hpp"
#include "lang/printer.hpp"
#include "lang/static_type.hpp"
#include "lang/symbol.hpp"

namespace catena {

PyTypeObject map_form_type =
    blank_type("catena.MapForm", sizeof(LiteralForm),
               "MapForm(items, /)\n--\n\nA map literal whose keys are not known before they are evaluated.");
PyTypeObject set_form_type =
    blank_type("catena.SetForm", sizeof(LiteralForm),
               "SetForm(items, /)\n--\n\nA set literal whose elements are not known before they are evaluated.");

namespace {

Ref make_form(PyTypeObject& type, PyObject* items) {
    auto* form = PyObject_GC_New(LiteralForm, &type);
    if (form == nullptr) return {};
    form->items = Py_NewRef(items);
    PyObject_GC_Track(form);
    return steal(reinterpret_cast<PyObject*>(form));
}

PyObject* form_new(PyTypeObject* type, PyObject* args, PyObject*) {
    PyObject* iterable = nullptr;
    if (!PyArg_UnpackTuple(args, type == &map_form_type ? "MapForm" : "SetForm", 1, 1, &iterable)) return nullptr;
    const Ref items = steal(PySequence_Tuple(iterable));
    if (!items) return nullptr;
    if (type == &map_form_type && PyTuple_GET_SIZE(items.get()) % 2 != 0) {
        PyErr_SetString(PyExc_ValueError, "a MapForm needs a value for every key");
        return nullptr;
    }
    return make_form(*type, items.get()).release();
}

void form_dealloc(PyObject* self) {
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, form_dealloc)
    PyObject* items = literal_items(self);
    PyObject_GC_Del(self);
    Py_DECREF(items);
    Py_TRASHCAN_END
}

int form_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(literal_items(self));
    return 0;
}

PyObject* form_repr(PyObject* self) {
    Result<Ref> text = repr(self);
    return text ? text->release() : nullptr;
}

PyObject* form_reduce(PyObject* self, PyObject*) { return Py_BuildValue("O(O)", Py_TYPE(self), literal_items(self)); }

PyMemberDef form_members[] = {
    {"items", T_OBJECT_EX, offsetof(LiteralForm, items), READONLY, "The elements as written; k v k v ... of a map."},
    {nullptr, 0, 0, 0, nullptr},
};

PyMethodDef form_methods[] = {
    {"__reduce__", form_reduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

Ref make_map_form(PyObject* items) { return make_form(map_form_type, items); }
Ref make_set_form(PyObject* items) { return make_form(set_form_type, items); }

bool is_atom(PyObject* form) {
    // Containers are few: what else the reader makes is an atom.
    return !(is_list(form) || is_map_form(form) || is_set_form(form) || PyList_Check(form) || PyTuple_Check(form) ||
             PyDict_Check(form) || PyAnySet_Check(form));
}

Result<void> ready_form_types() {
    for (PyTypeObject* type : {&map_form_type, &set_form_type}) {
        type->tp_flags |= Py_TPFLAGS_HAVE_GC;
        type->tp_new = form_new;
        type->tp_dealloc = form_dealloc;
        type->tp_traverse = form_traverse;
        type->tp_repr = form_repr;
        type->tp_members = form_members;
        type->tp_methods = form_methods;
        if (auto done = ready(*type); !done) return done;
    }
    return {};
}

}  // namespace catena
