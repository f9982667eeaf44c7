#include "lang/tokens.hpp"

#include <algorithm>

#include "lang/atoms.hpp"
#include "lang/reader_machine.hpp"
#include "lang/utf8.hpp"

namespace catena {

namespace {

bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

class Scanner {
public:
    explicit Scanner(std::string_view text) : first_(text.data()), at_(first_), last_(first_ + text.size()) {}

    std::vector<Token> run() {
        if (sees("\xef\xbb\xbf")) at_ += 3;
        if (sees("#!")) line_comment();
        while (at_ != last_) {
            if (!open_.empty() && (open_.back().inside == Inside::fstring || open_.back().inside == Inside::spec)) {
                literal_part();
            } else {
                code();
            }
        }
        return std::move(tokens_);
    }

private:
    enum class Inside : std::uint8_t { code, fstring, field, spec };
    struct Open {
        Inside inside;
        char closing;
        std::uint32_t token;
        bool has_form;  // a field's form has been read
    };

    [[nodiscard]] bool sees(std::string_view what) const { return std::string_view(at_, left()).starts_with(what); }
    [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(last_ - at_); }
    [[nodiscard]] bool in_field() const { return !open_.empty() && open_.back().inside == Inside::field; }

    // Takes the text from `at_` to `end`.
    Token& take(TokenKind kind, const char* end, bool finished = true) {
        tokens_.push_back({kind, finished, static_cast<std::uint32_t>(at_ - first_),
                           static_cast<std::uint32_t>(end - first_), no_mate});
        at_ = end;
        return tokens_.back();
    }
    void take_form(TokenKind kind, const char* end, bool finished = true) {
        take(kind, end, finished);
        finish_form();
    }
    void finish_form() {
        if (in_field()) open_.back().has_form = true;
    }
    void open(std::size_t length, char closing, Inside inside) {
        open_.push_back({inside, closing, static_cast<std::uint32_t>(tokens_.size()), false});
        take(TokenKind::open, at_ + length);
    }

    void code() {
        const char c = *at_;
        if (in_field() && open_.back().has_form && field_tail(c)) return;
        switch (c) {
            case ';': return line_comment();
            case '(': return open(1, ')', Inside::code);
            case '[': return open(1, ']', Inside::code);
            case '{': return open(1, '}', Inside::code);
            case ')':
            case ']':
            case '}': return close(c);
            case '"': return string(1);
            case '\'':
            case '`':
            case '@':
            case '^': take(TokenKind::prefix, at_ + 1); return;
            case '~': take(TokenKind::prefix, at_ + (sees("~@") ? 2 : 1)); return;
            case ',': return comma();
            case '#': return hash();
            default: break;
        }
        const auto byte = static_cast<unsigned char>(c);
        if (is_ascii_space(c)) {
            ++at_;
        } else if (byte >= 0x80 && Py_UNICODE_ISSPACE(utf8_at(at_))) {
            at_ += utf8_length(byte);
        } else if (c == '\\' || byte < 0x20 || byte == 0x7f) {
            take_form(TokenKind::wrong, at_ + 1);
        } else {
            name();
        }
    }

    // A comma directly before a form is unquote.
    void comma() {
        if (comma_is_space(at_, last_)) {
            ++at_;
        } else {
            take(TokenKind::prefix, at_ + (sees(",@") ? 2 : 1));
        }
    }

    void hash() {
        switch (left() > 1 ? at_[1] : '\0') {
            case '(': return open(2, ')', Inside::code);
            case '[': return open(2, ']', Inside::code);
            case '{': return open(2, '}', Inside::code);
            case '"': return string(2);
            case '_': take(TokenKind::prefix, at_ + 2); return;
            case '*': take(TokenKind::prefix, at_ + (sees("#**") ? 3 : 2)); return;
            case '|': return block_comment();
            default: break;
        }
        take_form(TokenKind::wrong, std::max(name_end(at_, last_), at_ + 1));
    }

    void close(char bracket) {
        if (open_.empty() || open_.back().closing != bracket) {
            take(TokenKind::wrong, at_ + 1);
            return;
        }
        const std::uint32_t mate = open_.back().token;
        tokens_[mate].mate = static_cast<std::uint32_t>(tokens_.size());
        take(TokenKind::close, at_ + 1).mate = mate;
        open_.pop_back();
        finish_form();
    }

    void line_comment() {
        take(TokenKind::comment, std::find_if(at_, last_, [](char c) { return c == '\n' || c == '\r'; }));
    }

