#include "compiler/analyze.hpp"

#include <algorithm>
#include <tuple>

#include "compiler/forms_util.hpp"
#include "compiler/other_words.hpp"
#include "compiler/stack_guard.hpp"
#include "vm/vm.hpp"

namespace catena {

using namespace ast;

Analyzer::Analyzer(Unit& unit, const SpanTable& spans, PyObject* module, const CompileOptions& options)
    : unit_(unit),
      spans_(spans),
      module_(module),
      globals_(PyModule_GetDict(module)),
      options_(options),
      stack_floor_(stack_floor_at_half()) {}

bool Analyzer::run(PyObject* form, Span span) {
    unit_.functions.push_back(std::make_unique<Function>());
    Function* main = unit_.functions.back().get();
    unit_.main = main;
    main->top_level = true;
    main->name = interned(options_.function);
    main->qualname = main->name;
    main->span = span;
    function_ = main;
    root_ = form;
    frames_.push_back({});
    current_ = span;
    Arity arity;
    arity.span = span;
    // A call from top level is no tail call, but `recur` has nothing to re-enter here either way.
    arity.body = analyze(form, span, {.tail = true});
    if (arity.body == nullptr) return false;
    main->arities.push_back(std::move(arity));
    return true;
}

Node* Analyzer::fail(Span span, std::string message, std::string hint) {
    if (!diagnostic && !python_error) {
        if (!expansion_.empty()) message += " (in the expansion of `" + expansion_.back() + "`)";
        diagnostic = Diagnostic{std::move(message), std::move(hint), span.known() ? span : current_, false};
    }
    return nullptr;
}

Node* Analyzer::fail_python() {
    if (!diagnostic)
        python_error = true;
    else
        PyErr_Clear();
    return nullptr;
}

Span Analyzer::child_span(PyObject* container, std::size_t i, PyObject* child) const {
    Span span = spans_.of(child);
    if (!span.known() && container != nullptr) span = spans_.of_child(container, i);
    return span.known() ? span : current_;
}

FormView Analyzer::view(PyObject* list, Span span) const { return {list, span, items_in(list)}; }

Node* Analyzer::analyze(PyObject* form, Span span, Context context) {
    const char here = 0;
    if (&here < stack_floor_) return fail_depth(span);
    const Span outer = std::exchange(current_, span.known() ? span : current_);
    Node* node = nullptr;
    if (is_list(form)) {
        node = analyze_list(form, current_, context);
    } else if (is_symbol(form)) {
        node = analyze_symbol(form, current_);
    } else {
        node = analyze_literal(form, current_);
    }
    current_ = outer;
    return node;
}

// A set's items, borrowed, as they were written: by their places, and those that have none by their text, for Python's order
// of strings and symbols is another one in every process. False with an error set.
bool Analyzer::items_of_set(PyObject* set, std::vector<PyObject*>& items) const {
    struct Item {
        Span span;
        std::string_view text;
        PyObject* object;
    };
    std::vector<Item> found;
    const Ref iterator = steal(PyObject_GetIter(set));
    while (const Ref item = iterator ? steal(PyIter_Next(iterator.get())) : Ref()) {
        found.push_back({spans_.of(item.get()), is_symbol(item.get()) ? symbol_text(item.get()) : "", item.get()});
    }
    if (PyErr_Occurred() != nullptr) return false;
    std::ranges::sort(found, {},
                      [](const Item& item) { return std::tie(item.span.line, item.span.column, item.text); });
    for (const Item& item : found) items.push_back(item.object);
    return true;
}

Node* Analyzer::analyze_literal(PyObject* form, Span span) {
    std::vector<PyObject*> items;
    PyObject* container = form;
    BuildKind kind;
    if (is_vector(form)) {
        kind = BuildKind::vector;
        items = items_in(form);
    } else if (PyTuple_CheckExact(form)) {
        kind = BuildKind::tuple;
        items = items_in(form);
    } else if (map_items(form, &items)) {
        kind = BuildKind::map;
    } else if (PySet_CheckExact(form)) {
        // Symbols know their own places; what else stands in a set that was read cannot fail.
        kind = BuildKind::set;
        if (!items_of_set(form, items)) return fail_python();
        container = nullptr;
    } else if (is_set_form(form)) {
        kind = BuildKind::set;
        items = items_in(literal_items(form));
    } else {
        return constant(span, borrow(form));
    }
    auto* build = unit_.make<Build>(span, kind);
    if (!parse_items(container, items, 0, false, build->items)) return nullptr;
    if (kind == BuildKind::map) {
        for (const ast::Argument& item : build->items)
            if (item.role != ast::Argument::plain)
                return fail(span, "a map takes no splat", "(merge m {…}) joins maps.");
    }
    return build;
}

namespace {

bool repeats_a_name(const std::vector<ast::Argument>& arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        for (std::size_t j = 0; j < i && arguments[i].role == ast::Argument::pair; ++j) {
            if (arguments[j].role == ast::Argument::pair && arguments[j].name == arguments[i].name.get()) return true;
        }
    }
    return false;
}

}  // namespace

