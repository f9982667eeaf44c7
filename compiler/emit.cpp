#include "compiler/emit.hpp"

#include "compiler/forms_util.hpp"
#include "compiler/walk.hpp"
#include "vm/closure.hpp"

namespace catena {

using namespace ast;

Emitter::Emitter(EmitContext& context, Function& function, Arity& arity, Code& code)
    : context_(context),
      function_(function),
      arity_(arity),
      code_(code),
      b_(code),
      tail_calls_(function.kind == FunctionKind::plain && !function.top_level),
      by_name_(context.by_name) {}

bool Emitter::run(bool twice) {
    emit_body();
    if (!twice) code_.core_names.clear();
    if (!code_.core_names.empty()) {
        code_.by_name = static_cast<std::uint32_t>(b_.here());
        by_name_ = true;
        emit_body();
    }
    if (!b_.finish()) {
        context_.diagnostic = Diagnostic{"the function is too large: split it", {}, arity_.span, false};
        return false;
    }
    return !context_.diagnostic && PyErr_Occurred() == nullptr;
}

// The node itself, or the call that it stands for when core's names are to be looked up.
Node* Emitter::chosen(Node* node) {
    if (node->written == nullptr) return node;
    if (by_name_) return node->written;
    PyObject* name = static_cast<Global*>(node->written->callee)->name.get();
    for (const Ref& known : code_.core_names)
        if (known.get() == name) return node;
    code_.core_names.push_back(borrow(name));
    return node;
}

void Emitter::emit_body() {
    b_.drop_locals(0);
    clean_.clear();
    entry_ = Label();
    loops_.clear();
    b_.at(arity_.span);
    for (Binding* parameter : arity_.registers) parameter->reg = b_.new_locals();
    if (function_.self != nullptr && function_.self->captured) {
        // Closures that refer to this function by its name capture it from a register.
        function_.self->reg = b_.new_locals();
        b_.emit(Op::SELF, function_.self->reg);
    }
    const Reg first = b_.locals();
    b_.place(entry_);
    loops_.push_back({nullptr, &entry_, first});
    const auto has_default = [&](const Binding* binding) {
        for (const Bind& bind : arity_.prologue)
            if (bind.value == nullptr && bind.targets[0] == binding) return true;
        return false;
    };
    for (Binding* parameter : arity_.registers)
        if (parameter->in_cell() && !has_default(parameter)) b_.emit(Op::CELL_NEW, parameter->reg);
    for (const Bind& step : arity_.prologue) {
        b_.at(step.span);
        if (step.value != nullptr || step.fallback == nullptr) {
            bind(step);
            continue;
        }
        const Reg reg = step.targets[0]->reg;
        Label given;
        b_.jump(Op::JUMP_IF_GIVEN, given, reg);
        into(step.fallback, reg);
        b_.place(given);
        if (step.targets[0]->in_cell()) b_.emit(Op::CELL_NEW, reg);
    }
    tail(arity_.body);
    if (b_.code().instrs.back().op == static_cast<std::uint8_t>(Op::CLEAR)) {
        // After a loop that every path leaves or begins again; nothing comes here, but code ends by leaving.
        const Reg nothing = b_.new_temps();
        b_.emit(Op::CONST, nothing, b_.constant(Py_None));
        b_.emit(Op::RETURN, nothing, 0);
        b_.drop_temps(nothing);
    }
}

// Variables

bool Emitter::in_own_register(const Binding* binding) const {
    return binding->owner == &function_ && !binding->in_cell() && !(binding->is_self && !binding->captured);
}

void Emitter::load(Binding* binding, Reg dest, Span span) {
    b_.at(span);
    const auto named = [&] { return b_.name(binding->name ? binding->name.get() : function_.name.get()); };
    if (binding->owner == &function_) {
        if (binding->is_self && !binding->captured)
            b_.emit(Op::SELF, dest);
        else if (binding->in_cell())
            b_.emit(Op::CELL_GET, dest, binding->reg, named());
        else
            b_.emit(Op::MOVE, dest, binding->reg);
        return;
    }
    const std::uint16_t index = function_.capture(binding);
    if (binding->in_cell())
        b_.emit(Op::CAPTURE_GET, dest, index, named());
    else
        b_.emit(Op::CAPTURE, dest, index);
}

void Emitter::mark_clean(Reg local, bool is_clean) {
    if (clean_.size() <= local) clean_.resize(local + 1u);
    clean_[local] = is_clean;
}

// Ends the scope of the locals from `from` on: releases what may hold an object.
void Emitter::drop_scope(Reg from) {
    release_locals(from);
    b_.drop_locals(from);
}

void Emitter::release_locals(Reg from) {
    Reg end = b_.locals();
    while (end > from && clean(static_cast<Reg>(end - 1))) --end;
    Reg start = from;
    while (start < end && clean(start)) ++start;
    if (start < end) b_.emit(Op::CLEAR, start, static_cast<std::uint16_t>(end - start));
}

// A hidden variable that stands for another one, which nothing assigns, shares its register.
bool Emitter::is_alias(const Bind& bind) const {
    if (bind.unpack || bind.value == nullptr || bind.fallback != nullptr || bind.value->kind != Kind::local)
        return false;
    const Binding* target = bind.targets[0];
    return !target->name && !target->captured && !target->assigned && is_trivial(bind.value) &&
           in_own_register(static_cast<Local*>(bind.value)->binding);
}

void Emitter::bind(const Bind& bind) {
    b_.at(bind.span);
    if (is_alias(bind)) {
        bind.targets[0]->reg = static_cast<Local*>(bind.value)->binding->reg;
        return;
    }
    const Reg first = b_.new_locals(bind.targets.size());
    for (std::size_t i = 0; i < bind.targets.size(); ++i) {
        mark_clean(static_cast<Reg>(first + i), false);
        // The number is taken now and given to the binding when its value is there: the value may be the same
        // variable's node of an earlier emission.
    }
    if (bind.unpack) {
        const Reg source = operand(bind.value);
        b_.at(bind.span);
        b_.emit(Op::UNPACK, first, source, static_cast<std::uint16_t>(bind.targets.size() - (bind.has_rest ? 1 : 0)),
                bind.has_rest ? 1 : 0);
        if (is_temp(source)) b_.drop_temps(source);
    } else if (bind.value != nullptr) {
        into(bind.value, first);
        if (bind.fallback != nullptr) {
            Label given;
            b_.jump(Op::JUMP_IF_GIVEN, given, first);
            into(bind.fallback, first);
            b_.place(given);
        } else if (holds_no_object(bind.value) && !bind.targets[0]->assigned && !bind.targets[0]->in_cell()) {
            mark_clean(first, true);
        }
    }
    for (std::size_t i = 0; i < bind.targets.size(); ++i) {
        Binding* target = bind.targets[i];
        target->reg = static_cast<Reg>(first + i);
        if (!target->in_cell()) continue;
        if (bind.value == nullptr) b_.emit(Op::MISSING, target->reg);
        b_.emit(Op::CELL_NEW, target->reg);
    }
}

// Assigns without a value of its own.
void Emitter::set_binding(Binding* binding, Node* value) {
    value = chosen(value);
    const Reg temps = b_.temps();
    if (binding->owner == &function_ && !binding->in_cell() && value->kind == Kind::intrinsic) {
        // `x = x op y` writes its own operand: no temporary, nothing to release on machine numbers.
        auto* operation = static_cast<Operation*>(value);
        const auto is_it = [&](Node* n) {
            return n->kind == Kind::local && static_cast<Local*>(n)->binding == binding;
        };
        const std::vector<Node*>& o = operation->operands;
        if (writes_own_operand(operation->op) && o.size() == 2 && (is_it(o[0]) || is_it(o[1])) && !may_assign(o[0]) &&
            !may_assign(o[1])) {
            intrinsic(operation, binding->reg);
            return;
        }
    }
    const Reg source = copied(value);
    if (binding->owner != &function_)
        b_.emit(Op::CAPTURE_SET, function_.capture(binding), source);
    else if (binding->in_cell())
        b_.emit(Op::CELL_SET, binding->reg, source);
    else {
        b_.emit(Op::STORE, binding->reg, source);
        mark_clean(binding->reg, false);
    }
    b_.drop_temps(temps);
}

bool Emitter::writes_own_operand(Op op) {
    switch (op) {
        case Op::ADD:
        case Op::SUB:
        case Op::MUL:
        case Op::DIV:
        case Op::FLOORDIV:
        case Op::MOD: return true;
        default: return false;
    }
}

// Values

Reg Emitter::copied(Node* node) {
    const Reg temp = b_.new_temps();
    into(node, temp);
    return temp;
}

Reg Emitter::operand(Node* node) {
    if (node->kind == Kind::local) {
        Binding* binding = static_cast<Local*>(node)->binding;
        if (in_own_register(binding)) return binding->reg;
    }
    return copied(node);
}

// Registers for several operands, evaluated from the left. A variable that a later operand assigns is copied first.
std::vector<Reg> Emitter::operands(const std::vector<Node*>& nodes) {
    std::vector<Reg> registers;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        bool copy = false;
        if (nodes[i]->kind == Kind::local && static_cast<Local*>(nodes[i])->binding->assigned)
            for (std::size_t k = i + 1; k < nodes.size(); ++k) copy = copy || may_assign(nodes[k]);
        registers.push_back(copy ? copied(nodes[i]) : operand(nodes[i]));
    }
    return registers;
}

