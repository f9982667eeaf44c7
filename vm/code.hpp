// Code: the compiled form of one function body, of one arity of a function, or of one top-level form.
// A Code is a Python object (`catena.Code`), so that closures, caches and Python's tracebacks can hold it;
// it belongs to the module it was compiled in. After compilation only its caches change.
//
// Registers 0 .. first_temporary-1 are locals (parameters first, in the order written); the rest are
// temporaries, each written once and consumed by the instruction that reads it. See docs/vm.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bridge/chain.hpp"
#include "bridge/dict_cache.hpp"
#include "bridge/ref.hpp"
#include "bridge/span.hpp"
#include "bridge/value.hpp"
#include "vm/opcodes.hpp"

namespace catena {

// What a function accepts. Names are exact, interned Python strings, mangled (`a-b` is `a_b`).
struct Parameters {
    struct Key {
        Ref name;
        bool required = false;  // always false today: a bare &key parameter defaults to nil
    };
    std::vector<Ref> positional;  // required ones first, then the optional ones
    std::uint16_t required = 0;
    bool has_rest = false;
    Ref rest_name;
    std::vector<Key> keys;
    bool has_kwargs = false;
    Ref kwargs_name;

    [[nodiscard]] std::size_t register_count() const {
        return positional.size() + (has_rest ? 1 : 0) + keys.size() + (has_kwargs ? 1 : 0);
    }
    [[nodiscard]] bool takes_keywords() const { return !keys.empty() || has_kwargs; }
    // Only required positional parameters: a call need only compare the count.
    [[nodiscard]] bool simple() const { return required == positional.size() && !has_rest && !takes_keywords(); }
};

// A name of the module (or of another Catena module, when `module` is given) and its caches.
struct GlobalName {
    Ref name;     // mangled, interned: the key in the module's dict
    Ref display;  // as written, for messages
    Ref module;   // name of the module it is looked up in, empty: the code's own
    Ref dict;     // where it is looked up first, once resolved
    // The value found last (borrowed from the dict that has it), valid while the dicts looked at are as they were.
    PyObject* value = nullptr;
    DictVersion own;     // `dict`, which has the value
    DictVersion absent;  // `dict`, which has not, so that these count too:
    DictVersion core;
    bool in_core = false;  // core has the value; else:
    DictVersion builtins;
    // The intrinsics that stand for the value `builtin` (compared only) with one argument and with two, or null.
    PyObject* builtin = nullptr;
    const struct Intrinsic* intrinsics[2] = {};
    DictCache own_cache;
    DictCache core_cache;
    DictCache builtins_cache;
};

// A call that passes pairs: the window holds all values in written order, keywords among them.
struct CallSite {
    std::uint16_t count = 0;             // values in the window, callee not counted
    std::vector<std::uint16_t> pair_at;  // index of each keyword that begins a pair, ascending
    Ref names;                           // tuple of the pairs' Python names, for callees that take keyword arguments
    std::vector<Ref> written;  // the pairs' written keywords, for callees that pass them on; made when first needed
};

// While pc is in [start, end), an exception clears the locals and temporaries that the region owns, is put
// into register `target` and goes on at `entry`. The innermost region comes first in the table.
struct Handler {
    std::uint32_t start = 0;
    std::uint32_t end = 0;
    std::uint32_t entry = 0;
    std::uint16_t target = 0;
    std::uint16_t locals_from = 0;       // locals locals_from .. first_temporary-1 are released
    std::uint16_t temporaries_from = 0;  // temporaries temporaries_from .. registers-1 are released
};

// How a closure over a template fills one capture.
struct CaptureSource {
    bool from_register = false;  // else from the running closure's captures
    std::uint16_t index = 0;
};

enum class FunctionKind : std::uint8_t { plain, generator, coroutine, async_generator };

// Lives inside the Python object; see `code_of`.
struct Code {
    std::vector<Instr> instrs;
    std::vector<Span> spans;       // one for each instruction
    std::vector<Value> constants;  // owned
    std::vector<GlobalName> globals;
    std::vector<Ref> names;
    std::vector<Ref> templates;  // Code objects of inner functions
    std::vector<Ref> chains;     // catena.Chain objects
    std::vector<CallSite> call_sites;
    std::vector<Handler> handlers;
    std::vector<CaptureSource> captures;

    // Core functions that opcodes here stand for (Python names, interned), and the instruction from which on the same body
    // calls them by name; 0: there is none. Taken from the next call on once one of them is another (vm/rebinding.hpp).
    std::vector<Ref> core_names;
    std::uint32_t by_name = 0;
    const Instr* entry = nullptr;           // where calls begin: the first instruction of one of the bodies
    struct CoreNameUsers* users = nullptr;  // the module's list that this code is in, if it has two bodies,
    std::size_t user_index = 0;             // and where

    std::shared_ptr<struct ArrayTraces> array_traces;  // runs of instructions that met arrays (vm/array_trace.hpp)

    Parameters parameters;
    std::vector<Ref> arities;        // when not empty: a function of several arities; this Code holds no instructions
    std::int32_t simple_arity = -1;  // the argument count of a simple, plain, single arity; else -1
    std::uint16_t first_temporary = 0;
    std::uint16_t registers = 0;
    FunctionKind kind = FunctionKind::plain;
    bool takes_keywords = false;  // some arity declares &key or &kwargs
    bool passes_pairs = false;  // the rest is declared with &forward: pairs in it stay recognisable (lang/keyword.hpp)

    Ref name;           // display name, str ("fn" without one)
    Ref qualname;       // dotted
    Ref doc;            // str or None
    Ref file;           // str
    Ref module;         // the module object it belongs to
    Ref globals_dict;   // its dict
    Ref annotations;    // template dict name -> nothing; filled when the closure is made, may be empty
    Ref source;         // the source text of the definition as str, or empty
    Span span;          // of the whole definition
    Ref python_code;    // code object that stands for this one in tracebacks and for inspect; made when first needed
    Ref fiber_wrapper;  // the Python function that makes generators over this code's fibers; made when first needed
};

}  // namespace catena
