// Functions: parameter lists, arities, definitions, macros; yield and await.
#include <algorithm>

#include "compiler/analyze.hpp"
#include "compiler/forms_util.hpp"

namespace catena {

using namespace ast;

namespace {

std::string joined_name(const Function* outer, std::string_view name) {
    if (outer == nullptr || outer->top_level) return std::string(name);
    const std::string prefix(utf8_of(outer->qualname.get()));
    return prefix + (outer->is_class_body ? "." : ".<locals>.") + std::string(name);
}

bool is_arity_form(PyObject* form) { return is_list(form) && list_count(form) > 0 && is_vector(list_first(form)); }

}  // namespace

Function* Analyzer::open_function(PyObject* name, Span span, FunctionKind kind) {
    unit_.functions.push_back(std::make_unique<Function>());
    Function* function = unit_.functions.back().get();
    function->parent = function_;
    function->kind = kind;
    function->span = span;
    function->name = name != nullptr ? borrow(name) : interned("fn");
    function->qualname = interned(joined_name(function_, utf8_of(function->name.get())));
    return function;
}

// The function whose items from `at` are: docstring?, then parameters and body, or arities.
Node* Analyzer::function(const FormView& form, std::size_t at, PyObject* name, FunctionKind kind, bool bind_self,
                         Node* result_type) {
    // ^T [parameters]: the result's type, as Clojure writes it.
    const std::size_t list_at = at + 1 < form.size() && PyUnicode_CheckExact(form[at]) ? at + 1 : at;
    if (list_at < form.size() && is_form_of(form[list_at], "%annotated") && list_count(form[list_at]) == 3 &&
        is_vector(list_item(form[list_at], 1))) {
        PyObject* annotated = form[list_at];
        Node* type = annotation_type(list_item(annotated, 2), child_span(annotated, 2, list_item(annotated, 2)));
        if (type == nullptr) return nullptr;
        FormView plain = form;
        plain.items[list_at] = list_item(annotated, 1);
        return function(plain, at, name, kind, bind_self, type);
    }
    Function* function = open_function(name, form.span, kind);
    if (at + 1 < form.size() && PyUnicode_CheckExact(form[at])) function->doc = borrow(form[at++]);
    if (at >= form.size()) return fail_shape(form);

    Function* outer_function = std::exchange(function_, function);
    ClassScope* outer_class = std::exchange(class_, nullptr);
    auto outer_iterations = std::exchange(iterations_, {});
    const RecurTarget outer_recur = std::exchange(recur_, {});
    const auto outer_fresh = std::exchange(fresh_names_, {});
    Annotations annotations;
    bool good = true;
    {
        Scope scope(*this);
        frames_.push_back({.base = names_.size()});
        if (bind_self && name != nullptr) {
            function->self = declare(name);
            function->self->is_self = true;
        }
        if (is_arity_form(form[at])) {
            for (std::size_t i = at; good && i < form.size(); ++i) {
                const Span span = item_span(form, i);
                if (!is_arity_form(form[i])) {
                    fail(span, "expected an arity", "Each arity is written ([parameters] body …).");
                    good = false;
                } else {
                    const std::vector<PyObject*> items = items_in(form[i]);
                    const Span at_parameters = child_span(form[i], 0, items[0]);
                    good = arity(items[0], at_parameters, form[i], items, 1, function, annotations);
                }
            }
        } else if (is_vector(form[at]) || is_list(form[at])) {
            std::size_t body = at + 1;
            if (!function->doc && body + 1 < form.size() && PyUnicode_CheckExact(form[body]))
                function->doc = borrow(form[body++]);
            good = arity(form[at], item_span(form, at), form.form, form.items, body, function, annotations);
        } else {
            fail(item_span(form, at), std::string(symbol_text(form[0])) + ": expected a parameter list",
                 std::string("It is written ") + find_special(symbol_name(form[0]))->shape + ".");
            good = false;
        }
        frames_.pop_back();
    }
    function_ = outer_function;
    class_ = outer_class;
    iterations_ = std::move(outer_iterations);
    recur_ = outer_recur;
    fresh_names_ = outer_fresh;
    if (!good) return nullptr;

    // Two arities that take the same number of arguments could never both be called.
    for (std::size_t i = 0; i < function->arities.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
            const Parameters& a = function->arities[i].parameters;
            const Parameters& b = function->arities[k].parameters;
            if ((a.has_rest && b.has_rest) ||
                (!a.has_rest && !b.has_rest && a.positional.size() == b.positional.size()))
                return fail(function->arities[i].span, "a second arity for the same number of arguments");
        }
    }
    keep_source(function, form.span);
    if (result_type != nullptr) annotations.emplace_back(interned("return"), result_type);
    return annotate(form.span, unit_.make<Fn>(form.span, function), annotations);
}

