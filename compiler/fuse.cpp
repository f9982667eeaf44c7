// Fusion: paths of interop links become chains.
//
// A path is evaluated in segments. A segment is a run of attribute links closed by a call or an index; its operands
// are evaluated before its first link runs, so `(m.f (g))` looks `f` up after `(g)`. The operands of a later segment
// are evaluated after the call or index before it has returned. Therefore segments can be one chain as long as the
// operands of the later ones are trivial: constants and variables that nothing assigns. Where one is not, the chain
// ends and a new one begins. Without fusion the same order holds, with a chain for every link.
#include <algorithm>

#include "bridge/chain.hpp"
#include "bridge/method.hpp"
#include "compiler/emit.hpp"
#include "compiler/forms_util.hpp"
#include "compiler/walk.hpp"
#include "vm/chain_object.hpp"

namespace catena {

using namespace ast;

namespace {

bool closes_segment(const Link& link) { return link.kind != StepKind::get; }

// The operands of a link, in order of evaluation.
std::vector<Node*> operands_of(const Link& link) {
    std::vector<Node*> nodes;
    for (const ast::Argument& argument : link.arguments)
        if (argument.role != ast::Argument::pair) nodes.push_back(argument.node);
    for (const Link::Part& part : link.parts)
        for (Node* node : {part.value, part.stop, part.step})
            if (node != nullptr) nodes.push_back(node);
    if (link.value != nullptr) nodes.push_back(link.value);
    return nodes;
}

bool all_trivial(const Link& link) {
    for (const ast::Argument& argument : link.arguments)
        if (argument.role == ast::Argument::splat_map) return false;
    for (Node* node : operands_of(link))
        if (!is_trivial(node)) return false;
    return true;
}

std::string utf8(const Ref& name) { return std::string(utf8_of(name.get())); }

}  // namespace

class PathEmitter {
public:
    PathEmitter(Emitter& emitter, Path* node) : e_(emitter), node_(node) {}

    // `unwanted`: nobody reads the result. Answers whether it was written all the same.
    bool run_for_effect(Reg dest) {
        unwanted_ = true;
        run(dest, false);
        return result_written_;
    }

    void run(Reg dest, bool in_tail) {
        in_tail_ = in_tail;
        const Reg temps = e_.b_.temps();
        begin();
        const std::vector<Link>& links = node_->links;
        std::size_t pending = 0;  // attribute links that wait for their segment's operands
        for (std::size_t i = 0; i < links.size(); ++i) {
            if (!closes_segment(links[i])) {
                ++pending;
                continue;
            }
            if (!all_trivial(links[i]) && ran_something_) flush();
            Step step = evaluate(links[i]);
            for (std::size_t k = i - pending; k < i; ++k) add(Step::get(utf8(links[k].name), links[k].span));
            pending = 0;
            add(std::move(step));
            ran_something_ = true;
        }
        for (std::size_t k = links.size() - pending; k < links.size(); ++k)
            add(Step::get(utf8(links[k].name), links[k].span));
        const bool tail_chain = in_tail && !links.empty() && links.back().kind == StepKind::call;
        finish(dest, tail_chain);
        e_.b_.drop_temps(temps);
        if (in_tail && !tail_chain) e_.tail_register(dest);
    }

private:
    bool fuse() const { return e_.context_.options.fuse; }

    void begin() {
        if (node_->root == nullptr) {
            add(Step::import_module(utf8(node_->import_name), {}, node_->span));
            bool trivial = true;
            for (const Link& link : node_->links) trivial = trivial && all_trivial(link);
            // The import runs where it is written: before operands that do something.
            if (!trivial && fuse()) {
                flush();
                chain_.steps.clear();
                chain_.steps.push_back(Step::import_module(utf8(node_->import_name), Operand::slot(0), node_->span));
            }
            return;
        }
        Node* root = node_->root;
        if (const Operand global = global_root(); global.present()) {
            chain_.steps.push_back(root_step(global, root));
            return;
        }
        bool copy = false;
        if (root->kind == Kind::local && static_cast<Local*>(root)->binding->assigned)
            for (const Link& link : node_->links)
                for (Node* operand : operands_of(link)) copy = copy || may_assign(operand);
        const Operand slot = add_slot(copy ? e_.copied(root) : e_.operand(root), name_of(root));
        chain_.steps.push_back(root_step(slot, root));
    }

    static Step root_step(Operand operand, Node* root) {
        const std::string module = known_module(root);
        return module.empty() ? Step::value(operand, root->span) : Step::import_module(module, operand, root->span);
    }

