#include "embed/python_module.hpp"

#include <unistd.h>

#include <climits>
#include <string>

#include "bridge/text.hpp"
#include "catena_config.hpp"
#include "compiler/compile.hpp"
#include "compiler/import_hook.hpp"
#include "compiler/modules.hpp"
#include "lang/types.hpp"
#include "stdlib/library.hpp"
#include "vm/module.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

// The module whose globals these are; empty, without an error, when they are of none.
Ref module_with(PyObject* globals) {
    PyObject* name = globals != nullptr ? PyDict_GetItemString(globals, "__name__") : nullptr;
    Ref module = name != nullptr && PyUnicode_Check(name) ? steal(PyImport_GetModule(name)) : Ref();
    PyErr_Clear();
    if (module && PyModule_Check(module.get()) && PyModule_GetDict(module.get()) == globals) return module;
    return {};
}

// Where a text is evaluated: the module given, else the caller's, else one for all such callers.
Ref module_for(PyObject* given) {
    if (given != Py_None) {
        if (PyModule_Check(given)) return borrow(given);
        PyErr_Format(PyExc_TypeError, "eval: module must be a module or None, not %.200s", Py_TYPE(given)->tp_name);
        return {};
    }
    Ref module = module_with(PyEval_GetGlobals());
    if (module) return module;
    static PyObject* common = nullptr;
    if (common == nullptr) {
        Result<Ref> fresh = make_module("catena.session", "<string>");
        if (fresh) common = fresh->release();
    }
    return borrow(common);
}

PyObject* evaluate(PyObject*, PyObject* arguments, PyObject* keywords) {
    static const char* names[] = {"text", "module", "filename", nullptr};
    const char* text;
    Py_ssize_t size;
    PyObject* given = Py_None;
    const char* filename = "<string>";
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "s#|Os:eval", const_cast<char**>(names), &text, &size, &given,
                                     &filename)) {
        return nullptr;
    }
    const Ref module = module_for(given);
    if (!module) return nullptr;
    CompileOptions options;
    options.note_missing = false;
    options.filename = filename;
    Result<Ref> value = run_source({text, static_cast<std::size_t>(size)}, module.get(), options);
    return value ? value->release() : nullptr;
}

PyObject* load(PyObject*, PyObject* arguments, PyObject* keywords) {
    static const char* names[] = {"path", "name", nullptr};
    PyObject* path;
    PyObject* name = Py_None;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "O|O:load", const_cast<char**>(names), &path, &name))
        return nullptr;
    if (name != Py_None && !PyUnicode_Check(name)) {
        PyErr_Format(PyExc_TypeError, "load: name must be a str or None, not %.200s", Py_TYPE(name)->tp_name);
        return nullptr;
    }
    Result<Ref> module = load_path(path, name);
    return module ? module->release() : nullptr;
}

// Tells Python's tracebacks, and IPython's, the text of a cell.
bool remember_lines(const std::string& name, PyObject* text) {
    const Ref linecache = steal(PyImport_ImportModule("linecache"));
    const Ref cache = linecache ? steal(PyObject_GetAttrString(linecache.get(), "cache")) : Ref();
    const Ref lines = cache ? steal(PyObject_CallMethod(text, "splitlines", "O", Py_True)) : Ref();
    const Ref entry =
        lines ? steal(Py_BuildValue("(nOOs)", PyUnicode_GET_LENGTH(text), Py_None, lines.get(), name.c_str())) : Ref();
    return entry && PyDict_Check(cache.get()) && PyDict_SetItemString(cache.get(), name.c_str(), entry.get()) == 0;
}

