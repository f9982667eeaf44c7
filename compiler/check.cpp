#include "compiler/check.hpp"

#include <algorithm>
#include <cstdarg>
#include <memory>
#include <set>
#include <string>

#include "compiler/analyze.hpp"
#include "compiler/emit.hpp"
#include "compiler/forms_util.hpp"
#include "compiler/known_objects.hpp"
#include "compiler/unresolved.hpp"
#include "compiler/walk.hpp"
#include "lang/reader.hpp"
#include "vm/calls.hpp"
#include "vm/vm.hpp"

namespace catena {

using namespace ast;

namespace {

// Takes the error that is set. False when it must end the program: somebody pressed Ctrl-C.
bool take_error(Ref* error) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (type != nullptr && PyErr_GivenExceptionMatches(type, PyExc_KeyboardInterrupt)) {
        PyErr_Restore(type, value, traceback);
        return false;
    }
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    *error = steal(value);
    return true;
}

class Checker {
public:
    Checker(PyObject* module, const CompileOptions& options, const SpanTable& spans)
        : options_(options), spans_(spans), facts_(module) {}

    // Compiles a form and runs it if that only brings names. False with an error set when the check must stop.
    bool take(PyObject* form, Span span, int depth);
    // Looks at all forms. False with an error set.
    bool look();
    Ref findings = steal(PyList_New(0));

    bool report(Span span, const char* kind, const char* format, ...);

private:
    struct Use {
        Ref name, display;
        Span span;
    };

    bool compile(PyObject* form, Span span);
    bool run(Function& main, Span span);
    bool bind(PyObject* name);
    void survey(const Node* node, bool at_top);
    void survey_function(const Function& function);
    bool look(const Node* node, bool guarded);
    bool look_into(const Function& function, bool guarded);
    bool look_at_path(const Path& path);
    bool look_at_call(Span span, PyObject* callee, const std::vector<ast::Argument>& arguments);
    bool missing_names();

