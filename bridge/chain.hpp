// Chain: a run of interop steps that executes as one operation, `import numpy | get sum | call r1 axis=0`.
//
// A chain is data: steps, constants, the number of operand slots, a span for each step. Whoever builds one fills in
// `steps` (with the makers of Step) and `constants` (with `constant()`), then calls `prepare` once; from then on the
// data is not changed, and `run_chain` executes it any number of times. The chain owns its constants and names.
// The GIL is held wherever a chain is touched.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "bridge/ref.hpp"
#include "bridge/result.hpp"
#include "bridge/span.hpp"
#include "bridge/value.hpp"

namespace catena {

enum class StepKind : std::uint8_t {
#define STEP(id, word, shape, equation, prose) id,
#include "bridge/steps.def"
};

// What follows the word of a step in the printed form.
enum class StepShape : std::uint8_t {
    module,        // a dotted name; an operand of its own when the module has been evaluated already
    root,          // one operand
    name,          // an attribute name
    key,           // a key
    arguments,     // any number of arguments
    name_operand,  // an attribute name and one operand
    key_operand,   // a key and one operand
};

struct StepInfo {
    std::string_view word;
    StepShape shape;
    std::string_view equation;
    std::string_view prose;
};
[[nodiscard]] const StepInfo& step_info(StepKind kind);

// Where a step takes a value from: a slot that is filled at each run, a constant of the chain, or nowhere.
struct Operand {
    enum class Kind : std::uint8_t { none, slot, constant };
    Kind kind = Kind::none;
    std::uint32_t index = 0;

    [[nodiscard]] static constexpr Operand slot(std::uint32_t i) { return {Kind::slot, i}; }
    [[nodiscard]] static constexpr Operand constant(std::uint32_t i) { return {Kind::constant, i}; }
    [[nodiscard]] constexpr bool present() const { return kind != Kind::none; }
    friend constexpr bool operator==(const Operand&, const Operand&) = default;
};

// Positional arguments may follow keyword arguments: operands have been evaluated before, so only the order within
// each group counts.
struct Argument {
    enum class Kind : std::uint8_t { positional, keyword, splat, keyword_splat };
    Kind kind = Kind::positional;
    Operand value;
    Ref name;          // of a keyword argument: an exact, interned str, already mangled
    Ref written = {};  // of a keyword argument: the keyword as the program wrote it, if anything did

    [[nodiscard]] static Argument positional(Operand v) { return {Kind::positional, v, {}}; }
    [[nodiscard]] static Argument keyword(std::string_view name, Operand v);
    [[nodiscard]] static Argument splat(Operand v) { return {Kind::splat, v, {}}; }
    // The operand is a mapping whose keys are exact strs.
    [[nodiscard]] static Argument keyword_splat(Operand v) { return {Kind::keyword_splat, v, {}}; }
};

// One part of a key: an operand, or a slice whose ends may be absent.
struct Part {
    bool is_slice = false;
    Operand start;  // the operand itself when this is no slice
    Operand stop;
    Operand step;

    [[nodiscard]] static Part one(Operand v) { return {false, v, {}, {}}; }
    [[nodiscard]] static Part slice(Operand start, Operand stop, Operand step) { return {true, start, stop, step}; }
};

// `a[x]` has one part and is no tuple; `a[x, y]` and `a[x,]` are tuples.
struct Key {
    std::vector<Part> parts;
    bool tuple = false;

    [[nodiscard]] static Key one(Operand v) { return {{Part::one(v)}, false}; }
};

struct Step {
    StepKind kind = StepKind::value;
    Span span;
    Ref name;         // of a module (dotted) or an attribute: an exact, interned str
    Operand operand;  // of import (optional), value, set, set-item
    Key key;
    std::vector<Argument> arguments;

