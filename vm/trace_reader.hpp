// Reads instructions ahead and writes down what they would do as an array program with its inputs and the registers that
// they would leave written.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "bridge/array_program.hpp"
#include "bridge/dict_cache.hpp"
#include "vm/code.hpp"
#include "vm/opcodes.hpp"

namespace catena {

inline constexpr std::size_t most_written = 32;

// Where an input of the program comes from.
struct TraceInput {
    enum Kind : std::uint8_t { in_register, constant, global, capture, of_chain, member } kind = in_register;
    std::uint16_t index = 0;   // member: the input that is the module
    Value value;               // of_chain: borrowed from a chain of the code
    PyObject* name = nullptr;  // member: borrowed likewise
    DictCache cache{};

    friend bool operator==(const TraceInput& a, const TraceInput& b) {
        return a.kind == b.kind && a.index == b.index && a.value.tag == b.value.tag && a.value.bits == b.value.bits &&
               a.name == b.name;
    }
};

// The callee of a call: an input itself, or an attribute of one, which is a module.
struct TraceCallee {
    std::size_t input = 0;
    PyObject* name = nullptr;  // borrowed from a chain of the code
    DictCache cache;
};

// A register that the instructions leave written: an earlier node, or ~n: a copy of input n.
struct TraceWrite {
    std::uint16_t number = 0;
    std::int16_t source = 0;
};

struct Trace {
    ArrayProgram program;
    std::vector<TraceInput> inputs;
    std::vector<TraceCallee> callees;
    std::vector<std::uint16_t> consumed;  // temporaries that held operands
    std::vector<TraceWrite> written;
    std::uint32_t end = 0;          // the instruction to go on with
    std::uint32_t chains = 0;       // how many chains the trace takes the place of
    std::uint32_t chain_steps = 0;  // and of how many steps
    bool leaves = false;            // that is a call in tail position, which has been done too
    std::uint16_t patience = 0;     // executions that are left alone
    std::uint16_t backoff = 0;
    std::uint16_t left = 0;  // of a trace that was cut short: executions until the whole is tried again; 0: it is whole
};

// What an operator's instruction does to arrays.
[[nodiscard]] std::optional<ArrayOperation> array_operation_of(Op op);

// The trace that begins at an instruction, with that many operations at most; null when not even the first one can be part
// of a program.
[[nodiscard]] std::shared_ptr<Trace> read_trace(const Code& code, std::size_t begin, std::size_t most_nodes);

}  // namespace catena
