#include "vm/trace_reader.hpp"

#include <algorithm>
#include <utility>

#include "bridge/guards.hpp"
#include "vm/chain_object.hpp"
#include "vm/slow.hpp"

namespace catena {
namespace {

using Input = TraceInput;
using Callee = TraceCallee;
using Written = TraceWrite;

bool is_unary(ArrayOperation operation) {
    return operation == ArrayOperation::negative || operation == ArrayOperation::invert;
}

bool has_constant(Op op) {
    switch (op) {
        case Op::ADD_K:
        case Op::SUB_K:
        case Op::MUL_K:
        case Op::DIV_K:
        case Op::FLOORDIV_K:
        case Op::MOD_K:
        case Op::LT_K:
        case Op::LE_K:
        case Op::GT_K:
        case Op::GE_K:
        case Op::EQ_K:
        case Op::NE_K: return true;
        default: return false;
    }
}

// Reads instructions ahead and keeps what the registers would hold, without holding it.
class Reader {
public:
    Reader(const Code& code, std::size_t begin, std::size_t most_nodes)
        : code_(code), begin_(begin), at_(begin), most_nodes_(std::min(most_nodes, most_array_nodes)) {}

    // Null when not even the first operation can be part of a program.
    std::shared_ptr<Trace> read() {
        while (at_ < code_.instrs.size() && step()) {
        }
        if (known_.program_nodes.empty()) return nullptr;
        auto trace = std::make_shared<Trace>();
        trace->end = static_cast<std::uint32_t>(known_.end);
        drop_dead();
        trace->program.nodes = known_.program_nodes;
        trace->program.input_count = known_.inputs.size();
        for (const Written& w : known_.written) {
            auto& results = trace->program.results;
            if (w.source >= 0 && std::find(results.begin(), results.end(), w.source) == results.end())
                results.push_back(w.source);
        }
        std::sort(trace->program.results.begin(), trace->program.results.end());
        trace->inputs = std::move(known_.inputs);
        trace->callees = std::move(known_.callees);
        trace->consumed = std::move(known_.consumed);
        trace->written = std::move(known_.written);
        trace->chains = known_.chains;
        trace->chain_steps = known_.chain_steps;
        trace->leaves = leaves_ != nullptr;
        if (leaves_ != nullptr) trace->end = static_cast<std::uint32_t>(leaves_ - code_.instrs.data());
        return trace;
    }

private:
    struct State {
        std::vector<ArrayNode> program_nodes;
        std::vector<Input> inputs;
        std::vector<Callee> callees;
        std::vector<std::uint16_t> consumed;
        std::vector<Written> written;
        std::uint32_t chains = 0;
        std::uint32_t chain_steps = 0;
        std::size_t end = 0;
    };

    // False: the trace ends before this instruction, or behind it.
    bool step() {
        const Instr& i = code_.instrs[at_];
        const Op op = static_cast<Op>(i.op);
        if (now_.written.size() >= most_written || now_.inputs.size() + 4 >= most_array_inputs) return false;
        switch (op) {
            case Op::CONST: write(i.a, input({Input::constant, i.b, {}})); break;
            case Op::MOVE:
            case Op::TAKE: write(i.a, operand(i.b)); break;
            case Op::GLOBAL: write(i.a, input({Input::global, i.b, {}})); break;
            case Op::CAPTURE: write(i.a, input({Input::capture, i.b, {}})); break;
            case Op::CHAIN:
            case Op::TAIL_CHAIN:
            case Op::CHAIN_STEP:
            case Op::CHAIN_GLOBAL:
            case Op::CHAIN_GET:
            case Op::CHAIN_METHOD: return chain(i, op);
            case Op::CALL: return call(i);
            default: return operation(i, op);
        }
        ++at_;
        return true;
    }

    bool operation(const Instr& i, Op op) {
        const auto what = array_operation_of(op);
        if (!what || full()) return false;
        ArrayNode node;
        node.operation = *what;
        node.count = is_unary(*what) ? 1 : 2;
        node.operands[0] = operand(i.b);
        if (node.count == 2) node.operands[1] = has_constant(op) ? input({Input::constant, i.c, {}}) : operand(i.c);
        add(node, i.a, at_ + 1);
        return true;
    }

