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
    constexpr std::size_t few = 16;
    Keyed<Number> few_items[few];
    std::unique_ptr<Keyed<Number>, Free> memory;
    if (size > few) {
        memory.reset(static_cast<Keyed<Number>*>(PyMem_Malloc(size * sizeof(Keyed<Number>))));
        if (!memory) return false;
    }
    Keyed<Number>* items = size > few ? memory.get() : few_items;
    PyObject** slots = reinterpret_cast<PyListObject*>(list)->ob_item;
    for (std::size_t i = 0; i < size; ++i) {
        items[i].item = slots[i];
        if (!read(slots[i], &items[i].key)) return false;
    }
    if (std::is_sorted(items, items + size)) return true;
    if (size > few) {
        std::stable_sort(items, items + size);
    } else {
        for (Keyed<Number>* next = items + 1; next != items + size; ++next)
            std::rotate(std::upper_bound(items, next, *next), next, next + 1);
    }
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
