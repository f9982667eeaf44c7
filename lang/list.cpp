#include "lang/list.hpp"

#include <new>
#include <vector>

#include "lang/list_algorithms.hpp"
#include "lang/printer.hpp"
#include "lang/static_type.hpp"

namespace catena {

PyTypeObject list_type =
    blank_type("catena.List", sizeof(ListObject), "List(iterable=(), /)\n--\n\nAn immutable linked list, a Sequence.");

namespace {

struct ListIterator {
    PyObject_HEAD
    PyObject* list;  // what is left, owned; null after the end
};

PyTypeObject list_iterator_type = blank_type("catena.list_iterator", sizeof(ListIterator), nullptr);

PyObject* the_empty_list = nullptr;

// Cells that are free, chained by `rest`. They go round so fast that the allocator is half the cost of a cons.
ListObject* free_cells = nullptr;
int free_count = 0;
#ifdef CATENA_STRESS
constexpr int max_free = 0;
#else
constexpr int max_free = 2048;
#endif

ListObject* as_list(PyObject* o) { return reinterpret_cast<ListObject*>(o); }
PyObject* as_object(ListObject* list) { return reinterpret_cast<PyObject*>(list); }

// An exact tuple or a List that the collector does not track can never become part of a cycle.
bool may_be_in_cycle(PyObject* o) {
    if (!PyObject_IS_GC(o)) return false;
    return !(is_list(o) || PyTuple_CheckExact(o)) || PyObject_GC_IsTracked(o);
}

ListObject* new_cell() {
    if (free_cells != nullptr) {
        ListObject* cell = free_cells;
        free_cells = cell->rest;
        --free_count;
        PyObject_Init(as_object(cell), &list_type);
        return cell;
    }
    return PyObject_GC_New(ListObject, &list_type);
}

void free_cell(ListObject* cell) {
    if (free_count < max_free) {
        cell->rest = free_cells;
        free_cells = cell;
        ++free_count;
    } else {
        PyObject_GC_Del(cell);
    }
}

// Takes over both references. Null when memory is short: then both are still the caller's.
ListObject* cons_owned(PyObject* first, ListObject* rest) {
    ListObject* cell = new_cell();
    if (cell == nullptr) return nullptr;
    cell->first = first;
    cell->rest = rest;
    cell->count = rest->count + 1;
    if (may_be_in_cycle(first) || PyObject_GC_IsTracked(as_object(rest))) PyObject_GC_Track(cell);
    return cell;
}

// Takes over the reference to `rest`, also when it fails, and adds one to `first`.
ListObject* cons(PyObject* first, ListObject* rest) {
    ListObject* cell = cons_owned(first, rest);
    if (cell == nullptr) {
        Py_DECREF(rest);
        return nullptr;
    }
    Py_INCREF(first);
    return cell;
}

void list_dealloc(PyObject* self) {
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, list_dealloc)
    // The cells behind this one go in this loop as long as nobody else holds them.
    for (ListObject* cell = as_list(self); cell != nullptr;) {
        PyObject* first = cell->first;
        ListObject* rest = cell->rest;
        free_cell(cell);
        Py_XDECREF(first);
        if (rest != nullptr && Py_REFCNT(rest) == 1) {
            PyObject_GC_UnTrack(rest);
        } else {
            Py_XDECREF(rest);
            rest = nullptr;
        }
        cell = rest;
    }
    Py_TRASHCAN_END
}

int list_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(as_list(self)->first);
    Py_VISIT(as_list(self)->rest);
    return 0;
}

PyObject* list_new(PyTypeObject*, PyObject* args, PyObject* kwargs) {
    if (kwargs != nullptr && PyDict_GET_SIZE(kwargs) > 0) {
        PyErr_SetString(PyExc_TypeError, "List() takes no keyword arguments");
        return nullptr;
    }
    PyObject* iterable = nullptr;
    if (!PyArg_UnpackTuple(args, "List", 0, 1, &iterable)) return nullptr;
    return (iterable == nullptr ? empty_list() : list_from(iterable)).release();
}