bool Analyzer::parse_arguments(const FormView& form, std::size_t from, std::vector<ast::Argument>& out) {
    if (!parse_items(form.form, form.items, from, true, out)) return false;
    if (!repeats_a_name(out)) return true;
    // Whether that is an error depends on the callee, as with splats; so the call is made as one with a splat is.
    Ref nothing = steal(PyTuple_New(0));
    if (!nothing) return fail_python() != nullptr;
    out.push_back({ast::Argument::splat, constant(form.span, std::move(nothing)), {}});
    return true;
}

bool Analyzer::parse_items(PyObject* container, const std::vector<PyObject*>& items, std::size_t from, bool pairs,
                           std::vector<ast::Argument>& out) {
    for (std::size_t i = from; i < items.size(); ++i) {
        PyObject* item = items[i];
        const Span span = child_span(container, i, item);
        ast::Argument argument;
        if (is_form_of(item, "%splat") || is_form_of(item, "%splat-map")) {
            if (list_count(item) != 2) return fail(span, "a splat takes one form") != nullptr;
            argument.role = is_form_of(item, "%splat") ? ast::Argument::splat : ast::Argument::splat_map;
            if (argument.role == ast::Argument::splat_map && !pairs)
                return fail(span, "`#**` stands only in calls") != nullptr;
            argument.node = analyze(list_item(item, 1), child_span(item, 1, list_item(item, 1)), {});
        } else if (pairs && is_keyword(item) && i + 1 < items.size()) {
            argument.role = ast::Argument::pair;
            argument.name = borrow(keyword_python_name(item));
            argument.node = constant(span, borrow(item));
            PyObject* value = items[i + 1];
            if (is_form_of(value, "%splat") || is_form_of(value, "%splat-map"))
                return fail(child_span(container, i + 1, value), "a splat cannot be the value of a keyword argument") !=
                       nullptr;
            out.push_back(std::move(argument));
            argument = {};
            argument.node = analyze(value, child_span(container, i + 1, value), {});
            ++i;
        } else {
            argument.node = analyze(item, span, {});
        }
        if (argument.node == nullptr) return false;
        out.push_back(std::move(argument));
    }
    return true;
}

Node* Analyzer::analyze_list(PyObject* form, Span span, Context context) {
    if (list_count(form) == 0) return constant(span, borrow(form));
    const FormView call = view(form, span);
    PyObject* head = call[0];
    if (is_symbol(head)) {
        PyObject* name = symbol_name(head);
        if (symbol_is(head, ":")) return slice(call);
        if (const Special* special = find_special(name)) {
            const int count = static_cast<int>(call.size()) - 1;
            if (count < special->least || (special->most >= 0 && count > special->most)) return fail_shape(call);
            return (this->*special->handler)(call, context);
        }
        if (!is_lexical(name)) {
            const std::string_view text = utf8_of(name);
            const OtherWord* other = other_word(text);
            if (other != nullptr && other->form && !names_core(name) && PyDict_GetItem(globals_, name) == nullptr)
                return fail(item_span(call, 0), "there is no `" + std::string(text) + "` in Catena", other->hint);
            if (text.size() > 1 && text.front() == '.' && text != "..." && text != "..") return method_call(call, text);
            if (text.size() > 1 && text.back() == '.' && text != "...")
                return fail(
                    item_span(call, 0), "`" + std::string(text) + "` is no name",
                    "A class is called like a function: (" + std::string(text.substr(0, text.size() - 1)) + " …).");
            if (PyObject* macro = find_macro(head)) return expand(macro, call, context);
            if (python_error) return nullptr;
            bool is_one = false;
            Node* node = intrinsic(name, call, context, &is_one);
            if (!is_one && !diagnostic && !python_error) node = inline_loop(name, call, &is_one);
            if (is_one || diagnostic || python_error) return node;
        }
    } else if (is_keyword(head)) {
        if (call.size() < 2 || call.size() > 3)
            return fail(span,
                        "a keyword is called with a collection and perhaps a default: (:key collection default?)");
        std::vector<Node*> operands;
        for (std::size_t i = 1; i < call.size(); ++i) {
            operands.push_back(analyze_item(call, i));
            if (operands.back() == nullptr) return nullptr;
        }
        operands.insert(operands.begin() + 1, constant(item_span(call, 0), borrow(head)));
        if (operands.size() == 2) return unit_.make<Operation>(span, Op::GET, std::move(operands));
        return core_call(span, "get", std::move(operands));
    }
    return analyze_call(call, context);
}

