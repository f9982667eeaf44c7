#include "embed/output.hpp"

#include <Python.h>

#include <string>

#include <catena/object.hpp>
#include "bridge/ref.hpp"
#include "embed/limits.hpp"

namespace catena::inline v1::detail {
namespace {

// Several interpreters share sys.stdout, in several threads, so it cannot be replaced for the time of a call: one stream serves them all, and
// whoever is no call of an interpreter with outputs gets the stream that was there before.
constexpr const char* source = R"(
import io, sys

class HostStream(io.TextIOBase):
    "Writes to the host, or as before where the host does not take it."
    def __init__(self, before, taken, take):
        self._before, self._taken, self._take = before, taken, take
    def write(self, text):
        if not self._take(text) and self._before is not None: self._before.write(text)
        return len(text)
    def flush(self):
        if self._before is not None: self._before.flush()
    def close(self): self.flush()
    def writable(self): return True
    def isatty(self): return not self._taken() and self._before is not None and self._before.isatty()
    def fileno(self):
        if self._taken() or self._before is None: raise io.UnsupportedOperation('fileno')
        return self._before.fileno()
    @property
    def encoding(self): return 'utf-8' if self._taken() else getattr(self._before, 'encoding', None)
    @property
    def errors(self): return 'backslashreplace' if self._taken() else getattr(self._before, 'errors', None)
    def __getattr__(self, name):
        if name.startswith('_') or self._taken(): raise AttributeError(name)
        return getattr(self._before, name)

def install(name, taken, take):
    before = getattr(sys, name, None)
    if not isinstance(before, HostStream): setattr(sys, name, HostStream(before, taken, take))
)";

// The callback for the stream with this number in the call that runs.
std::shared_ptr<const Output> output_of(PyObject* number) {
    const Context* context = current_context();
    if (context == nullptr) return nullptr;
    return number == Py_True ? context->outputs.errors : context->outputs.out;
}

PyObject* is_taken(PyObject* number, PyObject*) { return PyBool_FromLong(output_of(number) != nullptr); }

PyObject* take(PyObject* number, PyObject* text) {
    if (!PyUnicode_Check(text))
        return PyErr_Format(PyExc_TypeError, "write() argument must be str, not %.200s", Py_TYPE(text)->tp_name);
    const auto output = output_of(number);
    if (output == nullptr) Py_RETURN_FALSE;
    if (PyUnicode_GET_LENGTH(text) == 0) Py_RETURN_TRUE;
    const Ref bytes = steal(PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace"));
    if (!bytes) return nullptr;
    const std::string_view view(PyBytes_AS_STRING(bytes.get()),
                                static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get())));
    const bool done = guarded(
                          [&] {
                              const WithoutGil running;
                              (*output)(view);
                              return nil();
                          },
                          "output") != nullptr;
    return done ? Py_NewRef(Py_True) : nullptr;
}

PyMethodDef is_taken_definition = {"taken", is_taken, METH_NOARGS, nullptr};
PyMethodDef take_definition = {"take", take, METH_O, nullptr};

}  // namespace

bool install_streams() {
    static PyObject* install = nullptr;
    if (install == nullptr) {
        const Ref code = steal(Py_CompileString(source, "<catena>", Py_file_input));
        const Ref names = steal(PyDict_New());
        if (!code || !names || PyDict_SetItemString(names.get(), "__builtins__", PyEval_GetBuiltins()) < 0)
            return false;
        const Ref none = steal(PyEval_EvalCode(code.get(), names.get(), names.get()));
        if (!none) return false;
        if (install == nullptr) install = Py_XNewRef(PyDict_GetItemString(names.get(), "install"));
    }
    for (const char* name : {"stdout", "stderr"}) {
        PyObject* number = name[3] == 'e' ? Py_True : Py_False;
        const Ref taken = steal(PyCFunction_New(&is_taken_definition, number));
        const Ref taking = steal(PyCFunction_New(&take_definition, number));
        if (!taken || !taking || !steal(PyObject_CallFunction(install, "sOO", name, taken.get(), taking.get())))
            return false;
    }
    return true;
}

}  // namespace catena::inline v1::detail
