// match: literals, _, names, [a b & rest], {:k p}, #[a b], (Class p :attr p), (or p q), (p :as n), (p :when c).
#include <algorithm>

#include "compiler/analyze.hpp"
#include "compiler/forms_util.hpp"

namespace catena {

using namespace ast;

namespace {

void names_bound(const Pattern& pattern, std::vector<PyObject*>& out) {
    if (pattern.binding != nullptr && pattern.binding->name) out.push_back(pattern.binding->name.get());
    // Alternatives bind the same names, so the first one tells.
    for (const Pattern& item : pattern.items) {
        names_bound(item, out);
        if (pattern.shape == Pattern::either) break;
    }
}

bool is_word(PyObject* form, std::string_view word) { return is_keyword(form) && utf8_of(keyword_name(form)) == word; }

}  // namespace

Node* Analyzer::special_match(const FormView& form, Context context) {
    auto* match = unit_.make<Match>(form.span);
    match->value = analyze_item(form, 1);
    if (match->value == nullptr) return nullptr;
    if (form.size() % 2 != 0)
        return fail(item_span(form, form.size() - 1), "match: a pattern without a result",
                    "It is written (match value pattern1 result1 …).");
    match->subject = hidden();
    for (std::size_t i = 2; i < form.size(); i += 2) {
        Scope scope(*this);
        Match::Clause clause;
        if (!match_pattern(form[i], item_span(form, i), clause.pattern)) return nullptr;
        if (!binds_once(clause.pattern)) return nullptr;
        clause.body = analyze_item(form, i + 1, context);
        if (clause.body == nullptr) return nullptr;
        match->clauses.push_back(std::move(clause));
    }
    return match;
}

// Of alternatives, which bind the same names, one is taken.
bool Analyzer::binds_once(const Pattern& pattern) {
    std::vector<PyObject*> names;
    if (pattern.shape == Pattern::either) {
        for (const Pattern& item : pattern.items)
            if (!binds_once(item)) return false;
        return true;
    }
    names_bound(pattern, names);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto again = std::find(names.begin() + static_cast<std::ptrdiff_t>(i) + 1, names.end(), names[i]);
        if (again != names.end())
            return fail(pattern.span, "the pattern binds `" + std::string(utf8_of(names[i])) + "` twice",
                        "Give the second one another name and compare them with `:when`.") != nullptr;
    }
    return true;
}

bool Analyzer::match_pattern(PyObject* form, Span span, Pattern& out) {
    const char here = 0;
    if (&here < stack_floor_) return fail(span, "the pattern is nested too deeply") != nullptr;
    out.span = span;
    if (is_symbol(form)) {
        if (symbol_is(form, "_")) return true;
        const std::string_view text = symbol_text(form);
        if (is_dotted(text) || qualifying_slash(text) != std::string_view::npos) {
            // A dotted name is a value to compare with, as in Python.
            out.shape = Pattern::literal;
            out.node = analyze_symbol(form, span);
            return out.node != nullptr;
        }
        PyObject* name = bindable(form, span, "a pattern");
        if (name == nullptr) return false;
        out.shape = Pattern::name;
        out.binding = declare(name);
        return true;
    }
    if (is_vector(form)) {
        out.shape = Pattern::sequence;
        return match_items(form, items_in(form), true, out);
    }
    if (PyTuple_CheckExact(form)) {
        out.shape = Pattern::tuple;
        return match_items(form, items_in(form), false, out);
    }
    std::vector<PyObject*> items;
    if (map_items(form, &items)) return match_map(form, span, out);
    if (is_list(form) && list_count(form) > 0) return match_list_pattern(form, span, out);
    out.shape = Pattern::literal;
    out.node = quoted(form, span);
    out.exact = form == Py_None || PyBool_Check(form);
    return out.node != nullptr;
}

bool Analyzer::match_items(PyObject* container, std::vector<PyObject*> items, bool rest_allowed, Pattern& out) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        const Span at = child_span(container, i, items[i]);
        if (is_word(items[i], "as") && i + 2 == items.size() && is_symbol(items[i + 1])) {
            PyObject* name = bindable(items[i + 1], child_span(container, i + 1, items[i + 1]), "the whole");
            if (name == nullptr) return false;
            out.binding = declare(name);
            return true;
        }
        if (symbol_is(items[i], "&")) {
            const bool closes = i + 2 == items.size() || (i + 4 == items.size() && is_word(items[i + 2], "as"));
            if (!rest_allowed || out.has_rest || !closes)
                return fail(at, "`&` is followed by one pattern for the rest, in a vector pattern") != nullptr;
            out.has_rest = true;
            continue;
        }
        Pattern item;
        if (!match_pattern(items[i], at, item)) return false;
        out.items.push_back(std::move(item));
    }
    return true;
}

