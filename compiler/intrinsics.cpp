// Core functions that have opcodes of their own. They are used only where the name means core's: no local and no
// definition of the module shadows it.
#include <algorithm>
#include <string_view>

#include "compiler/analyze.hpp"
#include "compiler/forms_util.hpp"
#include "vm/rebinding.hpp"

namespace catena {

using namespace ast;

namespace {

enum class Shape : std::uint8_t {
    fold,     // (op a b c …) from the left; (- a) and (/ a) too
    compare,  // (op a b c …) pairwise
    unary,
    binary,
    with_one,   // (inc x): op with the constant 1
    with_zero,  // (zero? x): op with the constant 0
    is_nil,
    is_not_nil,
    vector,
    list,
    text,  // (str a b …): what an f-string of the operands is
    get_default,
};

}  // namespace

struct CoreOpcode {
    std::string_view name;
    Shape shape;
    Op op;
};

namespace {

constexpr CoreOpcode rows[] = {
    {"+", Shape::fold, Op::ADD},
    {"*", Shape::fold, Op::MUL},
    {"-", Shape::fold, Op::SUB},
    {"/", Shape::fold, Op::DIV},
    {"//", Shape::binary, Op::FLOORDIV},
    {"%", Shape::binary, Op::MOD},
    {"mod", Shape::binary, Op::MOD},
    {"**", Shape::binary, Op::POW},
    {"matmul", Shape::binary, Op::MATMUL},
    {"<", Shape::compare, Op::LT},
    {"<=", Shape::compare, Op::LE},
    {">", Shape::compare, Op::GT},
    {">=", Shape::compare, Op::GE},
    {"=", Shape::compare, Op::EQ},
    {"==", Shape::compare, Op::EQ},
    {"!=", Shape::binary, Op::NE},
    {"not=", Shape::binary, Op::NE},
    {"identical?", Shape::binary, Op::IS},
    {"not", Shape::unary, Op::NOT},
    {"inc", Shape::with_one, Op::ADD},
    {"dec", Shape::with_one, Op::SUB},
    {"zero?", Shape::with_zero, Op::EQ},
    {"pos?", Shape::with_zero, Op::GT},
    {"neg?", Shape::with_zero, Op::LT},
    {"nil?", Shape::is_nil, Op::IS},
    {"some?", Shape::is_not_nil, Op::IS},
    {"bit-and", Shape::binary, Op::BIT_AND},
    {"bit-or", Shape::binary, Op::BIT_OR},
    {"bit-xor", Shape::binary, Op::BIT_XOR},
    {"bit-not", Shape::unary, Op::BIT_NOT},
    {"bit-shift-left", Shape::binary, Op::SHIFT_LEFT},
    {"bit-shift-right", Shape::binary, Op::SHIFT_RIGHT},
    {"get", Shape::binary, Op::GET},
    {"get", Shape::get_default, Op::LOOKUP},
    {"str", Shape::text, Op::JOIN},
    {"nth", Shape::binary, Op::NTH},
    {"count", Shape::unary, Op::COUNT},
    {"contains?", Shape::binary, Op::CONTAINS},
    {"vector", Shape::vector, Op::VECTOR},
    {"list", Shape::list, Op::LIST},
};

bool fits(const CoreOpcode& row, std::size_t operands) {
    switch (row.shape) {
        case Shape::fold: return operands >= (row.op == Op::SUB || row.op == Op::DIV ? 1 : 2);
        case Shape::compare: return operands >= 2;
        case Shape::binary: return operands == 2;
        case Shape::vector:
        case Shape::list: return true;
        case Shape::text: return operands >= 1;
        case Shape::get_default: return operands == 3;
        default: return operands == 1;
    }
}

const CoreOpcode* find_row(std::string_view name, std::size_t operands) {
    for (const CoreOpcode& row : rows)
        if (row.name == name && fits(row, operands)) return &row;
    return nullptr;
}

}  // namespace

// The row of what `name` means in a call with so many operands; null when it is none of core's here.
const CoreOpcode* Analyzer::core_opcode(PyObject* name, std::size_t operands) {
    // A definition later in this very class body may shadow the name.
    if (!options_.intrinsics || class_ != nullptr) return nullptr;
    const std::string_view text = name_in_core(name);
    const CoreOpcode* row = find_row(text, operands);
    const Ref core_name = row != nullptr ? python_name_of(text) : Ref();
    return core_name && is_original_core_name(core_name.get()) ? row : nullptr;
}

Node* Analyzer::intrinsic(PyObject* name, const FormView& form, Context, bool* is_one) {
    const CoreOpcode* row = core_opcode(name, form.size() - 1);
    if (row == nullptr) return nullptr;
    for (std::size_t i = 1; i < form.size(); ++i)
        if (is_form_of(form[i], "%splat") || is_form_of(form[i], "%splat-map")) return nullptr;
    *is_one = true;

    std::vector<Node*> operands;
    for (std::size_t i = 1; i < form.size(); ++i) {
        operands.push_back(analyze_item(form, i));
        if (operands.back() == nullptr) return nullptr;
    }
    Node* node = in_opcodes(row, form.span, operands);
    if (!options_.rebindable || !inside_function() || globals_ == core_dict()) return node;
    Node* callee = analyze_item(form, 0);
    if (callee == nullptr) return nullptr;
    node->written = unit_.make<Call>(form.span, callee);
    for (Node* operand : operands) node->written->arguments.push_back({ast::Argument::plain, operand, {}});
    return node;
}

// The node that does what the row's function does with these operands.
Node* Analyzer::in_opcodes(const CoreOpcode* row, Span span, const std::vector<Node*>& operands) {
    const auto number = [&](long value) { return constant(span, steal(PyLong_FromLong(value))); };
    const auto make = [&](Op op, std::vector<Node*> values) {
        return unit_.make<Operation>(span, op, std::move(values));
    };
    switch (row->shape) {
        case Shape::fold:
            if (operands.size() > 1) return make(row->op, operands);
            return row->op == Op::SUB ? make(Op::NEG, operands) : make(Op::DIV, {number(1), operands[0]});
        case Shape::compare: {
            if (operands.size() == 2) return make(row->op, operands);
            // Each operand once, from the left; all of them before the first comparison.
            auto* let = unit_.make<Let>(span);
            std::vector<Binding*> values;
            for (Node* operand : operands) {
                values.push_back(hidden());
                let->binds.push_back({.targets = {values.back()}, .value = operand, .span = span});
            }
            auto* all = unit_.make<Sequence>(Kind::and_, span);
            for (std::size_t i = 0; i + 1 < values.size(); ++i)
                all->items.push_back(make(row->op, {local(span, values[i]), local(span, values[i + 1])}));
            let->body = all;
            return let;
        }
        case Shape::with_one: return make(row->op, {operands[0], number(1)});
        case Shape::with_zero: return make(row->op, {operands[0], number(0)});
        case Shape::is_nil: return make(Op::IS, {operands[0], nil(span)});
        case Shape::is_not_nil: return make(Op::NOT, {make(Op::IS, {operands[0], nil(span)})});
        case Shape::text: {
            auto* joined = unit_.make<FString>(span);
            for (Node* operand : operands) {
                const bool literal = operand->kind == Kind::constant &&
                                     PyUnicode_CheckExact(static_cast<Constant*>(operand)->value.get());
                joined->parts.push_back({operand, literal, 's', nullptr});
            }
            return joined;
        }
        case Shape::get_default: {
            // The default is evaluated before the look-up, as an operand is.
            auto* let = unit_.make<Let>(span);
            std::vector<Binding*> values;
            for (Node* operand : operands) {
                values.push_back(hidden());
                let->binds.push_back({.targets = {values.back()}, .value = operand, .span = span});
            }
            Binding* found = hidden();
            Node* item = make(Op::LOOKUP, {local(span, values[0]), local(span, values[1])});
            let->binds.push_back({.targets = {found}, .value = item, .fallback = local(span, values[2]), .span = span});
            let->body = local(span, found);
            return let;
        }
        case Shape::vector:
        case Shape::list: {
            auto* build = unit_.make<Build>(span, row->shape == Shape::vector ? BuildKind::vector : BuildKind::list);
            for (Node* operand : operands) build->items.push_back({ast::Argument::plain, operand, {}});
            return build;
        }
        default: return make(row->op, operands);
    }
}

}  // namespace catena
