#include "embed/limits.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bridge/tick.hpp"
#include "embed/memory_gauge.hpp"
#include "vm/event_loop.hpp"
#include "vm/stack.hpp"

namespace catena::inline v1::detail {
namespace {

using Clock = std::chrono::steady_clock;

// What is left to a script that is past a limit, for its `finally` parts.
constexpr std::chrono::milliseconds grace{50};
constexpr int ticks_of_grace = 20;
constexpr int steps_of_grace = 1000;  // from one of these ticks to the next

PyObject* limit_error = nullptr;
PyObject* time_limit_error = nullptr;
PyObject* step_limit_error = nullptr;

std::string written(std::chrono::nanoseconds time) {
    using namespace std::chrono;
    if (time >= seconds{1} && time % seconds{1} == nanoseconds{0})
        return std::to_string(duration_cast<seconds>(time).count()) + " s";
    if (time >= milliseconds{1}) return std::to_string(duration_cast<milliseconds>(time).count()) + " ms";
    return std::to_string(duration_cast<microseconds>(time).count()) + " us";
}

int refuse_python(PyObject*, PyFrameObject*, int, PyObject*);

// The function of the import system that a frame runs; null: another one.
PyObject* import_function(PyFrameObject* frame) {
    const Ref code = steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(frame)));
    const auto* running = reinterpret_cast<PyCodeObject*>(code.get());
    const bool imports = PyUnicode_CompareWithASCIIString(running->co_filename, "<frozen importlib._bootstrap>") == 0;
    return imports ? running->co_name : nullptr;  // kept by the frame
}

// Whether an exception would meet a thread where the import system takes or gives back locks that all threads share. An exception
// between two instructions there leaves them taken, and nobody in this process would ever import anything again.
bool is_locking_imports(PyThreadState* state) {
    static constexpr std::array functions{"acquire",          "release", "__enter__",           "__exit__",
                                          "_get_module_lock", "cb",      "_lock_unlock_module", "_load_unlocked"};
    const Ref frame = steal(reinterpret_cast<PyObject*>(PyThreadState_GetFrame(state)));
    PyObject* function = frame ? import_function(reinterpret_cast<PyFrameObject*>(frame.get())) : nullptr;
    return function != nullptr && std::ranges::any_of(functions, [&](const char* name) {
               return PyUnicode_CompareWithASCIIString(function, name) == 0;
           });
}

// The thread that an exception was sent to last. Once it has arrived there, CPython 3.11 forgets that another one may be on its way to
// another thread, which meets it at whatever instruction it gives up the GIL next.
PyThreadState* last_sent = nullptr;

// How often to look again before an exception is sent anyhow, and when.
constexpr std::chrono::milliseconds again{1};
constexpr int patience = 200;
constexpr int patience_with_others = 20;  // who may be within C code, and stay there

// Whether an exception may be sent to the thread now.
bool may_send(PyThreadState* state, int tried) {
    if (tried < patience && is_locking_imports(state)) return false;
    if (tried < patience_with_others && last_sent != nullptr && last_sent != state && last_sent->async_exc != nullptr)
        return false;
    last_sent = state;
    return true;
}

int& python_frames_left(PyThreadState* state) {
#if PY_VERSION_HEX >= 0x030c0000
    return state->py_recursion_remaining;
#else
    return state->recursion_remaining;
#endif
}

struct Watchdog;

}  // namespace

class LimitedCall : public TickWatch {
public:
    explicit LimitedCall(const Limits& limits);
    LimitedCall(const LimitedCall&) = delete;
    LimitedCall& operator=(const LimitedCall&) = delete;
    ~LimitedCall();