bool Analyzer::match_map(PyObject* form, Span, Pattern& out) {
    out.shape = Pattern::mapping;
    std::vector<PyObject*> items;
    (void)map_items(form, &items);
    for (std::size_t i = 0; i < items.size(); i += 2) {
        const Span at = child_span(form, i, items[i]);
        const Span value_span = child_span(form, i + 1, items[i + 1]);
        if (is_word(items[i], "as") && is_symbol(items[i + 1])) {
            PyObject* name = bindable(items[i + 1], value_span, "the whole");
            if (name == nullptr) return false;
            out.binding = declare(name);
            continue;
        }
        if (is_word(items[i], "keys") && is_vector(items[i + 1])) {
            const std::vector<PyObject*> names = items_in(items[i + 1]);
            for (std::size_t k = 0; k < names.size(); ++k) {
                const Span name_span = child_span(items[i + 1], k, names[k]);
                PyObject* name = bindable(names[k], name_span, "a pattern");
                Ref key = name ? make_keyword(name) : Ref();
                if (!key) return name ? fail_python() != nullptr : false;
                out.keys.push_back(constant(name_span, std::move(key)));
                Pattern item;
                item.span = name_span;
                item.shape = Pattern::name;
                item.binding = declare(name);
                out.items.push_back(std::move(item));
            }
            continue;
        }
        Node* key = is_symbol(items[i]) ? analyze(items[i], at, {}) : quoted(items[i], at);
        Pattern item;
        if (key == nullptr || !match_pattern(items[i + 1], value_span, item)) return false;
        out.keys.push_back(key);
        out.items.push_back(std::move(item));
    }
    return true;
}

bool Analyzer::match_list_pattern(PyObject* form, Span span, Pattern& out) {
    const FormView pattern = view(form, span);
    PyObject* head = pattern[0];
    if (symbol_is(head, "quote") && pattern.size() == 2) {
        out.shape = Pattern::literal;
        out.node = quoted(pattern[1], item_span(pattern, 1));
        return out.node != nullptr;
    }
    // (p :as name) and (p :when condition), unless the head is a class with an attribute of that name: a class
    // pattern's attributes follow a symbol head with nothing between, so those win only for `as` and `when`.
    if (pattern.size() == 3 && is_word(pattern[1], "when")) {
        out.shape = Pattern::guarded;
        Pattern inner;
        if (!match_pattern(head, item_span(pattern, 0), inner)) return false;
        out.items.push_back(std::move(inner));
        out.node = analyze_item(pattern, 2);
        return out.node != nullptr;
    }
    if (pattern.size() >= 3 && is_word(pattern[1], "as")) {
        PyObject* name = bindable(pattern[2], item_span(pattern, 2), "the whole");
        if (name == nullptr) return false;
        Pattern inner;
        if (!match_pattern(head, item_span(pattern, 0), inner)) return false;
        Binding* binding = declare(name);
        if (inner.binding != nullptr || pattern.size() == 5) {
            // A second name, or (p :as n :when c).
            Pattern outer;
            outer.span = span;
            outer.shape = Pattern::guarded;
            outer.binding = binding;
            outer.items.push_back(std::move(inner));
            if (pattern.size() == 5) {
                if (!is_word(pattern[3], "when"))
                    return fail(item_span(pattern, 3), "match: only `:when condition` follows `:as name`") != nullptr;
                outer.node = analyze_item(pattern, 4);
                if (outer.node == nullptr) return false;
            }
            out = std::move(outer);
            return true;
        }
        if (pattern.size() != 3)
            return fail(span, "match: wrong pattern", "It is written (pattern :as name).") != nullptr;
        out = std::move(inner);
        out.binding = binding;
        return true;
    }
    if (symbol_is(head, "or")) {
        if (pattern.size() < 3) return fail(span, "match: `or` takes two or more patterns") != nullptr;
        out.shape = Pattern::either;
        for (std::size_t i = 1; i < pattern.size(); ++i) {
            Pattern item;
            const std::size_t before = names_.size();
            if (!match_pattern(pattern[i], item_span(pattern, i), item)) return false;
            if (i > 1) {
                if (!same_names(out.items[0], item, item_span(pattern, i))) return false;
                names_.resize(before);
            }
            out.items.push_back(std::move(item));
        }
        return true;
    }
    if (is_symbol(head)) return match_instance(pattern, out);
    return fail(span, "match: this is no pattern",
                "Patterns are literals, _, names, [a & rest], {:k p}, #[a b], (Class p :attr p), (or p q), (p :as n), "
                "(p :when c).") != nullptr;
}

// Each alternative binds the names of the first; they share its variables.
bool Analyzer::same_names(const Pattern& first, const Pattern& other, Span span) {
    std::vector<PyObject*> a, b;
    names_bound(first, a);
    names_bound(other, b);
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    if (a != b) return fail(span, "match: the alternatives of `or` bind different names") != nullptr;
    std::function<Binding*(const Pattern&, PyObject*)> find = [&](const Pattern& p, PyObject* name) -> Binding* {
        if (p.binding != nullptr && p.binding->name.get() == name) return p.binding;
        for (const Pattern& item : p.items)
            if (Binding* found = find(item, name)) return found;
        return nullptr;
    };
    std::function<void(const Pattern&)> share = [&](const Pattern& p) {
        if (p.binding != nullptr && p.binding->name)
            const_cast<Pattern&>(p).binding = find(first, p.binding->name.get());
        for (const Pattern& item : p.items) share(item);
    };
    share(other);
    return true;
}

bool Analyzer::match_instance(const FormView& form, Pattern& out) {
    out.shape = Pattern::instance;
    out.node = analyze_item(form, 0);
    if (out.node == nullptr) return false;
    for (std::size_t i = 1; i < form.size(); ++i) {
        Pattern item;
        if (is_keyword(form[i])) {
            if (i + 1 >= form.size())
                return fail(item_span(form, i), "match: an attribute without a pattern") != nullptr;
            out.attributes.push_back(borrow(keyword_python_name(form[i])));
            ++i;
        } else if (!out.attributes.empty()) {
            return fail(item_span(form, i), "match: positional patterns come before attributes") != nullptr;
        } else {
            ++out.positional;
        }
        if (!match_pattern(form[i], item_span(form, i), item)) return false;
        out.items.push_back(std::move(item));
    }
    return true;
}

}  // namespace catena