    // `value module | get NAME | call …` with a few positional arguments.
    bool chain(const Instr& i, Op op) {
        const Plan& plan = *chain_of(code_.chains[i.b].get()).plan();
        const Instruction& in = plan.first;
        if (!plan.imports && plan.rest.empty() && in.generic == run_get) return get(i, op, plan);
        if (full() || plan.imports || !plan.rest.empty() || in.generic != run_method || in.kwnames != nullptr)
            return false;
        if (in.count == 0 || in.count > most_array_operands || plan.root.index < 0 || i.c > 4) return false;
        if (_PyType_Lookup(&PyModule_Type, in.name) != nullptr) return false;
        // The chain reads its operands in the registers that the words name; a global as the root has a number of its own.
        std::int16_t slots[4];
        const Instr* words = &i + 1;
        const std::size_t own = op == Op::CHAIN_GLOBAL ? 1 : 0;
        for (std::size_t n = own; n < i.c; ++n) slots[n] = operand(operand_register(words, n));
        const auto slot_of = [&](std::int32_t number) -> std::int16_t {
            for (std::size_t n = own; n < i.c; ++n) {
                if (operand_register(words, n) == number) return slots[n];
            }
            return 0;
        };
        const std::int16_t module =
            own == 1 ? input({Input::global, operand_register(words, 0), {}}) : slot_of(plan.root.index);
        if (module >= 0) return false;
        ArrayNode node;
        node.count = static_cast<std::uint8_t>(in.count);
        for (std::size_t k = 0; k < in.count; ++k) {
            const std::int32_t source = in.sources[k].index;
            node.operands[k] = source >= 0
                                   ? slot_of(source)
                                   : input({Input::of_chain, 0, plan.constants[static_cast<std::size_t>(~source)]});
        }
        node.function = static_cast<std::int16_t>(now_.callees.size());
        now_.callees.push_back({static_cast<std::size_t>(~module), in.name, {}});
        // The one that a trace begins with is counted already.
        if (at_ != begin_) {
            ++now_.chains;
            now_.chain_steps += plan.step_count;
        }
        const bool tail = op == Op::TAIL_CHAIN;
        if (tail) leaves_ = &i;
        // Behind the words of a method call is the register again.
        add(node, i.a, at_ + 1 + operand_words(i) + (op == Op::CHAIN_METHOD ? 1 : 0));
        return !tail;
    }

    // `value module | get NAME`, a number most likely.
    bool get(const Instr& i, Op op, const Plan& plan) {
        if (op == Op::TAIL_CHAIN || op == Op::CHAIN_METHOD || i.c != 1) return false;
        if (_PyType_Lookup(&PyModule_Type, plan.first.name) != nullptr) return false;
        const std::uint16_t number = operand_register(&i + 1, 0);
        const std::int16_t module = op == Op::CHAIN_GLOBAL ? input({Input::global, number, {}}) : operand(number);
        if (module >= 0) return false;
        Input in{Input::member, static_cast<std::uint16_t>(~module), {}};
        in.name = plan.first.name;
        write(i.a, input(in));
        ++now_.chains;
        now_.chain_steps += plan.step_count;
        at_ += 1 + operand_words(i);
        return true;
    }

    bool call(const Instr& i) {
        if (full() || i.c == 0 || i.c > most_array_operands) return false;
        const std::int16_t callee = operand(i.b);
        if (callee >= 0) return false;
        ArrayNode node;
        node.count = static_cast<std::uint8_t>(i.c);
        for (std::size_t k = 0; k < i.c; ++k) node.operands[k] = operand(static_cast<std::uint16_t>(i.b + 1 + k));
        node.function = static_cast<std::int16_t>(now_.callees.size());
        now_.callees.push_back({static_cast<std::size_t>(~callee), nullptr, {}});
        add(node, i.a, at_ + 1);
        return true;
    }

