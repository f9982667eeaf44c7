// Interop: paths, method calls, imports, f-strings.
#include "compiler/analyze.hpp"
#include "compiler/forms_util.hpp"

namespace catena {

using namespace ast;

bool Analyzer::link(PyObject* form, Span span, Path* path) {
    if (is_symbol(form)) return name_links(symbol_text(form), span, path);
    if (is_vector(form)) {
        Link link;
        if (!index_link(form, span, link)) return false;
        path->links.push_back(std::move(link));
        return true;
    }
    if (is_list(form) && list_count(form) > 0 && is_symbol(list_first(form))) {
        const FormView call = view(form, span);
        return name_links(symbol_text(call[0]), item_span(call, 0), path) && call_link(call, 1, path);
    }
    return fail(span, "this is no step", "A step is a name, (method argument …) or [index].") != nullptr;
}

// Attribute links for `a`, `a.b` or `-a`.
bool Analyzer::name_links(std::string_view text, Span span, Path* path) {
    if (text.size() > 1 && (text.front() == '-' || text.front() == '.')) text.remove_prefix(1);
    std::uint32_t column = span.column;
    for (std::size_t at = 0; at <= text.size();) {
        std::size_t end = text.find('.', at);
        if (end == std::string_view::npos) end = text.size();
        if (end == at) return fail(span, "an attribute needs a name") != nullptr;
        Link link;
        link.kind = StepKind::get;
        link.name = python_name_of(text.substr(at, end - at));
        if (!link.name) return fail_python() != nullptr;
        const auto width = static_cast<std::uint32_t>(PyUnicode_GET_LENGTH(link.name.get()));
        const bool own_place =
            text.find('.') != std::string_view::npos && span.line == span.end_line && column + width <= span.end_column;
        link.span = own_place ? Span{span.line, column, span.line, column + width} : span;
        path->links.push_back(std::move(link));
        column += width + 1;
        at = end + 1;
    }
    return true;
}

bool Analyzer::index_link(PyObject* vector, Span span, Link& out) {
    out.kind = StepKind::item;
    out.span = span;
    const std::vector<PyObject*> items = items_in(vector);
    if (items.empty()) return fail(span, "an index needs a key: [key]") != nullptr;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const Span at = child_span(vector, i, items[i]);
        Link::Part part;
        if (symbol_is(items[i], ":")) {
            part.slice = true;
        } else if (is_form_of(items[i], ":")) {
            part.slice = true;
            const FormView slice = view(items[i], at);
            if (slice.size() > 4) return fail(at, "a slice is written (: start stop step)") != nullptr;
            Node** ends[] = {&part.value, &part.stop, &part.step};
            for (std::size_t k = 1; k < slice.size(); ++k) {
                if (slice[k] == Py_None) continue;
                *ends[k - 1] = analyze_item(slice, k);
                if (*ends[k - 1] == nullptr) return false;
            }
        } else {
            part.value = analyze(items[i], at, {});
            if (part.value == nullptr) return false;
        }
        out.parts.push_back(part);
    }
    out.tuple = items.size() > 1;
    return true;
}

bool Analyzer::call_link(const FormView& form, std::size_t from, Path* path) {
    Link link;
    link.kind = StepKind::call;
    link.span = form.span;
    if (!parse_arguments(form, from, link.arguments)) return false;
    path->links.push_back(std::move(link));
    return true;
}

// (.method object argument …) and (.-attribute object).
Node* Analyzer::method_call(const FormView& form, std::string_view names) {
    if (form.size() < 2)
        return fail(form.span, "`" + std::string(names) + "` needs an object",
                    "It is written (" + std::string(names) + " object argument …).");
    const bool attribute = names[1] == '-' && names.size() > 2;
    if (attribute && form.size() != 2)
        return fail(form.span, "`" + std::string(names) + "` reads an attribute and takes only the object");
    Node* object = analyze_item(form, 1);
    if (object == nullptr) return nullptr;
    Path* path = path_of(object, form.span);
    if (!name_links(names.substr(1), item_span(form, 0), path)) return nullptr;
    if (!attribute && !call_link(form, 2, path)) return nullptr;
    return path;
}

Node* Analyzer::special_dot(const FormView& form, Context) {
    Node* root = analyze_item(form, 1);
    if (root == nullptr) return nullptr;
    Path* path = path_of(root, form.span);
    for (std::size_t i = 2; i < form.size(); ++i)
        if (!link(form[i], item_span(form, i), path)) return nullptr;
    return path;
}

Node* Analyzer::special_py_call(const FormView& form, Context) {
    Node* root = analyze_item(form, 1);
    if (root == nullptr) return nullptr;
    if (!is_symbol(form[2])) return fail_shape(form);
    Path* path = path_of(root, form.span);
    if (!name_links(symbol_text(form[2]), item_span(form, 2), path) || !call_link(form, 3, path)) return nullptr;
    return path;
}

Node* Analyzer::special_py(const FormView& form, Context) {
    if (!PyUnicode_CheckExact(form[1])) return fail_shape(form);
    auto* path = unit_.make<Path>(form.span);
    path->import_name = module_name(form[1]);
    if (!path->import_name) return fail(item_span(form, 1), "this is no module name");
    return path;
}

