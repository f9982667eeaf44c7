#include "vm/chain_call.hpp"
#include "vm/chain_object.hpp"
#include "vm/slow.hpp"

namespace catena {
namespace {

constexpr std::size_t few_operands = 8;

// The operands of a chain instruction, gathered as the run wants them: a borrowed array.
class Operands {
public:
    Operands(const Frame& frame, const Instr& i) : count_(i.c) {
        if (count_ > few_operands) many_.resize(count_);
        Value* out = values();
        const Instr* words = &i + 1;
        for (std::size_t n = 0; n < count_; ++n) {
            const Value& r = frame.base[operand_register(words, n)];
            out[n].tag = r.tag;
            out[n].bits = r.bits;
        }
    }
    [[nodiscard]] Value* values() { return count_ > few_operands ? many_.data() : few_; }

private:
    std::size_t count_;
    Value few_[few_operands];
    std::vector<Value> many_;
};

void consume_operands(Frame& frame, const Instr& i) {
    const Instr* words = &i + 1;
    for (std::size_t n = 0; n < i.c; ++n) consume(frame, operand_register(words, n));
}

Value run_and_consume(Frame& frame, const Instr& i) {
    Operands operands(frame, i);
    const Value result = run_chain(chain_of(frame.code->chains[i.b].get()), operands.values());
    if (!result.is_error()) consume_operands(frame, i);
    return result;
}

}  // namespace

bool slow_chain(Frame& frame, const Instr& i) {
    const Value result = run_and_consume(frame, i);
    if (result.is_error()) return false;
    frame.base[i.a] = result;
    return true;
}

Called tail_chain(Thread& thread, const Instr& i, std::size_t* locals, Value* result) {
    Frame& frame = *thread.frame;
    *locals = (i.x & 1) != 0 ? operand_register(&i + 1, i.c) : frame.code->first_temporary;
    *result = run_and_consume(frame, i);
    return result->is_error() ? Called::failed : Called::done;
}

}  // namespace catena
