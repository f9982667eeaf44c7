// From the steps of a chain to its plan.
#include "bridge/plan.hpp"

namespace catena {
namespace {

// Lowers one valid chain. Only memory can fail here.
class Lowering {
public:
    Lowering(const Chain& chain, Plan& plan) : chain_(chain), plan_(plan) {}

    bool run() {
        for (const Ref& constant : chain_.constants) plan_.constants.push_back(view(constant.get()));
        plan_.step_count = static_cast<std::uint32_t>(chain_.steps.size());
        root(chain_.steps[0]);
        std::vector<Instruction> code;
        for (std::size_t i = 1; i < chain_.steps.size(); ++i) {
            Instruction in;
            in.step = static_cast<std::uint32_t>(i);
            const Step& step = chain_.steps[i];
            const bool method = step.kind == StepKind::get && i + 1 < chain_.steps.size() &&
                                chain_.steps[i + 1].kind == StepKind::call && !spreads(chain_.steps[i + 1]);
            in.name = step.name.get();
            if (method) {
                if (!arguments(in, chain_.steps[++i])) return false;
                in.generic = run_method;
            } else if (!lower(in, step)) {
                return false;
            }
            in.handler = in.generic;
            code.push_back(std::move(in));
        }
        if (code.empty()) return true;
        plan_.first = std::move(code[0]);
        plan_.rest.assign(std::make_move_iterator(code.begin() + 1), std::make_move_iterator(code.end()));
        return true;
    }

private:
    // The canonical value of an object that is kept alive elsewhere.
    static Value view(PyObject* object) {
        const Value value = borrow_value(object);
        value.release();
        return value;
    }

    static bool spreads(const Step& step) {
        for (const Argument& argument : step.arguments) {
            if (argument.kind == Argument::Kind::splat || argument.kind == Argument::Kind::keyword_splat) return true;
        }
        return false;
    }

    Source source(Operand operand) const { return plan_.source(operand); }

    void root(const Step& step) {
        plan_.imports = step.kind == StepKind::import_module && !step.operand.present();
        if (plan_.imports) {
            plan_.import_name = step.name.get();
        } else {
            plan_.root = source(step.operand);
        }
    }

    bool lower(Instruction& in, const Step& step) {
        switch (step.kind) {
            case StepKind::import_module:
            case StepKind::value: break;
            case StepKind::get: in.generic = run_get; break;
            case StepKind::item: in.generic = run_item; break;
            case StepKind::call: in.generic = spreads(step) ? run_spread : run_call; break;
            case StepKind::set: in.generic = run_set; break;
            case StepKind::set_item: in.generic = run_set_item; break;
            case StepKind::remove: in.generic = run_remove; break;
            case StepKind::remove_item: in.generic = run_remove_item; break;
        }
        if (step.operand.present()) in.second = source(step.operand);
        if (in.generic == run_spread) in.spread = &step;
        if (in.generic == run_call) return arguments(in, step);
        const StepShape shape = step_info(step.kind).shape;
        if (shape == StepShape::key || shape == StepShape::key_operand) return key(in, step.key);
        return true;
    }

    bool arguments(Instruction& in, const Step& step) {
        std::vector<PyObject*> names;
        for (const Argument& argument : step.arguments) {
            if (argument.kind == Argument::Kind::positional) in.sources.push_back(source(argument.value));
        }
        in.positional = static_cast<std::uint32_t>(in.sources.size());
        for (const Argument& argument : step.arguments) {
            if (argument.kind != Argument::Kind::keyword) continue;
            in.sources.push_back(source(argument.value));
            names.push_back(argument.name.get());
        }
        in.count = static_cast<std::uint32_t>(in.sources.size());
        if (in.count > 0) in.first = in.sources[0];
        if (in.count > 1) in.second = in.sources[1];
        if (names.empty()) return true;
        in.kwnames_owner = steal(PyTuple_New(static_cast<Py_ssize_t>(names.size())));
        if (!in.kwnames_owner) return false;
        for (std::size_t i = 0; i < names.size(); ++i) {
            PyTuple_SET_ITEM(in.kwnames_owner.get(), static_cast<Py_ssize_t>(i), Py_NewRef(names[i]));
        }
        in.kwnames = in.kwnames_owner.get();
        as_written(in, step);
        return true;
    }

    void as_written(Instruction& in, const Step& step) {
        std::vector<Source> sources;
        for (const Argument& argument : step.arguments) {
            if (argument.kind == Argument::Kind::keyword) {
                if (!argument.written) return;
                in.pair_at.push_back(static_cast<std::uint32_t>(sources.size()));
                plan_.constants.push_back(Value::object(argument.written.get()));
                sources.push_back({~static_cast<std::int32_t>(plan_.constants.size() - 1)});
            }
            sources.push_back(source(argument.value));
        }
        in.in_place = std::move(sources);
    }

