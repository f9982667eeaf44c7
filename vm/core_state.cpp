#include "vm/core_state.hpp"

#include "bridge/call.hpp"
#include "bridge/operators.hpp"
#include "lang/keyword.hpp"
#include "lang/printer.hpp"
#include "lang/static_type.hpp"
#include "vm/core_collections.hpp"
#include "vm/core_pairs.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

struct Atom {
    PyObject_HEAD
    Value value;
    std::uint64_t version;  // counts changes, so that swap! notices one that happened while it called
    PyObject* weakrefs;
};

Atom* as_atom(PyObject* o) { return reinterpret_cast<Atom*>(o); }
Value& value_of_reduced(PyObject* o) { return reinterpret_cast<Reduced*>(o)->value; }
Value& value_of_atom(PyObject* o) { return as_atom(o)->value; }

template <Value& (*value_of)(PyObject*)>
int visit_value(PyObject* self, visitproc visit, void* arg) {
    const Value& v = value_of(self);
    if (v.is_object()) Py_VISIT(v.as_object());
    return 0;
}

template <Value& (*value_of)(PyObject*)>
int clear_value(PyObject* self) {
    take(value_of(self)).release();
    return 0;
}

void atom_dealloc(PyObject* self) {
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, atom_dealloc)
    if (as_atom(self)->weakrefs != nullptr) PyObject_ClearWeakRefs(self);
    clear_value<value_of_atom>(self);
    PyObject_GC_Del(self);
    Py_TRASHCAN_END
}

void reduced_dealloc(PyObject* self) {
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, reduced_dealloc)
    clear_value<value_of_reduced>(self);
    PyObject_GC_Del(self);
    Py_TRASHCAN_END
}

// An owned value in a new object of the type.
template <class Object>
Object* wrap(PyTypeObject* type, const Value& owned) {
    auto* made = PyObject_GC_New(Object, type);
    if (made == nullptr) {
        owned.release();
        return nullptr;
    }
    made->value = owned;
    return made;
}

PyObject* make_atom(const Value& owned) {
    Atom* atom = wrap<Atom>(&atom_type, owned);
    if (atom == nullptr) return nullptr;
    atom->version = 0;
    atom->weakrefs = nullptr;
    PyObject_GC_Track(atom);
    return reinterpret_cast<PyObject*>(atom);
}

PyObject* atom_new(PyTypeObject*, PyObject* args, PyObject* kwargs) {
    static const char* names[] = {"value", nullptr};
    PyObject* value = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:Atom", const_cast<char**>(names), &value)) return nullptr;
    return make_atom(borrow_value(value));
}

// An atom that is reached from its own value is made first and filled afterwards.
PyObject* atom_reduce(PyObject* self, PyObject*) {
    const Ref value = boxed(as_atom(self)->value);
    return value ? Py_BuildValue("O()(O)", Py_TYPE(self), value.get()) : nullptr;
}

PyObject* atom_set_state(PyObject* self, PyObject* state) {
    if (!PyTuple_Check(state) || PyTuple_GET_SIZE(state) != 1) {
        PyErr_SetString(PyExc_TypeError, "an atom's state is a tuple of its value");
        return nullptr;
    }
    const Value old = take(as_atom(self)->value);
    as_atom(self)->value = borrow_value(PyTuple_GET_ITEM(state, 0));
    ++as_atom(self)->version;
    old.release();
    Py_RETURN_NONE;
}

template <Value& (*value_of)(PyObject*)>
PyObject* get_value(PyObject* self, void*) {
    return new_object(value_of(self));
}

// "<atom [1 2]>"; an atom that holds itself shows as "...".
template <Value& (*value_of)(PyObject*)>
PyObject* show(PyObject* self) {
    const char* name = PyObject_TypeCheck(self, &atom_type) ? "atom" : "reduced";
    const int inside = Py_ReprEnter(self);
    if (inside != 0) return inside < 0 ? nullptr : PyUnicode_FromString("...");
    const Ref value = boxed(value_of(self));
    const Result<Ref> text = value ? repr(value.get()) : raised();
    Py_ReprLeave(self);
    return text ? PyUnicode_FromFormat("<%s %U>", name, text->get()) : nullptr;
}

