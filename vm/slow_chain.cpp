#include <cstddef>

#include "bridge/callee.hpp"
#include "bridge/method.hpp"
#include "bridge/plan.hpp"
#include "vm/chain_call.hpp"
#include "vm/chain_object.hpp"
#include "vm/slow.hpp"

namespace catena {
namespace {

void consume_operands(Frame& frame, const Instr& i) {
    const Instr* words = &i + 1;
    for (std::size_t n = 0; n < i.c; ++n) consume(frame, operand_register(words, n));
}

void explain_refused_pairs(const Chain& chain) {
    const Step& step = chain.steps[static_cast<std::size_t>(chain.failed_step())];
    for (const Argument& argument : step.arguments) {
        if (argument.kind == Argument::Kind::keyword && argument.written)
            return hint_at_quoting(argument.written.get());
    }
}

// The last call of a chain, moved into a window above the running frame's registers.
struct TailWindow : TailCall {
    explicit TailWindow(Thread& running) : thread(running), guard(running, nullptr) {
        wants = is_function;
        take = take_call;
    }

    static bool is_function(PyObject* callable) {
        return is_closure(PyMethod_Check(callable) ? PyMethod_GET_FUNCTION(callable) : callable);
    }

    static bool take_call(TailCall& self, PyObject* callable, PyObject* receiver, const Value* arguments,
                          std::size_t given, PyObject* names) {
        TailWindow& tail = static_cast<TailWindow&>(self);
        Value* window = stack_top(tail.thread);
        const std::size_t count = given + (receiver != nullptr ? 1 : 0);
        if (window >= tail.thread.value_limit || count > few_registers) return false;
        // The guard of this call, which its destructor takes back.
        tail.thread.guard = window + count + 2;
        window[0] = Value::object(Py_NewRef(callable));
        if (receiver != nullptr) window[1] = borrow_value(receiver);
        for (std::size_t n = 0; n < given; ++n) {
            const Value v = arguments[n];
            v.retain();
            window[count - given + 1 + n] = v;
        }
        tail.names = borrow(names);
        tail.window = window;
        tail.count = count;
        return true;
    }

    // Fewer than what lies behind the limit of the stack.
    static constexpr std::size_t few_registers = 0xffff;

    Thread& thread;
    Guard guard;
    Value* window = nullptr;
    std::size_t count = 0;
    Ref names;
};

Called call_taken(Thread& thread, const Chain& chain, const TailWindow& tail, Value* result) {
    const Called called = call_window(thread, tail.window, tail.count, tail.names.get(), result);
    if (called == Called::failed) explain_refused_pairs(chain);
    return called;
}

// Whether nobody wants the result of this instruction.
bool drops_result(const Instr& i) {
    return (i.x & item_unwanted) != 0 &&
           (static_cast<Op>(i.op) == Op::CHAIN_SET_ITEM || static_cast<Op>(i.op) == Op::CHAIN_SET_ITEM_I);
}

[[gnu::always_inline]] inline void put_chain_result(Frame& frame, const Instr& i, const Value& result) {
    if (drops_result(i)) {
        result.release();
        return;
    }
    Value& target = frame.base[i.a];
    target.tag = result.tag;
    target.bits = result.bits;
}

}  // namespace

bool slow_chain(Frame& frame, const Instr& i) {
    Chain& chain = chain_of(frame.code->chains[i.b].get());
    const Value result = run_chain(chain, frame.base);
    if (result.is_error()) {
        explain_refused_pairs(chain);
        return false;
    }
    consume_operands(frame, i);
    put_chain_result(frame, i, result);
    return true;
}

void explain_chain_error(Frame& frame, const Instr& i) {
    explain_refused_pairs(chain_of(frame.code->chains[i.b].get()));
}

Called tail_chain(Thread& thread, const Instr& i, std::size_t* locals, Value* result) {
    Frame& frame = *thread.frame;
    *locals = released_locals(*frame.code, i);
    TailWindow tail(thread);
    Chain& chain = chain_of(frame.code->chains[i.b].get());
    *result = run_chain_tail(chain, frame.base, tail);
    if (result->is_error()) {
        explain_refused_pairs(chain);
        return Called::failed;
    }
    consume_operands(frame, i);
    if (!tail.taken) return Called::done;
    return call_taken(thread, chain, tail, result);
}

namespace {

[[gnu::noinline]] Called run_into_frame(Thread& thread, Frame& frame, const Instr& i, const Instr* behind) {
    Chain& chain = chain_of(frame.code->chains[i.b].get());
    TailWindow tail(thread);
    Value result = run_chain_tail(chain, frame.base, tail);
    if (result.is_error()) {
        explain_refused_pairs(chain);
        return Called::failed;
    }
    consume_operands(frame, i);
    if (tail.taken) {
        frame.pc = behind;
        const Called called = call_taken(thread, chain, tail, &result);
        if (called != Called::done) return called;
    }
    put_chain_result(frame, i, result);
    return Called::done;
}

}  // namespace

Called method_chain(Thread& thread, const Instr& i, const Instr* behind) {
    Frame& frame = *thread.frame;
    if (may_call_any(*chain_of(frame.code->chains[i.b].get()).plan())) return run_into_frame(thread, frame, i, behind);
    return slow_chain(frame, i) ? Called::done : Called::failed;
}

}  // namespace catena
