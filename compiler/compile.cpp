// Compiling and running forms one after the other.
#include "compiler/compile.hpp"

#include "compiler/analyze.hpp"
#include "compiler/emit.hpp"
#include "compiler/forms_util.hpp"
#include "vm/event_loop.hpp"
#include "vm/rebinding.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

tl::unexpected<Raised> raise_compile_error(const Diagnostic& diagnostic, const CompileOptions& options,
                                           Stage stage = Stage::compile) {
    const Ref file = new_text(options.filename);
    if (!file) return raised();
    return raise_diagnostic(diagnostic, stage, file.get(), options.source);
}

}  // namespace

void find_definitions(PyObject* form, std::vector<PyObject*>& names) {
    std::vector<PyObject*> pending = {form};
    while (!pending.empty()) {
        form = pending.back();
        pending.pop_back();
        if (!is_list(form) || list_count(form) < 2 || !is_symbol(list_first(form))) continue;
        if (is_do(form)) {
            for (PyObject* item : items_of(form)) pending.push_back(item);
            continue;
        }
        const std::string_view head = symbol_text(list_first(form));
        if (!head.starts_with("def")) continue;
        PyObject* name = list_item(form, 1);
        if (is_vector(name) && list_count(form) > 2) name = list_item(form, 2);
        if (is_form_of(name, "%annotated") && list_count(name) == 3) name = list_item(name, 1);
        if (is_symbol(name)) names.push_back(symbol_name(name));
    }
}

namespace {

Result<CompiledForm> compile(PyObject* form, Span span, const SpanTable& spans, PyObject* module,
                             const CompileOptions& options) {
    ast::Unit unit;
    Analyzer analyzer(unit, spans, module, options);
    if (!analyzer.run(form, span)) {
        if (analyzer.python_error) return raised();
        return raise_compile_error(*analyzer.diagnostic, options);
    }
    EmitContext context{module, options, interned(options.filename), {}};
    Ref code = emit_function(context, *unit.main);
    if (!code) {
        if (PyErr_Occurred() != nullptr) return raised();
        return raise_compile_error(*context.diagnostic, options);
    }
    return CompiledForm{std::move(code), unit.main->kind == FunctionKind::coroutine};
}

Result<Ref> eval_with_span(PyObject* form, Span span, const SpanTable& spans, PyObject* module,
                           const CompileOptions& options, std::vector<CompiledForm>* done = nullptr, int depth = 0) {
    // A top-level do runs form by form, so that its macros and imports are there for the forms after them. One that lies
    // deeper than anybody writes is compiled as a whole, and refused when it is too deep for that.
    constexpr int deepest = 200;
    if (is_do(form) && list_count(form) > 1 && depth < deepest) {
        Ref last = borrow(Py_None);
        std::size_t i = 0;
        for (PyObject* item : items_of(form)) {
            const std::size_t at = i++;
            if (at == 0) continue;
            Span item_span = spans.of(item);
            if (!item_span.known()) item_span = spans.of_child(form, at);
            Result<Ref> value =
                eval_with_span(item, item_span.known() ? item_span : span, spans, module, options, done, depth + 1);
            if (!value) return value;
            last = std::move(*value);
        }
        return last;
    }
    Result<CompiledForm> compiled = compile(form, span, spans, module, options);
    if (!compiled) return raised();
    Result<Ref> value = run_compiled(*compiled);
    if (value && done != nullptr) done->push_back(std::move(*compiled));
    return value;
}

// The coroutine that a form with a top-level await is.
Result<Ref> make_coroutine(const CompiledForm& form) {
    Result<Ref> closure = make_closure(form.code.get());
    if (!closure) return raised();
    const Value coroutine = call_value(Value::object(closure->get()), nullptr, 0);
    if (coroutine.is_error()) return raised();
    return steal(coroutine.as_object());
}

}  // namespace

Result<Ref> run_compiled(const CompiledForm& form) {
    look_for_rebinding();
    if (form.awaits) {
        const Result<Ref> coroutine = make_coroutine(form);
        if (!coroutine) return raised();
        return checked(run_awaitable(coroutine->get()).release());
    }
    const Value result = run_code(form.code.get());
    if (result.is_error()) return raised();
    if (result.is_object()) return steal(result.as_object());
    return checked(new_object(result));
}

