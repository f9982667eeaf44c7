// Core's loops over a function literal, `(map (fn [x] …) xs)` and its kin, become the loop itself: no closure and no calls. A
// keyword and a name of core's that is one instruction are such literals, too: `(map inc xs)`.
// The tree asks at run time whether the name still means core's function and whether the collection can be walked at once;
// when not, it makes the call that was written.
#include <algorithm>
#include <array>
#include <string_view>

#include "compiler/analyze.hpp"
#include "compiler/forms_util.hpp"

namespace catena {

using namespace ast;

struct CoreLoops {
    std::string_view name;
    Analyzer::CoreLoop kind;
    std::size_t operands;  // the function among them
    static const CoreLoops rows[10];
};

const CoreLoops CoreLoops::rows[] = {
    {"map", Analyzer::CoreLoop::map, 2},       {"mapv", Analyzer::CoreLoop::map, 2},
    {"filter", Analyzer::CoreLoop::filter, 2}, {"filterv", Analyzer::CoreLoop::filter, 2},
    {"remove", Analyzer::CoreLoop::remove, 2}, {"keep", Analyzer::CoreLoop::keep, 2},
    {"some", Analyzer::CoreLoop::some, 2},     {"every?", Analyzer::CoreLoop::every, 2},
    {"reduce", Analyzer::CoreLoop::reduce, 3}, {"reduce", Analyzer::CoreLoop::reduce, 2},
};

namespace {

// What may stand in the literal's body beside calls of functions: forms that neither make functions (each round would
// need variables of its own), nor refer to the function around them, nor leave it.
constexpr std::array<std::string_view, 14> allowed = {"if",   "do",     "let",      "and", "or", "cond", "quote",
                                                      "when", "unless", "%fstring", ".",   "->", "->>",  "case"};

// The body is compiled twice, so only a short one is worth it.
constexpr int longest_body = 80;

bool is_parameter(PyObject* form) {
    if (is_vector(form)) return true;
    if (!is_symbol(form)) return false;
    const std::string_view text = symbol_text(form);
    return !text.starts_with('&') && text != "*" && text != "/";
}

}  // namespace

bool Analyzer::loops_well(PyObject* form, int* budget) {
    if (--*budget < 0) return false;
    if (is_symbol(form) || is_keyword(form)) return true;
    std::vector<PyObject*> items;
    if (is_list(form)) {
        items = items_in(form);
        if (!items.empty() && is_symbol(items[0])) {
            const std::string_view head = symbol_text(items[0]);
            if (head == "quote") return true;
            const bool known = std::find(allowed.begin(), allowed.end(), head) != allowed.end();
            if (!known &&
                (find_special(symbol_name(items[0])) != nullptr || find_macro(items[0]) != nullptr || python_error))
                return false;
        }
    } else if (is_vector(form)) {
        items = items_in(form);
    } else if (!map_items(form, &items)) {
        return is_atom(form);
    }
    return std::all_of(items.begin(), items.end(), [&](PyObject* item) { return loops_well(item, budget); });
}

// The value of the literal's body, once its parameters stand for `values`; the names stay declared.
Node* Analyzer::literal_body(const FormView& literal, const std::vector<Binding*>& values, Let* around) {
    const std::vector<PyObject*> parameters = items_in(literal[1]);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const Span span = child_span(literal[1], i, parameters[i]);
        if (is_symbol(parameters[i])) {
            PyObject* name = bindable(parameters[i], span, "fn");
            if (name == nullptr) return nullptr;
            names_.push_back({name, values[i]});
        } else if (!bind_pattern(parameters[i], span, local(span, values[i]), around->binds)) {
            return nullptr;
        }
    }
    return analyze_body(literal, 2, {});
}

