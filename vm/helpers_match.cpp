#include <vector>

#include "bridge/operators.hpp"
#include "bridge/truth.hpp"
#include "lang/list.hpp"
#include "vm/access.hpp"
#include "vm/helper_functions.hpp"

namespace catena {
namespace {

// Sequences in the sense of Python's own match: no str, bytes or bytearray.
bool is_sequence(PyObject* o) { return is_list(o) || (Py_TYPE(o)->tp_flags & Py_TPFLAGS_SEQUENCE) != 0; }

Value first_items(const Value& subject, std::size_t count, bool rest) {
    PyObject* items = PyList_New(0);
    if (items == nullptr) return Value::error();
    std::vector<Value> values(count + 1);
    if (unpack(subject, values.data(), count, rest) < 0) {
        Py_DECREF(items);
        return Value::error();
    }
    bool failed = false;
    for (std::size_t n = 0; n < count + (rest ? 1 : 0); ++n) {
        const Ref item = steal(values[n].is_object() ? values[n].as_object() : new_object(values[n]));
        failed = failed || !item || PyList_Append(items, item.get()) < 0;
    }
    if (!failed) return Value::object(items);
    Py_DECREF(items);
    return Value::error();
}

// The builtin types whose single positional subpattern is the object itself.
bool matches_itself(PyTypeObject* type) { return (type->tp_flags & _Py_TPFLAGS_MATCH_SELF) != 0; }

// Appends the attribute to the list: 1, or 0 when the object has none, or -1 with the error set.
int append_attribute(PyObject* list, PyObject* subject, PyObject* name) {
    const Ref value = steal(PyObject_GetAttr(subject, name));
    if (!value) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return -1;
        PyErr_Clear();
        return 0;
    }
    return PyList_Append(list, value.get()) < 0 ? -1 : 1;
}

}  // namespace

Value helper_MATCH_SEQUENCE(Value* window, std::size_t) {
    if (!window[0].is_object() || !is_sequence(window[0].as_object())) return Value::nil();
    const Py_ssize_t size = PyObject_Size(window[0].as_object());
    if (size < 0) return Value::error();
    const std::int64_t wanted = window[1].as_integer();
    const bool rest = !window[2].is_nil();
    if (rest ? size < wanted : size != wanted) return Value::nil();
    return first_items(window[0], static_cast<std::size_t>(wanted), rest);
}

Value helper_MATCH_TUPLE(Value* window, std::size_t) {
    if (!window[0].is_object() || !PyTuple_Check(window[0].as_object())) return Value::nil();
    if (PyTuple_GET_SIZE(window[0].as_object()) != window[1].as_integer()) return Value::nil();
    return first_items(window[0], static_cast<std::size_t>(window[1].as_integer()), false);
}

Value helper_MATCH_CLASS(Value* window, std::size_t) {
    const Ref subject = boxed(window[0]);
    const Ref type = boxed(window[1]);
    if (!subject || !type) return Value::error();
    const std::int64_t positional = window[2].as_integer();
    PyObject* names = window[3].is_object() ? window[3].as_object() : nullptr;
    if (!PyType_Check(type.get())) {
        // What stands for a class elsewhere (`str`, `list`) does so here.
        const int is_instance = PyObject_IsInstance(subject.get(), type.get());
        if (is_instance < 0) {
            if (PyErr_ExceptionMatches(PyExc_TypeError)) {
                PyErr_Format(PyExc_TypeError, "a class pattern needs a class, not %.200s",
                             Py_TYPE(type.get())->tp_name);
            }
            return Value::error();
        }
        if (is_instance == 0) return Value::nil();
    } else {
        const int is_instance = PyObject_IsInstance(subject.get(), type.get());
        if (is_instance < 0) return Value::error();
        if (is_instance == 0) return Value::nil();
    }
    const Ref items = steal(PyList_New(0));
    if (!items) return Value::error();
    if (positional > 0) {
        const Ref attribute = intern("__match_args__");
        Ref match_args = attribute ? steal(PyObject_GetAttr(type.get(), attribute.get())) : Ref();
        if (!match_args) {
            if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return Value::error();
            PyErr_Clear();
        } else if (!PyTuple_CheckExact(match_args.get())) {
            PyErr_Format(PyExc_TypeError, "%.200s.__match_args__ must be a tuple",
                         reinterpret_cast<PyTypeObject*>(type.get())->tp_name);
            return Value::error();
        }
        const bool itself =
            !match_args && (!PyType_Check(type.get()) || matches_itself(reinterpret_cast<PyTypeObject*>(type.get())));
        const std::int64_t allowed = itself ? 1 : match_args ? PyTuple_GET_SIZE(match_args.get()) : 0;
        if (positional > allowed) {
            PyErr_Format(PyExc_TypeError, "%R accepts %lld positional sub-pattern%s (%lld given)", type.get(),
                         static_cast<long long>(allowed), allowed == 1 ? "" : "s", static_cast<long long>(positional));
            return Value::error();
        }
        if (itself && PyList_Append(items.get(), subject.get()) < 0) return Value::error();
        for (std::int64_t n = 0; !itself && n < positional; ++n) {
            PyObject* name = PyTuple_GET_ITEM(match_args.get(), static_cast<Py_ssize_t>(n));
            if (!PyUnicode_CheckExact(name)) {
                PyErr_Format(PyExc_TypeError, "__match_args__ elements must be strings (got %.200s)",
                             Py_TYPE(name)->tp_name);
                return Value::error();
            }
            const int found = append_attribute(items.get(), subject.get(), name);
            if (found <= 0) return found < 0 ? Value::error() : Value::nil();
        }
    }
    for (Py_ssize_t n = 0; names != nullptr && n < PyTuple_GET_SIZE(names); ++n) {
        const int found = append_attribute(items.get(), subject.get(), PyTuple_GET_ITEM(names, n));
        if (found <= 0) return found < 0 ? Value::error() : Value::nil();
    }
    return Value::object(Py_NewRef(items.get()));
}

Value helper_MATCH_MAPPING(Value* window, std::size_t) {
    if (!window[0].is_object()) return Value::boolean(false);
    return Value::boolean((Py_TYPE(window[0].as_object())->tp_flags & Py_TPFLAGS_MAPPING) != 0);
}

Value helper_MATCH_VALUE(Value* window, std::size_t) {
    const auto by_identity = [](const Value& v) { return v.tag == Tag::nil || v.tag == Tag::no || v.tag == Tag::yes; };
    if (by_identity(window[0]) || by_identity(window[1])) return Value::boolean(window[0].tag == window[1].tag);
    const Value equal = compare(window[0], window[1], Py_EQ);
    if (equal.is_error()) return equal;
    const int truth = is_true(equal);
    equal.release();
    return truth < 0 ? Value::error() : Value::boolean(truth != 0);
}

}  // namespace catena
