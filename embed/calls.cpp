// Calls of the host: how a thread comes by the GIL, and whose limits hold for what it does with it.
#include <Python.h>

#include <optional>
#include <utility>

#include <catena/object.hpp>
#include "embed/gil_request.hpp"
#include "embed/host_thread.hpp"
#include "embed/limits.hpp"

namespace catena::inline v1::detail {
namespace {

PyObject* py(Object* object) { return reinterpret_cast<PyObject*>(object); }

// Nobody sees when it ends, and it is small.
bool may_wait(PyObject* object) noexcept {
    constexpr Py_ssize_t most_digits = 8, most_text = 256;
    if (PyFloat_CheckExact(object) || object == Py_None || PyBool_Check(object)) return true;
    if (PyLong_CheckExact(object)) return Py_ABS(Py_SIZE(object)) <= most_digits;
    return PyUnicode_CheckExact(object) && PyUnicode_IS_COMPACT_ASCII(object) &&
           PyUnicode_GET_LENGTH(object) <= most_text;
}

bool holds_gil(const HostThread& thread) noexcept {
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked() == thread.state;
#else
    return _PyThreadState_UncheckedGet() == thread.state;
#endif
}

// How a Gil came by the GIL, besides the two ways of PyGILState_STATE.
constexpr int held_before = 2, taken = 3;

constinit thread_local Call* running_call = nullptr;

}  // namespace

Gil::Gil(bool at_once) noexcept {
    if (this_host_thread == nullptr) find_host_thread();
    HostThread* const thread = this_host_thread;
    if (thread == nullptr) {
        state_ = static_cast<int>(PyGILState_Ensure());
    } else if (holds_gil(*thread)) {
        state_ = held_before;
    } else {
        if (at_once) ask_for_gil();
        PyEval_RestoreThread(thread->state);
        state_ = taken;
        if (!thread->given_up.empty()) thread->given_up.drop_all();
    }
}

Gil::~Gil() {
    if (state_ == taken)
        (void)PyEval_SaveThread();
    else if (state_ != held_before)
        PyGILState_Release(static_cast<PyGILState_STATE>(state_));
}

WithoutGil::WithoutGil() noexcept : saved_(PyEval_SaveThread()) {}
WithoutGil::~WithoutGil() { PyEval_RestoreThread(static_cast<PyThreadState*>(saved_)); }

Scope::Scope(Context* context) noexcept {
    if (context == nullptr || (running_call != nullptr && running_call->context == context)) return;
    keep(context);
    call_.context = context;
    call_.outer = std::exchange(running_call, &call_);
    call_.next = std::exchange(context->calls, &call_);
    call_.thread = PyThreadState_Get();
    const Limits& limits = context->limits;
    if (limits.time.count() > 0 || limits.steps != 0 || limits.depth != 0 || limits.memory != 0)
        call_.limits = begin_limited_call(limits).release();
}

Scope::~Scope() {
    if (call_.context == nullptr) return;
    if (call_.limits != nullptr) LimitedCallHandle(call_.limits).reset();
    // What was sent and did not arrive must not meet the next script.
    if (call_.signalled) {
        forget_interrupt(call_);
        drop_sent_exception();
    }
    Call** link = &call_.context->calls;
    while (*link != &call_) link = &(*link)->next;
    *link = call_.next;
    running_call = call_.outer;
    drop(call_.context);
}

Context* current_context() noexcept { return running_call != nullptr ? running_call->context : nullptr; }

Object* answered(Object* object) {
    if (!raise_if_stopped()) return object;
    Py_XDECREF(py(object));
    return nullptr;
}

void retain(Object* object, Context* context) noexcept {
    const Gil gil;
    keep(object);
    keep(context);
}

void release(Object* object, Context* context) noexcept {
    if (Py_IsInitialized() == 0) return;
    HostThread* const thread = this_host_thread;
    const bool held = thread != nullptr && holds_gil(*thread);
    if (thread != nullptr && !held && may_wait(py(object)) && thread->given_up.add(py(object), context)) return;
    std::optional<Gil> gil;
    if (!held) gil.emplace();
    drop(object);
    drop(context);
}

void keep(Object* object) noexcept { Py_INCREF(py(object)); }
void drop(Object* object) noexcept { Py_DECREF(py(object)); }

void keep(Context* context) noexcept {
    if (context != nullptr) ++context->users;
}
void drop(Context* context) noexcept {
    if (context != nullptr && --context->users == 0) delete context;
}

}  // namespace catena::inline v1::detail
