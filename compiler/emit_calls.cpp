// Operations, calls, collections and functions.
#include "bridge/intrinsics.hpp"
#include "compiler/emit.hpp"
#include "compiler/forms_util.hpp"
#include "compiler/walk.hpp"
#include "lang/keyword.hpp"
#include "vm/closure.hpp"
#include "vm/rebinding.hpp"

namespace catena {

using namespace ast;

namespace {

// The form of an operation whose right operand is a constant.
std::optional<Op> with_constant(Op op) {
    switch (op) {
#define WITH_CONSTANT(NAME) \
    case Op::NAME: return Op::NAME##_K;
        WITH_CONSTANT(ADD)
        WITH_CONSTANT(SUB)
        WITH_CONSTANT(MUL)
        WITH_CONSTANT(DIV)
        WITH_CONSTANT(FLOORDIV)
        WITH_CONSTANT(MOD)
        WITH_CONSTANT(LT)
        WITH_CONSTANT(LE)
        WITH_CONSTANT(GT)
        WITH_CONSTANT(GE)
        WITH_CONSTANT(EQ)
        WITH_CONSTANT(NE)
        WITH_CONSTANT(GET)
#undef WITH_CONSTANT
        default: return std::nullopt;
    }
}

// A literal longer than this is built piece by piece: a window has one register for each item.
constexpr std::size_t longest_window = 256;

}  // namespace

void Emitter::intrinsic(Operation* node, Reg dest) {
    const Reg temps = b_.temps();
    const std::vector<Node*>& values = node->operands;
    if (node->op == Op::SLICE) {
        const Reg base = window(values);
        b_.at(node->span);
        b_.emit(Op::SLICE, dest, base);
    } else if (values.size() == 1) {
        const Reg value = operand(values[0]);
        b_.at(node->span);
        b_.emit(node->op, dest, value);
    } else if (values.size() == 2 && values[1]->kind == Kind::constant && with_constant(node->op)) {
        const Reg left = operand(values[0]);
        b_.at(node->span);
        b_.emit(*with_constant(node->op), dest, left, b_.constant(static_cast<Constant*>(values[1])->value.get()));
    } else {
        // All operands first, then the operations from the left.
        const std::vector<Reg> registers = operands(values);
        b_.at(node->span);
        Reg left = registers[0];
        const Reg result = registers.size() > 2 ? b_.new_temps() : dest;
        for (std::size_t i = 1; i < registers.size(); ++i) {
            const Reg to = i + 1 == registers.size() ? dest : result;
            b_.emit(node->op, to, left, registers[i]);
            left = to;
        }
    }
    b_.drop_temps(temps);
}

void Emitter::call(Call* node, Reg dest, bool in_tail) {
    bool pairs = false;
    bool splat = node->arguments.size() > longest_window;
    for (const ast::Argument& argument : node->arguments) {
        pairs = pairs || argument.role == ast::Argument::pair;
        splat = splat || argument.role == ast::Argument::splat || argument.role == ast::Argument::splat_map;
    }
    if (splat) return call_splat(node, dest, in_tail);

    if (!pairs && builtin_call(node, dest, in_tail)) return;

    const Reg temps = b_.temps();
    const Reg base = b_.new_temps();
    // A name is looked up after the operands, any other head comes first.
    const bool name = is_name(node->callee);
    if (!name) into(node->callee, base);
    CallSite site;
    std::vector<PyObject*> names;
    for (const ast::Argument& argument : node->arguments) {
        if (argument.role == ast::Argument::pair) {
            site.pair_at.push_back(site.count);
            names.push_back(argument.name.get());
        }
        ++site.count;
        copied(argument.node);
    }
    if (name) into(node->callee, base);
    b_.at(node->span);
    const Reg releasable = b_.locals();
    if (pairs) {
        const Ref tuple = steal(PyTuple_New(static_cast<Py_ssize_t>(names.size())));
        for (std::size_t i = 0; tuple && i < names.size(); ++i)
            PyTuple_SET_ITEM(tuple.get(), static_cast<Py_ssize_t>(i), Py_NewRef(names[i]));
        site.names = tuple;
        const std::uint16_t index = b_.add_call_site(std::move(site));
        if (in_tail)
            b_.emit(Op::TAIL_CALL_PAIRS, releasable, base, index);
        else
            b_.emit(Op::CALL_PAIRS, dest, base, index);
    } else if (in_tail) {
        b_.emit(Op::TAIL_CALL, releasable, base, site.count);
    } else {
        b_.emit(Op::CALL, dest, base, site.count);
    }
    b_.drop_temps(temps);
}

// A call of a name that Python's builtins have an intrinsic for: that is tried first, on the operands where they are. The
// general call behind it does the rest.
bool Emitter::builtin_call(Call* node, Reg dest, bool in_tail) {
    const std::size_t count = node->arguments.size();
    if (node->callee->kind != Kind::global || count < 1 || count > 2) return false;
    auto* callee = static_cast<Global*>(node->callee);
    if (callee->module || !has_intrinsic(utf8_of(callee->name.get()))) return false;
    const std::uint16_t global = b_.global(callee->name.get(), callee->display.get(), nullptr);
    if (global > 0xff) return false;

    const Reg temps = b_.temps();
    const Reg base = b_.new_temps();
    Reg operands[2] = {};
    for (std::size_t n = 0; n < count; ++n) {
        Node* operand = node->arguments[n].node;
        const Reg slot = b_.new_temps();
        const bool own = operand->kind == Kind::local && in_own_register(static_cast<Local*>(operand)->binding) &&
                         !(n + 1 < count && may_assign(node->arguments[n + 1].node));
        operands[n] = own ? static_cast<Local*>(operand)->binding->reg : slot;
        if (!own) into(operand, slot);
    }
    Label done;
    const Reg result = in_tail ? b_.new_temps() : dest;
    b_.at(node->span);
    b_.emit(count == 1 ? Op::BUILTIN_1 : Op::BUILTIN_2, result, operands[0], operands[1],
            static_cast<std::uint8_t>(global));
    b_.jump_word(done);
    for (std::size_t n = 0; n < count; ++n) {
        const Reg slot = static_cast<Reg>(base + 1 + n);
        if (operands[n] != slot) b_.emit(Op::MOVE, slot, operands[n]);
    }
    into(callee, base);
    b_.at(node->span);
    if (in_tail) {
        b_.emit(Op::TAIL_CALL, b_.locals(), base, static_cast<std::uint16_t>(count));
        b_.place(done);
        tail_register(result);
    } else {
        b_.emit(Op::CALL, dest, base, static_cast<std::uint16_t>(count));
        b_.place(done);
    }
    b_.drop_temps(temps);
    return true;
}

void Emitter::call_splat(Call* node, Reg dest, bool in_tail) {
    const Reg temps = b_.temps();
    const Reg base = b_.new_temps(3);
    const Reg list = static_cast<Reg>(base + 1);
    const Reg map = static_cast<Reg>(base + 2);
    const bool name = is_name(node->callee);
    if (!name) into(node->callee, base);
    bool keywords = false;
    for (const ast::Argument& argument : node->arguments)
        keywords = keywords || argument.role == ast::Argument::splat_map;
    b_.at(node->span);
    // One splat and nothing else needs no list of its own.
    const bool alone = node->arguments.size() == 1 && node->arguments[0].role == ast::Argument::splat;
    if (!alone) b_.emit(Op::VECTOR, list, b_.temps(), 0);
    if (keywords)
        b_.emit(Op::MAP, map, b_.temps(), 0);
    else
        b_.emit(Op::CONST, map, b_.constant(Py_None));
    for (std::size_t i = 0; i < node->arguments.size(); ++i) {
        const ast::Argument& argument = node->arguments[i];
        const Reg inner = b_.temps();
        b_.at(argument.node->span);
        switch (argument.role) {
            case ast::Argument::plain: b_.emit(Op::PUSH, list, operand(argument.node)); break;
            case ast::Argument::splat: b_.emit(alone ? Op::SPREAD : Op::EXTEND, list, operand(argument.node)); break;
            case ast::Argument::splat_map: b_.emit(Op::MERGE, map, operand(argument.node), 1); break;
            case ast::Argument::pair: {
                // Its place among the others is kept; the callee found at run time decides what it is.
                const Ref written = make_written_keyword(static_cast<Constant*>(argument.node)->value.get());
                const Reg mark = b_.new_temps();
                b_.emit(Op::CONST, mark, b_.constant(written.get()));
                b_.emit(Op::PUSH, list, mark);
                b_.emit(Op::PUSH, list, operand(node->arguments[++i].node));
                break;
            }
        }
        b_.drop_temps(inner);
    }
    if (name) into(node->callee, base);
    b_.at(node->span);
    b_.emit(Op::CALL_SPLAT, dest, base, in_tail ? 1 : 0);
    b_.drop_temps(temps);
}

void Emitter::build(Build* node, Reg dest) {
    bool splat = node->items.size() > longest_window;
    bool constant = !node->items.empty();
    for (const ast::Argument& item : node->items) {
        splat = splat || item.role != ast::Argument::plain;
        constant = constant && item.role == ast::Argument::plain && item.node->kind == Kind::constant;
    }
    // A literal of constants is one constant: itself when it cannot change, else what a fresh one is copied from.
    if (constant && build_constant(node, dest)) return;
    if (splat) return build_long(node, dest);
    const Reg temps = b_.temps();
    const Reg base = temps;
    for (const ast::Argument& item : node->items) copied(item.node);
    b_.at(node->span);
    auto count = static_cast<std::uint16_t>(node->items.size());
    switch (node->what) {
        case BuildKind::vector: b_.emit(Op::VECTOR, dest, base, count); break;
        case BuildKind::tuple: b_.emit(Op::TUPLE, dest, base, count); break;
        case BuildKind::list: b_.emit(Op::LIST, dest, base, count); break;
        case BuildKind::set: b_.emit(Op::SET, dest, base, count); break;
        case BuildKind::map: b_.emit(Op::MAP, dest, base, static_cast<std::uint16_t>(count / 2)); break;
    }
    b_.drop_temps(temps);
}

bool Emitter::build_constant(Build* node, Reg dest) {
    const auto count = static_cast<Py_ssize_t>(node->items.size());
    const auto item = [&](Py_ssize_t i) {
        return static_cast<Constant*>(node->items[static_cast<std::size_t>(i)].node)->value.get();
    };
    if (node->what == BuildKind::map || node->what == BuildKind::set) return false;
    if (node->what == BuildKind::vector && count < 8) return false;
    const Ref tuple = steal(PyTuple_New(count));
    if (!tuple) return false;
    for (Py_ssize_t i = 0; i < count; ++i) PyTuple_SET_ITEM(tuple.get(), i, Py_NewRef(item(i)));
    switch (node->what) {
        case BuildKind::tuple: b_.emit(Op::CONST, dest, b_.constant(tuple.get())); return true;
        case BuildKind::list: {
            const Ref list = list_from(tuple.get());
            if (!list) return false;
            b_.emit(Op::CONST, dest, b_.constant(list.get()));
            return true;
        }
        default: {
            const Ref vector = steal(PySequence_List(tuple.get()));
            if (!vector) return false;
            const Reg source = b_.new_temps();
            b_.emit(Op::CONST, source, b_.constant(vector.get()));
            helper(Helper::COPY, dest, source, 1);
            b_.drop_temps(source);
            return true;
        }
    }
}

void Emitter::build_long(Build* node, Reg dest) {
    const Reg temps = b_.temps();
    const Reg made = b_.new_temps();
    if (node->what == BuildKind::map) {
        b_.emit(Op::MAP, made, b_.temps(), 0);
        for (std::size_t i = 0; i + 1 < node->items.size(); i += 2) {
            const Reg inner = b_.temps();
            const Reg key = operand(node->items[i].node);
            const Reg value = operand(node->items[i + 1].node);
            b_.emit(Op::PUT, made, key, value);
            b_.drop_temps(inner);
        }
        give(made, dest);
        b_.drop_temps(temps);
        return;
    }
    b_.emit(Op::VECTOR, made, b_.temps(), 0);
    for (const ast::Argument& item : node->items) {
        const Reg inner = b_.temps();
        const Reg value = operand(item.node);
        b_.at(item.node->span);
        b_.emit(item.role == ast::Argument::splat ? Op::EXTEND : Op::PUSH, made, value);
        b_.drop_temps(inner);
    }
    b_.at(node->span);
    switch (node->what) {
        case BuildKind::tuple: helper(Helper::TUPLE_OF, dest, made, 1); break;
        case BuildKind::list: helper(Helper::LIST_OF, dest, made, 1); break;
        case BuildKind::set: helper(Helper::SET_OF, dest, made, 1); break;
        default: give(made, dest);
    }
    b_.drop_temps(temps);
}

void Emitter::fstring(FString* node, Reg dest) {
    const Reg temps = b_.temps();
    std::vector<Reg> parts;
    const Reg base = b_.new_temps(node->parts.size());
    for (std::size_t i = 0; i < node->parts.size(); ++i) {
        const FString::Part& part = node->parts[i];
        const Reg slot = static_cast<Reg>(base + i);
        if (part.literal) {
            into(part.node, slot);
            continue;
        }
        const Reg inner = b_.temps();
        const Reg value = operand(part.node);
        const Reg spec = b_.new_temps();
        if (part.spec != nullptr)
            into(part.spec, spec);
        else
            b_.emit(Op::CONST, spec, b_.constant(Py_None));
        b_.at(part.node->span);
        b_.emit(Op::FORMAT, slot, value, spec, static_cast<std::uint8_t>(part.conversion));
        b_.drop_temps(inner);
    }
    b_.at(node->span);
    b_.emit(Op::JOIN, dest, base, static_cast<std::uint16_t>(node->parts.size()));
    b_.drop_temps(temps);
}

void Emitter::helper(Helper id, Reg dest, Reg base, std::size_t count) {
    b_.emit(Op::HELPER, dest, base, static_cast<std::uint16_t>(count), static_cast<std::uint8_t>(id));
}

void Emitter::await_register(Reg value, Reg dest) {
    const Reg temps = b_.temps();
    const Reg iterator = b_.new_temps();
    b_.emit(Op::AWAITABLE, iterator, value);
    b_.emit(Op::YIELD_FROM, dest, iterator);
    b_.drop_temps(temps);
}

void Emitter::for_async(Iteration* node) {
    const Reg locals = b_.locals();
    const Reg iterator = b_.new_locals();
    mark_clean(iterator, false);
    const Reg temps = b_.temps();
    const Reg source = operand(node->test);
    b_.at(node->span);
    b_.emit(Op::ASYNC_ITERATE, iterator, source);
    b_.drop_temps(temps);
    // The end of the iteration is the exception StopAsyncIteration out of the awaited step, and of it alone.
    const Reg item = b_.new_locals();
    mark_clean(item, false);
    const Reg exception = b_.new_locals();
    mark_clean(exception, false);
    node->item->reg = item;
    Label top, again, stopped, end;
    b_.place(top);
    open_region();
    const Reg step = b_.new_temps();
    b_.emit(Op::ASYNC_NEXT, step, iterator);
    await_register(step, item);
    b_.drop_temps(temps);
    close_region(stopped, exception);
    if (node->item->in_cell()) b_.emit(Op::CELL_NEW, item);
    targets_.push_back({node, &end, &again, b_.locals(), b_.temps(), cleanups_.size()});
    effect(node->body);
    targets_.pop_back();
    b_.place(again);
    b_.emit(Op::CLEAR, item, 1);
    b_.jump(Op::LOOP, top);
    enter_handler(stopped);
    const Reg test = b_.new_temps(2);
    const Ref name = interned("StopAsyncIteration");
    const Ref builtins = interned("builtins");
    if (name && builtins) b_.emit(Op::GLOBAL, test, b_.global(name.get(), name.get(), builtins.get()));
    b_.emit(Op::EXCEPTION_MATCHES, static_cast<Reg>(test + 1), exception, test);
    b_.jump(Op::JUMP_IF, end, static_cast<Reg>(test + 1));
    b_.emit(Op::RERAISE, exception);
    b_.drop_temps(temps);
    b_.place(end);
    drop_scope(locals);
}

void Emitter::fn(Fn* node, Reg dest) {
    Function& function = *node->function;
    const bool outer = std::exchange(context_.by_name, by_name_);
    Ref object = emit_function(context_, function);
    context_.by_name = outer;
    if (!object) return;
    Code* inner = code_of(object.get());
    for (Binding* captured : function.captures) {
        CaptureSource source;
        source.from_register = captured->owner == &function_;
        source.index = source.from_register ? captured->reg : function_.capture(captured);
        inner->captures.push_back(source);
    }
    b_.at(node->span);
    b_.emit(Op::CLOSURE, dest, b_.add_template(std::move(object)));
}

namespace {

Ref empty_code(const EmitContext& context, const Function& function) {
    Result<Ref> made = make_code();
    if (!made) return {};
    Code& code = *code_of(made->get());
    code.name = function.name;
    code.qualname = function.qualname;
    code.doc = function.doc ? function.doc : borrow(Py_None);
    code.file = context.file;
    code.module = borrow(context.module);
    code.globals_dict = borrow(PyModule_GetDict(context.module));
    code.source = function.source;
    code.span = function.span;
    code.kind = function.kind;
    return std::move(*made);
}

Ref emit_arity(EmitContext& context, Function& function, Arity& arity, bool twice) {
    Ref object = empty_code(context, function);
    if (!object) return {};
    Code& code = *code_of(object.get());
    code.parameters = arity.parameters;
    code.takes_keywords = arity.parameters.takes_keywords();
    code.passes_pairs = arity.passes_pairs;
    if (!Emitter(context, function, arity, code).run(twice)) {
        // Both bodies may be too large together where one is not.
        if (code.by_name == 0 || !context.diagnostic || PyErr_Occurred() != nullptr) return {};
        context.diagnostic.reset();
        return emit_arity(context, function, arity, false);
    }
    const bool simple = arity.parameters.simple() && function.kind == FunctionKind::plain;
    code.simple_arity = simple ? arity.parameters.required : -1;
    complete(code);
    return object;
}

}  // namespace

Ref emit_function(EmitContext& context, Function& function) {
    if (function.arities.size() == 1) return emit_arity(context, function, function.arities[0], true);
    Ref made = empty_code(context, function);
    if (!made) return {};
    Code& code = *code_of(made.get());
    for (Arity& arity : function.arities) {
        Ref part = emit_arity(context, function, arity, true);
        if (!part) return {};
        code.takes_keywords = code.takes_keywords || code_of(part.get())->takes_keywords;
        code.passes_pairs = code.passes_pairs || code_of(part.get())->passes_pairs;
        code.arities.push_back(std::move(part));
    }
    return made;
}

}  // namespace catena