    void block_comment() {
        std::size_t depth = 0;
        const char* p = at_;
        while (last_ - p >= 2) {
            const std::string_view pair(p, 2);
            if (pair == "#|") ++depth;
            if (pair == "|#") --depth;
            p += pair == "#|" || pair == "|#" ? 2 : 1;
            if (depth == 0) {
                take(TokenKind::comment, p);
                return;
            }
        }
        take(TokenKind::comment, last_, false);
    }

    // Behind the character that a backslash protects.
    [[nodiscard]] const char* behind_escape(const char* backslash) const {
        return last_ - backslash < 2 ? last_ : backslash + 2;
    }

    // A string that is an atom; `length` is that of its opening.
    void string(std::size_t length) {
        const char* p = at_ + length;
        while (p != last_ && *p != '"') p = *p == '\\' ? behind_escape(p) : p + 1;
        const bool finished = p != last_;
        take_form(TokenKind::string, finished ? p + 1 : p, finished);
    }

    // What stands in an f-string up to its next field or its end; `opening` is the length of f" when that stands here.
    void literal_part(std::size_t opening = 0) {
        const bool in_spec = open_.back().inside == Inside::spec;
        const char* p = at_ + opening;
        while (p != last_ && *p != '"' && !(in_spec && (*p == '{' || *p == '}'))) {
            const bool brace = *p == '{' || *p == '}';
            const bool doubled = brace && last_ - p >= 2 && p[1] == *p;
            if (*p == '{' && !doubled) break;
            p = *p == '\\' ? behind_escape(p) : p + (doubled ? 2 : 1);
        }
        if (p == last_) {
            if (p != at_) take(TokenKind::string, p, false);
            return;
        }
        if (*p == '"') {
            // A quote in a format spec ends the string too, whatever the reader says of it.
            while (open_.back().inside != Inside::fstring) open_.pop_back();
            open_.pop_back();
            take_form(TokenKind::string, p + 1);
            return;
        }
        if (p != at_) take(TokenKind::string, p);
        if (*p == '{') return open(1, '}', Inside::field);
        open_.pop_back();  // the spec; its field closes here
        close('}');
    }

    // What follows a field's form: !r, =, :format. False when something else stands here.
    bool field_tail(char c) {
        switch (c) {
            case '!': take(TokenKind::string, at_ + std::min<std::size_t>(left(), 2)); return true;
            case '=': take(TokenKind::string, at_ + 1); return true;
            case ':':
                take(TokenKind::string, at_ + 1);
                open_.push_back({Inside::spec, '}', no_mate, false});
                return true;
            default: return false;
        }
    }

    void name() {
        const char* end = name_end(at_, last_);
        std::string_view token(at_, static_cast<std::size_t>(end - at_));
        if (in_field()) token = field_name(token, last_);
        end = token.data() + token.size();
        if (end != last_ && *end == '"' && is_string_prefix(token)) {
            if (token != "f" && token != "F") return string(token.size() + 1);
            open_.push_back({Inside::fstring, '"', no_mate, false});
            return literal_part(2);
        }
        token = until_space(token);
        take_form(kind_of(token), token.data() + token.size());
    }

    static TokenKind kind_of(std::string_view token) {
        if (starts_number(token)) return valid(read_number(token)) ? TokenKind::number : TokenKind::wrong;
        if (may_be_named_number(token) && valid(read_named_number(token))) return TokenKind::number;
        if (constant_named(token) != nullptr) return TokenKind::constant;
        const bool keyword = token.size() > 1 && token[0] == ':';
        if (token == "|#" || token.find(':', keyword ? 1 : 0) != token.npos) {
            return token == ":" ? TokenKind::name : TokenKind::wrong;
        }
        return keyword ? TokenKind::keyword : TokenKind::name;
    }

    static bool valid(const AtomResult<Ref>& atom) {
        if (!atom && atom.error().raised) PyErr_Clear();
        return atom.has_value() && *atom;
    }

    const char* const first_;
    const char* at_;
    const char* const last_;
    std::vector<Open> open_;
    std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokens_of(std::string_view text) { return Scanner(text).run(); }

std::size_t token_from(const std::vector<Token>& tokens, std::size_t offset) {
    const auto found =
        std::partition_point(tokens.begin(), tokens.end(), [&](const Token& token) { return token.begin < offset; });
    return static_cast<std::size_t>(found - tokens.begin());
}

std::uint32_t open_bracket_at(const std::vector<Token>& tokens, std::size_t offset) {
    for (std::size_t i = token_from(tokens, offset); i-- > 0;) {
        const Token& token = tokens[i];
        if (token.kind == TokenKind::open) return static_cast<std::uint32_t>(i);
        // What is closed before the place is passed as a whole.
        if (token.kind == TokenKind::close) i = token.mate;
    }
    return no_mate;
}

}  // namespace catena
