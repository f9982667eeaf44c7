#include "bridge/call.hpp"

#include <array>
#include <memory>
#include <vector>

namespace catena {
namespace {

constexpr std::size_t stack_arguments = 16;

// Calls `call(arguments)` with the values boxed into an array that has one free place before it. The caller may reuse
// its own array during the call, so which of them are boxes is noted here.
template <class Call>
Value with_boxes(PyObject** stack, bool* boxed, const Value* args, std::size_t count, Call call) {
    std::size_t made = 0;
    for (; made < count; ++made) {
        boxed[made] = !args[made].is_object();
        stack[1 + made] = boxed[made] ? new_object(args[made]) : args[made].as_object();
        if (stack[1 + made] == nullptr) break;
    }
    PyObject* result = made == count ? call(stack + 1) : nullptr;
    for (std::size_t i = 0; i < made; ++i) {
        if (boxed[i]) Py_DECREF(stack[1 + i]);
    }
    return steal_value(result);
}

template <class Call>
Value call_boxed(const Value* args, std::size_t count, Call call) {
    if (count <= stack_arguments) {
        std::array<PyObject*, stack_arguments + 1> stack;
        std::array<bool, stack_arguments> boxed;
        return with_boxes(stack.data(), boxed.data(), args, count, call);
    }
    std::vector<PyObject*> stack(count + 1);
    const std::unique_ptr<bool[]> boxed(new bool[count]);
    return with_boxes(stack.data(), boxed.get(), args, count, call);
}

std::size_t positional_count(std::size_t count, PyObject* kwnames) {
    return kwnames == nullptr ? count : count - static_cast<std::size_t>(PyTuple_GET_SIZE(kwnames));
}

}  // namespace

Value call_object(PyObject* callable, const Value* args, std::size_t count, PyObject* kwnames) {
    const std::size_t positional = positional_count(count, kwnames);
    return call_boxed(args, count, [&](PyObject** arguments) {
        return PyObject_Vectorcall(callable, arguments, positional | PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames);
    });
}

Value call_method(PyObject* name, const Value* args, std::size_t count, PyObject* kwnames) {
    const std::size_t positional = positional_count(count, kwnames);
    return call_boxed(args, count, [&](PyObject** arguments) {
        return PyObject_VectorcallMethod(name, arguments, positional | PY_VECTORCALL_ARGUMENTS_OFFSET, kwnames);
    });
}

}  // namespace catena