// The literal that does what `function` does with so many operands; empty when there is none as good, or an error is set.
Ref Analyzer::literal_for(PyObject* function, std::size_t operands) {
    const bool stands_alone = is_keyword(function) ? operands == 1
                                                   : is_symbol(function) && !is_lexical(symbol_name(function)) &&
                                                         core_opcode(symbol_name(function), operands) != nullptr;
    if (!stands_alone) return {};
    const Ref fn = make_symbol("fn"), value = make_symbol("value"), item = make_symbol("item");
    PyObject* const call[] = {function, operands == 2 ? value.get() : item.get(), item.get()};
    const Ref body = fn && value && item ? list_from(call, operands + 1) : Ref();
    const Ref parameters = body ? steal(PyList_New(0)) : Ref();
    for (std::size_t i = 1; parameters && i <= operands; ++i)
        if (PyList_Append(parameters.get(), call[i]) < 0) return {};
    PyObject* const literal[] = {fn.get(), parameters.get(), body.get()};
    return parameters ? list_from(literal, 3) : Ref();
}

// The call as a loop over what `collection` holds; null with nothing wrong when it is none, for *is_one false.
Node* Analyzer::inline_loop(PyObject* name, const FormView& form, bool* is_one) {
    if (!options_.intrinsics || class_ != nullptr) return nullptr;
    const std::string_view text = name_in_core(name);
    const auto* row = std::find_if(
        std::begin(CoreLoops::rows), std::end(CoreLoops::rows),
        [&](const CoreLoops& candidate) { return candidate.name == text && candidate.operands == form.size() - 1; });
    if (row == std::end(CoreLoops::rows)) return nullptr;
    for (std::size_t i = 2; i < form.size(); ++i)
        if (is_form_of(form[i], "%splat") || is_form_of(form[i], "%splat-map")) return nullptr;
    const std::size_t count = row->kind == CoreLoop::reduce ? 2 : 1;
    PyObject* function = form[1];
    if (!is_form_of(function, "fn")) {
        Ref made = literal_for(function, count);
        if (!made) {
            if (PyErr_Occurred() != nullptr) (void)fail_python();
            return nullptr;
        }
        function = made.get();
        keep_.push_back(std::move(made));
    }
    const FormView literal = view(function, item_span(form, 1));
    if (literal.size() < 3 || !is_vector(literal[1])) return nullptr;
    const std::vector<PyObject*> parameters = items_in(literal[1]);
    if (parameters.size() != count || !std::all_of(parameters.begin(), parameters.end(), is_parameter)) return nullptr;
    if (count == 2 && parameters[0] == parameters[1]) return nullptr;
    int budget = longest_body;
    for (std::size_t i = 2; i < literal.size(); ++i)
        if (!loops_well(literal[i], &budget)) return nullptr;
    if (python_error) return nullptr;
    *is_one = true;

    const Span span = form.span;
    auto* whole = unit_.make<Let>(span);
    Binding* start = nullptr;
    Binding* collection = hidden();
    if (form.size() == 4) {
        start = hidden();
        Node* value = analyze_item(form, 2);
        if (value == nullptr) return nullptr;
        whole->binds.push_back({.targets = {start}, .value = value, .span = span});
    }
    Node* walked = analyze_item(form, form.size() - 1);
    if (walked == nullptr) return nullptr;
    whole->binds.push_back({.targets = {collection}, .value = walked, .span = span});

    const auto call_as_written = [&]() -> Node* {
        Node* written = analyze_item(form, 1);
        Node* callee = written ? analyze_item(form, 0) : nullptr;
        if (callee == nullptr) return nullptr;
        auto* call = unit_.make<Call>(span, callee);
        call->arguments.push_back({ast::Argument::plain, written, {}});
        if (start != nullptr) call->arguments.push_back({ast::Argument::plain, local(span, start), {}});
        call->arguments.push_back({ast::Argument::plain, local(span, collection), {}});
        return call;
    };
    Node* call = call_as_written();
    Node* asked = call ? analyze_item(form, 0) : nullptr;
    Node* core_name = asked ? this->text(span, text) : nullptr;
    if (core_name == nullptr) return nullptr;
    // Without a start the function itself says what it makes of nothing.
    Node* of_nothing = row->kind == CoreLoop::reduce && start == nullptr ? call_as_written() : nil(span);
    if (of_nothing == nullptr) return nullptr;
    Node* test = helper(span, Helper::LOOPS, {asked, core_name, local(span, collection)});
    Node* loop = loop_over(row->kind, literal, item_span(form, form.size() - 1), start, collection, of_nothing);
    if (loop == nullptr) return nullptr;
    whole->body = unit_.make<If>(span, test, loop, call);
    return whole;
}

