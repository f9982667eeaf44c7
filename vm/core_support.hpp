// What the core natives share: errors that name the function, values that release themselves, and walking over
// anything that can be iterated. Internal to vm/core_*.cpp.
#pragma once

#include <cstdint>

#include "bridge/ref.hpp"
#include "bridge/result.hpp"
#include "bridge/truth.hpp"
#include "bridge/value.hpp"
#include "vm/native.hpp"

namespace catena {

// Sets the Python error (printf-like, as PyErr_Format) and answers Value::error().
template <class... Args>
[[nodiscard]] Value fail(PyObject* type, const char* format, Args... args) {
    PyErr_Format(type, format, args...);
    return Value::error();
}

// The owned value of a new reference; an empty one means that the error is set.
[[nodiscard]] inline Value own(Ref object) { return steal_value(object.release()); }
[[nodiscard]] inline Value own(Result<Ref> object) { return object ? own(std::move(*object)) : Value::error(); }

[[nodiscard]] inline Value keep(const Value& v) {
    v.retain();
    return v;
}

// Takes a value out of a window: the reference in it is the caller's then.
[[nodiscard]] inline Value take(Value& slot) {
    const Value v = slot;
    slot = Value::nil();
    return v;
}

// An owned value that releases itself.
class Held {
public:
    Held() = default;
    explicit Held(const Value& owned) : value_(owned) {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() { value_.release(); }

    [[nodiscard]] const Value& get() const { return value_; }
    [[nodiscard]] Value release() { return take(value_); }
    [[nodiscard]] bool failed() const { return value_.is_error(); }
    // The new value is in place before the old one goes: a release can run any Python code.
    void set(const Value& owned) {
        const Value old = value_;
        value_ = owned;
        old.release();
    }
    // For functions that fill in an owned value; releases what was there.
    [[nodiscard]] Value* slot() {
        set(Value::nil());
        return &value_;
    }

private:
    Value value_;
};

// The truth of an owned answer, which it releases: 1, 0, or -1 with the error set.
[[nodiscard]] inline int truth_of(const Value& owned) {
    const int truth = owned.is_error() ? -1 : is_true(owned);
    owned.release();
    return truth;
}

// "nil", "int", "float", "bool", or the name of the object's type.
[[nodiscard]] const char* kind_name(const Value& v);

[[nodiscard]] inline bool is_exactly(const Value& v, const PyTypeObject* type) {
    return v.is_object() && Py_TYPE(v.as_object()) == type;
}
[[nodiscard]] inline bool is_text(const Value& v) { return v.is_object() && PyUnicode_Check(v.as_object()); }

// True when the window holds the only reference to an object of exactly this type: nobody can see it change.
[[nodiscard]] inline bool is_temporary(const Value& v, const PyTypeObject* type) {
    return is_exactly(v, type) && Py_REFCNT(v.as_object()) == 1;
}

// An index or count: an int or what has __index__; a number beyond the machine's is clipped. TypeError otherwise:
// "take: the count must be an integer, not float".
[[nodiscard]] bool read_index_object(const Value& v, Py_ssize_t* out, const char* who, const char* what);
[[nodiscard]] inline bool read_integer(const Value& v, Py_ssize_t* out, const char* who, const char* what) {
    if (!v.is_integer()) return read_index_object(v, out, who, what);
    *out = static_cast<Py_ssize_t>(v.as_integer());
    return true;
}

// The str of an argument, borrowed; null with a TypeError that names the function when it is none.
[[nodiscard]] PyObject* read_text(const Value& v, const char* who, const char* what);

// Whether an iterable is known never to end: a lazy sequence that says so, itertools.count, cycle and repeat.
[[nodiscard]] bool is_infinite(PyObject* o);
[[nodiscard]] inline bool is_infinite(const Value& v) { return v.is_object() && is_infinite(v.as_object()); }

// Walks any iterable; nil is empty, a dict gives its keys, a str its characters. Lists, tuples, Lists, ranges and
// strings need no iterator object.
class Items {
public:
    Items() = default;
    Items(const Items&) = delete;
    Items& operator=(const Items&) = delete;
    ~Items() {
        Py_XDECREF(fiber_);
        Py_XDECREF(object_);
    }

    // False with the error set when `source` cannot be iterated.
    [[nodiscard]] bool open(const Value& source, const char* who);

    // 1 and an owned item, 0 at the end, -1 with the error set.
    [[nodiscard]] int next(Value* item);
    [[nodiscard]] int next(PyObject** item);

    // Skips up to n items without making them where that is possible: how many there were, or -1.
    [[nodiscard]] Py_ssize_t skip(Py_ssize_t n);

private:
    enum class Kind : unsigned char { none, vector, tuple, cells, numbers, text, generator, fiber, iterator };
    [[nodiscard]] int pull(PyObject** item);

    Kind kind_ = Kind::none;
    PyObject* object_ = nullptr;  // owned
    PyObject* cell_ = nullptr;    // of a List, kept alive by object_
    PyObject* fiber_ = nullptr;   // owned; behind a generator of ours that has begun
    Py_ssize_t index_ = 0;
    Py_ssize_t count_ = 0;  // numbers, text
    std::int64_t number_ = 0;
    std::int64_t step_ = 0;
    unsigned until_tick_ = 4096;
};

// The items as a list that only the caller sees: the argument itself when it is a temporary list (the window's slot
// is emptied then). Empty with the error set; ValueError for an endless sequence.
[[nodiscard]] Ref fresh_vector(Value& slot, const char* who);
// The same, always a new list.
[[nodiscard]] Ref copy_vector(const Value& source, const char* who);

// Raises the ValueError that an endless sequence has no such thing: "sort: the sequence never ends".
[[nodiscard]] Value fail_endless(const char* who);

// Appends a value to an exact list. 0, or -1 with the error set.
[[nodiscard]] int append(PyObject* list, const Value& v);

// The items of a list from start to end in a new one; bounds are clipped.
[[nodiscard]] inline Ref slice_of(PyObject* list, Py_ssize_t start, Py_ssize_t end) {
    return steal(PyList_GetSlice(list, start, end));
}

// Python's copy.copy.
[[nodiscard]] Ref copy_of(PyObject* o);

// module.name, imported when first needed; owned. Empty with the error set.
[[nodiscard]] Ref import_name(const char* module, const char* name);

// The same, imported once and kept: for classes that nobody replaces. Borrowed; null with the error set.
[[nodiscard]] PyObject* kept_name(PyObject*& slot, const char* module, const char* name);

// Whether Python's len takes the object.
[[nodiscard]] bool has_length(PyObject* o);

// Whether a collection is empty by its own length: 1, 0, -1 with the error set, -2 when it has no length.
[[nodiscard]] int empty_by_length(const Value& v);

}  // namespace catena
