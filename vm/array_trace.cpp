#include "vm/array_trace.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "bridge/guards.hpp"
#include "bridge/numpy_scalars.hpp"
#include "vm/chain_object.hpp"
#include "vm/fast_globals.hpp"
#include "vm/module.hpp"
#include "vm/slow.hpp"
#include "vm/trace_reader.hpp"

namespace catena {
namespace {

// Of a trace that was cut short.
constexpr std::uint16_t executions_until_whole = 500;

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

// The value of an input, borrowed; `missing` when it is not at hand: then no operation takes it.
Value value_of(const Frame& frame, TraceInput& input, const Value* before) {
    PyObject* object = nullptr;
    switch (input.kind) {
        case TraceInput::in_register: return frame.base[input.index];
        case TraceInput::constant: return frame.constants[input.index];
        case TraceInput::of_chain: return input.value;
        case TraceInput::global: object = known_global(*frame.code, frame.code->globals[input.index]); break;
        case TraceInput::member:
            if (!is_exact_module(before[input.index])) break;
            object = cached_lookup(module_dict(before[input.index].as_object()), input.name, input.cache);
            break;
        case TraceInput::capture: {
            PyObject* running = running_object(frame);
            if (is_closure(running)) return reinterpret_cast<Closure*>(running)->captures[input.index];
        }
    }
    return object != nullptr ? borrowed_value(object) : Value::missing();
}

void gather(const Frame& frame, Trace& trace, Value* values) {
    for (std::size_t n = 0; n < trace.inputs.size(); ++n) values[n] = value_of(frame, trace.inputs[n], values);
}

// The functions that are called, borrowed; null: not at hand.
void find_callees(Trace& trace, const Value* values, PyObject** functions) {
    for (std::size_t n = 0; n < trace.callees.size(); ++n) {
        TraceCallee& callee = trace.callees[n];
        const Value& v = values[callee.input];
        functions[n] = v.is_object() ? v.as_object() : nullptr;
        if (callee.name == nullptr) continue;
        functions[n] =
            is_exact_module(v) ? cached_lookup(module_dict(v.as_object()), callee.name, callee.cache) : nullptr;
    }
}

// Writes the registers and gives up what they held and what was consumed; all is in place before the first release.
void commit(Frame& frame, const Trace& trace, const Value* inputs, const Value* results) {
    PyObject* dead[most_written + most_array_inputs + most_array_nodes];
    std::size_t count = 0;
    Value fresh[most_written];
    std::size_t at = 0;
    for (const TraceWrite& w : trace.written) {
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
        if (r.is_object()) dead[count++] = std::exchange(r, Value::nil()).as_object();
    };
    for (const std::uint16_t number : trace.consumed) bury(number);
    at = 0;
    for (const TraceWrite& w : trace.written) {
        bury(w.number);
        frame.base[w.number] = fresh[at++];
    }
    for (std::size_t n = 0; n < trace.program.results.size(); ++n) results[n].release();
    ++stats.array_programs;
    stats.array_steps += trace.program.nodes.size();
    stats.chains += trace.chains;
    stats.steps += trace.chain_steps;
    for (std::size_t n = 0; n < count; ++n) Py_DECREF(dead[n]);
}

bool copies_missing(const Trace& trace, const Value* inputs) {
    return std::any_of(trace.written.begin(), trace.written.end(),
                       [&](const TraceWrite& w) { return w.source < 0 && inputs[~w.source].is_missing(); });
}

void lose_patience(Trace& trace) {
    trace.backoff = static_cast<std::uint16_t>(trace.backoff < 256 ? trace.backoff * 2 + 1 : trace.backoff);
    trace.patience = trace.backoff;
}

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

}  // namespace

// One place for each instruction; empty where nothing was tried.
struct ArrayTraces {
    std::vector<std::shared_ptr<Trace>> at;
};

bool run_array_trace(Frame& frame, const Instr& i) {
    Code& code = *frame.code;
    const auto index = static_cast<std::size_t>(&i - code.instrs.data());
    if (code.array_traces == nullptr) {
        code.array_traces = std::make_shared<ArrayTraces>();
        code.array_traces->at.resize(code.instrs.size());
    }
    auto& place = code.array_traces->at[index];
    if (place == nullptr) {
        place = read_trace(code, index, most_array_nodes);
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
        gather(frame, *trace, values);
        find_callees(*trace, values, functions);
        if (trace->left > 0 && --trace->left == 0) place.reset();
        const Held held(values, trace->inputs.size());
        // What is not at hand is not to be copied; most likely it is read behind the last operations.
        std::size_t refused = trace->program.nodes.size() - 1;
        if (copies_missing(*trace, values)) {
            if (refused == 0) {
                lose_patience(*trace);
                return false;
            }
        } else if (trace->program.run(values, functions, results, &refused)) {
            commit(frame, *trace, values, results);
            trace->backoff = 0;
            resume = {code.instrs.data() + trace->end, trace->leaves};
            return true;
        }
        if (refused > 0 && refused < trace->program.nodes.size()) {
            // As far as it goes; behind that the operation does its own work, and another trace may begin.
            trace = read_trace(code, index, refused);
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