    // The operand of a root that the instruction itself looks up: the name of a known module, of which one function is called or
    // one attribute is read. No other operand does anything, so the name might as well be looked up before them.
    Operand global_root() {
        if (!fuse() || in_tail_ || node_->root->kind != Kind::global || known_module(node_->root).empty()) return {};
        const std::vector<Link>& links = node_->links;
        const bool one = links.size() == 1 && links[0].kind != StepKind::call;
        const bool called = links.size() == 2 && links[0].kind == StepKind::get && links[1].kind == StepKind::call;
        if ((!one && !called) || !all_trivial(links.back())) return {};
        for (const ast::Argument& argument : links.back().arguments)
            if (argument.role == ast::Argument::splat || argument.role == ast::Argument::splat_map) return {};
        auto* root = static_cast<Global*>(node_->root);
        const std::uint16_t index = e_.b_.global(root->name.get(), root->display.get(), root->module.get());
        if (index >= first_temp) return {};
        slots_.push_back(index);
        chain_.slot_names.push_back(name_of(root));
        root_is_global_ = true;
        return Operand::slot(0);
    }

    static std::string known_module(Node* root) {
        if (root->kind == Kind::global) return static_cast<Global*>(root)->python_module;
        if (root->kind == Kind::local && !static_cast<Local*>(root)->binding->assigned)
            return static_cast<Local*>(root)->binding->module;
        return {};
    }

    static std::string name_of(Node* node) {
        if (node->kind == Kind::local) {
            const Binding* binding = static_cast<Local*>(node)->binding;
            return binding->name ? std::string(utf8_of(binding->name.get())) : std::string();
        }
        if (node->kind == Kind::global) return std::string(utf8_of(static_cast<Global*>(node)->display.get()));
        return {};
    }

    Operand add_slot(Reg reg, std::string name) {
        if (!is_temp(reg))
            for (std::size_t i = root_is_global_ ? 1 : 0; i < slots_.size(); ++i)
                if (slots_[i] == reg) return Operand::slot(static_cast<std::uint32_t>(i));
        slots_.push_back(reg);
        chain_.slot_names.push_back(std::move(name));
        return Operand::slot(static_cast<std::uint32_t>(slots_.size() - 1));
    }

    Operand operand(Node* node) {
        if (node->kind == Kind::constant) return chain_.constant(static_cast<Constant*>(node)->value);
        return add_slot(e_.operand(node), name_of(node));
    }

    // Evaluates a link's operands, now, and answers its step.
    Step evaluate(const Link& link) {
        switch (link.kind) {
            case StepKind::call: {
                std::vector<catena::Argument> arguments;
                for (std::size_t i = 0; i < link.arguments.size(); ++i) {
                    const ast::Argument& argument = link.arguments[i];
                    switch (argument.role) {
                        case ast::Argument::plain:
                            arguments.push_back(catena::Argument::positional(hold(argument.node, link, i)));
                            break;
                        case ast::Argument::splat:
                            arguments.push_back(catena::Argument::splat(hold(argument.node, link, i)));
                            break;
                        case ast::Argument::pair:
                            arguments.push_back(catena::Argument::keyword(
                                utf8(argument.name), hold(link.arguments[i + 1].node, link, i + 1)));
                            arguments.back().written = static_cast<Constant*>(argument.node)->value;
                            ++i;
                            break;
                        case ast::Argument::splat_map: {
                            const Reg temps = e_.b_.temps();
                            const Reg map = e_.b_.new_temps();
                            const Reg window = e_.copied(argument.node);
                            e_.b_.at(argument.node->span);
                            e_.helper(Helper::PLAIN_KEYWORDS, map, window, 1);
                            e_.b_.drop_temps(static_cast<Reg>(temps + 1));
                            arguments.push_back(catena::Argument::keyword_splat(add_slot(map, {})));
                            break;
                        }
                    }
                }
                return Step::call(std::move(arguments), link.span);
            }
            case StepKind::item: return Step::item(item_key(link), link.span);
            case StepKind::remove_item: return Step::remove_item(key(link), link.span);
            case StepKind::remove: return Step::remove(utf8(link.name), link.span);
            case StepKind::set: return Step::set(utf8(link.name), operand(link.value), link.span);
            case StepKind::set_item: {
                Key where = item_key(link);
                // A constant is loaded for the opcode that stores items; other chains hold their constants.
                const bool plain = fuse() && node_->links.size() == 1 && !where.tuple && !where.parts[0].is_slice;
                const Operand value = plain && link.value->kind == Kind::constant ? add_slot(e_.copied(link.value), {})
                                                                                  : operand(link.value);
                return Step::set_item(std::move(where), value, link.span);
            }
            default: return Step::get(utf8(link.name), link.span);
        }
    }

