// defclass and super.
#include "compiler/analyze.hpp"
#include "compiler/forms_util.hpp"

namespace catena {

using namespace ast;

Node* Analyzer::special_defclass(const FormView& form, Context) {
    std::size_t at = 1;
    PyObject* decorators = nullptr;
    if (is_vector(form[at]) && at + 1 < form.size()) decorators = form[at++];
    PyObject* name = definable(form[at], item_span(form, at), "a class");
    if (name == nullptr) return nullptr;
    ++at;
    const Span span = form.span;
    auto* bases = unit_.make<Build>(span, BuildKind::vector);
    auto* keywords = unit_.make<Build>(span, BuildKind::map);
    if (at < form.size() && (is_vector(form[at]) || (is_list(form[at]) && list_count(form[at]) == 0))) {
        std::vector<ast::Argument> items;
        if (!parse_items(form[at], items_in(form[at]), 0, true, items)) return nullptr;
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (items[i].role == ast::Argument::splat_map)
                return fail(items[i].node->span, "defclass: `#**` among the bases");
            if (items[i].role != ast::Argument::pair) {
                bases->items.push_back(items[i]);
                continue;
            }
            keywords->items.push_back({ast::Argument::plain, constant(items[i].node->span, items[i].name), {}});
            keywords->items.push_back(items[++i]);
        }
        ++at;
    }
    if (at == 2 + (decorators != nullptr) && at < form.size() && !is_list(form[at]) && !PyUnicode_CheckExact(form[at]))
        return fail(item_span(form, at), "defclass: expected a vector of bases",
                    "It is written (defclass Name [Base …] form …).");
    Node* body = class_body(form, at, name);
    if (body == nullptr) return nullptr;
    Ref class_name = python_name(name);
    if (!class_name) return fail_python();
    Node* made = helper(span, Helper::BUILD_CLASS, {constant(span, std::move(class_name)), bases, keywords, body});
    made = decorate(decorators, span, made);
    return made != nullptr ? define(name, span, made) : nullptr;
}

// The class body as a function of the namespace, which its definitions fill.
Node* Analyzer::class_body(const FormView& form, std::size_t at, PyObject* name) {
    const Span span = form.span;
    Function* function = open_function(name, span, FunctionKind::plain);
    function->is_class_body = true;
    keep_source(function, span);
    Function* outer_function = std::exchange(function_, function);
    auto outer_iterations = std::exchange(iterations_, {});
    const RecurTarget outer_recur = std::exchange(recur_, {});
    ClassScope scope_of_class;
    ClassScope* outer_class = std::exchange(class_, &scope_of_class);
    bool good = true;
    Arity arity;
    arity.span = span;
    {
        Scope scope(*this);
        frames_.push_back({.base = names_.size()});
        scope_of_class.space = hidden();
        arity.registers.push_back(scope_of_class.space);
        arity.parameters.positional.push_back(interned("namespace"));
        arity.parameters.required = 1;
        const Ref class_word = interned("__class__");
        keep_.push_back(class_word);
        function->class_cell = declare(class_word.get());
        function->class_cell->assigned = true;

        const auto store = [&](const char* key, Node* value) -> Node* {
            Path* path = path_of(local(span, scope_of_class.space), span);
            Link link;
            link.kind = StepKind::set_item;
            link.span = span;
            link.parts.push_back({.value = text(span, key)});
            link.value = value;
            path->links.push_back(std::move(link));
            return path;
        };
        std::vector<Node*> steps;
        steps.push_back(store("__module__", constant(span, steal(PyModule_GetNameObject(module_)))));
        steps.push_back(store("__qualname__", constant(span, function->qualname)));
        if (at < form.size() && PyUnicode_CheckExact(form[at]))
            steps.push_back(store("__doc__", constant(item_span(form, at), borrow(form[at])))), ++at;
        for (; good && at < form.size(); ++at) {
            steps.push_back(analyze_item(form, at));
            good = steps.back() != nullptr;
        }
        if (good && function->class_cell->captured)
            steps.push_back(store("__classcell__", unit_.make<Reference>(Kind::raw_cell, span, function->class_cell)));
        if (good) {
            steps.push_back(nil(span));
            auto* let = unit_.make<Let>(span);
            let->binds.push_back({.targets = {function->class_cell}, .span = span});
            for (const ScopeName& entry : frames_.back().conditional)
                let->binds.push_back({.targets = {entry.binding}, .span = span});
            let->body = sequence(span, std::move(steps));
            arity.body = let;
        }
        frames_.pop_back();
    }
    class_ = outer_class;
    recur_ = outer_recur;
    iterations_ = std::move(outer_iterations);
    function_ = outer_function;
    if (!good) return nullptr;
    function->arities.push_back(std::move(arity));
    return unit_.make<Fn>(span, function);
}

Function* Analyzer::enclosing_method() const {
    for (Function* f = function_; f != nullptr; f = f->parent)
        if (f->parent != nullptr && f->parent->is_class_body) return f;
    return nullptr;
}

// Without arguments: the class that the method stands in, and the method's first parameter.
Node* Analyzer::super_call(Span span) {
    Function* method = enclosing_method();
    if (method->first_parameter == nullptr) return fail(span, "super in a method without parameters");
    return helper(span, Helper::SUPER, {local(span, method->parent->class_cell), local(span, method->first_parameter)});
}

}  // namespace catena
