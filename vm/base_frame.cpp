#include "vm/base_frame.hpp"

#include "vm/frame_line.hpp"

namespace catena {
namespace {

struct Run {
    int line;
    Value (*run)(void*);
    void* context;
    Value result;
    Ref error_type, error, traceback;
};

// What the frame's function calls. The outcome, an error too, stays in the Run.
PyObject* call_run(PyObject* capsule, PyObject*) {
    auto* run = static_cast<Run*>(PyCapsule_GetPointer(capsule, nullptr));
    if (run == nullptr) return nullptr;
    if (PyFrameObject* frame = PyEval_GetFrame(); frame != nullptr) set_frame_line(frame, run->line);
    run->result = run->run(run->context);
    if (run->result.is_error()) {
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        run->error_type = steal(type);
        run->error = steal(value);
        run->traceback = steal(traceback);
    }
    Py_RETURN_NONE;
}

PyMethodDef definition = {"run", call_run, METH_NOARGS, nullptr};

// The code of `<module>`, which calls its one argument, as of this file; null with an error set. The last file's is kept.
PyObject* base_code(PyObject* file) {
    static PyObject* code = nullptr;
    if (code != nullptr) {
        PyObject* of = reinterpret_cast<PyCodeObject*>(code)->co_filename;
        if (of == file || PyUnicode_Compare(of, file) == 0) return code;
    }
    const Ref names = steal(PyDict_New());
    const Ref compiled = steal(Py_CompileString("def base(run): run()\n", "<catena>", Py_file_input));
    const Ref done = names && compiled ? steal(PyEval_EvalCode(compiled.get(), names.get(), names.get())) : Ref();
    PyObject* function = done ? PyDict_GetItemString(names.get(), "base") : nullptr;
    if (function == nullptr) return nullptr;
    const Ref replace = steal(PyObject_GetAttrString(PyFunction_GET_CODE(function), "replace"));
    const Ref none = steal(PyTuple_New(0));
    const Ref changes =
        steal(Py_BuildValue("{sssssO}", "co_name", "<module>", "co_qualname", "<module>", "co_filename", file));
    Ref made = replace && none && changes ? steal(PyObject_Call(replace.get(), none.get(), changes.get())) : Ref();
    if (!made) return nullptr;
    Py_XSETREF(code, made.release());
    return code;
}

}  // namespace

bool without_python_frame() { return PyEval_GetFrame() == nullptr; }

Value run_in_base_frame(PyObject* globals, PyObject* file, int line, Value (*run)(void* context), void* context) {
    Run state{line, run, context, Value::nil(), {}, {}, {}};
    PyObject* code = base_code(file);
    const Ref function = code != nullptr ? steal(PyFunction_New(code, globals)) : Ref();
    const Ref capsule = function ? steal(PyCapsule_New(&state, nullptr, nullptr)) : Ref();
    const Ref callback = capsule ? steal(PyCFunction_New(&definition, capsule.get())) : Ref();
    if (!callback) return Value::error();
    const Ref returned = steal(PyObject_CallOneArg(function.get(), callback.get()));
    if (!returned) {
        // A signal's handler raised after the run had ended.
        state.result.release();
        return Value::error();
    }
    if (state.result.is_error()) {
        PyErr_Restore(state.error_type.release(), state.error.release(), state.traceback.release());
    }
    return state.result;
}

}  // namespace catena
