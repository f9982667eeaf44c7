#include "lang/keyword.hpp"

#include <structmember.h>

#include <unordered_set>

#include "lang/python_name.hpp"
#include "lang/static_type.hpp"

namespace catena {

PyTypeObject keyword_type =
    blank_type("catena.Keyword", sizeof(KeywordObject),
               "Keyword(name)\n--\n\nA str that knows it is a keyword. There is one Keyword object for each name.");

namespace {

// Interned names are looked up by address. The table borrows: a Keyword takes itself out when it goes.
struct ByName {
    using is_transparent = void;
    static PyObject* name_of(const KeywordObject* keyword) { return keyword->name; }
    static PyObject* name_of(PyObject* name) { return name; }
    template <class Key>
    std::size_t operator()(Key* key) const {
        return reinterpret_cast<std::size_t>(name_of(key)) >> 4;
    }
    template <class A, class B>
    bool operator()(A* a, B* b) const {
        return name_of(a) == name_of(b);
    }
};

using KeywordTable = std::unordered_set<KeywordObject*, ByName, ByName>;

// Never destroyed: keywords may outlive static destruction inside the interpreter.
KeywordTable& keywords() {
    static auto* table = new KeywordTable;
    return *table;
}

// Not in the table yet.
Ref blank_keyword(Ref name) {
    Ref mangled = python_name(name.get());
    if (!mangled) return {};
    const Ref args = steal(PyTuple_Pack(1, name.get()));
    if (!args) return {};
    Ref made = steal(PyUnicode_Type.tp_new(&keyword_type, args.get(), nullptr));
    if (!made) return {};
    auto* keyword = reinterpret_cast<KeywordObject*>(made.get());
    keyword->name = name.release();
    keyword->python_name = mangled.release();
    keyword->plain = nullptr;
    return made;
}

Ref new_keyword(Ref name) {
    Ref made = blank_keyword(std::move(name));
    if (made) keywords().insert(reinterpret_cast<KeywordObject*>(made.get()));
    return made;
}

PyObject* keyword_new(PyTypeObject*, PyObject* args, PyObject* kwargs) {
    static const char* names[] = {"name", nullptr};
    PyObject* name = nullptr;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "U:Keyword", const_cast<char**>(names), &name)) return nullptr;
    return make_keyword(name).release();
}

void keyword_dealloc(PyObject* self) {
    auto* keyword = reinterpret_cast<KeywordObject*>(self);
    if (keyword->name != nullptr && keyword->plain == nullptr) keywords().erase(keyword);
    Py_CLEAR(keyword->plain);
    Py_CLEAR(keyword->name);
    Py_CLEAR(keyword->python_name);
    PyUnicode_Type.tp_dealloc(self);
}

PyObject* keyword_str(PyObject* self) { return Py_NewRef(keyword_name(self)); }

PyObject* keyword_reduce(PyObject* self, PyObject*) { return Py_BuildValue("O(O)", Py_TYPE(self), keyword_name(self)); }

PyMethodDef keyword_methods[] = {
    {"__reduce__", keyword_reduce, METH_NOARGS, nullptr},
    {"__copy__", same_object, METH_NOARGS, nullptr},
    {"__deepcopy__", same_object, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

Ref make_written_keyword(PyObject* keyword) {
    PyObject* plain = plain_keyword(keyword);
    Ref twin = blank_keyword(borrow(keyword_name(plain)));
    if (twin) reinterpret_cast<KeywordObject*>(twin.get())->plain = Py_NewRef(plain);
    return twin;
}

Ref make_keyword(PyObject* name) {
    if (is_keyword(name)) return borrow(plain_keyword(name));
    Ref exact = exact_name(name);
    if (!exact) return {};
    const auto found = keywords().find(exact.get());
    if (found != keywords().end()) return borrow(reinterpret_cast<PyObject*>(*found));
    return new_keyword(std::move(exact));
}

Ref make_keyword(std::string_view utf8) {
    const Ref name = steal(PyUnicode_DecodeUTF8(utf8.data(), static_cast<Py_ssize_t>(utf8.size()), nullptr));
    return name ? make_keyword(name.get()) : Ref();
}

Result<void> ready_keyword_type() {
    keyword_type.tp_base = &PyUnicode_Type;
    keyword_type.tp_new = keyword_new;
    keyword_type.tp_dealloc = keyword_dealloc;
    keyword_type.tp_str = keyword_str;
    keyword_type.tp_methods = keyword_methods;
    // Set, not inherited: a type that fills in one of the two gets neither.
    keyword_type.tp_hash = PyUnicode_Type.tp_hash;
    keyword_type.tp_richcompare = PyUnicode_Type.tp_richcompare;
    return ready(keyword_type);
}

}  // namespace catena
