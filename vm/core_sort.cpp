// Sorting: Python's list.sort where its order is asked for, a stable merge sort where a comparator decides.
#include <algorithm>
#include <vector>

#include "vm/core_compare.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

// Does x stand before y for this comparator, whose answer is a truth or, as compare's, a number? 1, 0, -1.
int stands_before(const Value& comparator, PyObject* x, PyObject* y) {
    const Held first(borrow_value(x));
    const Held second(borrow_value(y));
    const Value arguments[] = {first.get(), second.get()};
    const Held answer(call_value(comparator, arguments, 2));
    if (answer.failed()) return -1;
    if (answer.get().is_integer()) return answer.get().as_integer() < 0;
    if (answer.get().is_real()) return answer.get().as_real() < 0;
    return is_true(answer.get());
}

// Merges the sorted runs [low, middle) and [middle, high) of `from` into `to`. False with the error set.
bool merge_runs(const Value& comparator, PyObject** from, PyObject** to, std::size_t low, std::size_t middle,
                std::size_t high) {
    // Runs that follow each other already need one comparison.
    int before = middle < high ? stands_before(comparator, from[middle], from[middle - 1]) : 0;
    if (before < 0) return false;
    if (before == 0) {
        std::copy(from + low, from + high, to + low);
        return true;
    }
    std::size_t left = low;
    std::size_t right = middle;
    for (std::size_t at = low; at < high; ++at) {
        bool take_right = left == middle;
        if (left < middle && right < high) {
            before = stands_before(comparator, from[right], from[left]);
            if (before < 0) return false;
            take_right = before == 1;
        }
        to[at] = take_right ? from[right++] : from[left++];
    }
    return true;
}

// Sorts borrowed pointers; their owner is a list that nobody else sees, so a comparator cannot free them.
bool merge_sort(const Value& comparator, std::vector<PyObject*>& items) {
    std::vector<PyObject*> other(items.size());
    for (std::size_t width = 1; width < items.size(); width *= 2) {
        for (std::size_t low = 0; low < items.size(); low += 2 * width) {
            const std::size_t middle = std::min(low + width, items.size());
            const std::size_t high = std::min(low + 2 * width, items.size());
            if (!merge_runs(comparator, items.data(), other.data(), low, middle, high)) return false;
        }
        items.swap(other);
        if (PyErr_CheckSignals() < 0) return false;
    }
    return true;
}

Ref sort_with(const Value& comparator, Ref items) {
    const auto n = static_cast<std::size_t>(PyList_GET_SIZE(items.get()));
    std::vector<PyObject*> order(n);
    for (std::size_t i = 0; i < n; ++i) order[i] = PyList_GET_ITEM(items.get(), static_cast<Py_ssize_t>(i));
    if (!merge_sort(comparator, order)) return {};
    for (std::size_t i = 0; i < n; ++i) PyList_SET_ITEM(items.get(), static_cast<Py_ssize_t>(i), order[i]);
    return items;
}

// list.sort(key=…, reverse=…).
Ref sort_by_keywords(Ref items, const Value* values, PyObject* names) {
    static PyObject* const method = PyUnicode_InternFromString("sort");
    const auto n = static_cast<std::size_t>(PyTuple_GET_SIZE(names));
    std::vector<Ref> held;
    std::vector<PyObject*> arguments{items.get()};
    for (std::size_t i = 0; i < n; ++i) {
        held.push_back(boxed(values[i]));
        if (!held.back()) return {};
        arguments.push_back(held.back().get());
    }
    const Ref done = steal(PyObject_VectorcallMethod(method, arguments.data(), 1, names));
    return done ? std::move(items) : Ref();
}

Value sort(Value* a, std::size_t count, PyObject* names) {
    const std::size_t pairs = names != nullptr ? static_cast<std::size_t>(PyTuple_GET_SIZE(names)) : 0;
    const std::size_t n = count - pairs;
    if (n == 0) return fail(PyExc_TypeError, "sort: needs something to sort");
    if (n == 2 && pairs != 0) return fail(PyExc_TypeError, "sort: takes a comparator, or :key and :reverse, not both");
    Ref items = fresh_vector(a[n - 1], "sort");
    if (!items) return Value::error();
    if (pairs != 0) return own(sort_by_keywords(std::move(items), a + n, names));
    const bool downwards = n == 2 && is_native_greater(a[0]);
    if (n == 2 && !downwards && !is_native_less(a[0]) && !a[0].is_nil()) {
        return own(sort_with(a[0], std::move(items)));
    }
    // Reversed before and after, equal items keep their order.
    if (downwards && PyList_Reverse(items.get()) < 0) return Value::error();
    if (PyList_Sort(items.get()) < 0) return Value::error();
    if (downwards && PyList_Reverse(items.get()) < 0) return Value::error();
    return own(std::move(items));
}

constexpr NativeSpec table[] = {
    {"sort", "([xs &key key reverse] [comparator xs])",
     "The items in order, equal ones as they stood: Python's order, or that of a comparator which answers "
     "true, or a number below 0, when its first operand comes first. :key and :reverse are those of list.sort.\n"
     "(sort [3 1 2]) => [1 2 3]\n"
     "(sort > [3 1 2]) => [3 2 1]\n"
     "(sort [3 1 2] :reverse true) => [3 2 1]",
     nullptr, sort, 1, 4},
};

}  // namespace

std::span<const NativeSpec> sort_natives() { return table; }

}  // namespace catena