// A text that is in no file is kept where it is asked for.
void Analyzer::keep_source(Function* function, Span span) {
    if (!options_.source.empty() && options_.filename.starts_with('<')) function->source = new_text(source_text(span));
}

Node* Analyzer::annotate(Span span, Node* fn, const Annotations& annotations) {
    if (annotations.empty()) return fn;
    auto* map = unit_.make<Build>(span, BuildKind::map);
    for (const auto& [name, type] : annotations) {
        map->items.push_back({ast::Argument::plain, constant(span, name), {}});
        map->items.push_back({ast::Argument::plain, type, {}});
    }
    return helper(span, Helper::ANNOTATE, {fn, map});
}

bool Analyzer::arity(PyObject* list, Span span, PyObject* container, const std::vector<PyObject*>& items,
                     std::size_t from, Function* function, Annotations& annotations) {
    Arity arity;
    arity.span = span;
    Scope scope(*this);
    if (!parameters(list, span, arity, annotations)) return false;
    if (function->first_parameter == nullptr && !arity.registers.empty())
        function->first_parameter = arity.registers[0];
    recur_ = {.loop = nullptr, .count = arity.registers.size(), .valid = true};
    Node* body = body_of(container, items, from, current_, {.tail = true}, Body::of_function);
    if (body == nullptr) return false;
    // Python insists that __init__ answers nothing; a body that ends with a set! answers its value.
    if (function->parent->is_class_body && utf8_of(function->name.get()) == "__init__" &&
        function->kind == FunctionKind::plain)
        body = sequence(span, {body, nil(span)});
    // The defaults of parameters may define names too.
    std::vector<Bind> declared;
    for (const ScopeName& entry : frames_.back().conditional)
        declared.push_back({.targets = {entry.binding}, .span = span});
    frames_.back().conditional.clear();
    arity.prologue.insert(arity.prologue.begin(), declared.begin(), declared.end());
    arity.body = body;
    function->arities.push_back(std::move(arity));
    return true;
}

