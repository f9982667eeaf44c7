#include "bridge/call.hpp"

#include <bit>
#include <cstdint>
#include <vector>

namespace catena {
namespace {

constexpr std::size_t stack_arguments = 16;

// Calls `call(arguments)` with the values boxed into an array that has one free place before it. The caller may reuse
// its own array during the call, so which of them are boxes is noted here.
template <class Call>
Value call_few(const Value* args, std::size_t count, Call call) {
    PyObject* stack[stack_arguments + 1];
    stack[0] = stack[1] = nullptr;
    std::uint32_t boxed = 0;
    std::size_t made = 0;
    for (; made < count; ++made) {
        if (args[made].is_object()) {
            stack[1 + made] = args[made].as_object();
            continue;
        }
        stack[1 + made] = new_object(args[made]);
        if (stack[1 + made] == nullptr) break;
        boxed |= 1u << made;
    }
    PyObject* result = made == count ? call(stack + 1) : nullptr;
    for (; boxed != 0; boxed &= boxed - 1) Py_DECREF(stack[1 + std::countr_zero(boxed)]);
    return steal_value(result);
}

template <class Call>
Value call_boxed(const Value* args, std::size_t count, Call call) {
    if (count <= stack_arguments) return call_few(args, count, call);
    std::vector<Ref> boxes;
    std::vector<PyObject*> stack(count + 1);
    boxes.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        boxes.push_back(boxed(args[i]));
        stack[1 + i] = boxes.back().get();
        if (stack[1 + i] == nullptr) return Value::error();
    }
    return steal_value(call(stack.data() + 1));
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
