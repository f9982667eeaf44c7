#include "bridge/sort_numbers.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>

#include "bridge/value.hpp"

namespace catena {

namespace {

template <class Number>
struct Keyed {
    Number key;
    PyObject* item;
    friend bool operator<(const Keyed& a, const Keyed& b) { return a.key < b.key; }
};

struct Free {
    void operator()(void* memory) const { PyMem_Free(memory); }
};

// `read(item, &key)`: false for an item that has no such key.
template <class Number, class Read>
bool sort_by_key(PyObject* list, Read read) {
    const auto size = static_cast<std::size_t>(PyList_GET_SIZE(list));
    std::unique_ptr<Keyed<Number>, Free> memory(
        static_cast<Keyed<Number>*>(PyMem_Malloc(size * sizeof(Keyed<Number>))));
    Keyed<Number>* items = memory.get();
    if (items == nullptr) return false;
    PyObject** slots = reinterpret_cast<PyListObject*>(list)->ob_item;
    for (std::size_t i = 0; i < size; ++i) {
        items[i].item = slots[i];
        if (!read(slots[i], &items[i].key)) return false;
    }
    if (std::is_sorted(items, items + size)) return true;
    std::stable_sort(items, items + size);
    for (std::size_t i = 0; i < size; ++i) slots[i] = items[i].item;
    return true;
}

}  // namespace

bool sort_numbers(PyObject* list) {
    if (PyList_GET_SIZE(list) < 2) return true;
    PyObject* first = PyList_GET_ITEM(list, 0);
    if (PyLong_CheckExact(first)) {
        return sort_by_key<std::int64_t>(list, [](PyObject* item, std::int64_t* key) {
            return PyLong_CheckExact(item) && read_small_int(item, key);
        });
    }
    if (PyFloat_CheckExact(first)) {
        return sort_by_key<double>(list, [](PyObject* item, double* key) {
            if (!PyFloat_CheckExact(item)) return false;
            *key = PyFloat_AS_DOUBLE(item);
            return *key == *key;
        });
    }
    return false;
}

}  // namespace catena
