#include "vm/core_lazy.hpp"

#include <cstring>

#include "lang/static_type.hpp"
#include "vm/core_support.hpp"
#include "vm/stack.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

struct LazyWalk;

// How a walk begins and goes on. `next` answers a new reference, or null at the end or with the error set.
struct LazyKind {
    const char* name;
    bool (*start)(LazyWalk*);
    PyObject* (*next)(LazyWalk*);
};

struct LazySeq {
    PyObject_HEAD
    const LazyKind* kind;
    PyObject* a;  // owned, what the kind needs
    PyObject* b;
    Py_ssize_t n;
    Py_ssize_t m;
    bool never_ends;
};

struct LazyWalk {
    PyObject_HEAD
    const LazyKind* kind;  // null when the walk is over
    LazySeq* seq;          // owned
    PyObject* source;      // owned: an iterator, or a list of them
    PyObject* extra;       // owned
    Value state;           // owned
    Py_ssize_t n;
};

// The next item of any iterator; null at its end or with the error set.
PyObject* next_of(PyObject* iterator) {
    PyObject* item = Py_TYPE(iterator)->tp_iternext(iterator);
    if (item == nullptr && PyErr_Occurred() != nullptr && PyErr_ExceptionMatches(PyExc_StopIteration)) PyErr_Clear();
    return item;
}

bool nothing_to_start(LazyWalk*) { return true; }

bool open_source(LazyWalk* walk) {
    walk->source = PyObject_GetIter(walk->seq->a);
    return walk->source != nullptr;
}

PyObject* repeat_next(LazyWalk* walk) { return Py_NewRef(walk->seq->a); }

PyObject* cycle_next(LazyWalk* walk) {
    PyObject* items = walk->seq->a;
    if (walk->n >= PyList_GET_SIZE(items)) walk->n = 0;
    return PyList_GET_SIZE(items) == 0 ? nullptr : Py_NewRef(PyList_GET_ITEM(items, walk->n++));
}

PyObject* iterate_next(LazyWalk* walk) {
    Value next;
    if (walk->state.is_missing()) {
        next = borrow_value(walk->seq->b);
    } else {
        const Held last(keep(walk->state));
        next = call_value(Value::object(walk->seq->a), &last.get(), 1);
        if (next.is_error()) return nullptr;
    }
    const Value old = walk->state;
    walk->state = next;
    PyObject* item = new_object(next);
    old.release();
    return item;
}

PyObject* repeatedly_next(LazyWalk* walk) {
    const Held made(call_value(Value::object(walk->seq->a), nullptr, 0));
    return made.failed() ? nullptr : new_object(made.get());
}

bool drop_start(LazyWalk* walk) {
    if (!open_source(walk)) return false;
    for (Py_ssize_t i = 0; i < walk->seq->n; ++i) {
        const Ref item = steal(next_of(walk->source));
        if (!item) return PyErr_Occurred() == nullptr;
    }
    return true;
}

PyObject* source_next(LazyWalk* walk) { return next_of(walk->source); }

// The last part of a concatenation, when it is lazy itself, takes the place of the walk: so a sequence that was built by
// one `cons` after the other is walked without a level of calls for each. Answers whether that was done.
bool walk_goes_on_in(LazyWalk* walk, PyObject* part);
extern const LazyKind concat_kind;

PyObject* concat_next(LazyWalk* walk) {
    for (;;) {
        if (walk->source == nullptr) {
            const Ref parts = borrow(walk->seq->a);
            if (walk->n >= PyList_GET_SIZE(parts.get())) return nullptr;
            PyObject* part = PyList_GET_ITEM(parts.get(), walk->n++);
            if (part == Py_None) continue;
            if (walk->n == PyList_GET_SIZE(parts.get()) && walk_goes_on_in(walk, part)) {
                if (walk->kind == &concat_kind) continue;
                return walk->kind->start(walk) ? walk->kind->next(walk) : nullptr;
            }
            walk->source = PyObject_GetIter(part);
            if (walk->source == nullptr) return nullptr;
        }
        const Ref source = borrow(walk->source);
        PyObject* item = next_of(source.get());
        if (item != nullptr || PyErr_Occurred() != nullptr) return item;
        Py_CLEAR(walk->source);
    }
}