    const CompileOptions& options_;
    const SpanTable& spans_;
    KnownObjects facts_;
    std::vector<std::unique_ptr<Unit>> units_;
    std::vector<Use> used_at_top_;  // names that nothing had defined where they were used
    std::set<std::pair<std::uint32_t, std::uint32_t>> guarded_names_;  // places of names
    std::set<std::string> form_names_;                                 // what the current form defines
};

bool Checker::report(Span span, const char* kind, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const Ref more = steal(Py_VaBuildValue(format, arguments));
    va_end(arguments);
    const Ref begin = steal(Py_BuildValue("(sII)", kind, span.line, span.column));
    if (!more || !begin) return false;
    const Ref finding = steal(PySequence_Concat(begin.get(), more.get()));
    return finding && PyList_Append(findings.get(), finding.get()) == 0;
}

// A name that something defines, though its value is not known.
bool Checker::bind(PyObject* name) {
    PyObject* dict = PyModule_GetDict(facts_.module());
    if (PyDict_GetItemWithError(dict, name) != nullptr) return true;
    return PyErr_Occurred() == nullptr && PyDict_SetItem(dict, name, KnownObjects::unknown()) == 0;
}

bool Checker::take(PyObject* form, Span span, int depth) {
    constexpr int deepest = 200;
    if (is_form_of(form, "declare")) {
        for (PyObject* item : items_of(form)) {
            if (!is_symbol(item)) continue;
            const Ref name = python_name(symbol_name(item));
            if (!name || !bind(name.get())) return false;
        }
    }
    if (!is_do(form) || list_count(form) < 2 || depth >= deepest) return compile(form, span);
    std::size_t i = 0;
    for (PyObject* item : items_of(form)) {
        const std::size_t at = i++;
        if (at == 0) continue;
        Span item_span = spans_.of(item);
        if (!item_span.known()) item_span = spans_.of_child(form, at);
        if (!take(item, item_span.known() ? item_span : span, depth + 1)) return false;
    }
    return true;
}

bool Checker::compile(PyObject* form, Span span) {
    auto unit = std::make_unique<Unit>();
    Analyzer analyzer(*unit, spans_, facts_.module(), options_);
    if (!analyzer.run(form, span)) {
        Ref error;
        if (analyzer.python_error && !take_error(&error)) return false;
        // What the form defines is not known, and must not be missed later.
        std::vector<PyObject*> names;
        find_definitions(form, names);
        for (PyObject* name : names) {
            const Ref python = python_name(name);
            if (!python || !bind(python.get())) return false;
        }
        if (!analyzer.python_error) {
            const Diagnostic& wrong = *analyzer.diagnostic;
            return report(wrong.span.known() ? wrong.span : span, "error", "(ss)", wrong.message.c_str(),
                          wrong.hint.c_str());
        }
        if (!error) return report(span, "unchecked", "(s)", "");
        Ref text = steal(PyObject_Str(error.get()));
        if (!text) {
            PyErr_Clear();
            text = steal(PyObject_Str(reinterpret_cast<PyObject*>(Py_TYPE(error.get()))));
        }
        const bool own = PyObject_TypeCheck(error.get(), reinterpret_cast<PyTypeObject*>(compile_error_type()));
        return own ? report(span, "error", "(Os)", text.get(), "") : report(span, "unchecked", "(O)", text.get());
    }
    Function& main = *unit->main;
    for (const Unit::Doubt& doubt : unit->doubts)
        if (!report(doubt.span.known() ? doubt.span : span, "doubt", "(s)", doubt.text)) return false;
    units_.push_back(std::move(unit));
    form_names_.clear();
    survey_function(main);
    return run(main, span);
}

// Runs a form that only brings names; binds what the others define.
bool Checker::run(Function& main, Span span) {
    const Node* body = main.arities[0].body;
    const bool brings = main.kind == FunctionKind::plain && only_brings_names(body);
    Ref error;
    if (brings) {
        EmitContext context{facts_.module(), options_, interned(options_.filename), {}};
        const Ref code = emit_function(context, main);
        if (!code && PyErr_Occurred() == nullptr)
            return report(context.diagnostic->span, "error", "(ss)", context.diagnostic->message.c_str(),
                          context.diagnostic->hint.c_str());
        if ((!code || !run_compiled({code, false})) && !take_error(&error)) return false;
    }
    PyObject* dict = PyModule_GetDict(facts_.module());
    const SetGlobal* first_missing = nullptr;
    for (const SetGlobal* definition : facts_.definitions_of(body)) {
        if (first_missing == nullptr && PyDict_GetItemWithError(dict, definition->name.get()) == nullptr)
            first_missing = definition;
        if (!brings || error) facts_.distrust(definition->name.get());
        if (!bind(definition->name.get())) return false;
    }
    if (!error || PyObject_IsInstance(error.get(), PyExc_NameError) == 1 ||
        PyObject_IsInstance(error.get(), PyExc_AttributeError) == 1)
        return true;                                      // told when the names themselves are looked at
    if (first_missing == nullptr) facts_.lenient = true;  // an import of names that we do not know
    return report(first_missing != nullptr ? first_missing->span : span, "fails", "(O)", error.get());
}

void Checker::survey_function(const Function& function) {
    for (const Arity& arity : function.arities) {
        for (const Bind& bind : arity.prologue) {
            if (bind.value != nullptr) survey(bind.value, false);
            if (bind.fallback != nullptr) survey(bind.fallback, false);
        }
        if (arity.body != nullptr) survey(arity.body, function.top_level);
    }
}

// Notes what a form says about the names of its module.
void Checker::survey(const Node* node, bool at_top) {
    facts_.note(node);
    switch (node->kind) {
        case Kind::def_global: form_names_.emplace(utf8_of(static_cast<const SetGlobal*>(node)->name.get())); break;
        case Kind::fn: survey_function(*static_cast<const Fn*>(node)->function); break;
        case Kind::global: {
            const auto* global = static_cast<const Global*>(node);
            const std::string name(utf8_of(global->name.get()));
            if (at_top && !global->module && !facts_.has(global->name.get()) && !form_names_.contains(name))
                used_at_top_.push_back({global->name, global->display, node->span});
            break;
        }
        default: break;
    }
    for_each_part(node, [&](const Node* part) { survey(part, at_top); });
}

bool Checker::look() {
    for (const auto& unit : units_)
        if (!look_into(*unit->main, false)) return false;
    return missing_names();
}

bool Checker::look_into(const Function& function, bool guarded) {
    for (const Arity& arity : function.arities) {
        for (const Bind& bind : arity.prologue) {
            if (bind.value != nullptr && !look(bind.value, guarded)) return false;
            if (bind.fallback != nullptr && !look(bind.fallback, guarded)) return false;
        }
        if (arity.body != nullptr && !look(arity.body, guarded)) return false;
    }
    return true;
}

bool Checker::look(const Node* node, bool guarded) {
    bool fine = true;
    const auto parts = [&](bool inner) {
        for_each_part(node, [&](const Node* part) { fine = fine && look(part, inner); });
        return fine;
    };
    switch (node->kind) {
        case Kind::fn: return look_into(*static_cast<const Fn*>(node)->function, guarded);
        case Kind::try_: return parts(guarded || !static_cast<const Try*>(node)->catches.empty());
        case Kind::if_: return parts(guarded || asks_about_platform(static_cast<const If*>(node)->test));
        case Kind::cond: {
            const auto& clauses = static_cast<const Cond*>(node)->clauses;
            return parts(guarded || std::ranges::any_of(
                                        clauses, [](const auto& clause) { return asks_about_platform(clause.first); }));
        }
        case Kind::and_:
        case Kind::or_:
            return parts(guarded ||
                         std::ranges::any_of(static_cast<const Sequence*>(node)->items, asks_about_platform));
        case Kind::global: {
            const auto* global = static_cast<const Global*>(node);
            if (guarded) {
                guarded_names_.emplace(node->span.line, node->span.column);
            } else if (global->module) {
                const KnownObjects::Found found = facts_.member(*global);
                if (!found.object && found.holder && !facts_.is_mentioned(global->name.get()))
                    fine = report(node->span, "member", "(OO)", found.holder.get(), global->display.get());
            }
            return fine;
        }
        case Kind::call: {
            const auto* call = static_cast<const Call*>(node);
            const Ref callee = guarded ? Ref() : facts_.object_of(call->callee);
            return parts(guarded) && (!callee || look_at_call(node->span, callee.get(), call->arguments));
        }
        case Kind::path: return parts(guarded) && (guarded || look_at_path(*static_cast<const Path*>(node)));
        default: return parts(guarded);
    }
}

bool Checker::look_at_path(const Path& path) {
    Ref object = path.root != nullptr ? facts_.object_of(path.root) : KnownObjects::imported(path.import_name.get());
    for (const Link& link : path.links) {
        if (!object) return true;
        if (link.kind == StepKind::call) return look_at_call(link.span, object.get(), link.arguments);
        if (link.kind != StepKind::get) return true;
        const KnownObjects::Found found = facts_.attribute(object.get(), link.name.get());
        if (!found.object && found.holder && !facts_.is_mentioned(link.name.get()))
            return report(link.span, "attribute", "(OO)", object.get(), link.name.get());
        object = found.object;
    }
    return true;
}

bool Checker::look_at_call(Span span, PyObject* callee, const std::vector<ast::Argument>& arguments) {
    const bool in_place = takes_pairs_in_place(callee);
    const Ref keywords = steal(PyList_New(0));
    if (!keywords) return false;
    int count = 0;
    bool open = false, open_keywords = false;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        switch (arguments[i].role) {
            case ast::Argument::plain: ++count; break;
            case ast::Argument::splat: open = true; break;
            case ast::Argument::splat_map: open_keywords = true; break;
            case ast::Argument::pair:
                if (in_place) {
                    ++count;
                } else {
                    if (PyList_Append(keywords.get(), arguments[i].name.get()) < 0) return false;
                    ++i;  // its value
                }
        }
    }
    return report(span, "call", "(OiOOO)", callee, count, keywords.get(), open ? Py_True : Py_False,
                  open_keywords ? Py_True : Py_False);
}

