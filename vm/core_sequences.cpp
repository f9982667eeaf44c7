// Parts and orders of sequences. What takes from an iterator takes no more than it needs.
#include <memory>
#include <unordered_set>
#include <vector>

#include "bridge/operators.hpp"
#include "lang/list.hpp"
#include "vm/core_lazy.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"

namespace catena {

namespace {

// A count that is not negative.
bool read_count(const Value& v, Py_ssize_t* n, const char* who) {
    if (!read_integer(v, n, who, "count")) return false;
    if (*n < 0) *n = 0;
    return true;
}

// The next items of a walk, at most n.
Ref gather(Items& items, Py_ssize_t n) {
    Ref made = steal(PyList_New(0));
    for (Py_ssize_t i = 0; made && i < n; ++i) {
        PyObject* item;
        const int got = items.next(&item);
        if (got < 0) return {};
        if (got == 0) break;
        const Ref held = steal(item);
        if (PyList_Append(made.get(), item) < 0) return {};
    }
    return made;
}

Ref first_items(const Value& xs, Py_ssize_t n, const char* who) {
    if (is_exactly(xs, &PyList_Type)) return slice_of(xs.as_object(), 0, n);
    Items items;
    return items.open(xs, who) ? gather(items, n) : Ref();
}

Value take_items(Value* a, std::size_t) {
    Py_ssize_t n;
    if (!read_count(a[0], &n, "take")) return Value::error();
    return own(first_items(a[1], n, "take"));
}

// What remains after n items: for an endless iterator the iterator, for a lazy sequence a lazy one.
Value after(const Value& xs, Py_ssize_t n, const char* who) {
    if (is_exactly(xs, &PyList_Type)) return own(slice_of(xs.as_object(), n, PY_SSIZE_T_MAX));
    if (is_infinite(xs)) {
        if (is_lazy_seq(xs.as_object())) return own(lazy_drop(xs.as_object(), n));
        Items passed;
        if (!passed.open(xs, who) || passed.skip(n) < 0) return Value::error();
        return keep(xs);
    }
    Items items;
    if (!items.open(xs, who) || items.skip(n) < 0) return Value::error();
    return own(gather(items, PY_SSIZE_T_MAX));
}

Value drop(Value* a, std::size_t) {
    Py_ssize_t n;
    return read_count(a[0], &n, "drop") ? after(a[1], n, "drop") : Value::error();
}

Value take_last(Value* a, std::size_t) {
    Py_ssize_t n;
    if (!read_count(a[0], &n, "take-last")) return Value::error();
    const Ref all = copy_vector(a[1], "take-last");
    if (!all) return Value::error();
    const Py_ssize_t size = PyList_GET_SIZE(all.get());
    return own(slice_of(all.get(), n < size ? size - n : 0, size));
}

Value drop_last(Value* a, std::size_t count) {
    Py_ssize_t n = 1;
    if (count > 1 && !read_count(a[0], &n, "drop-last")) return Value::error();
    const Ref all = copy_vector(a[count - 1], "drop-last");
    if (!all) return Value::error();
    const Py_ssize_t size = PyList_GET_SIZE(all.get());
    return own(slice_of(all.get(), 0, n < size ? size - n : 0));
}

Value split_at(Value* a, std::size_t) {
    Py_ssize_t n;
    if (!read_count(a[0], &n, "split-at")) return Value::error();
    Ref head;
    Held tail;
    if (a[1].is_object() && PyIter_Check(a[1].as_object())) {
        Items items;
        head = items.open(a[1], "split-at") ? gather(items, n) : Ref();
        if (head) tail.set(is_infinite(a[1]) ? keep(a[1]) : own(gather(items, PY_SSIZE_T_MAX)));
    } else {
        head = first_items(a[1], n, "split-at");
        if (head) tail.set(after(a[1], n, "split-at"));
    }
    if (!head || tail.failed()) return Value::error();
    Ref made = steal(PyList_New(0));
    if (!made || PyList_Append(made.get(), head.get()) < 0 || append(made.get(), tail.get()) < 0) return Value::error();
    return own(std::move(made));
}

Value take_nth(Value* a, std::size_t) {
    Py_ssize_t n;
    if (!read_integer(a[0], &n, "take-nth", "step")) return Value::error();
    if (n < 1) return fail(PyExc_ValueError, "take-nth: the step must be at least 1, not %zd", n);
    if (is_infinite(a[1])) return own(lazy_take_nth(a[1].as_object(), n));
    Items items;
    Ref made = steal(PyList_New(0));
    if (!made || !items.open(a[1], "take-nth")) return Value::error();
    for (;;) {
        PyObject* item;
        const int got = items.next(&item);
        if (got <= 0) return got < 0 ? Value::error() : own(std::move(made));
        const Ref held = steal(item);
        if (PyList_Append(made.get(), item) < 0 || items.skip(n - 1) < 0) return Value::error();
    }
}

Value sub_vector(Value* a, std::size_t n) {
    if (!a[0].is_object() || !PyList_Check(a[0].as_object())) {
        return fail(PyExc_TypeError, "subvec: needs a vector, not %.200s", kind_name(a[0]));
    }
    const Py_ssize_t size = PyList_GET_SIZE(a[0].as_object());
    Py_ssize_t start;
    Py_ssize_t end = size;
    if (!read_integer(a[1], &start, "subvec", "start")) return Value::error();
    if (n > 2 && !a[2].is_nil() && !read_integer(a[2], &end, "subvec", "end")) return Value::error();
    if (start < 0 || end > size || start > end) {
        return fail(PyExc_IndexError, "subvec: %zd to %zd is out of range for %zd items", start, end, size);
    }
    return own(slice_of(a[0].as_object(), start, end));
}

// As rest, n times.
Value nth_rest(Value* a, std::size_t) {
    Py_ssize_t n;
    if (!read_count(a[1], &n, "nthrest")) return Value::error();
    if (a[0].is_object() && is_list(a[0].as_object())) {
        PyObject* cells = a[0].as_object();
        for (; n > 0 && list_count(cells) > 0; --n) cells = list_rest(cells);
        return borrow_value(cells);
    }
    const Held left(after(a[0], n, "nthrest"));
    if (left.failed() || !is_exactly(left.get(), &PyList_Type)) return keep(left.get());
    return own(list_from(left.get().as_object()));
}

Value nth_next(Value* a, std::size_t n) {
    Held left(nth_rest(a, n));
    if (left.failed() || !is_list(left.get().as_object())) return left.release();
    return list_count(left.get().as_object()) == 0 ? Value::nil() : left.release();
}

Value reverse(Value* a, std::size_t) {
    Ref made = fresh_vector(a[0], "reverse");
    if (!made || PyList_Reverse(made.get()) < 0) return Value::error();
    return own(std::move(made));
}

Value distinct(Value* a, std::size_t) {
    if (is_infinite(a[0])) return own(lazy_distinct(a[0].as_object()));
    const Ref state = Seen::fresh();
    Ref made = steal(PyList_New(0));
    Items items;
    if (!state || !made || !items.open(a[0], "distinct")) return Value::error();
    const Seen seen(state.get());
    for (;;) {
        PyObject* item;
        const int got = items.next(&item);
        if (got <= 0) return got < 0 ? Value::error() : own(std::move(made));
        const Ref held = steal(item);
        const int fresh = seen.add(item);
        if (fresh < 0 || (fresh == 1 && PyList_Append(made.get(), item) < 0)) return Value::error();
    }
}

// (distinct? a b c): are all operands different?
Value all_distinct(Value* a, std::size_t n) {
    const Ref state = Seen::fresh();
    if (!state) return Value::error();
    const Seen seen(state.get());
    for (std::size_t i = 0; i < n; ++i) {
        const Ref item = boxed(a[i]);
        const int fresh = item ? seen.add(item.get()) : -1;
        if (fresh != 1) return fresh < 0 ? Value::error() : Value::boolean(false);
    }
    return Value::boolean(true);
}

Value dedupe(Value* a, std::size_t) {
    if (is_infinite(a[0])) return own(lazy_dedupe(a[0].as_object()));
    Items items;
    Ref made = steal(PyList_New(0));
    if (!made || !items.open(a[0], "dedupe")) return Value::error();
    Ref last;
    for (;;) {
        PyObject* item;
        const int got = items.next(&item);
        if (got <= 0) return got < 0 ? Value::error() : own(std::move(made));
        const Ref held = steal(item);
        const int same = last ? PyObject_RichCompareBool(item, last.get(), Py_EQ) : 0;
        if (same < 0 || (same == 0 && PyList_Append(made.get(), item) < 0)) return Value::error();
        if (same == 0) last = held;
    }
}

bool is_nested(PyObject* o) {
    return PyList_Check(o) || PyTuple_Check(o) || is_list(o) || PyRange_Check(o) || is_lazy_seq(o);
}

// Depth first with a stack of walks; a sequence that is met while it is open contains itself.
Value flatten(Value* a, std::size_t) {
    struct Level {
        std::unique_ptr<Items> items;
        Ref object;
    };
    Ref made = steal(PyList_New(0));
    if (!made) return Value::error();
    std::vector<Level> stack;
    std::unordered_set<PyObject*> open;
    const auto enter = [&](const Value& xs) {
        if (is_infinite(xs)) {
            (void)fail_endless("flatten");
            return false;
        }
        Ref object = xs.is_object() ? borrow(xs.as_object()) : Ref();
        if (object && !open.insert(object.get()).second) {
            PyErr_SetString(PyExc_ValueError, "flatten: the sequence contains itself");
            return false;
        }
        auto items = std::make_unique<Items>();
        if (!items->open(xs, "flatten")) return false;
        stack.push_back({std::move(items), std::move(object)});
        return true;
    };
    if (!enter(a[0])) return Value::error();
    while (!stack.empty()) {
        PyObject* item;
        const int got = stack.back().items->next(&item);
        if (got < 0) return Value::error();
        if (got == 0) {
            open.erase(stack.back().object.get());
            stack.pop_back();
            continue;
        }
        const Ref held = steal(item);
        const bool done = is_nested(item) ? enter(Value::object(item)) : PyList_Append(made.get(), item) == 0;
        if (!done) return Value::error();
    }
    return own(std::move(made));
}

// Opens one walk for each argument; false with the error set.
bool open_all(std::vector<Items>& walks, const Value* a, const char* who) {
    for (std::size_t i = 0; i < walks.size(); ++i) {
        if (!walks[i].open(a[i], who)) return false;
    }
    return true;
}

bool all_infinite(const Value* a, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        if (!is_infinite(a[i])) return false;
    }
    return n != 0;
}

Ref window_list(const Value* a, std::size_t n) {
    Ref made = steal(PyList_New(0));
    for (std::size_t i = 0; made && i < n; ++i) {
        if (append(made.get(), a[i]) < 0) return {};
    }
    return made;
}

Value interleave(Value* a, std::size_t n) {
    if (all_infinite(a, n)) {
        const Ref sources = window_list(a, n);
        return sources ? own(lazy_interleave(sources.get())) : Value::error();
    }
    std::vector<Items> walks(n);
    Ref made = steal(PyList_New(0));
    if (!made || !open_all(walks, a, "interleave")) return Value::error();
    while (n != 0) {
        const Py_ssize_t whole = PyList_GET_SIZE(made.get());
        for (Items& walk : walks) {
            PyObject* item;
            const int got = walk.next(&item);
            if (got < 0) return Value::error();
            if (got == 0) return own(slice_of(made.get(), 0, whole));
            const Ref held = steal(item);
            if (PyList_Append(made.get(), item) < 0) return Value::error();
        }
    }
    return own(std::move(made));
}

Value interpose(Value* a, std::size_t) {
    const Ref separator = boxed(a[0]);
    if (!separator) return Value::error();
    if (is_infinite(a[1])) return own(lazy_interpose(separator.get(), a[1].as_object()));
    Items items;
    Ref made = steal(PyList_New(0));
    if (!made || !items.open(a[1], "interpose")) return Value::error();
    for (;;) {
        PyObject* item;
        const int got = items.next(&item);
        if (got <= 0) return got < 0 ? Value::error() : own(std::move(made));
        const Ref held = steal(item);
        if (PyList_GET_SIZE(made.get()) != 0 && PyList_Append(made.get(), separator.get()) < 0) return Value::error();
        if (PyList_Append(made.get(), item) < 0) return Value::error();
    }
}

// The value of keyword argument `name` among the pairs, or null; false with a TypeError for any other name.
bool one_keyword(const Value* values, PyObject* names, const char* name, const char* who, const Value** found) {
    *found = nullptr;
    const Py_ssize_t n = names != nullptr ? PyTuple_GET_SIZE(names) : 0;
    for (Py_ssize_t i = 0; i < n; ++i) {
        if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, i), name) != 0) {
            PyErr_Format(PyExc_TypeError, "%s takes no keyword argument :%U; it takes :%s", who,
                         PyTuple_GET_ITEM(names, i), name);
            return false;
        }
        *found = &values[i];
    }
    return true;
}