Reg Emitter::window(const std::vector<Node*>& nodes) {
    const Reg base = b_.temps();
    for (Node* node : nodes) copied(node);
    return base;
}

void Emitter::give(Reg source, Reg dest) {
    if (source != dest) b_.emit(Op::MOVE, dest, source);
}

void Emitter::into(Node* node, Reg dest) {
    node = chosen(node);
    const Reg temps = b_.temps();
    const Span outer = b_.span();
    b_.at(node->span);
    const auto nil_result = [&] { b_.emit(Op::CONST, dest, b_.constant(Py_None)); };
    switch (node->kind) {
        case Kind::constant: b_.emit(Op::CONST, dest, b_.constant(static_cast<Constant*>(node)->value.get())); break;
        case Kind::local: load(static_cast<Local*>(node)->binding, dest, node->span); break;
        case Kind::self: b_.emit(Op::SELF, dest); break;
        case Kind::raw_cell: b_.emit(Op::MOVE, dest, static_cast<Reference*>(node)->binding->reg); break;
        case Kind::global: {
            auto* global = static_cast<Global*>(node);
            b_.emit(Op::GLOBAL, dest, b_.global(global->name.get(), global->display.get(), global->module.get()));
            break;
        }
        case Kind::def_global:
        case Kind::set_global: {
            auto* set = static_cast<SetGlobal*>(node);
            into(set->value, dest);
            b_.at(node->span);
            b_.emit(node->kind == Kind::def_global ? Op::DEF_GLOBAL : Op::SET_GLOBAL, dest,
                    b_.global(set->name.get(), set->display.get(), nullptr));
            break;
        }
        case Kind::set_local:
            effect(node);
            load(static_cast<SetLocal*>(node)->binding, dest, node->span);
            break;
        case Kind::if_:
        case Kind::cond: {
            Cond* as_cond = node->kind == Kind::cond ? static_cast<Cond*>(node) : nullptr;
            const auto value = [&](Node* n) { into(n, dest); };
            if (as_cond != nullptr) {
                cond(as_cond->clauses, as_cond->otherwise, value, true);
            } else {
                auto* choice = static_cast<If*>(node);
                cond({{choice->test, choice->then}}, choice->otherwise, value, true);
            }
            break;
        }
        case Kind::do_: {
            const auto& items = static_cast<Sequence*>(node)->items;
            for (std::size_t i = 0; i + 1 < items.size(); ++i) effect(items[i]);
            into(items.back(), dest);
            break;
        }
        case Kind::and_:
        case Kind::or_: connective(static_cast<Sequence*>(node), dest); break;
        case Kind::let: let(static_cast<Let*>(node), [&](Node* body) { into(body, dest); }); break;
        case Kind::loop: loop(static_cast<Loop*>(node), [&](Node* body) { into(body, dest); }); break;
        case Kind::match:
            match(
                static_cast<Match*>(node), [&](Node* body) { into(body, dest); }, true);
            break;
        case Kind::recur: recur(static_cast<Recur*>(node)); break;
        case Kind::break_:
        case Kind::continue_: jump_out(static_cast<Jump*>(node)); break;
        case Kind::try_: try_(static_cast<Try*>(node), dest); break;
        case Kind::with: with(static_cast<With*>(node), dest); break;
        case Kind::throw_: throw_(static_cast<Throw*>(node)); break;
        case Kind::fn: fn(static_cast<Fn*>(node), dest); break;
        case Kind::call: call(static_cast<Call*>(node), dest, false); break;
        case Kind::path: path(static_cast<Path*>(node), dest, false); break;
        case Kind::intrinsic: intrinsic(static_cast<Operation*>(node), dest); break;
        case Kind::build: build(static_cast<Build*>(node), dest); break;
        case Kind::fstring: fstring(static_cast<FString*>(node), dest); break;
        case Kind::helper: {
            auto* call = static_cast<HelperCall*>(node);
            const Reg base = window(call->operands);
            b_.at(node->span);
            helper(call->id, dest, base, call->operands.size());
            break;
        }
        case Kind::yield: {
            const Reg value = operand(static_cast<Unary*>(node)->value);
            b_.at(node->span);
            b_.emit(Op::YIELD, dest, value);
            break;
        }
        case Kind::yield_from: {
            const Reg iterator = copied(static_cast<Unary*>(node)->value);
            b_.at(node->span);
            b_.emit(Op::YIELD_FROM, dest, iterator);
            break;
        }
        case Kind::await: {
            const Reg value = operand(static_cast<Unary*>(node)->value);
            b_.at(node->span);
            await_register(value, dest);
            break;
        }
        case Kind::while_:
        case Kind::for_each:
        case Kind::count_up:
        case Kind::for_async:
        case Kind::push:
        case Kind::del_global:
            effect(node);
            nil_result();
            break;
    }
    b_.drop_temps(temps);
    b_.at(outer);
}