bool open_sources(LazyWalk* walk) {
    PyObject* sources = walk->seq->a;
    const Py_ssize_t n = PyList_GET_SIZE(sources);
    Ref open = steal(PyList_New(0));
    for (Py_ssize_t i = 0; open && i < n; ++i) {
        const Ref source = steal(PyObject_GetIter(PyList_GET_ITEM(sources, i)));
        if (!source || PyList_Append(open.get(), source.get()) < 0) return false;
    }
    walk->source = open.release();
    return walk->source != nullptr;
}

// A tuple of the next item of each source.
PyObject* zip_next(LazyWalk* walk) {
    const Ref sources = borrow(walk->source);
    const Py_ssize_t n = PyList_GET_SIZE(sources.get());
    Ref round = steal(PyTuple_New(n));
    for (Py_ssize_t i = 0; round && i < n; ++i) {
        PyObject* item = next_of(PyList_GET_ITEM(sources.get(), i));
        if (item == nullptr) return nullptr;
        PyTuple_SET_ITEM(round.get(), i, item);
    }
    return round.release();
}

PyObject* interleave_next(LazyWalk* walk) {
    if (walk->extra == nullptr || walk->n >= PyTuple_GET_SIZE(walk->extra)) {
        PyObject* round = zip_next(walk);
        if (round == nullptr) return nullptr;
        Py_XSETREF(walk->extra, round);
        walk->n = 0;
    }
    return Py_NewRef(PyTuple_GET_ITEM(walk->extra, walk->n++));
}

bool enumerate_start(LazyWalk* walk) {
    walk->source =
        PyObject_CallFunctionObjArgs(reinterpret_cast<PyObject*>(&PyEnum_Type), walk->seq->a, walk->seq->b, nullptr);
    return walk->source != nullptr;
}

// Item, separator, item, …: `extra` is the item that follows the separator just given.
PyObject* interpose_next(LazyWalk* walk) {
    if (walk->extra != nullptr) return std::exchange(walk->extra, nullptr);
    PyObject* item = next_of(walk->source);
    if (item == nullptr || walk->n++ == 0) return item;
    Py_XSETREF(walk->extra, item);
    return Py_NewRef(walk->seq->b);
}

PyObject* partition_next(LazyWalk* walk) {
    const Py_ssize_t size = walk->seq->n;
    const Py_ssize_t step = walk->seq->m;
    // What this part shares with the one before it, or else the gap between them.
    Ref part = walk->extra != nullptr && step < size ? slice_of(walk->extra, step, size) : steal(PyList_New(0));
    if (!part) return nullptr;
    for (Py_ssize_t gap = walk->extra != nullptr ? step - size : 0; gap > 0; --gap) {
        const Ref skipped = steal(next_of(walk->source));
        if (!skipped) return nullptr;
    }
    while (PyList_GET_SIZE(part.get()) < size) {
        const Ref item = steal(next_of(walk->source));
        if (!item || PyList_Append(part.get(), item.get()) < 0) return nullptr;
    }
    PyObject* remembered = PyList_GetSlice(part.get(), 0, size);
    if (remembered == nullptr) return nullptr;
    Py_XSETREF(walk->extra, remembered);
    return part.release();
}

PyObject* take_nth_next(LazyWalk* walk) {
    for (Py_ssize_t i = 1; walk->n > 0 && i < walk->seq->n; ++i) {
        const Ref skipped = steal(next_of(walk->source));
        if (!skipped) return nullptr;
    }
    walk->n = 1;
    return next_of(walk->source);
}

bool distinct_start(LazyWalk* walk) {
    walk->extra = Seen::fresh().release();
    return walk->extra != nullptr && open_source(walk);
}

PyObject* distinct_next(LazyWalk* walk) {
    for (;;) {
        Ref item = steal(next_of(walk->source));
        if (!item) return nullptr;
        const Ref extra = borrow(walk->extra);
        const int fresh = Seen(extra.get()).add(item.get());
        if (fresh < 0) return nullptr;
        if (fresh == 1) return item.release();
        if (PyErr_CheckSignals() < 0) return nullptr;
    }
}

