#include "lang/keyword.hpp"
#include "lang/python_name.hpp"
#include "vm/class_bodies.hpp"
#include "vm/helper_functions.hpp"
#include "vm/slow.hpp"
#include "vm/vm.hpp"

namespace catena {
namespace {

// The __classcell__ of a class body. Ours is in the namespace while the body runs; the metaclass needs one of
// CPython's, which type.__new__ fills before __set_name__ and __init_subclass__ run, so ours holds that one until the
// class exists.
class ClassCell {
public:
    // Takes ours out of the namespace and puts CPython's there. False with the error set.
    bool exchange(PyObject* names) {
        const Ref key = intern("__classcell__");
        if (!key) return false;
        const Ref found = steal(PyObject_GetItem(names, key.get()));
        if (!found) {
            if (!PyErr_ExceptionMatches(PyExc_KeyError)) return false;
            PyErr_Clear();
            return true;
        }
        if (Py_TYPE(found.get()) != cell_type) return true;
        ours_ = found;
        theirs_ = steal(PyCell_New(nullptr));
        return theirs_ && PyObject_SetAttrString(ours_.get(), "cell_contents", theirs_.get()) == 0 &&
               PyObject_SetItem(names, key.get(), theirs_.get()) == 0;
    }

    bool finish(PyObject* name, PyObject* made) {
        if (!ours_) return true;
        const Ref filled = steal(PyCell_Get(theirs_.get()));
        if (!filled) {
            PyErr_Clear();
            if (PyType_Check(made)) {
                PyErr_Format(PyExc_RuntimeError,
                             "__class__ not set defining %R as %R. Was __classcell__ propagated to type.__new__?", name,
                             made);
                return false;
            }
        } else if (filled != made && PyType_Check(made)) {
            PyErr_Format(PyExc_TypeError, "__class__ set to %.200R defining %.200R as %.200R", filled.get(), name,
                         made);
            return false;
        }
        return PyObject_SetAttrString(ours_.get(), "cell_contents", filled ? filled.get() : made) == 0;
    }

private:
    Ref ours_;
    Ref theirs_;
};

// __qualname__ of the class: the body's, when the compiler gave it the class's own, else the plain name.
PyObject* qualified_name(PyObject* body, PyObject* name) {
    if (!is_closure(body)) return name;
    PyObject* qualified = reinterpret_cast<Closure*>(body)->code->qualname.get();
    return qualified != nullptr && PyUnicode_Tailmatch(qualified, name, 0, PY_SSIZE_T_MAX, 1) == 1 ? qualified : name;
}

bool set_item(PyObject* names, const char* key, PyObject* value) {
    const Ref interned = intern(key);
    return interned && value != nullptr && PyObject_SetItem(names, interned.get(), value) == 0;
}

Ref module_name() {
    PyObject* module = running_module();
    if (module == nullptr || !PyModule_Check(module)) return intern("builtins");
    PyObject* name = PyDict_GetItemString(PyModule_GetDict(module), "__name__");
    return borrow(name != nullptr ? name : Py_None);
}

// What `type` does for Python's own functions: these methods belong to the class, __new__ to nobody.
bool wrap_class_methods(PyObject* names) {
    const struct {
        const char* name;
        PyObject* (*wrap)(PyObject*);
    } methods[] = {{"__init_subclass__", PyClassMethod_New},
                   {"__class_getitem__", PyClassMethod_New},
                   {"__new__", PyStaticMethod_New}};
    for (const auto& [text, wrap] : methods) {
        const Ref name = intern(text);
        if (!name) return false;
        const Ref method = steal(PyObject_GetItem(names, name.get()));
        if (!method) {
            if (!PyErr_ExceptionMatches(PyExc_KeyError)) return false;
            PyErr_Clear();
            continue;
        }
        if (!is_closure(method.get())) continue;
        const Ref wrapped = steal(wrap(method.get()));
        if (!wrapped || PyObject_SetItem(names, name.get(), wrapped.get()) < 0) return false;
    }
    return true;
}

}  // namespace

Value helper_BUILD_CLASS(Value* window, std::size_t) {
    const Ref name = python_name(window[0].as_object());
    const Ref written = steal(PySequence_Tuple(window[1].as_object()));
    const Ref keywords = steal(PyDict_New());
    if (!name || !written || !keywords) return Value::error();
    if (window[2].is_object() && !merge_keywords(keywords.get(), window[2].as_object())) return Value::error();
    PyObject* body = window[3].as_object();

    const Ref types = steal(PyImport_ImportModule("types"));
    const Ref bases = types ? steal(PyObject_CallMethod(types.get(), "resolve_bases", "(O)", written.get())) : Ref();
    if (!bases) return Value::error();
    const Ref prepared =
        steal(PyObject_CallMethod(types.get(), "prepare_class", "OOO", name.get(), bases.get(), keywords.get()));
    PyObject* metaclass;
    PyObject* names;
    PyObject* arguments;
    if (!prepared || !PyArg_ParseTuple(prepared.get(), "OOO", &metaclass, &names, &arguments)) return Value::error();
    if (!PyMapping_Check(names)) {
        PyErr_Format(PyExc_TypeError, "%.200s.__prepare__() must return a mapping, not %.200s",
                     PyType_Check(metaclass) ? reinterpret_cast<PyTypeObject*>(metaclass)->tp_name : "<metaclass>",
                     Py_TYPE(names)->tp_name);
        return Value::error();
    }
    const Ref module = module_name();
    if (!module || !set_item(names, "__module__", module.get()) ||
        !set_item(names, "__qualname__", qualified_name(body, name.get()))) {
        return Value::error();
    }
    const Value space = borrow_value(names);
    const Value ran = call_value(window[3], &space, 1);
    space.release();
    if (ran.is_error()) return ran;
    ran.release();
    if (!wrap_class_methods(names)) return Value::error();
    if (bases.get() != written.get() && !set_item(names, "__orig_bases__", written.get())) return Value::error();

    ClassCell cell;
    if (!cell.exchange(names)) return Value::error();
    PyObject* const call[] = {name.get(), bases.get(), names};
    const Ref made = steal(PyObject_VectorcallDict(metaclass, call, 3, arguments));
    if (!made || !cell.finish(name.get(), made.get())) return Value::error();
    remember_class_body(made.get(), body);
    return borrow_value(made.get());
}

Value helper_CLASS_NAME(Value* window, std::size_t) {
    PyObject* names = window[0].as_object();
    if (PyDict_CheckExact(names)) {
        PyObject* item = PyDict_GetItemWithError(names, window[1].as_object());
        if (item != nullptr) return borrow_value(item);
        return PyErr_Occurred() != nullptr ? Value::error() : Value::missing();
    }
    PyObject* item = PyObject_GetItem(names, window[1].as_object());
    if (item != nullptr || !PyErr_ExceptionMatches(PyExc_KeyError)) return steal_value(item);
    PyErr_Clear();
    return Value::missing();
}

}  // namespace catena
