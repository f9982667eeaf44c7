#include "vm/access.hpp"

#include "lang/list.hpp"
#include "vm/calls.hpp"
#include "vm/core_access.hpp"
#include "vm/core_support.hpp"

namespace catena {
namespace {

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
    if (rest && is_infinite(iterable)) {
        PyErr_SetString(PyExc_ValueError, "the rest of a sequence that never ends cannot be made a vector");
        return false;
    }
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

Value nth(const Value& collection, const Value& position) { return nth_value(collection, position, nullptr); }

Value count(const Value& collection) { return count_value(collection); }

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
            unpacked = unpack_array(PySequence_Fast_ITEMS(o), static_cast<std::size_t>(PySequence_Fast_GET_SIZE(o)),
                                    out, count, rest);
        } else {
            unpacked = unpack_iterator(o, out, count, rest);
        }
    }
    if (unpacked) return 0;
    clear_registers(out, out + count + (rest ? 1 : 0));
    return -1;
}

}  // namespace catena
