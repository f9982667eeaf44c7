// Names, keywords and numbers: one scan for all of them, then what the letters mean.
#include <algorithm>
#include <cstring>

#include "lang/forms.hpp"
#include "lang/keyword.hpp"
#include "lang/python_name.hpp"
#include "lang/reader_machine.hpp"
#include "lang/symbol.hpp"

namespace catena {

namespace {

// #( ) takes at most this many parameters: %255 is a typing error rather than a wish.
constexpr std::uint32_t max_parameters = 99;

constexpr std::size_t longest_cached = 64;

std::uint64_t hash_of(std::string_view token) {
    constexpr std::uint64_t mix = 0x9e3779b97f4a7c15u;
    std::uint64_t hash = token.size() * mix;
    const char* p = token.data();
    std::size_t left = token.size();
    for (; left >= 8; p += 8, left -= 8) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, p, 8);
        hash = (hash ^ eight) * mix;
        hash ^= hash >> 29;
    }
    std::uint64_t rest = 0;
    for (; left > 0; ++p, --left) rest = rest << 8 | static_cast<unsigned char>(*p);
    hash = (hash ^ rest) * mix;
    return hash >> 32;
}

// Letters that must not hide in a name: controls, invisible spaces, marks that turn the direction of writing.
bool is_treacherous(std::uint32_t c) {
    return c < 0xa0 || c == 0xad || c == 0x61c || c == 0x200b || c == 0x200e || c == 0x200f ||
           (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c & 0xfffe) == 0xfffe;
}

std::string code_point_name(std::uint32_t c) {
    char name[16];
    PyOS_snprintf(name, sizeof name, "U+%04X", c);
    return name;
}

// What is wrong with a name beyond ASCII, and where; empty if nothing is. A space ends a name before it gets here.
std::string fault_beyond_ascii(std::string_view token, std::size_t* at) {
    for (std::size_t i = 0; i < token.size();
         i += static_cast<std::size_t>(utf8_length(static_cast<unsigned char>(token[i])))) {
        const std::uint32_t c = utf8_at(token.data() + i);
        *at = i;
        if (c < 0x80) continue;
        if (is_treacherous(c)) return "the invisible character " + code_point_name(c) + " cannot stand in a name";
        if ((c >= 0x2018 && c <= 0x201f) || c == 0xab || c == 0xbb) {
            return "the quotation mark " + code_point_name(c) + " means nothing here";
        }
    }
    return {};
}

std::string lower_case(std::string_view ascii) {
    std::string lower;
    for (const char c : ascii) lower += static_cast<char>(c | 0x20);
    return lower;
}

bool all_of_class(std::string_view token, std::string_view letters) {
    return !token.empty() && token.find_first_not_of(letters) == token.npos;
}

std::string hint_for_colon(std::string_view token) {
    if (token.starts_with("::")) return "a keyword has one colon; a slice is written (: nil nil 2)";
    if (token.ends_with(':'))
        return "a keyword has its colon in front: :" + std::string(token.substr(0, token.size() - 1));
    return "a slice is written (: a b), so x[a:b] is (. x [(: a b)]); a type is written ^int x";
}

}  // namespace

PyObject* constant_named(std::string_view token) {
    if (token == "nil" || token == "None") return Py_None;
    if (token == "true" || token == "True") return Py_True;
    if (token == "false" || token == "False") return Py_False;
    return nullptr;
}

bool may_be_named_number(std::string_view token) {
    const std::string_view name = token.substr(token[0] == '+' || token[0] == '-');
    return name.starts_with("inf") || name.starts_with("nan");
}

bool is_string_prefix(std::string_view token) {
    if (token.size() > 2) return false;
    const std::string lower = lower_case(token);
    for (const char* prefix : {"r", "b", "f", "u", "rb", "br", "rf", "fr"}) {
        if (lower == prefix) return true;
    }
    return false;
}

std::string_view until_space(std::string_view token) {
    for (std::size_t i = 0; i < token.size();
         i += static_cast<std::size_t>(utf8_length(static_cast<unsigned char>(token[i])))) {
        const std::uint32_t c = utf8_at(token.data() + i);
        if (c >= 0x80 && Py_UNICODE_ISSPACE(c)) return token.substr(0, i);
    }
    return token;
}

std::string_view field_name(std::string_view token, const char* last) {
    const std::size_t colon = token.find(':', 1);
    std::string_view cut = token.substr(0, colon);
    for (std::size_t bang = cut.find('!', 1); bang != cut.npos; bang = cut.find('!', bang + 1)) {
        const std::size_t after = bang + 2;
        const char* end = token.data() + after;
        if (after > cut.size() || (after < cut.size() && *end != '!')) continue;
        if (end == last || std::string_view("}: !").find(*end) != std::string_view::npos) {
            cut = cut.substr(0, bang);
            break;
        }
    }
    const char* end = cut.data() + cut.size();
    const bool shows =
        cut.size() > 1 && cut.back() == '=' && end != last && (*end == '}' || *end == ':' || *end == '!');
    const std::string_view name = cut.substr(0, cut.size() - 1);
    if (shows && !all_of_class(name, "!$%&*+-./<=>?^_|'#:")) return name;
    return cut;
}

TokenCache::TokenCache(std::size_t text_size) {
    std::size_t size = 64;
    while (size < text_size / 16 && size < 8192) size *= 2;
    entries_.resize(size);
}

TokenCache::Entry& TokenCache::entry_for(std::string_view token) {
    return entries_[hash_of(token) & (entries_.size() - 1)];
}

