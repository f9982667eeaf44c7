// The bridge profiler: what each line of Catena costs, and how much of that is Python.
//
// Nothing is measured unless start_profile was called: the dispatch loop is compiled a second time with the measuring in
// it (run_profiled.cpp), and `run` goes there. Time is the clock's, of each thread by itself: what one waits for the GIL
// or for a file counts. All of this needs the GIL, but for profile_lines.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vm/stack.hpp"

namespace catena {

// What was done on behalf of one line: its own time, not that of the Catena functions that it calls, whose lines have it,
// also when Python called them. What functions of the core library do counts for the line that calls them. What the core library does counts for the line that called it.
struct LineCost {
    std::string file;
    std::uint32_t line = 0;
    std::uint64_t calls = 0;   // calls, chains and operators that went to Python
    std::uint64_t python = 0;  // nanoseconds in Python and in what it is made of: calls, chains, operators on objects
    std::uint64_t catena = 0;  // nanoseconds in Catena: the VM, core functions, compiling what is required
    std::uint64_t copied = 0;  // bytes that the bridge copied
    std::uint64_t misses = 0;  // lookups that no inline cache answered
};

inline bool profiling = false;

// From now on, in this process and in all of its threads.
void start_profile();

// The lines so far, the most expensive first. Safe when Python has ended.
[[nodiscard]] std::vector<LineCost> profile_lines();

// The loop that measures, for `run`.
[[nodiscard]] Value run_profiled(Thread& thread);

// Before each instruction of that loop. `pc` is the instruction that comes next.
void profile_instruction(const Frame& frame, const Instr* pc);

// Runs of the loop inside each other: what the outer one was doing goes on when the inner one ends.
class ProfiledRun {
public:
    ProfiledRun();
    ~ProfiledRun();
    ProfiledRun(const ProfiledRun&) = delete;
    ProfiledRun& operator=(const ProfiledRun&) = delete;

private:
    LineCost* line_;
    LineCost* outside_;
    bool python_;
};

// Calls a Python callable for a native that measures nothing itself.
[[nodiscard]] Value call_object_profiled(PyObject* callable, const Value* args, std::size_t count, PyObject* names);

}  // namespace catena