// (: start stop step) outside an index.
Node* Analyzer::slice(const FormView& form) {
    if (form.size() > 4) return fail(form.span, "a slice is written (: start stop step)");
    std::vector<Node*> ends;
    for (std::size_t i = 1; i < 4; ++i) {
        ends.push_back(i < form.size() ? analyze_item(form, i) : nil(form.span));
        if (ends.back() == nullptr) return nullptr;
    }
    return unit_.make<Operation>(form.span, Op::SLICE, std::move(ends));
}

Node* Analyzer::analyze_call(const FormView& form, Context) {
    PyObject* head = form[0];
    Node* callee = analyze_item(form, 0);
    if (callee == nullptr) return nullptr;
    if (callee->kind == Kind::global && form.size() == 1 && class_cell_in_reach() && symbol_is(head, "super"))
        return super_call(form.span);
    // A name or an attribute path is looked up after the operands; what any other head expression gives comes first.
    const bool written_as_path =
        is_symbol(head) || (is_list(head) && list_count(head) > 0 && is_symbol(list_first(head)) &&
                            (symbol_text(list_first(head)).front() == '.' || symbol_is(list_first(head), "$py")));
    if (callee->kind == Kind::path && written_as_path) {
        auto* path = static_cast<Path*>(callee);
        if (!call_link(form, 1, path)) return nullptr;
        path->span = form.span;
        return path;
    }
    if (callee->kind == Kind::constant) {
        PyObject* value = static_cast<Constant*>(callee)->value.get();
        if (PyLong_CheckExact(value) || PyFloat_CheckExact(value) || PyUnicode_CheckExact(value) || value == Py_None ||
            PyBool_Check(value)) {
            return fail(item_span(form, 0),
                        "a value of type " + std::string(Py_TYPE(value)->tp_name) + " cannot be called",
                        "A list is a call; write '(…) for data or […] for a vector.");
        }
    }
    auto* call = unit_.make<Call>(form.span, callee);
    if (!parse_arguments(form, 1, call->arguments)) return nullptr;
    return call;
}

// The names that a form of a function's body surely binds when it is reached: those of definitions and imports, also of
// those in a `do`.
std::vector<PyObject*> Analyzer::defined_by(PyObject* form) {
    std::vector<PyObject*> names;
    std::vector<PyObject*> pending{form};
    while (!pending.empty()) {
        form = pending.back();
        pending.pop_back();
        if (!is_do(form)) {
            add_defined(form, names);
            continue;
        }
        for (PyObject* item : items_of(form)) pending.push_back(item);
    }
    return names;
}

