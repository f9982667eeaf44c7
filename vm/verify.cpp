#include "vm/verify.hpp"
#include "bridge/method.hpp"

#include "vm/chain_object.hpp"
#include "vm/closure.hpp"
#include "vm/helpers.hpp"
#include "vm/operands.hpp"

namespace catena {
namespace {

constexpr int helper_count = 0
#define H(NAME, COUNT, EQUATION) +1
#include "vm/helpers.def"
#undef H
    ;

class Verifier {
public:
    Verifier(const Code& code, std::size_t captures) : code_(code), captures_(captures) {}

    std::string check() {
        if (!code_.name || !code_.qualname || !code_.file || !code_.doc) return "a code without a name or a file";
        if (!code_.arities.empty()) return check_arities();
        if (code_.instrs.empty()) return "a code without instructions";
        if (code_.spans.size() != code_.instrs.size()) return "a code with more or fewer places than instructions";
        if (code_.first_temporary > code_.registers) return "more locals than registers";
        if (code_.parameters.register_count() > code_.first_temporary) return "more parameters than locals";
        if (code_.parameters.required > code_.parameters.positional.size())
            return "more required parameters than there are";
        const bool simple = code_.parameters.simple() && code_.kind == FunctionKind::plain;
        if (code_.simple_arity != -1 &&
            (!simple || code_.simple_arity != static_cast<std::int32_t>(code_.parameters.required))) {
            return "an arity that is not that of the parameters";
        }
        mark_starts();
        for (std::size_t n = 0; n < code_.instrs.size() && problem_.empty(); ++n) {
            if (!starts_[n]) continue;
            check_instruction(n);
        }
        if (problem_.empty()) check_tables();
        return problem_;
    }

private:
    std::string check_arities() {
        for (const Ref& arity : code_.arities) {
            const Code& one = *code_of(arity.get());
            if (!one.arities.empty()) return "an arity of several arities";
            std::string problem = verify(one, captures_);
            if (!problem.empty()) return problem;
        }
        return {};
    }

    // Words of operands and branch offsets are no instructions, so nothing may jump to them.
    void mark_starts() {
        starts_.assign(code_.instrs.size(), false);
        for (std::size_t n = 0; n < code_.instrs.size(); ++n) {
            const Instr& i = code_.instrs[n];
            starts_[n] = true;
            if (i.op >= opcode_count) {
                fail(n, "an unknown opcode");
                return;
            }
            const std::size_t words = operand_words(i) + (operand_kinds(static_cast<Op>(i.op)).branches ? 1 : 0);
            if (words >= code_.instrs.size() - n) {
                fail(n, "operands beyond the end");
                return;
            }
            n += words;
        }
    }

    void check_instruction(std::size_t n) {
        const Instr& i = code_.instrs[n];
        const Op op = static_cast<Op>(i.op);
        const OperandKinds& kinds = operand_kinds(op);
        check_field(n, kinds.a, i.a);
        if (kinds.uses_d) {
            check_target(n, static_cast<std::int64_t>(n) + 1 + i.d());
        } else {
            check_field(n, kinds.b, i.b);
            check_field(n, kinds.c, i.c);
        }
        if (kinds.branches) check_target(n, static_cast<std::int64_t>(n) + 1 + code_.instrs[n + 1].d());
        check_extent(n, i, op);
        if (!leaves(op) && !(op == Op::CALL_SPLAT && (i.c & 1) != 0)) {
            const std::size_t words = operand_words(i) + (kinds.branches ? 1 : 0);
            check_target(n, static_cast<std::int64_t>(n + 1 + words));
        }
    }

    void check_field(std::size_t n, OperandKind kind, std::uint16_t field) {
        switch (kind) {
            case OperandKind::written:
            case OperandKind::read:
            case OperandKind::kept: return need(n, field < code_.registers, "a register that is not there");
            // An empty window may begin after the last register; check_extent sees to the others.
            case OperandKind::window: return need(n, field <= code_.registers, "a register that is not there");
            case OperandKind::constant: return need(n, field < code_.constants.size(), "a constant that is not there");
            case OperandKind::global: return need(n, field < code_.globals.size(), "a global that is not there");
            case OperandKind::function: return need(n, field < code_.templates.size(), "a function that is not there");
            case OperandKind::capture: return need(n, field < captures_, "a capture that is not there");
            case OperandKind::site: return need(n, field < code_.call_sites.size(), "a call site that is not there");
            case OperandKind::chain: return need(n, field < code_.chains.size(), "a chain that is not there");
            default: return;
        }
    }

