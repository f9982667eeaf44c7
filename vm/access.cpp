#include "vm/access.hpp"

#include <limits>

#include "lang/list.hpp"
#include "vm/calls.hpp"

namespace catena {
namespace {

Value no_item(std::int64_t position) {
    PyErr_Format(PyExc_IndexError, "there is no item %lld", static_cast<long long>(position));
    return Value::error();
}

Value walk_to(PyObject* iterator, std::int64_t position) {
    for (std::int64_t n = 0;; ++n) {
        const Ref item = steal(PyIter_Next(iterator));
        if (!item) return PyErr_Occurred() != nullptr ? Value::error() : no_item(position);
        if (n == position) return borrow_value(item.get());
        if ((n & 0xfff) == 0xfff && PyErr_CheckSignals() < 0) return Value::error();
    }
}

bool unpack_list(PyObject* list, Value* out, std::size_t count, bool rest) {
    for (std::size_t n = 0; n < count && list_count(list) > 0; ++n) {
        out[n] = borrow_value(list_first(list));
        list = list_rest(list);
    }
    if (rest) out[count] = Value::object(Py_NewRef(list));
    return true;
}

bool unpack_array(PyObject* const* items, std::size_t size, Value* out, std::size_t count, bool rest) {
    for (std::size_t n = 0; n < count && n < size; ++n) out[n] = borrow_value(items[n]);
    if (!rest) return true;
    const std::size_t begin = count < size ? count : size;
    PyObject* vector = PyList_New(static_cast<Py_ssize_t>(size - begin));
    if (vector == nullptr) return false;
    for (std::size_t n = begin; n < size; ++n) {
        PyList_SET_ITEM(vector, static_cast<Py_ssize_t>(n - begin), Py_NewRef(items[n]));
    }
    out[count] = Value::object(vector);
    return true;
}

bool unpack_iterator(PyObject* iterable, Value* out, std::size_t count, bool rest) {
    const Ref iterator = steal(PyObject_GetIter(iterable));
    if (!iterator) return false;
    for (std::size_t n = 0; n < count; ++n) {
        PyObject* item = PyIter_Next(iterator.get());
        if (item == nullptr) {
            if (PyErr_Occurred() != nullptr) return false;
            break;
        }
        out[n] = steal_value(item);
    }
    if (!rest) return true;
    PyObject* vector = PySequence_List(iterator.get());
    if (vector == nullptr) return false;
    out[count] = Value::object(vector);
    return true;
}

}  // namespace

Value nth(const Value& collection, const Value& position) {
    if (!position.is_integer()) {
        const Ref index = boxed(position);
        if (!index) return Value::error();
        if (!PyIndex_Check(index.get())) {
            PyErr_Format(PyExc_TypeError, "a position is an integer, not %.200s", Py_TYPE(index.get())->tp_name);
            return Value::error();
        }
        const Py_ssize_t i = PyNumber_AsSsize_t(index.get(), PyExc_IndexError);
        if (i == -1 && PyErr_Occurred() != nullptr) return Value::error();
        return nth(collection, Value::integer(i));
    }
    std::int64_t i = position.as_integer();
    if (collection.is_nil()) return Value::nil();
    const Ref object = boxed(collection);
    if (!object) return Value::error();
    PyObject* o = object.get();
    if (PyList_CheckExact(o) || PyTuple_CheckExact(o)) {
        const Py_ssize_t size = PySequence_Fast_GET_SIZE(o);
        const std::int64_t at = i < 0 ? i + size : i;
        if (at < 0 || at >= size) return no_item(i);
        return borrow_value(PySequence_Fast_GET_ITEM(o, at));
    }
    if (is_list(o)) {
        const std::int64_t at = i < 0 ? i + list_count(o) : i;
        if (at < 0 || at >= list_count(o)) return no_item(i);
        return borrow_value(list_item(o, at));
    }
    // A mapping's and a set's items are found by walking, never by key.
    if (PySequence_Check(o) && !PyAnySet_Check(o) && !PyDict_Check(o)) {
        return steal_value(PySequence_GetItem(o, static_cast<Py_ssize_t>(i)));
    }
    const Ref iterator = steal(PyObject_GetIter(o));
    if (!iterator) return Value::error();
    if (i < 0) return no_item(i);
    return walk_to(iterator.get(), i);
}

Value count(const Value& collection) {
    if (collection.is_nil()) return Value::integer(0);
    const Ref object = boxed(collection);
    if (!object) return Value::error();
    PyObject* o = object.get();
    const PyTypeObject* type = Py_TYPE(o);
    const bool sized = (type->tp_as_sequence != nullptr && type->tp_as_sequence->sq_length != nullptr) ||
                       (type->tp_as_mapping != nullptr && type->tp_as_mapping->mp_length != nullptr);
    if (sized || (type->tp_iter == nullptr && !PySequence_Check(o))) {
        const Py_ssize_t size = PyObject_Size(o);
        return size < 0 ? Value::error() : Value::integer(size);
    }
    const Ref iterator = steal(PyObject_GetIter(o));
    if (!iterator) return Value::error();
    for (std::int64_t n = 0;; ++n) {
        const Ref item = steal(PyIter_Next(iterator.get()));
        if (!item) return PyErr_Occurred() != nullptr ? Value::error() : Value::integer(n);
        if ((n & 0xfff) == 0xfff && PyErr_CheckSignals() < 0) return Value::error();
    }
}

int unpack(const Value& iterable, Value* out, std::size_t count, bool rest) {
    for (std::size_t n = 0; n < count + (rest ? 1 : 0); ++n) out[n] = Value::nil();
    bool unpacked;
    if (iterable.is_nil()) {
        unpacked = unpack_array(nullptr, 0, out, count, rest);
    } else {
        const Ref object = boxed(iterable);
        PyObject* o = object.get();
        if (o == nullptr) {
            unpacked = false;
        } else if (is_list(o)) {
            unpacked = unpack_list(o, out, count, rest);
        } else if (PyList_CheckExact(o) || PyTuple_CheckExact(o)) {
            unpacked = unpack_array(PySequence_Fast_ITEMS(o), static_cast<std::size_t>(PySequence_Fast_GET_SIZE(o)), out,
                                    count, rest);
        } else {
            unpacked = unpack_iterator(o, out, count, rest);
        }
    }
    if (unpacked) return 0;
    clear_registers(out, out + count + (rest ? 1 : 0));
    return -1;
}

}  // namespace catena
