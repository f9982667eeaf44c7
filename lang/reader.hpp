// Reader: text to forms. An explicit stack holds what is open, so nesting is bounded by memory alone. Which
// literal becomes which form stands in lang/forms.hpp.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "bridge/ref.hpp"
#include "bridge/span.hpp"
#include "lang/diagnostic.hpp"
#include "lang/spans.hpp"

namespace catena {

// Where the text begins in the file it is part of. A first line `#!` is skipped only at line 1, column 1.
struct ReadOptions {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
};

// Something that was opened and is not closed yet: a bracket, a string, a comment, or a prefix without its form.
struct OpenDelimiter {
    std::string_view text;  // as written, "(" "#{" "f\"" "#|" "'" ...: a piece of the reader's text
    Span span;
};

class Reader {
public:
    // `text` is UTF-8 and must outlive the reader, as must `spans`.
    Reader(std::string_view text, SpanTable& spans, ReadOptions options = {});
    Reader(Reader&&) noexcept;
    ~Reader();

    // The next top-level form; an empty Ref at the end of the text. After a Diagnostic the reader is finished: it
    // answers with the end.
    [[nodiscard]] tl::expected<Ref, Diagnostic> next();

    // Where the form stands that next() gave last (an atom too).
    [[nodiscard]] Span span() const;

    // After a Diagnostic that says `incomplete`: what is open, outermost first. Empty otherwise.
    [[nodiscard]] const std::vector<OpenDelimiter>& open() const;

    // How many bytes of the text have been read: after next() the end of the form it gave.
    [[nodiscard]] std::size_t offset() const;

private:
    class Machine;
    std::unique_ptr<Machine> machine_;
};

// All forms of a text. `form_spans`, if given, receives one span for each form.
[[nodiscard]] tl::expected<std::vector<Ref>, Diagnostic> read_all(std::string_view text, SpanTable& spans,
                                                                  std::vector<Span>* form_spans = nullptr,
                                                                  ReadOptions options = {});

}  // namespace catena
