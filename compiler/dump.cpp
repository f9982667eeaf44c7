// The text dumps of every stage.
#include "compiler/chains.hpp"
#include "compiler/compile.hpp"
#include "compiler/forms_util.hpp"
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

Result<Ref> expand_all(PyObject* form, PyObject* module);

// The parts of a form expanded in their places; the form itself when nothing in it changed.
Result<Ref> expand_parts(PyObject* form, PyObject* module) {
    const std::vector<PyObject*> items = items_in(form);
    std::vector<Ref> parts;
    std::vector<PyObject*> raw;
    for (PyObject* item : items) {
        Result<Ref> part = expand_all(item, module);
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

Result<Ref> expand_all(PyObject* form, PyObject* module) {
    if (is_vector(form)) return expand_parts(form, module);
    if (!is_list(form) || list_count(form) == 0 || is_form_of(form, "quote") || is_form_of(form, "quasiquote"))
        return borrow(form);
    if (Py_EnterRecursiveCall(" while expanding macros") != 0) return raised();
    Result<Ref> expanded = macroexpand(form, module);
    if (expanded && is_list(expanded->get()) && list_count(expanded->get()) > 0 &&
        !is_form_of(expanded->get(), "quote"))
        expanded = expand_parts(expanded->get(), module);
    Py_LeaveRecursiveCall();
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
        Result<Ref> expanded = expand_all(form, module);
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