PyObject* dedupe_next(LazyWalk* walk) {
    for (;;) {
        Ref item = steal(next_of(walk->source));
        if (!item) return nullptr;
        const Ref last = borrow(walk->extra);
        const int same = last ? PyObject_RichCompareBool(item.get(), last.get(), Py_EQ) : 0;
        if (same < 0) return nullptr;
        if (same == 0) {
            Py_XSETREF(walk->extra, Py_NewRef(item.get()));
            return item.release();
        }
        if (PyErr_CheckSignals() < 0) return nullptr;
    }
}

constexpr LazyKind repeat_kind{"repeat", nothing_to_start, repeat_next};
constexpr LazyKind cycle_kind{"cycle", nothing_to_start, cycle_next};
constexpr LazyKind iterate_kind{"iterate", nothing_to_start, iterate_next};
constexpr LazyKind repeatedly_kind{"repeatedly", nothing_to_start, repeatedly_next};
// A walk of this kind is the iterator that the function `a` makes.
constexpr LazyKind made_kind{"lazy-seq*", nothing_to_start, nullptr};
constexpr LazyKind drop_kind{"drop", drop_start, source_next};
const LazyKind concat_kind{"concat", nothing_to_start, concat_next};
constexpr LazyKind zip_kind{"zip", open_sources, zip_next};
constexpr LazyKind interleave_kind{"interleave", open_sources, interleave_next};
constexpr LazyKind enumerate_kind{"enumerate", enumerate_start, source_next};
constexpr LazyKind interpose_kind{"interpose", open_source, interpose_next};
constexpr LazyKind partition_kind{"partition", open_source, partition_next};
constexpr LazyKind take_nth_kind{"take-nth", open_source, take_nth_next};
constexpr LazyKind distinct_kind{"distinct", distinct_start, distinct_next};
constexpr LazyKind dedupe_kind{"dedupe", open_source, dedupe_next};

// By name, for pickling.
const LazyKind* const kinds[] = {&repeat_kind,    &cycle_kind,     &iterate_kind,  &repeatedly_kind, &made_kind,
                                 &drop_kind,      &concat_kind,    &zip_kind,      &interleave_kind, &enumerate_kind,
                                 &interpose_kind, &partition_kind, &take_nth_kind, &distinct_kind,   &dedupe_kind};

bool needs_list(const LazyKind* kind) {
    return kind == &cycle_kind || kind == &concat_kind || kind == &zip_kind || kind == &interleave_kind;
}

Ref make_seq(const LazyKind& kind, PyObject* a, PyObject* b = nullptr, Py_ssize_t n = 0, Py_ssize_t m = 0,
             bool never_ends = true) {
    auto* seq = PyObject_GC_New(LazySeq, &lazy_seq_type);
    if (seq == nullptr) return {};
    seq->kind = &kind;
    seq->a = Py_XNewRef(a);
    seq->b = Py_XNewRef(b);
    seq->n = n;
    seq->m = m;
    seq->never_ends = never_ends;
    PyObject_GC_Track(seq);
    return steal(reinterpret_cast<PyObject*>(seq));
}

LazySeq* as_seq(PyObject* o) { return reinterpret_cast<LazySeq*>(o); }
LazyWalk* as_walk(PyObject* o) { return reinterpret_cast<LazyWalk*>(o); }

bool walk_goes_on_in(LazyWalk* walk, PyObject* part) {
    if (!is_lazy_seq(part) || as_seq(part)->kind == &made_kind) return false;
    walk->kind = as_seq(part)->kind;
    walk->n = 0;
    take(walk->state).release();
    walk->state = Value::missing();
    Py_CLEAR(walk->extra);
    Py_SETREF(walk->seq, as_seq(Py_NewRef(part)));
    return true;
}

// Walks of sequences over sequences call each other.
bool has_stack_left() {
    const Thread* thread = this_thread();
    return thread != nullptr && c_stack_left(*thread);
}