PyObject* list_repr(PyObject* self) {
    Result<Ref> text = repr(self);
    return text ? text->release() : nullptr;
}

PyObject* list_compare(PyObject* a, PyObject* b, int op) {
    if ((op != Py_EQ && op != Py_NE) || !(is_list(b) || PyList_Check(b))) Py_RETURN_NOTIMPLEMENTED;
    const int equal = a == b ? 1 : lists_equal(a, b);
    if (equal < 0) return nullptr;
    return PyBool_FromLong((equal == 1) == (op == Py_EQ));
}

PyObject* list_iter(PyObject* self) {
    auto* iterator = PyObject_GC_New(ListIterator, &list_iterator_type);
    if (iterator == nullptr) return nullptr;
    iterator->list = Py_NewRef(self);
    PyObject_GC_Track(iterator);
    return reinterpret_cast<PyObject*>(iterator);
}

Py_ssize_t list_length(PyObject* self) { return list_count(self); }

PyObject* list_get_item(PyObject* self, Py_ssize_t i) {
    if (i < 0 || i >= list_count(self)) {
        PyErr_SetString(PyExc_IndexError, "List index out of range");
        return nullptr;
    }
    return Py_NewRef(list_item(self, i));
}

PyObject* list_slice(PyObject* self, PyObject* slice) try {
    Py_ssize_t start = 0;
    Py_ssize_t stop = 0;
    Py_ssize_t step = 0;
    if (PySlice_Unpack(slice, &start, &stop, &step) < 0) return nullptr;
    const Py_ssize_t count = PySlice_AdjustIndices(list_count(self), &start, &stop, step);
    if (count == 0) return empty_list().release();
    if (step == 1 && stop == list_count(self)) {
        ListObject* cell = as_list(self);
        while (start-- > 0) cell = cell->rest;
        return Py_NewRef(as_object(cell));
    }
    std::vector<PyObject*> all;
    all.reserve(static_cast<std::size_t>(list_count(self)));
    for (PyObject* item : items_of(self)) all.push_back(item);
    std::vector<PyObject*> picked;
    picked.reserve(static_cast<std::size_t>(count));
    for (Py_ssize_t i = 0; i < count; ++i) picked.push_back(all[static_cast<std::size_t>(start + i * step)]);
    return list_from(picked.data(), picked.size()).release();
} catch (const std::bad_alloc&) {
    return PyErr_NoMemory();
}

PyObject* list_subscript(PyObject* self, PyObject* key) {
    if (PySlice_Check(key)) return list_slice(self, key);
    if (!PyIndex_Check(key)) {
        PyErr_Format(PyExc_TypeError, "List indices must be integers or slices, not %.100s", Py_TYPE(key)->tp_name);
        return nullptr;
    }
    Py_ssize_t i = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (i == -1 && PyErr_Occurred()) return nullptr;
    if (i < 0) i += list_count(self);
    return list_get_item(self, i);
}

PyObject* list_concat(PyObject* a, PyObject* b) {
    if (!is_list(a) || !(is_list(b) || PyList_Check(b))) {
        PyErr_Format(PyExc_TypeError, "a List can only be concatenated with a List or list, not %.100s",
                     Py_TYPE(is_list(a) ? b : a)->tp_name);
        return nullptr;
    }
    const Ref tail = list_from(b);
    return tail ? list_from(a, tail.get()).release() : nullptr;
}

int list_contains(PyObject* self, PyObject* wanted) {
    for (PyObject* item : items_of(self)) {
        const int same = PyObject_RichCompareBool(item, wanted, Py_EQ);
        if (same != 0) return same;
    }
    return 0;
}

