// List, `catena.List`: the immutable linked list that code is made of, a Python Sequence. Every cell knows how
// many items start at it, so `len` is a load. The empty list is one object, whose `rest` is itself. The
// collector tracks a cell only when something below it can be part of a cycle. Nothing here recurses on the
// C++ stack, neither along `rest` nor into nested Lists.
#pragma once

#include <cstddef>
#include <iterator>

#include "bridge/ref.hpp"

namespace catena {

struct ListObject {
    PyObject_HEAD
    PyObject* first;   // owned; null in the empty list
    ListObject* rest;  // owned; null in the empty list
    Py_ssize_t count;
};

extern PyTypeObject list_type;

[[nodiscard]] inline bool is_list(PyObject* o) { return Py_TYPE(o) == &list_type; }

// The empty list.
[[nodiscard]] Ref empty_list();

// A List of `first` and then the items of `rest`, which is a List. Empty with the error indicator set when
// memory is short.
[[nodiscard]] Ref make_list(PyObject* first, PyObject* rest);

// A List of n items, in front of `tail` (a List, or null for none).
[[nodiscard]] Ref list_from(PyObject* const* items, std::size_t n, PyObject* tail = nullptr);

// The same without a tail; takes over the references to the items. On an error they are still the caller's.
[[nodiscard]] Ref list_of_owned(PyObject* const* items, std::size_t n);

// A List of what any iterable gives, in front of `tail` (a List, or null for none). A List without a tail
// gives itself. Empty with the error indicator set when iterating raises.
[[nodiscard]] Ref list_from(PyObject* iterable, PyObject* tail = nullptr);

// Borrowed: the first item (null in the empty list), and the List of the others (empty in the empty list).
[[nodiscard]] inline PyObject* list_first(PyObject* list) { return reinterpret_cast<ListObject*>(list)->first; }
[[nodiscard]] inline PyObject* list_rest(PyObject* list) {
    ListObject* rest = reinterpret_cast<ListObject*>(list)->rest;
    return rest == nullptr ? list : reinterpret_cast<PyObject*>(rest);
}
[[nodiscard]] inline Py_ssize_t list_count(PyObject* list) { return reinterpret_cast<ListObject*>(list)->count; }

// The i-th item, borrowed. Precondition: 0 <= i < list_count(list).
[[nodiscard]] inline PyObject* list_item(PyObject* list, Py_ssize_t i) {
    auto* cell = reinterpret_cast<ListObject*>(list);
    for (; i > 0; --i) cell = cell->rest;
    return cell->first;
}

// Walks the items of a List: `for (PyObject* item : items_of(list))`. The items are borrowed, the list must
// be held by the caller.
class ListItems {
public:
    class iterator {
    public:
        explicit iterator(ListObject* cell) : cell_(cell) {}
        PyObject* operator*() const { return cell_->first; }
        iterator& operator++() {
            cell_ = cell_->rest;
            return *this;
        }
        bool operator!=(std::default_sentinel_t) const { return cell_->count != 0; }

    private:
        ListObject* cell_;
    };
    explicit ListItems(PyObject* list) : head_(reinterpret_cast<ListObject*>(list)) {}
    [[nodiscard]] iterator begin() const { return iterator(head_); }
    [[nodiscard]] std::default_sentinel_t end() const { return {}; }

private:
    ListObject* head_;
};
[[nodiscard]] inline ListItems items_of(PyObject* list) { return ListItems(list); }

}  // namespace catena
