#include <cctype>
#include <cstdio>
#include <string_view>

#include "lang/printer.hpp"
#include "vm/chain_object.hpp"
#include "vm/helpers.hpp"
#include "vm/operands.hpp"
#include "vm/vm.hpp"

namespace catena {
namespace {

std::string utf8(PyObject* text) {
    Py_ssize_t size = 0;
    const char* bytes = text != nullptr && PyUnicode_Check(text) ? PyUnicode_AsUTF8AndSize(text, &size) : nullptr;
    if (bytes == nullptr) {
        PyErr_Clear();
        return "?";
    }
    return {bytes, static_cast<std::size_t>(size)};
}

std::string shown(const Value& v) {
    const Ref object = boxed(v);
    const Result<Ref> text = object ? repr(object.get()) : Result<Ref>(raised());
    if (text) return utf8(text->get());
    PyErr_Clear();
    return "?";
}

std::string number(std::size_t n) { return std::to_string(n); }

// The text of one field as the operand word says; empty for a field that is not used.
class Fields {
public:
    Fields(const Code& code, std::size_t index) : code_(code), i_(code.instrs[index]), index_(index) {}

    [[nodiscard]] std::string text(char letter) const {
        const OperandKinds& kinds = operand_kinds(static_cast<Op>(i_.op));
        if (letter == 'd') return "-> " + number(target());
        const OperandKind kind = letter == 'a' ? kinds.a : letter == 'b' ? kinds.b : kinds.c;
        const std::uint16_t n = letter == 'a' ? i_.a : letter == 'b' ? i_.b : i_.c;
        return one(kind, n);
    }

    [[nodiscard]] std::size_t target() const {
        return static_cast<std::size_t>(static_cast<std::int64_t>(index_) + 1 + i_.d());
    }

private:
    [[nodiscard]] std::string one(OperandKind kind, std::uint16_t n) const {
        switch (kind) {
            case OperandKind::none: return {};
            case OperandKind::written:
            case OperandKind::read:
            case OperandKind::kept: return "r" + number(n);
            case OperandKind::window: return "r" + number(n) + "..";
            case OperandKind::constant: return n < code_.constants.size() ? shown(code_.constants[n]) : "k" + number(n);
            case OperandKind::global: return n < code_.globals.size() ? global(code_.globals[n]) : "g" + number(n);
            case OperandKind::name: return n < code_.names.size() ? utf8(code_.names[n].get()) : "n" + number(n);
            case OperandKind::function:
                return n < code_.templates.size() ? "<" + utf8(code_of(code_.templates[n].get())->name.get()) + ">"
                                                  : "f" + number(n);
            case OperandKind::capture: return "p" + number(n);
            case OperandKind::site: return n < code_.call_sites.size() ? site(code_.call_sites[n]) : "s" + number(n);
            case OperandKind::chain:
                return n < code_.chains.size() ? "{" + print_chain(chain_of(code_.chains[n].get())) + "}"
                                               : "ch" + number(n);
            case OperandKind::helper: return number(n);
            case OperandKind::plain: return number(n);
            case OperandKind::jump: return "-> " + number(target());
        }
        return {};
    }

    static std::string global(const GlobalName& name) {
        return (name.module ? utf8(name.module.get()) + "/" : "") +
               utf8(name.display ? name.display.get() : name.name.get());
    }

    static std::string site(const CallSite& site) {
        std::string out = number(site.count);
        if (site.names) {
            for (Py_ssize_t n = 0; n < PyTuple_GET_SIZE(site.names.get()); ++n) {
                out += " :" + utf8(PyTuple_GET_ITEM(site.names.get(), n));
            }
        }
        return out;
    }

