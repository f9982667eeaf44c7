#include "lang/symbol.hpp"

#include <structmember.h>

#include "lang/python_name.hpp"
#include "lang/static_type.hpp"

namespace catena {

PyTypeObject symbol_type = blank_type("catena.Symbol", sizeof(SymbolObject),
                                      "Symbol(name)\n--\n\nA name in code. Equal to every Symbol of the same name.");

namespace {

PyObject* symbol_new(PyTypeObject*, PyObject* args, PyObject* kwargs) {
    static const char* names[] = {"name", nullptr};
    PyObject* name = nullptr;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "U:Symbol", const_cast<char**>(names), &name)) return nullptr;
    return make_symbol(name).release();
}

void symbol_dealloc(PyObject* self) {
    PyObject* name = symbol_name(self);
    Py_TYPE(self)->tp_free(self);
    Py_DECREF(name);
}

Py_hash_t symbol_hash(PyObject* self) {
    const Py_hash_t hash = PyObject_Hash(symbol_name(self));
    // A symbol and its name are often keys of one dict: they must not collide.
    const auto turned = static_cast<Py_hash_t>(static_cast<Py_uhash_t>(hash) * 31 + 0x9e3779b9u);
    return turned == -1 ? -2 : turned;
}

PyObject* symbol_compare(PyObject* a, PyObject* b, int op) {
    if (!is_symbol(a) || !is_symbol(b)) Py_RETURN_NOTIMPLEMENTED;
    PyObject* left = symbol_name(a);
    PyObject* right = symbol_name(b);
    if (op == Py_EQ) return PyBool_FromLong(left == right);
    if (op == Py_NE) return PyBool_FromLong(left != right);
    return PyUnicode_RichCompare(left, right, op);
}

PyObject* symbol_repr(PyObject* self) { return Py_NewRef(symbol_name(self)); }

PyObject* symbol_reduce(PyObject* self, PyObject*) { return Py_BuildValue("O(O)", Py_TYPE(self), symbol_name(self)); }

PyMemberDef symbol_members[] = {
    {"name", T_OBJECT_EX, offsetof(SymbolObject, name), READONLY, "The name, a str."},
    {nullptr, 0, 0, 0, nullptr},
};

PyMethodDef symbol_methods[] = {
    {"__reduce__", symbol_reduce, METH_NOARGS, nullptr},
    {"__copy__", same_object, METH_NOARGS, nullptr},
    {"__deepcopy__", same_object, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

Ref make_symbol_interned(PyObject* name) {
    auto* symbol = PyObject_New(SymbolObject, &symbol_type);
    if (symbol == nullptr) return {};
    symbol->name = Py_NewRef(name);
    symbol->span = {};
    symbol->table = 0;
    return steal(reinterpret_cast<PyObject*>(symbol));
}

Ref make_symbol(PyObject* name) {
    const Ref exact = exact_name(name);
    return exact ? make_symbol_interned(exact.get()) : Ref();
}

Ref make_symbol(std::string_view utf8) {
    const Ref name = steal(PyUnicode_DecodeUTF8(utf8.data(), static_cast<Py_ssize_t>(utf8.size()), nullptr));
    return name ? make_symbol(name.get()) : Ref();
}

bool symbol_is(PyObject* o, std::string_view utf8) {
    if (!is_symbol(o)) return false;
    PyObject* name = symbol_name(o);
    if (PyUnicode_IS_COMPACT_ASCII(name)) {
        const auto length = static_cast<std::size_t>(PyUnicode_GET_LENGTH(name));
        return std::string_view(static_cast<const char*>(PyUnicode_DATA(name)), length) == utf8;
    }
    Py_ssize_t size = 0;
    const char* bytes = PyUnicode_AsUTF8AndSize(name, &size);
    if (bytes == nullptr) {  // a lone surrogate: no UTF-8 text equals it
        PyErr_Clear();
        return false;
    }
    return std::string_view(bytes, static_cast<std::size_t>(size)) == utf8;
}

Result<void> ready_symbol_type() {
    symbol_type.tp_new = symbol_new;
    symbol_type.tp_dealloc = symbol_dealloc;
    symbol_type.tp_hash = symbol_hash;
    symbol_type.tp_richcompare = symbol_compare;
    symbol_type.tp_repr = symbol_repr;
    symbol_type.tp_members = symbol_members;
    symbol_type.tp_methods = symbol_methods;
    return ready(symbol_type);
}

}  // namespace catena