Result<Ref> compile_form(PyObject* form, const SpanTable& spans, PyObject* module, const CompileOptions& options) {
    Result<CompiledForm> compiled = compile(form, spans.of(form), spans, module, options);
    if (!compiled) return raised();
    return std::move(compiled->code);
}

Result<Ref> eval_form(PyObject* form, const SpanTable& spans, PyObject* module, const CompileOptions& options) {
    const Ref held = borrow(module);
    return eval_with_span(form, spans.of(form), spans, module, options);
}

Result<Ref> eval_form_at(PyObject* form, const Span& span, PyObject* module, const CompileOptions& options) {
    const Ref held = borrow(module);
    return eval_with_span(form, span, SpanTable(), module, options);
}

Result<Ref> run_source(std::string_view text, PyObject* module, const CompileOptions& options,
                       std::vector<CompiledForm>* compiled) {
    // The program may throw its own module out of sys.modules.
    const Ref held = borrow(module);
    CompileOptions with_source = options;
    with_source.source = text;
    SpanTable spans;
    std::vector<Span> form_spans;
    auto forms = read_all(text, spans, &form_spans);
    if (!forms) return raise_compile_error(forms.error(), with_source, Stage::read);
    std::vector<PyObject*> definitions;
    for (const Ref& form : *forms) find_definitions(form.get(), definitions);
    with_source.definitions = &definitions;
    Ref last = borrow(Py_None);
    for (std::size_t i = 0; i < forms->size(); ++i) {
        Result<Ref> value = eval_with_span((*forms)[i].get(), form_spans[i], spans, module, with_source, compiled);
        if (!value) return value;
        last = std::move(*value);
    }
    return last;
}

Result<std::unique_ptr<Stepper>> Stepper::read(std::string_view text, PyObject* module, const CompileOptions& options,
                                               ReadOptions begin) {
    std::unique_ptr<Stepper> stepper(new Stepper);
    stepper->text_ = text;
    stepper->module_ = borrow(module);
    stepper->options_ = options;
    // Spans of a text from the middle of a file count the file's lines.
    if (begin.line == 1 && begin.column == 1) stepper->options_.source = stepper->text_;
    std::vector<Span> spans;
    auto forms = read_all(stepper->text_, stepper->spans_, &spans, begin);
    if (!forms) return raise_compile_error(forms.error(), stepper->options_, Stage::read);
    for (const Ref& form : *forms) find_definitions(form.get(), stepper->definitions_);
    stepper->options_.definitions = &stepper->definitions_;
    for (std::size_t i = forms->size(); i-- > 0;) stepper->pending_.push_back({std::move((*forms)[i]), spans[i], true});
    return stepper;
}

Result<Stepper::Step> Stepper::next() {
    while (!pending_.empty()) {
        auto [form, span, is_last] = std::move(pending_.back());
        pending_.pop_back();
        held_.push_back(form);
        if (is_do(form.get()) && list_count(form.get()) > 1) {
            std::vector<Pending> inner;
            std::size_t at = 0;
            for (PyObject* item : items_of(form.get())) {
                if (at++ == 0) continue;
                Span item_span = spans_.of(item);
                if (!item_span.known()) item_span = spans_.of_child(form.get(), at - 1);
                inner.push_back({borrow(item), item_span.known() ? item_span : span, false});
            }
            inner.back().is_last = is_last;
            while (!inner.empty()) {
                pending_.push_back(std::move(inner.back()));
                inner.pop_back();
            }
            continue;
        }
        const auto compiled = compile(form.get(), span, spans_, module_.get(), options_);
        Result<Ref> value = raised();
        if (compiled) value = compiled->awaits ? make_coroutine(*compiled) : run_compiled(*compiled);
        if (!value) {
            pending_.clear();
            return raised();
        }
        return Step{std::move(form), std::move(*value), compiled->awaits, is_last};
    }
    return Step{};
}

Result<Ref> make_module(std::string_view name, std::string_view filename) {
    const Ref name_text = new_text(name);
    if (!name_text) return raised();
    Ref module = steal(PyModule_NewObject(name_text.get()));
    const Ref file = new_text(filename);
    if (!module || !file) return raised();
    PyObject* dict = PyModule_GetDict(module.get());
    const auto set = [&](const char* key, PyObject* value) { return PyDict_SetItemString(dict, key, value) == 0; };
    if (!set("__file__", file.get()) || !set("__catena__", Py_True) || !set("__builtins__", PyEval_GetBuiltins()))
        return raised();
    return module;
}

}  // namespace catena