bool Checker::missing_names() {
    std::vector<UnresolvedName> missing = still_unresolved(facts_.module());
    if (!unresolved_names(facts_.module())) return false;  // forgets them
    if (facts_.lenient) return true;
    const Ref names = facts_.names();
    if (!names) return false;
    for (const Use& use : used_at_top_) {
        if (guarded_names_.contains({use.span.line, use.span.column})) continue;
        if (facts_.has(use.name.get())) {
            if (!report(use.span, "early", "(O)", use.display.get())) return false;
        } else if (!report(use.span, "name", "(OO)", use.display.get(), names.get())) {
            return false;
        }
    }
    for (const UnresolvedName& name : missing) {
        if (guarded_names_.contains({name.span.line, name.span.column})) continue;
        if (!report(name.span, "name", "(OO)", name.display.get(), names.get())) return false;
    }
    return true;
}

}  // namespace

Result<Ref> check_source(std::string_view text, PyObject* module, const CompileOptions& options) {
    CompileOptions with_source = options;
    with_source.source = text;
    SpanTable spans;
    std::vector<Span> form_spans;
    const auto forms = read_all(text, spans, &form_spans);
    Checker checker(module, with_source, spans);
    if (!checker.findings) return raised();
    if (!forms) {
        const Diagnostic& wrong = forms.error();
        if (!checker.report(wrong.span, "error", "(ss)", wrong.message.c_str(), wrong.hint.c_str())) return raised();
        return std::move(checker.findings);
    }
    std::vector<PyObject*> definitions;
    for (const Ref& form : *forms) find_definitions(form.get(), definitions);
    with_source.definitions = &definitions;
    for (std::size_t i = 0; i < forms->size(); ++i)
        if (!checker.take((*forms)[i].get(), form_spans[i], 0)) return raised();
    if (!checker.look()) return raised();
    return std::move(checker.findings);
}

}  // namespace catena
