#include "vm/chain_object.hpp"

#include <memory>
#include <new>

#include "lang/static_type.hpp"
#include "vm/types.hpp"

namespace catena {
namespace {

ChainObject* cast(PyObject* o) { return reinterpret_cast<ChainObject*>(o); }

int traverse(PyObject* self, visitproc visit, void* arg) { return cast(self)->chain.traverse(visit, arg); }

// Its constants are data that the reader made, so a cycle through it can be broken elsewhere: by the Code that owns it.
void dealloc(PyObject* self) {
    PyObject_GC_UnTrack(self);
    std::destroy_at(&cast(self)->chain);
    PyObject_GC_Del(self);
}

PyObject* text(PyObject* self) {
    const std::string printed = print_chain(cast(self)->chain);
    return PyUnicode_DecodeUTF8(printed.data(), static_cast<Py_ssize_t>(printed.size()), "replace");
}

PyObject* repr(PyObject* self) {
    const Ref printed = steal(text(self));
    return printed ? PyUnicode_FromFormat("<chain %U>", printed.get()) : nullptr;
}

PyObject* from_data(PyTypeObject*, PyObject* args, PyObject*) {
    PyObject* data = nullptr;
    if (!PyArg_ParseTuple(args, "O:Chain", &data)) return nullptr;
    Result<Chain> chain = chain_from_data(data);
    if (!chain) return nullptr;
    Result<Ref> object = make_chain(std::move(*chain));
    return object ? object->release() : nullptr;
}

PyObject* reduce(PyObject* self, PyObject*) {
    Result<Ref> data = chain_to_data(cast(self)->chain);
    if (!data) return nullptr;
    return Py_BuildValue("O(O)", reinterpret_cast<PyObject*>(chain_type), data->get());
}

PyMethodDef methods[] = {
    {"__reduce__", reduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyTypeObject make_type() {
    PyTypeObject type =
        blank_type("catena.Chain", sizeof(ChainObject), "A run of interop steps that executes as one operation.");
    type.tp_flags |= Py_TPFLAGS_HAVE_GC;
    type.tp_new = from_data;
    type.tp_dealloc = dealloc;
    type.tp_traverse = traverse;
    type.tp_repr = repr;
    type.tp_str = text;
    type.tp_methods = methods;
    return type;
}

PyTypeObject type_object = make_type();

}  // namespace

PyTypeObject* chain_type = &type_object;

Result<void> ready_chain_type() { return ready(type_object); }

Result<Ref> make_chain(Chain chain) {
    if (!chain.prepared()) {
        const auto prepared = prepare(chain);
        if (!prepared) return raise(PyExc_ValueError, "%s", prepared.error().c_str());
    }
    ChainObject* object = PyObject_GC_New(ChainObject, chain_type);
    if (object == nullptr) return raised();
    ::new (&object->chain) Chain(std::move(chain));
    PyObject_GC_Track(object);
    return steal(reinterpret_cast<PyObject*>(object));
}

}  // namespace catena
