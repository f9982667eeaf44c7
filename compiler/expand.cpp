// Macros: calling them, and quasiquote, which writes the code that builds their results.
#include "bridge/error.hpp"
#include "bridge/text.hpp"
#include "bridge/value.hpp"
#include "compiler/analyze.hpp"
#include "compiler/forms_util.hpp"
#include "lang/printer.hpp"
#include "vm/core_pairs.hpp"
#include "vm/vm.hpp"

namespace catena {

using namespace ast;

namespace {

// How a call names its macro: names of the module itself and of core were qualified by a quasiquote.
std::string written_name(PyObject* symbol, PyObject* globals) {
    const std::string_view text = symbol_text(symbol);
    const std::size_t slash = qualifying_slash(text);
    if (slash == std::string_view::npos) return std::string(text);
    PyObject* own = PyDict_GetItemString(globals, "__name__");
    const std::string_view module = text.substr(0, slash);
    const bool implied = module == "core" || (own != nullptr && PyUnicode_Check(own) && module == utf8_of(own));
    return std::string(implied ? text.substr(slash + 1) : text);
}

// A macro's own failure says in which call it happened.
void add_note(std::string_view note) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (value != nullptr) {
        const Ref text = new_text(note);
        const Ref done = text ? steal(PyObject_CallMethod(value, "add_note", "(O)", text.get())) : Ref();
        if (!done) PyErr_Clear();
    }
    PyErr_Restore(type, value, traceback);
}

// Whether the error that is set arose before any code of the macro ran: the call does not fit its parameters.
bool wrong_call() {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    const bool none_ran = traceback == nullptr && type == PyExc_TypeError;
    PyErr_Restore(type, value, traceback);
    return none_ran;
}

std::string take_message() {
    const std::string message = diagnostic_from_error({}).message;
    for (const std::string_view kind : {"TypeError: ", "catena.CompileError: "}) {
        if (message.starts_with(kind)) return message.substr(kind.size());
    }
    return message;
}

// Whether the error that is set says what is wrong with the call: a macro threw a CompileError that names no place, or it is a
// macro of core, in which nobody looks for errors.
bool is_about_call(PyObject* macro) {
    if (!PyErr_ExceptionMatches(PyExc_Exception)) return false;
    const Closure* closure = is_closure(macro) ? reinterpret_cast<const Closure*>(macro) : nullptr;
    if (closure != nullptr && closure->code->file && text_of(closure->code->file.get()).starts_with("<catena"))
        return true;
    if (!PyErr_ExceptionMatches(compile_error_type())) return false;
    const Error error = Error::fetch();
    const Ref line = steal(PyObject_GetAttrString(error.exception(), "lineno"));
    error.restore();
    return line == Py_None;
}

Ref call_macro(PyObject* macro, const std::vector<PyObject*>& items) {
    std::vector<Value> arguments;
    std::vector<Ref> own;
    bool pair = false;
    for (std::size_t i = 1; i < items.size(); ++i) {
        // A macro that declares &key gets pairs, as a function does.
        pair = !pair && is_keyword(items[i]) && i + 1 < items.size();
        Ref item = pair ? make_written_keyword(items[i]) : borrow(items[i]);
        if (!item) return {};
        arguments.push_back(borrow_value(item.get()));
        if (arguments.back().is_object()) own.push_back(steal(arguments.back().as_object()));
    }
    const Value result = call_as_written(Value::object(macro), arguments.data(), arguments.size());
    if (result.is_error()) return {};
    Ref form = boxed(result);
    result.release();
    return form;
}

}  // namespace

Ref Analyzer::expansion_of(PyObject* macro, const FormView& form) {
    const Ref hold = borrow(macro);
    Ref expansion = call_macro(macro, form.items);
    if (expansion) return expansion;
    const std::string name = written_name(form[0], globals_);
    if (wrong_call()) {
        fail(form.span, take_message());
    } else if (is_about_call(macro)) {
        const std::string message = take_message();
        fail(form.span, message.starts_with(name) ? message : name + ": " + message);
    } else {
        const Span at = form.span;
        add_note("in the expansion of the macro `" + name + "` at " + options_.filename + ":" +
                 std::to_string(at.line) + ":" + std::to_string(at.column));
        fail_python();
    }
    return {};
}

Node* Analyzer::expand(PyObject* macro, const FormView& form, Context context) {
    Ref expansion = expansion_of(macro, form);
    if (!expansion) return nullptr;
    keep_.push_back(std::move(expansion));
    expansion_.push_back(written_name(form[0], globals_));
    Node* node = analyze(keep_.back().get(), form.span, context);
    expansion_.pop_back();
    return node;
}

Node* Analyzer::special_quote(const FormView& form, Context) { return quoted(form[1], item_span(form, 1)); }