    [[nodiscard]] Clock::time_point due() const { return due_; }
    // By the watchdog, in its thread, with the GIL. First the script is told to end; when it is still there, nothing of it runs any more.
    void expire() {
        if (!may_send(state_, postponed_)) {
            ++postponed_;
            due_ = Clock::now() + again;
            return;
        }
        hard = stopped;
        stopped = true;
        grant();
        if (reason_ == nullptr) reason_ = time_limit_error;
        signalled_ = true;
        PyThreadState_SetAsyncExc(thread_, time_limit_error);
        due_ = Clock::now() + grace;
    }
    // Refuses every further line of Python in this thread.
    void refuse() {
        if (refusing_) return;
        refusing_ = true;
        trace_before_ = state_->c_tracefunc;
        traced_before_ = Py_XNewRef(state_->c_traceobj);
        collecting_ = PyGC_Disable() != 0;  // finalizers of other scripts' garbage would be refused, too
        PyEval_SetTrace(refuse_python, nullptr);
    }
    // The import system may give its locks back, but not go on for ever.
    bool may_tidy_up(PyFrameObject* frame) {
        constexpr int events = 100'000;
        return tidied_ < events && import_function(frame) != nullptr && ++tidied_ != 0;
    }
    void calm() {
        if (!refusing_) return;
        refusing_ = false;
        if (collecting_) PyGC_Enable();
        PyEval_SetTrace(trace_before_, traced_before_);
        Py_CLEAR(traced_before_);
    }
    void raise() const {
        if (reason_ == nullptr) return static_cast<const LimitedCall*>(outer_)->raise();
        const std::string message = reason_ == step_limit_error
                                        ? "the script took more than " + std::to_string(limits_.steps) + " steps"
                                        : "the script ran for more than " + written(limits_.time);
        PyErr_SetString(reason_, message.c_str());
    }

private:
    static bool on_tick(TickWatch& self, int steps) { return static_cast<LimitedCall&>(self).tick_after(steps); }
    bool tick_after(int steps);
    void watch();
    void grant() {
        granted = static_cast<int>(std::clamp<std::int64_t>(steps_left_, 0, ticks_between));
        if (limits_.steps == 0) granted = ticks_between;
        if (stopped) granted = steps_of_grace;
    }

    const Limits limits_;
    TickWatch* const outer_;
    std::int64_t steps_left_;
    PyObject* reason_ = nullptr;  // the class of the limit that was passed; none when stopped: one of the outer call's
    int raised_ = 0;
    bool refusing_ = false;
    int tidied_ = 0;
    bool collecting_ = false;  // the collector was on before
    bool signalled_ = false;   // an exception may be on its way to this thread

    PyThreadState* const state_ = PyThreadState_Get();
    const unsigned long thread_ = PyThread_get_thread_ident();
    Watchdog* watched_by_ = nullptr;
    Clock::time_point due_{};
    int postponed_ = 0;
    Frame* host_limit_before_ = nullptr;
    int python_frames_taken_ = 0;
    Py_tracefunc trace_before_ = nullptr;
    PyObject* traced_before_ = nullptr;
    PyObject* handled_before_;
    const bool awaiting_before_ = awaiting();

    MemoryGauge gauge_;
    MemoryGauge* gauge_before_ = nullptr;
    std::optional<CountArrays> arrays_;
};

namespace {

// A call that is to be interrupted.
struct Interrupted {
    const Call* call;
    PyThreadState* thread;
    int postponed = 0;

    // False: later.
    bool end() {
        if (!may_send(thread, postponed++)) return false;
        PyThreadState_SetAsyncExc(thread->thread_id, PyExc_KeyboardInterrupt);
        return true;
    }
};

// The calls with a limit of time, and those that could not be interrupted yet, looked after by a thread of their own. It lives as long as
// the process, and a child that is forked starts with none. Whoever holds the mutex may hold the GIL already, but does not wait for it.
struct Watchdog {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<LimitedCall*> calls;
    std::vector<Interrupted> interrupted;
    Clock::time_point wakes = Clock::time_point::max();

