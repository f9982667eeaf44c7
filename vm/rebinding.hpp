// Core functions with opcodes of their own (`+`, `inc`, `get` …) and what happens when such a name comes to mean something
// else: by a definition in a module whose code uses it, by assignment to core's own, from Catena or from Python.
//
// The compiler emits the body of a function that uses such opcodes twice: with them and, behind that, with calls by name
// (`Code::core_names`, `Code::by_name`). Every code with two bodies is listed here under the dict of its module. While one
// of its names means another function, its calls begin in the second body. So the next call sees the change, and one that is
// under way goes on as it began.
//
// Definitions that Catena's code makes, and attributes of modules that it sets, are noticed at once. Other writes to a
// module's dict are noticed when Python next calls a function of that module, and by the ticks of loops and calls.
#pragma once

#include "vm/code.hpp"
#include "vm/globals.hpp"
#include "vm/module.hpp"

namespace catena {

// What codes of one module with two bodies have in common.
struct CoreNameUsers {
    std::vector<Code*> codes;
    std::vector<PyObject*> own;  // the watched names that the module itself has bound, borrowed from the set of those
    std::uint64_t keys = 0;      // dict_growth when they were last looked up
};

// Makes a code that belongs to its module, and changes no more, ready to run.
void complete(Code& code);
// Before a code goes.
void forget_core_names(Code& code);

// A name of this dict was bound or removed. Keeps a Python error that is set.
void core_name_may_differ(PyObject* dict, PyObject* name);

// Looks for changes that nobody reported, in all modules.
void look_for_rebinding();

// Takes the values that core's names have now for what the opcodes do.
[[nodiscard]] bool remember_core_names();
// Whether core's name has that value.
[[nodiscard]] bool is_original_core_name(PyObject* name);

extern DictVersion core_seen;  // core's dict, when its names were last looked at

// Changes whenever a dict gets a key that it did not have.
[[nodiscard]] inline std::uint64_t dict_growth(PyObject* dict) {
#if CATENA_DICT_LAYOUT
    const auto* keys = reinterpret_cast<const DictKeysLayout*>(reinterpret_cast<PyDictObject*>(dict)->ma_keys);
    return static_cast<std::uint64_t>(keys->entry_count);
#else
    return static_cast<std::uint64_t>(PyDict_GET_SIZE(dict));
#endif
}

// The same for one code, before Python calls a function over it.
inline void look_for_rebinding_of(const Code& code) {
    if (code.users == nullptr) return;
    if (code.users->keys == dict_growth(code.globals_dict.get()) && core_seen.still(core_dict())) return;
    look_for_rebinding();
}

}  // namespace catena