    // Registers that the fields only imply: windows, runs, states.
    void check_extent(std::size_t n, const Instr& i, Op op) {
        const std::size_t locals = code_.first_temporary;
        switch (op) {
            case Op::CELL_GET:
            case Op::CAPTURE_GET: return need(n, i.c < code_.names.size(), "a name that is not there");
            case Op::CLEAR: return run_of(n, i.a, i.b);
            case Op::CALL: return window(n, i.b, std::size_t{1} + i.c);
            case Op::TAIL_CALL:
                need(n, i.a <= locals, "more locals than there are");
                return window(n, i.b, std::size_t{1} + i.c);
            case Op::TAIL_CALL_PAIRS: need(n, i.a <= locals, "more locals than there are"); [[fallthrough]];
            case Op::CALL_PAIRS:
                if (i.c < code_.call_sites.size()) window(n, i.b, std::size_t{1} + code_.call_sites[i.c].count);
                return;
            case Op::CALL_SPLAT:
            case Op::SLICE: return window(n, i.b, 3);
            case Op::BUILTIN_1:
            case Op::BUILTIN_2: return need(n, i.x < code_.globals.size(), "a global that is not there");
            case Op::RETURN: return need(n, i.b <= locals, "more locals than there are");
            case Op::VECTOR:
            case Op::TUPLE:
            case Op::LIST:
            case Op::SET:
            case Op::JOIN: return window(n, i.b, i.c);
            case Op::MAP: return window(n, i.b, std::size_t{2} * i.c);
            case Op::HELPER:
                need(n, i.x < helper_count, "a helper that is not there");
                if (i.x < helper_count && helper_table[i.x].count >= 0) {
                    need(n, helper_table[i.x].count == i.c, "a helper with another number of values");
                }
                return window(n, i.b, i.c);
            case Op::UNPACK: return run_of(n, i.a, std::size_t{i.c} + (i.x == 1 ? 1 : 0));
            case Op::ITERATE: return run_of(n, i.a, 2);
            case Op::NEXT: check_target(n, static_cast<std::int64_t>(n) + 2); return run_of(n, i.b, 2);
            case Op::THROW: return run_of(n, i.a, i.b == 1 ? 2 : 1);
            case Op::YIELD:
            case Op::YIELD_FROM: return need(n, code_.kind != FunctionKind::plain, "a yield in a plain function");
            case Op::CHAIN:
            case Op::CHAIN_METHOD:
            case Op::CHAIN_STEP:
            case Op::CHAIN_GLOBAL:
            case Op::CHAIN_GET:
            case Op::CHAIN_ITEM:
            case Op::CHAIN_ITEM_I:
            case Op::CHAIN_SET_ITEM:
            case Op::CHAIN_SET_ITEM_I:
            case Op::TAIL_CHAIN: return check_chain(n, i, op);
            default: return;
        }
    }

    void check_chain(std::size_t n, const Instr& i, Op op) {
        if (i.b >= code_.chains.size()) return;
        need(n, chain_of(code_.chains[i.b].get()).slot_count == i.c, "a chain with another number of operands");
        const std::size_t least = op == Op::CHAIN_SET_ITEM                             ? 3
                                  : op == Op::CHAIN_ITEM || op == Op::CHAIN_SET_ITEM_I ? 2
                                  : op == Op::CHAIN_ITEM_I                             ? 1
                                                                                       : 0;
        need(n, i.c >= least, "an item without its operands");
        if (op == Op::CHAIN_METHOD) {
            const std::size_t next = n + 1 + operand_words(i);
            need(n,
                 next < code_.instrs.size() && static_cast<Op>(code_.instrs[next].op) == Op::RESULT &&
                     code_.instrs[next].a == i.a && code_.instrs[next].b == next - n,
                 "a method call without its result");
            const Chain& chain = chain_of(code_.chains[i.b].get());
            need(n, i.x == 0 ? is_method_call(chain) : ends_in_call(chain), "a chain that is no such call");
        }
        if (op == Op::CHAIN_STEP || op == Op::CHAIN_GLOBAL || op == Op::CHAIN_GET) {
            const Chain& chain = chain_of(code_.chains[i.b].get());
            need(n, i.c >= 1 && is_single(chain), "a chain of several steps");
            need(n, op != Op::CHAIN_GET || is_attribute(chain), "a chain that is no attribute");
        }
        const Instr* words = &code_.instrs[n + 1];
        const std::size_t first = op == Op::CHAIN_GLOBAL ? 1 : 0;
        if (first == 1) need(n, operand_register(words, 0) < code_.globals.size(), "a global that is not there");
        for (std::size_t k = first; k < i.c; ++k)
            need(n, operand_register(words, k) < code_.registers, "a register that is not there");
        const bool flagged = least > 0 || op == Op::CHAIN_STEP || op == Op::CHAIN_GLOBAL || op == Op::CHAIN_GET;
        if (flagged && (i.x & item_temporaries) == 0) {
            for (std::size_t k = first; k < i.c; ++k)
                need(n, operand_register(words, k) < code_.first_temporary, "a temporary that nothing consumes");
        }
        if (op == Op::TAIL_CHAIN && (i.x & 1) != 0) {
            need(n, operand_register(words, i.c) <= code_.first_temporary, "more locals than there are");
        }
    }