Node* Analyzer::quoted(PyObject* form, Span span) {
    auto value = datum(form, spans_);
    if (!value) return fail(value.error().span, value.error().message, value.error().hint);
    if (is_atom(value->get()) || is_list(value->get())) return constant(span, std::move(*value));
    // A quoted vector, map or set is a fresh one each time, as a literal is: it can be changed.
    if (PyList_CheckExact(value->get()) || PyDict_CheckExact(value->get()) || PySet_CheckExact(value->get()))
        return helper(span, Helper::COPY, {constant(span, std::move(*value))});
    return constant(span, std::move(*value));
}

Node* Analyzer::special_unquote(const FormView& form, Context) {
    return fail(form.span, "unquote outside a quasiquote",
                "A comma before a form is unquote; put a space after it to separate items.");
}

Node* Analyzer::special_unquote_splicing(const FormView& form, Context) {
    return fail(form.span, "unquote-splicing outside a quasiquote",
                "`#* xs` spreads a collection over the arguments of a call.");
}

Node* Analyzer::special_spliced_map(const FormView& form, Context context) {
    return special_unquote_splicing(form, context);
}

Node* Analyzer::special_quasiquote(const FormView& form, Context) {
    // One set of fresh names for each evaluation of the template: `x#` symbols share it.
    auto outer = std::exchange(fresh_names_, {});
    Node* node = quasiquote(form[1], item_span(form, 1), 1);
    auto names = std::exchange(fresh_names_, std::move(outer));
    if (node == nullptr || names.empty()) return node;
    auto* let = unit_.make<Let>(form.span);
    for (auto& [name, binding] : names) {
        const std::string_view written = utf8_of(name);
        Node* stem = text(form.span, written.substr(0, written.size() - 1));
        if (stem == nullptr) return nullptr;
        let->binds.push_back(
            {.targets = {binding}, .value = core_call(form.span, "gensym", {stem}), .span = form.span});
    }
    let->body = node;
    return let;
}

