#include "vm/base_frame.hpp"

#include <utility>

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

// What the frame that is being made is for; taken by the frame's code.
thread_local Run* pending = nullptr;

// What the frame's code calls. The outcome, an error too, stays in the Run.
PyObject* call_run(PyObject*, PyObject*) {
    Run* run = std::exchange(pending, nullptr);
    if (run == nullptr) Py_RETURN_NONE;  // the code was run by somebody else
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

PyMethodDef runner_methods[] = {{"run", call_run, METH_NOARGS, nullptr}, {nullptr, nullptr, 0, nullptr}};

// The object whose method the frame's code calls: a constant of the code, since the frame's names are the module's.
PyObject* runner() {
    static PyObject* object = nullptr;
    if (object != nullptr) return object;
    static PyType_Slot slots[] = {{Py_tp_methods, runner_methods}, {0, nullptr}};
    static PyType_Spec spec = {"catena.Runner", 0, 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
    const Ref type = steal(PyType_FromSpec(&spec));
    if (type) object = PyType_GenericAlloc(reinterpret_cast<PyTypeObject*>(type.get()), 0);
    return object;
}

// The code of `<module>` as of this file; null with an error set. The last file's is kept.
Ref base_code(PyObject* file) {
    static PyObject* code = nullptr;
    if (code != nullptr) {
        PyObject* of = reinterpret_cast<PyCodeObject*>(code)->co_filename;
        if (of == file || PyUnicode_Compare(of, file) == 0) return borrow(code);
    }
    constexpr const char* stand_in = "runner";
    const Ref compiled = steal(Py_CompileString("'runner'.run()\n", "<catena>", Py_file_input));
    PyObject* object = runner();
    const Ref constants = compiled ? steal(PyObject_GetAttrString(compiled.get(), "co_consts")) : Ref();
    const Ref list = constants ? steal(PySequence_List(constants.get())) : Ref();
    if (!list || object == nullptr) return {};
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list.get()); ++i) {
        PyObject* constant = PyList_GET_ITEM(list.get(), i);
        if (PyUnicode_Check(constant) && PyUnicode_CompareWithASCIIString(constant, stand_in) == 0 &&
            PyList_SetItem(list.get(), i, Py_NewRef(object)) < 0)
            return {};
    }
    const Ref tuple = steal(PyList_AsTuple(list.get()));
    const Ref replace = steal(PyObject_GetAttrString(compiled.get(), "replace"));
    const Ref none = steal(PyTuple_New(0));
    const Ref changes = tuple ? steal(Py_BuildValue("{sOsO}", "co_filename", file, "co_consts", tuple.get())) : Ref();
    Ref made = replace && none && changes ? steal(PyObject_Call(replace.get(), none.get(), changes.get())) : Ref();
    if (made) Py_XSETREF(code, Py_NewRef(made.get()));
    return made;
}

bool is_base_code(PyObject* python_code) {
    const Ref constants = steal(PyObject_GetAttrString(python_code, "co_consts"));
    if (!constants) {
        PyErr_Clear();
        return false;
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants.get()); ++i)
        if (PyTuple_GET_ITEM(constants.get(), i) == runner()) return true;
    return false;
}

}  // namespace

bool without_base_frame(PyObject* globals) {
    PyFrameObject* frame = PyEval_GetFrame();
    if (frame == nullptr) return true;
    const Ref names = steal(PyFrame_GetGlobals(frame));
    if (names.get() != globals) return true;
    const Ref code = steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(frame)));
    return !is_base_code(code.get());
}

Value run_in_base_frame(PyObject* globals, PyObject* file, int line, Value (*run)(void* context), void* context) {
    Run state{line, run, context, Value::nil(), {}, {}, {}};
    const Ref code = base_code(file);
    if (!code) return Value::error();
    Run* const outer = std::exchange(pending, &state);
    const Ref returned = steal(PyEval_EvalCode(code.get(), globals, globals));
    pending = outer;
    if (!returned) {
        // A signal's handler raised before the run or after it had ended.
        state.result.release();
        return Value::error();
    }
    if (state.result.is_error()) {
        PyErr_Restore(state.error_type.release(), state.error.release(), state.traceback.release());
    }
    return state.result;
}

}  // namespace catena