void Emitter::effect(Node* node) {
    node = chosen(node);
    const Reg temps = b_.temps();
    const Span outer = b_.span();
    b_.at(node->span);
    switch (node->kind) {
        case Kind::constant:
        case Kind::fn: break;
        case Kind::local:
            // A variable that may be unbound is an error even when its value is not used.
            if (static_cast<Local*>(node)->binding->early) b_.emit(Op::CLEAR, copied(node), 1);
            break;
        case Kind::set_local: {
            auto* set = static_cast<SetLocal*>(node);
            set_binding(set->binding, set->value);
            break;
        }
        case Kind::del_global: {
            auto* del = static_cast<SetGlobal*>(node);
            b_.emit(Op::DEL_GLOBAL, b_.global(del->name.get(), del->display.get(), nullptr));
            break;
        }
        case Kind::if_: {
            auto* choice = static_cast<If*>(node);
            if (!one_armed(choice))
                cond(
                    {{choice->test, choice->then}}, choice->otherwise, [&](Node* n) { effect(n); }, true);
            break;
        }
        case Kind::cond: {
            auto* choice = static_cast<Cond*>(node);
            cond(
                choice->clauses, choice->otherwise, [&](Node* n) { effect(n); }, true);
            break;
        }
        case Kind::do_:
            for (Node* item : static_cast<Sequence*>(node)->items) effect(item);
            break;
        case Kind::and_:
        case Kind::or_: {
            const auto& items = static_cast<Sequence*>(node)->items;
            Label end;
            for (std::size_t i = 0; i + 1 < items.size(); ++i) branch(items[i], end, node->kind == Kind::or_);
            effect(items.back());
            b_.place(end);
            break;
        }
        case Kind::let: let(static_cast<Let*>(node), [&](Node* body) { effect(body); }); break;
        case Kind::loop: loop(static_cast<Loop*>(node), [&](Node* body) { effect(body); }); break;
        case Kind::match:
            match(
                static_cast<Match*>(node), [&](Node* body) { effect(body); }, true);
            break;
        case Kind::while_: while_loop(static_cast<Iteration*>(node)); break;
        case Kind::for_each: for_each(static_cast<Iteration*>(node)); break;
        case Kind::count_up: count_up(static_cast<Iteration*>(node)); break;
        case Kind::for_async: for_async(static_cast<Iteration*>(node)); break;
        case Kind::push: {
            auto* push = static_cast<Push*>(node);
            const Reg value = operand(push->value);
            b_.at(node->span);
            if (in_own_register(push->list)) {
                b_.emit(Op::PUSH, push->list->reg, value);
            } else {
                const Reg list = b_.new_temps();
                load(push->list, list, node->span);
                b_.emit(Op::PUSH, list, value);
                b_.emit(Op::CLEAR, list, 1);
            }
            break;
        }
        case Kind::recur: recur(static_cast<Recur*>(node)); break;
        case Kind::break_:
        case Kind::continue_: jump_out(static_cast<Jump*>(node)); break;
        case Kind::throw_: throw_(static_cast<Throw*>(node)); break;
        case Kind::path: {
            const Reg result = b_.new_temps();
            if (path_effect(static_cast<Path*>(node), result)) b_.emit(Op::CLEAR, result, 1);
            break;
        }
        default: {
            const Reg result = copied(node);
            b_.at(node->span);
            if (!holds_no_object(node)) b_.emit(Op::CLEAR, result, 1);
        }
    }
    b_.drop_temps(temps);
    b_.at(outer);
}

