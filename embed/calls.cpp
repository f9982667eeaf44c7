// Calls of the host: how a thread comes by the GIL, and whose limits hold for what it does with it.
#include <Python.h>

#include <cstddef>
#include <optional>
#include <utility>

#include <catena/object.hpp>
#include "embed/gil_request.hpp"
#include "embed/host.hpp"
#include "embed/limits.hpp"

namespace catena::inline v1::detail {
namespace {

PyObject* py(Object* object) { return reinterpret_cast<PyObject*>(object); }

// The state of this thread, when it lasts until the thread or Python ends: then the GIL is taken and asked after without
// looking the state up. Null: it is somebody else's, who may end it between two calls.
constinit thread_local PyThreadState* lasting_state = nullptr;

// What a thread with a lasting state gave up without holding the GIL, which is more work than most calls: until it holds it again.
struct GivenUp {
    static constexpr std::size_t most = 16;
    struct {
        PyObject* object;
        Context* context;
    } entries[most];
    std::size_t count;
};
constinit thread_local GivenUp given_up{};

void drop_given_up() noexcept {
    while (given_up.count != 0) {
        const auto [object, context] = given_up.entries[--given_up.count];
        Py_DECREF(object);
        drop(context);
    }
}

// Nobody sees when it ends, and it is small.
bool may_wait(PyObject* object) noexcept {
    constexpr Py_ssize_t most_digits = 8, most_text = 256;
    if (PyFloat_CheckExact(object) || object == Py_None || PyBool_Check(object)) return true;
    if (PyLong_CheckExact(object)) return Py_ABS(Py_SIZE(object)) <= most_digits;
    return PyUnicode_CheckExact(object) && PyUnicode_IS_COMPACT_ASCII(object) &&
           PyUnicode_GET_LENGTH(object) <= most_text;
}

// A thread that is not Python's gets a thread state with its first Gil, and keeps it until it ends: making one takes ten times
// as long as a call, and what Python keeps for each thread (threading.local, NumPy's error state) would be gone between two calls.
class KeptState {
public:
    KeptState() noexcept {
        (void)PyGILState_Ensure();
        lasting_state = PyEval_SaveThread();
    }
    KeptState(const KeptState&) = delete;
    KeptState& operator=(const KeptState&) = delete;
    ~KeptState() {
        PyThreadState* state = std::exchange(lasting_state, nullptr);
        // Gone with the Python that made it, when a host ends Python itself.
        if (Py_IsInitialized() == 0 || PyGILState_GetThisThreadState() != state) return;
        PyEval_RestoreThread(state);
        drop_given_up();
        PyGILState_Release(PyGILState_UNLOCKED);
    }
};

void find_lasting_state() noexcept {
    PyThreadState* state = PyGILState_GetThisThreadState();
    if (state == nullptr) {
        thread_local bool made =
            false;  // true in a thread that is ending, too: what is destroyed last there gets a passing state
        if (!std::exchange(made, true)) thread_local const KeptState kept;
    } else if (state == host::first_state()) {
        lasting_state = state;
    }
}

bool holds_gil(PyThreadState* state) noexcept {
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked() == state;
#else
    return _PyThreadState_UncheckedGet() == state;
#endif
}

// How a Gil came by the GIL, besides the two ways of PyGILState_STATE.
constexpr int held_before = 2, taken = 3;

constinit thread_local Call* running_call = nullptr;

}  // namespace

Gil::Gil(bool at_once) noexcept {
    if (lasting_state == nullptr) find_lasting_state();
    if (lasting_state == nullptr) {
        state_ = static_cast<int>(PyGILState_Ensure());
    } else if (holds_gil(lasting_state)) {
        state_ = held_before;
    } else {
        if (at_once) ask_for_gil();
        PyEval_RestoreThread(lasting_state);
        state_ = taken;
        if (given_up.count != 0) drop_given_up();
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
    if (call_.signalled) drop_sent_exception();
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
    const bool lasting = lasting_state != nullptr;
    const bool held = lasting && holds_gil(lasting_state);
    if (lasting && !held && given_up.count < GivenUp::most && may_wait(py(object))) {
        given_up.entries[given_up.count++] = {py(object), context};
        return;
    }
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
