// Functions about functions.

#include "vm/core_functions.hpp"
#include "lang/keyword.hpp"
#include "lang/static_type.hpp"
#include "vm/core_pairs.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

// What `constantly` answers: a callable that takes anything and answers its value.
struct Constant {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject* value;  // owned
};

Constant* as_constant(PyObject* o) { return reinterpret_cast<Constant*>(o); }

PyObject* constant_call(PyObject* self, PyObject* const*, std::size_t, PyObject*) {
    return Py_NewRef(as_constant(self)->value);
}

int constant_traverse(PyObject* self, visitproc visit, void* arg) {
    Py_VISIT(as_constant(self)->value);
    return 0;
}

int constant_clear(PyObject* self) {
    // The value stays callable until the end: nil stands in for one that the collector has taken.
    PyObject* value = as_constant(self)->value;
    as_constant(self)->value = Py_NewRef(Py_None);
    Py_XDECREF(value);
    return 0;
}

void constant_dealloc(PyObject* self) {
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, constant_dealloc)
    Py_CLEAR(as_constant(self)->value);
    PyObject_GC_Del(self);
    Py_TRASHCAN_END
}

PyObject* constant_repr(PyObject* self) { return PyUnicode_FromFormat("<constantly %R>", as_constant(self)->value); }

PyObject* constant_reduce(PyObject* self, PyObject*) {
    const Ref maker = import_name("catena.core", "constantly");
    return maker ? Py_BuildValue("O(O)", maker.get(), as_constant(self)->value) : nullptr;
}

PyMethodDef constant_methods[] = {
    {"__reduce__", constant_reduce, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyTypeObject constant_type =
    blank_type("catena.Constantly", sizeof(Constant), "A callable that always answers one value.");

Value begins_pair(Value* a, std::size_t) {
    return Value::boolean(a[0].is_object() && is_written_keyword(a[0].as_object()));
}

Value is_exact_scalar(Value* a, std::size_t) {
    const Value& x = a[0];
    return Value::boolean(x.is_object() ? PyUnicode_CheckExact(x.as_object()) || PyLong_CheckExact(x.as_object())
                                        : x.tag == Tag::integer);
}

Value identity(Value* a, std::size_t) { return take(a[0]); }

Value constantly(Value* a, std::size_t) {
    Ref value = boxed(a[0]);
    auto* made = value ? PyObject_GC_New(Constant, &constant_type) : nullptr;
    if (made == nullptr) return Value::error();
    made->vectorcall = constant_call;
    made->value = value.release();
    PyObject_GC_Track(made);
    return Value::object(reinterpret_cast<PyObject*>(made));
}

// Owned arguments for a call, as many as memory holds.
class Arguments {
public:
    Arguments() = default;
    Arguments(const Arguments&) = delete;
    Arguments& operator=(const Arguments&) = delete;
    ~Arguments() {
        for (std::size_t n = 0; n < count_; ++n) values_[n].release();
        PyMem_Free(values_);
    }
    // False with an error set.
    [[nodiscard]] bool add(const Value& owned) {
        if (count_ == room_ && !grow()) {
            owned.release();
            PyErr_NoMemory();
            return false;
        }
        values_[count_++] = owned;
        return true;
    }
    [[nodiscard]] bool add_all(const Value& xs) {
        if (is_infinite(xs)) {
            (void)fail_endless("apply");
            return false;
        }
        if (is_exactly(xs, &PyList_Type) || is_exactly(xs, &PyTuple_Type)) {
            PyObject* const* items = PySequence_Fast_ITEMS(xs.as_object());
            for (Py_ssize_t i = 0; i < Py_SIZE(xs.as_object()); ++i)
                if (!add(borrow_value(items[i]))) return false;
            return true;
        }
        Items items;
        if (!items.open(xs, "apply")) return false;
        for (;;) {
            Value item;
            const int got = items.next(&item);
            if (got <= 0) return got == 0;
            if (!add(item)) return false;
        }
    }
    [[nodiscard]] const Value* values() const { return values_; }
    [[nodiscard]] std::size_t count() const { return count_; }

private:
    bool grow() {
        const std::size_t room = room_ == 0 ? 16 : room_ * 2;
        auto* values = static_cast<Value*>(PyMem_Realloc(values_, room * sizeof(Value)));
        if (values == nullptr) return false;
        values_ = values;
        room_ = room;
        return true;
    }

    Value* values_ = nullptr;
    std::size_t count_ = 0, room_ = 0;
};

}  // namespace

// The last operand before the pairs is the one that is spread out.
Value core_apply(Value* a, std::size_t n) {
    if (n == 1) return call_value(a[0], nullptr, 0);
    const std::size_t spread = n - 1 - 2 * pairs_at_end(a[0], a + 1, n - 1);
    Arguments arguments;
    for (std::size_t i = 1; i < spread; ++i)
        if (!arguments.add(keep(a[i]))) return Value::error();
    if (!arguments.add_all(a[spread])) return Value::error();
    for (std::size_t i = spread + 1; i < n; ++i)
        if (!arguments.add(keep(a[i]))) return Value::error();
    return call_as_written(a[0], arguments.values(), arguments.count());
}

namespace {

constexpr NativeSpec table[] = {
    {"%begins-pair?", "[x]", "Is x, among operands that are passed on, a keyword that was written before a form?",
     begins_pair, nullptr, 1, 1},
    {"%exact-scalar?", "[x]", "Is x an int or a str, and of no class derived from them?", is_exact_scalar, nullptr, 1,
     1},
    {"identity", "[x]", "x itself.\n(identity 5) => 5", identity, nullptr, 1, 1},
    {"constantly", "[x]",
     "A function that takes anything and answers x.\n"
     "((constantly 1) 2 3) => 1",
     constantly, nullptr, 1, 1},
    {"apply", "[f & xs]",
     "Calls f with the operands, the items of the last one spread out; pairs are passed on.\n"
     "(apply + 1 [2 3]) => 6\n"
     "(apply max [4 9 2]) => 9\n"
     "(apply sorted [[3 1]] :reverse true) => [3 1]\n"
     "(apply assoc {} :a [1]) => {:a 1}",
     core_apply, nullptr, 1, -1, true},
};

}  // namespace

Result<void> ready_function_types() {
    constant_type.tp_flags |= Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL;
    constant_type.tp_vectorcall_offset = offsetof(Constant, vectorcall);
    constant_type.tp_call = PyVectorcall_Call;
    constant_type.tp_dealloc = constant_dealloc;
    constant_type.tp_traverse = constant_traverse;
    constant_type.tp_clear = constant_clear;
    constant_type.tp_repr = constant_repr;
    constant_type.tp_methods = constant_methods;
    return ready(constant_type);
}

std::span<const NativeSpec> function_natives() { return table; }

}  // namespace catena