void Analyzer::add_defined(PyObject* form, std::vector<PyObject*>& names) {
    if (!is_list(form) || list_count(form) < 2 || !is_symbol(list_first(form))) return;
    const std::string_view head = symbol_text(list_first(form));
    const std::vector<PyObject*> items = items_in(form);
    const auto add = [&](PyObject* name) {
        if (is_form_of(name, "%annotated") && list_count(name) == 3) name = list_item(name, 1);
        if (is_symbol(name) && find_special(symbol_name(name)) == nullptr && !is_dotted(symbol_text(name)))
            names.push_back(symbol_name(name));
    };
    if (head == "import" || head == "py.import") {
        for (std::size_t i = 1; i < items.size(); ++i) {
            const bool renamed = i + 1 < items.size() && is_keyword(items[i + 1]);
            if (is_keyword(items[i]) && i + 1 < items.size()) {
                PyObject* value = items[++i];
                if (is_symbol(value))
                    add(value);
                else
                    for (PyObject* name : items_in(value)) add(name);
            } else if (!renamed) {
                add(items[i]);
            }
        }
    } else if (head == "def" || head == "defn" || head == "defun" || head == "defn-" || head == "defn-async" ||
               head == "defclass") {
        const bool decorated = is_vector(items[1]) && items.size() > 2;
        add(items[decorated ? 2 : 1]);
    }
}

// A name of the running function that a definition gives it which may or may not be reached: it lives in a cell, which knows
// whether it is bound, from the function's start.
Analyzer::ScopeName& Analyzer::maybe_bound(PyObject* name) {
    Binding* binding = unit_.bind(borrow(name), function_);
    binding->captured = binding->early = true;
    frames_.back().conditional.push_back({name, binding, true});
    return frames_.back().conditional.back();
}

Analyzer::ScopeName* Analyzer::own_name(PyObject* name) {
    Frame& frame = frames_.back();
    for (std::size_t i = names_.size(); i-- > frame.base;)
        if (names_[i].name == name) return &names_[i];
    for (ScopeName& entry : frame.conditional)
        if (entry.name == name) return &entry;
    return nullptr;
}

Node* Analyzer::body_of(PyObject* container, const std::vector<PyObject*>& items, std::size_t from, Span span,
                        Context context, Body kind) {
    if (from >= items.size()) return nil(span);
    Scope scope(*this);
    std::vector<Binding*> definitions;
    std::vector<std::vector<PyObject*>> defined(items.size());
    // A definition makes a local of the function, wherever in it it stands, and is known to the functions before it.
    if (inside_function() && class_ == nullptr) {
        for (std::size_t i = from; i < items.size(); ++i) {
            if (kind == Body::of_function)
                defined[i] = defined_by(items[i]);
            else
                add_defined(items[i], defined[i]);
            for (PyObject* name : defined[i]) {
                if (own_name(name) != nullptr) continue;
                if (kind == Body::of_function) {
                    definitions.push_back(declare(name));
                    names_.back().visible = false;
                } else {
                    maybe_bound(name).visible = false;
                }
            }
        }
    }
    std::vector<Node*> nodes;
    for (std::size_t i = from; i < items.size(); ++i) {
        const bool last = i + 1 == items.size();
        if (kind == Body::of_function) frames_.back().sure = std::move(defined[i]);
        Node* node = analyze(items[i], child_span(container, i, items[i]), {.tail = last && context.tail});
        if (node == nullptr) return nullptr;
        nodes.push_back(node);
    }
    Node* body = sequence(span, std::move(nodes));
    if (definitions.empty()) return body;
    auto* let = unit_.make<Let>(span);
    for (Binding* definition : definitions)
        let->binds.push_back({.targets = {definition}, .value = nullptr, .span = span});
    let->body = body;
    return let;
}

Node* Analyzer::analyze_body(const FormView& form, std::size_t from, Context context) {
    return body_of(form.form, form.items, from, form.span, context);
}

Node* Analyzer::sequence(Span span, std::vector<Node*> items) {
    if (items.empty()) return nil(span);
    if (items.size() == 1) return items[0];
    return unit_.make<Sequence>(Kind::do_, span, std::move(items));
}

Node* Analyzer::text(Span span, std::string_view value) {
    Ref str = interned(value);
    return str ? constant(span, std::move(str)) : fail_python();
}

Node* Analyzer::core_call(Span span, const char* name, std::vector<Node*> operands) {
    Ref display = interned(name);
    Ref mangled = display ? python_name(display.get()) : Ref();
    if (!mangled) return fail_python();
    auto* callee = unit_.make<Global>(span, std::move(mangled), std::move(display));
    callee->module = interned("catena.core");
    auto* call = unit_.make<Call>(span, callee);
    for (Node* operand : operands) call->arguments.push_back({ast::Argument::plain, operand, {}});
    return call;
}

}  // namespace catena
