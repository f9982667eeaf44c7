// Plan: what `prepare` makes of a chain's steps. Each instruction is one step, or a `get` and the `call` after it as
// one method call. An instruction is executed through its handler: first a generic one, which looks for a specialised
// one that has a guard (an inline cache); a specialised handler whose guard fails goes back to the generic one.
//
// Rules that every handler keeps:
//  1. The cache of an instruction is not touched after anything that can run Python code: the same chain can run
//     again inside the call, in this thread or another.
//  2. Nothing in a cache owns a reference. A cached pointer is used only while a version (DictVersion, tp_version_tag) proves that the dict or
//     the type that it came from is unchanged, or is compared before it is used.
//  3. A specialised handler gives the value, the type and the error that the generic one gives, bit for bit. What it
//     cannot decide without a doubt it leaves to the generic one.
//  4. `it` and the operands are borrowed; the result is owned. `owner` is where `it` is kept when nothing after the
//     instruction needs it (else null): a handler that is done with `it` before it calls may release it there, as
//     CPython does when an attribute that is no method is called, and leaves nil.
#pragma once

#include <memory>
#include <vector>

#include "bridge/chain.hpp"
#include "bridge/dict_cache.hpp"

namespace catena {

// Where an operand comes from: slot n, or constant ~n of the plan.
struct Source {
    std::int32_t index = 0;
};

struct SlicePlan {
    bool is_slice = false;
    bool has_start = false, has_stop = false, has_step = false;
    Source start, stop, step;
};

// A key that is made anew for each run; one that is all constants, or one operand alone, is a Source instead.
struct KeyPlan {
    std::vector<SlicePlan> parts;
    bool tuple = false;
};

struct Instruction;
using StepHandler = Value (*)(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner);

enum class InstanceDict : std::uint8_t;

// What a specialised handler remembers; each uses the fields that it needs.
struct InlineCache {
    DictVersion version;            // of the module's dict, or of an instance's that lacks the name
    PyObject* target = nullptr;     // the value or callable found
    void* function = nullptr;       // a C function to call directly, or the entry of an intrinsic
    void* data = nullptr;           // what it gets as well
    unsigned int type_version = 0;  // of the receiver's type, or of the receiver when it is a type
    InstanceDict instance_dict{};   // where a receiver of that type keeps attributes of its own
    std::uint32_t index = 0;        // of the attribute in the keys that the instances share
    Py_ssize_t key_count = 0;       // entries in those keys: as long as it is the same, no name was added
    Py_ssize_t offset = 0;          // of the instance's dict or slot
    DictCache dict;
};

struct Instruction {
    StepHandler handler = nullptr;
    StepHandler generic = nullptr;
    // The handler is a specialised one, and what it calls is no function that the VM would give a frame.
    bool leaf = false;
    PyObject* name = nullptr;     // borrowed from the chain's step
    PyObject* kwnames = nullptr;  // borrowed from `kwnames_owner`
    std::uint32_t step = 0;   // the step that fails when this does; in a method call: the get, and step + 1 the call
    std::uint32_t count = 0;  // arguments, keyword arguments included
    std::uint32_t positional = 0;
    std::uint16_t patience = 0;  // generic executions left until specialising is tried again
    std::uint16_t backoff = 0;   // what patience starts from after the next failure
    Source first;                // the first argument, the key, or the only one of them
    Source second;               // the second argument, or the new value of `set` and `set-item`
    InlineCache cache;
    std::vector<Source> sources;   // all arguments: positional ones, then those with names
    std::vector<Source> in_place;  // the same as written, with the keywords before their values; empty without pairs
    std::vector<std::uint32_t> pair_at;  // where those keywords are in it
    std::unique_ptr<KeyPlan> key;
    const Step* spread = nullptr;      // the call step, when it has splats
    std::vector<std::uint16_t> dying;  // the registers that nothing after it reads, when an instruction follows
    Ref kwnames_owner;
};

struct Plan {
    Instruction first;  // apart from the rest, because most chains have only one
    std::vector<Instruction> rest;
    Source root;
    bool imports = false;    // the root is an import without an operand
    bool owns_root = false;  // the root is in a register that only this run reads
    std::uint32_t step_count = 0;
    int failed_step = 0;
    std::vector<Value> constants;  // canonical views of what the chain or `made` owns
    std::vector<Ref> made;
    PyObject* import_name = nullptr;
    PyObject* imported = nullptr;  // compared only: the module that the last import found

