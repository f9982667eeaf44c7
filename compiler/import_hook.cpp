#include "compiler/import_hook.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "bridge/text.hpp"
#include "compiler/cache.hpp"
#include "compiler/forms_util.hpp"
#include "compiler/module_files.hpp"
#include "compiler/modules.hpp"
#include "vm/module.hpp"

namespace catena {

namespace {

thread_local const std::string* preferred = nullptr;

// importlib's own parts, which every Python has loaded, owned for ever.
struct Importlib {
    PyObject* bootstrap = nullptr;
    PyObject* external = nullptr;
    PyObject* path_finder = nullptr;
    PyTypeObject* loader = nullptr;  // of `.lisp` files
};
Importlib importlib;

// The names of scripts: the file's path with its dots written %2E, in the package `catena`.
constexpr std::string_view script_prefix = "catena./";

std::string script_name(std::string_view path) {
    std::string name = "catena.";
    for (const char c : path) {
        if (c == '.')
            name += "%2E";
        else if (c == '%')
            name += "%25";
        else
            name += c;
    }
    return name;
}

std::string script_path(std::string_view name) {
    std::string path;
    name.remove_prefix(script_prefix.size() - 1);
    for (std::size_t i = 0; i < name.size(); ++i) {
        const std::string_view escape = name.substr(i, 3);
        if (escape == "%2E" || escape == "%25") {
            path += escape == "%25" ? '%' : '.';
            i += 2;
        } else {
            path += name[i];
        }
    }
    return path;
}

Ref path_text(const std::string& path) {
    return steal(PyUnicode_DecodeFSDefaultAndSize(path.data(), static_cast<Py_ssize_t>(path.size())));
}

// The path in bytes; false with an error set.
bool path_bytes(PyObject* path, std::string* out) {
    PyObject* bytes = nullptr;
    if (PyUnicode_FSConverter(path, &bytes) == 0) return false;
    const Ref held = steal(bytes);
    out->assign(PyBytes_AS_STRING(bytes), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes)));
    return true;
}

