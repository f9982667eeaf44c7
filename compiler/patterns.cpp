// Patterns of let, parameters and loops: [a [b c] & rest :as all] and {:keys [a b] :or {b 2} :as m, x :key}.
#include "compiler/analyze.hpp"
#include "compiler/forms_util.hpp"

namespace catena {

using namespace ast;

bool Analyzer::bind_pattern(PyObject* pattern, Span span, Node* value, std::vector<Bind>& binds) {
    const char here = 0;
    if (&here < stack_floor_) return fail(span, "the pattern is nested too deeply") != nullptr;
    if (is_form_of(pattern, "%annotated") && list_count(pattern) == 3) pattern = list_item(pattern, 1);
    if (is_vector(pattern) || PyTuple_CheckExact(pattern)) return bind_vector(pattern, span, value, binds);
    std::vector<PyObject*> ignored;
    if (map_items(pattern, &ignored)) return bind_map(pattern, span, value, binds);
    PyObject* name = bindable(pattern, span, "a variable");
    if (name == nullptr) return false;
    Binding* binding = declare(name);
    binding->module = known_module(value);
    binds.push_back({.targets = {binding}, .value = value, .span = span});
    return true;
}

bool Analyzer::bind_vector(PyObject* pattern, Span span, Node* value, std::vector<Bind>& binds) {
    const std::vector<PyObject*> items = items_in(pattern);
    const auto wrong = [&](Span at, const char* message) {
        return fail(at, message, "It is written [a b & rest :as all].") != nullptr;
    };

    // The parts: items, the rest, the whole.
    std::vector<std::size_t> parts;
    PyObject* whole = nullptr;
    Span whole_span;
    bool has_rest = false;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const Span at = child_span(pattern, i, items[i]);
        if (symbol_is(items[i], "&")) {
            if (has_rest || i + 1 >= items.size()) return wrong(at, "`&` is followed by one pattern for the rest");
            has_rest = true;
            parts.push_back(++i);
        } else if (is_keyword(items[i])) {
            if (utf8_of(keyword_name(items[i])) != "as" || i + 2 != items.size())
                return wrong(at, "only `:as name` closes a vector pattern");
            whole = items[i + 1];
            whole_span = child_span(pattern, i + 1, whole);
            break;
        } else {
            if (has_rest) return wrong(at, "only `:as name` follows the rest");
            parts.push_back(i);
        }
    }
    if (whole != nullptr) {
        PyObject* name = bindable(whole, whole_span, "the whole");
        if (name == nullptr) return false;
        Binding* all = declare(name);
        binds.push_back({.targets = {all}, .value = value, .span = span});
        value = local(span, all);
    }
    Bind unpack{.value = value, .unpack = true, .has_rest = has_rest, .span = span};
    std::vector<std::pair<std::size_t, Binding*>> nested;
    for (const std::size_t i : parts) {
        const Span at = child_span(pattern, i, items[i]);
        PyObject* item = items[i];
        if (is_form_of(item, "%annotated") && list_count(item) == 3) item = list_item(item, 1);
        if (is_symbol(item)) {
            PyObject* name = bindable(item, at, "a variable");
            if (name == nullptr) return false;
            unpack.targets.push_back(declare(name));
        } else {
            unpack.targets.push_back(hidden());
            nested.emplace_back(i, unpack.targets.back());
        }
    }
    binds.push_back(std::move(unpack));
    for (const auto& [i, binding] : nested) {
        const Span at = child_span(pattern, i, items[i]);
        if (!bind_pattern(items[i], at, local(at, binding), binds)) return false;
    }
    return true;
}