PyObject* seq_iter(PyObject* self) {
    if (!has_stack_left()) return nullptr;
    LazySeq* seq = as_seq(self);
    if (seq->kind == &made_kind) {
        const Held made(call_value(Value::object(seq->a), nullptr, 0));
        if (made.failed()) return nullptr;
        const Ref iterable = boxed(made.get());
        return iterable ? PyObject_GetIter(iterable.get()) : nullptr;
    }
    auto* walk = PyObject_GC_New(LazyWalk, &lazy_walk_type);
    if (walk == nullptr) return nullptr;
    walk->kind = seq->kind;
    walk->seq = reinterpret_cast<LazySeq*>(Py_NewRef(self));
    walk->source = nullptr;
    walk->extra = nullptr;
    walk->state = Value::missing();
    walk->n = 0;
    Ref made = steal(reinterpret_cast<PyObject*>(walk));
    PyObject_GC_Track(walk);
    return walk->kind->start(walk) ? made.release() : nullptr;
}

PyObject* walk_next(PyObject* self) {
    LazyWalk* walk = as_walk(self);
    if (walk->kind == nullptr || !has_stack_left()) return nullptr;
    PyObject* item = walk->kind->next(walk);
    if (item == nullptr) walk->kind = nullptr;
    return item;
}

int seq_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(as_seq(self)->a);
    Py_VISIT(as_seq(self)->b);
    return 0;
}

int seq_clear(PyObject* self) {
    Py_CLEAR(as_seq(self)->a);
    Py_CLEAR(as_seq(self)->b);
    return 0;
}

int walk_traverse(PyObject* self, visitproc visit, void* arg) {
    LazyWalk* walk = as_walk(self);
    Py_VISIT(walk->seq);
    Py_VISIT(walk->source);
    Py_VISIT(walk->extra);
    if (walk->state.is_object()) Py_VISIT(walk->state.as_object());
    return 0;
}

int walk_clear(PyObject* self) {
    LazyWalk* walk = as_walk(self);
    walk->kind = nullptr;
    Py_CLEAR(walk->seq);
    Py_CLEAR(walk->source);
    Py_CLEAR(walk->extra);
    take(walk->state).release();
    return 0;
}

template <inquiry clear>
void lazy_dealloc(PyObject* self) {
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, lazy_dealloc<clear>)
    clear(self);
    PyObject_GC_Del(self);
    Py_TRASHCAN_END
}

// The name of what a function of stdlib makes, map and its kin, says nothing.
PyObject* seq_repr(PyObject* self) {
    const LazyKind* kind = as_seq(self)->kind;
    if (kind == &made_kind) return PyUnicode_FromString("<lazy sequence>");
    return PyUnicode_FromFormat("<lazy sequence %s>", kind->name);
}

// LazySeq(kind, a, b, n, m, never_ends): what __reduce__ asks for. What it is given may come from anywhere.
PyObject* seq_new(PyTypeObject*, PyObject* args, PyObject* kwargs) {
    static const char* names[] = {"kind", "a", "b", "n", "m", "never_ends", nullptr};
    const char* name;
    PyObject* a;
    PyObject* b;
    Py_ssize_t n;
    Py_ssize_t m;
    int never_ends;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "sOOnnp:LazySeq", const_cast<char**>(names), &name, &a, &b, &n, &m,
                                     &never_ends)) {
        return nullptr;
    }
    for (const LazyKind* kind : kinds) {
        if (std::strcmp(kind->name, name) != 0) continue;
        if ((needs_list(kind) && (!PyList_CheckExact(a) || PyList_GET_SIZE(a) == 0)) || n < 0 || m < 0 ||
            (kind == &partition_kind && (n == 0 || m == 0))) {
            break;
        }
        return make_seq(*kind, a, b, n, m, never_ends != 0).release();
    }
    return PyErr_Format(PyExc_ValueError, "there is no lazy sequence of this kind: %s", name);
}

PyObject* seq_reduce(PyObject* self, PyObject*) {
    const LazySeq* seq = as_seq(self);
    return Py_BuildValue("O(sOOnnO)", Py_TYPE(self), seq->kind->name, seq->a, seq->b != nullptr ? seq->b : Py_None,
                         seq->n, seq->m, seq->never_ends ? Py_True : Py_False);
}

// Python's list(), tuple() and splats ask for this before they begin to collect what would never end.
PyObject* length_hint_of(const LazySeq* seq) {
    if (seq == nullptr || !seq->never_ends) Py_RETURN_NOTIMPLEMENTED;
    PyErr_SetString(PyExc_ValueError, "this sequence never ends, so its items cannot be collected");
    return nullptr;
}

