// CodeBuilder: instructions, labels, registers and pools of one code object while it is being written.
//
// Temporaries are numbered from `first_temp` (0x8000) on until the number of locals is known; `finish` moves
// them behind the locals.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "bridge/ref.hpp"
#include "bridge/span.hpp"
#include "vm/code.hpp"

namespace catena {

using Reg = std::uint16_t;
inline constexpr Reg first_temp = 0x8000;
[[nodiscard]] constexpr bool is_temp(Reg r) { return r >= first_temp; }

struct Label {
    std::int64_t target = -1;
    std::vector<std::size_t> uses;  // instructions whose d field is the offset to here
};

class CodeBuilder {
public:
    explicit CodeBuilder(Code& code) : code_(code) {}

    Code& code() { return code_; }
    void at(Span span) { span_ = span; }
    [[nodiscard]] Span span() const { return span_; }

    void emit(Op op, std::uint16_t a = 0, std::uint16_t b = 0, std::uint16_t c = 0, std::uint8_t x = 0);
    // A jump whose own d field is the offset.
    void jump(Op op, Label& label, std::uint16_t a = 0);
    // The word after a comparing branch or COUNT_UP.
    void jump_word(Label& label);
    void words(const std::vector<std::uint16_t>& registers);
    void place(Label& label);
    [[nodiscard]] std::size_t here() const { return code_.instrs.size(); }

    std::uint16_t constant(PyObject* object);  // borrowed
    std::uint16_t name(PyObject* str);
    std::uint16_t global(PyObject* name, PyObject* display, PyObject* module);
    std::uint16_t add_template(Ref code);
    std::uint16_t add_chain(Ref chain);
    std::uint16_t add_call_site(CallSite site);

    // Locals and temporaries are stacks; `count` of them in a row.
    Reg new_locals(std::size_t count = 1);
    void drop_locals(Reg to) { locals_ = to; }
    [[nodiscard]] Reg locals() const { return locals_; }
    Reg new_temps(std::size_t count = 1);
    void drop_temps(Reg to) { temps_ = to; }
    [[nodiscard]] Reg temps() const { return temps_; }

    // Numbers the temporaries. False when the function is larger than its instructions can address.
    [[nodiscard]] bool finish();

private:
    void use(Label& label);
    void patch(std::size_t use, std::int64_t target);
    template <class T>
    std::uint16_t index(std::size_t i, const T&) {
        if (i > 0xffff) overflow_ = true;
        return static_cast<std::uint16_t>(i);
    }

    Code& code_;
    Span span_;
    Reg locals_ = 0;
    Reg most_locals_ = 0;
    Reg temps_ = first_temp;
    Reg most_temps_ = first_temp;
    bool overflow_ = false;
    std::vector<bool> raw_;       // words that are no instructions
    std::vector<bool> operands_;  // of them, those that hold register numbers
    std::unordered_map<std::uint64_t, std::vector<std::uint16_t>> constants_;
    std::unordered_map<PyObject*, std::uint16_t> names_;
    std::unordered_map<PyObject*, std::vector<std::uint16_t>> globals_;
};

}  // namespace catena
