// The state of a fiber, and running it: what the fiber types (fiber.cpp) and the VM (run.cpp) share.
#pragma once

#include "vm/fiber.hpp"

namespace catena {

enum class FiberState : std::uint8_t { created, suspended, running, finished };

struct Fiber {
    PyObject_HEAD
    Closure* closure;  // owned
    Code* code;
    PyObject* code_object;  // owned
    Value* registers;       // code->registers of them, owned
    const Instr* pc;        // where to go on
    Value sent;             // owned; for the next round of a delegation
    PyObject* weakrefs;
    PyObject* inner;           // owned; the fiber behind the generator that this one delegates to, once it is known
    _PyErr_StackItem handled;  // the exception that its body handles, on the thread's stack of those while it runs
    FiberState state;
    bool delegating;      // suspended in YIELD_FROM, at which `pc` points
    bool inner_searched;  // `inner` says what there is to know of the delegate
};

enum class FiberOutcome { failed, yielded, returned };

// Goes on with a value, which is taken over. `out` is what the body yields or returns.
[[nodiscard]] FiberOutcome resume_with(Fiber& fiber, Value sent, Value* out);

// Goes on with the error that is set.
[[nodiscard]] FiberOutcome resume_with_error(Fiber& fiber, Value* out);

// The fiber behind a generator or coroutine of ours that is suspended in its body; empty, without an error, for
// everything else. Whoever resumes it directly, without the steps through Python's generator, tells the generator of
// the end with `end_generator`.
[[nodiscard]] Ref fiber_behind(PyObject* generator);
[[nodiscard]] inline Fiber& as_fiber(PyObject* fiber) { return *reinterpret_cast<Fiber*>(fiber); }

// Ends the generator around a fiber if the fiber has ended. An error that is set stays.
void end_generator(PyObject* generator, const Fiber& fiber);

// The next item of the generator around a fiber: 1, 0 at its end, -1 with the error set.
[[nodiscard]] int next_of_fiber(Value* item, PyObject* generator, PyObject* fiber);

[[nodiscard]] bool is_fiber(PyObject* o);

// Releases the registers on the heap and what waits to be sent.
void clear_registers_of(Fiber& fiber);

// "generator", "coroutine" or "async generator", for messages.
[[nodiscard]] const char* kind_of(const Fiber& fiber);

// The Python function that makes a generator over a fiber of this code, with its name and place.
[[nodiscard]] Ref make_fiber_wrapper(const Code& code);

}  // namespace catena