    // An operand of a call; a variable that a later argument assigns is copied first.
    Operand hold(Node* node, const Link& link, std::size_t at) {
        if (node->kind == Kind::local && static_cast<Local*>(node)->binding->assigned) {
            for (std::size_t k = at + 1; k < link.arguments.size(); ++k)
                if (may_assign(link.arguments[k].node)) return add_slot(e_.copied(node), name_of(node));
        }
        return operand(node);
    }

    // The key of the only link of a path. A name is loaded for the opcodes that read and store items.
    Key item_key(const Link& link) {
        Node* name = link.parts.size() == 1 && !link.tuple && !link.parts[0].slice ? link.parts[0].value : nullptr;
        if (!fuse() || node_->links.size() != 1 || node_->root == nullptr || name == nullptr ||
            name->kind != Kind::constant)
            return key(link);
        PyObject* constant = static_cast<Constant*>(name)->value.get();
        if (!PyUnicode_CheckExact(constant) && !is_keyword(constant)) return key(link);
        const Ref printed = steal(PyObject_Repr(constant));
        if (!printed) PyErr_Clear();
        return Key::one(add_slot(e_.copied(name), printed ? std::string(utf8_of(printed.get())) : std::string()));
    }

    Key key(const Link& link) {
        Key result;
        result.tuple = link.tuple;
        const auto part_operand = [&](Node* node) { return node != nullptr ? operand(node) : Operand{}; };
        for (const Link::Part& part : link.parts) {
            if (part.slice) {
                const Operand start = part_operand(part.value);
                const Operand stop = part_operand(part.stop);
                result.parts.push_back(Part::slice(start, stop, part_operand(part.step)));
            } else {
                result.parts.push_back(Part::one(operand(part.value)));
            }
        }
        return result;
    }

    void add(Step step) { chain_.steps.push_back(std::move(step)); }

    // The opcode that runs the chain: reading or storing one item has opcodes of its own.
    static std::pair<Op, std::uint16_t> opcode_of(const Chain& chain) {
        if (ends_in_call(chain)) return {Op::CHAIN_METHOD, 0};
        if (is_attribute(chain)) return {Op::CHAIN_GET, 0};
        const std::pair<Op, std::uint16_t> general{is_single(chain) ? Op::CHAIN_STEP : Op::CHAIN, 0};
        if (chain.steps.size() != 2 || chain.steps[0].kind != StepKind::value ||
            chain.steps[0].operand != Operand::slot(0))
            return general;
        const Step& step = chain.steps[1];
        const bool reads = step.kind == StepKind::item;
        if ((!reads && step.kind != StepKind::set_item) || step.key.tuple || step.key.parts.size() != 1 ||
            step.key.parts[0].is_slice)
            return general;
        const Operand key = step.key.parts[0].start;
        if (key == Operand::slot(1)) {
            if (reads) return {Op::CHAIN_ITEM, 0};
            if (step.operand == Operand::slot(2)) return {Op::CHAIN_SET_ITEM, 0};
        } else if (key.kind == Operand::Kind::constant) {
            const Value index = borrow_value(chain.constants[key.index].get());
            index.release();
            if (!index.is_integer() || index.as_integer() < 0 || index.as_integer() >= first_temp) return general;
            const auto x = static_cast<std::uint16_t>(index.as_integer());
            if (reads) return {Op::CHAIN_ITEM_I, x};
            if (step.operand == Operand::slot(1)) return {Op::CHAIN_SET_ITEM_I, x};
        }
        return general;
    }

    void emit_chain(Chain chain, const std::vector<Reg>& slots, Reg dest, bool tail_chain) {
        chain.slot_count = static_cast<std::uint32_t>(slots.size());
        const std::pair<Op, std::uint16_t> item_shape =
            root_is_global_ ? std::pair<Op, std::uint16_t>{Op::CHAIN_GLOBAL, 0} : opcode_of(chain);
        const bool one_method = is_method_call(chain);
        if (slots.size() >= first_temp) {
            e_.context_.diagnostic = Diagnostic{"the call has too many operands", {}, node_->span, false};
            return;
        }
        Result<Ref> object = make_chain(std::move(chain));
        if (!object) return;
        const std::uint16_t index = e_.b_.add_chain(std::move(*object));
        e_.b_.at(node_->span);
        std::vector<std::uint16_t> words(slots.begin(), slots.end());
        if (tail_chain) {
            e_.b_.emit(Op::TAIL_CHAIN, dest, index, static_cast<std::uint16_t>(slots.size()), 1);
            words.push_back(e_.b_.locals());
        } else {
            const auto [op, item_index] = item_shape;
            const bool stores = op == Op::CHAIN_SET_ITEM || op == Op::CHAIN_SET_ITEM_I;
            std::uint8_t flags = op == Op::CHAIN_METHOD && !one_method ? 1 : 0;
            if (op != Op::CHAIN) {
                if (stores && unwanted_) flags |= item_unwanted;
                if (std::any_of(slots.begin(), slots.end(), [](Reg slot) { return slot >= first_temp; }))
                    flags |= item_temporaries;
            }
            e_.b_.emit(op, dest, index, static_cast<std::uint16_t>(slots.size()), flags);
            if (op == Op::CHAIN_ITEM_I || op == Op::CHAIN_SET_ITEM_I) words.push_back(item_index);
            result_written_ = !(stores && unwanted_);
        }
        e_.b_.words(words);
        if (!tail_chain && item_shape.first == Op::CHAIN_METHOD)
            e_.b_.emit(Op::RESULT, dest, static_cast<std::uint16_t>((words.size() + 3) / 4 + 1));
    }

