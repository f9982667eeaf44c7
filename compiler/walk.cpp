#include "compiler/walk.hpp"

#include <algorithm>

#include "bridge/value.hpp"

namespace catena::ast {

void for_each_part(const Node* node, const std::function<void(const Node*)>& visit) {
    const auto part = [&](const Node* n) {
        if (n != nullptr) visit(n);
    };
    const auto parts = [&](const std::vector<Node*>& nodes) {
        for (const Node* n : nodes) part(n);
    };
    const auto binds = [&](const std::vector<Bind>& list) {
        for (const Bind& bind : list) part(bind.value), part(bind.fallback);
    };
    const auto arguments = [&](const std::vector<Argument>& list) {
        for (const Argument& argument : list) part(argument.node);
    };
    const std::function<void(const Pattern&)> pattern = [&](const Pattern& p) {
        part(p.node);
        parts(p.keys);
        parts(p.defaults);
        for (const Pattern& item : p.items) pattern(item);
    };
    switch (node->kind) {
        case Kind::constant:
        case Kind::local:
        case Kind::global:
        case Kind::break_:
        case Kind::continue_:
        case Kind::fn:
        case Kind::self:
        case Kind::raw_cell: break;
        case Kind::set_local: part(static_cast<const SetLocal*>(node)->value); break;
        case Kind::set_global:
        case Kind::def_global:
        case Kind::del_global: part(static_cast<const SetGlobal*>(node)->value); break;
        case Kind::if_: {
            const auto* n = static_cast<const If*>(node);
            part(n->test), part(n->then), part(n->otherwise);
            break;
        }
        case Kind::cond: {
            const auto* n = static_cast<const Cond*>(node);
            for (const auto& [test, value] : n->clauses) part(test), part(value);
            part(n->otherwise);
            break;
        }
        case Kind::do_:
        case Kind::and_:
        case Kind::or_: parts(static_cast<const Sequence*>(node)->items); break;
        case Kind::let: binds(static_cast<const Let*>(node)->binds), part(static_cast<const Let*>(node)->body); break;
        case Kind::loop:
            binds(static_cast<const Loop*>(node)->binds), part(static_cast<const Loop*>(node)->body);
            break;
        case Kind::recur: parts(static_cast<const Recur*>(node)->values); break;
        case Kind::while_:
        case Kind::for_each:
        case Kind::count_up:
        case Kind::for_async:
            part(static_cast<const Iteration*>(node)->test), part(static_cast<const Iteration*>(node)->body);
            break;
        case Kind::push: part(static_cast<const Push*>(node)->value); break;
        case Kind::try_: {
            const auto* n = static_cast<const Try*>(node);
            part(n->body), part(n->otherwise), part(n->finally);
            for (const Catch& clause : n->catches) part(clause.classes), part(clause.body);
            break;
        }
        case Kind::throw_:
            part(static_cast<const Throw*>(node)->value), part(static_cast<const Throw*>(node)->cause);
            break;
        case Kind::with:
            part(static_cast<const With*>(node)->manager), part(static_cast<const With*>(node)->body);
            break;
        case Kind::call:
            part(static_cast<const Call*>(node)->callee), arguments(static_cast<const Call*>(node)->arguments);
            break;
        case Kind::path: {
            const auto* n = static_cast<const Path*>(node);
            part(n->root);
            for (const Link& link : n->links) {
                arguments(link.arguments);
                for (const Link::Part& p : link.parts) part(p.value), part(p.stop), part(p.step);
                part(link.value);
            }
            break;
        }
        case Kind::intrinsic: parts(static_cast<const Operation*>(node)->operands); break;
        case Kind::build: arguments(static_cast<const Build*>(node)->items); break;
        case Kind::fstring:
            for (const FString::Part& p : static_cast<const FString*>(node)->parts) part(p.node), part(p.spec);
            break;
        case Kind::helper: parts(static_cast<const HelperCall*>(node)->operands); break;
        case Kind::yield:
        case Kind::yield_from:
        case Kind::await: part(static_cast<const Unary*>(node)->value); break;
        case Kind::match: {
            const auto* n = static_cast<const Match*>(node);
            part(n->value);
            for (const Match::Clause& clause : n->clauses) pattern(clause.pattern), part(clause.body);
            break;
        }
    }
}

bool may_assign(const Node* node) {
    if (node->kind == Kind::set_local || node->kind == Kind::recur) return true;
    bool found = false;
    for_each_part(node, [&](const Node* part) { found = found || may_assign(part); });
    return found;
}

bool mentions(const Node* node, const Binding* binding) {
    switch (node->kind) {
        case Kind::local: return static_cast<const Local*>(node)->binding == binding;
        case Kind::set_local:
            if (static_cast<const SetLocal*>(node)->binding == binding) return true;
            break;
        case Kind::fn: {
            const auto& captures = static_cast<const Fn*>(node)->function->captures;
            return std::find(captures.begin(), captures.end(), binding) != captures.end();
        }
        default: break;
    }
    bool found = false;
    for_each_part(node, [&](const Node* part) { found = found || mentions(part, binding); });
    return found;
}

bool is_trivial(const Node* node) {
    if (node->kind == Kind::constant) return true;
    if (node->kind != Kind::local) return false;
    const Binding* binding = static_cast<const Local*>(node)->binding;
    return !binding->assigned && !binding->early;
}

bool never_object(const Node* node) {
    if (node->kind == Kind::constant) {
        const Value value = borrow_value(static_cast<const Constant*>(node)->value.get());
        value.release();
        return !value.is_object();
    }
    if (node->kind != Kind::intrinsic) return false;
    const Op op = static_cast<const Operation*>(node)->op;
    return op == Op::NOT || op == Op::IS || op == Op::COUNT;
}

}  // namespace catena::ast