bool is_file(const std::string& path) {
    struct stat status;
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

// Loader: a FileLoader of importlib's, with `name` and `path`

bool own_path(PyObject* self, std::string* out) {
    const Ref path = steal(PyObject_GetAttrString(self, "path"));
    return path && path_bytes(path.get(), out);
}

PyObject* run_in_module(PyObject*, PyObject* arguments) {
    PyObject *module, *path;
    std::string bytes;
    if (!PyArg_ParseTuple(arguments, "OO", &module, &path) || !path_bytes(path, &bytes)) return nullptr;
    if (!PyModule_Check(module)) {
        PyErr_SetString(PyExc_TypeError, "a .lisp file is run in a module");
        return nullptr;
    }
    if (!load_module_file(module, bytes)) return nullptr;
    Py_RETURN_NONE;
}

PyMethodDef run_in_module_method = {"run", run_in_module, METH_VARARGS, nullptr};

PyObject* loader_create_module(PyObject*, PyObject*) { Py_RETURN_NONE; }

PyObject* loader_exec_module(PyObject* self, PyObject* module) {
    const Ref path = steal(PyObject_GetAttrString(self, "path"));
    const Ref run = steal(PyCFunction_New(&run_in_module_method, nullptr));
    if (!path || !run) return nullptr;
    // Frames of importlib that end with this function are left out of tracebacks.
    return PyObject_CallMethod(importlib.bootstrap, "_call_with_frames_removed", "OOO", run.get(), module, path.get());
}

PyObject* loader_is_package(PyObject* self, PyObject*) {
    std::string path;
    if (!own_path(self, &path)) return nullptr;
    return PyBool_FromLong(path.ends_with("/__init__.lisp"));
}

PyObject* loader_get_source(PyObject* self, PyObject*) {
    std::string path;
    if (!own_path(self, &path)) return nullptr;
    const Result<std::string> source = read_module_file(path);
    return source ? PyUnicode_DecodeUTF8(source->data(), static_cast<Py_ssize_t>(source->size()), "replace") : nullptr;
}

// For runpy: Python code that runs the file in the module whose globals it is given.
PyObject* loader_get_code(PyObject* self, PyObject*) {
    const Ref path = steal(PyObject_GetAttrString(self, "path"));
    const Ref text =
        path ? steal(PyUnicode_FromFormat("__import__('catena')._run_file(%A, globals())", path.get())) : Ref();
    const char* utf8 = text ? PyUnicode_AsUTF8(text.get()) : nullptr;
    return utf8 != nullptr ? Py_CompileString(utf8, "<catena>", Py_file_input) : nullptr;
}

PyMethodDef loader_methods[] = {
    {"create_module", loader_create_module, METH_O, "Python's own kind of module will do."},
    {"exec_module", loader_exec_module, METH_O, "Runs the file in the module."},
    {"is_package", loader_is_package, METH_O, "Is it an __init__.lisp?"},
    {"get_source", loader_get_source, METH_O, "The text of the file."},
    {"get_code", loader_get_code, METH_O, "Python code that runs the file."},
    {nullptr, nullptr, 0, nullptr},
};

PyTypeObject* loader_type() {
    if (importlib.loader != nullptr) return importlib.loader;
    const Ref base = steal(PyObject_GetAttrString(importlib.external, "FileLoader"));
    static char doc[] = "Loads a .lisp file as a module.";
    PyType_Slot slots[] = {{Py_tp_methods, loader_methods}, {Py_tp_doc, doc}, {0, nullptr}};
    PyType_Spec spec = {"catena.Loader", 0, 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
    const Ref bases = base ? steal(PyTuple_Pack(1, base.get())) : Ref();
    if (bases) importlib.loader = reinterpret_cast<PyTypeObject*>(PyType_FromSpecWithBases(&spec, bases.get()));
    return importlib.loader;
}

Ref spec_of(PyObject* fullname, const ModuleFile& file) {
    PyTypeObject* type = loader_type();
    const Ref path = path_text(file.path);
    if (type == nullptr || !path) return {};
    const Ref loader =
        steal(PyObject_CallFunctionObjArgs(reinterpret_cast<PyObject*>(type), fullname, path.get(), nullptr));
    const Ref make = steal(PyObject_GetAttrString(importlib.external, "spec_from_file_location"));
    const Ref folder = file.is_package ? path_text(file.folder()) : borrow(Py_None);
    if (!loader || !make || !folder) return {};
    const Ref arguments = steal(PyTuple_Pack(2, fullname, path.get()));
    const Ref options = steal(
        file.is_package ? Py_BuildValue("{sOs[O]}", "loader", loader.get(), "submodule_search_locations", folder.get())
                        : Py_BuildValue("{sOsO}", "loader", loader.get(), "submodule_search_locations", Py_None));
    if (!arguments || !options) return {};
    Ref spec = steal(PyObject_Call(make.get(), arguments.get(), options.get()));
    const std::string cache = cache_path(file.path);
    if (!spec || cache.empty()) return spec;
    const Ref cached = path_text(cache);
    if (!cached || PyObject_SetAttrString(spec.get(), "cached", cached.get()) < 0) return {};
    return spec;
}

// A package that is nothing but folders, whose names Python could not have found.
Ref folder_spec(PyObject* fullname, const std::vector<std::string>& folders) {
    const Ref make = steal(PyObject_GetAttrString(importlib.bootstrap, "ModuleSpec"));
    Ref spec = make ? steal(PyObject_CallFunctionObjArgs(make.get(), fullname, Py_None, nullptr)) : Ref();
    const Ref list = steal(PyList_New(0));
    if (!spec || !list) return {};
    for (const std::string& folder : folders) {
        const Ref path = path_text(folder);
        if (!path || PyList_Append(list.get(), path.get()) < 0) return {};
    }
    if (PyObject_SetAttrString(spec.get(), "submodule_search_locations", list.get()) < 0) return {};
    return spec;
}

// Finder

bool is_preferred(std::string_view name) {
    if (preferred == nullptr) return false;
    const std::string_view wanted = *preferred;
    return wanted == name || (wanted.size() > name.size() && wanted.starts_with(name) && wanted[name.size()] == '.');
}

// A reload keeps to the kind of file that the module came from.
bool is_ours(PyObject* target) {
    return target != nullptr && PyModule_Check(target) &&
           PyDict_GetItemString(PyModule_GetDict(target), "__catena__") != nullptr;
}

PyObject* none_or(Ref spec) {
    if (spec || PyErr_Occurred() != nullptr) return spec.release();
    Py_RETURN_NONE;
}

PyObject* find_spec(PyObject*, PyObject* arguments, PyObject* keywords) {
    static const char* names[] = {"fullname", "path", "target", nullptr};
    PyObject *fullname, *path = Py_None, *target = Py_None;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "U|OO:find_spec", const_cast<char**>(names), &fullname, &path,
                                     &target)) {
        return nullptr;
    }
    const std::string name = text_of(fullname);
    if (name.starts_with(script_prefix)) {
        const std::string file = script_path(name);
        return none_or(::access(file.c_str(), R_OK) == 0 ? spec_of(fullname, {file, false}) : Ref());
    }
    const std::string_view last = std::string_view(name).substr(name.rfind('.') + 1);
    const bool lisp_first = is_preferred(name) || is_ours(target);
    const auto folders = [&] { return path == Py_None ? system_folders() : folders_of(path); };
    if (lisp_first) {
        const std::optional<ModuleFile> file = find_module_file(last, folders());
        if (file) return spec_of(fullname, *file).release();
    }
    Ref pythons = steal(PyObject_CallMethod(importlib.path_finder, "find_spec", "OOO", fullname, path, target));
    if (!pythons) return nullptr;
    if (pythons != Py_None) {
        const Ref loader = steal(PyObject_GetAttrString(pythons.get(), "loader"));
        if (!loader || loader != Py_None) return loader ? pythons.release() : nullptr;
    }
    // Python found nothing, or only a folder.
    if (!lisp_first) {
        const std::optional<ModuleFile> file = find_module_file(last, folders());
        if (file) return spec_of(fullname, *file).release();
    }
    if (pythons == Py_None && lisp_first && last.find('_') != std::string_view::npos) {
        const std::vector<std::string> found = find_module_folders(last, folders());
        if (!found.empty()) return folder_spec(fullname, found).release();
    }
    return pythons.release();
}