    // Runs what has been gathered into a temporary, which becomes the root of the next chain.
    void flush() {
        const Reg result = e_.b_.new_temps();
        finish(result, false);
        chain_ = Chain();
        slots_.clear();
        chain_.steps.push_back(Step::value(add_slot(result, {}), node_->span));
        ran_something_ = false;
    }

    void finish(Reg dest, bool tail_chain) {
        if (fuse()) {
            emit_chain(std::move(chain_), slots_, dest, tail_chain);
            return;
        }
        unfused(dest, tail_chain);
    }

    void unfused(Reg dest, bool tail_chain);

    Emitter& e_;
    Path* node_;
    Chain chain_;
    std::vector<Reg> slots_;
    bool ran_something_ = false;
    bool unwanted_ = false;
    bool in_tail_ = false;
    bool root_is_global_ = false;  // slot 0 is the number of a global
    bool result_written_ = true;
};

// Every step a chain of its own: the root's, then `value r0 | step` with the step's own operands.
void PathEmitter::unfused(Reg dest, bool tail_chain) {
    const std::vector<Step> steps = std::move(chain_.steps);
    const std::vector<Ref> constants = chain_.constants;
    const std::vector<std::string> names = chain_.slot_names;
    Reg current = 0;
    bool has_current = false;
    std::size_t first = 0;
    const auto root_of = [&](Chain& chain, std::vector<Reg>& slots, Span span) {
        if (!has_current) return;
        slots.push_back(current);
        chain.slot_names.push_back({});
        chain.steps.push_back(Step::value(Operand::slot(0), span));
    };
    if (steps[0].operand.present() && steps[0].operand.kind == Operand::Kind::slot) {
        current = slots_[steps[0].operand.index];
        has_current = true;
        first = 1;
    }
    if (steps.size() == first) {
        // Only a root: a chain of one step moves it.
        Chain chain;
        std::vector<Reg> slots;
        root_of(chain, slots, steps[0].span);
        if (!has_current) chain.steps.push_back(steps[0]);
        emit_chain(std::move(chain), slots, dest, false);
        return;
    }
    for (std::size_t i = first; i < steps.size(); ++i) {
        const bool last = i + 1 == steps.size();
        Chain chain;
        std::vector<Reg> slots;
        const auto moved = [&](Operand operand) -> Operand {
            if (operand.kind == Operand::Kind::constant) return chain.constant(constants[operand.index]);
            if (operand.kind != Operand::Kind::slot) return operand;
            const Reg reg = slots_[operand.index];
            if (!is_temp(reg))
                for (std::size_t k = 0; k < slots.size(); ++k)
                    if (slots[k] == reg) return Operand::slot(static_cast<std::uint32_t>(k));
            slots.push_back(reg);
            chain.slot_names.push_back(names[operand.index]);
            return Operand::slot(static_cast<std::uint32_t>(slots.size() - 1));
        };
        root_of(chain, slots, steps[i].span);
        Step step = steps[i];
        step.operand = moved(step.operand);
        for (Part& part : step.key.parts) {
            part.start = moved(part.start);
            part.stop = moved(part.stop);
            part.step = moved(part.step);
        }
        for (catena::Argument& argument : step.arguments) argument.value = moved(argument.value);
        chain.steps.push_back(std::move(step));
        const Reg result = last ? dest : e_.b_.new_temps();
        emit_chain(std::move(chain), slots, result, last && tail_chain);
        current = result;
        has_current = true;
    }
}

void Emitter::path(Path* node, Reg dest, bool in_tail) { PathEmitter(*this, node).run(dest, in_tail); }

bool Emitter::path_effect(Path* node, Reg dest) { return PathEmitter(*this, node).run_for_effect(dest); }

}  // namespace catena