Value zip(Value* a, std::size_t count, PyObject* names) {
    const std::size_t n = count - (names != nullptr ? static_cast<std::size_t>(PyTuple_GET_SIZE(names)) : 0);
    const Value* strictly = nullptr;
    if (!one_keyword(a + n, names, "strict", "zip", &strictly)) return Value::error();
    const int strict = strictly != nullptr ? is_true(*strictly) : 0;
    if (strict < 0) return Value::error();
    if (all_infinite(a, n)) {
        const Ref sources = window_list(a, n);
        return sources ? own(lazy_zip(sources.get())) : Value::error();
    }
    std::vector<Items> walks(n);
    Ref made = steal(PyList_New(0));
    if (!made || !open_all(walks, a, "zip")) return Value::error();
    while (n != 0) {
        Ref round = steal(PyTuple_New(static_cast<Py_ssize_t>(n)));
        if (!round) return Value::error();
        std::size_t there = 0;
        for (std::size_t i = 0; i < n; ++i) {
            PyObject* item;
            const int got = walks[i].next(&item);
            if (got < 0) return Value::error();
            if (got == 0 && strict == 0) return own(std::move(made));
            if (got == 0) continue;
            if (there++ != i) return fail(PyExc_ValueError, "zip: operand %zu is longer than those before it", i + 1);
            PyTuple_SET_ITEM(round.get(), static_cast<Py_ssize_t>(i), item);
        }
        if (there == 0) break;
        if (there != n) return fail(PyExc_ValueError, "zip: operand %zu is shorter than those before it", there + 1);
        if (PyList_Append(made.get(), round.get()) < 0) return Value::error();
    }
    return own(std::move(made));
}