bool Analyzer::parameters(PyObject* list, Span list_span, Arity& out, Annotations& annotations) {
    enum Section { required, optional, rest, after_rest, key, kwargs, done } section = required;
    const std::vector<PyObject*> items = items_in(list);
    struct Seen {
        PyObject* name;
        PyObject* python_name;  // interned
    };
    std::vector<Seen> seen;
    bool good = true;
    const auto wrong = [&](Span span, std::string message, std::string hint = {}) {
        fail(span, std::move(message), std::move(hint));
        good = false;
    };

    // Declares one parameter: a plain name, or a pattern behind a hidden name. Answers its Python name.
    const auto declare_parameter = [&](PyObject* form, Span span, Node* fallback) -> Ref {
        PyObject* type_form = nullptr;
        PyObject* annotated = nullptr;
        if (is_form_of(form, "%annotated") && list_count(form) == 3) {
            annotated = form;
            type_form = list_item(form, 2);
            form = list_item(form, 1);
        }
        Binding* binding;
        Ref mangled;
        if (is_symbol(form)) {
            PyObject* name = bindable(form, span, "a parameter");
            if (name == nullptr) {
                good = false;
                return {};
            }
            mangled = python_name(name);
            if (!symbol_is(form, "_")) {
                const auto same = std::ranges::find(seen, mangled.get(), &Seen::python_name);
                if (same != seen.end()) {
                    const std::string own(utf8_of(name));
                    wrong(span, same->name == name ? "the parameter `" + own + "` stands twice in the list"
                                                   : "the parameters `" + std::string(utf8_of(same->name)) + "` and `" +
                                                         own + "` are one name to Python");
                    return {};
                }
                seen.push_back({name, mangled.get()});
            }
            if (type_form != nullptr) {
                Node* type = annotation_type(type_form, child_span(annotated, 2, type_form));
                if (type == nullptr) {
                    good = false;
                    return {};
                }
                annotations.emplace_back(mangled, type);
            }
            binding = declare(name);
        } else {
            binding = hidden();
            mangled = interned("_" + std::to_string(out.registers.size()));
        }
        out.registers.push_back(binding);
        if (fallback != nullptr) out.prologue.push_back({.targets = {binding}, .fallback = fallback, .span = span});
        if (!is_symbol(form) && !bind_pattern(form, span, local(span, binding), out.prologue)) good = false;
        return mangled;
    };

    // `name`, or `(name default)` where the section has defaults.
    const auto with_default = [&](PyObject* form, Span span) -> Ref {
        PyObject* inner = form;
        Node* fallback = nil(span);
        if (is_list(form) && !is_form_of(form, "%annotated")) {
            if (list_count(form) != 2) {
                wrong(span, "expected name or (name default)");
                return {};
            }
            // Types of defaults are analyzed outside this function's own annotations, the default inside it.
            inner = list_first(form);
            fallback = analyze(list_item(form, 1), child_span(form, 1, list_item(form, 1)), {});
            if (fallback == nullptr) {
                good = false;
                return {};
            }
        }
        return declare_parameter(inner, span, fallback);
    };

    for (std::size_t i = 0; good && i < items.size(); ++i) {
        PyObject* item = items[i];
        const Span span = child_span(list, i, item);
        if (is_symbol(item)) {
            const std::string_view text = symbol_text(item);
            Section next = section;
            if (text == "&opt")
                next = optional;
            else if (text == "&" || text == "&rest" || text == "&forward")
                next = rest;
            else if (text == "&key")
                next = key;
            else if (text == "&kwargs")
                next = kwargs;
            else if (text.starts_with('&')) {
                wrong(span, "`" + std::string(text) + "` is no part of a parameter list",
                      "The parts are [a &opt (b 1) & rest &key (c 2) &kwargs more].");
                break;
            }
            if (next != section || text.starts_with('&')) {
                if (next <= section) {
                    wrong(span, "`" + std::string(text) + "` stands too late in the parameter list",
                          "The order is [a &opt (b 1) & rest &key (c 2) &kwargs more].");
                    break;
                }
                section = next;
                if (text == "&forward") out.passes_pairs = true;
                // `&opt` and `&key` may stand alone: a template puts what it was given behind them.
                const bool last =
                    i + 1 >= items.size() || (is_symbol(items[i + 1]) && symbol_text(items[i + 1]).starts_with('&'));
                if (last && (section == rest || section == kwargs))
                    wrong(span, "`" + std::string(text) + "` without a name");
                continue;
            }
        }
        switch (section) {
            case required: {
                Ref name = declare_parameter(item, span, nullptr);
                if (good) {
                    out.parameters.positional.push_back(std::move(name));
                    ++out.parameters.required;
                }
                break;
            }
            case optional: {
                Ref name = with_default(item, span);
                if (good) out.parameters.positional.push_back(std::move(name));
                break;
            }
            case rest:
                out.parameters.has_rest = true;
                out.parameters.rest_name = declare_parameter(item, span, nullptr);
                section = after_rest;
                break;
            case key: {
                Ref name = with_default(item, span);
                if (good) out.parameters.keys.push_back({std::move(name), false});
                break;
            }
            case kwargs:
                out.parameters.has_kwargs = true;
                out.parameters.kwargs_name = declare_parameter(item, span, nullptr);
                section = done;
                break;
            case after_rest:
            case done:
                wrong(span, "only one name follows `&` and `&kwargs`", "A comma separates nothing here: [a & rest].");
                break;
        }
    }
    if (good && out.registers.size() > 4000) wrong(list_span, "too many parameters");
    return good;
}