    // A str that is always the key, as the interned one that dicts mostly hold.
    bool key_name(Instruction& in) {
        const Value value = plan_.constants[static_cast<std::size_t>(~in.first.index)];
        if (!value.is_object() || !PyUnicode_CheckExact(value.as_object())) return true;
        PyObject* name = Py_NewRef(value.as_object());
        PyUnicode_InternInPlace(&name);
        plan_.made.push_back(steal(name));
        in.name = name;
        return PyObject_Hash(name) != -1;
    }

    bool key(Instruction& in, const Key& key) {
        if (!key.tuple && !key.parts[0].is_slice) {
            in.first = source(key.parts[0].start);
            return key.parts[0].start.kind != Operand::Kind::constant || key_name(in);
        }
        bool constant = true;
        in.key = std::make_unique<KeyPlan>();
        in.key->tuple = key.tuple;
        for (const Part& part : key.parts) {
            SlicePlan slice;
            slice.is_slice = part.is_slice;
            slice.has_start = part.start.present();
            slice.has_stop = part.stop.present();
            slice.has_step = part.step.present();
            if (slice.has_start) slice.start = source(part.start);
            if (slice.has_stop) slice.stop = source(part.stop);
            if (slice.has_step) slice.step = source(part.step);
            for (const Operand operand : {part.start, part.stop, part.step}) {
                constant = constant && operand.kind != Operand::Kind::slot;
            }
            in.key->parts.push_back(slice);
        }
        if (!constant) return true;
        Ref ready = steal(new_key(plan_, *in.key, nullptr));
        if (!ready) return false;
        in.key.reset();
        in.first.index = ~static_cast<std::int32_t>(plan_.constants.size());
        plan_.constants.push_back(view(ready.get()));
        plan_.made.push_back(std::move(ready));
        return true;
    }

    const Chain& chain_;
    Plan& plan_;
};

}  // namespace

int Plan::traverse(visitproc visit, void* arg) const {
    for (const Ref& object : made) Py_VISIT(object.get());
    return 0;
}

namespace {

// The operands of an instruction that another may follow.
std::vector<Source> operands_of(const Plan& plan, const Instruction& in) {
    std::vector<Source> found = in.sources;
    if (in.generic == run_item && !in.key) found.push_back(in.first);
    if (in.key) {
        for (const SlicePlan& part : in.key->parts) {
            if (part.has_start || !part.is_slice) found.push_back(part.start);
            if (part.has_stop) found.push_back(part.stop);
            if (part.has_step) found.push_back(part.step);
        }
    }
    if (in.spread != nullptr) {
        for (const Argument& argument : in.spread->arguments) found.push_back(plan.source(argument.value));
    }
    return found;
}

}  // namespace

void Plan::bind(const std::uint16_t* places, std::size_t count, std::size_t first_temporary) {
    if (count == 0 || !bound.empty()) return;
    bound.assign(places, places + count);
    const auto move = [&](Source& source) {
        if (source.index >= 0) source.index = bound[static_cast<std::size_t>(source.index)];
    };
    const auto move_all = [&](Instruction& in) {
        move(in.first);
        move(in.second);
        for (Source& source : in.sources) move(source);
        for (Source& source : in.in_place) move(source);
        if (!in.key) return;
        for (SlicePlan& part : in.key->parts) {
            for (Source* source : {&part.start, &part.stop, &part.step}) move(*source);
        }
    };
    move(root);
    move_all(first);
    for (Instruction& in : rest) move_all(in);

    const auto temporary = [&](Source source) {
        return source.index >= 0 && static_cast<std::size_t>(source.index) >= first_temporary;
    };
    owns_root = !imports && temporary(root);
    for (std::size_t n = 0; n < rest.size(); ++n) {
        Instruction& in = n == 0 ? first : rest[n - 1];
        if (n == 0 && owns_root) in.dying.push_back(static_cast<std::uint16_t>(root.index));
        for (const Source source : operands_of(*this, in)) {
            if (temporary(source)) in.dying.push_back(static_cast<std::uint16_t>(source.index));
        }
    }
}

tl::expected<void, std::string> prepare(Chain& chain) {
    if (auto valid = validate(chain); !valid) return valid;
    auto plan = std::make_unique<Plan>();
    if (!Lowering(chain, *plan).run()) {
        PyErr_Clear();
        return tl::unexpected<std::string>("not enough memory for a chain");
    }
    chain.runner_ = choose_runner(*plan);
    chain.plan_ = std::move(plan);
    return {};
}

}  // namespace catena
