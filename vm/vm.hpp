// Running code. Each OS thread has one VM stack, made when it first runs Catena: a reserved range of
// addresses, touched as it is needed, so registers never move. Python code that calls a closure re-enters
// above the running frame's registers. All functions here need the GIL.
#pragma once

#include "bridge/call.hpp"
#include "bridge/result.hpp"
#include "vm/closure.hpp"
#include "vm/native.hpp"

namespace catena {

// Readies the types of this floor and the module `core`. Idempotent; after init_types of lang.
[[nodiscard]] Result<void> init_vm();

// Calls any callable, closures and natives without boxing. Arguments are borrowed; the answer is owned.
// A keyword as callee is taken as `get`.
[[nodiscard]] Value call_value(const Value& callee, const Value* arguments, std::size_t count);
[[nodiscard]] Value call_value(const Value& callee, const Value* arguments, std::size_t count, PyObject* names);

// Runs a top-level form's code (no parameters, no captures).
[[nodiscard]] Value run_code(PyObject* code_object);

// Frames allowed before RecursionError; at least 100,000 unless set lower.
void set_recursion_limit(std::size_t frames);
[[nodiscard]] std::size_t recursion_limit();

// The module object of the running Catena frame of this thread (borrowed), or null.
[[nodiscard]] PyObject* running_module();

// The call that runs in this thread's innermost Catena frame outside core: a file and the place in it. No file: there is
// no such frame.
struct RunningPlace {
    Ref file;
    Span span;
};
[[nodiscard]] RunningPlace running_place();

// The core module (`catena.core`), borrowed: it lives as long as the interpreter.
[[nodiscard]] PyObject* core_module();

// What core defines under a Python name, from its dict or through the loader: a new reference, or null without
// an error when core has no such name (with one when loading it failed).
[[nodiscard]] PyObject* core_member(PyObject* name);

// Called by GLOBAL for a name that neither the module nor core's dict has, before builtins: answers a new
// reference when the standard library's image defines it (and has then put it into core's dict), null
// without an error when it does not. Set by the floor above.
using CoreLoader = PyObject* (*)(PyObject* name);
void set_core_loader(CoreLoader loader);

// What the loader would find, without loading it. `names` answers a new list of Python names.
struct CoreIndex {
    bool (*defines)(PyObject* name) = nullptr;
    PyObject* (*names)() = nullptr;
};
void set_core_index(CoreIndex index);

// Whether core has a name, loaded or not. Never fails.
[[nodiscard]] bool core_defines(PyObject* name);

// All names of core, loaded or not, as a new list of Python names; empty with an error set.
[[nodiscard]] Ref core_names();

// Loads a module by its dotted name for `require`; set by the floor above. Answers a new reference or null.
using ModuleLoader = PyObject* (*)(PyObject* name);
void set_module_loader(ModuleLoader loader);

// Text of one code object, one instruction a line, as `catena dump --code` prints it.
[[nodiscard]] std::string disassemble(const Code& code);

}  // namespace catena
