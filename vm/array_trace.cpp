#include "vm/array_trace.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "bridge/array_program.hpp"
#include "bridge/dict_cache.hpp"
#include "bridge/guards.hpp"
#include "bridge/numpy_scalars.hpp"
#include "vm/chain_object.hpp"
#include "vm/fast_globals.hpp"
#include "vm/module.hpp"
#include "vm/slow.hpp"

namespace catena {
namespace {

// Where an input of the program comes from.
struct Input {
    enum Kind : std::uint8_t { in_register, constant, global, capture, of_chain } kind = in_register;
    std::uint16_t index = 0;
    Value value;  // of_chain: borrowed from a chain of the code

    friend bool operator==(const Input& a, const Input& b) {
        return a.kind == b.kind && a.index == b.index && a.value.tag == b.value.tag && a.value.bits == b.value.bits;
    }
};

// The callee of a call: an input itself, or an attribute of one, which is a module.
struct Callee {
    std::size_t input = 0;
    PyObject* name = nullptr;  // borrowed from a chain of the code
    DictCache cache;
};

// A register that the instructions leave written: an earlier node, or ~n: a copy of input n.
struct Written {
    std::uint16_t number = 0;
    std::int16_t source = 0;
};

struct Trace {
    ArrayProgram program;
    std::vector<Input> inputs;
    std::vector<Callee> callees;
    std::vector<std::uint16_t> consumed;  // temporaries that held operands
    std::vector<Written> written;
    std::uint32_t end = 0;     // the instruction to go on with
    std::uint32_t chains = 0;  // how many chains the trace takes the place of
    bool returns = false;      // the last one was a call in tail position: go on with `leave`
    Instr leave;
    std::uint16_t patience = 0;  // executions that are left alone
    std::uint16_t backoff = 0;
    std::uint16_t left = 0;  // of a trace that was cut short: executions until the whole is tried again; 0: it is whole
};

// Of a trace that was cut short.
constexpr std::uint16_t executions_until_whole = 500;

constexpr std::size_t most_written = 32;

std::optional<ArrayOperation> operation_of(Op op) {
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
        trace->returns = returns_;
        trace->leave = leave_;
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
            case Op::CHAIN_METHOD: return chain(i, op);
            case Op::CALL: return call(i);
            default: return operation(i, op);
        }
        ++at_;
        return true;
    }

    bool operation(const Instr& i, Op op) {
        const auto what = operation_of(op);
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
        if (at_ != begin_) ++now_.chains;
        const bool tail = op == Op::TAIL_CHAIN;
        if (tail) {
            const std::uint16_t locals = (i.x & 1) != 0 ? operand_register(words, i.c) : code_.first_temporary;
            leave_ = Instr{static_cast<std::uint8_t>(Op::RETURN), 0, i.a, locals, 0};
            returns_ = true;
        }
        // Behind the words of a method call is the register again.
        add(node, i.a, at_ + 1 + operand_words(i) + (op == Op::CHAIN_METHOD ? 1 : 0));
        return !tail;
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
        if (returns_) return drop(0, leave_.b, leave_.a);
        if (known_.end >= code_.instrs.size()) return;
        const Instr& next = code_.instrs[known_.end];
        if (static_cast<Op>(next.op) == Op::RETURN) drop(0, next.b, next.a);
        if (static_cast<Op>(next.op) == Op::CLEAR) drop(next.a, next.b, code_.registers);
    }

    const Code& code_;
    std::size_t begin_;
    std::size_t at_;
    std::size_t most_nodes_;
    State now_;    // as far as it was read
    State known_;  // as far as the last operation
    bool returns_ = false;
    Instr leave_;
};

// The value of a name, borrowed; null when finding it takes more than a look into its module.
PyObject* known_global(const Code& code, GlobalName& global) {
    if (PyObject* cached = cached_global(global)) return cached;
    PyObject* dict = global.dict ? global.dict.get() : !global.module ? code.globals_dict.get() : nullptr;
    return dict != nullptr ? cached_lookup(dict, global.name.get(), global.own_cache) : nullptr;
}

// The canonical value of an object that somebody else keeps alive.
Value borrowed_value(PyObject* object) {
    const Value value = borrow_value(object);
    value.release();
    return value;
}

// False when a value is not at hand.
bool gather(const Frame& frame, const Trace& trace, Value* values) {
    for (std::size_t n = 0; n < trace.inputs.size(); ++n) {
        const Input& input = trace.inputs[n];
        switch (input.kind) {
            case Input::in_register: values[n] = frame.base[input.index]; break;
            case Input::constant: values[n] = frame.constants[input.index]; break;
            case Input::of_chain: values[n] = input.value; break;
            case Input::global: {
                PyObject* object = known_global(*frame.code, frame.code->globals[input.index]);
                if (object == nullptr) return false;
                values[n] = borrowed_value(object);
                break;
            }
            case Input::capture: {
                PyObject* running = running_object(frame);
                if (!is_closure(running)) return false;
                values[n] = reinterpret_cast<Closure*>(running)->captures[input.index];
                break;
            }
        }
    }
    return true;
}

