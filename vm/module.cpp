#include "vm/module.hpp"

#include "bridge/array_program.hpp"
#include "bridge/callee.hpp"
#include "bridge/error.hpp"
#include "bridge/tick.hpp"
#include "lang/keyword.hpp"
#include "lang/types.hpp"
#include "vm/array_trace.hpp"
#include "vm/calls.hpp"
#include "vm/chain_object.hpp"
#include "vm/core.hpp"
#include "vm/exceptions.hpp"
#include "vm/pickle.hpp"
#include "vm/types.hpp"
#include "vm/vm.hpp"

namespace catena {
namespace {

PyObject* catena_object = nullptr;  // owned for ever, as is the next
PyObject* core_object = nullptr;
CoreLoader core_loader = nullptr;
CoreIndex core_index;
ModuleLoader module_loader = nullptr;

// Attributes of catena.core that nobody has asked for yet are still in the standard library's image.
PyObject* core_getattr(PyObject*, PyObject* name) {
    if (!PyUnicode_Check(name)) {
        PyErr_SetString(PyExc_TypeError, "attribute name must be string");
        return nullptr;
    }
    const Ref interned = [&] {
        PyObject* text = PyUnicode_FromObject(name);
        if (text != nullptr) PyUnicode_InternInPlace(&text);
        return steal(text);
    }();
    if (!interned) return nullptr;
    PyObject* found = load_core_name(interned.get());
    if (found == nullptr && PyErr_Occurred() == nullptr) {
        PyErr_Format(PyExc_AttributeError, "module 'catena.core' has no attribute '%U'", name);
    }
    return found;
}

PyObject* core_dir(PyObject*, PyObject*) { return core_names().release(); }

PyMethodDef core_functions[] = {
    {"__getattr__", core_getattr, METH_O, nullptr},
    {"__dir__", core_dir, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

// A module that is in sys.modules already is used: an extension module `catena` comes before us.
PyObject* module_named(const char* name) { return PyImport_AddModule(name); }

bool frame_info(PyObject* python, int lasti, FrameInfo* frame) {
    const Code* code = catena_code_of(python);
    if (code == nullptr) return false;
    frame->catena = true;
    const auto text = [](const Ref& ref) -> std::string {
        Py_ssize_t size = 0;
        const char* utf8 = ref ? PyUnicode_AsUTF8AndSize(ref.get(), &size) : nullptr;
        if (utf8 == nullptr) {
            PyErr_Clear();
            return "?";
        }
        return {utf8, static_cast<std::size_t>(size)};
    };
    frame->function = text(code->name);
    frame->file = text(code->file);
    frame->span = span_at(*code, lasti >= 0 ? static_cast<std::size_t>(lasti) / 2 : 0);
    if (!frame->span.known()) frame->span = code->span;
    return true;
}

Result<void> ready_all() {
    for (const auto ready_one : {ready_code_type, ready_closure_types, ready_native_type, ready_chain_type,
                                 ready_fiber_types, ready_awaitable_type}) {
        if (const Result<void> done = ready_one(); !done) return done;
    }
    return {};
}

Result<void> publish(PyObject* module) {
    const struct {
        const char* name;
        PyTypeObject* type;
    } types[] = {{"Function", closure_type},
                 {"Cell", cell_type},
                 {"Code", code_type},
                 {"Native", native_type},
                 {"Chain", chain_type}};
    for (const auto& [name, type] : types) {
        if (PyModule_AddObjectRef(module, name, reinterpret_cast<PyObject*>(type)) < 0) return raised();
    }
    // A package without a folder: submodules come from sys.modules alone.
    const Ref path = steal(PyList_New(0));
    if (!path) return raised();
    PyObject* dict = PyModule_GetDict(module);
    if (PyDict_GetItemString(dict, "__path__") == nullptr && PyDict_SetItemString(dict, "__path__", path.get()) < 0) {
        return raised();
    }
    if (PyModule_AddObjectRef(module, "core", core_object) < 0) return raised();
    return publish_pickle_functions(module);
}

}  // namespace

PyObject* core_dict_object = nullptr;
PyObject* builtins_dict_object = nullptr;

Result<void> init_vm() {
    if (core_dict_object != nullptr) return {};
    if (const Result<void> types = init_types(); !types) return types;
    if (const Result<void> types = ready_all(); !types) return types;
    catena_object = Py_XNewRef(module_named("catena"));
    core_object = Py_XNewRef(module_named("catena.core"));
    const Ref builtins = steal(PyImport_ImportModule("builtins"));
    if (!prepare_ticks()) return raised();
    if (catena_object == nullptr || core_object == nullptr || !builtins) return raised();
    if (PyModule_AddFunctions(core_object, core_functions) < 0) return raised();
    if (const Result<void> types = publish_types(catena_object); !types) return types;
    if (const Result<void> published = publish(catena_object); !published) return published;
    builtins_dict_object = Py_NewRef(PyModule_GetDict(builtins.get()));
    catena_frame_info = frame_info;
    pairs_in_place_test = takes_pairs_in_place;
    run_among_others = run_chain_trace;
    first_passed_on = operands_not_passed_on;
    marked_keyword = [](PyObject* keyword) { return make_written_keyword(keyword).release(); };
    core_dict_object = Py_NewRef(PyModule_GetDict(core_object));
    return define_core(core_dict_object);
}

PyObject* catena_module() { return catena_object; }
PyObject* core_module() { return core_object; }

void set_core_loader(CoreLoader loader) { core_loader = loader; }
void set_core_index(CoreIndex index) { core_index = index; }
void set_module_loader(ModuleLoader loader) { module_loader = loader; }

bool core_defines(PyObject* name) {
    if (PyDict_GetItemWithError(core_dict(), name) != nullptr) return true;
    PyErr_Clear();
    return core_index.defines != nullptr && core_index.defines(name);
}

Ref core_names() {
    Ref names = steal(PyDict_Keys(core_dict()));
    if (!names || core_index.names == nullptr) return names;
    const Ref others = steal(core_index.names());
    if (!others) return {};
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(others.get()); ++i) {
        PyObject* name = PyList_GET_ITEM(others.get(), i);
        const int known = PyDict_Contains(core_dict(), name);
        if (known < 0 || (known == 0 && PyList_Append(names.get(), name) < 0)) return {};
    }
    return names;
}

PyObject* core_member(PyObject* name) {
    PyObject* found = PyDict_GetItemWithError(core_dict(), name);
    if (found != nullptr || PyErr_Occurred() != nullptr) return Py_XNewRef(found);
    return load_core_name(name);
}

PyObject* load_core_name(PyObject* name) { return core_loader != nullptr ? core_loader(name) : nullptr; }

PyObject* load_module(PyObject* name) {
    if (module_loader != nullptr) return module_loader(name);
    return PyImport_Import(name);
}

}  // namespace catena
