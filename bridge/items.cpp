#include "bridge/items.hpp"

#include "bridge/plan.hpp"

namespace catena {
namespace {

Value retained(const Value& v) {
    v.retain();
    return v;
}

// An integer index within [0, size), negative ones counted from the end; -1 when it is outside.
Py_ssize_t place(std::int64_t index, Py_ssize_t size) {
    if (index < 0) index += size;
    return index >= 0 && index < size ? static_cast<Py_ssize_t>(index) : -1;
}

// Keys that index sequences: ints and True and False, which are ints in Python.
bool as_index(const Value& key, std::int64_t* out) {
    if (key.is_integer()) {
        *out = key.as_integer();
        return true;
    }
    if (key.tag == Tag::yes || key.tag == Tag::no) {
        *out = key.tag == Tag::yes;
        return true;
    }
    return false;
}

// What `found` says, with null and no error as "there is none".
Value found_or(PyObject* borrowed, const Value& otherwise) {
    if (borrowed != nullptr) return borrow_value(borrowed);
    return PyErr_Occurred() ? Value::error() : retained(otherwise);
}

// The attribute of a type, borrowed, or null.
PyObject* type_attribute(PyTypeObject* type, const char* name) {
    const Ref key = intern(name);
    return key ? _PyType_Lookup(type, key.get()) : nullptr;
}

// Whether a dict type keeps dict's own __getitem__; then a subclass can only add __missing__.
bool items_are_dict_items(PyTypeObject* type) {
    if (type == &PyDict_Type) return true;
    return type_attribute(type, "__getitem__") == type_attribute(&PyDict_Type, "__getitem__");
}

// Any other object: its own __getitem__, asked first for the key where a missing one would be made up.
Value get_generic(PyObject* container, PyObject* key, const Value& otherwise) {
    if (PyDict_Check(container) || type_attribute(Py_TYPE(container), "__missing__") != nullptr) {
        const int known = PySequence_Contains(container, key);
        if (known < 0) return Value::error();
        if (known == 0) return retained(otherwise);
    }
    PyObject* item = PyObject_GetItem(container, key);
    if (item != nullptr) return steal_value(item);
    const bool missing =
        PyErr_ExceptionMatches(PyExc_LookupError) || (PySequence_Check(container) && !PyIndex_Check(key) &&
                                                      !PySlice_Check(key) && PyErr_ExceptionMatches(PyExc_TypeError));
    if (!missing) return Value::error();
    PyErr_Clear();
    return retained(otherwise);
}

Value get_from_object(PyObject* container, const Value& key, const Value& otherwise) {
    std::int64_t index;
    if (PyList_CheckExact(container) && as_index(key, &index)) {
        const Py_ssize_t at = place(index, PyList_GET_SIZE(container));
        return at < 0 ? retained(otherwise) : borrow_value(PyList_GET_ITEM(container, at));
    }
    if (PyTuple_CheckExact(container) && as_index(key, &index)) {
        const Py_ssize_t at = place(index, PyTuple_GET_SIZE(container));
        return at < 0 ? retained(otherwise) : borrow_value(PyTuple_GET_ITEM(container, at));
    }
    const Boxed box(key);
    if (box.get() == nullptr) return Value::error();
    if (PyDict_Check(container) && items_are_dict_items(Py_TYPE(container))) {
        return found_or(PyDict_GetItemWithError(container, box.get()), otherwise);
    }
    if (PyAnySet_Check(container)) {
        const int known = PySet_Contains(container, box.get());
        if (known < 0) return Value::error();
        return retained(known == 1 ? key : otherwise);
    }
    return get_generic(container, box.get(), otherwise);
}

}  // namespace

Value get_item(const Value& container, const Value& key) {
    if (container.is_object() && key.is_integer()) {
        PyObject* object = container.as_object();
        if (PyList_CheckExact(object)) {
            const Py_ssize_t at = place(key.as_integer(), PyList_GET_SIZE(object));
            if (at >= 0) return borrow_value(PyList_GET_ITEM(object, at));
        } else if (PyTuple_CheckExact(object)) {
            const Py_ssize_t at = place(key.as_integer(), PyTuple_GET_SIZE(object));
            if (at >= 0) return borrow_value(PyTuple_GET_ITEM(object, at));
        }
    }
    const Boxed object(container), box(key);
    if (object.get() == nullptr || box.get() == nullptr) return Value::error();
    return steal_value(PyObject_GetItem(object.get(), box.get()));
}

int set_item(const Value& container, const Value& key, const Value& value) {
    const Boxed object(container), box(key), item(value);
    if (object.get() == nullptr || box.get() == nullptr || item.get() == nullptr) return -1;
    return PyObject_SetItem(object.get(), box.get(), item.get());
}

int delete_item(const Value& container, const Value& key) {
    const Boxed object(container), box(key);
    if (object.get() == nullptr || box.get() == nullptr) return -1;
    return PyObject_DelItem(object.get(), box.get());
}

Value get_or_default(const Value& container, const Value& key, const Value& otherwise) {
    if (container.is_nil()) return retained(otherwise);
    if (container.is_object()) return get_from_object(container.as_object(), key, otherwise);
    const Boxed object(container), box(key);
    if (object.get() == nullptr || box.get() == nullptr) return Value::error();
    return get_generic(object.get(), box.get(), otherwise);
}

}  // namespace catena
