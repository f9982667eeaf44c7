#include "compiler/modules.hpp"

#include <algorithm>
#include <cstdlib>
#include <unordered_map>
#include <unordered_set>

#include "bridge/error.hpp"
#include "bridge/text.hpp"
#include "compiler/cache.hpp"
#include "compiler/compile.hpp"
#include "compiler/forms_util.hpp"
#include "compiler/import_hook.hpp"
#include "compiler/module_files.hpp"
#include "lang/reader.hpp"
#include "vm/closure.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

bool fuse_modules = true;

// What a loaded file was made of, by the module's name.
struct Loaded {
    std::uint64_t hash = 0;
    std::vector<ModuleDependency> dependencies;  // those of its dependencies included
};
std::unordered_map<std::string, Loaded>& loaded_modules() {
    static auto* all = new std::unordered_map<std::string, Loaded>;
    return *all;
}

// The files that this thread is loading, outermost first.
struct Load {
    PyObject* module;  // borrowed
    std::string name;
    std::vector<std::string> required;
};
thread_local std::vector<Load> loads;

std::string name_of(PyObject* module) {
    PyObject* name = PyDict_GetItemString(PyModule_GetDict(module), "__name__");
    return name != nullptr && PyUnicode_Check(name) ? text_of(name) : std::string();
}

bool has_item(PyObject* dict, const char* key) { return PyDict_GetItemString(dict, key) != nullptr; }

bool is_catena_module(PyObject* module) {
    return PyModule_Check(module) && has_item(PyModule_GetDict(module), "__catena__");
}

bool is_folder_package(PyObject* module) {
    PyObject* dict = PyModule_GetDict(module);
    PyObject* file = PyDict_GetItemString(dict, "__file__");
    return has_item(dict, "__path__") && (file == nullptr || file == Py_None);
}

// Dependencies: the modules that a module required, those that its names lead to, and what these depend on. Any of their
// macros may have had a part in its code, and a function of theirs may be a macro tomorrow.
class Dependencies {
public:
    explicit Dependencies(std::string own) { seen_.insert(std::move(own)); }

    void add(const std::string& name) {
        const auto found = loaded_modules().find(name);
        if (found == loaded_modules().end() || !seen_.insert(name).second) return;
        list.push_back({name, found->second.hash});
        for (const ModuleDependency& inner : found->second.dependencies)
            if (seen_.insert(inner.name).second) list.push_back(inner);
    }

    void add_names(PyObject* module) {
        if (!folders_.insert(module).second) return;
        Py_ssize_t at = 0;
        PyObject *key, *value;
        while (PyDict_Next(PyModule_GetDict(module), &at, &key, &value)) {
            PyObject* home = is_closure(value) ? reinterpret_cast<Closure*>(value)->code->module.get() : value;
            if (home == nullptr || !PyModule_Check(home)) continue;
            if (is_catena_module(home)) add(name_of(home));
            // A folder of modules leads to the modules in it.
            else if (is_folder_package(home))
                add_names(home);
        }
    }

    std::vector<ModuleDependency> list;

private:
    std::unordered_set<std::string> seen_;
    std::unordered_set<PyObject*> folders_;
};

bool is_current(const ModuleDependency& dependency) {
    const auto found = loaded_modules().find(dependency.name);
    if (found != loaded_modules().end()) return found->second.hash == dependency.hash;
    const std::optional<ModuleFile> file = locate_module(dependency.name);
    if (!file) return false;
    const Result<std::string> source = read_module_file(file->path);
    if (!source) PyErr_Clear();
    return source && source_hash(*source) == dependency.hash;
}

// A string before everything else documents the module.
Ref module_doc(std::string_view source) {
    SpanTable spans;
    auto form = Reader(source, spans).next();
    return form && *form && PyUnicode_CheckExact(form->get()) ? std::move(*form) : borrow(Py_None);
}

void warn_about_unresolved(PyObject* module) {
    const auto lines = unresolved_names(module);
    for (std::size_t i = 0; lines && i < lines->size(); ++i) {
        const Ref line = make_str((*lines)[i]);
        if (line) PySys_FormatStderr("%U\n", line.get());
    }
    PyErr_Clear();
}

void forget_unresolved(PyObject* module) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    (void)unresolved_names(module);
    PyErr_Restore(type, value, traceback);
}

bool may_write_caches() {
    PyObject* refused = PySys_GetObject("dont_write_bytecode");
    return refused == nullptr || PyObject_IsTrue(refused) == 0;
}

Result<void> run_cached(const CachedModule& cached, PyObject* module) {
    for (const CompiledForm& form : cached.forms)
        if (!run_compiled(form)) return raised();
    for (const UnresolvedName& name : cached.unresolved)
        note_unresolved(module, name.name.get(), name.display.get(), name.file, name.span);
    return {};
}

Result<void> run_file(PyObject* module, const std::string& path, const std::string& source, const std::string& name) {
    loaded_modules()[name] = {source_hash(source), {}};
    PyObject* dict = PyModule_GetDict(module);
    std::optional<CachedModule> cached;
    if (fuse_modules) cached = read_cache(path, source, module, is_current);
    if (cached) {
        loaded_modules()[name].dependencies = cached->dependencies;
        if (PyDict_SetItemString(dict, "__doc__", cached->doc ? cached->doc.get() : Py_None) < 0) return raised();
        return run_cached(*cached, module);
    }
    CachedModule fresh;
    fresh.doc = module_doc(source);
    if (PyDict_SetItemString(dict, "__doc__", fresh.doc.get()) < 0) return raised();
    CompileOptions options;
    options.fuse = fuse_modules;
    options.filename = path;
    if (!run_source(source, module, options, &fresh.forms)) return raised();
    fresh.unresolved = still_unresolved(module);
    Dependencies dependencies(name);
    for (const std::string& required : loads.back().required) dependencies.add(required);
    dependencies.add_names(module);
    fresh.dependencies = std::move(dependencies.list);
    loaded_modules()[name].dependencies = fresh.dependencies;
    if (fuse_modules && may_write_caches()) write_cache(path, source, fresh);
    return {};
}

