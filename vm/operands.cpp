#include "vm/operands.hpp"

#include <array>
#include <string_view>

namespace catena {
namespace {

struct Row {
    const char* name;
    const char* operands;
    const char* equation;
};

constexpr Row rows[] = {
#define OP(NAME, OPERANDS, EQUATION) {#NAME, OPERANDS, EQUATION},
#include "vm/opcodes.def"
#undef OP
};

constexpr std::string_view helper_rows[] = {
#define H(NAME, COUNT, EQUATION) #NAME "/" #COUNT,
#include "vm/helpers.def"
#undef H
};

constexpr OperandKind kind_of(std::string_view word) {
    if (word == "rd") return OperandKind::written;
    if (word == "r") return OperandKind::read;
    if (word == "rk") return OperandKind::kept;
    if (word == "w") return OperandKind::window;
    if (word == "k") return OperandKind::constant;
    if (word == "g") return OperandKind::global;
    if (word == "n") return OperandKind::name;
    if (word == "f") return OperandKind::function;
    if (word == "p") return OperandKind::capture;
    if (word == "s") return OperandKind::site;
    if (word == "ch") return OperandKind::chain;
    if (word == "h") return OperandKind::helper;
    if (word == "i") return OperandKind::plain;
    if (word == "j") return OperandKind::jump;
    return OperandKind::none;
}

constexpr std::array<OperandKinds, opcode_count> make_kinds() {
    std::array<OperandKinds, opcode_count> all{};
    for (int op = 0; op < opcode_count; ++op) {
        std::string_view rest = rows[op].operands;
        OperandKind words[3] = {};
        int count = 0;
        while (!rest.empty() && count < 3) {
            const std::size_t space = rest.find(' ');
            words[count++] = kind_of(rest.substr(0, space));
            rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
        }
        OperandKinds& kinds = all[static_cast<std::size_t>(op)];
        kinds.a = words[0];
        if (words[1] == OperandKind::jump) {
            kinds.uses_d = true;
        } else {
            kinds.b = words[1];
            kinds.c = words[2];
        }
        kinds.branches = std::string_view(rows[op].equation).find("next word's d") != std::string_view::npos;
    }
    return all;
}

constexpr std::array<OperandKinds, opcode_count> all_kinds = make_kinds();

constexpr std::uint64_t mix(std::uint64_t hash, std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return (hash ^ 0xff) * 1099511628211u;
}

constexpr std::uint64_t make_hash() {
    std::uint64_t hash = 14695981039346656037u;
    for (const Row& row : rows) hash = mix(mix(mix(hash, row.name), row.operands), row.equation);
    for (const std::string_view row : helper_rows) hash = mix(hash, row);
    return hash;
}

constexpr std::uint64_t set_hash = make_hash();

}  // namespace

const OperandKinds& operand_kinds(Op op) { return all_kinds[static_cast<std::size_t>(op)]; }
const char* opcode_name(Op op) { return rows[static_cast<std::size_t>(op)].name; }
const char* opcode_equation(Op op) { return rows[static_cast<std::size_t>(op)].equation; }
std::uint64_t instruction_set_hash() { return set_hash; }

}  // namespace catena
