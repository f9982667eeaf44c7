// plain: a deep copy in exact Python types, for libraries that ask for the type and nothing else.
#include <unordered_map>
#include <vector>

#include "lang/keyword.hpp"
#include "lang/list.hpp"
#include "lang/symbol.hpp"
#include "vm/core_lazy.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"

namespace catena {

namespace {

enum class Shape { vector, tuple, set, frozen, map };

// A container that is being copied: its children (keys and values in turn for a map) and their copies so far.
struct Level {
    Ref source;
    Ref children;  // a list
    Ref copies;    // a list
    Shape shape;
    bool hashable;  // in the place of a key or a set's item, where a List becomes a tuple
};

// Where a copy stands makes a difference for Lists, so it is part of the name under which a copy is remembered.
struct Place {
    PyObject* object;
    bool hashable;
    friend bool operator==(const Place&, const Place&) = default;
};
struct PlaceHash {
    std::size_t operator()(const Place& p) const {
        return (reinterpret_cast<std::size_t>(p.object) >> 4) * 2 + (p.hashable ? 1 : 0);
    }
};

// The exact copy of what is no container; the object itself when it is plain already or none of ours to copy.
Ref plain_leaf(PyObject* o) {
    PyTypeObject* type = Py_TYPE(o);
    if (is_keyword(o)) return borrow(keyword_name(o));
    if (is_symbol(o)) return borrow(symbol_name(o));
    if (PyUnicode_Check(o) && type != &PyUnicode_Type) return steal(PyUnicode_FromObject(o));
    if (PyLong_Check(o) && type != &PyLong_Type && type != &PyBool_Type)
        return steal(_PyLong_Copy(reinterpret_cast<PyLongObject*>(o)));
    if (PyFloat_Check(o) && type != &PyFloat_Type) return steal(PyFloat_FromDouble(PyFloat_AS_DOUBLE(o)));
    if (PyBytes_Check(o) && type != &PyBytes_Type)
        return steal(PyBytes_FromStringAndSize(PyBytes_AS_STRING(o), PyBytes_GET_SIZE(o)));
    // A NumPy scalar; they exist only when NumPy is loaded.
    if (PyObject* numpy = PyDict_GetItemString(PyImport_GetModuleDict(), "numpy"); numpy != nullptr) {
        const Ref generic = steal(PyObject_GetAttrString(numpy, "generic"));
        if (!generic) PyErr_Clear();
        const int scalar = generic ? PyObject_IsInstance(o, generic.get()) : 0;
        if (scalar < 0) return {};
        if (scalar == 1) return steal(PyObject_CallMethod(o, "item", nullptr));
    }
    return borrow(o);
}

// The children of a container, or an empty Ref without an error for what is none.
Ref children_of(PyObject* o, Shape* shape) {
    if (PyDict_Check(o)) {
        *shape = Shape::map;
        const Ref entries = steal(PyDict_Items(o));
        Ref all = entries ? steal(PyList_New(0)) : Ref();
        for (Py_ssize_t i = 0; all && i < PyList_GET_SIZE(entries.get()); ++i) {
            PyObject* entry = PyList_GET_ITEM(entries.get(), i);
            if (PyList_Append(all.get(), PyTuple_GET_ITEM(entry, 0)) < 0 ||
                PyList_Append(all.get(), PyTuple_GET_ITEM(entry, 1)) < 0) {
                return {};
            }
        }
        return all;
    }
    if (PyTuple_Check(o))
        *shape = Shape::tuple;
    else if (PyFrozenSet_Check(o))
        *shape = Shape::frozen;
    else if (PyAnySet_Check(o))
        *shape = Shape::set;
    else if (PyList_Check(o) || is_list(o) || is_lazy_seq(o))
        *shape = Shape::vector;
    else
        return {};
    return copy_vector(Value::object(o), "plain");
}

Ref assemble(const Level& level) {
    PyObject* copies = level.copies.get();
    switch (level.shape) {
        case Shape::vector: return level.hashable ? steal(PyList_AsTuple(copies)) : level.copies;
        case Shape::tuple: return steal(PyList_AsTuple(copies));
        case Shape::set: return steal(PySet_New(copies));
        case Shape::frozen: return steal(PyFrozenSet_New(copies));
        case Shape::map: break;
    }
    Ref map = steal(PyDict_New());
    for (Py_ssize_t i = 0; map && i < PyList_GET_SIZE(copies); i += 2) {
        if (PyDict_SetItem(map.get(), PyList_GET_ITEM(copies, i), PyList_GET_ITEM(copies, i + 1)) < 0) return {};
    }
    return map;
}

// Copies with a stack of its own. What was met before is shared in the copy as it was; what is met while it is being
// copied contains itself.
class Plain {
public:
    Ref copy(PyObject* root) {
        Ref answer;
        if (!visit(root, false, answer)) return {};
        while (!stack_.empty()) {
            Level& level = stack_.back();
            const Py_ssize_t done = PyList_GET_SIZE(level.copies.get());
            if (done < PyList_GET_SIZE(level.children.get())) {
                const bool key = level.shape == Shape::set || level.shape == Shape::frozen ||
                                 (level.shape == Shape::map && done % 2 == 0);
                const bool hashable = key || (level.hashable && level.shape != Shape::map);
                Ref copied;
                const std::size_t depth = stack_.size();
                if (!visit(PyList_GET_ITEM(level.children.get(), done), hashable, copied)) return {};
                if (stack_.size() == depth && PyList_Append(stack_.back().copies.get(), copied.get()) < 0) return {};
                continue;
            }
            Ref made = assemble(level);
            if (!made) return {};
            const Place place{level.source.get(), level.hashable};
            kept_.push_back(level.source);
            stack_.pop_back();
            done_[place] = made;
            if (stack_.empty())
                answer = made;
            else if (PyList_Append(stack_.back().copies.get(), made.get()) < 0)
                return {};
        }
        return answer;
    }

private:
    // Fills in `copied`, or puts a level on the stack. False with the error set.
    bool visit(PyObject* o, bool hashable, Ref& copied) {
        const Place place{o, hashable};
        if (const auto found = done_.find(place); found != done_.end()) {
            if (!found->second) {
                PyErr_SetString(PyExc_ValueError, "plain: the value contains itself");
                return false;
            }
            copied = found->second;
            return true;
        }
        Shape shape;
        Ref children = children_of(o, &shape);
        if (!children) {
            if (PyErr_Occurred() == nullptr) copied = plain_leaf(o);
            return static_cast<bool>(copied);
        }
        Ref copies = steal(PyList_New(0));
        if (!copies) return false;
        done_[place] = Ref();
        stack_.push_back({borrow(o), std::move(children), std::move(copies), shape, hashable});
        return true;
    }

    std::vector<Level> stack_;
    std::unordered_map<Place, Ref, PlaceHash> done_;  // empty while the copy is being made
    std::vector<Ref> kept_;                           // so that no address in done_ is used again
};

Value plain(Value* a, std::size_t) {
    if (a[0].is_float64()) return Value::real(a[0].as_real());
    if (!a[0].is_object()) return a[0];
    return own(Plain().copy(a[0].as_object()));
}

constexpr NativeSpec table[] = {
    {"plain", "[x]",
     "A deep copy in exact Python types: keywords and symbols become strings, Lists and lazy sequences lists, "
     "containers and numbers of derived types those they derive from. Other objects stay.\n"
     "(plain {:a '(1 :b)}) => {\"a\" [1 \"b\"]}",
     plain, nullptr, 1, 1},
};

}  // namespace

std::span<const NativeSpec> plain_natives() { return table; }

}  // namespace catena
