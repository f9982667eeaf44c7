// How a function pickles by value. It is made in two steps, so that recursion and cycles are no matter: first
// `catena._function(code, home)`, then its state, with what it captured and the globals that its code names. `home` is
// the module that its globals live in: the very module when it is unpickled in the process that pickled it, or where
// another process can import it; else a stand-in that all functions from the same process and module share.
#include "vm/pickle.hpp"

#include <unistd.h>

#include <random>
#include <string>
#include <vector>

#include "lang/python_name.hpp"
#include "vm/closure.hpp"
#include "vm/module.hpp"
#include "vm/serialize.hpp"

namespace catena {
namespace {

Closure* cast(PyObject* o) { return reinterpret_cast<Closure*>(o); }

// Names this run of this process: a forked child is another one.
std::string process_token() {
    static std::string token;
    static pid_t owner = 0;
    if (owner != getpid()) {
        owner = getpid();
        std::random_device random;
        token = std::to_string(owner);
        for (int n = 0; n < 4; ++n) token += "-" + std::to_string(random());
    }
    return token;
}

PyObject* module_of(const Closure& closure) {
    PyObject* module = closure.code->module.get();
    return module != nullptr && PyModule_Check(module) ? module : nullptr;
}

Ref name_of_module(PyObject* module) {
    PyObject* name = module != nullptr ? PyDict_GetItemString(PyModule_GetDict(module), "__name__") : nullptr;
    return name != nullptr && PyUnicode_Check(name) ? borrow(name) : steal(PyUnicode_FromString("__main__"));
}

// Whether another process that imports the name gets this module too.
bool is_importable(PyObject* module, PyObject* name) {
    if (module == nullptr || PyUnicode_CompareWithASCIIString(name, "__main__") == 0) return false;
    const Ref known = steal(PyImport_GetModule(name));
    if (known) return known == module;
    PyErr_Clear();
    return false;
}

// The dotted path under which the module's members lead to this very function; empty when there is none.
Ref importable_path(PyObject* function) {
    const Ref module_name = steal(PyObject_GetAttrString(function, "__module__"));
    const Ref qualified = steal(PyObject_GetAttrString(function, "__qualname__"));
    if (!module_name || !qualified || !PyUnicode_Check(module_name.get()) || !PyUnicode_Check(qualified.get())) {
        PyErr_Clear();
        return {};
    }
    if (PyUnicode_CompareWithASCIIString(module_name.get(), "__main__") == 0) return {};
    const Ref path = python_name(qualified.get());
    Ref object = steal(PyImport_GetModule(module_name.get()));
    const Ref dot = intern(".");
    const Ref parts = path && dot ? steal(PyUnicode_Split(path.get(), dot.get(), -1)) : Ref();
    for (Py_ssize_t n = 0; object && parts && n < PyList_GET_SIZE(parts.get()); ++n) {
        object = steal(PyObject_GetAttr(object.get(), PyList_GET_ITEM(parts.get(), n)));
    }
    PyErr_Clear();
    return parts && object == function ? path : Ref();
}

// Modules do not pickle: this object stands for one, and becomes it when it is unpickled.
Ref portable(PyObject* value) {
    if (!PyModule_Check(value)) return borrow(value);
    const Ref type = steal(PyObject_GetAttrString(catena_module(), "_Imported"));
    const Ref name = steal(PyModule_GetNameObject(value));
    return type && name ? steal(PyObject_CallOneArg(type.get(), name.get())) : Ref();
}

// Collects what the code and the functions in it name: globals of its own module, and other modules it relies on.
struct Mentioned {
    PyObject* globals;  // the module's dict
    Ref values;         // dict name -> value
    Ref modules;        // list of names

