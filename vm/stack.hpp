// The VM stack of one OS thread: a run of registers and a run of frames, both reserved as addresses when the thread
// first runs Catena and given back when it ends. Registers never move. All of this needs the GIL.
#pragma once

#include <cstddef>

#include "vm/closure.hpp"

namespace catena {

// One activation. base[-1] holds what runs: the closure, or the Code of a top-level form; it is owned there.
// An entry frame (`code` null) marks where C++ called in: its `pc` leads to the instruction that ends `run`, the
// result goes to base[0], and `constants` points behind the registers that it protects.
struct Frame {
    const Instr* pc = nullptr;  // of a frame that is not the running one: the instruction after its call
    Value* base = nullptr;
    const Value* constants = nullptr;
    Code* code = nullptr;
};

struct Thread {
    Frame* frame = nullptr;        // the running one; frames[0] is an entry frame that nobody leaves
    int ticks = 0;                 // counts down to the next tick
    Frame* frame_limit = nullptr;  // the first frame that is one too many
    Frame* host_limit = nullptr;   // as the host wants it for the call that runs; null: no other than ours
    Value* value_limit = nullptr;  // no frame's registers begin beyond; room for one call's arguments follows
    Value* guard = nullptr;        // what lies below is in use, though no frame says so: a call is being prepared
    const char* c_stack_limit = nullptr;  // recursion in C++ below this address is refused

    Frame* frames = nullptr;
    Frame* frames_end = nullptr;
    Value* values = nullptr;
    Value* values_end = nullptr;

    Thread() = default;
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;
    ~Thread();
};

// Calls and back-edges between two ticks.
#if defined(CATENA_STRESS)
inline constexpr int ticks_between = 1;
#else
inline constexpr int ticks_between = 1000;
#endif

inline thread_local Thread* running_thread = nullptr;

// Makes the stack of this thread. Null with MemoryError set.
[[nodiscard]] Thread* make_thread();

[[nodiscard]] inline Thread* this_thread() { return running_thread != nullptr ? running_thread : make_thread(); }

// The first register that nothing in use can hold.
[[nodiscard]] inline Value* stack_top(const Thread& thread) {
    const Frame& frame = *thread.frame;
    Value* top = frame.code != nullptr ? frame.base + frame.code->registers : const_cast<Value*>(frame.constants);
    return top < thread.guard ? thread.guard : top;
}

// Protects registers above the running frame's while Python code may run, until the guard goes.
class Guard {
public:
    Guard(Thread& thread, Value* end) : thread_(thread), outer_(thread.guard) {
        if (thread.guard < end) thread.guard = end;
    }
    ~Guard() { thread_.guard = outer_; }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

private:
    Thread& thread_;
    Value* outer_;
};

// The object that runs in a frame that is no entry frame: a closure or a Code, borrowed.
[[nodiscard]] inline PyObject* running_object(const Frame& frame) { return frame.base[-1].as_object(); }

// No frame of the thread is put at or beyond `limit`, until another one or null is set.
void set_host_limit(Thread& thread, Frame* limit);

// Sets the RecursionError of a full VM stack or C stack.
void raise_too_deep();

// Refuses recursion in C++ that comes close to the end of this thread's C stack: false, with RecursionError set.
[[nodiscard]] inline bool c_stack_left(const Thread& thread) {
    if (static_cast<const char*>(__builtin_frame_address(0)) > thread.c_stack_limit) return true;
    raise_too_deep();
    return false;
}

}  // namespace catena
