// match: each clause tests its pattern, binding as it goes, and falls to the next clause where it does not fit.
#include <algorithm>

#include "compiler/emit.hpp"

namespace catena {

using namespace ast;

namespace {

void bindings_of(const Pattern& pattern, std::vector<Binding*>& out) {
    if (pattern.binding != nullptr) out.push_back(pattern.binding);
    for (const Pattern& item : pattern.items) bindings_of(item, out);
}

}  // namespace

void Emitter::match(Match* node, const std::function<void(Node*)>& value, bool joins) {
    const Reg locals = b_.locals();
    const Reg subject = b_.new_locals();
    mark_clean(subject, false);
    into(node->value, subject);
    node->subject->reg = subject;
    Label end;
    for (const Match::Clause& clause : node->clauses) {
        Label fail;
        const Reg scope = b_.locals();
        b_.at(clause.pattern.span);
        pattern(clause.pattern, subject, fail);
        const Reg top = b_.locals();
        value(clause.body);
        if (joins) {
            drop_scope(scope);
            b_.jump(Op::JUMP, end);
        }
        b_.place(fail);
        // A pattern that failed half way has bound some of its names.
        if (top > scope) b_.emit(Op::CLEAR, scope, static_cast<std::uint16_t>(top - scope));
        b_.drop_locals(scope);
    }
    b_.at(node->value->span);
    const Reg temps = b_.temps();
    const Reg window = b_.new_temps();
    b_.emit(Op::MOVE, window, subject);
    helper(Helper::NO_MATCH, window, window, 1);
    // It always raises; the verifier wants code that ends with a way out.
    if (!joins) tail_register(window);
    b_.drop_temps(temps);
    b_.place(end);
    if (joins)
        drop_scope(locals);
    else
        b_.drop_locals(locals);
}

// Gives the binding the value of a local: its register when the local is its own, a copy otherwise.
void Emitter::bind_pattern_name(Binding* binding, Reg subject) {
    if (binding == nullptr) return;
    if (std::find(shared_.begin(), shared_.end(), binding) != shared_.end()) {
        // An earlier alternative may have bound it before it failed.
        b_.emit(Op::CLEAR, binding->reg, 1);
    } else {
        binding->reg = b_.new_locals();
        mark_clean(binding->reg, false);
    }
    b_.emit(Op::MOVE, binding->reg, subject);
    if (binding->in_cell()) b_.emit(Op::CELL_NEW, binding->reg);
}

void Emitter::pattern(const Pattern& p, Reg subject, Label& fail) {
    const Reg temps = b_.temps();
    b_.at(p.span);
    const auto number = [&](std::size_t n, Reg reg) {
        const Ref object = steal(PyLong_FromSize_t(n));
        if (object) b_.emit(Op::CONST, reg, b_.constant(object.get()));
    };
    // A helper answers the items, or nil when the shape does not fit.
    const auto take_items = [&](Helper id, Reg window, std::size_t count) {
        const Reg items = b_.new_locals();
        mark_clean(items, false);
        helper(id, items, window, count);
        b_.drop_temps(temps);
        b_.jump(Op::JUMP_IF_NIL, fail, items);
        pattern_items(p, items, fail);
    };
    switch (p.shape) {
        case Pattern::anything:
        case Pattern::name: break;
        case Pattern::literal: {
            if (p.exact) {
                const Reg literal = copied(p.node);
                b_.emit(Op::IS, literal, subject, literal);
                b_.jump(Op::JUMP_UNLESS, fail, literal);
            } else {
                const Reg window = b_.new_temps(2);
                b_.emit(Op::MOVE, window, subject);
                into(p.node, static_cast<Reg>(window + 1));
                const Reg result = b_.new_temps();
                b_.at(p.span);
                helper(Helper::MATCH_VALUE, result, window, 2);
                b_.jump(Op::JUMP_UNLESS, fail, result);
            }
            break;
        }
        case Pattern::sequence: {
            const Reg window = b_.new_temps(3);
            b_.emit(Op::MOVE, window, subject);
            number(p.items.size() - (p.has_rest ? 1 : 0), static_cast<Reg>(window + 1));
            b_.emit(Op::CONST, static_cast<Reg>(window + 2), b_.constant(p.has_rest ? Py_True : Py_None));
            take_items(Helper::MATCH_SEQUENCE, window, 3);
            break;
        }
        case Pattern::tuple: {
            const Reg window = b_.new_temps(2);
            b_.emit(Op::MOVE, window, subject);
            number(p.items.size(), static_cast<Reg>(window + 1));
            take_items(Helper::MATCH_TUPLE, window, 2);
            break;
        }
        case Pattern::instance: {
            const Reg window = b_.new_temps(4);
            b_.emit(Op::MOVE, window, subject);
            into(p.node, static_cast<Reg>(window + 1));
            number(p.positional, static_cast<Reg>(window + 2));
            const Ref names = steal(PyTuple_New(static_cast<Py_ssize_t>(p.attributes.size())));
            for (std::size_t i = 0; names && i < p.attributes.size(); ++i)
                PyTuple_SET_ITEM(names.get(), static_cast<Py_ssize_t>(i), Py_NewRef(p.attributes[i].get()));
            if (names) b_.emit(Op::CONST, static_cast<Reg>(window + 3), b_.constant(names.get()));
            b_.at(p.span);
            take_items(Helper::MATCH_CLASS, window, 4);
            break;
        }
        case Pattern::mapping: {
            const Reg window = b_.new_temps();
            b_.emit(Op::MOVE, window, subject);
            const Reg answer = b_.new_temps();
            helper(Helper::MATCH_MAPPING, answer, window, 1);
            b_.jump(Op::JUMP_UNLESS, fail, answer);
            b_.drop_temps(temps);
            for (std::size_t i = 0; i < p.keys.size(); ++i) {
                const Reg item = b_.new_locals();
                mark_clean(item, false);
                const Reg key = operand(p.keys[i]);
                b_.at(p.keys[i]->span);
                b_.emit(Op::LOOKUP, item, subject, key);
                b_.drop_temps(temps);
                Label found;
                b_.jump(Op::JUMP_IF_GIVEN, found, item);
                if (p.defaults[i] != nullptr) {
                    into(p.defaults[i], item);
                } else {
                    b_.jump(Op::JUMP, fail);
                }
                b_.place(found);
                pattern(p.items[i], item, fail);
            }
            break;
        }
        case Pattern::either: {
            std::vector<Binding*> names;
            bindings_of(p.items[0], names);
            const std::size_t outer = shared_.size();
            for (Binding* name : names) {
                if (std::find(shared_.begin(), shared_.end(), name) != shared_.end()) continue;
                name->reg = b_.new_locals();
                mark_clean(name->reg, false);
                shared_.push_back(name);
            }
            Label fits;
            for (std::size_t i = 0; i < p.items.size(); ++i) {
                if (i + 1 == p.items.size()) {
                    pattern(p.items[i], subject, fail);
                } else {
                    Label next;
                    pattern(p.items[i], subject, next);
                    b_.jump(Op::JUMP, fits);
                    b_.place(next);
                }
            }
            b_.place(fits);
            shared_.resize(outer);
            break;
        }
        case Pattern::guarded: pattern(p.items[0], subject, fail); break;
    }
    b_.drop_temps(temps);
    bind_pattern_name(p.binding, subject);
    if (p.shape == Pattern::guarded && p.node != nullptr) branch(p.node, fail, false);
}

void Emitter::pattern_items(const Pattern& p, Reg items, Label& fail) {
    if (p.items.empty()) return;
    const Reg first = b_.new_locals(p.items.size());
    for (std::size_t i = 0; i < p.items.size(); ++i) mark_clean(static_cast<Reg>(first + i), false);
    b_.emit(Op::UNPACK, first, items, static_cast<std::uint16_t>(p.items.size()));
    for (std::size_t i = 0; i < p.items.size(); ++i) pattern(p.items[i], static_cast<Reg>(first + i), fail);
}

}  // namespace catena
