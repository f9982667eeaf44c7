// Inline caches of `item` and `set-item`: exact containers, indexed without a box.
#include <array>

#include "bridge/guards.hpp"
#include "bridge/numpy_scalars.hpp"
#include "bridge/specialise.hpp"

namespace catena {
namespace {

constexpr int most_indices = 4;

// An operand that is an integer, as an index into `size` items; -1 when it is none or out of range.
Py_ssize_t index_of(const Value& key, Py_ssize_t size) {
    if (!key.is_integer()) return -1;
    const std::int64_t index = key.as_integer() < 0 ? key.as_integer() + size : key.as_integer();
    return index >= 0 && index < size ? static_cast<Py_ssize_t>(index) : -1;
}

Value list_item(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (it.is_object() && PyList_CheckExact(it.as_object())) {
        const Py_ssize_t index = index_of(plan.read(in.first, operands), PyList_GET_SIZE(it.as_object()));
        if (index >= 0) {
            ++stats.cache_hits;
            return borrow_value(PyList_GET_ITEM(it.as_object(), index));
        }
    }
    return miss(plan, in, it, operands, owner);
}

Value tuple_item(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (it.is_object() && PyTuple_CheckExact(it.as_object())) {
        const Py_ssize_t index = index_of(plan.read(in.first, operands), PyTuple_GET_SIZE(it.as_object()));
        if (index >= 0) {
            ++stats.cache_hits;
            return borrow_value(PyTuple_GET_ITEM(it.as_object(), index));
        }
    }
    return miss(plan, in, it, operands, owner);
}

Value dict_item(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (!it.is_object() || !PyDict_CheckExact(it.as_object())) return miss(plan, in, it, operands, owner);
    ++stats.cache_hits;
    const Boxed key(plan.read(in.first, operands));
    if (key.get() == nullptr) return fail(plan, in.step);
    if (PyObject* found = PyDict_GetItemWithError(it.as_object(), key.get())) return borrow_value(found);
    if (PyErr_Occurred()) return fail(plan, in.step);
    // The KeyError as Python makes it.
    PyObject* result = PyObject_GetItem(it.as_object(), key.get());
    return result != nullptr ? steal_value(result) : fail(plan, in.step);
}

#if CATENA_DICT_LAYOUT
// A key that is always the same str and that the dict holds as the interned object: its place is remembered.
Value dict_name(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (it.is_object() && PyDict_CheckExact(it.as_object())) {
        if (PyObject* found = remembered(it.as_object(), in.name, in.cache.dict)) {
            ++stats.cache_hits;
            return borrow_value(found);
        }
    }
    return miss(plan, in, it, operands, owner);
}

bool remember_name(Instruction& in, PyObject* dict) {
    return in.name != nullptr && lookup_and_remember(dict, in.name, in.cache.dict) != nullptr &&
           remembered(dict, in.name, in.cache.dict) != nullptr;
}
#endif

// The integers of a key, `a[i]` or `a[i, j]`; 0 when it is another kind of key.
int read_indices(const Plan& plan, const Instruction& in, const Value* operands, std::int64_t* indices) {
    if (!in.key) {
        const Value index = plan.read(in.first, operands);
        indices[0] = index.is_integer() ? index.as_integer() : 0;
        return index.is_integer() ? 1 : 0;
    }
    int count = 0;
    for (const SlicePlan& part : in.key->parts) {
        const Value index = plan.read(part.start, operands);
        if (!index.is_integer()) return 0;
        indices[count++] = index.as_integer();
    }
    return count;
}

bool indices_fit(const Instruction& in) {
    if (!in.key) return true;
    if (!in.key->tuple || in.key->parts.empty() || in.key->parts.size() > most_indices) return false;
    for (const SlicePlan& part : in.key->parts) {
        if (part.is_slice) return false;
    }
    return true;
}

Value array_element(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    std::array<std::int64_t, most_indices> indices;
    if (it.is_object() && is_plain_array(it.as_object())) {
        if (const int count = read_indices(plan, in, operands, indices.data())) {
            const Value element = array_item(it.as_object(), indices.data(), count);
            if (!element.is_missing()) {
                ++stats.cache_hits;
                return element.is_error() ? fail(plan, in.step) : element;
            }
        }
    }
    return miss(plan, in, it, operands, owner);
}

}  // namespace

StepHandler specialise_item(Plan& plan, Instruction& in, const Value& it, const Value* operands) {
    if (!may_specialise(in)) return nullptr;
    if (!it.is_object()) return give_up(in);
    PyObject* o = it.as_object();
    if (!in.key) {
        const Value key = plan.read(in.first, operands);
        if (PyList_CheckExact(o) && index_of(key, PyList_GET_SIZE(o)) >= 0) return install(in, list_item);
        if (PyTuple_CheckExact(o) && index_of(key, PyTuple_GET_SIZE(o)) >= 0) return install(in, tuple_item);
        if (PyDict_CheckExact(o)) {
#if CATENA_DICT_LAYOUT
            if (remember_name(in, o)) return install(in, dict_name);
#endif
            return install(in, dict_item);
        }
    }
    std::array<std::int64_t, most_indices> indices;
    if (indices_fit(in) && is_plain_array(o)) {
        const int count = read_indices(plan, in, operands, indices.data());
        if (count > 0) {
            const Value element = array_item(o, indices.data(), count);
            element.release();
            if (element.is_error())
                PyErr_Clear();
            else if (!element.is_missing())
                return install(in, array_element);
        }
    }
    return give_up(in);
}

namespace {

Value set_list_item(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (it.is_object() && PyList_CheckExact(it.as_object())) {
        const Py_ssize_t index = index_of(plan.read(in.first, operands), PyList_GET_SIZE(it.as_object()));
        if (index >= 0) {
            const Value value = plan.read(in.second, operands);
            PyObject* object = new_object(value);
            if (object == nullptr) return fail(plan, in.step);
            ++stats.cache_hits;
            PyObject* old = PyList_GET_ITEM(it.as_object(), index);
            PyList_SET_ITEM(it.as_object(), index, object);
            value.retain();
            Py_XDECREF(old);
            return value;
        }
    }
    return miss(plan, in, it, operands, owner);
}

Value set_dict_item(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (!it.is_object() || !PyDict_CheckExact(it.as_object())) return miss(plan, in, it, operands, owner);
    ++stats.cache_hits;
    const Value value = plan.read(in.second, operands);
    const Boxed key(plan.read(in.first, operands)), object(value);
    if (key.get() == nullptr || object.get() == nullptr) return fail(plan, in.step);
    if (PyDict_SetItem(it.as_object(), key.get(), object.get()) < 0) return fail(plan, in.step);
    value.retain();
    return value;
}

Value set_array_element(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    std::array<std::int64_t, most_indices> indices;
    if (it.is_object() && is_plain_array(it.as_object())) {
        const Value value = plan.read(in.second, operands);
        const int count = read_indices(plan, in, operands, indices.data());
        if (count > 0 && set_array_item(it.as_object(), indices.data(), count, value)) {
            ++stats.cache_hits;
            return value;
        }
    }
    return miss(plan, in, it, operands, owner);
}

}  // namespace

StepHandler specialise_set_item(Plan& plan, Instruction& in, const Value& it, const Value* operands) {
    if (!may_specialise(in)) return nullptr;
    if (!it.is_object()) return give_up(in);
    PyObject* o = it.as_object();
    if (!in.key) {
        if (PyList_CheckExact(o) && index_of(plan.read(in.first, operands), PyList_GET_SIZE(o)) >= 0) {
            return install(in, set_list_item);
        }
        if (PyDict_CheckExact(o)) return install(in, set_dict_item);
    }
    std::array<std::int64_t, most_indices> indices;
    const Value value = plan.read(in.second, operands);
    if (indices_fit(in) && is_plain_array(o) && (value.is_integer() || value.is_real()) &&
        read_indices(plan, in, operands, indices.data()) > 0) {
        // It may still be left to NumPy each time; then the instruction finds its way back.
        return in.backoff > 64 ? give_up(in) : install(in, set_array_element);
    }
    return give_up(in);
}

}  // namespace catena
