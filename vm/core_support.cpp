#include "vm/core_support.hpp"

#include <algorithm>

#include "bridge/tick.hpp"
#include "lang/list.hpp"
#include "vm/core_lazy.hpp"
#include "vm/fiber_state.hpp"

namespace catena {

const char* kind_name(const Value& v) {
    switch (v.tag) {
        case Tag::integer: return "int";
        case Tag::real: return "float";
        case Tag::float64: return "numpy.float64";
        case Tag::yes:
        case Tag::no: return "bool";
        case Tag::object: return Py_TYPE(v.as_object())->tp_name;
        default: return "nil";
    }
}

bool read_index_object(const Value& v, Py_ssize_t* out, const char* who, const char* what) {
    const Ref object = boxed(v);
    if (!object) return false;
    if (!PyIndex_Check(object.get())) {
        PyErr_Format(PyExc_TypeError, "%s: the %s must be an integer, not %.200s", who, what, kind_name(v));
        return false;
    }
    const Py_ssize_t i = PyNumber_AsSsize_t(object.get(), nullptr);
    if (i == -1 && PyErr_Occurred() != nullptr) return false;
    *out = i;
    return true;
}

PyObject* read_text(const Value& v, const char* who, const char* what) {
    if (is_text(v)) return v.as_object();
    PyErr_Format(PyExc_TypeError, "%s: the %s must be a string, not %.200s", who, what, kind_name(v));
    return nullptr;
}

namespace {

// Types of itertools, kept for ever once they were needed.
PyTypeObject* endless_type(const char* name) {
    const Ref type = import_name("itertools", name);
    if (!type) {
        PyErr_Clear();
        return nullptr;
    }
    return reinterpret_cast<PyTypeObject*>(type.get());
}

bool is_endless_repeat(PyObject* o) {
    const Ref length = steal(PyObject_CallMethod(o, "__length_hint__", nullptr));
    if (length) return false;
    PyErr_Clear();
    return true;
}

}  // namespace

bool is_infinite(PyObject* o) {
    if (is_lazy_seq(o)) return lazy_seq_never_ends(o);
    PyTypeObject* type = Py_TYPE(o);
    if (type->tp_iternext == nullptr || type == &PyGen_Type) return false;
    static PyTypeObject* const count = endless_type("count");
    static PyTypeObject* const cycle = endless_type("cycle");
    static PyTypeObject* const repeat = endless_type("repeat");
    return type == count || type == cycle || (type == repeat && is_endless_repeat(o));
}

bool Items::open(const Value& source, const char* who) {
    if (source.is_nil()) return true;
    if (!source.is_object()) {
        PyErr_Format(PyExc_TypeError, "%s: %s is not iterable", who, kind_name(source));
        return false;
    }
    PyObject* o = source.as_object();
    PyTypeObject* type = Py_TYPE(o);
    if (type == &PyList_Type) {
        kind_ = Kind::vector;
    } else if (type == &PyTuple_Type) {
        kind_ = Kind::tuple;
    } else if (is_list(o)) {
        kind_ = Kind::cells;
        cell_ = o;
    } else if (type == &PyUnicode_Type) {
        kind_ = Kind::text;
        count_ = PyUnicode_GET_LENGTH(o);
    } else {
        object_ = PyObject_GetIter(o);
        if (object_ == nullptr) {
            if (type->tp_iter == nullptr && PyErr_ExceptionMatches(PyExc_TypeError)) {
                PyErr_Format(PyExc_TypeError, "%s: %.200s is not iterable", who, type->tp_name);
            }
            return false;
        }
        kind_ = PyGen_CheckExact(object_) ? Kind::generator : Kind::iterator;
        if (type == &PyRange_Type) {
            const Ref start = steal(PyObject_GetAttrString(o, "start"));
            const Ref step = steal(PyObject_GetAttrString(o, "step"));
            const Py_ssize_t length = PyObject_Length(o);
            if (start && step && length >= 0 && read_small_int(start.get(), &number_) &&
                read_small_int(step.get(), &step_)) {
                kind_ = Kind::numbers;
                count_ = length;
            }
            PyErr_Clear();
        }
        return true;
    }
    object_ = Py_NewRef(o);
    return true;
}

int Items::pull(PyObject** item) {
    if (--until_tick_ == 0) {
        until_tick_ = 4096;
        if (tick_slow(4096) < 0) return -1;
    }
    *item = Py_TYPE(object_)->tp_iternext(object_);
    if (*item != nullptr) return 1;
    if (PyErr_Occurred() == nullptr) return 0;
    if (!PyErr_ExceptionMatches(PyExc_StopIteration)) return -1;
    PyErr_Clear();
    return 0;
}

int Items::next(PyObject** item) {
    switch (kind_) {
        case Kind::none: return 0;
        case Kind::vector:
            if (index_ >= PyList_GET_SIZE(object_)) return 0;
            *item = Py_NewRef(PyList_GET_ITEM(object_, index_++));
            return 1;
        case Kind::tuple:
            if (index_ >= PyTuple_GET_SIZE(object_)) return 0;
            *item = Py_NewRef(PyTuple_GET_ITEM(object_, index_++));
            return 1;
        case Kind::cells:
            if (list_count(cell_) == 0) return 0;
            *item = Py_NewRef(list_first(cell_));
            cell_ = list_rest(cell_);
            return 1;
        case Kind::numbers:
        case Kind::fiber: {
            Value v;
            const int got = next(&v);
            if (got != 1) return got;
            *item = new_object(v);
            return *item != nullptr ? 1 : -1;
        }
        case Kind::text:
            if (index_ >= count_) return 0;
            *item = PyUnicode_FromOrdinal(static_cast<int>(PyUnicode_READ_CHAR(object_, index_++)));
            return *item != nullptr ? 1 : -1;
        case Kind::generator: {
            const int got = pull(item);
            if (got == 1) fiber_ = fiber_behind(object_).release();
            kind_ = fiber_ != nullptr ? Kind::fiber : Kind::iterator;
            return got;
        }
        case Kind::iterator: return pull(item);
    }
    return 0;
}

int Items::next(Value* item) {
    if (kind_ == Kind::numbers) {
        if (index_ >= count_) return 0;
        ++index_;
        *item = Value::integer(number_);
        // The last step may leave the machine's numbers; it is never looked at then.
        number_ = static_cast<std::int64_t>(static_cast<std::uint64_t>(number_) + static_cast<std::uint64_t>(step_));
        return 1;
    }
    if (kind_ == Kind::fiber) return next_of_fiber(item, object_, fiber_);
    PyObject* object;
    const int got = next(&object);
    if (got == 1) *item = steal_value(object);
    return got;
}

Py_ssize_t Items::skip(Py_ssize_t n) {
    Py_ssize_t there;
    switch (kind_) {
        case Kind::none: return 0;
        case Kind::vector: there = PyList_GET_SIZE(object_) - index_; break;
        case Kind::tuple: there = PyTuple_GET_SIZE(object_) - index_; break;
        case Kind::numbers:
        case Kind::text: there = count_ - index_; break;
        default: {
            Py_ssize_t skipped = 0;
            for (; skipped < n; ++skipped) {
                PyObject* item;
                const int got = next(&item);
                if (got < 0) return -1;
                if (got == 0) break;
                Py_DECREF(item);
            }
            return skipped;
        }
    }
    there = std::max(std::min(there, n), Py_ssize_t{0});
    index_ += there;
    if (kind_ == Kind::numbers) {
        number_ = static_cast<std::int64_t>(static_cast<std::uint64_t>(number_) +
                                            static_cast<std::uint64_t>(step_) * static_cast<std::uint64_t>(there));
    }
    return there;
}

Value fail_endless(const char* who) { return fail(PyExc_ValueError, "%s: the sequence never ends", who); }

Ref copy_vector(const Value& source, const char* who) {
    if (source.is_nil()) return steal(PyList_New(0));
    if (is_exactly(source, &PyList_Type)) return slice_of(source.as_object(), 0, PY_SSIZE_T_MAX);
    if (is_infinite(source)) {
        (void)fail_endless(who);
        return {};
    }
    if (is_exactly(source, &PyTuple_Type) || is_exactly(source, &PyDict_Type) || is_exactly(source, &PyRange_Type)) {
        return steal(PySequence_List(source.as_object()));
    }
    Items items;
    if (!items.open(source, who)) return {};
    Ref made = steal(PyList_New(0));
    if (!made) return {};
    for (;;) {
        PyObject* item;
        const int got = items.next(&item);
        if (got < 0) return {};
        if (got == 0) return made;
        const Ref held = steal(item);
        if (PyList_Append(made.get(), item) < 0) return {};
    }
}

Ref fresh_vector(Value& slot, const char* who) {
    if (is_temporary(slot, &PyList_Type)) return steal(take(slot).as_object());
    return copy_vector(slot, who);
}

int append(PyObject* list, const Value& v) {
    if (v.is_object()) return PyList_Append(list, v.as_object());
    const Ref item = boxed(v);
    return item ? PyList_Append(list, item.get()) : -1;
}

Ref import_name(const char* module, const char* name) {
    const Ref imported = steal(PyImport_ImportModule(module));
    if (!imported) return {};
    return steal(PyObject_GetAttrString(imported.get(), name));
}

PyObject* kept_name(PyObject*& slot, const char* module, const char* name) {
    if (slot == nullptr) slot = import_name(module, name).release();
    return slot;
}

Ref copy_of(PyObject* o) {
    const Ref copy = import_name("copy", "copy");
    return copy ? steal(PyObject_CallOneArg(copy.get(), o)) : Ref();
}

bool has_length(PyObject* o) {
    const PyTypeObject* type = Py_TYPE(o);
    return (type->tp_as_sequence != nullptr && type->tp_as_sequence->sq_length != nullptr) ||
           (type->tp_as_mapping != nullptr && type->tp_as_mapping->mp_length != nullptr);
}

int empty_by_length(const Value& v) {
    if (v.is_nil()) return 1;
    if (!v.is_object()) return -2;
    PyObject* o = v.as_object();
    if (PyList_CheckExact(o)) return PyList_GET_SIZE(o) == 0;
    if (is_list(o)) return list_count(o) == 0;
    if (!has_length(o)) return -2;
    const Py_ssize_t n = PyObject_Length(o);
    return n < 0 ? -1 : n == 0;
}

}  // namespace catena
