// Branches, scopes, loops and jumps.
#include "compiler/emit.hpp"
#include "compiler/forms_util.hpp"
#include "compiler/walk.hpp"

namespace catena {

using namespace ast;

namespace {

// The fused branches of a comparison: IF_ and UNLESS_, each with registers and with a constant.
struct Branches {
    Op if_register, if_constant, unless_register, unless_constant;
};

std::optional<Branches> branches_of(Op op) {
    switch (op) {
#define BRANCHES(NAME) \
    case Op::NAME: return Branches{Op::IF_##NAME, Op::IF_##NAME##_K, Op::UNLESS_##NAME, Op::UNLESS_##NAME##_K};
        BRANCHES(LT)
        BRANCHES(LE)
        BRANCHES(GT)
        BRANCHES(GE)
        BRANCHES(EQ)
        BRANCHES(NE)
#undef BRANCHES
        default: return std::nullopt;
    }
}

bool is_nil(const Node* node) {
    return node->kind == Kind::constant && static_cast<const Constant*>(node)->value.get() == Py_None;
}

}  // namespace

bool Emitter::compare_branch(Operation* node, Label& target, bool when) {
    const auto branches = branches_of(node->op);
    if (!branches || node->operands.size() != 2) return false;
    const Reg temps = b_.temps();
    if (node->operands[1]->kind == Kind::constant) {
        const Reg left = operand(node->operands[0]);
        b_.at(node->span);
        b_.emit(when ? branches->if_constant : branches->unless_constant, 0, left,
                b_.constant(static_cast<Constant*>(node->operands[1])->value.get()));
    } else {
        const std::vector<Reg> both = operands(node->operands);
        b_.at(node->span);
        b_.emit(when ? branches->if_register : branches->unless_register, 0, both[0], both[1]);
    }
    b_.jump_word(target);
    b_.drop_temps(temps);
    return true;
}

void Emitter::branch(Node* node, Label& target, bool when) {
    node = chosen(node);
    const Reg temps = b_.temps();
    const Span outer = b_.span();
    b_.at(node->span);
    switch (node->kind) {
        case Kind::constant: {
            PyObject* value = static_cast<Constant*>(node)->value.get();
            // Numbers, strings and collections are true whatever they hold.
            const bool truth = value != Py_None && value != Py_False;
            if (truth == when) b_.jump(Op::JUMP, target);
            return;
        }
        case Kind::intrinsic: {
            auto* test = static_cast<Operation*>(node);
            if (test->op == Op::NOT) return branch(test->operands[0], target, !when);
            if (test->op == Op::IS && is_nil(test->operands[1]) && test->operands[0]->kind == Kind::local &&
                in_own_register(static_cast<Local*>(test->operands[0])->binding)) {
                const Reg reg = static_cast<Local*>(test->operands[0])->binding->reg;
                if (when) {
                    b_.jump(Op::JUMP_IF_NIL, target, reg);
                } else {
                    Label skip;
                    b_.jump(Op::JUMP_IF_NIL, skip, reg);
                    b_.jump(Op::JUMP, target);
                    b_.place(skip);
                }
                b_.at(outer);
                return;
            }
            if (compare_branch(test, target, when)) {
                b_.at(outer);
                return;
            }
            break;
        }
        case Kind::and_:
        case Kind::or_: {
            // `and` is false as soon as one is; `or` is true as soon as one is.
            const auto& items = static_cast<Sequence*>(node)->items;
            const bool deciding = node->kind == Kind::or_;
            Label skip;
            for (std::size_t i = 0; i + 1 < items.size(); ++i)
                branch(items[i], deciding == when ? target : skip, deciding);
            branch(items.back(), target, when);
            b_.place(skip);
            b_.at(outer);
            return;
        }
        case Kind::do_: {
            const auto& items = static_cast<Sequence*>(node)->items;
            for (std::size_t i = 0; i + 1 < items.size(); ++i) effect(items[i]);
            branch(items.back(), target, when);
            b_.at(outer);
            return;
        }
        default: break;
    }
    const Reg test = operand(node);
    b_.at(node->span);
    b_.jump(when ? Op::JUMP_IF : Op::JUMP_UNLESS, target, test);
    b_.drop_temps(temps);
    b_.at(outer);
}

// An if of which only one arm does something, for its effect: no jump over the other arm.
bool Emitter::one_armed(If* node) {
    const bool only_else = node->then->kind == Kind::constant;
    if (!only_else && node->otherwise->kind != Kind::constant) return false;
    Label end;
    branch(node->test, end, only_else);
    effect(only_else ? node->otherwise : node->then);
    b_.place(end);
    return true;
}

// `joins`: control goes on behind the form; otherwise every value has left the function.
void Emitter::cond(const std::vector<std::pair<Node*, Node*>>& clauses, Node* otherwise,
                   const std::function<void(Node*)>& value, bool joins) {
    Label end;
    for (const auto& [test, result] : clauses) {
        if (test->kind == Kind::constant) {
            PyObject* constant = static_cast<Constant*>(test)->value.get();
            if (constant == Py_None || constant == Py_False) continue;
            value(result);
            b_.place(end);
            return;
        }
        Label next;
        branch(test, next, false);
        value(result);
        if (joins) b_.jump(Op::JUMP, end);
        b_.place(next);
    }
    value(otherwise);
    b_.place(end);
}

void Emitter::let(Let* node, const std::function<void(Node*)>& body) {
    const Reg locals = b_.locals();
    for (const Bind& step : node->binds) bind(step);
    body(node->body);
    drop_scope(locals);
}

// The value of `and` and `or`: each operand's value is tested in a variable and kept there when it decides.
void Emitter::connective(Sequence* node, Reg dest) {
    const Reg holder = b_.new_locals();
    mark_clean(holder, false);
    Label end;
    for (std::size_t i = 0; i < node->items.size(); ++i) {
        into(node->items[i], holder);
        if (i + 1 == node->items.size()) break;
        b_.jump(node->kind == Kind::and_ ? Op::JUMP_UNLESS : Op::JUMP_IF, end, holder);
        if (!holds_no_object(node->items[i])) b_.emit(Op::CLEAR, holder, 1);
    }
    b_.place(end);
    b_.emit(Op::MOVE, dest, holder);
    drop_scope(holder);
}

void Emitter::connective_tail(Sequence* node) {
    const Reg holder = b_.new_locals();
    mark_clean(holder, false);
    Label end;
    for (std::size_t i = 0; i + 1 < node->items.size(); ++i) {
        into(node->items[i], holder);
        b_.jump(node->kind == Kind::and_ ? Op::JUMP_UNLESS : Op::JUMP_IF, end, holder);
        if (!holds_no_object(node->items[i])) b_.emit(Op::CLEAR, holder, 1);
    }
    tail(node->items.back());
    b_.place(end);
    tail_register(holder);
    b_.drop_locals(holder);
}

void Emitter::loop(Loop* node, const std::function<void(Node*)>& body) {
    const Reg locals = b_.locals();
    for (const Bind& step : node->binds) {
        bind(step);
        mark_clean(step.targets[0]->reg, false);
    }
    Label top;
    b_.place(top);
    loops_.push_back({node, &top, b_.locals()});
    body(node->body);
    loops_.pop_back();
    drop_scope(locals);
}

void Emitter::recur(Recur* node) {
    const LoopTarget* target = nullptr;
    for (const LoopTarget& candidate : loops_)
        if (candidate.loop == node->loop) target = &candidate;
    std::vector<Binding*> variables;
    if (node->loop != nullptr) {
        for (const Bind& step : node->loop->binds) variables.push_back(step.targets[0]);
    } else {
        variables = arity_.registers;
    }
    const Reg temps = b_.temps();
    // A variable that no later value reads can take its new value at once, when the operation may write its own
    // operand; the others wait in temporaries until all values are known.
    std::vector<std::pair<std::size_t, Reg>> waiting;
    for (std::size_t i = 0; i < variables.size(); ++i) {
        Node* value = chosen(node->values[i]);
        Binding* variable = variables[i];
        if (value->kind == Kind::local && static_cast<Local*>(value)->binding == variable && !variable->in_cell())
            continue;
        bool read_later = false;
        for (std::size_t k = i + 1; k < variables.size(); ++k)
            read_later = read_later || mentions(node->values[k], variable);
        if (!read_later && !variable->in_cell() && value->kind == Kind::intrinsic && mentions(value, variable)) {
            set_binding(variable, value);
            continue;
        }
        waiting.emplace_back(i, copied(value));
    }
    b_.at(node->span);
    release_locals(target->locals);
    for (const auto& [i, reg] : waiting) {
        // A round binds afresh: a variable that closures share gets a new cell.
        if (variables[i]->in_cell() && node->loop != nullptr) b_.emit(Op::CELL_NEW, reg);
        b_.emit(Op::STORE, variables[i]->reg, reg);
    }
    b_.jump(Op::LOOP, *target->top);
    b_.drop_temps(temps);
}

void Emitter::while_loop(Iteration* node) {
    Label top, end;
    b_.place(top);
    targets_.push_back({node, &end, &top, b_.locals(), b_.temps(), cleanups_.size()});
    branch(node->test, end, false);
    effect(node->body);
    targets_.pop_back();
    b_.jump(Op::LOOP, top);
    b_.place(end);
}

void Emitter::for_each(Iteration* node) {
    const Reg locals = b_.locals();
    const Reg state = b_.new_locals(2);
    mark_clean(state, false);
    mark_clean(static_cast<Reg>(state + 1), false);
    const Reg temps = b_.temps();
    const Reg source = operand(node->test);
    b_.at(node->span);
    b_.emit(Op::ITERATE, state, source);
    b_.drop_temps(temps);
    Label top, again, end;
    const Reg item = b_.new_locals();
    mark_clean(item, false);
    node->item->reg = item;
    b_.place(top);
    b_.emit(Op::NEXT, item, state);
    b_.jump(Op::JUMP, end);
    if (node->item->in_cell()) b_.emit(Op::CELL_NEW, item);
    targets_.push_back({node, &end, &again, b_.locals(), b_.temps(), cleanups_.size()});
    effect(node->body);
    targets_.pop_back();
    // NEXT lets go of the item before.
    b_.place(again);
    b_.jump(Op::LOOP, top);
    b_.place(end);
    drop_scope(locals);
}

void Emitter::count_up(Iteration* node) {
    const Reg locals = b_.locals();
    const Reg limit = b_.new_locals();
    const Reg counter = b_.new_locals();
    mark_clean(limit, true);
    mark_clean(counter, true);
    const Reg temps = b_.temps();
    if (node->test->kind == Kind::constant && PyLong_CheckExact(static_cast<Constant*>(node->test)->value.get()) &&
        never_object(node->test)) {
        into(node->test, limit);
    } else {
        const Reg count = copied(node->test);
        b_.at(node->span);
        helper(Helper::LOOP_COUNT, limit, count, 1);
    }
    b_.drop_temps(temps);
    Label top, again, end;
    const Ref zero = steal(PyLong_FromLong(0));
    b_.emit(Op::CONST, counter, b_.constant(zero.get()));
    b_.emit(Op::UNLESS_LT, 0, counter, limit);
    b_.jump_word(end);
    b_.place(top);
    const bool own_variable = node->item->assigned || node->item->in_cell();
    Reg item = counter;
    if (own_variable) {
        item = b_.new_locals();
        mark_clean(item, false);
        b_.emit(Op::MOVE, item, counter);
        if (node->item->in_cell()) b_.emit(Op::CELL_NEW, item);
    }
    node->item->reg = item;
    targets_.push_back({node, &end, &again, b_.locals(), b_.temps(), cleanups_.size()});
    effect(node->body);
    targets_.pop_back();
    b_.place(again);
    if (own_variable) b_.emit(Op::CLEAR, item, 1);
    b_.at(node->span);
    b_.emit(Op::COUNT_UP, counter, limit);
    b_.jump_word(top);
    b_.place(end);
    // A break comes here with the item still there.
    if (own_variable) b_.emit(Op::CLEAR, item, 1);
    b_.drop_locals(locals);
}

void Emitter::jump_out(Jump* node) {
    const Target* target = nullptr;
    for (const Target& candidate : targets_)
        if (candidate.iteration == node->target) target = &candidate;
    const Target to = *target;
    const Reg temps = b_.temps();
    b_.at(node->span);
    if (temps > to.temps) b_.emit(Op::CLEAR, to.temps, static_cast<std::uint16_t>(temps - to.temps));
    run_cleanups(to.cleanups);
    release_locals(to.locals);
    b_.jump(node->kind == Kind::break_ ? Op::JUMP : Op::LOOP, node->kind == Kind::break_ ? *to.leave : *to.again);
}

}  // namespace catena
