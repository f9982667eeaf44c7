// loop and recur, while, dotimes, doseq, comprehensions, break and continue.
#include "compiler/analyze.hpp"
#include "compiler/forms_util.hpp"

namespace catena {

using namespace ast;

Node* Analyzer::special_loop(const FormView& form, Context) {
    std::vector<PyObject*> items;
    std::vector<Span> spans;
    if (!read_pairs(form, "loop", items, spans)) return nullptr;
    Scope scope(*this);
    auto* loop = unit_.make<Loop>(form.span);
    // A pattern is taken apart afresh in each round, behind a hidden variable. The first values see the names before
    // them, so patterns are taken apart here too.
    auto* patterns = unit_.make<Let>(form.span);
    for (std::size_t i = 0; i < items.size(); i += 2) {
        Node* value = analyze(items[i + 1], spans[i + 1], {});
        if (value == nullptr) return nullptr;
        if (is_symbol(items[i])) {
            PyObject* name = bindable(items[i], spans[i], "loop");
            if (name == nullptr) return nullptr;
            loop->binds.push_back({.targets = {declare(name)}, .value = value, .span = spans[i]});
        } else {
            Binding* whole = hidden();
            loop->binds.push_back({.targets = {whole}, .value = value, .span = spans[i]});
            if (!bind_pattern(items[i], spans[i], local(spans[i], whole), patterns->binds)) return nullptr;
        }
    }
    const RecurTarget outer = std::exchange(recur_, {.loop = loop, .count = loop->binds.size(), .valid = true});
    Node* body = analyze_body(form, 2, {.tail = true});
    recur_ = outer;
    if (body == nullptr) return nullptr;
    if (!patterns->binds.empty()) {
        patterns->body = body;
        body = patterns;
    }
    loop->body = body;
    return loop;
}

Node* Analyzer::special_recur(const FormView& form, Context context) {
    if (!recur_.valid)
        return fail(form.span, "recur outside a loop or function",
                    "recur stands in tail position of a loop or fn, not inside try or with.");
    if (!context.tail)
        return fail(form.span, "recur is not in tail position",
                    "Nothing may be left to do after it; (while …) or a named fn can be re-entered elsewhere.");
    if (form.size() - 1 != recur_.count)
        return fail(form.span, "recur passes " + std::to_string(form.size() - 1) +
                                   (form.size() == 2 ? " value" : " values") + " to a " +
                                   (recur_.loop ? "loop" : "function") + " of " + std::to_string(recur_.count));
    auto* node = unit_.make<Recur>(form.span, recur_.loop);
    for (std::size_t i = 1; i < form.size(); ++i) {
        node->values.push_back(analyze_item(form, i));
        if (node->values.back() == nullptr) return nullptr;
    }
    return node;
}

Node* Analyzer::special_while(const FormView& form, Context) {
    auto* node = unit_.make<Iteration>(Kind::while_, form.span);
    const RecurTarget outer = std::exchange(recur_, {});
    iterations_.push_back(node);
    node->test = analyze_item(form, 1);
    node->body = node->test ? analyze_body(form, 2, {}) : nullptr;
    iterations_.pop_back();
    recur_ = outer;
    return node->body ? node : nullptr;
}

Node* Analyzer::special_dotimes(const FormView& form, Context) {
    const std::vector<PyObject*> items = is_vector(form[1]) ? items_in(form[1]) : std::vector<PyObject*>{};
    if (items.size() != 2) return fail_shape(form);
    const Span span = child_span(form[1], 0, items[0]);
    PyObject* name = bindable(items[0], span, "dotimes");
    auto* node = unit_.make<Iteration>(Kind::count_up, form.span);
    node->test = name ? analyze(items[1], child_span(form[1], 1, items[1]), {}) : nullptr;
    if (node->test == nullptr) return nullptr;
    const RecurTarget outer = std::exchange(recur_, {});
    Scope scope(*this);
    node->item = declare(name);
    iterations_.push_back(node);
    node->body = analyze_body(form, 2, {});
    iterations_.pop_back();
    recur_ = outer;
    return node->body ? node : nullptr;
}

// Iterations over the clauses from `at`, innermost the body.
Node* Analyzer::iterate(const Clauses& clauses, std::size_t at, const std::function<Node*()>& body) {
    if (at >= clauses.items.size()) return body();
    PyObject* head = clauses.items[at];
    const Span span = child_span(clauses.vector, at, head);
    if (!is_keyword(head)) return iterate_over(clauses, at, body);
    const std::string_view word = utf8_of(keyword_name(head));
    if (at == 0)
        return fail(span, "the first clause names what to iterate over", "It is written [x xs :when condition …].");
    if (at + 1 >= clauses.items.size()) return fail(span, "`:" + std::string(word) + "` without a form");
    PyObject* form = clauses.items[at + 1];
    const Span form_span = child_span(clauses.vector, at + 1, form);
    if (word == "when" || word == "while") {
        Node* test = analyze(form, form_span, {});
        Node* rest = test ? iterate(clauses, at + 2, body) : nullptr;
        if (rest == nullptr) return nullptr;
        Node* otherwise = nil(span);
        // `:while` ends the iteration that stands before it.
        if (word == "while") otherwise = unit_.make<Jump>(Kind::break_, span, clause_iterations_.back());
        return unit_.make<If>(span, test, rest, otherwise);
    }
    if (word == "let") {
        if (!is_vector(form) || PyList_GET_SIZE(form) % 2 != 0) return fail(form_span, "`:let` takes [name value …]");
        Scope scope(*this);
        auto* let = unit_.make<Let>(span);
        const std::vector<PyObject*> pairs = items_in(form);
        for (std::size_t i = 0; i < pairs.size(); i += 2) {
            Node* value = analyze(pairs[i + 1], child_span(form, i + 1, pairs[i + 1]), {});
            if (value == nullptr || !bind_pattern(pairs[i], child_span(form, i, pairs[i]), value, let->binds))
                return nullptr;
        }
        let->body = iterate(clauses, at + 2, body);
        return let->body ? let : nullptr;
    }
    return fail(span, "`:" + std::string(word) + "` is no clause", "Clauses are :when, :while and :let.");
}

Node* Analyzer::iterate_over(const Clauses& clauses, std::size_t at, const std::function<Node*()>& body) {
    const Span span = child_span(clauses.vector, at, clauses.items[at]);
    if (at + 1 >= clauses.items.size())
        return fail(span, "a name without what it iterates over", "It is written [x xs …].");
    const Span iterable_span = child_span(clauses.vector, at + 1, clauses.items[at + 1]);
    auto* node = unit_.make<Iteration>(clauses.async ? Kind::for_async : Kind::for_each, iterable_span);
    node->breakable = clauses.breakable;
    node->test = analyze(clauses.items[at + 1], iterable_span, {});
    if (node->test == nullptr) return nullptr;
    Scope scope(*this);
    auto* let = unit_.make<Let>(span);
    PyObject* pattern = clauses.items[at];
    if (is_symbol(pattern)) {
        PyObject* name = bindable(pattern, span, "an iteration");
        if (name == nullptr) return nullptr;
        node->item = declare(name);
    } else {
        node->item = hidden();
        if (!bind_pattern(pattern, span, local(span, node->item), let->binds)) return nullptr;
    }
    clause_iterations_.push_back(node);
    // `break` in the body of a doseq leaves the whole doseq, so only its outermost iteration is a target, and
    // `continue` goes on with the innermost.
    const bool outermost = clauses.breakable && at == 0;
    if (clauses.breakable) iterations_.push_back(node);
    if (outermost)
        node->outermost = node;
    else if (clauses.breakable)
        node->outermost = clause_iterations_[clause_base_];
    Node* inner = iterate(clauses, at + 2, body);
    if (clauses.breakable) iterations_.pop_back();
    clause_iterations_.pop_back();
    if (inner == nullptr) return nullptr;
    if (!let->binds.empty()) {
        let->body = inner;
        inner = let;
    }
    node->body = inner;
    return node;
}

// Runs `iterate` over a clause vector with its own place for :while and break.
Node* Analyzer::iterate_clauses(const FormView& form, bool breakable, bool async, const std::function<Node*()>& body) {
    if (!is_vector(form[1]) || PyList_GET_SIZE(form[1]) < 2) return fail_shape(form);
    const RecurTarget outer_recur = std::exchange(recur_, {});
    const std::size_t outer_base = std::exchange(clause_base_, clause_iterations_.size());
    const Clauses clauses{form[1], item_span(form, 1), items_in(form[1]), breakable, async};
    Node* node = iterate(clauses, 0, body);
    clause_base_ = outer_base;
    recur_ = outer_recur;
    return node;
}

Node* Analyzer::special_doseq(const FormView& form, Context) {
    return iterate_clauses(form, true, false, [&] { return analyze_body(form, 2, {}); });
}

Node* Analyzer::special_for_async(const FormView& form, Context) {
    note_await(form.span);
    if (diagnostic) return nullptr;
    return iterate_clauses(form, true, true, [&] { return analyze_body(form, 2, {}); });
}

Node* Analyzer::special_for(const FormView& form, Context) {
    Binding* result = hidden();
    auto* let = unit_.make<Let>(form.span);
    let->binds.push_back(
        {.targets = {result}, .value = unit_.make<Build>(form.span, BuildKind::vector), .span = form.span});
    Node* loop = iterate_clauses(form, false, false, [&]() -> Node* {
        Node* value = analyze_body(form, 2, {});
        return value ? unit_.make<Push>(form.span, result, value) : nullptr;
    });
    if (loop == nullptr) return nullptr;
    let->body = sequence(form.span, {loop, local(form.span, result)});
    return let;
}

Node* Analyzer::special_lazy_for(const FormView& form, Context) {
    const Ref name = interned("lazy-for");
    Function* function = open_function(name.get(), form.span, FunctionKind::generator);
    Function* outer_function = std::exchange(function_, function);
    ClassScope* outer_class = std::exchange(class_, nullptr);
    auto outer_iterations = std::exchange(iterations_, {});
    frames_.push_back({.base = names_.size()});
    Arity arity;
    arity.span = form.span;
    arity.body = iterate_clauses(form, false, false, [&]() -> Node* {
        Node* value = analyze_body(form, 2, {});
        return value ? unit_.make<Unary>(Kind::yield, form.span, value) : nullptr;
    });
    frames_.pop_back();
    iterations_ = std::move(outer_iterations);
    class_ = outer_class;
    function_ = outer_function;
    if (arity.body == nullptr) return nullptr;
    function->arities.push_back(std::move(arity));
    return unit_.make<Call>(form.span, unit_.make<Fn>(form.span, function));
}

Node* Analyzer::special_break(const FormView& form, Context) {
    if (iterations_.empty())
        return fail(form.span, "break outside a loop",
                    "It leaves the nearest while, dotimes, doseq or for-async of the same function.");
    Iteration* target = iterations_.back();
    return unit_.make<Jump>(Kind::break_, form.span, target->outermost != nullptr ? target->outermost : target);
}

Node* Analyzer::special_continue(const FormView& form, Context) {
    if (iterations_.empty())
        return fail(form.span, "continue outside a loop",
                    "It restarts the nearest while, dotimes, doseq or for-async of the same function.");
    return unit_.make<Jump>(Kind::continue_, form.span, iterations_.back());
}

}  // namespace catena