// The functions that are called, borrowed; null: not at hand.
void find_callees(Trace& trace, const Value* values, PyObject** functions) {
    for (std::size_t n = 0; n < trace.callees.size(); ++n) {
        Callee& callee = trace.callees[n];
        const Value& v = values[callee.input];
        functions[n] = v.is_object() ? v.as_object() : nullptr;
        if (callee.name == nullptr) continue;
        functions[n] =
            is_exact_module(v) ? cached_lookup(module_dict(v.as_object()), callee.name, callee.cache) : nullptr;
    }
}

// Writes the registers and gives up what they held and what was consumed; all is in place before the first release.
void commit(Frame& frame, const Trace& trace, const Value* inputs, const Value* results) {
    Value dead[most_written + most_array_inputs + most_array_nodes];
    std::size_t count = 0;
    Value fresh[most_written];
    std::size_t at = 0;
    for (const Written& w : trace.written) {
        Value& value = fresh[at++];
        if (w.source < 0) {
            value = inputs[~w.source];
        } else {
            const auto& names = trace.program.results;
            value = results[std::find(names.begin(), names.end(), w.source) - names.begin()];
        }
        value.retain();
    }
    const auto bury = [&](std::uint16_t number) {
        Value& r = frame.base[number];
        if (r.is_object()) dead[count++] = std::exchange(r, Value::nil());
    };
    for (const std::uint16_t number : trace.consumed) bury(number);
    at = 0;
    for (const Written& w : trace.written) {
        bury(w.number);
        frame.base[w.number] = fresh[at++];
    }
    for (std::size_t n = 0; n < trace.program.results.size(); ++n) results[n].release();
    ++stats.array_programs;
    stats.array_steps += trace.program.nodes.size();
    stats.chains += trace.chains;
    stats.steps += 3 * std::uint64_t{trace.chains};
    for (std::size_t n = 0; n < count; ++n) dead[n].release();
}

void lose_patience(Trace& trace) {
    trace.backoff = static_cast<std::uint16_t>(trace.backoff < 256 ? trace.backoff * 2 + 1 : trace.backoff);
    trace.patience = trace.backoff;
}

}  // namespace

// References to what a run reads, which may be names that others change while it asks for settings or gives up the GIL.
class Held {
public:
    Held(const Value* values, std::size_t count) : values_(values), count_(count) {
        for (std::size_t n = 0; n < count; ++n) values[n].retain();
    }
    ~Held() {
        for (std::size_t n = 0; n < count_; ++n) values_[n].release();
    }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

private:
    const Value* values_;
    std::size_t count_;
};

// One place for each instruction; empty where nothing was tried.
struct ArrayTraces {
    std::vector<std::shared_ptr<Trace>> at;
};

bool is_array(const Value& v) { return v.tag == Tag::object && is_plain_array(v.as_object()); }

bool run_array_trace(Frame& frame, const Instr& i) {
    Code& code = *frame.code;
    const auto index = static_cast<std::size_t>(&i - code.instrs.data());
    if (code.array_traces == nullptr) {
        code.array_traces = std::make_shared<ArrayTraces>();
        code.array_traces->at.resize(code.instrs.size());
    }
    auto& place = code.array_traces->at[index];
    if (place == nullptr) {
        place = Reader(code, index, most_array_nodes).read();
        if (place == nullptr) return false;
    }
    // Held: another thread may come by here while this one evaluates.
    for (std::shared_ptr<Trace> trace = place;;) {
        if (trace->patience > 0) {
            --trace->patience;
            return false;
        }
        Value values[most_array_inputs], results[most_array_nodes];
        PyObject* functions[most_array_nodes];
        if (!gather(frame, *trace, values)) return false;
        find_callees(*trace, values, functions);
        if (trace->left > 0 && --trace->left == 0) place.reset();
        const Held held(values, trace->inputs.size());
        std::size_t refused;
        if (trace->program.run(values, functions, results, &refused)) {
            commit(frame, *trace, values, results);
            trace->backoff = 0;
            resume_at = trace->returns ? &trace->leave : code.instrs.data() + trace->end;
            return true;
        }
        if (refused > 0 && refused < trace->program.nodes.size()) {
            // As far as it goes; behind that the operation does its own work, and another trace may begin.
            trace = Reader(code, index, refused).read();
            if (trace == nullptr) return false;
            trace->left = executions_until_whole;
            place = trace;
            continue;
        }
        lose_patience(*trace);
        return false;
    }
}

bool run_chain_trace(const Plan& plan, const Value* operands) {
    if (running_thread == nullptr) return false;
    Frame& frame = *running_thread->frame;
    if (frame.code == nullptr || frame.base != operands) return false;
    const Instr& i = frame.pc[-1];
    if (!runs_chain(static_cast<Op>(i.op)) || chain_of(frame.code->chains[i.b].get()).plan() != &plan) return false;
    return run_array_trace(frame, i);
}

}  // namespace catena