PyObject* list_index(PyObject* self, PyObject* args) {
    PyObject* wanted = nullptr;
    Py_ssize_t start = 0;
    Py_ssize_t stop = PY_SSIZE_T_MAX;
    if (!PyArg_ParseTuple(args, "O|nn:index", &wanted, &start, &stop)) return nullptr;
    const Py_ssize_t count = list_count(self);
    if (start < 0) start = start + count < 0 ? 0 : start + count;
    if (stop < 0) stop += count;
    Py_ssize_t i = 0;
    for (PyObject* item : items_of(self)) {
        if (i >= stop) break;
        if (i >= start) {
            const int same = PyObject_RichCompareBool(item, wanted, Py_EQ);
            if (same < 0) return nullptr;
            if (same == 1) return PyLong_FromSsize_t(i);
        }
        ++i;
    }
    return PyErr_Format(PyExc_ValueError, "%R is not in List", wanted);
}

PyObject* list_count_of(PyObject* self, PyObject* wanted) {
    Py_ssize_t n = 0;
    for (PyObject* item : items_of(self)) {
        const int same = PyObject_RichCompareBool(item, wanted, Py_EQ);
        if (same < 0) return nullptr;
        n += same;
    }
    return PyLong_FromSsize_t(n);
}

PyObject* list_reversed(PyObject* self, PyObject*) {
    const Ref items = steal(PySequence_List(self));
    if (!items || PyList_Reverse(items.get()) < 0) return nullptr;
    return PyObject_GetIter(items.get());
}

PyObject* list_reduce(PyObject* self, PyObject*) {
    const Ref items = steal(PySequence_Tuple(self));
    return items ? Py_BuildValue("O(O)", Py_TYPE(self), items.get()) : nullptr;
}

PyObject* list_deepcopy(PyObject* self, PyObject* memo) { return deep_copy_of_list(self, memo).release(); }

PyObject* list_get_first(PyObject* self, void*) {
    PyObject* first = list_first(self);
    return Py_NewRef(first == nullptr ? Py_None : first);
}

PyObject* list_get_rest(PyObject* self, void*) { return Py_NewRef(list_rest(self)); }

void iterator_dealloc(PyObject* self) {
    PyObject_GC_UnTrack(self);
    Py_XDECREF(reinterpret_cast<ListIterator*>(self)->list);
    PyObject_GC_Del(self);
}

int iterator_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(reinterpret_cast<ListIterator*>(self)->list);
    return 0;
}

PyObject* iterator_next(PyObject* self) {
    auto* iterator = reinterpret_cast<ListIterator*>(self);
    if (iterator->list == nullptr) return nullptr;
    if (list_count(iterator->list) == 0) {
        Py_CLEAR(iterator->list);
        return nullptr;
    }
    PyObject* list = iterator->list;
    PyObject* item = Py_NewRef(list_first(list));
    iterator->list = Py_NewRef(list_rest(list));
    Py_DECREF(list);
    return item;
}

Ref rest_of_iterator(PyObject* self) {
    PyObject* list = reinterpret_cast<ListIterator*>(self)->list;
    return list == nullptr ? empty_list() : borrow(list);
}

PyObject* iterator_length_hint(PyObject* self, PyObject*) {
    return PyLong_FromSsize_t(list_count(rest_of_iterator(self).get()));
}

PyObject* iterator_reduce(PyObject* self, PyObject*) {
    const Ref rest = rest_of_iterator(self);
    const Ref builtin_iter = steal(PyMapping_GetItemString(PyEval_GetBuiltins(), "iter"));
    return builtin_iter ? Py_BuildValue("O(O)", builtin_iter.get(), rest.get()) : nullptr;
}

PySequenceMethods list_as_sequence{};
PyMappingMethods list_as_mapping{};