Value enumerate(Value* a, std::size_t count, PyObject* names) {
    const std::size_t n = count - (names != nullptr ? static_cast<std::size_t>(PyTuple_GET_SIZE(names)) : 0);
    const Value* named = nullptr;
    if (!one_keyword(a + n, names, "start", "enumerate", &named)) return Value::error();
    if (n == 0 || (n > 1 && named != nullptr)) {
        return fail(PyExc_TypeError, n == 0 ? "enumerate: needs something to walk" : "enumerate: start is given twice");
    }
    const Value from = named != nullptr ? *named : n > 1 ? a[1] : Value::integer(0);
    Py_ssize_t start;  // only looked at; numbering goes on beyond the machine's numbers
    if (!read_integer(from, &start, "enumerate", "start")) return Value::error();
    if (is_infinite(a[0])) {
        const Ref first = boxed(from);
        return first ? own(lazy_enumerate(a[0].as_object(), first.get())) : Value::error();
    }
    Items items;
    Ref made = steal(PyList_New(0));
    if (!made || !items.open(a[0], "enumerate")) return Value::error();
    Held number(keep(from));
    for (;;) {
        PyObject* item;
        const int got = items.next(&item);
        if (got <= 0) return got < 0 ? Value::error() : own(std::move(made));
        const Ref held = steal(item);
        const Ref place = boxed(number.get());
        const Ref pair = place ? steal(PyTuple_Pack(2, place.get(), item)) : Ref();
        if (!pair || PyList_Append(made.get(), pair.get()) < 0) return Value::error();
        number.set(add(number.get(), Value::integer(1)));
        if (number.failed()) return Value::error();
    }
}

