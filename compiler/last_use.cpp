#include "compiler/last_use.hpp"

#include <algorithm>
#include <vector>

#include "vm/closure.hpp"
#include "vm/operands.hpp"

namespace catena {
namespace {

// A set of locals, one bit each.
using Locals = std::uint64_t;
constexpr std::size_t most_locals = 64;
constexpr std::size_t most_work = std::size_t{1} << 24;  // of handlers times the instructions they cover
constexpr int most_rounds = 32;

// What one instruction does to locals, and where the code goes on after it.
struct Step {
    std::uint32_t at = 0;
    Locals reads = 0;
    Locals writes = 0;  // what was there before is of no use to anybody
    bool falls_through = true;
    std::uint32_t targets[2] = {0, 0};  // indices of instructions
    int target_count = 0;
};

bool leaves(Op op) {
    return op == Op::RETURN || op == Op::TAIL_CALL || op == Op::TAIL_CALL_PAIRS || op == Op::THROW ||
           op == Op::RERAISE || op == Op::RAISE_CURRENT;
}

class Liveness {
public:
    explicit Liveness(Code& code) : code_(code), live_(code.instrs.size() + 1, 0), caught_(code.instrs.size() + 1, 0) {}

    void mark() {
        if (!worth_while()) return;
        read_steps();
        for (int round = 0; round < most_rounds; ++round) {
            if (!flow()) return take_last_uses();
        }
    }

private:
    [[nodiscard]] bool worth_while() const {
        bool moves = false;
        for (const Instr& i : code_.instrs) moves = moves || static_cast<Op>(i.op) == Op::MOVE;
        std::size_t covered = 0;
        for (const Handler& handler : code_.handlers) covered += handler.end - handler.start + 1;
        return moves && covered < most_work;
    }

    [[nodiscard]] Locals bit(std::size_t number) const {
        return number < code_.first_temporary && number < most_locals ? Locals{1} << number : 0;
    }

    void read_steps() {
        for (std::size_t at = 0; at < code_.instrs.size();) {
            const Instr& i = code_.instrs[at];
            const OperandKinds& kinds = operand_kinds(static_cast<Op>(i.op));
            steps_.push_back(step_of(at));
            at += 1 + operand_words(i) + (kinds.branches ? 1 : 0);
        }
    }

    void field(Step& step, OperandKind kind, std::uint16_t number) const {
        if (kind == OperandKind::read || kind == OperandKind::kept) step.reads |= bit(number);
        if (kind == OperandKind::written) step.writes |= bit(number);
    }

    [[nodiscard]] Step step_of(std::size_t at) const {
        const Instr& i = code_.instrs[at];
        const Op op = static_cast<Op>(i.op);
        const OperandKinds& kinds = operand_kinds(op);
        Step step;
        step.at = static_cast<std::uint32_t>(at);
        const auto goes_to = [&](std::int64_t target) {
            step.targets[step.target_count++] = static_cast<std::uint32_t>(target);
        };
        const auto next = static_cast<std::int64_t>(at) + 1;

        field(step, kinds.a, i.a);
        if (kinds.uses_d) {
            goes_to(next + i.d());
            step.falls_through = op != Op::JUMP && op != Op::LOOP;
        } else {
            field(step, kinds.b, i.b);
            field(step, kinds.c, i.c);
        }
        if (kinds.branches) goes_to(next + code_.instrs[at + 1].d());
        if (leaves(op)) step.falls_through = false;

        if (op == Op::STORE) {
            step.reads &= ~bit(i.a);
            step.writes |= bit(i.a);
        } else if (op == Op::CLEAR) {
            for (std::size_t n = i.a; n < static_cast<std::size_t>(i.a) + i.b; ++n) step.writes |= bit(n);
        } else if (op == Op::NEXT) {
            step.reads = bit(i.b) | bit(i.b + 1u);
            goes_to(next + 1);
        } else if (op == Op::CLOSURE) {
            for (const CaptureSource& source : code_of(code_.templates[i.b].get())->captures) {
                if (source.from_register) step.reads |= bit(source.index);
            }
        } else if (runs_chain(op)) {
            step.writes = 0;
            for (std::size_t n = op == Op::CHAIN_GLOBAL ? 1 : 0; n < i.c; ++n)
                step.reads |= bit(operand_register(&code_.instrs[at + 1], n));
        }
        return step;
    }

    // An exception can leave from any instruction that a handler covers; the bounds are taken one too wide, since pc stands
    // behind the instruction that runs.
    void flow_into_handlers() {
        std::fill(caught_.begin(), caught_.end(), 0);
        for (const Handler& handler : code_.handlers) {
            const std::size_t start = handler.start == 0 ? 0 : handler.start - 1;
            for (std::size_t at = start; at <= handler.end && at < caught_.size(); ++at)
                caught_[at] |= live_[handler.entry];
        }
    }

    [[nodiscard]] Locals live_after(std::size_t n) const {
        const Step& step = steps_[n];
        Locals live = caught_[step.at];
        if (step.falls_through && n + 1 < steps_.size()) live |= live_[steps_[n + 1].at];
        for (int t = 0; t < step.target_count; ++t) live |= live_[step.targets[t]];
        return live;
    }

    // One round from the last instruction to the first; says whether anything changed.
    bool flow() {
        flow_into_handlers();
        bool changed = false;
        for (std::size_t n = steps_.size(); n-- > 0;) {
            const Step& step = steps_[n];
            // What a handler may look at is live before the instruction too, whatever it writes.
            const Locals live = (live_after(n) & ~step.writes) | step.reads | caught_[step.at];
            if (live != live_[step.at]) {
                live_[step.at] = live;
                changed = true;
            }
        }
        return changed;
    }

    void take_last_uses() {
        for (std::size_t n = 0; n < steps_.size(); ++n) {
            Instr& i = code_.instrs[steps_[n].at];
            if (static_cast<Op>(i.op) != Op::MOVE || bit(i.b) == 0 || (live_after(n) & bit(i.b)) != 0) continue;
            i.op = static_cast<std::uint8_t>(Op::TAKE);
        }
    }

    Code& code_;
    std::vector<Step> steps_;
    std::vector<Locals> live_;    // before each instruction
    std::vector<Locals> caught_;  // what the handlers that cover an instruction may read
};

}  // namespace

void mark_last_uses(Code& code) { Liveness(code).mark(); }

}  // namespace catena