    bool collect(const Code& code) {
        for (const GlobalName& global : code.globals) {
            if (global.module) {
                if (PyList_Append(modules.get(), global.module.get()) < 0) return false;
                continue;
            }
            PyObject* value = globals != nullptr ? PyDict_GetItemWithError(globals, global.name.get()) : nullptr;
            if (value == nullptr) {
                if (PyErr_Occurred() != nullptr) return false;
                continue;
            }
            const Ref sent = portable(value);
            if (!sent || PyDict_SetItem(values.get(), global.name.get(), sent.get()) < 0) return false;
        }
        for (const std::vector<Ref>* inner : {&code.templates, &code.arities}) {
            for (const Ref& one : *inner) {
                if (!collect(*code_of(one.get()))) return false;
            }
        }
        return true;
    }
};

// (captures, globals, modules, attributes) for _function_state.
Ref state_of(PyObject* function, bool with_globals) {
    const Closure& closure = *cast(function);
    const Ref captures = steal(PyTuple_New(Py_SIZE(function)));
    if (!captures) return {};
    for (Py_ssize_t n = 0; n < Py_SIZE(function); ++n) {
        const Ref value = boxed(closure.captures[n]);
        Ref sent = value ? portable(value.get()) : Ref();
        if (!sent) return {};
        PyTuple_SET_ITEM(captures.get(), n, sent.release());
    }
    Mentioned mentioned{with_globals && module_of(closure) != nullptr ? PyModule_GetDict(module_of(closure)) : nullptr,
                        steal(PyDict_New()), steal(PyList_New(0))};
    if (!mentioned.values || !mentioned.modules || !mentioned.collect(*closure.code)) return {};
    const auto or_none = [](PyObject* o) { return o != nullptr ? o : Py_None; };
    return steal(Py_BuildValue("OOO(OOOOOOO)", captures.get(), mentioned.values.get(), mentioned.modules.get(),
                               or_none(closure.dict), or_none(closure.name), or_none(closure.qualname),
                               or_none(closure.doc), or_none(closure.module), or_none(closure.annotations),
                               closure.is_macro ? Py_True : Py_False));
}

Ref catena_attribute(const char* name) { return steal(PyObject_GetAttrString(catena_module(), name)); }

// The receiving side

// The module that a function's globals live in here.
Ref home_module(PyObject* name, PyObject* token, bool importable) {
    if (importable) return steal(load_module(name));
    const char* given = PyUnicode_AsUTF8(token);
    if (given == nullptr) return {};
    if (given == process_token()) {
        Ref own = steal(PyImport_GetModule(name));
        if (own && PyModule_Check(own.get())) return own;
        PyErr_Clear();
    }
    static PyObject* stand_ins = nullptr;
    if (stand_ins == nullptr) stand_ins = PyDict_New();
    const Ref key = stand_ins != nullptr ? steal(PyTuple_Pack(2, token, name)) : Ref();
    if (!key) return {};
    PyObject* known = PyDict_GetItemWithError(stand_ins, key.get());
    if (known != nullptr || PyErr_Occurred() != nullptr) return borrow(known);
    Ref made = steal(PyModule_NewObject(name));
    if (!made || PyDict_SetItem(stand_ins, key.get(), made.get()) < 0) return {};
    return made;
}

PyObject* make_function(PyObject*, PyObject* args) {
    PyObject* bytes;
    PyObject* name;
    PyObject* token;
    int importable;
    if (!PyArg_ParseTuple(args, "SUUp:_function", &bytes, &name, &token, &importable)) return nullptr;
    const Ref home = home_module(name, token, importable != 0);
    if (!home) return nullptr;
    if (!PyModule_Check(home.get())) {
        PyErr_Format(PyExc_TypeError, "'%U' is no module", name);
        return nullptr;
    }
    Result<Ref> code =
        load_code({PyBytes_AS_STRING(bytes), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes))}, home.get());
    if (!code) return nullptr;
    Closure* closure = new_closure(code->get(), code_of(code->get())->captures.size());
    if (closure == nullptr) return nullptr;
    PyObject_GC_Track(closure);
    return reinterpret_cast<PyObject*>(closure);
}

void set_optional(PyObject*& slot, PyObject* value) {
    if (value != Py_None) Py_XSETREF(slot, Py_NewRef(value));
}

