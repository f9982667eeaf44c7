#include "lang/keyword.hpp"
#include "lang/python_name.hpp"
#include "vm/helper_functions.hpp"
#include "vm/module.hpp"
#include "vm/stack.hpp"

namespace catena {
namespace {

// The globals that __import__ sees: those of the running code, for hooks that look at the importer.
PyObject* running_globals() {
    PyObject* dict = running_thread->frame->code != nullptr ? running_thread->frame->code->globals_dict.get() : nullptr;
    return dict != nullptr ? dict : builtins_dict();
}

Ref import_with(PyObject* name, PyObject* from) {
    const Ref function = intern("__import__");
    PyObject* import = function ? PyDict_GetItemWithError(builtins_dict(), function.get()) : nullptr;
    if (import == nullptr) {
        if (PyErr_Occurred() == nullptr) PyErr_SetString(PyExc_ImportError, "__import__ not found");
        return {};
    }
    return steal(PyObject_CallFunction(import, "OOOOi", name, running_globals(), Py_None, from, 0));
}

// `from m import name` where the attribute is missing: perhaps a submodule that is being imported (a cycle of modules).
Ref submodule(PyObject* module, PyObject* name) {
    const Ref package = steal(PyObject_GetAttrString(module, "__name__"));
    if (!package || !PyUnicode_Check(package.get())) {
        PyErr_Clear();
        return {};
    }
    const Ref full = steal(PyUnicode_FromFormat("%U.%U", package.get(), name));
    Ref found = full ? steal(PyImport_GetModule(full.get())) : Ref();
    if (found || !full) return found;
    PyErr_Clear();
    const Ref path = steal(PyObject_GetAttrString(module, "__path__"));
    if (!path) {
        PyErr_Clear();
        return {};
    }
    found = steal(PyImport_Import(full.get()));
    // Only that this very module does not exist means that there is no such name.
    if (found || !PyErr_ExceptionMatches(PyExc_ModuleNotFoundError)) return found;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    const Ref missing = steal(PyObject_GetAttrString(value, "name"));
    if (missing && PyObject_RichCompareBool(missing.get(), full.get(), Py_EQ) == 1) {
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
        return {};
    }
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
    return {};
}

// The names that a module offers to all: those in __all__, or those without a leading underscore.
Ref public_names(PyObject* module) {
    const Ref all = steal(PyObject_GetAttrString(module, "__all__"));
    if (all) return steal(PySequence_List(all.get()));
    if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return {};
    PyErr_Clear();
    const Ref dict = steal(PyObject_GetAttrString(module, "__dict__"));
    const Ref keys = dict ? steal(PyMapping_Keys(dict.get())) : Ref();
    Ref names = keys ? steal(PyList_New(0)) : Ref();
    // Those that `defn-` defined are the module's own.
    PyObject* own = dict && PyDict_Check(dict.get()) ? PyDict_GetItemString(dict.get(), "__private__") : nullptr;
    if (own != nullptr && !PyAnySet_Check(own)) own = nullptr;
    for (Py_ssize_t n = 0; names && n < PyList_GET_SIZE(keys.get()); ++n) {
        PyObject* key = PyList_GET_ITEM(keys.get(), n);
        if (!PyUnicode_Check(key) || (PyUnicode_GET_LENGTH(key) > 0 && PyUnicode_READ_CHAR(key, 0) == '_')) continue;
        const int is_private = own != nullptr ? PySet_Contains(own, key) : 0;
        if (is_private < 0) return {};
        if (is_private != 0) continue;
        if (PyList_Append(names.get(), key) < 0) return {};
    }
    return names;
}

}  // namespace

Value helper_IMPORT(Value* window, std::size_t) {
    PyObject* name = window[0].as_object();
    const Ref from = steal(Py_BuildValue("(s)", "__name__"));
    return from ? steal_value(import_with(name, from.get()).release()) : Value::error();
}

Value helper_IMPORT_TOP(Value* window, std::size_t) {
    return steal_value(import_with(window[0].as_object(), Py_None).release());
}

Value helper_IMPORT_FROM(Value* window, std::size_t) {
    const Ref module = boxed(window[0]);
    const Ref name = module ? python_name(window[1].as_object()) : Ref();
    if (!name) return Value::error();
    PyObject* found = PyObject_GetAttr(module.get(), name.get());
    if (found != nullptr || !PyErr_ExceptionMatches(PyExc_AttributeError)) return steal_value(found);
    PyErr_Clear();
    Ref sub = submodule(module.get(), name.get());
    if (sub) return borrow_value(sub.get());
    if (PyErr_Occurred() != nullptr) return Value::error();
    const Ref package = steal(PyObject_GetAttrString(module.get(), "__name__"));
    if (!package) PyErr_Clear();
    Ref path = steal(PyObject_GetAttrString(module.get(), "__file__"));
    if (!path) PyErr_Clear();
    if (!path || path == Py_None) path = steal(PyUnicode_FromString("unknown location"));
    const Ref message = steal(PyUnicode_FromFormat("cannot import name %R from %R (%S)", name.get(),
                                                   package ? package.get() : Py_None, path.get()));
    if (!message) return Value::error();
    PyErr_SetImportError(message.get(), package.get(), path.get());
    // Which name it was, for suggestions; CPython sets it from 3.12 on.
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (PyObject_SetAttrString(value, "name_from", name.get()) < 0) PyErr_Clear();
    PyErr_Restore(type, value, traceback);
    return Value::error();
}

Value helper_REQUIRE(Value* window, std::size_t) { return steal_value(load_module(window[0].as_object())); }

Value helper_REFER_ALL(Value* window, std::size_t) {
    const Ref from = boxed(window[0]);
    PyObject* into = window[1].is_object() ? window[1].as_object() : nullptr;
    if (!from) return Value::error();
    if (into == nullptr || !PyModule_Check(into)) {
        PyErr_SetString(PyExc_TypeError, "names can only be referred into a module");
        return Value::error();
    }
    const Ref names = public_names(from.get());
    if (!names) return Value::error();
    for (Py_ssize_t n = 0; n < PyList_GET_SIZE(names.get()); ++n) {
        const Ref name = python_name(PyList_GET_ITEM(names.get(), n));
        const Ref value = name ? steal(PyObject_GetAttr(from.get(), name.get())) : Ref();
        if (!value || PyDict_SetItem(PyModule_GetDict(into), name.get(), value.get()) < 0) return Value::error();
    }
    return Value::nil();
}

}  // namespace catena