bool Reader::Machine::read_name() {
    const Position start = cursor_.position();
    const char* end = name_end(cursor_.at, cursor_.last);
    std::string_view token(cursor_.at, static_cast<std::size_t>(end - cursor_.at));
    if (!frames_.empty() && frames_.back().in_field) token = field_name(token, cursor_.last);
    if (end != cursor_.last && *end == '"' && is_string_prefix(token)) return read_prefixed_string(token);
    if (in_function_ && token[0] == '%') return read_parameter(until_space(token), start);

    if (token.size() > longest_cached) {
        TokenCache::Entry entry;
        return meaning_of(until_space(token), entry) && deliver_token(entry, start);
    }
    TokenCache::Entry& entry = tokens_.entry_for(token);
    if (entry.meaning == TokenCache::Meaning::none || entry.length != token.size() ||
        std::memcmp(entry.text, token.data(), token.size()) != 0) {
        TokenCache::Entry fresh;
        if (!meaning_of(until_space(token), fresh)) return false;
        entry = std::move(fresh);
    }
    return deliver_token(entry, start);
}

// Passes the token and makes its form.
bool Reader::Machine::deliver_token(const TokenCache::Entry& entry, Position start) {
    cursor_.pass_within_line(cursor_.at + entry.length);
    const Span own = cursor_.since(start);
    if (entry.meaning == TokenCache::Meaning::atom) return deliver(entry.object, own);
    Ref symbol = make_symbol_interned(entry.object.get());
    if (!symbol) return fail_python(own);
    spans_.record_fresh(symbol.get(), own);
    return deliver(std::move(symbol), own);
}

bool Reader::Machine::meaning_of(std::string_view token, TokenCache::Entry& entry) {
    const Position start = cursor_.position();
    entry.text = token.data();
    entry.length = static_cast<std::uint32_t>(token.size());
    entry.meaning = TokenCache::Meaning::atom;

    if (starts_number(token) || may_be_named_number(token)) {
        AtomResult<Ref> number = starts_number(token) ? read_number(token) : read_named_number(token);
        if (!number) return fail_atom(number.error(), start, {});
        entry.object = std::move(*number);
        if (entry.object) return true;
    }
    if (PyObject* constant = constant_named(token)) {
        entry.object = borrow(constant);
        return true;
    }

    if (token == "|#") return fail(span_ahead(2), "|# closes nothing: no comment #| is open here");
    std::size_t at = 0;
    if (std::string fault = fault_beyond_ascii(token, &at); !fault.empty()) {
        const std::string_view hint =
            fault.find("quotation") != fault.npos ? "strings stand in straight quotes: \"text\"" : "";
        cursor_.pass_within_line(token.data() + at);
        const Position bad = cursor_.position();
        return fail({bad.line, bad.column, bad.line, bad.column + 1}, std::move(fault), std::string(hint));
    }
    const bool is_a_keyword = token[0] == ':' && token.size() > 1;
    if (is_a_keyword ? token[1] == ':' : token.size() > 1 && token.find(':') != token.npos) {
        return fail(span_ahead(token.size()), "a colon cannot stand in the name " + std::string(token),
                    hint_for_colon(token));
    }
    if (is_a_keyword) {
        entry.object = make_keyword(token.substr(1));
    } else {
        entry.meaning = TokenCache::Meaning::symbol;
        const Ref name = steal(PyUnicode_DecodeUTF8(token.data(), static_cast<Py_ssize_t>(token.size()), nullptr));
        entry.object = name ? exact_name(name.get()) : Ref();
    }
    return entry.object ? true : fail_python(span_ahead(token.size()));
}

// r"..." and its like: `prefix` stands directly before a quote.
bool Reader::Machine::read_prefixed_string(std::string_view prefix) {
    const std::string lower = lower_case(prefix);
    if (lower == "r") return read_plain_string(prefix.size(), StringKind::raw_text);
    if (lower == "b") return read_plain_string(prefix.size(), StringKind::bytes);
    if (lower == "rb" || lower == "br") return read_plain_string(prefix.size(), StringKind::raw_bytes);
    if (lower == "u") return fail(span_ahead(1), "a string needs no u", "write \"text\": every string is Unicode");
    if (lower != "f") {
        return fail(span_ahead(2), "there is no raw f-string", "double the backslashes, or join the parts with str");
    }
    if (sees_triple_quote(1)) return fail_triple_quote(1);
    return push(Opening::fstring, 2);
}

// A name that starts with % in #( ): % is %1, %& the rest; a path behind it stays (%.shape).
bool Reader::Machine::read_parameter(std::string_view token, Position start) {
    TokenCache::Entry as_any_name;
    if (!meaning_of(token, as_any_name)) return false;
    const std::size_t path = std::min(token.find('.'), token.size());
    const std::string_view root = token.substr(1, path - 1);
    std::string name(token);
    cursor_.pass_within_line(token.data() + token.size());
    const Span own = cursor_.since(start);
    if (root == "&") {
        has_rest_ = true;
    } else if (root.empty() || all_of_class(root, "0123456789")) {
        std::uint32_t number = 1;
        if (!root.empty()) {
            number = root.size() > 3 ? max_parameters + 1 : static_cast<std::uint32_t>(std::stoul(std::string(root)));
        }
        if (number == 0 || number > max_parameters) {
            return fail(own, std::string(token) + " is no parameter of #( )",
                        "they are called % (or %1) to %99, and %&");
        }
        parameter_count_ = std::max(parameter_count_, number);
        name = "%" + std::to_string(number) + std::string(token.substr(path));
    }
    return deliver_checked(new_symbol(name.c_str(), own), own);
}

}  // namespace catena