    void add(LimitedCall* call) {
        const std::lock_guard lock(mutex);
        calls.push_back(call);
        if (call->due() < wakes) changed.notify_one();
    }
    void remove(LimitedCall* call) {
        const std::lock_guard lock(mutex);
        std::erase(calls, call);
    }
    void add(Interrupted late) {
        const std::lock_guard lock(mutex);
        if (std::ranges::any_of(interrupted, [&](const Interrupted& one) { return one.call == late.call; })) return;
        interrupted.push_back(late);
        changed.notify_one();
    }
    void remove(const Call* call) {
        const std::lock_guard lock(mutex);
        std::erase_if(interrupted, [&](const Interrupted& one) { return one.call == call; });
    }
    bool some_are_due() {
        return !interrupted.empty() ||
               std::ranges::any_of(calls, [now = Clock::now()](const LimitedCall* call) { return call->due() <= now; });
    }
    void run() {
        std::unique_lock lock(mutex);
        for (;;) {
            wakes = Clock::time_point::max();
            for (const LimitedCall* call : calls) wakes = std::min(wakes, call->due());
            if (!interrupted.empty()) wakes = std::min(wakes, Clock::now() + again);
            if (wakes == Clock::time_point::max())
                changed.wait(lock);
            else if (wakes > Clock::now())
                changed.wait_until(lock, wakes);
            if (!some_are_due()) continue;
            lock.unlock();
            const PyGILState_STATE gil = PyGILState_Ensure();
            lock.lock();
            for (LimitedCall* call : calls)
                if (call->due() <= Clock::now()) call->expire();
            std::erase_if(interrupted, [](Interrupted& one) { return one.end(); });
            lock.unlock();
            PyGILState_Release(gil);
            lock.lock();
        }
    }
};

Watchdog* watchdog_here = nullptr;

Watchdog& watchdog() {
    if (watchdog_here == nullptr) {
        [[maybe_unused]] static const int asked = pthread_atfork(nullptr, nullptr, [] { watchdog_here = nullptr; });
        watchdog_here = new Watchdog;
        std::thread([made = watchdog_here] { made->run(); }).detach();
    }
    return *watchdog_here;
}

LimitedCall* innermost() { return static_cast<LimitedCall*>(tick_watch); }

int refuse_python(PyObject*, PyFrameObject* frame, int, PyObject*) {
    if (innermost() == nullptr || innermost()->may_tidy_up(frame)) return 0;
    innermost()->raise();
    return -1;
}

// An exception sent to a thread is a class; its instance is made in that thread, as soon as some Python code catches it.
int make_time_limit_error(PyObject* self, PyObject* arguments, PyObject* keywords) {
    auto* base = reinterpret_cast<PyTypeObject*>(PyExc_BaseException);
    if (PyTuple_GET_SIZE(arguments) == 0 && innermost() != nullptr && innermost()->stopped) {
        if (innermost()->hard) innermost()->refuse();
        innermost()->raise();
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        const Ref taken = steal(type), message = steal(value), none = steal(traceback);
        const Ref given = message ? steal(PyTuple_Pack(1, message.get())) : Ref();
        return given ? base->tp_init(self, given.get(), keywords) : -1;
    }
    return base->tp_init(self, arguments, keywords);
}

PyType_Slot time_limit_slots[] = {
    {Py_tp_doc, const_cast<char*>("A script ran for longer than its host allows.")},
    {Py_tp_init, reinterpret_cast<void*>(make_time_limit_error)},
    {0, nullptr},
};
PyType_Spec time_limit_spec = {"catena.TimeLimitError", 0, 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
                               time_limit_slots};

bool make_exceptions() {
    if (step_limit_error != nullptr) return true;
    // What catches all errors of a script is not meant, and asyncio lets only this kind out of its loop.
    if (limit_error == nullptr)
        limit_error = PyErr_NewExceptionWithDoc("catena.LimitError", "A script is past a limit of its host.",
                                                PyExc_KeyboardInterrupt, nullptr);
    if (limit_error != nullptr && time_limit_error == nullptr)
        time_limit_error = PyType_FromSpecWithBases(&time_limit_spec, limit_error);
    if (time_limit_error != nullptr)
        step_limit_error = PyErr_NewExceptionWithDoc(
            "catena.StepLimitError", "A script took more steps than its host allows.", limit_error, nullptr);
    return step_limit_error != nullptr;
}

}  // namespace

LimitedCall::LimitedCall(const Limits& limits)
    : TickWatch{on_tick, 0},
      limits_(limits),
      outer_(tick_watch),
      steps_left_(static_cast<std::int64_t>(std::min<std::uint64_t>(limits.steps, INT64_MAX))),
      handled_before_(PyErr_GetHandledException()) {
    tick_watch = this;
    grant();
    if (Thread* thread = this_thread(); thread == nullptr) {
        PyErr_Clear();
    } else {
        if (limits.steps != 0) thread->ticks = granted;
        host_limit_before_ = thread->host_limit;
        // The entry frame of the call and the frame of its form come first.
        const auto room = static_cast<std::size_t>(thread->frames_end - thread->frame);
        if (limits.depth != 0 && limits.depth + 2 < room) {
            Frame* limit = thread->frame + limits.depth + 2;
            set_host_limit(*thread, host_limit_before_ != nullptr ? std::min(limit, host_limit_before_) : limit);
        }
    }
    if (limits.depth != 0) {
        int& left = python_frames_left(PyThreadState_Get());
        const int allowed = static_cast<int>(std::min<std::size_t>(limits.depth, 1 << 30));
        python_frames_taken_ = std::max(left - allowed, 0);
        left -= python_frames_taken_;
    }
    if (limits.memory != 0) {
        gauge_.limit = static_cast<std::ptrdiff_t>(std::min<std::size_t>(limits.memory, PTRDIFF_MAX / 4));
        arrays_.emplace();
        gauge_before_ = memory_gauge;
        memory_gauge = &gauge_;
    }
    if (limits.time.count() > 0) {
        const auto now = Clock::now();
        due_ = limits.time < Clock::time_point::max() - now ? now + limits.time : Clock::time_point::max();
        watch();
    }
}