PyObject* seq_length_hint(PyObject* self, PyObject*) { return length_hint_of(as_seq(self)); }
PyObject* walk_length_hint(PyObject* self, PyObject*) { return length_hint_of(as_walk(self)->seq); }

PyMethodDef seq_methods[] = {
    {"__length_hint__", seq_length_hint, METH_NOARGS, nullptr},
    {"__reduce__", seq_reduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyMethodDef walk_methods[] = {
    {"__length_hint__", walk_length_hint, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

}  // namespace

PyTypeObject lazy_seq_type = blank_type("catena.LazySeq", sizeof(LazySeq),
                                        "A sequence that makes its items while it is walked, again at every walk.");
PyTypeObject lazy_walk_type = blank_type("catena.LazyIterator", sizeof(LazyWalk), "One walk over a LazySeq.");

bool lazy_seq_never_ends(PyObject* seq) { return as_seq(seq)->never_ends; }

Result<void> ready_lazy_types() {
    lazy_seq_type.tp_flags |= Py_TPFLAGS_HAVE_GC;
    lazy_seq_type.tp_new = seq_new;
    lazy_seq_type.tp_iter = seq_iter;
    lazy_seq_type.tp_methods = seq_methods;
    lazy_seq_type.tp_repr = seq_repr;
    lazy_seq_type.tp_traverse = seq_traverse;
    lazy_seq_type.tp_clear = seq_clear;
    lazy_seq_type.tp_dealloc = lazy_dealloc<seq_clear>;
    lazy_walk_type.tp_flags |= Py_TPFLAGS_HAVE_GC;
    lazy_walk_type.tp_iter = PyObject_SelfIter;
    lazy_walk_type.tp_iternext = walk_next;
    lazy_walk_type.tp_methods = walk_methods;
    lazy_walk_type.tp_traverse = walk_traverse;
    lazy_walk_type.tp_clear = walk_clear;
    lazy_walk_type.tp_dealloc = lazy_dealloc<walk_clear>;
    auto done = ready(lazy_seq_type);
    return done ? ready(lazy_walk_type) : done;
}

Ref lazy_repeat(PyObject* item) { return make_seq(repeat_kind, item); }
Ref lazy_cycle(PyObject* items) { return make_seq(cycle_kind, items); }
Ref lazy_iterate(PyObject* f, PyObject* x) { return make_seq(iterate_kind, f, x); }
Ref lazy_repeatedly(PyObject* f) { return make_seq(repeatedly_kind, f); }
Ref lazy_made(PyObject* f, bool never_ends) { return make_seq(made_kind, f, nullptr, 0, 0, never_ends); }
Ref lazy_drop(PyObject* source, Py_ssize_t n) {
    // Dropping from what was dropped is one walk, so `rest` after `rest` does not pile up.
    if (is_lazy_seq(source) && as_seq(source)->kind == &drop_kind) {
        return make_seq(drop_kind, as_seq(source)->a, nullptr, as_seq(source)->n + n);
    }
    return make_seq(drop_kind, source, nullptr, n);
}
Ref lazy_concat(PyObject* sources) { return make_seq(concat_kind, sources); }
Ref lazy_zip(PyObject* sources) { return make_seq(zip_kind, sources); }
Ref lazy_interleave(PyObject* sources) { return make_seq(interleave_kind, sources); }
Ref lazy_enumerate(PyObject* source, PyObject* start) { return make_seq(enumerate_kind, source, start); }
Ref lazy_interpose(PyObject* separator, PyObject* source) { return make_seq(interpose_kind, source, separator); }
Ref lazy_partition(PyObject* source, Py_ssize_t size, Py_ssize_t step) {
    return make_seq(partition_kind, source, nullptr, size, step);
}
Ref lazy_take_nth(PyObject* source, Py_ssize_t n) { return make_seq(take_nth_kind, source, nullptr, n); }
Ref lazy_distinct(PyObject* source) { return make_seq(distinct_kind, source); }
Ref lazy_dedupe(PyObject* source) { return make_seq(dedupe_kind, source); }

}  // namespace catena
