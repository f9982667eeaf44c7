#include "vm/helpers.hpp"

#include "bridge/operators.hpp"
#include "bridge/tick.hpp"
#include "bridge/truth.hpp"
#include "lang/printer.hpp"
#include "lang/python_name.hpp"
#include "vm/awaitable.hpp"
#include "vm/calls.hpp"
#include "vm/event_loop.hpp"
#include "vm/globals.hpp"
#include "vm/helper_functions.hpp"
#include "vm/slow.hpp"

namespace catena {
namespace {

// What a message shows of a value: Catena's notation, cut when it is long.
Ref shown(const Value& v) {
    constexpr Py_ssize_t longest = 200;
    const Ref object = boxed(v);
    if (!object) return {};
    Result<Ref> text = repr(object.get());
    if (!text) return {};
    if (PyUnicode_GET_LENGTH(text->get()) <= longest) return std::move(*text);
    const Ref head = steal(PyUnicode_Substring(text->get(), 0, longest));
    return head ? steal(PyUnicode_FromFormat("%U...", head.get())) : Ref();
}

Value raise_showing(PyObject* type, const char* format, const Value& v) {
    const Ref text = shown(v);
    if (text) PyErr_Format(type, format, text.get());
    return Value::error();
}

Value pair_of(Ref first, PyObject* second) {
    const Ref held = steal(second);
    if (!first || !held) return Value::error();
    PyObject* list = PyList_New(2);
    if (list == nullptr) return Value::error();
    PyList_SET_ITEM(list, 0, first.release());
    PyList_SET_ITEM(list, 1, Py_NewRef(held.get()));
    return Value::object(list);
}

// Both names interned and kept for good.
Value enter_context(const Value& manager, PyObject* enter, PyObject* exit, const char* protocol) {
    const Ref object = boxed(manager);
    if (!object || enter == nullptr || exit == nullptr) return Value::error();
    const Ref entering = special_method(object.get(), enter);
    Ref leaving = entering ? special_method(object.get(), exit) : Ref();
    if (!leaving) {
        if (PyErr_Occurred() == nullptr) {
            PyErr_Format(PyExc_TypeError, "'%.200s' object does not support the %s protocol%s",
                         Py_TYPE(object.get())->tp_name, protocol, entering ? " (missed the exit method)" : "");
        }
        return Value::error();
    }
    return pair_of(std::move(leaving), PyObject_CallNoArgs(entering.get()));
}

Ref leave_context(const Value& exit, const Value& exception) {
    if (exception.is_nil()) {
        PyObject* const none[] = {Py_None, Py_None, Py_None};
        return steal(PyObject_Vectorcall(exit.as_object(), none, 3, nullptr));
    }
    PyObject* value = exception.as_object();
    const Ref traceback = steal(PyException_GetTraceback(value));
    PyObject* const args[] = {reinterpret_cast<PyObject*>(Py_TYPE(value)), value,
                              traceback ? traceback.get() : Py_None};
    return steal(PyObject_Vectorcall(exit.as_object(), args, 3, nullptr));
}

}  // namespace

const HelperRow helper_table[] = {
#define H(NAME, COUNT, EQUATION) {#NAME, COUNT, helper_##NAME},
#include "vm/helpers.def"
#undef H
};

bool slow_helper(Frame& frame, const Instr& i) {
    Value* window = frame.base + i.b;
    const Value result = helper_table[i.x].function(window, i.c);
    if (result.is_error()) return false;
    clear_registers(window, window + i.c);
    frame.base[i.a] = result;
    return true;
}

Ref special_method(PyObject* object, PyObject* name) {
    PyObject* found = _PyType_Lookup(Py_TYPE(object), name);
    if (found == nullptr) return {};
    const descrgetfunc bind = Py_TYPE(found)->tp_descr_get;
    if (bind == nullptr) return borrow(found);
    const Ref held = borrow(found);
    return steal(bind(found, object, reinterpret_cast<PyObject*>(Py_TYPE(object))));
}

Value helper_PLAIN_KEYWORDS(Value* window, std::size_t) {
    const Ref mapping = boxed(window[0]);
    Ref dict = mapping ? steal(PyDict_New()) : Ref();
    if (!dict || (mapping != Py_None && !merge_keywords(dict.get(), mapping.get()))) return Value::error();
    return Value::object(dict.release());
}

Value helper_NO_MATCH(Value* window, std::size_t) {
    return raise_showing(PyExc_ValueError, "no pattern matches %U", window[0]);
}

Value helper_CASE_FAILED(Value* window, std::size_t) {
    return raise_showing(PyExc_ValueError, "no case fits %U", window[0]);
}

Value helper_WITH_ENTER(Value* window, std::size_t) {
    static PyObject* const enter = PyUnicode_InternFromString("__enter__");
    static PyObject* const exit = PyUnicode_InternFromString("__exit__");
    return enter_context(window[0], enter, exit, "context manager");
}

Value helper_ASYNC_WITH_ENTER(Value* window, std::size_t) {
    static PyObject* const enter = PyUnicode_InternFromString("__aenter__");
    static PyObject* const exit = PyUnicode_InternFromString("__aexit__");
    return enter_context(window[0], enter, exit, "asynchronous context manager");
}

Value helper_WITH_EXIT(Value* window, std::size_t) {
    const Ref answer = leave_context(window[0], window[1]);
    if (!answer) return Value::error();
    // Python's truth decides here: the answer belongs to Python's protocol.
    const int truth = PyObject_IsTrue(answer.get());
    return truth < 0 ? Value::error() : Value::boolean(truth != 0 && !script_is_stopped());
}

Value helper_ASYNC_WITH_EXIT(Value* window, std::size_t) {
    return steal_value(leave_context(window[0], window[1]).release());
}

Value helper_NAME_ERROR(Value* window, std::size_t) {
    const Ref name = boxed(window[0]);
    if (name) raise_name_error(name.get());
    return Value::error();
}

Value helper_ASSERT_FAILED(Value* window, std::size_t) {
    const Ref message = boxed(window[1].is_nil() ? window[0] : window[1]);
    if (message) PyErr_SetObject(PyExc_AssertionError, message.get());
    return Value::error();
}

Value helper_RUN_AWAITABLE(Value* window, std::size_t) {
    const Ref object = boxed(window[0]);
    if (!object) return Value::error();
    if (!is_awaitable(object.get())) return borrow_value(object.get());
    return steal_value(run_awaitable(object.get()).release());
}

Value helper_REGISTER_MACRO(Value* window, std::size_t) {
    const Frame& frame = *running_thread->frame;
    const Ref name = python_name(window[0].as_object());
    if (!name) return Value::error();
    PyObject* function = window[1].is_object() ? window[1].as_object() : nullptr;
    if (function == nullptr || !is_closure(function)) {
        PyErr_SetString(PyExc_TypeError, "a macro is a function");
        return Value::error();
    }
    if (PyDict_SetItem(frame.code->globals_dict.get(), name.get(), function) < 0) return Value::error();
    reinterpret_cast<Closure*>(function)->is_macro = true;
    return borrow_value(function);
}

Value helper_ANNOTATE(Value* window, std::size_t) {
    const Ref function = boxed(window[0]);
    const Ref annotations = boxed(window[1]);
    if (!function || !annotations || PyObject_SetAttrString(function.get(), "__annotations__", annotations.get()) < 0) {
        return Value::error();
    }
    return borrow_value(function.get());
}

Value helper_SUPER(Value* window, std::size_t) {
    Ref type = boxed(window[0]);
    const Ref object = boxed(window[1]);
    if (!type || !object) return Value::error();
    // While a class is being made, its cell holds the one that CPython fills.
    if (PyCell_Check(type.get())) {
        type = steal(PyCell_Get(type.get()));
        if (!type) {
            PyErr_SetString(PyExc_RuntimeError, "super: the class does not exist yet");
            return Value::error();
        }
    }
    return steal_value(
        PyObject_CallFunctionObjArgs(reinterpret_cast<PyObject*>(&PySuper_Type), type.get(), object.get(), nullptr));
}

}  // namespace catena
