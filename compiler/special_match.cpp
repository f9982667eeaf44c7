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
    std::vector<PyObject*> items, defaults;
    (void)map_items(form, &items);
    PyObject* defaults_form = nullptr;
    const auto wrong = [&](Span at, const std::string& message) {
        return fail(at, "match: " + message, "It is written {:key p} or {:keys [a b] :or {b 2} :as m}.") != nullptr;
    };
    // The default for a name is known before the names are declared, as in every pattern.
    for (std::size_t i = 0; i < items.size(); i += 2) {
        if (is_word(items[i], "or") && map_items(items[i + 1], &defaults)) defaults_form = items[i + 1];
    }
    const auto add = [&](Node* key, PyObject* target, Span span) {
        if (key == nullptr) return false;
        Node* otherwise = nullptr;
        for (std::size_t i = 0; is_symbol(target) && i + 1 < defaults.size(); i += 2) {
            if (!is_symbol(defaults[i]) || symbol_name(defaults[i]) != symbol_name(target)) continue;
            otherwise = analyze(defaults[i + 1], child_span(defaults_form, i + 1, defaults[i + 1]), {});
            if (otherwise == nullptr) return false;
        }
        Pattern item;
        if (!match_pattern(target, span, item)) return false;
        out.keys.push_back(key);
        out.defaults.push_back(otherwise);
        out.items.push_back(std::move(item));
        return true;
    };
    for (std::size_t i = 0; i < items.size(); i += 2) {
        const Span at = child_span(form, i, items[i]);
        PyObject* value = items[i + 1];
        const Span value_span = child_span(form, i + 1, value);
        if (value == defaults_form) continue;
        if (symbol_is(items[i], "&"))
            return wrong(at, "a map pattern matches maps that hold more, and has no `&`; `:as` names the whole map");
        if (is_word(items[i], "as") && is_symbol(value)) {
            PyObject* name = bindable(value, value_span, "the whole");
            if (name == nullptr) return false;
            out.binding = declare(name);
        } else if ((is_word(items[i], "keys") || is_word(items[i], "strs")) && is_vector(value)) {
            const std::vector<PyObject*> names = items_in(value);
            for (std::size_t k = 0; k < names.size(); ++k) {
                const Span name_span = child_span(value, k, names[k]);
                if (!is_symbol(names[k])) return wrong(name_span, "expected a name");
                PyObject* name = symbol_name(names[k]);
                Ref key = is_word(items[i], "keys") ? make_keyword(name) : borrow(name);
                if (!key) return fail_python() != nullptr;
                if (!add(constant(name_span, std::move(key)), names[k], name_span)) return false;
            }
        } else {
            Node* key = is_symbol(items[i]) ? analyze(items[i], at, {}) : quoted(items[i], at);
            if (!add(key, value, value_span)) return false;
        }
    }
    return true;
}

bool Analyzer::match_list_pattern(PyObject* form, Span span, Pattern& out) {
    FormView pattern = view(form, span);
    if (symbol_is(pattern[0], "quote") && pattern.size() == 2) {
        out.shape = Pattern::literal;
        out.node = quoted(pattern[1], item_span(pattern, 1));
        return out.node != nullptr;
    }
    // What closes a pattern, in any order: `:as name`, `:when condition`.
    PyObject* whole = nullptr;
    PyObject* condition = nullptr;
    Span whole_span, condition_span;
    while (pattern.size() >= 3) {
        const std::size_t at = pattern.size() - 2;
        if (is_word(pattern[at], "as") && whole == nullptr) {
            whole = pattern[at + 1];
            whole_span = item_span(pattern, at + 1);
        } else if (is_word(pattern[at], "when") && condition == nullptr) {
            condition = pattern[at + 1];
            condition_span = item_span(pattern, at + 1);
        } else {
            break;
        }
        pattern.items.resize(at);
    }
    if (whole == nullptr && condition == nullptr) return match_form(pattern, out);
    Pattern inner;
    inner.span = span;
    const bool alone = pattern.size() == 1;
    if (!(alone ? match_pattern(pattern[0], item_span(pattern, 0), inner) : match_form(pattern, inner))) return false;
    PyObject* name = whole != nullptr ? bindable(whole, whole_span, "the whole") : nullptr;
    if (whole != nullptr && name == nullptr) return false;
    Binding* binding = name != nullptr ? declare(name) : nullptr;
    if (condition == nullptr && inner.binding == nullptr && inner.shape != Pattern::guarded) {
        out = std::move(inner);
        out.binding = binding;
        return true;
    }
    out.shape = Pattern::guarded;
    out.binding = binding;
    out.items.push_back(std::move(inner));
    if (condition == nullptr) return true;
    out.node = analyze(condition, condition_span, {});
    return out.node != nullptr;
}

// (or p q) and (Class p :attr p).
bool Analyzer::match_form(const FormView& pattern, Pattern& out) {
    PyObject* head = pattern[0];
    if (symbol_is(head, "or")) {
        if (pattern.size() < 3) return fail(pattern.span, "match: `or` takes two or more patterns") != nullptr;
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
    if (is_symbol(head) && find_special(symbol_name(head)) == nullptr) return match_instance(pattern, out);
    return fail(pattern.span, "match: this is no pattern",
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
