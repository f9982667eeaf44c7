#include "compiler/unresolved.hpp"

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "compiler/compile.hpp"
#include "compiler/forms_util.hpp"
#include "vm/suggest.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

// Whoever has more names missing than that has one mistake in many places.
constexpr std::size_t most_lines = 100;

struct Missing {
    std::vector<UnresolvedName> names;
    std::unordered_set<PyObject*> known;  // the same: a name is noted once
};

// By module; a module's entry is dropped when its names are asked for.
std::unordered_map<PyObject*, Missing>& pending() {
    static auto* all = new std::unordered_map<PyObject*, Missing>;
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
    Missing& missing = pending()[module];
    if (missing.known.insert(name).second) missing.names.push_back({borrow(name), borrow(display), file, span});
}

std::vector<UnresolvedName> still_unresolved(PyObject* module) {
    std::vector<UnresolvedName> names;
    const auto found = pending().find(module);
    if (found == pending().end()) return names;
    for (const UnresolvedName& missing : found->second.names)
        if (!is_defined(module, missing.name.get())) names.push_back(missing);
    return names;
}

Result<std::vector<std::string>> unresolved_names(PyObject* module) {
    std::vector<std::string> lines;
    const auto found = pending().find(module);
    if (found == pending().end()) return lines;
    const std::vector<UnresolvedName> names = std::move(found->second.names);
    pending().erase(found);
    std::vector<std::string> candidates;
    std::size_t more = 0;
    for (const UnresolvedName& missing : names) {
        if (is_defined(module, missing.name.get())) continue;
        if (lines.size() == most_lines) {
            ++more;
            continue;
        }
        if (candidates.empty()) candidates = names_of(module);
        std::string line = missing.file;
        if (missing.span.known())
            line += ":" + std::to_string(missing.span.line) + ":" + std::to_string(missing.span.column);
        line += ": warning: nothing defines `" + std::string(utf8_of(missing.display.get())) + "`";
        const std::string close = closest_name(utf8_of(missing.display.get()), candidates);
        if (!close.empty()) line += "; did you mean `" + close + "`?";
        lines.push_back(std::move(line));
    }
    if (more != 0)
        lines.push_back("warning: nothing defines " + std::to_string(more) +
                        (more == 1 ? " more name" : " more names"));
    return lines;
}

}  // namespace catena