PyObject* invalidate_caches(PyObject*, PyObject*) { Py_RETURN_NONE; }

PyMethodDef finder_methods[] = {
    {"find_spec", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(find_spec)), METH_VARARGS | METH_KEYWORDS,
     "The spec of a module, Python's if there is one, else of a .lisp file."},
    {"invalidate_caches", invalidate_caches, METH_NOARGS, "There are none."},
    {nullptr, nullptr, 0, nullptr},
};

// Path hook: `x.lisp` as an entry of sys.path holds one module, `__main__`

struct ScriptEntry {
    PyObject_HEAD
    PyObject* path;
};

PyObject* script_find_spec(PyObject* self, PyObject* arguments, PyObject* keywords) {
    static const char* names[] = {"fullname", "target", nullptr};
    PyObject *fullname, *target = Py_None;
    std::string path;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "U|O:find_spec", const_cast<char**>(names), &fullname,
                                     &target))
        return nullptr;
    if (PyUnicode_CompareWithASCIIString(fullname, "__main__") != 0) Py_RETURN_NONE;
    if (!path_bytes(reinterpret_cast<ScriptEntry*>(self)->path, &path)) return nullptr;
    return spec_of(fullname, {path, false}).release();
}

void script_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    Py_XDECREF(reinterpret_cast<ScriptEntry*>(self)->path);
    type->tp_free(self);
    Py_DECREF(type);
}

PyMethodDef script_methods[] = {
    {"find_spec", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(script_find_spec)),
     METH_VARARGS | METH_KEYWORDS, "The spec of the script as __main__."},
    {"invalidate_caches", invalidate_caches, METH_NOARGS, "There are none."},
    {nullptr, nullptr, 0, nullptr},
};

PyObject* script_hook(PyObject*, PyObject* path) {
    static PyTypeObject* type = nullptr;
    std::string bytes;
    if (!PyUnicode_Check(path))
        bytes.clear();
    else if (!path_bytes(path, &bytes))
        return nullptr;
    if (!bytes.ends_with(".lisp") || !is_file(bytes)) {
        PyErr_SetString(PyExc_ImportError, "only .lisp files are supported");
        return nullptr;
    }
    if (type == nullptr) {
        PyType_Slot slots[] = {
            {Py_tp_methods, script_methods}, {Py_tp_dealloc, reinterpret_cast<void*>(script_dealloc)}, {0, nullptr}};
        PyType_Spec spec = {"catena.ScriptFinder", sizeof(ScriptEntry), 0, Py_TPFLAGS_DEFAULT, slots};
        type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
        if (type == nullptr) return nullptr;
    }
    PyObject* entry = type->tp_alloc(type, 0);
    if (entry != nullptr) reinterpret_cast<ScriptEntry*>(entry)->path = Py_NewRef(path);
    return entry;
}

PyMethodDef script_hook_method = {"lisp_path_hook", script_hook, METH_O,
                                  "A finder for sys.path entries that are .lisp files."};

// catena._run_file(path, globals): what the code of a script's spec does.
PyObject* run_script(PyObject*, PyObject* arguments) {
    PyObject *path, *globals;
    std::string bytes;
    if (!PyArg_ParseTuple(arguments, "OO!:_run_file", &path, &PyDict_Type, &globals) || !path_bytes(path, &bytes))
        return nullptr;
    PyObject* name = PyDict_GetItemString(globals, "__name__");
    Ref module = name != nullptr && PyUnicode_Check(name) ? steal(PyImport_GetModule(name)) : Ref();
    const bool in_place = module && PyModule_Check(module.get()) && PyModule_GetDict(module.get()) == globals;
    if (!in_place) {
        PyErr_Clear();
        module = steal(PyModule_New("__main__"));
        if (!module || PyDict_Update(PyModule_GetDict(module.get()), globals) < 0) return nullptr;
    }
    if (!load_module_file(module.get(), bytes)) return nullptr;
    if (!in_place && PyDict_Update(globals, PyModule_GetDict(module.get())) < 0) return nullptr;
    Py_RETURN_NONE;
}