// The magic: `%catena (form …)` has no cell. The value is shown as IPython shows any value.
PyObject* run_cell(PyObject* shell, PyObject* arguments) {
    PyObject* line;
    PyObject* text = nullptr;
    if (!PyArg_ParseTuple(arguments, "U|U", &line, &text)) return nullptr;
    if (text != nullptr && PyUnicode_GET_LENGTH(line) > 0) {
        PyErr_SetString(PyExc_ValueError, "%%catena stands alone on its line; the code begins on the next");
        return nullptr;
    }
    if (text == nullptr) text = line;
    const Ref module = steal(PyObject_GetAttrString(shell, "user_module"));
    if (!module || !PyModule_Check(module.get())) {
        if (PyErr_Occurred() == nullptr) PyErr_SetString(PyExc_TypeError, "IPython's user_module is no module");
        return nullptr;
    }
    static int cells = 0;
    CompileOptions options;
    options.note_missing = false;
    options.filename = "<catena cell " + std::to_string(++cells) + ">";
    Py_ssize_t size;
    const char* code = PyUnicode_AsUTF8AndSize(text, &size);
    if (code == nullptr || !remember_lines(options.filename, text)) return nullptr;
    Result<Ref> value = run_source({code, static_cast<std::size_t>(size)}, module.get(), options);
    return value ? value->release() : nullptr;
}

PyMethodDef cell_method = {"catena", run_cell, METH_VARARGS,
                           "Runs the line, or the cell, as Catena code in this notebook's module."};

PyObject* load_ipython_extension(PyObject*, PyObject* shell) {
    const Ref cell = steal(PyCFunction_New(&cell_method, shell));
    return cell ? PyObject_CallMethod(shell, "register_magic_function", "Oss", cell.get(), "line_cell", "catena")
                : nullptr;
}

PyCFunction as_function(PyCFunctionWithKeywords function) {
    return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

PyMethodDef functions[] = {
    {"eval", as_function(evaluate), METH_VARARGS | METH_KEYWORDS,
     "eval(text, module=None, filename='<string>')\n--\n\n"
     "Run Catena code and return the value of its last form. It runs in `module`, by default the caller's, whose names "
     "it "
     "sees and defines."},
    {"load", as_function(load), METH_VARARGS | METH_KEYWORDS,
     "load(path, name=None)\n--\n\n"
     "Run a .lisp file as a new module and return it. The module's name is the file's, unless another is given; it is "
     "entered in sys.modules when no other module has that name."},
    {"load_ipython_extension", load_ipython_extension, METH_O,
     "load_ipython_extension(shell)\n--\n\nWhat `%load_ext catena` calls: makes the magics %%catena and %catena."},
    {nullptr, nullptr, 0, nullptr},
};

std::string program_folder() {
    char path[PATH_MAX];
    const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
    if (size <= 0 || size == static_cast<ssize_t>(sizeof path)) return {};
    const std::string_view text(path, static_cast<std::size_t>(size));
    return std::string(text.substr(0, text.rfind('/')));
}

}  // namespace

Result<void> start_catena(Py_ssize_t path_position) {
    static bool done = false;
    if (done) return {};
    if (auto ready = init_types(); !ready) return ready;
    if (auto ready = init_vm(); !ready) return ready;
    if (auto ready = init_compiler(); !ready) return ready;
    if (auto ready = init_library(); !ready) return ready;
    if (auto added = add_catena_path(path_position); !added) return added;
    if (PyModule_AddFunctions(catena_module(), functions) < 0) return raised();
    if (PyModule_AddStringConstant(catena_module(), "__version__", CATENA_VERSION) < 0) return raised();
    done = true;
    return {};
}

Result<void> offer_extension_module() {
    const std::string here = program_folder();
    PyObject* path = PySys_GetObject("path");
    if (here.empty() || path == nullptr || !PyList_Check(path)) return {};
    for (const std::string& folder : {here + "/python", here + "/../lib/catena/python"}) {
        if (::access((folder + "/catena" CATENA_EXTENSION_SUFFIX).c_str(), R_OK) != 0) continue;
        const Ref entry =
            steal(PyUnicode_DecodeFSDefaultAndSize(folder.data(), static_cast<Py_ssize_t>(folder.size())));
        if (!entry || PyList_Append(path, entry.get()) < 0) return raised();
        break;
    }
    return {};
}

}  // namespace catena