// Forms that evaluate to the template: constants where nothing is unquoted, builders elsewhere.
namespace {

// The parameters of `#(…)`, and the heads of forms that the reader makes: names that mean themselves wherever they stand.
bool is_own_name(std::string_view text) {
    if (!text.starts_with('%')) return false;
    return text == "%" || text == "%&" || text == "%splat" || text == "%splat-map" || text == "%spliced-map" ||
           text.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

// The form `(. root a b)` that the symbol root.a.b stands for.
Ref dotted_form(std::string_view root, std::string_view attributes) {
    std::vector<Ref> items;
    items.push_back(make_symbol("."));
    items.push_back(make_symbol(root));
    while (!attributes.empty()) {
        const std::string_view name = attributes.substr(0, attributes.find('.'));
        items.push_back(make_symbol(name));
        attributes.remove_prefix(std::min(name.size() + 1, attributes.size()));
    }
    std::vector<PyObject*> pointers;
    for (const Ref& item : items) {
        if (!item) return {};
        pointers.push_back(item.get());
    }
    return list_from(pointers.data(), pointers.size());
}

}  // namespace

Node* Analyzer::fail_depth(Span span) {
    if (expansion_.size() < 1000) return fail(span, "the code is nested too deeply to compile");
    return fail(span, "the macro `" + expansion_.back() + "` expands without end, or deeper than the stack allows");
}

Node* Analyzer::quasiquote(PyObject* form, Span span, int depth) {
    const char here = 0;
    if (&here < stack_floor_) return fail_depth(span);
    if (is_symbol(form)) {
        PyObject* name = symbol_name(form);
        const std::string_view text = utf8_of(name);
        if (const std::size_t end = text.find("#."); depth == 1 && end != std::string_view::npos && end > 0) {
            const Ref path = dotted_form(text.substr(0, end + 1), text.substr(end + 2));
            return path ? quasiquote(path.get(), span, depth) : fail_python();
        }
        if (text.size() > 1 && text.back() == '#' && depth == 1) {
            for (auto& [known, binding] : fresh_names_)
                if (known == name) return local(span, binding);
            Binding* binding = hidden();
            fresh_names_.emplace_back(name, binding);
            return local(span, binding);
        }
        // A symbol of its own: the reader's knows its place in the template, and errors belong to the call.
        Ref own = make_symbol_interned(name);
        if (!own) return fail_python();
        Node* symbol = constant(span, std::move(own));
        if (find_special(name) != nullptr || text.front() == '.' || text.front() == '&' || is_own_name(text) ||
            text == "_" || text == ":" || qualifying_slash(text) != std::string_view::npos)
            return symbol;
        return helper(span, Helper::RESOLVE_SYMBOL, {symbol});
    }
    if (is_list(form)) {
        if (list_count(form) == 0) return constant(span, borrow(form));
        const std::vector<PyObject*> items = items_in(form);
        if (symbol_is(items[0], "unquote") && items.size() == 2) {
            if (depth == 1) return analyze(items[1], child_span(form, 1, items[1]), {});
            return quasi_items(form, items, BuildKind::list, span, depth - 1);
        }
        if (symbol_is(items[0], "unquote-splicing") && items.size() == 2) {
            if (depth == 1) return fail(span, "`,@` stands only inside a list, vector, tuple or set");
            return quasi_items(form, items, BuildKind::list, span, depth - 1);
        }
        if (symbol_is(items[0], "%spliced-map")) {
            Node* all = quasi_items(form, items, depth == 1 ? BuildKind::tuple : BuildKind::list, span, depth);
            return all != nullptr && depth == 1 ? core_call(span, "%spliced-map", {all}) : all;
        }
        if (symbol_is(items[0], "quasiquote") && items.size() == 2)
            return quasi_items(form, items, BuildKind::list, span, depth + 1);
        const bool is_path = symbol_is(items[0], ".") && depth == 1;
        return quasi_items(form, items, BuildKind::list, span, depth, is_path ? Names::steps : Names::resolved);
    }
    if (is_vector(form)) return quasi_items(form, items_in(form), BuildKind::vector, span, depth);
    if (PyTuple_CheckExact(form)) return quasi_items(form, items_in(form), BuildKind::tuple, span, depth);
    std::vector<PyObject*> items;
    if (map_items(form, &items)) {
        if (items.empty()) return unit_.make<Build>(span, BuildKind::map);
        return quasi_items(form, items, BuildKind::map, span, depth);
    }
    if (PySet_CheckExact(form)) {
        if (!items_of_set(form, items)) return fail_python();
        return quasi_items(nullptr, items, BuildKind::set, span, depth);
    }
    if (is_set_form(form)) return quasi_items(form, items_in(literal_items(form)), BuildKind::set, span, depth);
    return constant(span, borrow(form));
}

Node* Analyzer::quasi_items(PyObject* container, const std::vector<PyObject*>& items, BuildKind kind, Span span,
                            int depth, Names names) {
    const auto is_attribute = [&](std::size_t i) {
        if (!is_symbol(items[i]) || symbol_text(items[i]).find('#') != std::string_view::npos) return false;
        return (names == Names::steps && i > 1) || (names == Names::method && i == 0);
    };
    const auto is_method_call = [&](std::size_t i) {
        return names == Names::steps && i > 1 && is_list(items[i]) && list_count(items[i]) > 0 &&
               !is_form_of(items[i], "unquote") && !is_form_of(items[i], "unquote-splicing");
    };
    // A map whose keys are patterns or calls is code, which no dict can hold. What a set holds shows when it is made.
    const auto is_code_key = [](PyObject* key) { return !is_atom(key) && !is_form_of(key, "unquote"); };
    bool map_form = false;
    for (std::size_t i = 0; kind == BuildKind::map && i < items.size(); i += 2)
        map_form = map_form || is_code_key(items[i]);
    const bool set_form = kind == BuildKind::set;
    auto* build = unit_.make<Build>(span, map_form || set_form ? BuildKind::tuple : kind);
    for (std::size_t i = 0; i < items.size(); ++i) {
        PyObject* item = items[i];
        const Span at = container != nullptr ? child_span(container, i, item) : span;
        ast::Argument argument;
        if (depth == 1 && is_form_of(item, "unquote-splicing") && list_count(item) == 2) {
            if (kind == BuildKind::map) return fail(at, "`,@` cannot stand in a map");
            argument.role = ast::Argument::splat;
            argument.node = analyze(list_item(item, 1), child_span(item, 1, list_item(item, 1)), {});
        } else if (is_attribute(i)) {
            Ref own = make_symbol_interned(symbol_name(item));
            argument.node = own ? constant(at, std::move(own)) : fail_python();
        } else if (is_method_call(i)) {
            argument.node = quasi_items(item, items_in(item), BuildKind::list, at, depth, Names::method);
        } else {
            argument.node = quasiquote(item, at, depth);
        }
        if (argument.node == nullptr) return nullptr;
        build->items.push_back(std::move(argument));
    }
    if (map_form || set_form) return core_call(span, map_form ? "%map-form" : "%template-set", {build});
    return build;
}

Result<Ref> macroexpand_1(PyObject* form, PyObject* module) {
    if (!is_list(form) || list_count(form) == 0 || !is_symbol(list_first(form))) return borrow(form);
    Unit unit;
    const SpanTable spans;
    const CompileOptions options;
    Analyzer analyzer(unit, spans, module, options);
    PyObject* macro = analyzer.macro_of(list_first(form));
    if (analyzer.python_error) return raised();
    if (macro == nullptr || Analyzer::find_special(symbol_name(list_first(form))) != nullptr) return borrow(form);
    Ref expansion = call_macro(macro, items_in(form));
    if (!expansion) return raised();
    return expansion;
}

Result<Ref> macroexpand(PyObject* form, PyObject* module) {
    Ref current = borrow(form);
    for (std::size_t i = 0; i < most_expansions; ++i) {
        Result<Ref> next = macroexpand_1(current.get(), module);
        if (!next || *next == current.get()) return next;
        current = std::move(*next);
    }
    return raise(PyExc_RecursionError, "macroexpand: the macro expands without end");
}

}  // namespace catena
