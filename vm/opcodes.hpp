// The instruction word and the enum of opcodes made from vm/opcodes.def.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace catena {

enum class Op : std::uint8_t {
#define OP(NAME, OPERANDS, EQUATION) NAME,
#include "vm/opcodes.def"
#undef OP
};

inline constexpr int opcode_count = 0
#define OP(NAME, OPERANDS, EQUATION) +1
#include "vm/opcodes.def"
#undef OP
    ;

// Eight bytes. The fields b and c together are the signed offset d of jumps.
struct Instr {
    std::uint8_t op = 0;
    std::uint8_t x = 0;
    std::uint16_t a = 0;
    std::uint16_t b = 0;
    std::uint16_t c = 0;

    [[nodiscard]] constexpr std::int32_t d() const {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(b) | static_cast<std::uint32_t>(c) << 16);
    }
    constexpr void set_d(std::int32_t offset) {
        b = static_cast<std::uint16_t>(static_cast<std::uint32_t>(offset));
        c = static_cast<std::uint16_t>(static_cast<std::uint32_t>(offset) >> 16);
    }
};

static_assert(sizeof(Instr) == 8);

// Opcodes that run a chain whose operands follow, four register numbers to a word.
[[nodiscard]] constexpr bool runs_chain(Op op) {
    return op == Op::CHAIN || op == Op::TAIL_CHAIN || op == Op::CHAIN_METHOD || op == Op::CHAIN_STEP ||
           op == Op::CHAIN_GLOBAL || op == Op::CHAIN_GET || op == Op::CHAIN_ITEM || op == Op::CHAIN_ITEM_I ||
           op == Op::CHAIN_SET_ITEM || op == Op::CHAIN_SET_ITEM_I;
}

// Bits of x in CHAIN_ITEM and its kin.
constexpr std::uint8_t item_unwanted = 1;
constexpr std::uint8_t item_temporaries = 2;

// How many words of operands follow an instruction (those of chains, four register numbers to a word).
[[nodiscard]] constexpr std::size_t operand_words(const Instr& i) {
    const Op op = static_cast<Op>(i.op);
    if (op == Op::TAIL_CHAIN) return (i.c + (i.x & 1u) + 3u) / 4u;
    if (op == Op::CHAIN_ITEM_I || op == Op::CHAIN_SET_ITEM_I) return (i.c + 1u + 3u) / 4u;
    return runs_chain(op) ? (i.c + 3u) / 4u : 0;
}

// The n-th of those register numbers; `words` is the instruction after the chain's.
[[nodiscard]] inline std::uint16_t operand_register(const Instr* words, std::size_t n) {
    std::uint16_t number;
    std::memcpy(&number, reinterpret_cast<const char*>(words) + n * sizeof number, sizeof number);
    return number;
}
inline void set_operand_register(Instr* words, std::size_t n, std::uint16_t number) {
    std::memcpy(reinterpret_cast<char*>(words) + n * sizeof number, &number, sizeof number);
}

}  // namespace catena
