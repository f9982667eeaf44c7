// Exceptions on their way through frames: the handler tables, and what Python's tracebacks see of Catena's frames.
#pragma once

#include "vm/stack.hpp"

namespace catena {

// The error indicator is set and the running frame's instruction before `pc` failed. Gives every frame that is left a
// traceback entry. True: a handler was found, the running frame is ready to go on at its `pc`. False: the frames down
// to the nearest entry frame are gone, and that one too.
[[nodiscard]] bool unwind(Thread& thread, const Instr* pc);

// The code object that stands for `code` in tracebacks and for inspect: names, argument counts, flags, and positions by
// instruction. co_consts[0] is the catena.Code. Borrowed from the Code; null with an error set.
[[nodiscard]] PyObject* python_code(Code& code);

// The catena.Code behind a code object made by python_code, borrowed; null, without an error, for any other.
[[nodiscard]] Code* catena_code_of(PyObject* python_code);

// The span of an index as tracebacks have it (tb_lasti / 2): instructions first, then the steps of each chain in the
// order of the instructions that run them.
[[nodiscard]] Span span_at(const Code& code, std::size_t index);
[[nodiscard]] std::size_t chain_step_index(const Code& code, std::size_t instruction, std::size_t step);

// Adds an entry for `code` at `index` to the traceback of the error that is set.
void add_traceback(Code& code, std::size_t index);

}  // namespace catena
