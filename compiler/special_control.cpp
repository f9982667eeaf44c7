// Choosing and sequencing: if, cond, case, and, or, do; try, throw, with.
#include "compiler/analyze.hpp"
#include "compiler/forms_util.hpp"

namespace catena {

using namespace ast;

Node* Analyzer::special_if(const FormView& form, Context context) {
    Node* test = analyze_item(form, 1);
    Node* then = test ? analyze_item(form, 2, context) : nullptr;
    Node* otherwise = then ? (form.size() > 3 ? analyze_item(form, 3, context) : nil(form.span)) : nullptr;
    return otherwise ? unit_.make<If>(form.span, test, then, otherwise) : nullptr;
}

Node* Analyzer::special_cond(const FormView& form, Context context) {
    for (std::size_t i = 1; i < form.size(); ++i) {
        if (is_form_of(form[i], "else") && !is_lexical(symbol_name(list_first(form[i]))))
            return fail(item_span(form, i), "cond: `else` in parentheses",
                        "Clauses have no parentheses of their own: (cond test1 value1 … else value).");
    }
    if (form.size() % 2 == 0)
        return fail(item_span(form, form.size() - 1), "cond: a test without a value",
                    "It is written (cond test1 value1 … else value).");
    std::vector<std::pair<Node*, Node*>> clauses;
    Node* result = nullptr;
    for (std::size_t i = 1; i < form.size(); i += 2) {
        const bool is_else = (symbol_is(form[i], "else") && !is_lexical(symbol_name(form[i]))) ||
                             (is_keyword(form[i]) && utf8_of(keyword_name(form[i])) == "else");
        if (is_else) {
            if (i + 2 != form.size()) return fail(item_span(form, i), "cond: `else` closes a cond; clauses follow it");
            result = analyze_item(form, i + 1, context);
            if (result == nullptr) return nullptr;
            break;
        }
        Node* test = analyze_item(form, i);
        Node* value = test ? analyze_item(form, i + 1, context) : nullptr;
        if (value == nullptr) return nullptr;
        clauses.emplace_back(test, value);
    }
    if (result == nullptr) result = nil(form.span);
    // One node for all clauses: a chain of Ifs would nest as deep as the cond is long.
    auto* cond = unit_.make<Cond>(form.span);
    cond->clauses = std::move(clauses);
    cond->otherwise = result;
    return cond;
}

Node* Analyzer::special_case(const FormView& form, Context context) {
    Node* value = analyze_item(form, 1);
    if (value == nullptr) return nullptr;
    auto* let = unit_.make<Let>(form.span);
    Binding* subject = hidden();
    let->binds.push_back({.targets = {subject}, .value = value, .span = form.span});
    auto* cond = unit_.make<Cond>(form.span);
    std::size_t i = 2;
    for (; i + 1 < form.size(); i += 2) {
        const Span span = item_span(form, i);
        std::vector<PyObject*> constants = is_vector(form[i]) ? items_in(form[i]) : std::vector<PyObject*>{form[i]};
        if (constants.empty()) return fail(span, "case: an empty vector of constants");
        if (is_list(form[i]) && list_count(form[i]) > 0 && !is_form_of(form[i], "quote"))
            unit_.doubts.push_back({span, "case compares with this whole list; alternatives stand in a vector"});
        auto* any = unit_.make<Sequence>(Kind::or_, span);
        for (std::size_t k = 0; k < constants.size(); ++k) {
            PyObject* constant_form = constants[k];
            const Span at = is_vector(form[i]) ? child_span(form[i], k, constant_form) : span;
            if (is_form_of(constant_form, "quote") && list_count(constant_form) == 2)
                constant_form = list_item(constant_form, 1);
            Node* constant_node = quoted(constant_form, at);
            if (constant_node == nullptr) return nullptr;
            any->items.push_back(literal_test(local(span, subject), constant_node, constant_form, at));
        }
        Node* test = any->items.size() == 1 ? any->items[0] : any;
        Node* result = analyze_item(form, i + 1, context);
        if (result == nullptr) return nullptr;
        cond->clauses.emplace_back(test, result);
    }
    if (i < form.size()) {
        cond->otherwise = analyze_item(form, i, context);
        if (cond->otherwise == nullptr) return nullptr;
    } else {
        cond->otherwise = helper(form.span, Helper::CASE_FAILED, {local(form.span, subject)});
    }
    let->body = cond;
    return let;
}

// A test of a literal: identity for nil, true and false, `=` for strings and small numbers, a helper for the rest.
Node* Analyzer::literal_test(Node* subject, Node* literal, PyObject* form, Span span) {
    if (form == Py_None || PyBool_Check(form))
        return unit_.make<Operation>(span, Op::IS, std::vector<Node*>{subject, literal});
    return helper(span, Helper::MATCH_VALUE, {subject, literal});
}

Node* Analyzer::special_and(const FormView& form, Context context) { return connective(form, Kind::and_, context); }
Node* Analyzer::special_or(const FormView& form, Context context) { return connective(form, Kind::or_, context); }

Node* Analyzer::connective(const FormView& form, Kind kind, Context context) {
    if (form.size() == 1) return kind == Kind::and_ ? truth(form.span, true) : nil(form.span);
    auto* node = unit_.make<Sequence>(kind, form.span);
    for (std::size_t i = 1; i < form.size(); ++i) {
        node->items.push_back(analyze_item(form, i, {.tail = context.tail && i + 1 == form.size()}));
        if (node->items.back() == nullptr) return nullptr;
    }
    return node->items.size() == 1 ? node->items[0] : node;
}

Node* Analyzer::special_do(const FormView& form, Context context) { return analyze_body(form, 1, context); }
Node* Analyzer::special_begin(const FormView& form, Context context) { return analyze_body(form, 1, context); }
Node* Analyzer::special_progn(const FormView& form, Context context) { return analyze_body(form, 1, context); }

namespace {

bool is_clause(PyObject* form, const char* name) { return is_form_of(form, name); }

}  // namespace

Node* Analyzer::special_try(const FormView& form, Context) {
    auto* node = unit_.make<Try>(form.span);
    std::size_t first_clause = 1;
    while (first_clause < form.size() && !is_clause(form[first_clause], "catch") &&
           !is_clause(form[first_clause], "else") && !is_clause(form[first_clause], "finally"))
        ++first_clause;
    bool has_else = false;
    bool has_finally = false;
    for (std::size_t i = first_clause; i < form.size(); ++i) {
        const Span span = item_span(form, i);
        if (is_clause(form[i], "catch")) {
            if (has_else || has_finally) return fail(span, "try: `catch` comes before `else` and `finally`");
        } else if (is_clause(form[i], "else")) {
            if (has_else || has_finally)
                return fail(span, has_else ? "try: a second `else`" : "try: `else` comes before `finally`");
            has_else = true;
        } else if (is_clause(form[i], "finally")) {
            if (has_finally) return fail(span, "try: a second `finally`");
            has_finally = true;
        } else {
            return fail(span, "try: body forms come before `catch`, `else` and `finally`");
        }
    }
    const RecurTarget outer = std::exchange(recur_, {});
    node->body =
        body_of(form.form, {form.items.begin(), form.items.begin() + static_cast<std::ptrdiff_t>(first_clause)}, 1,
                form.span, {});
    for (std::size_t i = first_clause; node->body != nullptr && i < form.size(); ++i) {
        const FormView clause = view(form[i], item_span(form, i));
        if (is_clause(form[i], "catch")) {
            if (!catch_clause(clause, *node)) node->body = nullptr;
        } else if (is_clause(form[i], "else")) {
            node->otherwise = analyze_body(clause, 1, {});
            if (node->otherwise == nullptr) node->body = nullptr;
        } else {
            node->finally = analyze_body(clause, 1, {});
            if (node->finally == nullptr) node->body = nullptr;
        }
    }
    recur_ = outer;
    if (node->body == nullptr) return nullptr;
    if (node->catches.empty() && node->finally == nullptr)
        return sequence(form.span, node->otherwise ? std::vector<Node*>{node->body, node->otherwise}
                                                   : std::vector<Node*>{node->body});
    return node;
}

bool Analyzer::catch_clause(const FormView& clause, Try& node) {
    if (clause.size() < 2) {
        fail(clause.span, "catch: wrong shape", "It is written (catch Class name body …).");
        return false;
    }
    Catch result;
    result.span = clause.span;
    if (is_vector(clause[1])) {
        // A vector of classes becomes a tuple, as isinstance takes it.
        auto* classes = unit_.make<Build>(item_span(clause, 1), BuildKind::tuple);
        if (!parse_items(clause[1], items_in(clause[1]), 0, false, classes->items)) return false;
        result.classes = classes;
    } else {
        result.classes = analyze_item(clause, 1);
    }
    if (result.classes == nullptr) return false;
    Scope scope(*this);
    result.name = nullptr;
    std::size_t body = 2;
    // Without a name the body follows at once; a constant that more forms follow is a name gone wrong.
    if (clause.size() > 3 && !is_symbol(clause[2]) && is_atom(clause[2])) {
        fail(item_span(clause, 2), "catch: expected a name for the exception",
             "It is written (catch Class name body …); `_` is a name that binds nothing.");
        return false;
    }
    if (clause.size() > 2 && is_symbol(clause[2])) {
        if (!symbol_is(clause[2], "_")) {
            PyObject* name = bindable(clause[2], item_span(clause, 2), "the exception");
            if (name == nullptr) return false;
            result.name = declare(name);
        }
        body = 3;
    }
    result.body = analyze_body(clause, body, {});
    if (result.body == nullptr) return false;
    node.catches.push_back(result);
    return true;
}

Node* Analyzer::special_stray_clause(const FormView& form, Context) {
    return fail(form.span, "`catch` stands only in a try", "It is written (try body … (catch Class name …)).");
}

Node* Analyzer::special_stray_finally(const FormView& form, Context) {
    return fail(form.span, "`finally` stands only in a try", "It is written (try body … (finally …)).");
}

Node* Analyzer::special_throw(const FormView& form, Context) {
    if (form.size() == 1) return unit_.make<Throw>(form.span, nullptr, nullptr);
    const bool has_cause = form.size() == 4 && is_keyword(form[2]) && utf8_of(keyword_name(form[2])) == "from";
    if (form.size() != 2 && !has_cause) return fail_shape(form);
    Node* value = analyze_item(form, 1);
    Node* cause = value && has_cause ? analyze_item(form, 3) : nullptr;
    if (value == nullptr || (has_cause && cause == nullptr)) return nullptr;
    return unit_.make<Throw>(form.span, value, cause);
}

Node* Analyzer::special_raise(const FormView& form, Context context) { return special_throw(form, context); }

Node* Analyzer::special_with(const FormView& form, Context context) {
    return with_managers(form, items_in(form[1]), 0, false, context);
}

Node* Analyzer::special_with_async(const FormView& form, Context context) {
    note_await(form.span);
    if (diagnostic) return nullptr;
    return with_managers(form, items_in(form[1]), 0, true, context);
}

Node* Analyzer::with_managers(const FormView& form, const std::vector<PyObject*>& items, std::size_t at, bool async,
                              Context context) {
    if (at == 0) {
        if (!is_vector(form[1]) || items.empty() || items.size() % 2 != 0) return fail_shape(form);
    }
    if (at >= items.size()) return analyze_body(form, 2, {});
    const Span span = child_span(form[1], at + 1, items[at + 1]);
    auto* node = unit_.make<With>(span);
    node->async = async;
    node->manager = analyze(items[at + 1], span, {});
    if (node->manager == nullptr) return nullptr;
    node->exit = hidden();
    node->value = hidden();
    const RecurTarget outer = std::exchange(recur_, {});
    Scope scope(*this);
    auto* let = unit_.make<Let>(span);
    Node* body = nullptr;
    if (bind_pattern(items[at], child_span(form[1], at, items[at]), local(span, node->value), let->binds))
        body = with_managers(form, items, at + 2, async, context);
    recur_ = outer;
    if (body == nullptr) return nullptr;
    let->body = body;
    node->body = let;
    return node;
}

}  // namespace catena
