#include "lang/list_algorithms.hpp"

#include <new>
#include <unordered_set>
#include <vector>

#include "lang/list.hpp"

namespace catena {

namespace {

// Walks a List or a Python list that it holds. A Python list may change under it.
class Walk {
public:
    explicit Walk(PyObject* sequence) : sequence_(borrow(sequence)), cell_(is_list(sequence) ? sequence : nullptr) {}

    [[nodiscard]] Ref next() {
        if (cell_ != nullptr) {
            PyObject* item = list_first(cell_);
            cell_ = list_rest(cell_);
            return borrow(item);
        }
        if (index_ >= PyList_GET_SIZE(sequence_.get())) return {};
        return borrow(PyList_GET_ITEM(sequence_.get(), index_++));
    }
    [[nodiscard]] PyObject* sequence() const { return sequence_.get(); }

private:
    Ref sequence_;
    PyObject* cell_;
    Py_ssize_t index_ = 0;
};

struct Pair {
    PyObject* a;
    PyObject* b;
    friend bool operator==(const Pair&, const Pair&) = default;
};

struct PairHash {
    std::size_t operator()(const Pair& pair) const {
        return reinterpret_cast<std::size_t>(pair.a) / 16 * 31 + reinterpret_cast<std::size_t>(pair.b) / 16;
    }
};

struct Comparison {
    Walk a;
    Walk b;
    [[nodiscard]] Pair pair() const { return {a.sequence(), b.sequence()}; }
};

// Two sequences whose items decide: of their comparison Python would ask no other code.
bool compared_by_items(PyObject* a, PyObject* b) {
    if (is_list(a)) return is_list(b) || PyList_Check(b);
    if (is_list(b)) return PyList_Check(a);
    return PyList_CheckExact(a) && PyList_CheckExact(b);
}

Py_ssize_t size_of(PyObject* sequence) { return is_list(sequence) ? list_count(sequence) : PyList_GET_SIZE(sequence); }

bool can_be_cyclic(const Pair& pair) { return !is_list(pair.a) || !is_list(pair.b); }

int compare_items(PyObject* a, PyObject* b) {
    std::vector<Comparison> stack;
    std::unordered_set<Pair, PairHash> open;  // pairs on the stack with a Python list in them

    const auto enter = [&](PyObject* x, PyObject* y) {
        const Pair pair{x, y};
        if (can_be_cyclic(pair) && !open.insert(pair).second) {
            PyErr_SetString(PyExc_RecursionError, "maximum recursion depth exceeded in comparison");
            return false;
        }
        stack.push_back({Walk(x), Walk(y)});
        return true;
    };

    if (size_of(a) != size_of(b)) return 0;
    if (!enter(a, b)) return -1;
    while (!stack.empty()) {
        Comparison& top = stack.back();
        const Ref x = top.a.next();
        const Ref y = top.b.next();
        if (!x || !y) {
            if (x || y) return 0;
            if (can_be_cyclic(top.pair())) open.erase(top.pair());
            stack.pop_back();
        } else if (x.get() == y.get()) {
            continue;
        } else if (compared_by_items(x.get(), y.get())) {
            if (size_of(x.get()) != size_of(y.get())) return 0;
            if (!enter(x.get(), y.get())) return -1;
        } else if (const int same = PyObject_RichCompareBool(x.get(), y.get(), Py_EQ); same <= 0) {
            return same;
        }
    }
    return 1;
}

// CPython's hash of a tuple (xxHash), fed item by item.
class TupleHash {
public:
    explicit TupleHash(PyObject* sequence) : sequence_(sequence) {}