Node* Analyzer::loop_over(CoreLoop kind, const FormView& literal, Span collection_span, Binding* start,
                          Binding* collection, Node* of_nothing) {
    const Span span = literal.span;
    const RecurTarget outer = std::exchange(recur_, {});
    Scope scope(*this);
    auto* all = unit_.make<Let>(span);
    auto* round = unit_.make<Let>(span);
    auto* each = unit_.make<Iteration>(Kind::for_each, collection_span);
    each->breakable = false;
    each->test = local(collection_span, collection);
    each->item = hidden();

    Binding* result = hidden();
    Node* first = nullptr;
    switch (kind) {
        case CoreLoop::some: first = nil(span); break;
        case CoreLoop::every: first = truth(span, true); break;
        case CoreLoop::reduce: first = start != nullptr ? local(span, start) : nil(span); break;
        default: first = unit_.make<Build>(span, BuildKind::vector); break;
    }
    all->binds.push_back({.targets = {result}, .value = first, .span = span});
    // Whether there is a result, where the first item is the start.
    Binding* begun = nullptr;
    if (kind == CoreLoop::reduce && start == nullptr) {
        begun = hidden();
        begun->assigned = true;
        all->binds.push_back({.targets = {begun}, .value = truth(span, false), .span = span});
    }

    std::vector<Binding*> values;
    if (kind == CoreLoop::reduce) values.push_back(result);
    values.push_back(each->item);
    Node* value = literal_body(literal, values, round);
    recur_ = outer;
    if (value == nullptr) return nullptr;

    const auto leave = [&]() -> Node* { return unit_.make<Jump>(Kind::break_, span, each); };
    const auto set_result = [&](Node* to) -> Node* {
        result->assigned = true;
        return unit_.make<SetLocal>(span, result, to);
    };
    const auto push = [&](Node* item) -> Node* { return unit_.make<Push>(span, result, item); };
    const auto otherwise_nothing = [&](Node* test, Node* then) -> Node* {
        return unit_.make<If>(span, test, then, nil(span));
    };
    const auto bound = [&](Binding** variable) {
        *variable = hidden();
        round->binds.push_back({.targets = {*variable}, .value = value, .span = span});
    };
    Binding* answer = nullptr;
    switch (kind) {
        case CoreLoop::map: round->body = push(value); break;
        case CoreLoop::filter: round->body = otherwise_nothing(value, push(local(span, each->item))); break;
        case CoreLoop::remove:
            round->body = unit_.make<If>(span, value, nil(span), push(local(span, each->item)));
            break;
        case CoreLoop::keep:
            bound(&answer);
            round->body = unit_.make<If>(
                span, unit_.make<Operation>(span, Op::IS, std::vector<Node*>{local(span, answer), nil(span)}),
                nil(span), push(local(span, answer)));
            break;
        case CoreLoop::some:
            bound(&answer);
            round->body =
                otherwise_nothing(local(span, answer), sequence(span, {set_result(local(span, answer)), leave()}));
            break;
        case CoreLoop::every:
            round->body =
                unit_.make<If>(span, value, nil(span), sequence(span, {set_result(truth(span, false)), leave()}));
            break;
        case CoreLoop::reduce: {
            Node* set = set_result(value);
            // What an operator answers stops no reduce.
            if (value->kind == Kind::intrinsic) {
                round->body = set;
                break;
            }
            Node* opened = core_call(span, "deref", {local(span, result)});
            if (opened == nullptr) return nullptr;
            Node* stop = sequence(span, {set_result(opened), leave()});
            round->body =
                sequence(span, {set, otherwise_nothing(helper(span, Helper::IS_REDUCED, {local(span, result)}), stop)});
            break;
        }
    }
    each->body = round;
    if (round->binds.empty()) each->body = round->body;
    Node* end = local(span, result);
    if (begun != nullptr) {
        Node* begin =
            sequence(span, {set_result(local(span, each->item)), unit_.make<SetLocal>(span, begun, truth(span, true))});
        each->body = unit_.make<If>(span, local(span, begun), each->body, begin);
        end = unit_.make<If>(span, local(span, begun), end, of_nothing);
    }
    all->body = sequence(span, {each, end});
    return all;
}

}  // namespace catena
