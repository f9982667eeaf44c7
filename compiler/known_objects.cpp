#include "compiler/known_objects.hpp"

#include <algorithm>
#include <array>

#include "bridge/text.hpp"
#include "compiler/forms_util.hpp"
#include "compiler/walk.hpp"
#include "vm/vm.hpp"

namespace catena {

using namespace ast;

namespace {

template <std::size_t SIZE>
bool is_one_of(std::string_view name, const std::array<std::string_view, SIZE>& names) {
    return std::ranges::find(names, name) != names.end();
}

// The module that a value is by being imported right there; empty for other values.
std::string import_of(const Node* value) {
    if (value == nullptr || value->kind != Kind::path) return {};
    const auto* path = static_cast<const Path*>(value);
    return path->root == nullptr && path->links.empty() ? text_of(path->import_name.get()) : std::string();
}

bool all_bring_names(const std::vector<Node*>& nodes) { return std::ranges::all_of(nodes, only_brings_names); }

bool brings_by_helper(Helper helper) {
    switch (helper) {
        case Helper::IMPORT:
        case Helper::IMPORT_TOP:
        case Helper::IMPORT_FROM:
        case Helper::REQUIRE:
        case Helper::REFER_ALL:
        case Helper::REGISTER_MACRO:
        case Helper::ANNOTATE:
        case Helper::LIST_OF:
        case Helper::TUPLE_OF:
        case Helper::SET_OF: return true;
        default: return false;
    }
}

// Attributes of classes that can be had without running anything.
bool is_plain_member(PyObject* found) {
    return PyFunction_Check(found) || PyType_Check(found) || PyObject_TypeCheck(found, &PyMethodDescr_Type) ||
           PyObject_TypeCheck(found, &PyClassMethodDescr_Type) || PyObject_TypeCheck(found, &PyStaticMethod_Type) ||
           PyObject_TypeCheck(found, &PyClassMethod_Type) || PyCFunction_Check(found);
}

KnownObjects::Found attribute_of_class(PyObject* object, PyObject* name) {
    auto* type = reinterpret_cast<PyTypeObject*>(object);
    const bool plain = Py_TYPE(type)->tp_getattro == PyType_Type.tp_getattro;
    if (!plain || _PyType_Lookup(Py_TYPE(type), name) != nullptr) return {};
    PyObject* found = _PyType_Lookup(type, name);
    if (found == nullptr) return {{}, borrow(object)};
    if (!is_plain_member(found)) return {};
    Ref value = steal(PyObject_GetAttr(object, name));
    if (!value) PyErr_Clear();
    return {std::move(value), {}};
}

}  // namespace

std::string KnownObjects::text_of_name(PyObject* name) { return text_of(name); }

PyObject* KnownObjects::unknown() {
    static PyObject* const object = PyObject_CallNoArgs(reinterpret_cast<PyObject*>(&PyBaseObject_Type));
    return object;
}

void KnownObjects::note(const Node* node) {
    switch (node->kind) {
        case Kind::def_global: {
            const auto* set = static_cast<const SetGlobal*>(node);
            Definition& definition = defined_[text_of_name(set->name.get())];
            const std::string import = import_of(set->value);
            if (definition.count++ == 0)
                definition.import = import;
            else if (definition.import != import)
                definition.import.clear();
            break;
        }
        case Kind::set_global:
        case Kind::del_global: distrust(static_cast<const SetGlobal*>(node)->name.get()); break;
        case Kind::constant: {
            PyObject* value = static_cast<const Constant*>(node)->value.get();
            if (!PyUnicode_Check(value)) break;
            std::string text = text_of(value);
            std::ranges::replace(text, '-', '_');
            mentioned_.insert(std::move(text));
            break;
        }
        case Kind::global: {
            constexpr std::array<std::string_view, 5> open = {"eval", "exec", "globals", "vars", "locals"};
            const auto* global = static_cast<const Global*>(node);
            if (is_one_of(utf8_of(global->name.get()), open)) lenient = true;
            break;
        }
        case Kind::path:
            for (const Link& link : static_cast<const Path*>(node)->links) {
                if (!link.name) continue;
                if (link.kind != StepKind::get) mentioned_.insert(text_of_name(link.name.get()));
                if (utf8_of(link.name.get()) == "__dict__") lenient = true;
            }
            break;
        default: break;
    }
}

bool KnownObjects::has(PyObject* name) const {
    return PyDict_GetItemWithError(PyModule_GetDict(module()), name) != nullptr ||
           PyDict_GetItemWithError(PyEval_GetBuiltins(), name) != nullptr || core_defines(name);
}

Ref KnownObjects::names() const {
    Ref all = core_names();
    for (PyObject* dict : {PyModule_GetDict(module()), PyEval_GetBuiltins()}) {
        const Ref keys = all ? steal(PyDict_Keys(dict)) : Ref();
        if (!keys || PyList_SetSlice(all.get(), PY_SSIZE_T_MAX, PY_SSIZE_T_MAX, keys.get()) < 0) return {};
    }
    return all;
}

KnownObjects::Found KnownObjects::attribute(PyObject* object, PyObject* name) const {
    if (PyType_Check(object)) return attribute_of_class(object, name);
    if (!PyModule_Check(object)) return {};
    Ref value = steal(PyObject_GetAttr(object, name));
    if (value) return {value.get() == unknown() ? Ref() : std::move(value), {}};
    const bool missing = PyErr_ExceptionMatches(PyExc_AttributeError) != 0;
    PyErr_Clear();
    return {{}, missing ? borrow(object) : Ref()};
}

KnownObjects::Found KnownObjects::member(const Global& qualified) const {
    const Ref home = steal(PyImport_GetModule(qualified.module.get()));
    if (!home || !PyModule_Check(home.get())) {
        PyErr_Clear();
        return {};
    }
    if (home.get() == core_module()) {
        Ref value = steal(core_member(qualified.name.get()));
        if (!value) PyErr_Clear();
        return value || core_defines(qualified.name.get()) ? Found{value, {}} : Found{{}, home};
    }
    return attribute(home.get(), qualified.name.get());
}

Ref KnownObjects::imported(PyObject* name) {
    Ref module = steal(PyImport_Import(name));
    if (!module) PyErr_Clear();
    return module;
}

Ref KnownObjects::object_of(const Node* node) const {
    switch (node->kind) {
        case Kind::global: {
            const auto* global = static_cast<const Global*>(node);
            if (global->module) return member(*global).object;
            const std::string name = text_of_name(global->name.get());
            const auto definition = defined_.find(name);
            const bool once =
                definition == defined_.end() || definition->second.count == 1 || !definition->second.import.empty();
            if (!once || distrusted_.contains(name)) return {};
            Ref value = borrow(PyDict_GetItemWithError(PyModule_GetDict(module()), global->name.get()));
            if (!value) value = steal(core_member(global->name.get()));
            if (!value && PyErr_Occurred() == nullptr)
                value = borrow(PyDict_GetItemWithError(PyEval_GetBuiltins(), global->name.get()));
            PyErr_Clear();
            return value.get() == unknown() ? Ref() : value;
        }
        case Kind::local: {
            const Binding* binding = static_cast<const Local*>(node)->binding;
            if (binding->module.empty() || binding->assigned || binding->early) return {};
            const Ref name = new_text(binding->module);
            return name ? imported(name.get()) : Ref();
        }
        case Kind::path: {
            const auto* path = static_cast<const Path*>(node);
            Ref object = path->root != nullptr ? object_of(path->root) : imported(path->import_name.get());
            for (const Link& link : path->links) {
                if (!object || link.kind != StepKind::get) return {};
                object = attribute(object.get(), link.name.get()).object;
            }
            return object;
        }
        default: return {};
    }
}

std::vector<const SetGlobal*> KnownObjects::definitions_of(const Node* form) {
    std::vector<const SetGlobal*> found;
    if (form->kind == Kind::def_global) found.push_back(static_cast<const SetGlobal*>(form));
    for_each_part(form, [&](const Node* part) {
        for (const SetGlobal* inner : definitions_of(part)) found.push_back(inner);
    });
    return found;
}

bool only_brings_names(const Node* node) {
    switch (node->kind) {
        case Kind::constant:
        case Kind::local:
        case Kind::global:
        case Kind::fn: return true;
        case Kind::def_global: return only_brings_names(static_cast<const SetGlobal*>(node)->value);
        case Kind::do_: return all_bring_names(static_cast<const Sequence*>(node)->items);
        case Kind::let: {
            const auto* let = static_cast<const Let*>(node);
            return only_brings_names(let->body) && std::ranges::all_of(let->binds, [](const Bind& bind) {
                       return !bind.unpack && bind.fallback == nullptr && only_brings_names(bind.value);
                   });
        }
        case Kind::build:
            return std::ranges::all_of(static_cast<const Build*>(node)->items, [](const ast::Argument& item) {
                return item.role == ast::Argument::plain && only_brings_names(item.node);
            });
        case Kind::helper: {
            const auto* helper = static_cast<const HelperCall*>(node);
            return brings_by_helper(helper->id) && all_bring_names(helper->operands);
        }
        case Kind::path: {
            const auto* path = static_cast<const Path*>(node);
            return (path->root == nullptr || only_brings_names(path->root)) &&
                   std::ranges::all_of(path->links, [](const Link& link) { return link.kind == StepKind::get; });
        }
        case Kind::call: {
            const auto* call = static_cast<const Call*>(node);
            return call->callee->kind == Kind::global &&
                   utf8_of(static_cast<const Global*>(call->callee)->display.get()).ends_with("%this-module");
        }
        default: return false;
    }
}

bool asks_about_platform(const Node* condition) {
    constexpr std::array<std::string_view, 6> words = {"platform",   "version_info", "__version__",
                                                       "hexversion", "system",       "implementation"};
    if (condition == nullptr) return false;
    if (condition->kind == Kind::path) {
        const auto* path = static_cast<const Path*>(condition);
        const bool os = path->root != nullptr && path->root->kind == Kind::global &&
                        utf8_of(static_cast<const Global*>(path->root)->display.get()) == "os";
        for (const Link& link : path->links) {
            if (!link.name) continue;
            const std::string_view name = utf8_of(link.name.get());
            if (is_one_of(name, words) || (os && name == "name")) return true;
        }
    }
    bool found = false;
    for_each_part(condition, [&](const Node* part) { found = found || asks_about_platform(part); });
    return found;
}

}  // namespace catena