bool Analyzer::bind_map(PyObject* pattern, Span span, Node* value, std::vector<Bind>& binds) {
    std::vector<PyObject*> items;
    (void)map_items(pattern, &items);
    Binding* subject = hidden();
    binds.push_back({.targets = {subject}, .value = value, .span = span});
    const auto wrong = [&](Span at, std::string message) {
        return fail(at, std::move(message), "It is written {:keys [a b] :or {b 2} :as m} or {a :key b \"other\"}.") !=
               nullptr;
    };
    std::vector<PyObject*> defaults;
    PyObject* defaults_form = nullptr;
    for (std::size_t i = 0; i < items.size(); i += 2) {
        if (is_keyword(items[i]) && utf8_of(keyword_name(items[i])) == "or") {
            defaults_form = items[i + 1];
            if (!map_items(defaults_form, &defaults))
                return wrong(child_span(pattern, i + 1, items[i + 1]), "`:or` takes a map of names and defaults");
        }
    }
    const auto default_of = [&](PyObject* name, Node** out) {
        for (std::size_t i = 0; i + 1 < defaults.size(); i += 2) {
            const bool same = (is_symbol(defaults[i]) && symbol_name(defaults[i]) == symbol_name(name)) ||
                              (is_keyword(defaults[i]) && keyword_name(defaults[i]) == symbol_name(name));
            if (!same) continue;
            *out = analyze(defaults[i + 1], child_span(defaults_form, i + 1, defaults[i + 1]), {});
            return *out != nullptr;
        }
        return true;
    };
    const auto bind_item = [&](PyObject* target, Span at, Node* key) {
        Node* item = unit_.make<Operation>(at, Op::LOOKUP, std::vector<Node*>{local(at, subject), key});
        Node* fallback = nil(at);
        if (is_symbol(target)) {
            if (!default_of(target, &fallback)) return false;
            PyObject* name = bindable(target, at, "a variable");
            if (name == nullptr) return false;
            binds.push_back({.targets = {declare(name)}, .value = item, .fallback = fallback, .span = at});
            return true;
        }
        Binding* part = hidden();
        binds.push_back({.targets = {part}, .value = item, .fallback = fallback, .span = at});
        return bind_pattern(target, at, local(at, part), binds);
    };
    for (std::size_t i = 0; i < items.size(); i += 2) {
        const Span at = child_span(pattern, i, items[i]);
        PyObject* target = items[i];
        PyObject* key = items[i + 1];
        const Span key_span = child_span(pattern, i + 1, key);
        if (is_keyword(target)) {
            const std::string_view word = utf8_of(keyword_name(target));
            if (word == "or") continue;
            if (word == "as") {
                PyObject* name = bindable(key, key_span, "the whole");
                if (name == nullptr) return false;
                binds.push_back({.targets = {declare(name)}, .value = local(key_span, subject), .span = key_span});
            } else if (word == "keys" || word == "strs") {
                if (!is_vector(key)) return wrong(key_span, "`:" + std::string(word) + "` takes a vector of names");
                const std::vector<PyObject*> names = items_in(key);
                for (std::size_t k = 0; k < names.size(); ++k) {
                    const Span name_span = child_span(key, k, names[k]);
                    PyObject* name = names[k];
                    if (!is_symbol(name) && !is_keyword(name)) return wrong(name_span, "expected a name");
                    const Ref symbol = is_symbol(name) ? borrow(name) : make_symbol_interned(keyword_name(name));
                    if (!symbol) return fail_python() != nullptr;
                    keep_.push_back(symbol);
                    Ref key_object =
                        word == "keys" ? make_keyword(symbol_name(symbol.get())) : borrow(symbol_name(symbol.get()));
                    if (!key_object) return fail_python() != nullptr;
                    if (!bind_item(symbol.get(), name_span, constant(name_span, std::move(key_object)))) return false;
                }
            } else {
                return wrong(at, "`:" + std::string(word) + "` is no part of a map pattern");
            }
            continue;
        }
        Node* key_node = analyze(key, key_span, {});
        if (key_node == nullptr || !bind_item(target, at, key_node)) return false;
    }
    return true;
}

}  // namespace catena
