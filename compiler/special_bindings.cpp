// let, def and set!: names and places.
#include <algorithm>

#include "compiler/analyze.hpp"
#include "compiler/forms_util.hpp"

namespace catena {

using namespace ast;

// Names and values in turn, with their places, of [name value …] or the older ((name value) …) after `word`.
bool Analyzer::read_pairs(const FormView& form, const std::string& word, std::vector<PyObject*>& pairs,
                          std::vector<Span>& spans) {
    if (is_vector(form[1])) {
        pairs = items_in(form[1]);
        for (std::size_t i = 0; i < pairs.size(); ++i) spans.push_back(child_span(form[1], i, pairs[i]));
        if (pairs.size() % 2 == 0) return true;
        return fail(spans.back(), word + ": a name without a value",
                    "It is written (" + word + " [name value …] body …).") != nullptr;
    }
    if (!is_list(form[1])) return fail_shape(form) != nullptr;
    std::size_t i = 0;
    for (PyObject* pair : items_of(form[1])) {
        const Span span = child_span(form[1], i++, pair);
        if (!is_list(pair) || list_count(pair) != 2)
            return fail(span, word + ": expected (name value)",
                        "It is written (" + word + " ((name value) …) body …).") != nullptr;
        for (Py_ssize_t k = 0; k < 2; ++k) {
            pairs.push_back(list_item(pair, k));
            spans.push_back(child_span(pair, static_cast<std::size_t>(k), pairs.back()));
        }
    }
    return true;
}

Node* Analyzer::special_let(const FormView& form, Context context) {
    std::vector<PyObject*> pairs;
    std::vector<Span> spans;
    if (!read_pairs(form, "let", pairs, spans)) return nullptr;
    Scope scope(*this);
    auto* let = unit_.make<Let>(form.span);
    for (std::size_t i = 0; i < pairs.size(); i += 2) {
        Node* value = analyze(pairs[i + 1], spans[i + 1], {});
        if (value == nullptr || !bind_pattern(pairs[i], spans[i], value, let->binds)) return nullptr;
    }
    let->body = analyze_body(form, 2, context);
    return let->body ? let : nullptr;
}

Node* Analyzer::special_let_star(const FormView& form, Context context) { return special_let(form, context); }

Node* Analyzer::special_let1(const FormView& form, Context context) {
    Node* value = analyze_item(form, 2);
    Scope scope(*this);
    auto* let = unit_.make<Let>(form.span);
    if (value == nullptr || !bind_pattern(form[1], item_span(form, 1), value, let->binds)) return nullptr;
    let->body = analyze_body(form, 3, context);
    return let->body ? let : nullptr;
}

// `str` and `list` stand for Python's classes in an annotation.
Node* Analyzer::annotation_type(PyObject* form, Span span) {
    for (const std::string_view name : {"str", "list"}) {
        if (!symbol_is(form, name) || is_lexical(symbol_name(form)) || !names_core(symbol_name(form))) continue;
        return analyze_qualified("builtins/" + std::string(name), std::string_view("builtins").size(), span);
    }
    return analyze(form, span, {});
}

bool Analyzer::annotated_name(PyObject* form, Span span, PyObject** name, Node** annotation) {
    if (is_form_of(form, "%annotated") && list_count(form) == 3) {
        PyObject* type = list_item(form, 2);
        *annotation = annotation_type(type, child_span(form, 2, type));
        if (*annotation == nullptr) return false;
        form = list_item(form, 1);
    }
    *name = definable(form, span, "a definition");
    return *name != nullptr;
}

Node* Analyzer::special_def(const FormView& form, Context) {
    PyObject* name = nullptr;
    Node* annotation = nullptr;
    if (!annotated_name(form[1], item_span(form, 1), &name, &annotation)) return nullptr;
    const Span span = form.span;
    if (form.size() == 2) {
        if (annotation != nullptr) return define(name, span, nullptr, annotation);
        return fail(span, "def: no value",
                    "It is written (def name \"doc\"? value); (declare name) only announces a name.");
    }
    if (form.size() == 4 && !PyUnicode_Check(form[2])) return fail_shape(form);
    Node* value = analyze_item(form, form.size() - 1);
    return value ? define(name, span, value, annotation) : nullptr;
}

// Binds a name where it stands: in the class namespace, as a local of the function, or in the module.
Node* Analyzer::define(PyObject* name, Span span, Node* value, Node* annotation) {
    Ref mangled = python_name(name);
    if (!mangled) return fail_python();
    std::vector<Node*> steps;
    Binding* result = nullptr;
    auto* let = unit_.make<Let>(span);
    if (class_ != nullptr) {
        if (value != nullptr) {
            class_->defined.push_back(name);
            result = hidden();
            let->binds.push_back({.targets = {result}, .value = value, .span = span});
            Path* store = path_of(local(span, class_->space), span);
            Link link;
            link.kind = StepKind::set_item;
            link.span = span;
            link.parts.push_back({.value = constant(span, mangled)});
            link.value = local(span, result);
            store->links.push_back(std::move(link));
            steps.push_back(store);
        }
    } else if (inside_function()) {
        if (value == nullptr) return annotation != nullptr ? nil(span) : fail(span, "def: no value");
        ScopeName* found = own_name(name);
        if (found == nullptr) return unit_.make<SetLocal>(span, maybe_bound(name).binding, value);
        if (!found->visible) {
            found->visible = true;
            const std::vector<PyObject*>& sure = frames_.back().sure;
            if (std::ranges::find(sure, name) == sure.end()) found->binding->captured = found->binding->early = true;
        } else {
            found->binding->assigned = true;
        }
        found->binding->module = known_module(value);
        return unit_.make<SetLocal>(span, found->binding, value);
    } else if (value != nullptr) {
        auto* store = unit_.make<SetGlobal>(Kind::def_global, span, mangled, borrow(name), value);
        if (annotation == nullptr) return store;
        result = hidden();
        let->binds.push_back({.targets = {result}, .value = store, .span = span});
    }
    if (annotation != nullptr) {
        // __annotations__ of the class or module, made when the first annotation needs it.
        Node* space = class_ != nullptr ? local(span, class_->space) : core_call(span, "%module-dict", {});
        Path* path = path_of(space, span);
        Link get;
        get.kind = StepKind::get;
        get.span = span;
        get.name = interned("setdefault");
        Link call;
        call.kind = StepKind::call;
        call.span = span;
        call.arguments.push_back({ast::Argument::plain, text(span, "__annotations__"), {}});
        call.arguments.push_back({ast::Argument::plain, unit_.make<Build>(span, BuildKind::map), {}});
        Link store;
        store.kind = StepKind::set_item;
        store.span = span;
        store.parts.push_back({.value = constant(span, mangled)});
        store.value = annotation;
        path->links = {std::move(get), std::move(call), std::move(store)};
        steps.push_back(path);
    }
    steps.push_back(result != nullptr ? local(span, result) : nil(span));
    let->body = sequence(span, std::move(steps));
    return let;
}

Node* Analyzer::special_annotated(const FormView& form, Context context) {
    // Outside parameters and definitions an annotation says nothing at run time.
    return analyze_item(form, 1, context);
}

// `get` at the head of a place, also as templates and aliases of core write it.
bool Analyzer::is_core_get(PyObject* head) {
    const std::string_view text = symbol_text(head);
    return text == "get" || behind_core(text) == "get";
}

bool Analyzer::place(PyObject* form, Span span, bool twice, Place& out) {
    const auto not_a_place = [&] {
        fail(span, "this is no place that can be set",
             "Places are a name, o.attribute, (. o attribute), (. o [key]) and (get m key).");
        return false;
    };
    if (is_symbol(form)) {
        const std::string_view text = symbol_text(form);
        if (is_dotted(text) || qualifying_slash(text) != std::string_view::npos) {
            Node* node = analyze_symbol(form, span);
            if (node == nullptr) return false;
            if (node->kind == Kind::global) {
                auto* global = static_cast<Global*>(node);
                if (!global->module) {
                    out.at = Place::At::global;
                    out.name = global->name;
                    out.display = global->display;
                    return true;
                }
                // A member of another module is an attribute of the module object.
                auto* path = unit_.make<Path>(span);
                path->root = helper(span, Helper::REQUIRE, {constant(span, global->module)});
                Link link;
                link.kind = StepKind::get;
                link.span = span;
                link.name = global->name;
                path->links.push_back(std::move(link));
                node = path;
            }
            out.path = static_cast<Path*>(node);
        } else {
            PyObject* name = bindable(form, span, "set!");
            if (name == nullptr) return false;
            if (class_ == nullptr || is_lexical(name)) {
                if (Binding* binding = lookup(name, true)) {
                    out.at = Place::At::local;
                    out.binding = binding;
                    return true;
                }
            }
            out.at = Place::At::global;
            out.display = borrow(name);
            out.name = python_name(name);
            return out.name ? true : fail_python() != nullptr;
        }
    } else if (is_list(form) && list_count(form) > 0 && is_symbol(list_first(form))) {
        const FormView view_of = view(form, span);
        const std::string_view head = symbol_text(view_of[0]);
        if ((view_of.size() == 3 || view_of.size() == 4) && is_core_get(view_of[0])) {
            Node* container = analyze_item(view_of, 1);
            Node* key = container ? analyze_item(view_of, 2) : nullptr;
            if (key == nullptr) return false;
            out.path = path_of(container, span);
            Link link;
            link.kind = StepKind::item;
            link.span = span;
            link.parts.push_back({.value = key});
            out.path->links.push_back(std::move(link));
            if (view_of.size() == 4) {
                out.fallback = analyze_item(view_of, 3);
                if (out.fallback == nullptr) return false;
            }
            out.lenient = true;
        } else if (head == "." || (head.size() > 1 && head.front() == '.')) {
            Node* node = analyze(form, span, {});
            if (node == nullptr) return false;
            if (node->kind != Kind::path) return not_a_place();
            out.path = static_cast<Path*>(node);
            // (.attr o) is written like a call; as a place it is the attribute.
            if (head != "." && out.path->links.back().kind == StepKind::call &&
                out.path->links.back().arguments.empty())
                out.path->links.pop_back();
        } else {
            return not_a_place();
        }
    } else {
        return not_a_place();
    }
    out.at = Place::At::object;
    if (out.path->links.empty()) return not_a_place();
    out.link = std::move(out.path->links.back());
    out.path->links.pop_back();
    if (out.link.kind != StepKind::get && out.link.kind != StepKind::item) return not_a_place();
    if (!twice) return true;
    // The object and the key are evaluated once and used twice.
    const auto keep = [&](Node*& node) {
        if (node == nullptr || node->kind == Kind::constant) return;
        Binding* binding = hidden();
        out.binds.push_back({.targets = {binding}, .value = node, .span = span});
        node = local(span, binding);
    };
    Node* object = out.path->links.empty() && out.path->root != nullptr ? out.path->root : out.path;
    keep(object);
    for (Link::Part& part : out.link.parts) {
        keep(part.value);
        keep(part.stop);
        keep(part.step);
    }
    out.path = unit_.make<Path>(span);
    out.path->root = object;
    return true;
}

Node* Analyzer::read_place(const Place& place, Span span) {
    if (place.at == Place::At::local) return local(span, place.binding);
    if (place.at == Place::At::global) return unit_.make<Global>(span, place.name, place.display);
    if (place.lenient) {
        std::vector<Node*> operands{place.path->root, place.link.parts[0].value};
        if (place.fallback == nullptr) return unit_.make<Operation>(span, Op::GET, std::move(operands));
        operands.push_back(place.fallback);
        return core_call(span, "get", std::move(operands));
    }
    Path* path = unit_.make<Path>(span);
    *path = *place.path;
    path->links.push_back(place.link);
    return path;
}

// The value of the node that is made is the value that was stored.
Node* Analyzer::write_place(Place& place, Span span, Node* value) {
    if (place.at == Place::At::local) return unit_.make<SetLocal>(span, place.binding, value);
    if (place.at == Place::At::global) {
        if (class_ != nullptr)
            return fail(span, "set! of a name in a class body", "(def name value) binds in the class.");
        return unit_.make<SetGlobal>(Kind::set_global, span, place.name, place.display, value);
    }
    Path* path = place.path;
    Link link = place.link;
    link.kind = link.kind == StepKind::get ? StepKind::set : StepKind::set_item;
    link.value = value;
    path->links.push_back(std::move(link));
    path->span = span;
    return path;
}

Node* Analyzer::special_set(const FormView& form, Context) {
    Place target;
    if (!place(form[1], item_span(form, 1), false, target)) return nullptr;
    Node* value = analyze_item(form, 2);
    // An unknown name is reported where the name stands.
    const Span span = target.at == Place::At::global ? item_span(form, 1) : form.span;
    return value ? write_place(target, span, value) : nullptr;
}

Node* Analyzer::special_update(const FormView& form, Context) {
    Place target;
    if (!place(form[1], item_span(form, 1), true, target)) return nullptr;
    const Span span = form.span;
    // An unknown name is reported where the name stands.
    const Span at = target.at == Place::At::global ? item_span(form, 1) : span;
    // (f old args …), with whatever shape f's call has: an operator, a macro, a method name.
    Binding* old = hidden();
    target.binds.push_back({.targets = {old}, .value = read_place(target, at), .span = span});
    auto* let = unit_.make<Let>(span);
    // The old value stands in the call under a name that no program can write.
    const Ref name = interned("%old");
    names_.push_back({name.get(), old, true});
    const Ref symbol = make_symbol_interned(name.get());
    std::vector<PyObject*> call{form[2], symbol.get()};
    call.insert(call.end(), form.items.begin() + 3, form.items.end());
    Ref call_form = list_from(call.data(), call.size());
    if (!call_form) return fail_python();
    keep_.push_back(call_form);
    keep_.push_back(name);
    Node* value = analyze_list(call_form.get(), span, {});
    names_.pop_back();
    if (value == nullptr) return nullptr;
    let->binds = std::move(target.binds);
    let->body = write_place(target, at, value);
    return let->body ? let : nullptr;
}

Node* Analyzer::special_del(const FormView& form, Context) {
    const Span span = form.span;
    Place target;
    if (!place(form[1], item_span(form, 1), false, target)) return nullptr;
    if (target.at == Place::At::local)
        return fail(span, "a local cannot be deleted", "(set! name nil) lets go of its value.");
    if (target.at == Place::At::global) {
        if (class_ != nullptr) {
            Path* path = path_of(local(span, class_->space), span);
            Link link;
            link.kind = StepKind::remove_item;
            link.span = span;
            link.parts.push_back({.value = constant(span, target.name)});
            path->links.push_back(std::move(link));
            return path;
        }
        return unit_.make<SetGlobal>(Kind::del_global, item_span(form, 1), target.name, target.display, nullptr);
    }
    target.link.kind = target.link.kind == StepKind::get ? StepKind::remove : StepKind::remove_item;
    target.path->links.push_back(std::move(target.link));
    target.path->span = span;
    return target.path;
}

}  // namespace catena
