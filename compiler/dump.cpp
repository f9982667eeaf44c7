// The text dumps of every stage.
#include "compiler/analyze.hpp"
#include "compiler/chains.hpp"
#include "compiler/compile.hpp"
#include "compiler/forms_util.hpp"
#include "compiler/stack_guard.hpp"
#include "lang/printer.hpp"
#include "lang/reader.hpp"
#include "vm/chain_object.hpp"
#include "vm/closure.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

template <class Visit>
void visit_codes(PyObject* code_object, const Visit& visit) {
    std::vector<PyObject*> open{code_object};
    while (!open.empty()) {
        PyObject* next = open.back();
        open.pop_back();
        const Code& code = *code_of(next);
        visit(code);
        for (std::size_t i = code.templates.size(); i-- > 0;) open.push_back(code.templates[i].get());
        for (std::size_t i = code.arities.size(); i-- > 0;) open.push_back(code.arities[i].get());
    }
}

// Forms that only bring names into being are evaluated before the forms after them are compiled.
bool brings_names(PyObject* form) {
    for (const char* head : {"import", "py.import", "require", "defmacro", "defn", "defn-", "defun", "defn-async"})
        if (is_form_of(form, head)) return true;
    return false;
}

// Macro calls expanded in their places, wherever they stand in a form.
class Expander {
public:
    Expander(const SpanTable& spans, PyObject* module, const CompileOptions& options)
        : spans_(spans), module_(module), options_(options) {}

    // The form itself when nothing in it changed. `span` is its place, or that of what it stands in.
    Result<Ref> expand(PyObject* form, Span span);

private:
    Result<Ref> expand_head(PyObject* form, Span span);
    Result<Ref> expand_parts(PyObject* form, Span span);
    tl::unexpected<Raised> fail(const Diagnostic& diagnostic) const;

    const SpanTable& spans_;
    PyObject* module_;
    const CompileOptions& options_;
    const char* stack_floor_ = stack_floor_at_half();
};

tl::unexpected<Raised> Expander::fail(const Diagnostic& diagnostic) const {
    const Ref file = new_text(options_.filename);
    return file ? raise_diagnostic(diagnostic, Stage::compile, file.get(), options_.source) : raised();
}

Result<Ref> Expander::expand_head(PyObject* form, Span span) {
    Ref current = borrow(form);
    for (std::size_t i = 0; i < most_expansions; ++i) {
        PyObject* list = current.get();
        if (!is_list(list) || list_count(list) == 0 || !is_symbol(list_first(list))) return current;
        if (Analyzer::find_special(symbol_name(list_first(list))) != nullptr) return current;
        ast::Unit unit;
        Analyzer analyzer(unit, spans_, module_, options_);
        PyObject* macro = analyzer.macro_of(list_first(list));
        if (macro == nullptr && !analyzer.python_error) return current;
        Ref expansion = macro != nullptr ? analyzer.expansion_of(macro, {list, span, items_in(list)}) : Ref();
        if (!expansion) return analyzer.diagnostic ? fail(*analyzer.diagnostic) : raised();
        current = std::move(expansion);
    }
    const std::string name(symbol_text(list_first(form)));
    return fail({"the macro `" + name + "` expands without end", {}, span, false});
}

Result<Ref> Expander::expand_parts(PyObject* form, Span span) {
    const std::vector<PyObject*> items = items_in(form);
    std::vector<Ref> parts;
    std::vector<PyObject*> raw;
    for (std::size_t i = 0; i < items.size(); ++i) {
        Span own = spans_.of(items[i]);
        if (!own.known()) own = spans_.of_child(form, i);
        Result<Ref> part = expand(items[i], own.known() ? own : span);
        if (!part) return part;
        raw.push_back(part->get());
        parts.push_back(std::move(*part));
    }
    if (is_list(form)) return checked(list_from(raw.data(), raw.size()).release());
    Ref list = steal(PyList_New(static_cast<Py_ssize_t>(raw.size())));
    if (!list) return raised();
    for (std::size_t i = 0; i < raw.size(); ++i)
        PyList_SET_ITEM(list.get(), static_cast<Py_ssize_t>(i), Py_NewRef(raw[i]));
    return list;
}

Result<Ref> Expander::expand(PyObject* form, Span span) {
    if (is_vector(form)) return expand_parts(form, span);
    if (!is_list(form) || list_count(form) == 0 || is_form_of(form, "quote") || is_form_of(form, "quasiquote"))
        return borrow(form);
    const char here = 0;
    if (&here < stack_floor_)
        return fail({"the code is nested too deeply to expand, or a macro in it expands without end", {}, span, false});
    Result<Ref> expanded = expand_head(form, span);
    if (expanded && is_list(expanded->get()) && list_count(expanded->get()) > 0 &&
        !is_form_of(expanded->get(), "quote"))
        expanded = expand_parts(expanded->get(), span);
    return expanded;
}

Result<void> dump_form(PyObject* form, Span span, const SpanTable& spans, DumpKind kind, PyObject* module,
                       const CompileOptions& options, std::string& out) {
    const auto print = [&](PyObject* object) -> Result<void> {
        Result<Ref> text = repr(object);
        if (!text) return raised();
        out += std::string(utf8_of(text->get())) + "\n";
        return {};
    };
    if (kind == DumpKind::forms) return print(form);
    if (kind == DumpKind::expanded) {
        Result<Ref> expanded = Expander(spans, module, options).expand(form, span);
        if (!expanded) return raised();
        if (auto printed = print(expanded->get()); !printed) return printed;
    } else {
        Result<Ref> code = compile_form(form, spans, module, options);
        if (!code) return raised();
        if (kind == DumpKind::chains) {
            for (const std::string& line : chains_of(code->get()))
                out += std::to_string(span.line) + ": " + line + "\n";
        } else {
            // A listing includes those of the inner functions.
            out += disassemble(*code_of(code->get())) + "\n";
        }
    }
    if (!brings_names(form)) return {};
    if (!eval_form(form, spans, module, options)) return raised();
    return {};
}

}  // namespace

std::vector<std::string> chains_of(PyObject* code_object) {
    std::vector<std::string> lines;
    visit_codes(code_object, [&](const Code& code) {
        for (const Ref& chain : code.chains) lines.push_back(print_chain(chain_of(chain.get())));
    });
    return lines;
}

Result<std::string> dump_source(std::string_view text, DumpKind kind, PyObject* module, const CompileOptions& options) {
    CompileOptions with_source = options;
    with_source.source = text;
    with_source.rebindable = false;
    SpanTable spans;
    std::vector<Span> form_spans;
    auto forms = read_all(text, spans, &form_spans);
    if (!forms) {
        const Ref file = new_text(options.filename);
        return raise_diagnostic(forms.error(), Stage::read, file.get(), text);
    }
    std::string out;
    for (std::size_t i = 0; i < forms->size(); ++i)
        if (!dump_form((*forms)[i].get(), form_spans[i], spans, kind, module, with_source, out)) return raised();
    return out;
}

}  // namespace catena