PyMethodDef atom_methods[] = {
    {"__reduce__", atom_reduce, METH_NOARGS, nullptr},
    {"__setstate__", atom_set_state, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef atom_attributes[] = {
    {"value", get_value<value_of_atom>, nullptr, "The value now.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyGetSetDef reduced_attributes[] = {
    {"value", get_value<value_of_reduced>, nullptr, "The value wrapped.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

}  // namespace

PyTypeObject atom_type =
    blank_type("catena.Atom", sizeof(Atom), "Atom(value)\n--\n\nA place for one value that changes.");
PyTypeObject reduced_type = blank_type("catena.Reduced", sizeof(Reduced), "A value that stops a reduce.");

Result<void> ready_state_types() {
    atom_type.tp_flags |= Py_TPFLAGS_HAVE_GC;
    atom_type.tp_new = atom_new;
    atom_type.tp_dealloc = atom_dealloc;
    atom_type.tp_traverse = visit_value<value_of_atom>;
    atom_type.tp_clear = clear_value<value_of_atom>;
    atom_type.tp_repr = show<value_of_atom>;
    atom_type.tp_methods = atom_methods;
    atom_type.tp_getset = atom_attributes;
    atom_type.tp_weaklistoffset = offsetof(Atom, weakrefs);
    reduced_type.tp_flags |= Py_TPFLAGS_HAVE_GC;
    reduced_type.tp_dealloc = reduced_dealloc;
    reduced_type.tp_traverse = visit_value<value_of_reduced>;
    reduced_type.tp_clear = clear_value<value_of_reduced>;
    reduced_type.tp_repr = show<value_of_reduced>;
    reduced_type.tp_getset = reduced_attributes;
    auto done = ready(atom_type);
    return done ? ready(reduced_type) : done;
}

namespace {

// The atom of an argument, or null with a TypeError.
Atom* atom_in(const Value& v, const char* who) {
    if (is_atom_value(v)) return as_atom(v.as_object());
    PyErr_Format(PyExc_TypeError, "%s: needs an atom, not %.200s", who, kind_name(v));
    return nullptr;
}

// Stores an owned value; the old one is released after the new one is in place.
void store(Atom* atom, const Value& owned) {
    const Value old = atom->value;
    atom->value = owned;
    ++atom->version;
    old.release();
}

Value atom(Value* a, std::size_t) {
    // The object is made first: on failure the window still owns the value.
    return steal_value(make_atom(keep(a[0])));
}

Value reset(Value* a, std::size_t) {
    Atom* atom = atom_in(a[0], "reset!");
    if (atom == nullptr) return Value::error();
    store(atom, keep(a[1]));
    return keep(a[1]);
}

Value reset_values(Value* a, std::size_t) {
    Atom* atom = atom_in(a[0], "reset-vals!");
    if (atom == nullptr) return Value::error();
    Held old(keep(atom->value));
    store(atom, keep(a[1]));
    const Ref made = steal(PyList_New(0));
    if (!made || append(made.get(), old.get()) < 0 || append(made.get(), a[1]) < 0) return Value::error();
    return Value::object(Py_NewRef(made.get()));
}

// Can this key be put into a dict without running code of the program, which might look into the atom meanwhile?
bool is_quiet_key(const Value& key) {
    if (!key.is_object()) return true;
    return PyUnicode_CheckExact(key.as_object()) || is_keyword(key.as_object());
}

// (swap! atom conj x) and (swap! atom assoc k v), where the atom holds the only reference to its vector or map: done in
// place, so that collecting into an atom copies nothing. 1 when it was done, 0 when not, -1 with the error set.
int swap_in_place(Atom* atom, const Value& f, const Value* extra, std::size_t n) {
    if (n == 1 && is_temporary(atom->value, &PyList_Type) && is_native_conj(f)) {
        if (append(atom->value.as_object(), extra[0]) < 0) return -1;
    } else if (n == 2 && is_temporary(atom->value, &PyDict_Type) && is_native_assoc(f) && is_quiet_key(extra[0])) {
        const Ref key = boxed(extra[0]);
        const Ref value = boxed(extra[1]);
        const Ref map = borrow(atom->value.as_object());
        if (!key || !value || PyDict_SetItem(map.get(), key.get(), value.get()) < 0) return -1;
    } else {
        return 0;
    }
    ++atom->version;
    return 1;
}

// Puts (f old a[2] …) into the atom, again and again until nobody else changed it meanwhile. Answers the new value;
// `old`, if given, receives the one that it replaced.
Value swap_in(Value* a, std::size_t n, const char* who, Held* before) {
    Atom* atom = atom_in(a[0], who);
    if (atom == nullptr) return Value::error();
    unmark_pairs(a[1], a + 2, n - 2);
    if (before == nullptr) {
        const int done = swap_in_place(atom, a[1], a + 2, n - 2);
        if (done != 0) return done < 0 ? Value::error() : keep(atom->value);
    }
    // The window is [atom f x …]; the call's arguments are the old value and x …, which stand side by side in it.
    const Held f(take(a[1]));
    for (;;) {
        const std::uint64_t version = atom->version;
        a[1] = keep(atom->value);
        const Held old(keep(atom->value));
        const Value made = call_as_written(f.get(), a + 1, n - 1);
        take(a[1]).release();
        if (made.is_error()) return made;
        if (atom->version != version) {
            made.release();
            if (PyErr_CheckSignals() < 0) return Value::error();
            continue;
        }
        if (before != nullptr) before->set(keep(old.get()));
        store(atom, keep(made));
        return made;
    }
}

Value swap(Value* a, std::size_t n) { return swap_in(a, n, "swap!", nullptr); }

Value swap_values(Value* a, std::size_t n) {
    Held old;
    const Held made(swap_in(a, n, "swap-vals!", &old));
    if (made.failed()) return Value::error();
    const Ref both = steal(PyList_New(0));
    if (!both || append(both.get(), old.get()) < 0 || append(both.get(), made.get()) < 0) return Value::error();
    return Value::object(Py_NewRef(both.get()));
}

Value compare_and_set(Value* a, std::size_t) {
    Atom* atom = atom_in(a[0], "compare-and-set!");
    if (atom == nullptr) return Value::error();
    if (!identical(atom->value, a[1])) return Value::boolean(false);
    store(atom, keep(a[2]));
    return Value::boolean(true);
}

// The answer of a future's result(timeout); at a timeout the default, when one was given.
Value future_result(PyObject* future, const Value* timeout, const Value* otherwise) {
    static PyObject* const name = PyUnicode_InternFromString("result");
    const Value arguments[] = {Value::object(future), timeout != nullptr ? *timeout : Value::nil()};
    const Value result = call_method(name, arguments, timeout != nullptr && !timeout->is_nil() ? 2 : 1);
    if (!result.is_error() || otherwise == nullptr) return result;
    if (!PyErr_ExceptionMatches(PyExc_TimeoutError)) return result;
    // A TimeoutError of a future that is done is what it was computing.
    PyObject* type;
    PyObject* value;
    PyObject* traceback;
    PyErr_Fetch(&type, &value, &traceback);
    const int done = truth_of(steal_value(PyObject_CallMethod(future, "done", nullptr)));
    if (done != 0) {
        PyErr_Clear();
        PyErr_Restore(type, value, traceback);
        return result;
    }
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return keep(*otherwise);
}

bool is_awaitable(PyObject* o) {
    const PyAsyncMethods* async = Py_TYPE(o)->tp_as_async;
    return async != nullptr && async->am_await != nullptr;
}

// An asyncio future answers when it is done; until then only `await` can wait for it.
Value awaitable_result(PyObject* o) {
    if (PyObject_HasAttrString(o, "done")) {
        const int done = truth_of(steal_value(PyObject_CallMethod(o, "done", nullptr)));
        if (done < 0) return Value::error();
        if (done == 1) return future_result(o, nullptr, nullptr);
    }
    return fail(PyExc_RuntimeError, "deref: this %.200s is not done; use await", Py_TYPE(o)->tp_name);
}

}  // namespace

Value deref(const Value& reference, const Value* timeout, const Value* otherwise) {
    if (is_atom_value(reference)) return keep(as_atom(reference.as_object())->value);
    if (is_reduced(reference)) return keep(reduced_value(reference));
    if (reference.is_object()) {
        PyObject* o = reference.as_object();
        if (PyWeakref_CheckRef(o)) return borrow_value(PyWeakref_GET_OBJECT(o));
        // What knows how to be dereferenced itself: references to values that live elsewhere.
        const Ref own_deref = steal(PyObject_GetAttrString(o, "__deref__"));
        if (own_deref) {
            const Value arguments[] = {timeout != nullptr ? *timeout : Value::nil(),
                                       otherwise != nullptr ? *otherwise : Value::nil()};
            return call_object(own_deref.get(), arguments, otherwise != nullptr ? 2 : timeout != nullptr ? 1 : 0);
        }
        if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return Value::error();
        PyErr_Clear();
        if (is_awaitable(o) && !PyObject_HasAttrString(o, "set_running_or_notify_cancel")) return awaitable_result(o);
        if (PyObject_HasAttrString(o, "result")) return future_result(o, timeout, otherwise);
    }
    return fail(PyExc_TypeError, "deref: needs an atom, a future or a reference, not %.200s", kind_name(reference));
}

namespace {

Value dereference(Value* a, std::size_t n) { return deref(a[0], n > 1 ? &a[1] : nullptr, n > 2 ? &a[2] : nullptr); }

Value reduced(Value* a, std::size_t) {
    Reduced* made = wrap<Reduced>(&reduced_type, keep(a[0]));
    if (made == nullptr) return Value::error();
    PyObject_GC_Track(made);
    return Value::object(reinterpret_cast<PyObject*>(made));
}

Value asks_reduced(Value* a, std::size_t) { return Value::boolean(is_reduced(a[0])); }

Value unreduced(Value* a, std::size_t) { return is_reduced(a[0]) ? keep(reduced_value(a[0])) : keep(a[0]); }

constexpr NativeSpec table[] = {
    {"atom", "[x]",
     "A place for one value that changes: deref reads it, reset! and swap! change it.\n"
     "(deref (atom 1)) => 1",
     atom, nullptr, 1, 1},
    {"deref", "[ref &opt timeout default]",
     "What an atom, future, delay, promise or weak reference holds; @ref is (deref ref). With a timeout in seconds: "
     "default when it is late, TimeoutError without one.\n"
     "@(atom [1]) => [1]",
     dereference, nullptr, 1, 3},
    {"reset!", "[atom x]",
     "Puts x into the atom and answers it.\n"
     "(let [a (atom 1)] (reset! a 5) @a) => 5",
     reset, nullptr, 2, 2},
    {"swap!", "[atom f & args]",
     "Puts (f value args…) into the atom and answers it.\n"
     "(let [a (atom 1)] (swap! a + 2)) => 3",
     swap, nullptr, 2, -1, true},
    {"reset-vals!", "[atom x]",
     "As reset!, and answers [old new].\n"
     "(reset-vals! (atom 1) 2) => [1 2]",
     reset_values, nullptr, 2, 2},
    {"swap-vals!", "[atom f & args]",
     "As swap!, and answers [old new].\n"
     "(swap-vals! (atom 1) inc) => [1 2]",
     swap_values, nullptr, 2, -1, true},
    {"compare-and-set!", "[atom old new]",
     "Puts new into the atom if it holds the very value old; says whether it did.\n"
     "(compare-and-set! (atom 1) 1 2) => true\n"
     "(compare-and-set! (atom 1) 3 2) => false",
     compare_and_set, nullptr, 3, 3},
    {"reduced", "[x]",
     "Wraps x so that the reduce that gets it stops and answers x.\n"
     "(reduce (fn [a x] (if (> a 5) (reduced a) (+ a x))) [1 2 3 4 5]) => 6",
     reduced, nullptr, 1, 1},
    {"reduced?", "[x]", "Was x made by reduced?\n(reduced? (reduced 1)) => true", asks_reduced, nullptr, 1, 1},
    {"unreduced", "[x]",
     "What reduced has wrapped; anything else as it is.\n"
     "(unreduced (reduced 1)) => 1\n"
     "(unreduced 2) => 2",
     unreduced, nullptr, 1, 1},
};

}  // namespace

std::span<const NativeSpec> state_natives() { return table; }

}  // namespace catena
