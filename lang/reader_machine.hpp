// The reader's inside: a cursor, a stack of what is open, and a stack of finished forms that wait for what they stand
// in to close. Every function that can fail answers false and leaves the Diagnostic in `failure_`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lang/atoms.hpp"
#include "lang/cursor.hpp"
#include "lang/reader.hpp"

namespace catena {

// What can be open while reading; see lang/openings.def.
enum class Opening : std::uint8_t {
#define OPENING(name, text, closing, head) name,
#include "lang/openings.def"
#undef OPENING
};

struct OpeningFacts {
    std::string_view text;
    char closing;
    const char* head;
};

inline constexpr OpeningFacts opening_facts[] = {
#define OPENING(name, text, closing, head) {text, closing, head},
#include "lang/openings.def"
#undef OPENING
};

[[nodiscard]] constexpr const OpeningFacts& facts_of(Opening kind) {
    return opening_facts[static_cast<std::size_t>(kind)];
}
[[nodiscard]] constexpr bool is_prefix(Opening kind) { return facts_of(kind).closing == 0; }

// Forms that are finished, and their spans. Owns its items.
class Pending {
public:
    Pending() = default;
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;
    ~Pending() { truncate(0); }

    void push(Ref item, Span span) {
        if (size_ == items_.size()) grow();
        spans_[size_] = span;
        items_[size_++] = item.release();
    }
    [[nodiscard]] Ref pop() { return steal(items_[--size_]); }
    void truncate(std::size_t size) {
        while (size_ > size) Py_XDECREF(items_[--size_]);
    }
    // Forgets the items from `size` on, whose references somebody has taken over.
    void forget(std::size_t size) { size_ = size; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] PyObject* const* items_from(std::size_t first) const { return items_.data() + first; }
    [[nodiscard]] std::span<const Span> spans_from(std::size_t first) const {
        return std::span<const Span>(spans_).subspan(first, size_ - first);
    }

private:
    void grow() {
        items_.resize(size_ * 2 + 32);
        spans_.resize(size_ * 2 + 32);
    }

    std::vector<PyObject*> items_;
    std::vector<Span> spans_;
    std::size_t size_ = 0;
};

// What each name and number of the text means: the same letters always mean the same.
class TokenCache {
public:
    enum class Meaning : std::uint32_t { none, symbol, atom };
    struct Entry {
        const char* text = nullptr;
        std::uint32_t length = 0;
        Meaning meaning = Meaning::none;
        Ref object;  // a symbol's interned name, or the atom
    };

    explicit TokenCache(std::size_t text_size);
    // The place of this token; it may hold another one, or nothing.
    [[nodiscard]] Entry& entry_for(std::string_view token);

private:
    std::vector<Entry> entries_;
};

// What the reader and the scanner of tokens both ask of the letters.

// Whether a comma here is white space: it is unquote directly before a form.
[[nodiscard]] bool comma_is_space(const char* comma, const char* last);
[[nodiscard]] bool may_be_named_number(std::string_view token);
// r, b, f and their like, which stand directly before a quote.
[[nodiscard]] bool is_string_prefix(std::string_view token);
// Every byte beyond ASCII is part of a name, but the spaces among those characters end it.
[[nodiscard]] std::string_view until_space(std::string_view token);
// In a field a name ends at `:`, at ! before a last letter (!r, !s, !a; others are an error), and at the = of {x=}.
[[nodiscard]] std::string_view field_name(std::string_view token, const char* last);

class Reader::Machine {
public:
    Machine(std::string_view text, SpanTable& spans, ReadOptions options);

    [[nodiscard]] tl::expected<Ref, Diagnostic> next();

    Span span;
    std::vector<OpenDelimiter> open;
    [[nodiscard]] std::size_t offset() const { return cursor_.offset(); }

private:
    struct Frame {
        Opening kind;
        bool in_field;      // the next form is a field's own: its name ends at `:` and `!r`
        bool shows_source;  // a field f"{x=}"
        char conversion;    // a field's, 0 for none
        Position at;
        std::size_t first_item;  // where its items start in pending_
        const char* source;      // where it is written
        std::size_t saved;       // a dropped form's: the parameters of #( ) before it; f"{x=}": the bytes it shows
    };

    // reader.cpp: what comes next.
    bool run();
    bool read_code();
    bool read_hash();
    bool read_comma();
    bool read_beyond_ascii();
    bool read_control();
    bool read_plain_string(std::size_t prefix_length, StringKind kind);
    [[nodiscard]] bool sees_triple_quote(std::size_t prefix_length) const;
    bool fail_triple_quote(std::size_t prefix_length);
    bool skip_line_comment();
    bool skip_block_comment();
    bool start_of_text();
    bool at_end_of_text();
    bool push(Opening kind, std::size_t length);
    bool close(char bracket);

    // reader_names.cpp: names, keywords, numbers.
    bool read_name();
    bool read_prefixed_string(std::string_view prefix);
    bool meaning_of(std::string_view token, TokenCache::Entry& entry);
    bool deliver_token(const TokenCache::Entry& entry, Position start);
    bool read_parameter(std::string_view token, Position start);

    // reader_forms.cpp: finished forms.
    bool deliver(Ref value, Span own);
    bool deliver_checked(Ref value, Span own);
    [[nodiscard]] Ref wrap(const Frame& frame, Ref value, Span* own);
    bool finish_container(const Frame& frame, Span own);
    bool finish_spliced_map(const Frame& frame, Span own);
    [[nodiscard]] Ref make_container(const Frame& frame, Span own);
    [[nodiscard]] Ref make_map(const Frame& frame, Span own);
    [[nodiscard]] Ref make_set(const Frame& frame, Span own);
    [[nodiscard]] Ref make_function(const Frame& frame, Span own);
    [[nodiscard]] Ref pending_tuple(std::size_t first) const;
    [[nodiscard]] Ref new_symbol(const char* name, Span own);

    // reader_fstrings.cpp: f-strings.
    bool read_literal_part();
    bool read_field_tail();
    [[nodiscard]] std::size_t source_length(const Frame& field) const;
    bool add_text(std::string_view utf8, Span own);
    [[nodiscard]] Ref make_fstring(const Frame& frame, Span own);
    bool finish_field(Ref spec, Span spec_span);

    // Failures.
    bool fail(Span at, std::string message, std::string hint = {});
    bool fail_incomplete(Span at, std::string message, std::string hint = {});
    bool fail_python(Span at);
    bool fail_atom(const AtomError& error, Position start, std::string_view unterminated);
    void list_open();
    [[nodiscard]] Span span_ahead(std::size_t length) const;  // of the next bytes, which hold no line break
    [[nodiscard]] Span opening_span(const Frame& frame) const;
    [[nodiscard]] std::string opening_place(const Frame& frame) const;
    [[nodiscard]] std::string_view opening_text(const Frame& frame) const;

    Cursor cursor_;
    SpanTable& spans_;
    TokenCache tokens_;
    std::vector<Frame> frames_;
    Pending pending_;
    Diagnostic failure_;
    Ref result_;
    bool has_result_ = false;
    bool started_ = false;
    bool finished_ = false;
    bool scripts_first_line_;
    std::string_view text_;

    // Inside #( ): its parameters so far.
    bool in_function_ = false;
    std::uint32_t parameter_count_ = 0;
    bool has_rest_ = false;

    std::uint32_t margin_line_ = 0;  // the first line on which a ( stands at the left margin inside another form
    std::string margin_opening_;     // that form's opening, for people
};

}  // namespace catena