Node* Analyzer::special_fn(const FormView& form, Context) {
    const bool named = form.size() > 2 && is_symbol(form[1]);
    PyObject* name = named ? bindable(form[1], item_span(form, 1), "a function") : nullptr;
    if (named && name == nullptr) return nullptr;
    return function(form, named ? 2 : 1, name, FunctionKind::plain, true);
}

Node* Analyzer::special_lambda(const FormView& form, Context context) { return special_fn(form, context); }

Node* Analyzer::special_fn_async(const FormView& form, Context) {
    const bool named = form.size() > 2 && is_symbol(form[1]);
    PyObject* name = named ? bindable(form[1], item_span(form, 1), "a function") : nullptr;
    if (named && name == nullptr) return nullptr;
    return function(form, named ? 2 : 1, name, FunctionKind::coroutine, true);
}

Node* Analyzer::decorate(PyObject* decorators, Span span, Node* value) {
    if (decorators == nullptr) return value;
    // Decorators are evaluated in order before the thing they decorate, and called from the last to the first.
    const std::vector<PyObject*> items = items_in(decorators);
    auto* let = unit_.make<Let>(span);
    std::vector<Binding*> bindings;
    for (std::size_t i = 0; i < items.size(); ++i) {
        Node* node = analyze(items[i], child_span(decorators, i, items[i]), {});
        if (node == nullptr) return nullptr;
        bindings.push_back(hidden());
        let->binds.push_back({.targets = {bindings.back()}, .value = node, .span = span});
    }
    for (std::size_t i = items.size(); i-- > 0;) {
        auto* call = unit_.make<Call>(child_span(decorators, i, items[i]), local(span, bindings[i]));
        call->arguments.push_back({ast::Argument::plain, value, {}});
        value = call;
    }
    let->body = value;
    return let;
}

Node* Analyzer::definition(const FormView& form, FunctionKind kind) {
    std::size_t at = 1;
    PyObject* decorators = nullptr;
    // [decorators] before the name; a vector after it is the parameter list.
    if (is_vector(form[at]) && form.size() > at + 2) decorators = form[at++];
    PyObject* name = nullptr;
    Node* result_type = nullptr;
    if (!annotated_name(form[at], item_span(form, at), &name, &result_type)) return nullptr;
    if (at + 1 >= form.size()) return fail_shape(form);
    Node* fn = function(form, at + 1, name, kind, false, result_type);
    if (fn != nullptr) fn = decorate(decorators, form.span, fn);
    return fn != nullptr ? define(name, form.span, fn) : nullptr;
}

Node* Analyzer::special_defn(const FormView& form, Context) { return definition(form, FunctionKind::plain); }
Node* Analyzer::special_defun(const FormView& form, Context) { return definition(form, FunctionKind::plain); }
Node* Analyzer::special_defn_async(const FormView& form, Context) { return definition(form, FunctionKind::coroutine); }

Node* Analyzer::special_defn_private(const FormView& form, Context) {
    Node* node = definition(form, FunctionKind::plain);
    if (node == nullptr || inside_function() || class_ != nullptr) return node;
    // `:refer :all` and dir leave private names out.
    PyObject* name_form = is_vector(form[1]) && form.size() > 3 ? form[2] : form[1];
    if (is_form_of(name_form, "%annotated")) name_form = list_item(name_form, 1);
    Binding* value = hidden();
    auto* let = unit_.make<Let>(form.span);
    let->binds.push_back({.targets = {value}, .value = node, .span = form.span});
    Ref mangled = python_name(symbol_name(name_form));
    if (!mangled) return fail_python();
    Node* mark = core_call(form.span, "%mark-private", {constant(form.span, std::move(mangled))});
    let->body = sequence(form.span, {mark, local(form.span, value)});
    return let;
}