    // The next item, borrowed; null after the last. The sequence never changes.
    [[nodiscard]] PyObject* next() {
        if (PyTuple_CheckExact(sequence_)) {
            return count_ < PyTuple_GET_SIZE(sequence_) ? PyTuple_GET_ITEM(sequence_, count_++) : nullptr;
        }
        if (list_count(sequence_) == 0) return nullptr;
        PyObject* item = list_first(sequence_);
        sequence_ = list_rest(sequence_);
        ++count_;
        return item;
    }
    void add(Py_hash_t lane) {
        state_ += static_cast<Py_uhash_t>(lane) * prime_2;
        state_ = (state_ << 31) | (state_ >> 33);
        state_ *= prime_1;
    }
    [[nodiscard]] Py_hash_t result() const {
        const Py_uhash_t hash = state_ + (static_cast<Py_uhash_t>(count_) ^ (prime_5 ^ 3527539UL));
        return hash == static_cast<Py_uhash_t>(-1) ? 1546275796 : static_cast<Py_hash_t>(hash);
    }

private:
    static constexpr Py_uhash_t prime_1 = 11400714785074694791UL;
    static constexpr Py_uhash_t prime_2 = 14029467366897019727UL;
    static constexpr Py_uhash_t prime_5 = 2870177450012600261UL;
    PyObject* sequence_;
    Py_ssize_t count_ = 0;
    Py_uhash_t state_ = prime_5;
};
static_assert(sizeof(Py_uhash_t) == 8);

Py_hash_t hash_items(PyObject* list) {
    std::vector<TupleHash> stack{TupleHash(list)};
    for (;;) {
        if (PyObject* item = stack.back().next()) {
            if (is_list(item) || PyTuple_CheckExact(item)) {
                stack.emplace_back(item);
                continue;
            }
            const Py_hash_t lane = PyObject_Hash(item);
            if (lane == -1) return -1;
            stack.back().add(lane);
        } else {
            const Py_hash_t lane = stack.back().result();
            stack.pop_back();
            if (stack.empty()) return lane;
            stack.back().add(lane);
        }
    }
}

// One List whose copy is being made: the copies of its items so far are the last ones of the shared vector.
struct Copying {
    PyObject* original;
    PyObject* cell;
    std::size_t first_copy;
    bool changed = false;
};

class DeepCopy {
public:
    DeepCopy(PyObject* memo, Ref deepcopy) : memo_(memo), deepcopy_(std::move(deepcopy)) {}

    Ref run(PyObject* list) {
        stack_.push_back({list, list, 0});
        for (;;) {
            Copying& top = stack_.back();
            if (list_count(top.cell) == 0) {
                Ref copy = finish(top);
                if (!copy) return {};
                const bool changed = copy.get() != top.original;
                stack_.pop_back();
                if (stack_.empty()) return copy;
                copies_.push_back(std::move(copy));
                stack_.back().changed |= changed;
                continue;
            }
            PyObject* item = list_first(top.cell);
            top.cell = list_rest(top.cell);
            if (is_list(item)) {
                Ref known;
                if (!look_up(item, &known)) return {};
                if (!known) {
                    stack_.push_back({item, item, copies_.size()});
                    continue;
                }
                top.changed |= known.get() != item;
                copies_.push_back(std::move(known));
            } else {
                Ref copy = steal(PyObject_CallFunctionObjArgs(deepcopy_.get(), item, memo_, nullptr));
                if (!copy) return {};
                stack_.back().changed |= copy.get() != item;
                copies_.push_back(std::move(copy));
            }
        }
    }

private:
    bool look_up(PyObject* original, Ref* copy) {
        const Ref id = steal(PyLong_FromVoidPtr(original));
        if (!id) return false;
        if (PyObject* known = PyDict_GetItemWithError(memo_, id.get())) *copy = borrow(known);
        return !PyErr_Occurred();
    }

    Ref finish(const Copying& top) {
        Ref copy;
        // Copying an item may have come round to this very List.
        if (!look_up(top.original, &copy)) return {};
        if (!copy) {
            copy = top.changed ? copy_of(top) : borrow(top.original);
            const Ref id = steal(PyLong_FromVoidPtr(top.original));
            if (!copy || !id || PyDict_SetItem(memo_, id.get(), copy.get()) < 0) return {};
        }
        copies_.resize(top.first_copy);
        return copy;
    }

    Ref copy_of(const Copying& top) {
        Ref copy = empty_list();
        for (std::size_t i = copies_.size(); copy && i > top.first_copy; --i) {
            copy = make_list(copies_[i - 1].get(), copy.get());
        }
        return copy;
    }

    PyObject* memo_;
    Ref deepcopy_;
    std::vector<Copying> stack_;
    std::vector<Ref> copies_;
};

}  // namespace

int lists_equal(PyObject* a, PyObject* b) try { return compare_items(a, b); } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
    return -1;
}

Py_hash_t hash_of_list(PyObject* list) try { return hash_items(list); } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
    return -1;
}

Ref deep_copy_of_list(PyObject* list, PyObject* memo) try {
    if (!PyDict_Check(memo)) {
        PyErr_Format(PyExc_TypeError, "the memo must be a dict, not %.100s", Py_TYPE(memo)->tp_name);
        return {};
    }
    const Ref copy = steal(PyImport_ImportModule("copy"));
    Ref deepcopy = copy ? steal(PyObject_GetAttrString(copy.get(), "deepcopy")) : Ref();
    if (!deepcopy) return {};
    return DeepCopy(memo, std::move(deepcopy)).run(list);
} catch (const std::bad_alloc&) {
    PyErr_NoMemory();
    return {};
}

}  // namespace catena
