// Iteration. The two registers of a state hold:
//   a range of step 1                 the next integer, the end
//   a list or tuple                   the object, the next index
//   a List                            the cell that is next, nil
//   nil                               nil, nil
//   a generator of ours, begun        the generator, its fiber, which is resumed without the generator's help
//   everything else                   its iterator, nil, or true after the first item
#include <string_view>

#include "lang/list.hpp"
#include "vm/fiber_state.hpp"
#include "vm/slow.hpp"

#include <structmember.h>

namespace catena {
namespace {

// Where a range keeps its parts, as its type says; the parts never change.
struct RangeParts {
    Py_ssize_t start = 0, stop = 0, step = 0;
    RangeParts() {
        for (const PyMemberDef* member = PyRange_Type.tp_members; member != nullptr && member->name != nullptr;
             ++member) {
            const std::string_view name = member->name;
            if (name == "start") start = member->offset;
            if (name == "stop") stop = member->offset;
            if (name == "step") step = member->offset;
        }
    }
};

bool read_part(PyObject* range, Py_ssize_t offset, std::int64_t* out) {
    if (offset == 0) return false;
    PyObject* part = *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(range) + offset);
    return PyLong_CheckExact(part) && read_small_int(part, out);
}

// A range of step 1 within 64 bits, as two integers; another range is false.
bool plain_range(PyObject* range, Value* state) {
    static const RangeParts parts;
    std::int64_t start, stop, step;
    if (!read_part(range, parts.step, &step) || step != 1) return false;
    if (!read_part(range, parts.start, &start) || !read_part(range, parts.stop, &stop)) return false;
    state[0] = Value::integer(start);
    state[1] = Value::integer(stop);
    return true;
}

}  // namespace

bool slow_iterate(Frame& frame, const Instr& i) {
    const Value iterable = take(frame, i.b);
    Value* state = frame.base + i.a;
    state[0] = Value::nil();
    state[1] = Value::nil();
    if (iterable.is_nil()) return true;
    const Ref object = steal(iterable.is_object() ? iterable.as_object() : new_object(iterable));
    PyObject* o = object.get();
    if (o == nullptr) return false;
    if (PyList_CheckExact(o) || PyTuple_CheckExact(o)) {
        state[0] = Value::object(Py_NewRef(o));
        state[1] = Value::integer(0);
        return true;
    }
    if (is_list(o)) {
        state[0] = Value::object(Py_NewRef(o));
        return true;
    }
    if (Py_IS_TYPE(o, &PyRange_Type) && plain_range(o, state)) return true;
    PyObject* iterator = PyObject_GetIter(o);
    if (iterator == nullptr) return false;
    state[0] = Value::object(iterator);
    return true;
}

int slow_next(Frame& frame, const Instr& i) {
    Value* state = frame.base + i.b;
    if (!state[0].is_object()) return 0;
    PyObject* o = state[0].as_object();
    if (state[1].is_integer()) {
        const std::int64_t index = state[1].as_integer();
        if (index >= PySequence_Fast_GET_SIZE(o)) return 0;
        state[1] = Value::integer(index + 1);
        frame.base[i.a] = borrow_value(PySequence_Fast_GET_ITEM(o, index));
        return 1;
    }
    if (is_list(o)) {
        if (list_count(o) == 0) return 0;
        frame.base[i.a] = borrow_value(list_first(o));
        state[0] = Value::object(Py_NewRef(list_rest(o)));
        Py_DECREF(o);
        return 1;
    }
    if (state[1].is_object()) return next_of_fiber(&frame.base[i.a], o, state[1].as_object());
    PyObject* item = Py_TYPE(o)->tp_iternext(o);
    if (item != nullptr) {
        frame.base[i.a] = steal_value(item);
        if (state[1].is_nil() && PyGen_CheckExact(o)) {
            Ref fiber = fiber_behind(o);
            state[1] = fiber ? Value::object(fiber.release()) : Value::boolean(true);
        }
        return 1;
    }
    if (PyErr_Occurred() == nullptr) return 0;
    if (!PyErr_ExceptionMatches(PyExc_StopIteration)) return -1;
    PyErr_Clear();
    return 0;
}

}  // namespace catena
