#include "embed/host.hpp"

#include <array>
#include <cstdio>

#include "bridge/error.hpp"
#include "bridge/python.hpp"
#include "bridge/text.hpp"
#include "compiler/compile.hpp"
#include "embed/python_module.hpp"
#include "lang/python_name.hpp"
#include "vm/module.hpp"
#include "vm/vm.hpp"

namespace catena::host {
namespace {

Ref text_object(std::string_view text) {
    return steal(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape"));
}

PyObject* answer(catena::Result<Ref> value) { return value ? value->release() : nullptr; }

PyThreadState* started_in = nullptr;

// The loader behind `require`, which keeps the modules of all namespaces.
PyObject* import_of(std::string_view module) {
    const Ref name = text_object(module);
    return name ? PyImport_Import(name.get()) : nullptr;
}

bool read_file(const std::string& path, std::string* out) {
    std::FILE* file = std::fopen(path.c_str(), "rb");
    if (file != nullptr) {
        char block[65536];
        std::size_t got;
        while ((got = std::fread(block, 1, sizeof block, file)) > 0) out->append(block, got);
        const bool failed = std::ferror(file) != 0;
        std::fclose(file);
        if (!failed) return true;
    }
    PyErr_SetFromErrnoWithFilename(PyExc_OSError, path.c_str());
    return false;
}

// Names of one program differ in their length or at their ends.
std::size_t place_of(std::string_view name) {
    if (name.empty()) return 0;
    const auto at = [name](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(name[i])); };
    return at(0) + 7 * at(name.size() / 2) + 31 * at(name.size() - 1) + 5 * name.size();
}

std::string attribute_text(PyObject* object, const char* name) {
    const Ref value = steal(PyObject_GetAttrString(object, name));
    if (!value || !PyUnicode_Check(value.get())) {
        PyErr_Clear();
        return {};
    }
    return text_of(value.get());
}

}  // namespace

std::string start() {
    const bool own = Py_IsInitialized() == 0;
    if (own) {
        PythonOptions options;
        options.handle_signals = false;  // they are the host's, as are what its streams have read already
        options.configure_stdio = false;
        const auto choice = choose_python(options);
        if (!choice) return choice.error();
        if (const auto started = start_python(*choice, options); !started) return started.error();
    }
    const PyGILState_STATE state = own ? PyGILState_UNLOCKED : PyGILState_Ensure();
    std::string problem;
    if (!start_catena(0)) problem = take_failure().message;
    if (own)
        started_in = PyEval_SaveThread();
    else
        PyGILState_Release(state);
    return problem;
}

PyThreadState* first_state() noexcept { return started_in; }

PyObject* make_namespace(std::string_view name) { return answer(make_module(name, "<host>")); }

bool add_path(const std::vector<std::string>& folders) {
    PyObject* path = PySys_GetObject("path");
    if (path == nullptr || !PyList_Check(path)) return true;
    for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) {
        const Ref entry = steal(PyUnicode_DecodeFSDefault(folder->c_str()));
        const int known = entry ? PySequence_Contains(path, entry.get()) : -1;
        if (known < 0 || (known == 0 && PyList_Insert(path, 0, entry.get()) < 0)) return false;
    }
    return true;
}

PyObject* evaluate(PyObject* module, std::string_view text, const std::string& file, int line) {
    CompileOptions options;
    options.note_missing = false;
    options.filename = file;
    constexpr int last_line = 10'000'000;
    if (line > last_line) {
        PyErr_Format(PyExc_ValueError, "code begins at line %d at most, not %d", last_line, line);
        return nullptr;
    }
    // Positions count from the host's line: the lines before it are empty.
    const std::string shifted =
        line > 1 ? std::string(static_cast<std::size_t>(line - 1), '\n') + std::string(text) : "";
    return answer(run_source(line > 1 ? std::string_view(shifted) : text, module, options));
}

PyObject* evaluate_file(PyObject* module, const std::string& path) {
    std::string text;
    if (!read_file(path, &text)) return nullptr;
    CompileOptions options;
    options.note_missing = false;
    options.filename = path;
    return answer(run_source(text, module, options));
}

PyObject* require(std::string_view module) { return import_of(module); }

PyObject* python_name(std::string_view name) {
    // A host asks for the same few names again and again.
    struct Known {
        std::string name;
        Ref python;
    };
    static auto& names = *new std::array<Known, 64>;  // for ever: its end would need the GIL
    Known& known = names[place_of(name) % names.size()];
    if (known.python && known.name == name) return Py_NewRef(known.python.get());
    const Ref text = text_object(name);
    Ref python = text ? catena::python_name(text.get()) : Ref();
    if (!python) return nullptr;
    if (name.size() <= 64) known = {std::string(name), python};
    return python.release();
}

PyObject* look_up(PyObject* module, std::string_view name) {
    const Ref python = steal(python_name(name));
    if (!python) return nullptr;
    if (PyObject* own = PyDict_GetItemWithError(PyModule_GetDict(module), python.get())) return Py_NewRef(own);
    if (PyErr_Occurred() != nullptr) return nullptr;
    if (PyObject* core = core_member(python.get())) return core;
    if (PyErr_Occurred() != nullptr) return nullptr;
    if (PyObject* builtin = PyDict_GetItemWithError(builtins_dict(), python.get())) return Py_NewRef(builtin);
    if (PyErr_Occurred() == nullptr) {
        PyErr_Format(PyExc_NameError, "name '%s' is not defined", std::string(name).c_str());
    }
    return nullptr;
}

Failure take_failure() {
    Failure failure;
    if (PyErr_Occurred() == nullptr) PyErr_SetString(PyExc_SystemError, "a call failed without setting an exception");
    const catena::Error error = catena::Error::fetch();
    failure.type = error.type_name();
    failure.message = error.message();
    failure.hint = attribute_text(error.exception(), "hint");
    failure.file = error.file;
    failure.line = static_cast<int>(error.span.line);
    failure.column = static_cast<int>(error.span.column);
    if (failure.file.empty()) {  // all of it was Python's
        for (const FrameInfo& frame : error.frames) {
            if (frame.file.starts_with("<frozen ")) continue;  // the import system
            failure.file = frame.file;
            failure.line = static_cast<int>(frame.span.line);
            failure.column = static_cast<int>(frame.span.column);
        }
    }
    failure.exception = Py_NewRef(error.exception());
    return failure;
}

}  // namespace catena::host
