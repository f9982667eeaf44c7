// Calls inside the VM: from a window of registers to a running frame or a finished result.
#pragma once

#include "bridge/callee.hpp"
#include "vm/native.hpp"
#include "vm/stack.hpp"

namespace catena {

enum class Called {
    failed,   // the Python error is set
    done,     // the result has been answered
    entered,  // a frame stands on top of the stack, ready to run
};

// What a call answers that ran to its end: `value` is the result, owned, or an error.
[[nodiscard]] inline Called finished(Value value, Value* result) {
    if (value.is_error()) return Called::failed;
    *result = value;
    return Called::done;
}

// Whether a window of that many values fits at `window`; else RecursionError is set.
[[nodiscard]] bool room_for(Thread& thread, const Value* window, std::size_t count);

// Calls window[0] with the `count` values behind it, the last len(names) of which belong to the names (`names` may be
// null). The window is consumed in every case. The frame that owns the window is the running one, and one register
// above the window is free. `result` is written when the answer is `done`.
[[nodiscard]] Called call_window(Thread& thread, Value* window, std::size_t count, PyObject* names, Value* result);

// The same for a window with keywords in place, as the call site says.
[[nodiscard]] Called call_pairs(Thread& thread, Value* window, CallSite& site, Value* result);

// The same for window[0] with the items of the exact list or tuple window[1] and the pairs of the dict window[2]. Pairs whose key is a
// Keyword were written `:k v` in the call: a callee that takes pairs as positional values gets them in place, last.
[[nodiscard]] Called call_splat(Thread& thread, Value* window, Value* result);

// Calls a native with a window that something else owns; what is left in window[1 …] is released. The callee stays.
[[nodiscard]] Value call_native(const Native& native, Value* arguments, std::size_t count);
[[nodiscard]] Value call_native(const Native& native, Value* arguments, std::size_t count, PyObject* names);

// Puts a frame for `code` on top, its registers at `base`. False with RecursionError set when there is no room.
[[nodiscard]] bool push_frame(Thread& thread, Value* base, Code* code);

// After `entered` in tail position: the new frame replaces the one below it, whose locals below `locals` are released.
void collapse_frame(Thread& thread, std::size_t locals);

// Releases registers, from the last to the first.
void clear_registers(Value* begin, Value* end);

// Marks a window above the running frame's registers as in use until the frame is popped or `run` ends.
[[nodiscard]] bool push_entry_frame(Thread& thread, Value* window, std::size_t count);
inline void pop_entry_frame(Thread& thread) { --thread.frame; }

// Runs the topmost frame until the entry frame below it gets a result, and pops that. Value::error(): the error is set.
[[nodiscard]] Value run(Thread& thread);

// vectorcall of closures.
PyObject* closure_vectorcall(PyObject* self, PyObject* const* args, std::size_t nargsf, PyObject* names);

// After a call with pairs failed: a callee that refuses keyword arguments with a TypeError of its own gets the hint to
// quote the keyword. `keyword` is its name as written.
void hint_at_quoting(PyObject* keyword);

// Whether pairs written in a call reach this callee as plain values, keywords in place.
[[nodiscard]] bool takes_pairs_in_place(PyObject* callee);

// How many of the callee's first operands are its own, when it passes the others on to a function that it calls (apply,
// swap!, what is declared with &forward); it gets written keywords among those (lang/keyword.hpp).
[[nodiscard]] std::size_t operands_not_passed_on(PyObject* callee);

}  // namespace catena
