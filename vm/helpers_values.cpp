#include <limits>

#include "lang/list.hpp"
#include "lang/python_name.hpp"
#include "lang/symbol.hpp"
#include "vm/closure.hpp"
#include "vm/core_lazy.hpp"
#include "vm/core_state.hpp"
#include "vm/core_support.hpp"
#include "vm/helper_functions.hpp"
#include "vm/module.hpp"
#include "vm/stack.hpp"

namespace catena {
namespace {

// `module/name` as a symbol.
Value qualified(PyObject* module, PyObject* name) {
    const Ref text = steal(PyUnicode_FromFormat("%U/%U", module, name));
    Ref symbol = text ? make_symbol(text.get()) : Ref();
    return symbol ? Value::object(symbol.release()) : Value::error();
}

}  // namespace

Value helper_LIST_OF(Value* window, std::size_t) { return steal_value(list_from(window[0].as_object()).release()); }

Value helper_TUPLE_OF(Value* window, std::size_t) { return steal_value(PyList_AsTuple(window[0].as_object())); }

Value helper_SET_OF(Value* window, std::size_t) { return steal_value(PySet_New(window[0].as_object())); }

Value helper_COPY(Value* window, std::size_t) {
    PyObject* o = window[0].as_object();
    if (PyList_CheckExact(o)) return steal_value(PyList_GetSlice(o, 0, PyList_GET_SIZE(o)));
    if (PyDict_CheckExact(o)) return steal_value(PyDict_Copy(o));
    return steal_value(PySet_New(o));
}

Value helper_RESOLVE_SYMBOL(Value* window, std::size_t) {
    PyObject* symbol = window[0].as_object();
    PyObject* name = symbol_name(symbol);
    const Ref key = python_name(name);
    if (!key) return Value::error();
    const Code* code = running_thread->frame->code;
    PyObject* globals = code != nullptr ? code->globals_dict.get() : nullptr;
    if (globals != nullptr && globals != core_dict()) {
        const int defined = PyDict_Contains(globals, key.get());
        if (defined < 0) return Value::error();
        PyObject* module = defined > 0 ? PyDict_GetItemString(globals, "__name__") : nullptr;
        if (module != nullptr && PyUnicode_Check(module)) return qualified(module, name);
    }
    const int in_core = PyDict_Contains(core_dict(), key.get());
    if (in_core < 0) return Value::error();
    const Ref loaded = in_core == 0 ? steal(load_core_name(key.get())) : Ref();
    if (in_core == 0 && !loaded && PyErr_Occurred() != nullptr) return Value::error();
    const Ref core = intern("core");
    if (in_core > 0 || loaded) return core ? qualified(core.get(), name) : Value::error();
    return borrow_value(symbol);
}

Value helper_LOOP_COUNT(Value* window, std::size_t) {
    if (window[0].is_integer()) return window[0];
    const Ref count = boxed(window[0]);
    if (!count) return Value::error();
    if (!PyIndex_Check(count.get())) {
        PyErr_Format(PyExc_TypeError, "the number of rounds is an integer, not %.200s", Py_TYPE(count.get())->tp_name);
        return Value::error();
    }
    const Ref whole = steal(PyNumber_Index(count.get()));
    if (!whole) return Value::error();
    int overflow = 0;
    const long long rounds = PyLong_AsLongLongAndOverflow(whole.get(), &overflow);
    if (overflow > 0) return Value::integer(std::numeric_limits<std::int64_t>::max());
    return Value::integer(overflow < 0 ? 0 : rounds);
}

Value helper_LOOPS(Value* window, std::size_t) {
    if (!window[0].is_object() || Py_TYPE(window[0].as_object()) != closure_type) return Value::boolean(false);
    const Code& code = *reinterpret_cast<Closure*>(window[0].as_object())->code;
    if (code.globals_dict != core_dict() || PyUnicode_Compare(code.name.get(), window[1].as_object()) != 0)
        return Value::boolean(false);
    if (!window[2].is_object()) return Value::boolean(true);
    PyObject* items = window[2].as_object();
    if (PyList_CheckExact(items)) return Value::boolean(true);
    return Value::boolean(!is_lazy_seq(items) && !is_infinite(items));
}

Value helper_IS_REDUCED(Value* window, std::size_t) { return Value::boolean(is_reduced(window[0])); }

}  // namespace catena
