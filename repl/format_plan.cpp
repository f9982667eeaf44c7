#include "repl/format_plan.hpp"

#include <algorithm>

#include "repl/indentation.hpp"

namespace catena {

namespace {

using Items = std::span<const FormatItem>;

template <std::size_t N>
bool one_of(const std::string_view (&names)[N], std::string_view name) {
    return std::ranges::find(names, name) != std::end(names);
}

constexpr std::string_view without_header[] = {"do",   "begin", "progn", "comment", "try",     "else",
                                               "cond", "time",  "bench", "finally", "do-async"};
constexpr std::string_view with_two[] = {"catch", "as->", "let1"};
constexpr std::string_view with_clauses[] = {"cond", "case", "match", "condp"};
constexpr std::string_view with_bindings[] = {"let",        "let*",      "loop",    "for",      "lazy-for",
                                              "doseq",      "with",      "if-let",  "dotimes",  "when-let",
                                              "with-async", "for-async", "if-some", "when-some"};

bool is_vector(const FormatItem& item) { return item.kind == ItemKind::open && item.text.ends_with('['); }
std::string_view name_of(Items items, std::uint32_t open) {
    const std::uint32_t head = open + 1;
    return items[open].call && head < items.size() && items[head].name ? items[head].text : std::string_view();
}

// The elements of a bracket. An annotation and what it is about count as one, what #_ drops does not count.
std::vector<std::uint32_t> elements_of(Items items, std::uint32_t open) {
    std::vector<std::uint32_t> found;
    bool annotated = false;
    for (std::uint32_t i = open + 1; i < items[open].mate; ++i) {
        const bool drops = items[i].text.starts_with("#_") || items[i].text.starts_with("#|");
        if (!annotated && !drops && items[i].kind != ItemKind::comment) found.push_back(i);
        if (!drops) annotated = items[i].text.starts_with('^');
        if (items[i].kind == ItemKind::open) i = items[i].mate;
    }
    return found;
}

// Whether two elements take more than a short line.
bool is_long(Items items, std::uint32_t first, std::uint32_t second) {
    const std::uint32_t end = items[second].kind == ItemKind::open ? items[second].mate : second;
    std::size_t size = 0;
    for (std::uint32_t i = first; i <= end; ++i) size += items[i].width + 1;
    return size > 80;
}

// Of a form that names a function or class: up to its parameters or bases.
std::uint32_t header_of_definition(Items items, const std::vector<std::uint32_t>& elements, std::string_view name) {
    if (name == "def") return 1;
    bool named = name.starts_with("fn") || name == "lambda";
    for (std::uint32_t k = 1; k < elements.size() && k < 5; ++k) {
        const FormatItem& item = items[elements[k]];
        if (named && (is_vector(item) || (name == "lambda" && item.call))) return k;
        named = named || item.name;
    }
    return name.starts_with("fn") || name == "lambda" ? 0 : 1;
}

}  // namespace

std::uint32_t header_of(Items items, std::uint32_t open) {
    const std::string_view name = name_of(items, open);
    if (name.empty()) return 0;
    if (!has_body(name)) return 1;
    if (one_of(without_header, name)) return 0;
    if (one_of(with_two, name)) return 2;
    if (name.starts_with("def") || name.starts_with("fn") || name == "lambda") {
        return header_of_definition(items, elements_of(items, open), name);
    }
    return 1;
}

bool is_keyword(const FormatItem& item) {
    return item.kind == ItemKind::atom && item.text.size() > 1 && item.text[0] == ':';
}

bool has_clauses(std::string_view name) { return one_of(with_clauses, name); }

bool has_pairs(Items items, std::uint32_t open, std::uint32_t around) {
    if (items[open].text.ends_with('{')) return !items[open].text.ends_with("#{");
    return around != no_item && is_vector(items[open]) && one_of(with_bindings, name_of(items, around));
}

void plan_breaks(Items items, std::uint32_t open, bool pairs, std::vector<std::uint8_t>& breaks) {
    const std::vector<std::uint32_t> elements = elements_of(items, open);
    const std::string_view name = name_of(items, open);
    const bool call = !name.empty() && !has_body(name);
    const std::size_t first = name.empty() ? 0 : call ? 1 : header_of(items, open) + 1;
    // The arguments of a call, and plain data, fill the lines, unless all of them are forms that may be long.
    if (!pairs && (call || name.empty())) {
        const auto plain = [&](std::uint32_t i) { return items[i].kind != ItemKind::open; };
        const auto arguments = std::span(elements).subspan(std::min(first, elements.size()));
        if (name.empty() ? std::ranges::all_of(arguments, plain) : std::ranges::any_of(arguments, plain)) return;
    }
    pairs = pairs || has_clauses(name);
    for (std::size_t k = first; k < elements.size(); k += pairs ? 2 : 1) {
        const bool beside = k == 0 || (call && k == 1);
        if (!beside && breaks[elements[k]] == 0) breaks[elements[k]] = 1;
        // A long test stands above its value.
        const bool test = has_clauses(name) && items[elements[k]].kind == ItemKind::open;
        if (test && k + 1 < elements.size() && is_long(items, elements[k], elements[k + 1]))
            breaks[elements[k + 1]] = 1;
    }
}

}  // namespace catena
