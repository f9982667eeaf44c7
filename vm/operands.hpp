// What vm/opcodes.def says about each opcode's fields, as data.
#pragma once

#include "vm/opcodes.hpp"

namespace catena {

enum class OperandKind : std::uint8_t {
    none,
    written,   // rd
    read,      // r
    kept,      // rk
    window,    // w
    constant,  // k
    global,    // g
    name,      // n
    function,  // f
    capture,   // p
    site,      // s
    chain,     // ch
    helper,    // h
    plain,     // i
    jump,      // j
};

struct OperandKinds {
    OperandKind a = OperandKind::none;
    OperandKind b = OperandKind::none;
    OperandKind c = OperandKind::none;
    bool uses_d = false;    // b and c are one jump offset
    bool branches = false;  // the next word holds a jump offset
};

// Precondition of all: the opcode is one of the table's.
[[nodiscard]] const OperandKinds& operand_kinds(Op op);
[[nodiscard]] const char* opcode_name(Op op);
[[nodiscard]] const char* opcode_equation(Op op);

// A number that changes whenever the opcodes or helpers do, for what is stored outside the process.
[[nodiscard]] std::uint64_t instruction_set_hash();

}  // namespace catena