// Require

tl::unexpected<Raised> raise_cycle(std::size_t from, const std::string& name) {
    std::string text = "circular require: ";
    for (std::size_t i = from; i < loads.size(); ++i)
        text += loads[i].name + (i == from ? " requires " : ", which requires ");
    text += name;
    const Ref message = make_str(text);
    const Ref module = make_str(name);
    if (message && module) PyErr_SetImportError(message.get(), module.get(), nullptr);
    return raised();
}

// A file that cannot be loaded since Python's module of that name is there already must not be passed over in silence.
Result<void> check_not_hidden(PyObject* module, const std::string& name) {
    if (is_catena_module(module)) return {};
    const std::optional<ModuleFile> file = locate_module(name);
    if (!file) return {};
    const Ref message = make_str("cannot require " + file->path + ": the module " + name +
                                 " is Python's already; give the file another name");
    const Ref text = make_str(name);
    const Ref path = make_str(file->path);
    if (message && text && path) PyErr_SetImportError(message.get(), text.get(), path.get());
    return raised();
}

// `core` and `bridge` are short for Catena's own modules where no other module has the name.
Ref own_module(const std::string& name) {
    if (!PyErr_ExceptionMatches(PyExc_ModuleNotFoundError)) return {};
    PyObject* found = PyDict_GetItemString(PyImport_GetModuleDict(), ("catena." + name).c_str());
    if (found != nullptr) PyErr_Clear();
    return borrow(found);
}

// Python raises KeyError when nothing is in sys.modules after the import, as when another thread's load of it failed meanwhile.
PyObject* fail_import(PyObject* name, const std::string& text) {
    if (PyErr_ExceptionMatches(PyExc_KeyError) &&
        PyDict_GetItemString(PyImport_GetModuleDict(), text.c_str()) == nullptr) {
        const Error error = Error::fetch();
        const bool by_python = error.frames.empty() || error.frames.back().file.starts_with("<frozen importlib");
        if (!by_python || error.message() != "'" + text + "'") {
            error.restore();
            return nullptr;
        }
    } else if (PyErr_Occurred() != nullptr) {
        return own_module(text).release();
    }
    const Ref message = make_str("the module " + text + " is not in sys.modules after it was loaded");
    if (message) PyErr_SetImportError(message.get(), name, nullptr);
    return nullptr;
}

PyObject* require_module(PyObject* name) {
    const std::string text = text_of(name);
    for (std::size_t i = 0; i < loads.size(); ++i) {
        if (loads[i].name != text) continue;
        (void)raise_cycle(i, text);
        return nullptr;
    }
    if (!loads.empty() && running_module() == loads.back().module) loads.back().required.push_back(text);
    const PreferLisp prefer(text);
    const Ref imported = steal(PyImport_Import(name));
    if (!imported) return fail_import(name, text);
    Ref module = steal(PyImport_GetModule(name));
    if (!module) return fail_import(name, text);
    if (!check_not_hidden(module.get(), text)) return nullptr;
    return module.release();
}

}  // namespace

void set_module_fusing(bool fuse) { fuse_modules = fuse; }

Result<void> load_module_file(PyObject* module, const std::string& path) {
    const Result<std::string> source = read_module_file(path);
    if (!source) return raised();
    PyObject* dict = PyModule_GetDict(module);
    if (PyDict_SetItemString(dict, "__catena__", Py_True) < 0) return raised();
    // As Python's exec gives every module.
    if (!has_item(dict, "__builtins__") && PyDict_SetItemString(dict, "__builtins__", PyEval_GetBuiltins()) < 0)
        return raised();
    const std::string name = name_of(module);
    loads.push_back({module, name, {}});
    const Result<void> done = run_file(module, path, *source, name);
    loads.pop_back();
    if (!done) {
        loaded_modules().erase(name);
        forget_unresolved(module);
        return done;
    }
    warn_about_unresolved(module);
    return {};
}

Result<void> add_catena_path(Py_ssize_t position) {
    const char* folders = std::getenv("CATENA_PATH");
    PyObject* path = PySys_GetObject("path");
    if (folders == nullptr || path == nullptr || !PyList_Check(path)) return {};
    std::string_view rest = folders;
    while (!rest.empty()) {
        const std::size_t colon = rest.find(':');
        const std::string_view folder = rest.substr(0, colon);
        rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
        if (folder.empty()) continue;
        const Ref entry =
            steal(PyUnicode_DecodeFSDefaultAndSize(folder.data(), static_cast<Py_ssize_t>(folder.size())));
        const int known = entry ? PySequence_Contains(path, entry.get()) : -1;
        if (known < 0) return raised();
        if (known == 0 && PyList_Insert(path, position++, entry.get()) < 0) return raised();
    }
    return {};
}

Result<void> init_modules() {
    static bool done = false;
    if (done) return {};
    if (const Result<void> installed = install_import_hook(); !installed) return installed;
    set_module_loader(require_module);
    done = true;
    return {};
}

}  // namespace catena
