// The runners of chains: from the root through the instructions.
#include <utility>

#include "bridge/callee.hpp"
#include "bridge/plan.hpp"

namespace catena {

Value fail(Plan& plan, std::uint32_t step) {
    plan.failed_step = static_cast<int>(step);
    if (!PyErr_Occurred()) PyErr_SetString(PyExc_SystemError, "a call failed without setting an exception");
    return Value::error();
}

namespace {

PyObject* import_function() {
    static PyObject* const name = PyUnicode_InternFromString("__import__");
    static DictCache cache;
    return cached_lookup(PyEval_GetBuiltins(), name, cache);
}

// `import` as a statement does it, except that the last module of a dotted path comes back. A module that a full
// import found before is taken from sys.modules as long as it stands there and nobody replaced `__import__`.
Value import_root(Plan& plan) {
    static PyObject* const original = import_function();
    if (plan.imported != nullptr && import_function() == original) {
        Ref module = steal(PyImport_GetModule(plan.import_name));
        if (module && module == plan.imported) {
            ++stats.cache_hits;
            return Value::object(module.release());
        }
        if (!module && PyErr_Occurred()) return fail(plan, 0);
    }
    ++stats.cache_misses;
    Ref module = steal(PyImport_Import(plan.import_name));
    if (!module) return fail(plan, 0);
    // Whoever puts an int into sys.modules gets it back unboxed, and nothing is remembered.
    plan.imported = PyModule_Check(module.get()) ? module.get() : nullptr;
    return steal_value(module.release());
}

void release_register(Value& v) {
    const Value old = v;
    v = Value::nil();
    old.release();
}

// Where the root is kept when it is this run's own.
Value* root_owner(const Plan& plan, Value* operands) { return plan.owns_root ? operands + plan.root.index : nullptr; }

// Runs the instructions; takes over `it` if it is owned.
Value run_from(Plan& plan, Value it, bool owned, Value* operands) {
    Instruction* in = &plan.first;
    Value intermediate = owned ? it : Value::nil();
    Value* owner = owned ? &intermediate : root_owner(plan, operands);
    for (std::size_t next = 0;; ++next) {
        const Value result = in->handler(plan, *in, it, operands, owner);
        // Releasing can run Python code, and that can run this very chain.
        const int failed = plan.failed_step;
        intermediate.release();
        if (result.is_error()) {
            plan.failed_step = failed;
            return result;
        }
        if (next == plan.rest.size()) return result;
        for (const std::uint16_t place : in->dying) release_register(operands[place]);
        intermediate = it = result;
        owner = &intermediate;
        in = &plan.rest[next];
    }
}

// A root that is an operand, and one instruction: most chains.
Value run_single(Plan* plan, Value* operands) {
    ++stats.chains;
    stats.steps += plan->step_count;
    return plan->first.handler(*plan, plan->first, plan->read(plan->root, operands), operands,
                               root_owner(*plan, operands));
}

Value run_several(Plan* plan, Value* operands) {
    ++stats.chains;
    stats.steps += plan->step_count;
    return run_from(*plan, plan->read(plan->root, operands), false, operands);
}

Value run_import(Plan* plan, Value* operands) {
    ++stats.chains;
    stats.steps += plan->step_count;
    const Value it = import_root(*plan);
    if (it.is_error() || plan->first.handler == nullptr) return it;
    return run_from(*plan, it, true, operands);
}

Value run_root(Plan* plan, Value* operands) {
    ++stats.chains;
    stats.steps += plan->step_count;
    const Value it = plan->read(plan->root, operands);
    it.retain();
    return it;
}

}  // namespace

Value run_chain_tail(Chain& chain, Value* operands, TailCall& tail) {
    Plan& plan = *chain.plan_;
    tail.instruction = plan.rest.empty() ? &plan.first : &plan.rest.back();
    tail.operands = operands;
    TailCall* outer = std::exchange(expected_tail, &tail);
    const Value result = run_chain(chain, operands);
    expected_tail = outer;
    // Whatever goes wrong from here on is that call's fault.
    if (tail.taken) plan.failed_step = static_cast<int>(plan.step_count) - 1;
    return result;
}

Runner choose_runner(const Plan& plan) {
    if (plan.imports) return run_import;
    if (plan.first.handler == nullptr) return run_root;
    return plan.rest.empty() ? run_single : run_several;
}

}  // namespace catena
