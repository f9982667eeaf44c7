// Fiber, `catena.Fiber`: the suspended activation of a generator, coroutine or async generator. Python programs do not
// see it: they get a real generator (coroutine, async generator) of CPython's own type that delegates to the fiber, so
// that inspect, asyncio and finalisation need nothing from us. While suspended a fiber keeps its registers on the heap;
// it runs on the stack of whoever resumes it, with an exception state of its own, as generators have.
#pragma once

#include "vm/stack.hpp"

namespace catena {

// The Python generator (or coroutine …) over a new fiber of `code`, which takes the parameter registers over.
[[nodiscard]] Value new_fiber(Closure& closure, Code& code, Value* registers);

// Ends the running activation of a fiber with `yielded`, to go on at `pc`; what `run` answers then. `delegating`: `pc`
// is a YIELD_FROM that has to be run again.
[[nodiscard]] Value suspend(Thread& thread, const Instr* pc, bool delegating, Value yielded);

enum class Delegated { failed, finished, yielded };

// One round of YIELD_FROM: `yielded` with what to suspend with, or `finished` with R[a] written.
[[nodiscard]] Delegated yield_from(Thread& thread, const Instr& i, Value* out);

// Whether a Python code object is the wrapper around fibers: reports leave its frames out.
[[nodiscard]] bool is_fiber_wrapper(PyObject* python_code);

}  // namespace catena
