#include "bridge/chain.hpp"

#include <algorithm>
#include <array>

#include "bridge/method.hpp"
#include "bridge/plan.hpp"
#include "bridge/text.hpp"

namespace catena {

const StepInfo& step_info(StepKind kind) {
    static constexpr std::array table{
#define STEP(id, word, shape, equation, prose) StepInfo{word, StepShape::shape, equation, prose},
#include "bridge/steps.def"
    };
    return table[static_cast<std::size_t>(kind)];
}

Ref intern_name(std::string_view text) {
    PyObject* name = make_str(text).release();
    if (name != nullptr) PyUnicode_InternInPlace(&name);
    return steal(name);
}

Argument Argument::keyword(std::string_view name, Operand v) { return {Kind::keyword, v, intern_name(name)}; }

Step Step::import_module(std::string_view name, Operand evaluated, Span span) {
    return {StepKind::import_module, span, intern_name(name), evaluated, {}, {}};
}
Step Step::value(Operand root, Span span) { return {StepKind::value, span, {}, root, {}, {}}; }
Step Step::get(std::string_view name, Span span) { return {StepKind::get, span, intern_name(name), {}, {}, {}}; }
Step Step::item(Key key, Span span) { return {StepKind::item, span, {}, {}, std::move(key), {}}; }
Step Step::call(std::vector<Argument> arguments, Span span) {
    return {StepKind::call, span, {}, {}, {}, std::move(arguments)};
}
Step Step::set(std::string_view name, Operand value, Span span) {
    return {StepKind::set, span, intern_name(name), value, {}, {}};
}
Step Step::set_item(Key key, Operand value, Span span) {
    return {StepKind::set_item, span, {}, value, std::move(key), {}};
}
Step Step::remove(std::string_view name, Span span) { return {StepKind::remove, span, intern_name(name), {}, {}, {}}; }
Step Step::remove_item(Key key, Span span) { return {StepKind::remove_item, span, {}, {}, std::move(key), {}}; }

namespace {

bool has_splat(const std::vector<Argument>& arguments) {
    return std::any_of(arguments.begin(), arguments.end(), [](const Argument& argument) {
        return argument.kind == Argument::Kind::splat || argument.kind == Argument::Kind::keyword_splat;
    });
}

Value run_unprepared(Plan*, Value*) {
    PyErr_SetString(PyExc_SystemError, "a chain was run before it was prepared");
    return Value::error();
}

}  // namespace

Chain::Chain() : runner_(run_unprepared) {}
Chain::Chain(Chain&&) noexcept = default;
Chain& Chain::operator=(Chain&&) noexcept = default;
Chain::~Chain() = default;

Operand Chain::constant(Ref object) {
    for (std::size_t i = 0; i < constants.size(); ++i) {
        if (constants[i] == object.get()) return Operand::constant(static_cast<std::uint32_t>(i));
    }
    constants.push_back(std::move(object));
    return Operand::constant(static_cast<std::uint32_t>(constants.size() - 1));
}

int Chain::failed_step() const { return plan_ ? plan_->failed_step : 0; }

int Chain::traverse(visitproc visit, void* arg) const {
    for (const Ref& constant : constants) Py_VISIT(constant.get());
    return plan_ ? plan_->traverse(visit, arg) : 0;
}

namespace {

// Checks one chain, remembering where it is for the messages.
class Validator {
public:
    explicit Validator(const Chain& chain) : chain_(chain) {}

    tl::expected<void, std::string> run() {
        if (chain_.steps.empty()) return tl::unexpected<std::string>("a chain has at least one step");
        for (const Ref& constant : chain_.constants) {
            if (!constant) return tl::unexpected<std::string>("a constant of the chain is missing");
        }
        for (at_ = 0; at_ < chain_.steps.size() && problem_.empty(); ++at_) check(chain_.steps[at_]);
        if (!problem_.empty()) return tl::unexpected(std::move(problem_));
        return {};
    }

private:
    void fail(const std::string& what) {
        if (!problem_.empty()) return;
        const std::string_view word = step_info(chain_.steps[at_].kind).word;
        problem_ = "step " + std::to_string(at_ + 1) + " (" + std::string(word) + ") " + what;
    }

