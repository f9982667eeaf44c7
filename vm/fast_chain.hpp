// Chains of one instruction, run from the loop without a runner between.
#pragma once

#include <utility>

#include "bridge/method.hpp"
#include "bridge/stats.hpp"
#include "vm/chain_object.hpp"
#include "vm/fast_globals.hpp"
#include "vm/globals.hpp"
#include "vm/slow.hpp"

namespace catena {

[[nodiscard]] inline Plan& plan_of(const Frame& frame, const Instr& i) {
    return *chain_of(frame.code->chains[i.b].get()).plan();
}

inline void consume_chain_operands(Frame& frame, const Instr& i, std::size_t from = 0) {
    if (__builtin_expect((i.x & item_temporaries) == 0, 1)) return;
    for (std::size_t n = from; n < i.c; ++n) consume(frame, operand_register(&i + 1, n));
}

inline void put_result(Frame& frame, const Instr& i, const Value& result) {
    Value& target = frame.base[i.a];
    target.tag = result.tag;
    target.bits = result.bits;
}

// CHAIN_STEP. False with the error set.
[[nodiscard]] inline bool run_step(Frame& frame, const Instr& i, Plan& plan) {
    ++stats.single[plan.step_count & 3];
    Value& root = frame.base[operand_register(&i + 1, 0)];
    Value* owner = plan.owns_root ? &root : nullptr;
    const Value result = plan.first.handler(plan, plan.first, {root.tag, root.bits}, frame.base, owner);
    if (__builtin_expect(result.is_error(), 0)) {
        explain_chain_error(frame, i);
        return false;
    }
    consume_chain_operands(frame, i);
    put_result(frame, i, result);
    return true;
}

// CHAIN_GLOBAL. False with the error set.
[[nodiscard]] inline bool run_global_step(Frame& frame, const Instr& i, Plan& plan) {
    GlobalName& global = frame.code->globals[operand_register(&i + 1, 0)];
    PyObject* cached = cached_global(global);
    const Value root = cached != nullptr ? borrow_value(cached) : lookup_global(*frame.code, global);
    if (__builtin_expect(root.is_error(), 0)) return false;
    ++stats.single[plan.step_count & 3];
    const Value result = plan.first.handler(plan, plan.first, root, frame.base, nullptr);
    if (__builtin_expect(result.is_error(), 0)) {
        // Releasing can run code, which may meet arrays too.
        const Resume done = std::exchange(resume, {});
        root.release();
        explain_chain_error(frame, i);
        resume = done;
        return false;
    }
    root.release();
    consume_chain_operands(frame, i, 1);
    put_result(frame, i, result);
    return true;
}

// CHAIN_GET, when the receiver's array of values has the attribute; else false, and nothing is done.
[[nodiscard]] inline bool fast_attribute(Frame& frame, const Instr& i, const Plan& plan) {
    const Value& root = frame.base[operand_register(&i + 1, 0)];
    PyObject* found = root.tag == Tag::object ? found_attribute(plan.first, root.as_object()) : nullptr;
    if (found == nullptr) return false;
    ++stats.attributes;
    const Value result = borrow_value(found);
    consume_chain_operands(frame, i);
    put_result(frame, i, result);
    return true;
}

}  // namespace catena