// The dotted Python name of a module, written as a symbol or string; empty when it is none.
Ref Analyzer::module_name(PyObject* form) {
    if (!is_symbol(form) && !PyUnicode_Check(form)) return {};
    const std::string_view text = is_symbol(form) ? symbol_text(form) : utf8_of(form);
    if (text.empty() || text.front() == '.' || text.back() == '.' || text.find("..") != std::string_view::npos ||
        text.find('/') != std::string_view::npos)
        return {};
    return python_name_of(text);
}

Node* Analyzer::bind_import(Span span, Ref module, PyObject* alias, const std::vector<Referred>& refer) {
    const auto import_node = [&]() -> Node* {
        auto* path = unit_.make<Path>(span);
        path->import_name = module;
        return path;
    };
    std::vector<Node*> steps;
    if (alias != nullptr) {
        steps.push_back(define(alias, span, import_node()));
    } else if (refer.empty()) {
        const std::string_view text = utf8_of(module.get());
        const std::size_t dot = text.find('.');
        if (dot == std::string_view::npos) {
            steps.push_back(define(module.get(), span, import_node()));
        } else {
            const Ref top = interned(text.substr(0, dot));
            keep_.push_back(top);
            steps.push_back(define(top.get(), span, helper(span, Helper::IMPORT_TOP, {constant(span, module)})));
        }
    }
    if (!refer.empty()) {
        auto* let = unit_.make<Let>(span);
        Binding* holder = hidden();
        let->binds.push_back({.targets = {holder}, .value = import_node(), .span = span});
        std::vector<Node*> parts;
        for (const auto& [name, as, at] : refer) {
            Ref member = python_name(name);
            if (!member) return fail_python();
            Node* value = helper(at, Helper::IMPORT_FROM, {local(at, holder), constant(at, std::move(member))});
            parts.push_back(define(as, at, value));
        }
        for (Node* part : parts)
            if (part == nullptr) return nullptr;
        let->body = sequence(span, std::move(parts));
        steps.push_back(let);
    }
    for (Node* step : steps)
        if (step == nullptr) return nullptr;
    return sequence(span, std::move(steps));
}

// Reads `module :as name :refer [a [b :as c]]` at `at` and moves past it.
bool Analyzer::read_import(PyObject* container, const std::vector<PyObject*>& items, std::size_t& at, bool all_allowed,
                           Import& out) {
    const Span span = child_span(container, at, items[at]);
    out.span = span;
    out.module = module_name(items[at]);
    const auto wrong = [&](std::string message) {
        std::string hint = all_allowed ? "It is written (require module :as name :refer [names] …)"
                                       : "It is written (import module :as name :refer [names] …)";
        if (is_form_of(items[at], "quote")) hint += ", without a quote";
        if (is_symbol(items[at]) && symbol_text(items[at]).find('/') != std::string_view::npos)
            hint += ", with dots: util.text is the file util/text.lisp";
        if (is_symbol(items[at]) && symbol_text(items[at]).starts_with('.'))
            hint += ", with the module's whole name: pack.model also from inside of pack";
        return fail(span, std::move(message), hint + ".") != nullptr;
    };
    if (!out.module) return wrong("expected a module's name");
    if (symbol_is(items[at], "as") || symbol_is(items[at], "from"))
        return wrong("`" + std::string(symbol_text(items[at])) + "` is no module");
    ++at;
    while (at < items.size() && is_keyword(items[at])) {
        const std::string_view word = utf8_of(keyword_name(items[at]));
        const Span word_span = child_span(container, at, items[at]);
        if (at + 1 >= items.size()) return fail(word_span, "`:" + std::string(word) + "` without a value") != nullptr;
        PyObject* value = items[at + 1];
        const Span value_span = child_span(container, at + 1, value);
        if (word == "as") {
            out.alias = bindable(value, value_span, "a module");
            if (out.alias == nullptr) return false;
        } else if (word == "refer") {
            if (is_keyword(value) && utf8_of(keyword_name(value)) == "all" && all_allowed) {
                out.all = true;
            } else if (is_vector(value) || is_list(value)) {
                const std::vector<PyObject*> names = items_in(value);
                for (std::size_t i = 0; i < names.size(); ++i) {
                    const Span name_span = child_span(value, i, names[i]);
                    PyObject* from = names[i];
                    PyObject* as = names[i];
                    if (is_vector(from) && PyList_GET_SIZE(from) == 3 && is_keyword(PyList_GET_ITEM(from, 1)) &&
                        utf8_of(keyword_name(PyList_GET_ITEM(from, 1))) == "as") {
                        as = PyList_GET_ITEM(from, 2);
                        from = PyList_GET_ITEM(from, 0);
                    }
                    as = bindable(as, name_span, "an import");
                    if (as == nullptr || !is_symbol(from))
                        return as != nullptr ? fail(name_span, "expected a name") != nullptr : false;
                    out.refer.push_back({symbol_name(from), as, name_span});
                }
            } else {
                return fail(value_span, "`:refer` takes a vector of names") != nullptr;
            }
        } else {
            return fail(word_span, "`:" + std::string(word) + "` is no part of an import",
                        "It is written (import module :as name :refer [names] …).") != nullptr;
        }
        at += 2;
    }
    return true;
}

