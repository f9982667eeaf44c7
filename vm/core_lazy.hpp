// LazySeq, `catena.LazySeq`: a sequence that makes its items while it is walked, and that can be walked again. It
// keeps how to begin a walk, never the items. One that is known never to end says so; what needs the end of it
// (`count`, `last`, `sort`) raises instead of running for ever.
#pragma once

#include "bridge/result.hpp"
#include "bridge/value.hpp"

namespace catena {

extern PyTypeObject lazy_seq_type;
extern PyTypeObject lazy_walk_type;

[[nodiscard]] inline bool is_lazy_seq(PyObject* o) { return Py_TYPE(o) == &lazy_seq_type; }
[[nodiscard]] bool lazy_seq_never_ends(PyObject* seq);

// Readies the two types. Idempotent.
[[nodiscard]] Result<void> ready_lazy_types();

// Sequences without end: one item for ever, an exact list over and over, f's answers.
[[nodiscard]] Ref lazy_repeat(PyObject* item);
[[nodiscard]] Ref lazy_cycle(PyObject* items);
[[nodiscard]] Ref lazy_iterate(PyObject* f, PyObject* x);
[[nodiscard]] Ref lazy_repeatedly(PyObject* f);

// A sequence whose every walk is over what f() answers.
[[nodiscard]] Ref lazy_made(PyObject* f, bool never_ends);

// Sequences over endless sources; all arguments are borrowed. `sources` are exact lists of iterables.
[[nodiscard]] Ref lazy_drop(PyObject* source, Py_ssize_t n);
[[nodiscard]] Ref lazy_concat(PyObject* sources);
[[nodiscard]] Ref lazy_zip(PyObject* sources);
[[nodiscard]] Ref lazy_interleave(PyObject* sources);
[[nodiscard]] Ref lazy_enumerate(PyObject* source, PyObject* start);
[[nodiscard]] Ref lazy_interpose(PyObject* separator, PyObject* source);
[[nodiscard]] Ref lazy_partition(PyObject* source, Py_ssize_t size, Py_ssize_t step);
[[nodiscard]] Ref lazy_take_nth(PyObject* source, Py_ssize_t n);
[[nodiscard]] Ref lazy_distinct(PyObject* source);
[[nodiscard]] Ref lazy_dedupe(PyObject* source);

// Which items have been seen: by hash, and by comparison where an item has no hash.
class Seen {
public:
    // Over the two containers of a walk that goes on later; made by `fresh`.
    static Ref fresh();
    explicit Seen(PyObject* state) : state_(state) {}
    // 1 when the item is new, 0 when it was seen before, -1 with the error set.
    [[nodiscard]] int add(PyObject* item) const;

private:
    PyObject* state_;  // tuple of a set and a list, borrowed
};

}  // namespace catena