    void check_tables() {
        const bool other_body = code_.by_name < code_.instrs.size() && starts_[code_.by_name];
        if (!other_body || (code_.by_name == 0) != code_.core_names.empty())
            return fail(0, "a second body that is none");
        for (const Handler& h : code_.handlers) {
            const bool inside = h.start <= h.end && h.end <= code_.instrs.size() && h.entry < code_.instrs.size() &&
                                starts_[h.entry] && h.target < code_.registers &&
                                h.locals_from <= code_.first_temporary && h.temporaries_from <= code_.registers;
            if (!inside) return fail(h.start, "a handler that points outside");
        }
        for (const CallSite& site : code_.call_sites) {
            bool right = site.pair_at.empty() ||
                         (site.names && PyTuple_CheckExact(site.names.get()) &&
                          static_cast<std::size_t>(PyTuple_GET_SIZE(site.names.get())) == site.pair_at.size());
            std::size_t next = 0;
            for (const std::uint16_t at : site.pair_at) {
                right = right && at >= next && at + 1u < site.count;
                next = std::size_t{at} + 2;
            }
            if (!right) return fail(0, "a call site that does not fit its call");
        }
        for (const Ref& function : code_.templates) {
            const Code& inner = *code_of(function.get());
            for (const CaptureSource& source : inner.captures) {
                if (source.index >= (source.from_register ? code_.registers : captures_))
                    return fail(0, "a capture from nowhere");
            }
            std::string problem = verify(inner, inner.captures.size());
            if (!problem.empty()) problem_ = std::move(problem);
        }
    }

    static bool leaves(Op op) {
        return op == Op::RETURN || op == Op::TAIL_CALL || op == Op::TAIL_CALL_PAIRS || op == Op::TAIL_CHAIN ||
               op == Op::JUMP || op == Op::LOOP || op == Op::THROW || op == Op::RERAISE || op == Op::RAISE_CURRENT;
    }

    void check_target(std::size_t n, std::int64_t target) {
        const auto size = static_cast<std::int64_t>(code_.instrs.size());
        need(n, target >= 0 && target < size && starts_[static_cast<std::size_t>(target)], "a way out of the code");
    }

    void window(std::size_t n, std::size_t first, std::size_t count) {
        need(n, first + count <= code_.registers, "a window beyond the registers");
        need(n, count == 0 || first >= code_.first_temporary, "a window of locals");
    }
    void run_of(std::size_t n, std::size_t first, std::size_t count) {
        need(n, first + count <= code_.registers, "registers that are not there");
    }

    void need(std::size_t n, bool holds, const char* what) {
        if (!holds) fail(n, what);
    }
    void fail(std::size_t n, const char* what) {
        if (!problem_.empty()) return;
        const char* name = code_.name ? PyUnicode_AsUTF8(code_.name.get()) : nullptr;
        if (name == nullptr) PyErr_Clear();
        const char* op = n < code_.instrs.size() && code_.instrs[n].op < opcode_count
                             ? opcode_name(static_cast<Op>(code_.instrs[n].op))
                             : "?";
        problem_ =
            std::string(name != nullptr ? name : "?") + ", instruction " + std::to_string(n) + " " + op + ": " + what;
    }

    const Code& code_;
    std::size_t captures_;
    std::vector<bool> starts_;
    std::string problem_;
};

}  // namespace

std::string verify(const Code& code, std::size_t captures) { return Verifier(code, captures).check(); }

}  // namespace catena
