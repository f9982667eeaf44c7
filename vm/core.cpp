#include "vm/core.hpp"

#include "bridge/buffer.hpp"
#include "lang/diagnostic.hpp"
#include "lang/python_name.hpp"
#include "vm/core_classes.hpp"
#include "vm/core_functions.hpp"
#include "vm/core_lazy.hpp"
#include "vm/core_state.hpp"
#include "vm/core_tables.hpp"
#include "vm/module.hpp"

namespace catena {

namespace {

Result<void> ready_types() {
    for (auto* ready_one : {ready_lazy_types, ready_state_types, ready_function_types, ready_function_class_type}) {
        if (!ready_one()) return raised();
    }
    return {};
}

bool put(PyObject* dict, const char* name, PyObject* object) {
    return object != nullptr && PyDict_SetItemString(dict, name, object) == 0;
}

// Names of core that are Python's own objects: templates of macros can rely on them, whatever a caller calls a local.
constexpr const char* from_python[] = {"tuple", "dict",  "set", "range",  "type", "abs",   "max",  "min",
                                       "sum",   "round", "len", "sorted", "int",  "float", "bool", "print"};

bool define_python_names(PyObject* core_dict) {
    const Ref builtins = steal(PyImport_ImportModule("builtins"));
    if (!builtins) return false;
    for (const char* name : from_python) {
        const Ref object = steal(PyObject_GetAttrString(builtins.get(), name));
        if (!put(core_dict, name, object.get())) return false;
    }
    return put(core_dict, "builtins", builtins.get());
}

// The types stand in the package `catena` too, where pickle looks for them.
bool define_types(PyObject* core_dict) {
    PyObject* package = PyModule_GetDict(catena_module());
    const auto put_both = [&](const char* name, PyTypeObject& type) {
        auto* object = reinterpret_cast<PyObject*>(&type);
        return put(core_dict, name, object) && put(package, name, object);
    };
    return put_both("LazySeq", lazy_seq_type) && put_both("Atom", atom_type) &&
           put(core_dict, "ZeroCopyError", zero_copy_error()) && put(core_dict, "ReadError", read_error_type()) &&
           put(core_dict, "CompileError", compile_error_type());
}

// `catena.bridge`, which `bridge/…` names without a require.
bool define_bridge_module(PyObject* core_dict) {
    PyObject* module = PyImport_AddModule("catena.bridge");
    if (module == nullptr) return false;
    PyObject* dict = PyModule_GetDict(module);
    for (const NativeSpec& spec : bridge_natives()) {
        const Ref name = intern(spec.name);
        const Ref mangled = name ? python_name(name.get()) : Ref();
        const Result<Ref> native = mangled ? make_native(spec) : raised();
        if (!native || PyDict_SetItem(dict, mangled.get(), native->get()) < 0) return false;
    }
    return put(core_dict, "bridge", module);
}

}  // namespace

std::span<const std::span<const NativeSpec>> core_natives() {
    static const std::span<const NativeSpec> tables[] = {
        number_natives(), compare_natives(),  kind_natives(),      access_natives(),     collection_natives(),
        map_natives(),    sequence_natives(), partition_natives(), lazy_natives(),       sort_natives(),
        string_natives(), pattern_natives(),  name_natives(),      state_natives(),      function_natives(),
        io_natives(),     plain_natives(),    array_natives(),     reflection_natives(),
    };
    return tables;
}

Result<void> define_core(PyObject* core_dict) {
    if (!ready_types()) return raised();
    for (const std::span<const NativeSpec> table : core_natives()) {
        if (!define_natives(table)) return raised();
    }
    if (!define_function_classes(core_dict)) return raised();
    if (!define_python_names(core_dict) || !define_types(core_dict) || !define_bridge_module(core_dict))
        return raised();
    return {};
}

}  // namespace catena
