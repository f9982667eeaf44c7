#include "repl/indentation.hpp"

#include <algorithm>

namespace catena {

namespace {

constexpr std::string_view names_with_body[] = {
    "as->",   "begin",    "bench",   "case", "catch",   "comment", "cond", "condp",  "do",
    "doseq",  "dotimes",  "doto",    "else", "finally", "fn",      "for",  "future", "if",
    "lambda", "lazy-for", "let",     "let*", "let1",    "letfn",   "loop", "match",  "on",
    "progn",  "remote",   "testing", "time", "try",     "unless",  "when", "while",  "with",
};

// What macros with a body are called, and what is called so without being one.
constexpr std::string_view beginnings_with_body[] = {"def", "with-", "let-",   "when-", "if-",
                                                     "fn-", "for-",  "while-", "do-"};
constexpr std::string_view beginnings_without[] = {"default", "deflate", "defer"};

std::size_t start_of_line(std::string_view text, std::size_t offset) {
    if (offset == 0) return 0;
    const std::size_t at = text.find_last_of("\r\n", offset - 1);
    return at == text.npos ? 0 : at + 1;
}

std::size_t column_of(std::string_view text, std::size_t offset) {
    const std::size_t line = start_of_line(text, offset);
    return static_cast<std::size_t>(std::count_if(
        text.begin() + static_cast<std::ptrdiff_t>(line), text.begin() + static_cast<std::ptrdiff_t>(offset),
        [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool same_line(std::string_view text, std::size_t a, std::size_t b) {
    return text.substr(a, b - a).find_first_of("\r\n") == text.npos;
}

bool is_quoted(const std::vector<Token>& tokens, std::string_view text, std::size_t bracket) {
    if (bracket == 0) return false;
    const Token& before = tokens[bracket - 1];
    return before.kind == TokenKind::prefix && before.end == tokens[bracket].begin && text[before.begin] == '\'';
}

// The number of the token behind the form that begins with token `at`.
std::size_t behind_form(const std::vector<Token>& tokens, std::size_t at) {
    while (at < tokens.size() && tokens[at].kind == TokenKind::prefix) ++at;
    if (at >= tokens.size()) return tokens.size();
    if (tokens[at].kind == TokenKind::open) return tokens[at].mate == no_mate ? tokens.size() : tokens[at].mate + 1u;
    return at + 1;
}

bool is_item(const std::vector<Token>& tokens, std::size_t at, std::size_t limit) {
    return at < tokens.size() && tokens[at].begin < limit && tokens[at].kind != TokenKind::comment &&
           tokens[at].kind != TokenKind::close;
}

// The column of the first element from token `at` on that begins a line before byte `limit`.
std::optional<std::size_t> first_line_column(std::string_view text, const std::vector<Token>& tokens, std::size_t at,
                                             std::size_t limit) {
    while (at < tokens.size() && tokens[at].begin < limit && tokens[at].kind != TokenKind::close) {
        const bool comment = tokens[at].kind == TokenKind::comment;
        if (!comment && !same_line(text, tokens[at - 1].end, tokens[at].begin))
            return column_of(text, tokens[at].begin);
        at = comment ? at + 1 : behind_form(tokens, at);
    }
    return std::nullopt;
}

}  // namespace

bool has_body(std::string_view name) {
    const std::size_t slash = name.find_last_of('/');
    if (slash != name.npos && slash + 1 < name.size()) name.remove_prefix(slash + 1);
    const auto begins = [&](std::string_view beginning) { return name.starts_with(beginning); };
    if (std::ranges::any_of(beginnings_without, begins)) return false;
    return std::ranges::find(names_with_body, name) != std::end(names_with_body) ||
           std::ranges::any_of(beginnings_with_body, begins);
}

std::size_t line_column(const OpenForm& form) {
    if (!form.call || form.name.empty()) return form.head.value_or(form.inside);
    return form.as_body || has_body(form.name) ? form.inside + 1 : form.argument.value_or(*form.head);
}

std::optional<std::size_t> indentation_at(std::string_view text, const std::vector<Token>& tokens, std::size_t offset) {
    const std::size_t next = token_from(tokens, offset);
    if (next > 0) {
        const Token& before = tokens[next - 1];
        if (before.end > offset || (!before.finished && before.kind != TokenKind::wrong)) return std::nullopt;
    }
    const std::uint32_t bracket = open_bracket_at(tokens, offset);
    if (bracket == no_mate) return 0;
    const Token& open = tokens[bracket];
    const std::size_t head = bracket + 1u;
    OpenForm form;
    form.inside = column_of(text, open.end);
    form.call = text[open.end - 1] == '(' && !is_quoted(tokens, text, bracket);
    if (is_item(tokens, head, offset)) {
        form.head = column_of(text, tokens[head].begin);
        if (tokens[head].kind == TokenKind::name) {
            form.name = text.substr(tokens[head].begin, tokens[head].end - tokens[head].begin);
        }
        const std::size_t argument = behind_form(tokens, head);
        if (is_item(tokens, argument, offset) && same_line(text, open.end, tokens[argument].begin)) {
            form.argument = column_of(text, tokens[argument].begin);
        }
        form.as_body = first_line_column(text, tokens, argument, offset) == form.inside + 1;
    }
    return line_column(form);
}

}  // namespace catena
