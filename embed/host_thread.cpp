#include "embed/host_thread.hpp"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <new>
#include <thread>
#include <utility>

#include "bridge/ref.hpp"
#include "embed/host.hpp"

namespace catena::inline v1::detail {

constinit thread_local HostThread* this_host_thread = nullptr;

namespace {

// The threads of this process that have ended, and the thread that clears up behind them.
struct Ended {
    std::atomic<HostThread*> first = nullptr;
    std::atomic<bool> served = false;
    std::atomic<bool> busy = false;    // with Python
    std::atomic<bool> closed = false;  // Python is about to end, and takes the states that are left with it
    const pid_t process = ::getpid();

    void add(HostThread* thread) noexcept {
        thread->next = first.load(std::memory_order_relaxed);
        while (!first.compare_exchange_weak(thread->next, thread, std::memory_order_release)) {
        }
        first.notify_one();
        if (served.exchange(true)) return;
        try {
            std::thread([this] { serve(); }).detach();
        } catch (const std::exception&) {
            served = false;  // no more threads now: the next one that ends tries again
        }
    }

    [[noreturn]] void serve() {
        for (;;) {
            first.wait(nullptr);
            for (HostThread* thread = first.exchange(nullptr, std::memory_order_acquire); thread != nullptr;)
                end(std::exchange(thread, thread->next));
        }
    }

    // With the GIL, by the thread that ends Python.
    void close() {
        closed = true;
        const WithoutGil free;
        busy.wait(true);
    }

    void end(HostThread* thread) {
        busy = true;
        if (!closed) {
            // What dies with the thread may run any code, with a state that this thread has for itself.
            const PyGILState_STATE gil = PyGILState_Ensure();
            thread->given_up.drop_all();
            PyThreadState_Clear(thread->state);
            PyGILState_Release(gil);
            // On 3.12 and newer this takes from the thread that does it whatever state PyGILState knows for it: it has none now.
            PyEval_RestoreThread(thread->state);
            PyThreadState_DeleteCurrent();
        }
        busy = false;
        busy.notify_all();
        delete thread;
    }
};

Ended* ended_here() noexcept {
    static std::atomic<Ended*> known = nullptr;
    Ended* ended = known.load();
    // A child that was forked has neither the thread nor the states of its parent's.
    while (ended == nullptr || ended->process != ::getpid()) {
        auto* fresh = new (std::nothrow) Ended;
        if (fresh == nullptr || known.compare_exchange_strong(ended, fresh)) return fresh;
        delete fresh;
    }
    return ended;
}

// Runs behind the destructors of the thread's objects, which may give up values.
void leave(void* thread) noexcept {
    this_host_thread = nullptr;
    if (Ended* ended = ended_here()) ended->add(static_cast<HostThread*>(thread));
}

PyObject* close_ended(PyObject*, PyObject*) {
    if (Ended* ended = ended_here()) ended->close();
    Py_RETURN_NONE;
}

// For hosts that end the Python that they have started.
void close_before_python_ends() {
    static PyMethodDef definition = {"close", close_ended, METH_NOARGS, nullptr};
    static bool registered = false;
    if (std::exchange(registered, true)) return;
    const Ref atexit = steal(PyImport_ImportModule("atexit"));
    const Ref function = atexit ? steal(PyCFunction_New(&definition, nullptr)) : Ref();
    if (!function || !steal(PyObject_CallMethod(atexit.get(), "register", "O", function.get()))) PyErr_Clear();
}

HostThread* make_host_thread() noexcept {
    static const auto end_of_thread = [] {
        struct {
            pthread_key_t key;
            bool works;
        } made;
        made.works = pthread_key_create(&made.key, leave) == 0;
        return made;
    }();
    auto* thread = new (std::nothrow) HostThread;
    if (thread == nullptr || !end_of_thread.works || pthread_setspecific(end_of_thread.key, thread) != 0) {
        delete thread;
        return nullptr;
    }
    (void)PyGILState_Ensure();
    close_before_python_ends();
    thread->state = PyEval_SaveThread();
    return thread;
}

}  // namespace

void find_host_thread() noexcept {
    static constinit HostThread first;
    thread_local bool made = false;  // true in a thread that has left already, too: it gets passing states
    PyThreadState* const state = PyGILState_GetThisThreadState();
    if (state == nullptr) {
        if (!std::exchange(made, true)) this_host_thread = make_host_thread();
    } else if (state == host::first_state()) {
        first.state = state;
        this_host_thread = &first;
    }
}

}  // namespace catena::inline v1::detail