    void check(const Step& step) {
        const bool root = step.kind == StepKind::import_module || step.kind == StepKind::value;
        if (root != (at_ == 0)) return fail(root ? "can only stand first" : "needs a root before it: import or value");
        const StepShape shape = step_info(step.kind).shape;
        const bool last = step.kind == StepKind::set || step.kind == StepKind::set_item ||
                          step.kind == StepKind::remove || step.kind == StepKind::remove_item;
        if (last && at_ + 1 != chain_.steps.size()) return fail("can only stand last");
        if (shape == StepShape::module) {
            check_name(step.name.get());
            if (problem_.empty()) check_module(text_of(step.name.get()));
            if (step.operand.present()) check_operand(step.operand);
        }
        if (shape == StepShape::name || shape == StepShape::name_operand) check_name(step.name.get());
        if (shape == StepShape::root || shape == StepShape::name_operand || shape == StepShape::key_operand) {
            check_operand(step.operand);
        }
        if (shape == StepShape::key || shape == StepShape::key_operand) check_key(step.key);
        if (shape == StepShape::arguments) check_arguments(step.arguments);
    }

    void check_name(PyObject* name) {
        if (name == nullptr || !PyUnicode_CheckExact(name)) return fail("needs a name that is a plain str");
        if (PyUnicode_GET_LENGTH(name) == 0) return fail("has an empty name");
        if (!PyUnicode_CHECK_INTERNED(name)) fail("has a name that is not interned");
    }

    void check_module(const std::string& name) {
        if (name.front() == '.' || name.back() == '.' || name.find("..") != std::string::npos) {
            fail("has no proper module name: " + name);
        }
    }

    void check_operand(Operand operand) {
        if (!operand.present()) return fail("lacks an operand");
        check_optional(operand);
    }

    void check_optional(Operand operand) {
        if (operand.kind == Operand::Kind::slot && operand.index >= chain_.slot_count) {
            fail("names slot r" + std::to_string(operand.index) + ", but the chain has " +
                 std::to_string(chain_.slot_count));
        }
        if (operand.kind == Operand::Kind::constant && operand.index >= chain_.constants.size()) {
            fail("names constant " + std::to_string(operand.index) + ", but the chain has " +
                 std::to_string(chain_.constants.size()));
        }
    }

    void check_key(const Key& key) {
        if (!key.tuple && key.parts.size() != 1) return fail("needs a key of one part, or a tuple");
        for (const Part& part : key.parts) {
            if (!part.is_slice) {
                check_operand(part.start);
                continue;
            }
            check_optional(part.start);
            check_optional(part.stop);
            check_optional(part.step);
        }
    }

    void check_arguments(const std::vector<Argument>& arguments) {
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            const Argument& argument = arguments[i];
            check_operand(argument.value);
            if (argument.kind != Argument::Kind::keyword) continue;
            check_name(argument.name.get());
            // With a splat the call itself finds out.
            for (std::size_t j = 0; j < i && problem_.empty() && !has_splat(arguments); ++j) {
                if (arguments[j].kind == Argument::Kind::keyword && argument.name == arguments[j].name.get()) {
                    fail("repeats the keyword argument " + text_of(argument.name.get()));
                }
            }
        }
    }

    const Chain& chain_;
    std::size_t at_ = 0;
    std::string problem_;
};

}  // namespace

tl::expected<void, std::string> validate(const Chain& chain) { return Validator(chain).run(); }

bool ends_in_call(const Chain& chain) {
    if (chain.steps.size() < 2 || chain.steps[0].operand != Operand::slot(0)) return false;
    const Step& last = chain.steps.back();
    return chain.steps[0].kind == StepKind::value && last.kind == StepKind::call &&
           std::ranges::all_of(last.arguments, [](const Argument& argument) {
               return argument.kind == Argument::Kind::positional || argument.kind == Argument::Kind::keyword;
           });
}

bool is_single(const Chain& chain) {
    const std::vector<Step>& steps = chain.steps;
    if (steps.size() < 2 || steps.size() > 3 || steps[0].operand != Operand::slot(0)) return false;
    if (steps.size() == 2) return true;
    if (steps[1].kind != StepKind::get || steps[2].kind != StepKind::call) return false;
    return !has_splat(steps[2].arguments);
}

bool is_attribute(const Chain& chain) {
    return chain.steps.size() == 2 && chain.steps[0].kind == StepKind::value &&
           chain.steps[0].operand == Operand::slot(0) && chain.steps[1].kind == StepKind::get;
}

bool is_method_call(const Chain& chain) {
    return ends_in_call(chain) && chain.steps.size() == 3 && chain.steps[1].kind == StepKind::get;
}

}  // namespace catena
