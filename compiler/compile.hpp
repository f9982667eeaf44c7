// From forms to running code. Everything here needs the GIL and init_vm; an error is a Python exception:
// `catena.CompileError` (a SyntaxError with file, line and column) for a wrong form, `catena.ReadError` for
// text that cannot be read, and whatever the code itself raises.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bridge/result.hpp"
#include "lang/reader.hpp"
#include "lang/spans.hpp"

namespace catena {

struct CompileOptions {
    bool fuse = true;        // false (-O0): every interop step is a chain of its own
    bool intrinsics = true;  // false: core operators are called like other functions
    // false: code keeps core's functions when their names come to mean something else later (vm/rebinding.hpp)
    bool rebindable = true;
    // Names that nothing defines are collected, for unresolved_names (below).
    bool note_missing = true;
    const char* function = "<top>";  // what a form at the top is called in tracebacks
    std::string filename = "<text>";
    std::string_view source;  // the text that the spans point into, for messages; may be empty
    // Names that the text defines at its top, here or further down (interned, borrowed): they mean the module's own
    // definition wherever they stand, so no opcode takes the place of core's.
    const std::vector<PyObject*>* definitions = nullptr;
};

// The names that a form at the top of a text defines, as written: for CompileOptions::definitions. Interned, borrowed from
// the form; appended to `names`, in no particular order.
void find_definitions(PyObject* form, std::vector<PyObject*>& names);

// Readies the compiler's own natives (eval, macroexpand, bridge/explain, …). Idempotent; after init_vm.
[[nodiscard]] Result<void> init_compiler();

// Compiles one top-level form for `module` (borrowed) to a `catena.Code`. Macros run while it compiles.
[[nodiscard]] Result<Ref> compile_form(PyObject* form, const SpanTable& spans, PyObject* module,
                                       const CompileOptions& options);

// Compiles and runs one top-level form; a top-level `do` runs form by form. A form with a top-level `await`
// runs as a coroutine on the program's event loop.
[[nodiscard]] Result<Ref> eval_form(PyObject* form, const SpanTable& spans, PyObject* module,
                                    const CompileOptions& options);

// The same for a form without places of its own: whatever is wrong with it is wrong at `span` of the file.
[[nodiscard]] Result<Ref> eval_form_at(PyObject* form, const Span& span, PyObject* module,
                                       const CompileOptions& options);

// A top-level form as code that can be run, now or in another process.
struct CompiledForm {
    Ref code;
    bool awaits = false;  // it runs as a coroutine
};
[[nodiscard]] Result<Ref> run_compiled(const CompiledForm& form);

// Reads the whole text first, then evaluates form after form. Answers the last value. `compiled`, if given, receives
// every form that was run.
[[nodiscard]] Result<Ref> run_source(std::string_view text, PyObject* module, const CompileOptions& options,
                                     std::vector<CompiledForm>* compiled = nullptr);

// A text whose forms are evaluated one at a time, for programs that show each value or have an event loop of their own.
class Stepper {
public:
    // Reads the whole text; a wrong one raises as in run_source. `begin` is where the text stands in its file. `text` is
    // copied, the module held.
    [[nodiscard]] static Result<std::unique_ptr<Stepper>> read(std::string_view text, PyObject* module,
                                                               const CompileOptions& options, ReadOptions begin = {});
    struct Step {
        Ref form;   // empty: there are no more
        Ref value;  // of a form that awaits: a coroutine that nobody has started
        bool awaits = false;
        bool is_last = true;  // false: more forms of the same top-level `do` follow
    };
    // Evaluates the next form; those in a top-level `do` are taken one by one. After an error the rest is dropped.
    [[nodiscard]] Result<Step> next();

private:
    Stepper() = default;

    std::string text_;
    Ref module_;
    CompileOptions options_;
    SpanTable spans_;
    std::vector<PyObject*> definitions_;
    struct Pending {
        Ref form;
        Span span;
        bool is_last;
    };
    std::vector<Pending> pending_;  // the next one is the last
    std::vector<Ref> held_;         // what has been taken apart: definitions_ points into it
};

// Names that the module's code uses and that nothing defines, as ready warning lines with positions and suggestions.
[[nodiscard]] Result<std::vector<std::string>> unresolved_names(PyObject* module);

// One expansion step, or all of them at the head; the form itself when it is no macro call.
[[nodiscard]] Result<Ref> macroexpand_1(PyObject* form, PyObject* module);
[[nodiscard]] Result<Ref> macroexpand(PyObject* form, PyObject* module);

// A new, empty Catena module, not entered in sys.modules.
[[nodiscard]] Result<Ref> make_module(std::string_view name, std::string_view filename);

// What `catena dump` prints for a text. Earlier forms are evaluated, since macros and imports need them.
enum class DumpKind { forms, expanded, chains, code };
[[nodiscard]] Result<std::string> dump_source(std::string_view text, DumpKind kind, PyObject* module,
                                              const CompileOptions& options);

}  // namespace catena
