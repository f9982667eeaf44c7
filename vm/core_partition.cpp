// Cutting a sequence into parts of equal length.
#include "lang/list.hpp"
#include "vm/core_lazy.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"

namespace catena {

namespace {

bool read_positive(const Value& v, Py_ssize_t* n, const char* who, const char* what) {
    if (!read_integer(v, n, who, what)) return false;
    if (*n > 0) return true;
    PyErr_Format(PyExc_ValueError, "%s: the %s must be at least 1, not %zd", who, what, *n);
    return false;
}

// What happens to a last part that is too short: left out, kept, or filled up from `padding`.
enum class Short { drop, keep, pad };

Ref cut(PyObject* items, Py_ssize_t size, Py_ssize_t step, Short rest, PyObject* padding) {
    Ref made = steal(PyList_New(0));
    if (!made) return {};
    const Py_ssize_t total = PyList_GET_SIZE(items);
    for (Py_ssize_t start = 0; start < total;) {
        const bool whole = total - start >= size;
        if (!whole && rest == Short::drop) break;
        const Ref part = slice_of(items, start, whole ? start + size : total);
        if (!part) return {};
        if (!whole && rest == Short::pad) {
            const Py_ssize_t had = PyList_GET_SIZE(part.get());
            const Ref fill = slice_of(padding, 0, size - had);
            if (!fill || PyList_SetSlice(part.get(), had, had, fill.get()) < 0) return {};
        }
        if (PyList_Append(made.get(), part.get()) < 0) return {};
        // Clojure: a padded part is the last one.
        if ((!whole && rest == Short::pad) || step > total - start) break;
        start += step;
    }
    return made;
}

Value partition_by_size(Value* a, std::size_t n, Short rest, const char* who) {
    Py_ssize_t size;
    Py_ssize_t step;
    if (!read_positive(a[0], &size, who, "size")) return Value::error();
    step = size;
    if (n > 2 && !read_positive(a[1], &step, who, "step")) return Value::error();
    const Value& xs = a[n - 1];
    if (is_infinite(xs)) return own(lazy_partition(xs.as_object(), size, step));
    Ref padding;
    if (n > 3) {
        padding = is_infinite(a[2]) ? Ref() : copy_vector(a[2], who);
        if (is_infinite(a[2])) {
            Items items;
            padding = steal(PyList_New(0));
            if (!padding || !items.open(a[2], who)) return Value::error();
            for (Py_ssize_t i = 0; i < size; ++i) {
                PyObject* item;
                const int got = items.next(&item);
                if (got < 0) return Value::error();
                if (got == 0) break;
                const Ref held = steal(item);
                if (PyList_Append(padding.get(), item) < 0) return Value::error();
            }
        }
        if (!padding) return Value::error();
        rest = Short::pad;
    }
    const Ref items = copy_vector(xs, who);
    return items ? own(cut(items.get(), size, step, rest, padding.get())) : Value::error();
}

Value partition(Value* a, std::size_t n) { return partition_by_size(a, n, Short::drop, "partition"); }
Value partition_all(Value* a, std::size_t n) { return partition_by_size(a, n, Short::keep, "partition-all"); }

constexpr NativeSpec table[] = {
    {"partition", "([n xs] [n step xs] [n step pad xs])",
     "Vectors of n items each, step (n) apart; items that fill no whole part are left out, or filled up from "
     "pad.\n"
     "(partition 2 [1 2 3 4 5]) => [[1 2] [3 4]]\n"
     "(partition 2 1 [1 2 3]) => [[1 2] [2 3]]\n"
     "(partition 2 2 [0] [1 2 3]) => [[1 2] [3 0]]",
     partition, nullptr, 2, 4},
    {"partition-all", "([n xs] [n step xs])",
     "As partition, with the items left over as a last, shorter part.\n"
     "(partition-all 2 [1 2 3]) => [[1 2] [3]]",
     partition_all, nullptr, 2, 3},
};

}  // namespace

std::span<const NativeSpec> partition_natives() { return table; }

}  // namespace catena