Node* Analyzer::special_import(const FormView& form, Context) {
    std::vector<Node*> steps;
    for (std::size_t at = 1; at < form.size();) {
        Import one;
        if (is_vector(form[at])) {
            const std::vector<PyObject*> items = items_in(form[at]);
            std::size_t inner = 0;
            if (items.empty()) return fail(item_span(form, at), "import: an empty vector");
            if (!read_import(form[at], items, inner, false, one)) return nullptr;
            if (inner != items.size())
                return fail(child_span(form[at], inner, items[inner]), "import: one module in each vector");
            ++at;
        } else if (!read_import(form.form, form.items, at, false, one)) {
            return nullptr;
        }
        steps.push_back(bind_import(one.span, one.module, one.alias, one.refer));
        if (steps.back() == nullptr) return nullptr;
    }
    steps.push_back(nil(form.span));
    return sequence(form.span, std::move(steps));
}

Node* Analyzer::special_py_import(const FormView& form, Context context) { return special_import(form, context); }

Node* Analyzer::special_require(const FormView& form, Context) {
    std::vector<Node*> steps;
    const Span span = form.span;
    for (std::size_t at = 1; at < form.size();) {
        Import one;
        if (is_vector(form[at])) {
            const std::vector<PyObject*> items = items_in(form[at]);
            std::size_t inner = 0;
            if (items.empty()) return fail(item_span(form, at), "require: an empty vector");
            if (!read_import(form[at], items, inner, true, one)) return nullptr;
            if (inner != items.size())
                return fail(child_span(form[at], inner, items[inner]), "require: one module in each vector");
            ++at;
        } else if (!read_import(form.form, form.items, at, true, one)) {
            return nullptr;
        }
        auto* let = unit_.make<Let>(one.span);
        Binding* module = hidden();
        let->binds.push_back({.targets = {module},
                              .value = helper(one.span, Helper::REQUIRE, {constant(one.span, one.module)}),
                              .span = one.span});
        std::vector<Node*> parts;
        const bool simple = utf8_of(one.module.get()).find('.') == std::string_view::npos;
        PyObject* name = one.alias != nullptr                      ? one.alias
                         : simple && one.refer.empty() && !one.all ? one.module.get()
                                                                   : nullptr;
        if (name != nullptr) parts.push_back(define(name, one.span, local(one.span, module)));
        if (one.alias == nullptr && one.refer.empty() && !one.all && !simple) {
            // As with import, `util.text` binds `util`, and the name is reached from there.
            const std::string_view dotted = utf8_of(one.module.get());
            const Ref top = interned(dotted.substr(0, dotted.find('.')));
            keep_.push_back(top);
            parts.push_back(
                define(top.get(), one.span, helper(one.span, Helper::IMPORT_TOP, {constant(one.span, one.module)})));
        }
        for (const auto& [member, as, at_name] : one.refer) {
            Ref python = python_name(member);
            if (!python) return fail_python();
            parts.push_back(define(
                as, at_name,
                helper(at_name, Helper::IMPORT_FROM, {local(at_name, module), constant(at_name, std::move(python))})));
        }
        if (one.all) {
            if (inside_function()) return fail(one.span, "`:refer :all` stands only at the top of a module");
            parts.push_back(helper(one.span, Helper::REFER_ALL,
                                   {local(one.span, module), core_call(one.span, "%this-module", {})}));
        }
        for (Node* part : parts)
            if (part == nullptr) return nullptr;
        parts.push_back(nil(one.span));
        let->body = sequence(one.span, std::move(parts));
        keep_.push_back(one.module);
        steps.push_back(let);
    }
    return sequence(span, std::move(steps));
}

Node* Analyzer::special_fstring(const FormView& form, Context) {
    auto* node = unit_.make<FString>(form.span);
    for (std::size_t i = 1; i < form.size(); ++i) {
        FString::Part part;
        if (PyUnicode_Check(form[i])) {
            part.literal = true;
            part.node = constant(item_span(form, i), borrow(form[i]));
        } else if (is_form_of(form[i], "%field") && list_count(form[i]) == 4) {
            const FormView field = view(form[i], item_span(form, i));
            part.node = analyze_item(field, 1);
            if (part.node == nullptr) return nullptr;
            if (PyUnicode_Check(field[2])) part.conversion = static_cast<char>(utf8_of(field[2]).front());
            if (field[3] != Py_None) {
                part.spec = analyze_item(field, 3);
                if (part.spec == nullptr) return nullptr;
            }
        } else {
            return fail(form.span, "this is no f-string");
        }
        node->parts.push_back(part);
    }
    return node;
}

Node* Analyzer::special_splat(const FormView& form, Context) {
    return fail(form.span, "a splat stands only among the arguments of a call or the items of a collection");
}

Node* Analyzer::special_splat_map(const FormView& form, Context context) { return special_splat(form, context); }

}  // namespace catena