PyMethodDef list_methods[] = {
    {"index", list_index, METH_VARARGS, "index(value, start=0, stop=sys.maxsize, /)\n--\n\nWhere value is first."},
    {"count", list_count_of, METH_O, "count(value, /)\n--\n\nHow many items equal value."},
    {"__reversed__", list_reversed, METH_NOARGS, nullptr},
    {"__reduce__", list_reduce, METH_NOARGS, nullptr},
    {"__copy__", same_object, METH_NOARGS, nullptr},
    {"__deepcopy__", list_deepcopy, METH_O, nullptr},
    {"__class_getitem__", Py_GenericAlias, METH_O | METH_CLASS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef list_properties[] = {
    {"first", list_get_first, nullptr, "The first item, None in the empty List.", nullptr},
    {"rest", list_get_rest, nullptr, "The List of the items after the first.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyMethodDef iterator_methods[] = {
    {"__length_hint__", iterator_length_hint, METH_NOARGS, nullptr},
    {"__reduce__", iterator_reduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

Result<void> ready_iterator() {
    PyTypeObject& type = list_iterator_type;
    type.tp_flags |= Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION;
    type.tp_dealloc = iterator_dealloc;
    type.tp_traverse = iterator_traverse;
    type.tp_iter = PyObject_SelfIter;
    type.tp_iternext = iterator_next;
    type.tp_methods = iterator_methods;
    return ready(type);
}

Result<void> register_as_sequence() {
    const Ref abc = steal(PyImport_ImportModule("_collections_abc"));
    const Ref sequence = abc ? steal(PyObject_GetAttrString(abc.get(), "Sequence")) : Ref();
    if (!sequence) return raised();
    const Ref done = steal(PyObject_CallMethod(sequence.get(), "register", "O", &list_type));
    if (!done) return raised();
    return {};
}

}  // namespace

Ref empty_list() { return borrow(the_empty_list); }

Ref make_list(PyObject* first, PyObject* rest) { return steal(as_object(cons(first, as_list(Py_NewRef(rest))))); }

Ref list_from(PyObject* const* items, std::size_t n, PyObject* tail) {
    ListObject* list = as_list(Py_NewRef(tail == nullptr ? the_empty_list : tail));
    while (n > 0 && list != nullptr) list = cons(items[--n], list);
    return steal(as_object(list));
}

Ref list_of_owned(PyObject* const* items, std::size_t n) {
    ListObject* list = as_list(Py_NewRef(the_empty_list));
    for (std::size_t i = n; i > 0; --i) {
        ListObject* cell = cons_owned(items[i - 1], list);
        if (cell == nullptr) {
            // The cells that go now release the items behind this one, which the caller gets back.
            for (std::size_t behind = i; behind < n; ++behind) Py_INCREF(items[behind]);
            Py_DECREF(list);
            return {};
        }
        list = cell;
    }
    return steal(as_object(list));
}

Ref list_from(PyObject* iterable, PyObject* tail) {
    if (is_list(iterable) && (tail == nullptr || list_count(tail) == 0)) return borrow(iterable);
    // A tuple, because making a cell can start a collection, and that any code, which might change a list.
    const Ref items = steal(PySequence_Tuple(iterable));
    if (!items) return {};
    PyObject* const* first = reinterpret_cast<PyTupleObject*>(items.get())->ob_item;
    return list_from(first, static_cast<std::size_t>(PyTuple_GET_SIZE(items.get())), tail);
}

Result<void> ready_list_types() {
    list_as_sequence.sq_length = list_length;
    list_as_sequence.sq_concat = list_concat;
    list_as_sequence.sq_item = list_get_item;
    list_as_sequence.sq_contains = list_contains;
    list_as_mapping.mp_length = list_length;
    list_as_mapping.mp_subscript = list_subscript;

    PyTypeObject& type = list_type;
    type.tp_flags |= Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_SEQUENCE;
    type.tp_new = list_new;
    type.tp_dealloc = list_dealloc;
    type.tp_traverse = list_traverse;
    type.tp_repr = list_repr;
    type.tp_hash = hash_of_list;
    type.tp_richcompare = list_compare;
    type.tp_iter = list_iter;
    type.tp_as_sequence = &list_as_sequence;
    type.tp_as_mapping = &list_as_mapping;
    type.tp_methods = list_methods;
    type.tp_getset = list_properties;
    if (auto done = ready(type); !done) return done;
    if (auto done = ready_iterator(); !done) return done;

    ListObject* empty = PyObject_GC_New(ListObject, &list_type);
    if (empty == nullptr) return raised();
    empty->first = nullptr;
    empty->rest = nullptr;
    empty->count = 0;
    the_empty_list = as_object(empty);
    return register_as_sequence();
}

}  // namespace catena