Node* Analyzer::special_defmacro(const FormView& form, Context) {
    PyObject* name = bindable(form[1], item_span(form, 1), "a macro");
    if (name == nullptr) return nullptr;
    Node* fn = function(form, 2, name, FunctionKind::plain, false);
    if (fn == nullptr) return nullptr;
    Ref mangled = python_name(name);
    if (!mangled) return fail_python();
    if (is_lexical(name)) return fail(item_span(form, 1), "defmacro: a local has this name");
    Node* node = helper(form.span, Helper::REGISTER_MACRO, {constant(form.span, mangled), fn});
    // Inside another form the macro must be there for the forms after it, before any of them runs. A top-level
    // defmacro has run by then.
    if (form.form != root_ && !eval_form(form.form, spans_, module_, options_)) return fail_python();
    return node;
}

void Analyzer::note_yield(Span span) {
    if (function_->top_level || function_->is_class_body) {
        fail(span, "yield outside a function");
    } else if (function_->kind == FunctionKind::plain) {
        function_->kind = FunctionKind::generator;
    } else if (function_->kind == FunctionKind::coroutine) {
        function_->kind = FunctionKind::async_generator;
    }
}

void Analyzer::note_await(Span span) {
    if (function_->kind == FunctionKind::coroutine || function_->kind == FunctionKind::async_generator) return;
    if (function_->top_level) {
        function_->kind = FunctionKind::coroutine;
    } else if (function_->is_class_body) {
        fail(span, "await in a class body");
    } else {
        fail(span, "await in a plain function",
             "Make it a coroutine: (fn-async [parameters] …) or (defn-async name [parameters] …).");
    }
}

Node* Analyzer::special_yield(const FormView& form, Context) {
    note_yield(form.span);
    if (diagnostic) return nullptr;
    Node* value = form.size() > 1 ? analyze_item(form, 1) : nil(form.span);
    return value ? unit_.make<Unary>(Kind::yield, form.span, value) : nullptr;
}

Node* Analyzer::special_yield_from(const FormView& form, Context) {
    if (function_->kind == FunctionKind::coroutine || function_->kind == FunctionKind::async_generator)
        return fail(form.span, "yield-from in a coroutine",
                    "(for-async [x xs] (yield x)) hands on what an async iterable gives.");
    note_yield(form.span);
    if (diagnostic) return nullptr;
    Node* value = analyze_item(form, 1);
    return value ? unit_.make<Unary>(Kind::yield_from, form.span, value) : nullptr;
}

Node* Analyzer::special_await(const FormView& form, Context) {
    note_await(form.span);
    if (diagnostic) return nullptr;
    Node* value = analyze_item(form, 1);
    return value ? unit_.make<Unary>(Kind::await, form.span, value) : nullptr;
}

// The text of a definition, from the source that is being compiled.
std::string Analyzer::source_text(Span span) const {
    std::string text;
    // Counted from the text's begin once, not for each line: long files hold many long definitions.
    const std::string_view first = line_of(options_.source, span.line);
    std::string_view rest = options_.source;
    rest.remove_prefix(first.data() != nullptr ? static_cast<std::size_t>(first.data() - rest.data()) : rest.size());
    for (std::uint32_t number = span.line; number != 0 && number <= span.end_line; ++number) {
        const std::string_view here = line_of(rest, 1);
        rest.remove_prefix(here.size());
        rest.remove_prefix(std::min<std::size_t>(rest.size(), rest.starts_with("\r\n") ? 2 : 1));
        const Ref line = new_text(here);
        if (!line) {
            PyErr_Clear();
            return {};
        }
        const Py_ssize_t length = PyUnicode_GET_LENGTH(line.get());
        const Py_ssize_t from = number == span.line ? std::min<Py_ssize_t>(span.column - 1, length) : 0;
        const Py_ssize_t to = number == span.end_line ? std::min<Py_ssize_t>(span.end_column - 1, length) : length;
        const Ref part = steal(PyUnicode_Substring(line.get(), from, to));
        if (!part) {
            PyErr_Clear();
            return {};
        }
        if (number != span.line) text += '\n';
        text += utf8_of(part.get());
    }
    return text;
}

}  // namespace catena