constexpr NativeSpec table[] = {
    {"take", "[n xs]",
     "The first n items. Takes no more than n from an iterator.\n"
     "(take 2 [1 2 3]) => [1 2]\n"
     "(take 3 (iterate inc 0)) => [0 1 2]",
     take_items, nullptr, 2, 2},
    {"drop", "[n xs]",
     "All but the first n items.\n"
     "(drop 2 [1 2 3]) => [3]\n"
     "(drop 5 [1]) => []",
     drop, nullptr, 2, 2},
    {"take-last", "[n xs]", "The last n items.\n(take-last 2 [1 2 3]) => [2 3]", take_last, nullptr, 2, 2},
    {"drop-last", "([xs] [n xs])",
     "All but the last n items, n being 1 when it is not given.\n"
     "(drop-last [1 2 3]) => [1 2]\n"
     "(drop-last 2 [1 2 3]) => [1]",
     drop_last, nullptr, 1, 2},
    {"take-nth", "[n xs]",
     "Every n-th item, the first included.\n"
     "(take-nth 2 [0 1 2 3 4]) => [0 2 4]",
     take_nth, nullptr, 2, 2},
    {"split-at", "[n xs]",
     "The first n items, and the others.\n"
     "(split-at 1 [1 2 3]) => [[1] [2 3]]",
     split_at, nullptr, 2, 2},
    {"subvec", "[v start &opt end]",
     "The items of a vector from start up to end; IndexError when there are no such.\n"
     "(subvec [1 2 3 4] 1 3) => [2 3]",
     sub_vector, nullptr, 2, 3},
    {"nthrest", "[xs n]", "What rest leaves after n times.\n(nthrest [1 2 3] 2) => (3)", nth_rest, nullptr, 2, 2},
    {"nthnext", "[xs n]",
     "As nthrest, but nil when nothing is left.\n"
     "(nthnext [1 2 3] 1) => (2 3)\n"
     "(nthnext [1] 1) => nil",
     nth_next, nullptr, 2, 2},
    {"reverse", "[xs]",
     "The items from last to first.\n"
     "(reverse [1 2 3]) => [3 2 1]\n"
     "(reverse \"ab\") => [\"b\" \"a\"]",
     reverse, nullptr, 1, 1},
    {"distinct", "[xs]",
     "The items without those that came before.\n"
     "(distinct [1 2 1 3]) => [1 2 3]\n"
     "(distinct [[1] [1]]) => [[1]]",
     distinct, nullptr, 1, 1},
    {"distinct?", "[x & more]",
     "Are all operands different?\n"
     "(distinct? 1 2 3) => true\n"
     "(distinct? 1 2 1) => false",
     all_distinct, nullptr, 1, -1},
    {"dedupe", "[xs]",
     "The items without those that repeat the one before.\n"
     "(dedupe [1 1 2 1]) => [1 2 1]",
     dedupe, nullptr, 1, 1},
    {"flatten", "[xs]",
     "The items of all nested vectors, tuples and Lists in one vector.\n"
     "(flatten [1 [2 '(3 [4])]]) => [1 2 3 4]",
     flatten, nullptr, 1, 1},
    {"interleave", "[& colls]",
     "The first items of all, then the second, … until one ends.\n"
     "(interleave [1 2 3] [:a :b]) => [1 :a 2 :b]",
     interleave, nullptr, 0, -1},
    {"interpose", "[sep xs]",
     "The items with sep between them.\n"
     "(interpose 0 [1 2 3]) => [1 0 2 0 3]",
     interpose, nullptr, 2, 2},
    {"zip", "[& colls &key strict]",
     "Tuples of the first items, of the second, … until one ends; with :strict true all must be equally long.\n"
     "(zip [1 2] \"ab\") => [#[1 \"a\"] #[2 \"b\"]]",
     nullptr, zip, 0, -1},
    {"enumerate", "[xs &key start]",
     "Tuples of a number, from start (0), and an item.\n"
     "(enumerate [:a :b]) => [#[0 :a] #[1 :b]]\n"
     "(enumerate [:a] :start 1) => [#[1 :a]]",
     nullptr, enumerate, 1, 3},
};

}  // namespace

std::span<const NativeSpec> sequence_natives() { return table; }

}  // namespace catena
