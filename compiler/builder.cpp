#include "compiler/builder.hpp"

#include <array>
#include <cstring>
#include <string_view>

#include "compiler/last_use.hpp"

namespace catena {

namespace {

// Which of a, b and c are registers, from the operand column of opcodes.def. Plain numbers (`i`) are included: where
// one is a register (CLEAR, UNPACK, ITERATE) it may be a temporary, and counts stay below first_temp.
constexpr std::array<bool, 3> register_fields(std::string_view operands) {
    std::array<bool, 3> fields{};
    std::size_t field = 0;
    for (std::size_t at = 0; at < operands.size() && field < 3;) {
        std::size_t end = operands.find(' ', at);
        if (end == std::string_view::npos) end = operands.size();
        const std::string_view word = operands.substr(at, end - at);
        fields[field++] = word == "rd" || word == "r" || word == "rk" || word == "w" || word == "i";
        at = end + 1;
    }
    return fields;
}

constexpr std::array<bool, 3> fields_of[] = {
#define OP(NAME, OPERANDS, EQUATION) register_fields(OPERANDS),
#include "vm/opcodes.def"
#undef OP
};

}  // namespace

void CodeBuilder::emit(Op op, std::uint16_t a, std::uint16_t b, std::uint16_t c, std::uint8_t x) {
    code_.instrs.push_back({static_cast<std::uint8_t>(op), x, a, b, c});
    code_.spans.push_back(span_);
    raw_.push_back(false);
    operands_.push_back(false);
}

void CodeBuilder::jump(Op op, Label& label, std::uint16_t a) {
    emit(op, a);
    use(label);
}

void CodeBuilder::jump_word(Label& label) {
    emit(Op::JUMP);
    raw_.back() = true;
    use(label);
}

void CodeBuilder::use(Label& label) {
    if (label.target >= 0)
        patch(here() - 1, label.target);
    else
        label.uses.push_back(here() - 1);
}

void CodeBuilder::words(const std::vector<std::uint16_t>& registers) {
    for (std::size_t i = 0; i < registers.size(); i += 4) {
        std::uint16_t four[4] = {};
        for (std::size_t k = 0; k < 4 && i + k < registers.size(); ++k) four[k] = registers[i + k];
        Instr word;
        std::memcpy(&word, four, sizeof word);
        code_.instrs.push_back(word);
        code_.spans.push_back(span_);
        raw_.push_back(true);
        operands_.push_back(true);
    }
}

void CodeBuilder::place(Label& label) {
    label.target = static_cast<std::int64_t>(here());
    for (const std::size_t use : label.uses) patch(use, label.target);
    label.uses.clear();
}

void CodeBuilder::patch(std::size_t use, std::int64_t target) {
    // An instruction's offset counts from the next one, a word's from the word itself.
    const std::int64_t from = static_cast<std::int64_t>(use) + (raw_[use] ? 0 : 1);
    code_.instrs[use].set_d(static_cast<std::int32_t>(target - from));
}

std::uint16_t CodeBuilder::constant(PyObject* object) {
    const Value value = borrow_value(object);
    const std::uint64_t key = value.bits * 31 + static_cast<std::uint64_t>(value.tag);
    for (const std::uint16_t i : constants_[key]) {
        const Value& known = code_.constants[i];
        if (known.tag == value.tag && known.bits == value.bits) {
            value.release();
            return i;
        }
    }
    code_.constants.push_back(value);
    const std::uint16_t i = index(code_.constants.size() - 1, code_.constants);
    constants_[key].push_back(i);
    return i;
}

std::uint16_t CodeBuilder::name(PyObject* str) {
    const auto [entry, fresh] = names_.try_emplace(str, static_cast<std::uint16_t>(code_.names.size()));
    if (fresh) {
        code_.names.push_back(borrow(str));
        index(code_.names.size() - 1, code_.names);
    }
    return entry->second;
}

std::uint16_t CodeBuilder::global(PyObject* name, PyObject* display, PyObject* module) {
    for (const std::uint16_t i : globals_[name]) {
        PyObject* known = code_.globals[i].module.get();
        if (known == module || (known != nullptr && module != nullptr && PyUnicode_Compare(known, module) == 0))
            return i;
    }
    GlobalName& entry = code_.globals.emplace_back();
    entry.name = borrow(name);
    entry.display = borrow(display);
    entry.module = borrow(module);
    const std::uint16_t i = index(code_.globals.size() - 1, code_.globals);
    globals_[name].push_back(i);
    return i;
}

std::uint16_t CodeBuilder::add_template(Ref code) {
    code_.templates.push_back(std::move(code));
    return index(code_.templates.size() - 1, code_.templates);
}

std::uint16_t CodeBuilder::add_chain(Ref chain) {
    code_.chains.push_back(std::move(chain));
    return index(code_.chains.size() - 1, code_.chains);
}

std::uint16_t CodeBuilder::add_call_site(CallSite site) {
    code_.call_sites.push_back(std::move(site));
    return index(code_.call_sites.size() - 1, code_.call_sites);
}

Reg CodeBuilder::new_locals(std::size_t count) {
    const Reg first = locals_;
    if (locals_ + count >= first_temp)
        overflow_ = true;
    else
        locals_ = static_cast<Reg>(locals_ + count);
    if (locals_ > most_locals_) most_locals_ = locals_;
    return first;
}

Reg CodeBuilder::new_temps(std::size_t count) {
    const Reg first = temps_;
    if (static_cast<std::size_t>(temps_ - first_temp) + count >= first_temp - 1)
        overflow_ = true;
    else
        temps_ = static_cast<Reg>(temps_ + count);
    if (temps_ > most_temps_) most_temps_ = temps_;
    return first;
}

bool CodeBuilder::finish() {
    const std::size_t temps = most_temps_ - first_temp;
    if (overflow_ || most_locals_ + temps >= first_temp) return false;
    const auto numbered = [&](std::uint16_t r) {
        return is_temp(r) ? static_cast<std::uint16_t>(r - first_temp + most_locals_) : r;
    };
    for (std::size_t i = 0; i < code_.instrs.size(); ++i) {
        Instr& instr = code_.instrs[i];
        if (operands_[i]) {
            for (std::size_t k = 0; k < 4; ++k) set_operand_register(&instr, k, numbered(operand_register(&instr, k)));
        } else if (!raw_[i]) {
            const auto& fields = fields_of[instr.op];
            if (fields[0]) instr.a = numbered(instr.a);
            if (fields[1]) instr.b = numbered(instr.b);
            if (fields[2]) instr.c = numbered(instr.c);
        }
    }
    for (Handler& handler : code_.handlers) {
        handler.target = numbered(handler.target);
        handler.temporaries_from = numbered(handler.temporaries_from);
    }
    code_.first_temporary = most_locals_;
    code_.registers = static_cast<std::uint16_t>(most_locals_ + temps);
    mark_last_uses(code_);
    return true;
}

}  // namespace catena