    const Code& code_;
    const Instr& i_;
    std::size_t index_;
};

// The registers that a chain's slots are filled from.
std::string chain_operands(const Code& code, std::size_t index) {
    const Instr& i = code.instrs[index];
    std::string out;
    for (std::size_t n = 0, count = operand_words(i) > 0 ? i.c : 0; n < count; ++n) {
        const std::uint16_t operand = operand_register(&code.instrs[index + 1], n);
        out += n == 0 ? ": " : ", ";
        const bool global = n == 0 && static_cast<Op>(i.op) == Op::CHAIN_GLOBAL && operand < code.globals.size();
        out += global ? utf8(code.globals[operand].display.get()) : "r" + number(operand);
    }
    return out;
}

// The fields one after the other, for the opcodes whose equation does not read as one line.
std::string operands_text(const Code& code, std::size_t index) {
    const Instr& i = code.instrs[index];
    const Fields fields(code, index);
    const OperandKinds& kinds = operand_kinds(static_cast<Op>(i.op));
    std::string out;
    const auto add = [&](const std::string& text) {
        if (text.empty()) return;
        if (!out.empty()) out += ", ";
        out += text;
    };
    if (static_cast<Op>(i.op) == Op::HELPER) add(helper_table[i.x].name);
    for (const char letter : {'a', 'b', 'c'}) {
        if (kinds.uses_d && letter != 'a') continue;
        add(fields.text(letter));
    }
    if (kinds.uses_d) add(fields.text('d'));
    if (kinds.branches)
        add("-> " +
            number(static_cast<std::size_t>(static_cast<std::int64_t>(index) + 1 + code.instrs[index + 1].d())));
    if (i.x != 0 && static_cast<Op>(i.op) != Op::HELPER) {
        add(static_cast<Op>(i.op) == Op::FORMAT ? std::string("!") + static_cast<char>(i.x) : "x " + number(i.x));
    }
    return out + chain_operands(code, index);
}

// `R[a] := R[b] + K[c]` with the operands in place, for the opcodes whose equation is that short.
std::string equation_text(const Code& code, std::size_t index) {
    const Instr& i = code.instrs[index];
    const OperandKinds& kinds = operand_kinds(static_cast<Op>(i.op));
    const std::string_view equation = opcode_equation(static_cast<Op>(i.op));
    if (kinds.a != OperandKind::written || equation.find(" := ") == std::string_view::npos || kinds.branches) return {};
    if (equation.find(',') != std::string_view::npos || equation.find(';') != std::string_view::npos) return {};
    const Fields fields(code, index);
    std::string out;
    const auto is_letter = [&](std::size_t n) {
        return n < equation.size() && std::isalnum(static_cast<unsigned char>(equation[n])) != 0;
    };
    for (std::size_t n = 0; n < equation.size();) {
        // A field's letter as a word of its own is its number, or what that stands for.
        const bool word = is_letter(n) && (n == 0 || !is_letter(n - 1)) && !is_letter(n + 1);
        if (word && equation[n] >= 'a' && equation[n] <= 'c' && (n == 0 || equation[n - 1] != '[')) {
            out += fields.text(equation[n++]);
            continue;
        }
        if (word && equation[n] == 'x') {
            out += static_cast<Op>(i.op) == Op::HELPER ? std::string(helper_table[i.x].name) : number(i.x);
            ++n;
            continue;
        }
        // R[a], K[b], P[c] … become the field's own text.
        if (n + 3 < equation.size() && equation[n + 1] == '[' && equation[n + 3] == ']' && equation[n + 2] >= 'a' &&
            equation[n + 2] <= 'c') {
            std::string text = fields.text(equation[n + 2]);
            if (text.empty()) return {};
            out += text;
            n += 4;
        } else if (equation.substr(n, 4) == " := ") {
            out += " = ";
            n += 4;
        } else {
            out.push_back(equation[n++]);
        }
    }
    return out + chain_operands(code, index);
}

void list_code(const Code& code, int depth, std::string& out) {
    const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
    out += indent + utf8(code.qualname.get()) + ": ";
    if (!code.arities.empty()) {
        out += number(code.arities.size()) + " arities\n";
        for (const Ref& arity : code.arities) list_code(*code_of(arity.get()), depth + 1, out);
        return;
    }
    out += number(code.parameters.register_count()) + " parameters, " + number(code.first_temporary) + " locals, " +
           number(code.registers) + " registers";
    switch (code.kind) {
        case FunctionKind::plain: break;
        case FunctionKind::generator: out += ", generator"; break;
        case FunctionKind::coroutine: out += ", coroutine"; break;
        case FunctionKind::async_generator: out += ", async generator"; break;
    }
    out += "\n";
    for (std::size_t n = 0; n < code.instrs.size(); ++n) {
        const Instr& i = code.instrs[n];
        if (i.op >= opcode_count ||
            n + operand_words(i) + (operand_kinds(static_cast<Op>(i.op)).branches ? 1 : 0) >= code.instrs.size()) {
            out += indent + "  ?\n";
            continue;
        }
        const Op op = static_cast<Op>(i.op);
        const std::string equation = equation_text(code, n);
        char head[64];
        std::snprintf(head, sizeof head, "%4zu  %-16s ", n, opcode_name(op));
        std::string line = indent + head + (equation.empty() ? operands_text(code, n) : equation);
        while (!line.empty() && line.back() == ' ') line.pop_back();
        out += line + "\n";
        n += operand_words(i) + (operand_kinds(op).branches ? 1 : 0);
    }
    for (const Handler& h : code.handlers) {
        out += indent + "  handler " + number(h.start) + ".." + number(h.end) + " -> " + number(h.entry) +
               ", exception in r" + number(h.target) + ", clears locals from r" + number(h.locals_from) +
               ", temporaries from r" + number(h.temporaries_from) + "\n";
    }
    for (const Ref& inner : code.templates) list_code(*code_of(inner.get()), depth + 1, out);
}

}  // namespace

std::string disassemble(const Code& code) {
    std::string out;
    list_code(code, 0, out);
    return out;
}

}  // namespace catena
