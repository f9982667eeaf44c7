#include "compiler/unresolved.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/compile.hpp"
#include "compiler/forms_util.hpp"
#include "vm/suggest.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

// By module; a module's entry is dropped when its names are asked for.
std::unordered_map<PyObject*, std::vector<UnresolvedName>>& pending() {
    static auto* all = new std::unordered_map<PyObject*, std::vector<UnresolvedName>>;
    return *all;
}

bool is_defined(PyObject* module, PyObject* name) {
    if (PyDict_GetItemWithError(PyModule_GetDict(module), name) != nullptr) return true;
    if (PyDict_GetItemWithError(PyEval_GetBuiltins(), name) != nullptr) return true;
    return core_defines(name);
}

// What the name could have meant: the module's names, core's and Python's builtins.
std::vector<std::string> names_of(PyObject* module) {
    std::vector<std::string> names;
    const auto add = [&](PyObject* key) {
        if (PyUnicode_Check(key)) names.emplace_back(utf8_of(key));
    };
    for (PyObject* dict : {PyModule_GetDict(module), PyEval_GetBuiltins()}) {
        Py_ssize_t at = 0;
        PyObject *key, *value;
        while (PyDict_Next(dict, &at, &key, &value)) add(key);
    }
    const Ref core = core_names();
    for (Py_ssize_t i = 0; core && i < PyList_GET_SIZE(core.get()); ++i) add(PyList_GET_ITEM(core.get(), i));
    if (!core) PyErr_Clear();
    return names;
}

}  // namespace

void note_unresolved(PyObject* module, PyObject* name, PyObject* display, const std::string& file, Span span) {
    if (is_defined(module, name)) return;
    std::vector<UnresolvedName>& names = pending()[module];
    const auto same = [&](const UnresolvedName& m) { return m.name.get() == name; };
    if (std::none_of(names.begin(), names.end(), same)) names.push_back({borrow(name), borrow(display), file, span});
}

std::vector<UnresolvedName> still_unresolved(PyObject* module) {
    std::vector<UnresolvedName> names;
    const auto found = pending().find(module);
    if (found == pending().end()) return names;
    for (const UnresolvedName& missing : found->second)
        if (!is_defined(module, missing.name.get())) names.push_back(missing);
    return names;
}

Result<std::vector<std::string>> unresolved_names(PyObject* module) {
    std::vector<std::string> lines;
    const auto found = pending().find(module);
    if (found == pending().end()) return lines;
    const std::vector<UnresolvedName> names = std::move(found->second);
    pending().erase(found);
    for (const UnresolvedName& missing : names) {
        if (is_defined(module, missing.name.get())) continue;
        std::string line = missing.file;
        if (missing.span.known())
            line += ":" + std::to_string(missing.span.line) + ":" + std::to_string(missing.span.column);
        line += ": warning: nothing defines `" + std::string(utf8_of(missing.display.get())) + "`";
        const std::string close = closest_name(utf8_of(missing.display.get()), names_of(module));
        if (!close.empty()) line += "; did you mean `" + close + "`?";
        lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace catena