    [[nodiscard]] static Step import_module(std::string_view name, Operand evaluated = {}, Span span = {});
    [[nodiscard]] static Step value(Operand root, Span span = {});
    [[nodiscard]] static Step get(std::string_view name, Span span = {});
    [[nodiscard]] static Step item(Key key, Span span = {});
    [[nodiscard]] static Step call(std::vector<Argument> arguments, Span span = {});
    [[nodiscard]] static Step set(std::string_view name, Operand value, Span span = {});
    [[nodiscard]] static Step set_item(Key key, Operand value, Span span = {});
    [[nodiscard]] static Step remove(std::string_view name, Span span = {});
    [[nodiscard]] static Step remove_item(Key key, Span span = {});
};

struct Plan;  // what `prepare` makes of the steps: flat instructions with their inline caches (plan.hpp)

class Chain {
public:
    Chain();
    Chain(Chain&&) noexcept;
    Chain& operator=(Chain&&) noexcept;
    ~Chain();

    std::vector<Step> steps;
    std::vector<Ref> constants;
    std::uint32_t slot_count = 0;         // slots 0 … slot_count-1
    std::vector<std::string> slot_names;  // optional, for printing; an empty or missing one prints as r0, r1 …

    // The operand of a constant; one that is the same object is used again.
    [[nodiscard]] Operand constant(Ref object);

    [[nodiscard]] bool prepared() const { return plan_ != nullptr; }
    [[nodiscard]] Plan* plan() const { return plan_.get(); }
    // The index of the step that failed in the last run that answered Value::error().
    [[nodiscard]] int failed_step() const;

    // For the owner's tp_traverse: visits every object that the chain owns.
    int traverse(visitproc visit, void* arg) const;

private:
    friend Value run_chain(Chain& chain, Value* operands);
    friend Value run_chain_tail(Chain& chain, Value* operands, struct TailCall& tail);
    friend tl::expected<void, std::string> prepare(Chain& chain);

    std::unique_ptr<Plan> plan_;
    Value (*runner_)(Plan*, Value*);
};

// Says in a sentence what is wrong with the chain as data, if anything.
[[nodiscard]] tl::expected<void, std::string> validate(const Chain& chain);

// Validates the chain and makes it ready to run. Runs no Python code.
[[nodiscard]] tl::expected<void, std::string> prepare(Chain& chain);

// Executes a prepared chain. `operands` are the canonical values of the slots (0 … slot_count-1), borrowed: the
// array and the objects stay alive and unchanged until the run has ended, and so does the chain itself; the run writes
// only to those that Plan::bind says are its own. Answers an owned canonical value, or Value::error() with the Python error set and `chain.failed_step()` naming the step.
[[nodiscard]] inline Value run_chain(Chain& chain, Value* operands) {
    return chain.runner_(chain.plan_.get(), operands);
}

// The printed form. Operand slots print as their names, constants as `print_constant` writes them.
[[nodiscard]] std::string print_chain(const Chain& chain);
[[nodiscard]] std::string print_step(const Chain& chain, std::size_t index);

// Reads the printed form back (not prepared). Constants are Python literals unless `read_constant` is set; r0, r1 …
// are those slots; other names are named slots, which get the free numbers in order of appearance.
[[nodiscard]] tl::expected<Chain, std::string> parse_chain(std::string_view text);

// How constants are written and read; the lang floor puts its own notation here. Printing answers the text or sets
// an error (then `?` is printed); reading answers a new reference or null with an error set.
using ConstantPrinter = PyObject* (*)(PyObject* constant);  // a new str
using ConstantReader = PyObject* (*)(const char* text);
inline ConstantPrinter print_constant = nullptr;  // null: PyObject_Repr
inline ConstantReader read_constant = nullptr;    // null: Python literals

// The chain as plain Python data (a tuple of tuples, strs, ints and the constants), and back, checked. For caches,
// pickles and workers; spans and slot names travel too. The new chain is not prepared yet.
[[nodiscard]] Result<Ref> chain_to_data(const Chain& chain);
[[nodiscard]] Result<Chain> chain_from_data(PyObject* data);

// An exact, interned str of the text, which is UTF-8. Empty, with an error set, when it is not.
[[nodiscard]] Ref intern_name(std::string_view text);

}  // namespace catena
