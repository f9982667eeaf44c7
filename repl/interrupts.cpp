#include "repl/interrupts.hpp"

#include <chrono>
#include <memory>
#include <utility>

namespace catena {

namespace {

// What SIGINT means: nothing, the program's own affair, or a call of this object.
PyObject* const nothing = nullptr;
PyObject* const programs_own = Py_None;
PyObject* meaning = nothing;

PyObject* handler = nullptr;   // ours, once SIGINT is held
PyObject* programs = nullptr;  // the program's
unsigned long main_thread = 0;
bool noted = false;

PyObject* on_signal(PyObject*, PyObject* arguments) {
    if (meaning == nothing || meaning == programs_own) {
        noted = true;
        Py_RETURN_NONE;
    }
    const Ref called = borrow(meaning);
    return PyObject_Call(called.get(), arguments, nullptr);
}

PyMethodDef on_signal_definition = {"on_signal", on_signal, METH_VARARGS, nullptr};

using Clock = std::chrono::steady_clock;
constexpr auto patience = std::chrono::seconds(1);
constexpr const char* begun_name = "begun";

PyObject* stop_if_late(PyObject* begun, PyObject*) {
    const auto* then = static_cast<Clock::time_point*>(PyCapsule_GetPointer(begun, begun_name));
    if (then == nullptr) return nullptr;
    if (Clock::now() - *then < patience) Py_RETURN_NONE;
    PyErr_SetNone(PyExc_KeyboardInterrupt);
    return nullptr;
}

PyMethodDef stop_if_late_definition = {"stop_if_late", stop_if_late, METH_VARARGS, nullptr};

void drop_begun(PyObject* capsule) {
    delete static_cast<Clock::time_point*>(PyCapsule_GetPointer(capsule, begun_name));
}

// signal.signal looks after signals first: one that is pending still finds the handler that goes, and finds nothing there that
// it could stop any more.
void set_handler(PyObject* wanted) {
    const Ref module = steal(PyImport_ImportModule("_signal"));
    while (module) {
        if (steal(PyObject_CallMethod(module.get(), "signal", "iO", SIGINT, wanted))) return;
        if (PyErr_ExceptionMatches(PyExc_ValueError) != 0 || PyErr_ExceptionMatches(PyExc_TypeError) != 0) break;
        noted = true;
        PyErr_Clear();
    }
    PyErr_Clear();
}

Ref current_handler() {
    const Ref module = steal(PyImport_ImportModule("_signal"));
    if (!module) return {};
    return steal(PyObject_CallMethod(module.get(), "getsignal", "i", SIGINT));
}

void mean(PyObject* next) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (meaning == programs_own && next != programs_own) {
        Ref now = current_handler();
        set_handler(handler);
        // One that was set from C is None here and cannot be set again.
        if (now && now.get() != handler && now.get() != Py_None) Py_XSETREF(programs, now.release());
    }
    const bool begins = next == programs_own && meaning != programs_own;
    meaning = next;
    if (begins) set_handler(programs);
    PyErr_Restore(type, value, traceback);
}

}  // namespace

Result<void> hold_interrupts() {
    if (handler != nullptr) return {};
    Ref now = current_handler();
    if (!now) return raised();
    if (now.get() == Py_None) return {};
    Ref ours = steal(PyCFunction_New(&on_signal_definition, nullptr));
    if (!ours) return raised();
    programs = now.release();
    handler = ours.release();
    main_thread = PyThread_get_thread_ident();
    set_handler(handler);
    return {};
}

void release_interrupts() {
    if (handler == nullptr) return;
    set_handler(programs);
    meaning = nothing;
    Py_CLEAR(handler);
    Py_CLEAR(programs);
}

void note_interrupt() { noted = true; }

bool interrupt_noted() { return std::exchange(noted, false); }

Ref impatience() {
    auto begun = std::make_unique<Clock::time_point>(Clock::now());
    const Ref capsule = steal(PyCapsule_New(begun.get(), begun_name, drop_begun));
    if (!capsule) return {};
    (void)begun.release();
    return steal(PyCFunction_New(&stop_if_late_definition, capsule.get()));
}

Interruptible::Interruptible(PyObject* wanted)
    : before_(meaning), counts_(handler != nullptr && PyThread_get_thread_ident() == main_thread) {
    if (counts_) mean(wanted == nullptr ? programs_own : wanted);
}

Interruptible::~Interruptible() {
    if (counts_) mean(before_);
}

InterruptsWait::InterruptsWait() {
    sigset_t interrupts;
    sigemptyset(&interrupts);
    sigaddset(&interrupts, SIGINT);
    pthread_sigmask(SIG_BLOCK, &interrupts, &before_);
}

InterruptsWait::~InterruptsWait() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

}  // namespace catena