    [[nodiscard]] bool full() const { return now_.program_nodes.size() >= most_nodes_; }

    void add(const ArrayNode& node, std::uint16_t target, std::size_t next) {
        write(target, static_cast<std::int16_t>(now_.program_nodes.size()));
        now_.program_nodes.push_back(node);
        at_ = now_.end = next;
        known_ = now_;
    }

    std::int16_t input(const Input& in) {
        const auto found = std::find(now_.inputs.begin(), now_.inputs.end(), in);
        if (found == now_.inputs.end()) {
            now_.inputs.push_back(in);
            return static_cast<std::int16_t>(~static_cast<std::int16_t>(now_.inputs.size() - 1));
        }
        return static_cast<std::int16_t>(~static_cast<std::int16_t>(found - now_.inputs.begin()));
    }

    // What a register holds when it is read; a temporary holds nothing afterwards.
    std::int16_t operand(std::uint16_t number) {
        const bool temporary = number >= code_.first_temporary;
        for (auto w = now_.written.begin(); w != now_.written.end(); ++w) {
            if (w->number != number) continue;
            const std::int16_t source = w->source;
            if (temporary) now_.written.erase(w);
            return source;
        }
        if (temporary) now_.consumed.push_back(number);
        return input({Input::in_register, number, {}});
    }

    void write(std::uint16_t number, std::int16_t source) {
        for (Written& w : now_.written) {
            if (w.number == number) {
                w.source = source;
                return;
            }
        }
        now_.written.push_back({number, source});
    }

    // Locals that the next instruction ends the life of need not be made.
    void drop_dead() {
        const auto drop = [&](std::size_t from, std::size_t count, std::size_t kept) {
            std::erase_if(known_.written, [&](const Written& w) {
                return w.number != kept && w.number >= from && w.number < from + count;
            });
        };
        if (leaves_ != nullptr) return drop(0, released_locals(code_, *leaves_), leaves_->a);
        if (known_.end >= code_.instrs.size()) return;
        const Instr& next = code_.instrs[known_.end];
        if (static_cast<Op>(next.op) == Op::RETURN) drop(0, next.b, next.a);
        if (static_cast<Op>(next.op) == Op::CLEAR) drop(next.a, next.b, code_.registers);
    }

    const Code& code_;
    std::size_t begin_;
    std::size_t at_;
    std::size_t most_nodes_;
    State now_;                      // as far as it was read
    State known_;                    // as far as the last operation
    const Instr* leaves_ = nullptr;  // the call in tail position that all ends with
};

}  // namespace

std::optional<ArrayOperation> array_operation_of(Op op) {
    switch (op) {
#define EITHER(NAME, OPERATION) \
    case Op::NAME:              \
    case Op::NAME##_K: return ArrayOperation::OPERATION;
        EITHER(ADD, add)
        EITHER(SUB, subtract)
        EITHER(MUL, multiply)
        EITHER(DIV, true_divide)
        EITHER(FLOORDIV, floor_divide)
        EITHER(MOD, remainder)
        EITHER(LT, less)
        EITHER(LE, less_equal)
        EITHER(GT, greater)
        EITHER(GE, greater_equal)
        EITHER(EQ, equal)
        EITHER(NE, not_equal)
#undef EITHER
        case Op::POW: return ArrayOperation::power;
        case Op::BIT_AND: return ArrayOperation::bitwise_and;
        case Op::BIT_OR: return ArrayOperation::bitwise_or;
        case Op::BIT_XOR: return ArrayOperation::bitwise_xor;
        case Op::SHIFT_LEFT: return ArrayOperation::left_shift;
        case Op::SHIFT_RIGHT: return ArrayOperation::right_shift;
        case Op::NEG: return ArrayOperation::negative;
        case Op::BIT_NOT: return ArrayOperation::invert;
        default: return std::nullopt;
    }
}

std::shared_ptr<Trace> read_trace(const Code& code, std::size_t begin, std::size_t most_nodes) {
    return Reader(code, begin, most_nodes).read();
}

}  // namespace catena
