// The instruction word and the enum of opcodes made from vm/opcodes.def.
#pragma once

#include <cstdint>

namespace catena {

enum class Op : std::uint8_t {
#define OP(NAME, OPERANDS, EQUATION) NAME,
#include "vm/opcodes.def"
#undef OP
};

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

}  // namespace catena