PyMethodDef run_script_method = {"_run_file", run_script, METH_VARARGS,
                                 "Runs a .lisp file in the module that has these globals."};

// Where the path finder stands; the end when somebody took it away.
Py_ssize_t finder_position(PyObject* meta_path) {
    const Py_ssize_t count = PyList_GET_SIZE(meta_path);
    for (Py_ssize_t i = 0; i < count; ++i)
        if (PyList_GET_ITEM(meta_path, i) == importlib.path_finder) return i;
    return count;
}

}  // namespace

PreferLisp::PreferLisp(const std::string& module) : outer_(std::exchange(preferred, &module)) {}
PreferLisp::~PreferLisp() { preferred = outer_; }

Result<Ref> script_spec(const std::string& path) {
    const Ref name = path_text(script_name(path));
    if (!name) return raised();
    Ref spec = spec_of(name.get(), {path, false});
    if (!spec) return raised();
    return spec;
}

Result<Ref> load_path(PyObject* path, PyObject* name) {
    std::string file;
    if (!path_bytes(path, &file)) return raised();
    char* real = ::realpath(file.c_str(), nullptr);
    if (real == nullptr) {
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
        return raised();
    }
    file = real;
    std::free(real);
    std::string stem = file.substr(file.rfind('/') + 1);
    if (stem.ends_with(".lisp")) stem.resize(stem.size() - 5);
    const Ref written = name == Py_None ? make_str(stem) : borrow(name);
    const Ref fullname = written ? python_name(written.get()) : Ref();
    const Ref spec = fullname ? spec_of(fullname.get(), {file, file.ends_with("/__init__.lisp")}) : Ref();
    const Ref make = spec ? steal(PyObject_GetAttrString(importlib.bootstrap, "module_from_spec")) : Ref();
    Ref module = make ? steal(PyObject_CallOneArg(make.get(), spec.get())) : Ref();
    if (!module) return raised();
    PyObject* modules = PyImport_GetModuleDict();
    const int known = PyDict_Contains(modules, fullname.get());
    if (known < 0 || (known == 0 && PyDict_SetItem(modules, fullname.get(), module.get()) < 0)) return raised();
    if (load_module_file(module.get(), file)) return module;
    if (known == 0) {
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        if (PyDict_DelItem(modules, fullname.get()) < 0) PyErr_Clear();
        PyErr_Restore(type, value, traceback);
    }
    return raised();
}

Result<void> install_import_hook() {
    importlib.bootstrap = PyImport_ImportModule("_frozen_importlib");
    importlib.external = PyImport_ImportModule("_frozen_importlib_external");
    if (importlib.bootstrap == nullptr || importlib.external == nullptr) return raised();
    importlib.path_finder = PyObject_GetAttrString(importlib.external, "PathFinder");
    PyObject* meta_path = PySys_GetObject("meta_path");
    PyObject* hooks = PySys_GetObject("path_hooks");
    if (importlib.path_finder == nullptr) return raised();
    if (meta_path == nullptr || !PyList_Check(meta_path) || hooks == nullptr || !PyList_Check(hooks)) {
        return raise(PyExc_ImportError, "sys.meta_path and sys.path_hooks are no lists");
    }
    PyType_Slot slots[] = {{Py_tp_methods, finder_methods}, {0, nullptr}};
    PyType_Spec spec = {"catena.Finder", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT, slots};
    const Ref type = steal(PyType_FromSpec(&spec));
    const Ref finder = type ? steal(PyObject_CallNoArgs(type.get())) : Ref();
    const Ref hook = steal(PyCFunction_New(&script_hook_method, nullptr));
    const Ref run = steal(PyCFunction_New(&run_script_method, nullptr));
    if (!finder || !hook || !run) return raised();
    // Before Python's own, which it asks itself: an empty package must not hide an __init__.lisp.
    if (PyList_Insert(meta_path, finder_position(meta_path), finder.get()) < 0 || PyList_Append(hooks, hook.get()) < 0)
        return raised();
    if (PyModule_AddObjectRef(catena_module(), "_run_file", run.get()) < 0) return raised();
    return {};
}

}  // namespace catena
