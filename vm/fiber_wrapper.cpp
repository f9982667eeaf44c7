#include "vm/fiber_state.hpp"

namespace catena {
namespace {

// The real generators around fibers. One line each, so that every position in them is the definition's line.
constexpr const char* wrapper_source =
    "def generator(fiber): return (yield from fiber)\n"
    "async def coroutine(fiber): return await fiber\n"
    "async def async_generator(fiber):\n"
    "    step = fiber.step(0, None)\n"
    "    while True:\n"
    "        item = await step\n"
    "        if item is fiber: return\n"
    "        try: sent = yield item\n"
    "        except BaseException as error: step = fiber.step(2, error)\n"
    "        else: step = fiber.step(1, sent)\n";
constexpr const char* wrapper_parameter = ".fiber";

PyObject* wrapper_names() {
    static PyObject* names = nullptr;
    if (names != nullptr) return names;
    const Ref dict = steal(PyDict_New());
    const Ref code = steal(Py_CompileString(wrapper_source, "<catena>", Py_file_input));
    if (!dict || !code || PyDict_SetItemString(dict.get(), "__builtins__", PyEval_GetBuiltins()) < 0) return nullptr;
    const Ref none = steal(PyEval_EvalCode(code.get(), dict.get(), dict.get()));
    if (!none) return nullptr;
    names = Py_NewRef(dict.get());
    return names;
}

}  // namespace

Ref make_fiber_wrapper(const Code& code) {
    const char* kind = code.kind == FunctionKind::generator   ? "generator"
                       : code.kind == FunctionKind::coroutine ? "coroutine"
                                                              : "async_generator";
    PyObject* names = wrapper_names();
    PyObject* function = names != nullptr ? PyDict_GetItemString(names, kind) : nullptr;
    if (function == nullptr) return {};
    PyObject* original = PyFunction_GET_CODE(function);
    const Ref variables = steal(PyObject_GetAttrString(original, "co_varnames"));
    const Ref parameter = intern(wrapper_parameter);
    const Ref list = variables ? steal(PySequence_List(variables.get())) : Ref();
    if (!list || !parameter || PyList_SetItem(list.get(), 0, Py_NewRef(parameter.get())) < 0) return {};
    const Ref renamed = steal(PyList_AsTuple(list.get()));
    const Ref replace = steal(PyObject_GetAttrString(original, "replace"));
    const Ref empty = steal(PyTuple_New(0));
    const int line = code.span.line > 0 && code.span.line < (1u << 30) ? static_cast<int>(code.span.line) : 1;
    const Ref changes =
        renamed
            ? steal(Py_BuildValue("{sOsOsOsisO}", "co_name", code.name.get(), "co_qualname", code.qualname.get(),
                                  "co_filename", code.file.get(), "co_firstlineno", line, "co_varnames", renamed.get()))
            : Ref();
    if (!replace || !empty || !changes) return {};
    const Ref copy = steal(PyObject_Call(replace.get(), empty.get(), changes.get()));
    return copy ? steal(PyFunction_NewWithQualName(copy.get(), names, code.qualname.get())) : Ref();
}

bool is_fiber_wrapper(PyObject* python_code) {
    const Ref variables = steal(PyObject_GetAttrString(python_code, "co_varnames"));
    if (!variables) {
        PyErr_Clear();
        return false;
    }
    return PyTuple_Check(variables.get()) && PyTuple_GET_SIZE(variables.get()) > 0 &&
           PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(variables.get(), 0), wrapper_parameter) == 0;
}

}  // namespace catena