void Emitter::tail_register(Reg source) {
    Reg releasable = b_.locals();
    while (releasable > 0 && clean(static_cast<Reg>(releasable - 1))) --releasable;
    b_.emit(Op::RETURN, source, releasable);
}

void Emitter::tail(Node* node) {
    node = chosen(node);
    const Reg temps = b_.temps();
    b_.at(node->span);
    switch (node->kind) {
        case Kind::if_: {
            auto* choice = static_cast<If*>(node);
            cond(
                {{choice->test, choice->then}}, choice->otherwise, [&](Node* n) { tail(n); }, false);
            break;
        }
        case Kind::cond: {
            auto* choice = static_cast<Cond*>(node);
            cond(
                choice->clauses, choice->otherwise, [&](Node* n) { tail(n); }, false);
            break;
        }
        case Kind::do_: {
            const auto& items = static_cast<Sequence*>(node)->items;
            for (std::size_t i = 0; i + 1 < items.size(); ++i) effect(items[i]);
            tail(items.back());
            break;
        }
        case Kind::and_:
        case Kind::or_: connective_tail(static_cast<Sequence*>(node)); break;
        case Kind::let: {
            auto* scope = static_cast<Let*>(node);
            const Reg locals = b_.locals();
            for (const Bind& step : scope->binds) bind(step);
            tail(scope->body);
            b_.drop_locals(locals);
            break;
        }
        case Kind::loop: loop(static_cast<Loop*>(node), [&](Node* body) { tail(body); }); break;
        case Kind::match:
            match(
                static_cast<Match*>(node), [&](Node* body) { tail(body); }, false);
            break;
        case Kind::recur: recur(static_cast<Recur*>(node)); break;
        case Kind::break_:
        case Kind::continue_: jump_out(static_cast<Jump*>(node)); break;
        case Kind::throw_: throw_(static_cast<Throw*>(node)); break;
        case Kind::call:
            if (tail_calls_) {
                call(static_cast<Call*>(node), b_.new_temps(), true);
                break;
            }
            tail_register(copied(node));
            break;
        case Kind::path:
            if (tail_calls_) {
                path(static_cast<Path*>(node), b_.new_temps(), true);
                break;
            }
            tail_register(copied(node));
            break;
        default: {
            const Reg result = operand(node);
            b_.at(node->span);
            tail_register(result);
        }
    }
    b_.drop_temps(temps);
}

}  // namespace catena