PyObject* set_function_state(PyObject*, PyObject* args) {
    PyObject *function, *captures, *globals, *modules, *dict, *name, *qualname, *doc, *module, *annotations, *macro;
    if (!PyArg_ParseTuple(args, "O(O!O!O!(OOOOOOO)):_function_state", &function, &PyTuple_Type, &captures, &PyDict_Type,
                          &globals, &PyList_Type, &modules, &dict, &name, &qualname, &doc, &module, &annotations,
                          &macro)) {
        return nullptr;
    }
    if (!is_closure(function) || Py_SIZE(function) != PyTuple_GET_SIZE(captures)) {
        PyErr_SetString(PyExc_ValueError, "this state belongs to another function");
        return nullptr;
    }
    Closure& closure = *cast(function);
    for (Py_ssize_t n = 0; n < PyList_GET_SIZE(modules); ++n) {
        const Ref known = steal(PyImport_GetModule(PyList_GET_ITEM(modules, n)));
        if (known) continue;
        if (PyErr_Occurred() != nullptr) return nullptr;
        const Ref loaded = steal(load_module(PyList_GET_ITEM(modules, n)));
        if (!loaded) return nullptr;
    }
    // Into a module that lives here the globals have no business; a stand-in takes what was sent last.
    PyObject* home = module_of(closure);
    const Ref home_name = name_of_module(home);
    const bool lives_here = home != nullptr && home_name && steal(PyImport_GetModule(home_name.get())) == home;
    if (home != nullptr && !lives_here && PyDict_Update(PyModule_GetDict(home), globals) < 0) return nullptr;
    PyErr_Clear();
    for (Py_ssize_t n = 0; n < PyTuple_GET_SIZE(captures); ++n) {
        const Value old = closure.captures[n];
        closure.captures[n] = borrow_value(PyTuple_GET_ITEM(captures, n));
        old.release();
    }
    set_optional(closure.dict, dict);
    set_optional(closure.name, name);
    set_optional(closure.qualname, qualname);
    set_optional(closure.doc, doc);
    set_optional(closure.module, module);
    set_optional(closure.annotations, annotations);
    closure.is_macro = macro == Py_True;
    Py_RETURN_NONE;
}

PyMethodDef functions[] = {
    {"_function", make_function, METH_VARARGS, "Makes a function from its code; pickle calls it."},
    {"_function_state", set_function_state, METH_VARARGS, "Gives a function its captured values; pickle calls it."},
    {nullptr, nullptr, 0, nullptr},
};

constexpr const char* imported_source =
    "class _Imported:\n"
    "    'Stands for a module in a pickle, and becomes it again.'\n"
    "    __module__ = 'catena'\n"
    "    def __init__(self, name): self.name = name\n"
    "    def __reduce__(self): return __import__('importlib').import_module, (self.name,)\n";

}  // namespace

PyObject* reduce_closure(PyObject* function, PyObject*) {
    if (Ref path = importable_path(function)) return path.release();
    const Closure& closure = *cast(function);
    PyObject* module = module_of(closure);
    const Ref name = name_of_module(module);
    if (!name) return nullptr;
    const bool importable = is_importable(module, name.get());
    Result<Ref> bytes = dump_code(closure.code_object);
    const Ref state = bytes ? state_of(function, !importable) : Ref();
    const Ref make = state ? catena_attribute("_function") : Ref();
    const Ref set_state = make ? catena_attribute("_function_state") : Ref();
    if (!set_state) return nullptr;
    return Py_BuildValue("O(OOsO)OOOO", make.get(), bytes->get(), name.get(), process_token().c_str(),
                         importable ? Py_True : Py_False, state.get(), Py_None, Py_None, set_state.get());
}

Result<void> publish_pickle_functions(PyObject* module) {
    if (PyModule_AddFunctions(module, functions) < 0) return raised();
    PyObject* dict = PyModule_GetDict(module);
    const Ref scratch = steal(PyDict_New());
    if (!scratch || PyDict_SetItemString(scratch.get(), "__builtins__", PyEval_GetBuiltins()) < 0) return raised();
    const Ref done = steal(PyRun_String(imported_source, Py_file_input, scratch.get(), scratch.get()));
    if (!done) return raised();
    PyObject* type = PyDict_GetItemString(scratch.get(), "_Imported");
    if (type == nullptr || PyDict_SetItemString(dict, "_Imported", type) < 0) return raised();
    return {};
}

}  // namespace catena
