// The reader's loop: what stands next in the text, and what is open.
#include "lang/reader.hpp"

#include <algorithm>
#include <new>

#include "bridge/error.hpp"
#include "lang/reader_machine.hpp"

namespace catena {

namespace {

class PausedCollector {
public:
    PausedCollector() : was_enabled_(PyGC_Disable() != 0) {}
    ~PausedCollector() {
        if (was_enabled_) PyGC_Enable();
    }
    PausedCollector(const PausedCollector&) = delete;
    PausedCollector& operator=(const PausedCollector&) = delete;

private:
    bool was_enabled_;
};

std::string place(Position at) { return std::to_string(at.line) + ":" + std::to_string(at.column); }

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// What somebody may have meant by a `#` that begins nothing; `next` is the character behind it.
const char* hint_for_hash(std::string_view token, char next) {
    if (token == "#t" || token == "#true") return "write true";
    if (token == "#f" || token == "#false") return "write false";
    switch (next) {
        case '\\': return "a character is a string of length one: \"a\"";
        case '\'': return "a function is its name: f";
        case ';': return "the next form is dropped by #_";
        case '!': return "only the first line of a file may begin with #!";
        case ' ':
        case '\0': return "a comment begins with ;";
        default: return "# begins #(...) #[...] #{...} #\"...\" #_ #| |# #* and #**; a comment begins with ;";
    }
}

std::string printable(char c) {
    char name[16];
    PyOS_snprintf(name, sizeof name, "U+%04X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    return name;
}

}  // namespace

Reader::Machine::Machine(std::string_view text, SpanTable& spans, ReadOptions options)
    : cursor_(text, options.line, options.column),
      spans_(spans),
      tokens_(text.size()),
      scripts_first_line_(options.line == 1 && options.column == 1),
      text_(text) {
    // Room for what is most likely to come; without it the tables grow as they do, and reading says when they cannot.
    try {
        spans.expect(text.size());
    } catch (const std::bad_alloc&) {
    }
}

tl::expected<Ref, Diagnostic> Reader::Machine::next() {
    if (finished_) return Ref();
    if (!run()) {
        finished_ = true;
        pending_.truncate(0);
        return tl::unexpected(std::move(failure_));
    }
    if (!has_result_) finished_ = true;
    has_result_ = false;
    return std::move(result_);
}

// Reads up to the end of the next top-level form, or to the end of the text.
bool Reader::Machine::run() {
    if (!started_ && !start_of_text()) return false;
    while (!has_result_) {
        if (!frames_.empty() && frames_.back().kind >= Opening::fstring) {
            const Frame& top = frames_.back();
            if (top.kind != Opening::field) {
                if (!read_literal_part()) return false;
                continue;
            }
            if (pending_.size() > top.first_item) {
                if (!read_field_tail()) return false;
                continue;
            }
        }
        if (cursor_.at_end()) return at_end_of_text();
        if (!read_code()) return false;
    }
    return true;
}

bool Reader::Machine::start_of_text() {
    started_ = true;
    if (const std::size_t bad = first_invalid_utf8(text_); bad < text_.size()) {
        cursor_.pass_to(text_.data() + bad);
        const Position at = cursor_.position();
        char byte[8];
        PyOS_snprintf(byte, sizeof byte, "%02x", static_cast<unsigned>(static_cast<unsigned char>(text_[bad])));
        return fail({at.line, at.column, at.line, at.column + 1}, std::string("the text is not UTF-8: byte 0x") + byte,
                    "save the file as UTF-8");
    }
    if (!scripts_first_line_) return true;
    if (cursor_.sees("\xef\xbb\xbf")) cursor_.pass_byte_order_mark();
    if (cursor_.sees("#!")) skip_line_comment();
    return true;
}

// Passes one piece of code: white space, a comment, an opening, a closing, or an atom.
bool Reader::Machine::read_code() {
    const char c = *cursor_.at;
    switch (c) {
        case ' ':
        case '\t':
        case '\f':
        case '\v':
            do ++cursor_.at;
            while (cursor_.at != cursor_.last && *cursor_.at == ' ');
            return true;
        case '\n':
        case '\r': cursor_.pass_line_break(); return true;
        case ';': return skip_line_comment();
        case '(': return push(Opening::list, 1);
        case '[': return push(Opening::vector, 1);
        case '{': return push(Opening::map, 1);
        case ')':
        case ']':
        case '}': return close(c);
        case '"': return read_plain_string(0, StringKind::text);
        case '\'': return push(Opening::quote, 1);
        case '`': return push(Opening::quasiquote, 1);
        case '~': return cursor_.sees("~@") ? push(Opening::unquote_splicing, 2) : push(Opening::unquote, 1);
        case ',': return read_comma();
        case '@': return push(Opening::deref, 1);
        case '^': return push(Opening::annotated, 1);
        case '#': return read_hash();
        case '\\':
            return fail(span_ahead(1), "a backslash means something only inside a string",
                        "a character is a string of length one: \"a\"");
        default: break;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) return read_beyond_ascii();
    if (byte < 0x20 || byte == 0x7f) return read_control();
    return read_name();
}

bool Reader::Machine::read_control() {
    return fail(span_ahead(1), "the control character " + printable(*cursor_.at) + " means nothing here");
}

bool Reader::Machine::read_beyond_ascii() {
    if (!Py_UNICODE_ISSPACE(utf8_at(cursor_.at))) return read_name();
    cursor_.pass_character();
    return true;
}

// A comma directly before a form is unquote; everywhere else it is white space.
bool comma_is_space(const char* comma, const char* last) {
    const char* after = comma + 1;
    if (after == last) return true;
    const char c = *after;
    const bool comment = c == ';' || (c == '#' && after + 1 != last && (after[1] == '|' || after[1] == '_'));
    const bool space = is_space(c) || (static_cast<unsigned char>(c) >= 0x80 && Py_UNICODE_ISSPACE(utf8_at(after)));
    return space || comment || c == ')' || c == ']' || c == '}';
}

bool Reader::Machine::read_comma() {
    if (comma_is_space(cursor_.at, cursor_.last)) {
        ++cursor_.at;
        return true;
    }
    return cursor_.sees(",@") ? push(Opening::unquote_splicing, 2) : push(Opening::unquote, 1);
}

bool Reader::Machine::read_hash() {
    const char c = cursor_.at + 1 == cursor_.last ? '\0' : cursor_.at[1];
    switch (c) {
        case '(':
            if (in_function_) {
                return fail(span_ahead(2), "a #( ) cannot stand inside another", "write the inner one as (fn [x] ...)");
            }
            in_function_ = true;
            parameter_count_ = 0;
            has_rest_ = false;
            return push(Opening::function, 2);
        case '[': return push(Opening::tuple, 2);
        case '{': return push(Opening::set, 2);
        case '_': return push(Opening::drop, 2);
        case '|': return skip_block_comment();
        case '*': return cursor_.sees("#**") ? push(Opening::splat_map, 3) : push(Opening::splat, 2);
        case '"': return read_plain_string(1, StringKind::regex);
        default: break;
    }
    const char* end = name_end(cursor_.at, cursor_.last);
    const std::string_view token(cursor_.at, static_cast<std::size_t>(end - cursor_.at));
    const std::size_t length = std::max<std::size_t>(token.size(), 1);
    return fail(span_ahead(length), std::string(token) + " means nothing", hint_for_hash(token, c));
}

bool Reader::Machine::skip_line_comment() {
    const char* end = cursor_.at;
    while (end != cursor_.last && *end != '\n' && *end != '\r') ++end;
    cursor_.at = end;  // the column is not needed any more in this line
    if (end != cursor_.last) cursor_.pass_line_break();
    return true;
}

bool Reader::Machine::skip_block_comment() {
    const Position start = cursor_.position();
    const char* source = cursor_.at;
    std::size_t depth = 0;
    const char* p = cursor_.at;
    while (p != cursor_.last) {
        const bool pair = p + 1 != cursor_.last;
        if (pair && p[0] == '#' && p[1] == '|') {
            ++depth;
            p += 2;
        } else if (pair && p[0] == '|' && p[1] == '#') {
            p += 2;
            if (--depth == 0) {
                cursor_.pass_to(p);
                return true;
            }
        } else {
            ++p;
        }
    }
    list_open();
    const Span own{start.line, start.column, start.line, start.column + 2};
    open.push_back({std::string_view(source, 2), own});
    return fail_incomplete(own, "the comment #| that begins at " + place(start) + " is not closed", "it ends with |#");
}

bool Reader::Machine::sees_triple_quote(std::size_t prefix_length) const {
    return static_cast<std::size_t>(cursor_.last - cursor_.at) >= prefix_length + 3 &&
           std::string_view(cursor_.at + prefix_length, 3) == "\"\"\"";
}

bool Reader::Machine::fail_triple_quote(std::size_t prefix_length) {
    return fail(span_ahead(prefix_length + 3), "\"\"\" begins nothing", "a \"string\" may span lines as it is");
}

// A string that is an atom; its quote stands behind a prefix such as r or #.
bool Reader::Machine::read_plain_string(std::size_t prefix_length, StringKind kind) {
    if (sees_triple_quote(prefix_length)) return fail_triple_quote(prefix_length);
    const Position start = cursor_.position();
    const std::string_view opening(cursor_.at, prefix_length + 1);
    AtomResult<StringAtom> string = read_string(kind, cursor_.at + prefix_length + 1, cursor_.last);
    if (!string) return fail_atom(string.error(), start, opening);
    cursor_.pass_to(string->end);
    const Span own = cursor_.since(start);
    if (kind != StringKind::regex) return deliver(std::move(string->value), own);

    const Ref re = steal(PyImport_ImportModule("re"));
    Ref pattern = re ? steal(PyObject_CallMethod(re.get(), "compile", "O", string->value.get())) : Ref();
    if (pattern) return deliver(std::move(pattern), own);
    if (PyErr_ExceptionMatches(PyExc_MemoryError)) return fail_python(own);
    return fail(own, "bad regular expression: " + Error::fetch().message());
}

bool Reader::Machine::push(Opening kind, std::size_t length) {
    const Position at = cursor_.position();
    const bool nested = !frames_.empty();
    if (kind == Opening::list && at.column == 1 && nested && margin_line_ == 0) {
        margin_line_ = at.line;
        margin_opening_ = opening_place(frames_.back());
    }
    const bool in_field = kind == Opening::field || (is_prefix(kind) && nested && frames_.back().in_field);
    const std::size_t saved = kind == Opening::drop ? parameter_count_ * 2u + (has_rest_ ? 1u : 0u) : 0;
    frames_.push_back({kind, in_field, false, 0, at, pending_.size(), cursor_.at, saved});
    cursor_.at += length;
    return true;
}

bool Reader::Machine::close(char bracket) {
    const Position start = cursor_.position();
    ++cursor_.at;
    const Span own = cursor_.since(start);
    const std::string shown(1, bracket);
    if (frames_.empty()) {
        std::string hint;
        if (span.known()) {
            hint = "the form before it, which begins at " + place({span.line, span.column}) + ", is already closed";
        }
        return fail(own, shown + " closes nothing: no bracket is open here", std::move(hint));
    }
    const Frame frame = frames_.back();
    if (is_prefix(frame.kind)) {
        return fail(opening_span(frame), std::string(opening_text(frame)) + " needs a form after it, not " + shown);
    }
    const char expected = facts_of(frame.kind).closing;
    if (bracket != expected) {
        return fail(own, shown + " does not close " + opening_place(frame), std::string("it is closed by ") + expected);
    }
    if (frame.kind == Opening::field) {
        return fail(join(opening_span(frame), own), "an empty field in an f-string",
                    "a literal brace is written {{ or }}");
    }
    const Span whole = join(opening_span(frame), own);
    frames_.pop_back();
    return finish_container(frame, whole);
}

bool Reader::Machine::at_end_of_text() {
    if (frames_.empty()) return true;
    // A format spec is closed with its field.
    const Frame& top = frames_[frames_.size() - (frames_.back().kind == Opening::spec ? 2 : 1)];
    const Span where = opening_span(top);
    list_open();
    if (is_prefix(top.kind)) {
        return fail_incomplete(where, std::string(opening_text(top)) + " needs a form after it, but the text ends");
    }
    std::string hint;
    if (margin_line_ != 0) {
        hint = "line " + std::to_string(margin_line_) + " begins a new form at the left margin while " +
               margin_opening_ + " is still open";
    }
    return fail_incomplete(where, opening_place(top) + " is not closed", std::move(hint));
}

Span Reader::Machine::span_ahead(std::size_t length) const {
    Cursor ahead = cursor_;
    ahead.pass_within_line(cursor_.at + length);
    return ahead.since(cursor_.position());
}

std::string_view Reader::Machine::opening_text(const Frame& frame) const {
    const std::size_t length = facts_of(frame.kind).text.size();
    return {frame.source, length};
}

Span Reader::Machine::opening_span(const Frame& frame) const {
    const auto length = static_cast<std::uint32_t>(opening_text(frame).size());
    return {frame.at.line, frame.at.column, frame.at.line, frame.at.column + length};
}

std::string Reader::Machine::opening_place(const Frame& frame) const {
    return "the " + std::string(opening_text(frame)) + " at " + place(frame.at);
}

void Reader::Machine::list_open() {
    for (const Frame& frame : frames_) {
        if (frame.kind == Opening::spec) continue;
        open.push_back({opening_text(frame), opening_span(frame)});
    }
}

bool Reader::Machine::fail(Span at, std::string message, std::string hint) {
    failure_ = {std::move(message), std::move(hint), at, false};
    return false;
}

bool Reader::Machine::fail_incomplete(Span at, std::string message, std::string hint) {
    failure_ = {std::move(message), std::move(hint), at, true};
    return false;
}

bool Reader::Machine::fail_python(Span at) {
    failure_ = diagnostic_from_error(at);
    return false;
}

// `start` is the atom's; `unterminated` is what opened it, for one that the text ends in.
bool Reader::Machine::fail_atom(const AtomError& error, Position start, std::string_view unterminated) {
    if (error.raised) return fail_python(span_ahead(0));
    if (error.incomplete) {
        list_open();
        const auto length = static_cast<std::uint32_t>(unterminated.size());
        const Span own{start.line, start.column, start.line, start.column + length};
        open.push_back({unterminated, own});
        return fail_incomplete(own, "the string that begins at " + place(start) + " is not closed");
    }
    cursor_.pass_to(error.at);
    const Position at = cursor_.position();
    cursor_.pass_to(error.end);
    return fail(cursor_.since(at), error.message, error.hint);
}

Reader::Reader(std::string_view text, SpanTable& spans, ReadOptions options)
    : machine_(std::make_unique<Machine>(text, spans, options)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader::~Reader() = default;

tl::expected<Ref, Diagnostic> Reader::next() try { return machine_->next(); } catch (const std::bad_alloc&) {
    return tl::unexpected(Diagnostic{"the text is too large for the memory there is", {}, machine_->span, false});
}

Span Reader::span() const { return machine_->span; }
const std::vector<OpenDelimiter>& Reader::open() const { return machine_->open; }
std::size_t Reader::offset() const { return machine_->offset(); }

tl::expected<std::vector<Ref>, Diagnostic> read_all(std::string_view text, SpanTable& spans,
                                                    std::vector<Span>* form_spans, ReadOptions options) try {
    // A large text makes millions of objects and no garbage: collections on the way would be most of the work.
    const PausedCollector paused;
    Reader reader(text, spans, options);
    std::vector<Ref> forms;
    for (;;) {
        auto form = reader.next();
        if (!form) return tl::unexpected(std::move(form.error()));
        if (!*form) return forms;
        forms.push_back(std::move(*form));
        if (form_spans != nullptr) form_spans->push_back(reader.span());
    }
} catch (const std::bad_alloc&) {
    return tl::unexpected(Diagnostic{"the text is too large for the memory there is", {}, {}, false});
}

}  // namespace catena