// Also in a child that the script has forked.
void LimitedCall::watch() {
    if (limits_.time.count() == 0 || (watched_by_ != nullptr && watched_by_ == watchdog_here)) return;
    watched_by_ = &watchdog();
    watched_by_->add(this);
}

LimitedCall::~LimitedCall() {
    if (watched_by_ != nullptr && watched_by_ == watchdog_here) watched_by_->remove(this);
    if (limits_.memory != 0) {
        memory_gauge = gauge_before_;
        if (gauge_before_ != nullptr) gauge_before_->held += gauge_.held;
        arrays_.reset();
    }
    python_frames_left(PyThreadState_Get()) += python_frames_taken_;
    tick_watch = outer_;
    if (running_thread != nullptr) {
        set_host_limit(*running_thread, host_limit_before_);
        running_thread->ticks = outer_ != nullptr ? outer_->granted : ticks_between;
    }
    calm();
    // What was sent and did not arrive must not meet the next script.
    if (signalled_) drop_sent_exception();
    if (hard) PyErr_SetHandledException(handled_before_);
    if (stopped && !awaiting_before_) forget_event_loop();
    Py_XDECREF(handled_before_);
}

bool LimitedCall::tick_after(int steps) {
    watch();
    if (limits_.steps != 0 && !stopped) {
        steps_left_ -= steps;
        if (steps_left_ < 0) {
            stopped = true;
            reason_ = step_limit_error;
        }
    }
    grant();
    if (stopped) {
        if (signalled_) drop_sent_exception();
        if (++raised_ > ticks_of_grace) hard = true;
        if (hard) refuse();
        raise();
        return false;
    }
    if (limits_.memory != 0 && gauge_.held > gauge_.limit) {
        PyErr_NoMemory();
        return false;
    }
    if (outer_ == nullptr || outer_->tick(*outer_, steps)) return true;
    stopped = stopped || outer_->stopped;
    hard = hard || outer_->hard;
    return false;
}

void DropLimitedCall::operator()(LimitedCall* call) const noexcept { delete call; }

LimitedCallHandle begin_limited_call(const Limits& limits) noexcept {
    return LimitedCallHandle(new LimitedCall(limits));
}

void interrupt(const Call& call, PyThreadState* thread) noexcept {
    if (Interrupted one{&call, thread}; !one.end()) watchdog().add(one);
}

void forget_interrupt(const Call& call) noexcept {
    if (watchdog_here != nullptr) watchdog_here->remove(&call);
}

void calm_down() noexcept {
    if (innermost() != nullptr) innermost()->calm();
}

bool raise_if_stopped() {
    if (innermost() == nullptr || !innermost()->stopped) return false;
    if (PyErr_Occurred() != nullptr && PyErr_ExceptionMatches(limit_error)) return true;
    // What came instead of it, an error of a `catch` say, tells at least where.
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    Py_XDECREF(type);
    Py_XDECREF(value);
    innermost()->raise();
    PyObject* none;
    PyErr_Fetch(&type, &value, &none);
    Py_XDECREF(none);
    PyErr_Restore(type, value, traceback);
    return true;
}

// It is let arrive: CPython goes on looking for one that was only withdrawn, at every line of Python and, under a trace function of
// Python 3.11, for ever.
void drop_sent_exception() noexcept {
    PyThreadState* state = PyThreadState_Get();
    if (last_sent == state) last_sent = nullptr;
    if (state->async_exc == nullptr) return;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    TickWatch* const watch = std::exchange(tick_watch, nullptr);
    constexpr int frames = 8;
    python_frames_left(state) += frames;
    PyThreadState_EnterTracing(state);  // nothing of it is traced
    // Signal handlers may come first.
    for (int i = 0; i < 3 && state->async_exc != nullptr; ++i)
        if (tick_slow() < 0) PyErr_Clear();
    PyThreadState_LeaveTracing(state);
    python_frames_left(state) -= frames;
    tick_watch = watch;
    PyErr_Restore(type, value, traceback);
}

bool prepare_limits(const Limits& limits) {
    return make_exceptions() && (limits.memory == 0 || install_memory_gauge());
}

}  // namespace catena::inline v1::detail
