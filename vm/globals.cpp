#include "vm/globals.hpp"

#include "vm/fast_globals.hpp"
#include "vm/module.hpp"
#include "vm/rebinding.hpp"
#include "vm/slow.hpp"
#include "vm/vm.hpp"

namespace catena {
namespace {

// `util.text` of `t/f`, from sys.modules; the module was loaded by a require or import before.
Ref named_module(const GlobalName& global) {
    Ref module = steal(PyImport_GetModule(global.module.get()));
    if (!module && !PyErr_Occurred()) {
        PyErr_Format(PyExc_NameError, "module '%U' is not loaded", global.module.get());
    }
    return module;
}

// A member of a foreign module that is not in its dict: a module-level __getattr__, a lazy submodule.
Value member_of_module(GlobalName& global) {
    const Ref module = named_module(global);
    if (!module) return Value::error();
    PyObject* member = PyObject_GetAttr(module.get(), global.name.get());
    if (member != nullptr || !PyErr_ExceptionMatches(PyExc_AttributeError)) return steal_value(member);
    PyErr_Clear();
    // As written: the alias or the module's own name is part of it.
    raise_name_error(global.display.get());
    return Value::error();
}

}  // namespace

PyObject* defining_dict(const Code& code, GlobalName& global) {
    if (global.dict) return global.dict.get();
    if (!global.module) {
        global.dict = code.globals_dict;
        return global.dict.get();
    }
    const Ref module = named_module(global);
    if (!module) return nullptr;
    if (!PyModule_Check(module.get())) {
        PyErr_Format(PyExc_TypeError, "'%U' is no module", global.module.get());
        return nullptr;
    }
    global.dict = borrow(PyModule_GetDict(module.get()));
    return global.dict.get();
}

Value lookup_global(const Code& code, GlobalName& global) {
    if (global.module && !global.dict) {
        // A stand-in that is no module object (a lazy importer) answers attributes in its own way.
        const Ref module = named_module(global);
        if (!module) return Value::error();
        if (!PyModule_Check(module.get())) return member_of_module(global);
    }
    PyObject* dict = defining_dict(code, global);
    if (dict == nullptr) return Value::error();
    PyObject* core = core_dict();
    if (absent_as_before(global, dict)) return borrow_value(global.value);
    PyObject* name = global.name.get();
    if (PyObject* object = cached_lookup(dict, name, global.own_cache)) {
        global.value = object;
        global.own.remember(dict);
        global.absent.forget();
        return borrow_value(object);
    }
    global.own.forget();
    if (!global.module) {
        if (PyObject* object = cached_lookup(core, name, global.core_cache)) {
            global.value = object;
            global.absent.remember(dict);
            global.core.remember(core);
            global.in_core = true;
            return borrow_value(object);
        }
    }
    global.absent.forget();
    if (!global.module || dict == core) {
        if (PyObject* object = load_core_name(name)) return steal_value(object);
        if (PyErr_Occurred()) return Value::error();
    }
    if (global.module) return member_of_module(global);
    if (PyObject* object = cached_lookup(builtins_dict(), name, global.builtins_cache)) {
        global.value = object;
        global.absent.remember(dict);
        global.core.remember(core);
        global.builtins.remember(builtins_dict());
        global.in_core = false;
        return borrow_value(object);
    }
    raise_name_error(global.display.get());
    return Value::error();
}

void raise_name_error(PyObject* display) {
    const Ref message = steal(PyUnicode_FromFormat("name '%U' is not defined", display));
    if (!message) return;
    const Ref error = steal(PyObject_CallOneArg(PyExc_NameError, message.get()));
    if (!error || PyObject_SetAttrString(error.get(), "name", display) < 0) return;
    PyErr_SetObject(PyExc_NameError, error.get());
}

bool slow_global(Frame& frame, const Instr& i) {
    const Value v = lookup_global(*frame.code, frame.code->globals[i.b]);
    if (v.is_error()) return false;
    frame.base[i.a] = v;
    return true;
}

namespace {

bool bind_global(PyObject* dict, const GlobalName& global, const Value& value) {
    const Ref object = boxed(value);
    if (!object || PyDict_SetItem(dict, global.name.get(), object.get()) < 0) return false;
    core_name_may_differ(dict, global.name.get());
    return true;
}

}  // namespace

bool slow_def_global(Frame& frame, const Instr& i) {
    GlobalName& global = frame.code->globals[i.b];
    PyObject* dict = defining_dict(*frame.code, global);
    if (dict == nullptr) return false;
    return bind_global(dict, global, frame.base[i.a]);
}

namespace {

// Whether core or Python's builtins have the name.
bool is_visible(PyObject* name) {
    return core_defines(name) || PyDict_GetItemWithError(builtins_dict(), name) != nullptr;
}

void raise_not_own(PyObject* display) {
    const Ref message = steal(PyUnicode_FromFormat("this module has no '%U' of its own to set", display));
    const Ref error = message ? steal(PyObject_CallOneArg(PyExc_NameError, message.get())) : Ref();
    const Ref hint =
        error
            ? steal(PyUnicode_FromFormat("(def %U ...) makes one, which hides the one that all modules share", display))
            : Ref();
    if (!hint || PyObject_SetAttrString(error.get(), "hint", hint.get()) < 0) return;
    PyErr_SetObject(PyExc_NameError, error.get());
}

}  // namespace

bool slow_set_global(Frame& frame, const Instr& i) {
    GlobalName& global = frame.code->globals[i.b];
    PyObject* dict = defining_dict(*frame.code, global);
    if (dict == nullptr) return false;
    if (cached_lookup(dict, global.name.get(), global.own_cache) == nullptr) {
        // A name of core may still be in its image.
        const Ref loaded = dict == core_dict() ? steal(load_core_name(global.name.get())) : Ref();
        if (!loaded && PyErr_Occurred() == nullptr) {
            if (dict != core_dict() && is_visible(global.name.get()))
                raise_not_own(global.display.get());
            else
                raise_name_error(global.display.get());
        }
        if (!loaded) return false;
    }
    return bind_global(dict, global, frame.base[i.a]);
}

bool slow_del_global(Frame& frame, const Instr& i) {
    GlobalName& global = frame.code->globals[i.a];
    PyObject* dict = defining_dict(*frame.code, global);
    if (dict == nullptr) return false;
    if (PyDict_DelItem(dict, global.name.get()) == 0) {
        core_name_may_differ(dict, global.name.get());
        return true;
    }
    if (PyErr_ExceptionMatches(PyExc_KeyError)) {
        PyErr_Clear();
        raise_name_error(global.display.get());
    }
    return false;
}

}  // namespace catena