    Plan() = default;
    Plan(const Plan&) = delete;
    Plan& operator=(const Plan&) = delete;

    int traverse(visitproc visit, void* arg) const;

    // From now on operand n is read at operands[places[n]]: whoever keeps them elsewhere need not gather them. Those from
    // `first_temporary` on are for this run alone: they are released, and nil, once the instruction that reads them is done
    // and another follows; the root when a handler is done with it (rule 4). At most once.
    void bind(const std::uint16_t* places, std::size_t count, std::size_t first_temporary);
    // Where an operand of a step is read.
    [[nodiscard]] Source source(Operand operand) const {
        const auto index = static_cast<std::int32_t>(operand.index);
        if (operand.kind != Operand::Kind::slot) return {~index};
        return {bound.empty() ? index : bound[operand.index]};
    }
    std::vector<std::uint16_t> bound;  // the places, once there are some

    [[nodiscard]] Value read(Source source, const Value* operands) const {
        const Value* v = source.index >= 0 ? operands + source.index : constants.data() + ~source.index;
        // Word by word: operands have just been stored so, and a load of both words at once would wait for the stores.
        return {v->tag, v->bits};
    }
};

// How a plan is run from its root on.
using Runner = Value (*)(Plan* plan, Value* operands);
[[nodiscard]] Runner choose_runner(const Plan& plan);

// The cold exit of every handler: the Python error is set (or a C function failed to set one).
[[nodiscard]] Value fail(Plan& plan, std::uint32_t step);

// Gives up the intermediate before its time (rule 4).
inline void release_early(Value* owner) {
    if (owner == nullptr) return;
    const Value old = *owner;
    *owner = Value::nil();
    old.release();
}

// The generic handlers.
Value run_get(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner);
Value run_method(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner);
Value run_call(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner);
Value run_spread(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner);
Value run_item(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner);
Value run_set(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner);
Value run_set_item(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner);
Value run_remove(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner);
Value run_remove_item(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner);

// A new reference to the object inside a value, or to a box made for it; null with an error set.
[[nodiscard]] inline PyObject* handed_on(const Value& v) {
    if (!v.is_object()) return new_object(v);
    Py_INCREF(v.as_object());
    return v.as_object();
}

// A Python object for the time of one operation: the one inside a value, or a box made for it. The value outlives it.
class Boxed {
public:
    explicit Boxed(const Value& v) : object_(v.is_object() ? v.as_object() : new_object(v)), owned_(!v.is_object()) {}
    Boxed(const Boxed&) = delete;
    Boxed& operator=(const Boxed&) = delete;
    ~Boxed() {
        if (owned_) Py_XDECREF(object_);
    }
    [[nodiscard]] PyObject* get() const { return object_; }

private:
    PyObject* object_;
    bool owned_;
};

// An argument or an operator's operand: the same, but held, as Python's evaluator holds what it hands on. NumPy writes over
// operands that only one place holds, which here may be a variable's register.
class HandedOn {
public:
    explicit HandedOn(const Value& v) : object_(handed_on(v)) {}
    HandedOn(const HandedOn&) = delete;
    HandedOn& operator=(const HandedOn&) = delete;
    ~HandedOn() { Py_XDECREF(object_); }
    [[nodiscard]] PyObject* get() const { return object_; }

private:
    PyObject* object_;
};

// The key object that a run makes from its operands: a slice, or a tuple. A new reference or null.
[[nodiscard]] PyObject* new_key(const Plan& plan, const KeyPlan& key, const Value* operands);

// callable(self?, arguments of `in`) with the arguments on the C stack. `self` may be null. A new reference or null.
[[nodiscard]] PyObject* vectorcall(const Plan& plan, const Instruction& in, PyObject* callable, PyObject* self,
                                   const Value* operands);

}  // namespace catena
