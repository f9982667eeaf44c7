#include "repl/format.hpp"

#include <algorithm>
#include <vector>

#include "lang/printer.hpp"
#include "lang/reader.hpp"
#include "lang/tokens.hpp"
#include "repl/format_items.hpp"
#include "repl/format_plan.hpp"
#include "repl/indentation.hpp"

namespace catena {

namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
// A line break before an element that will not fit on the next line either has to gain this many columns.
constexpr std::size_t worthwhile = 20;
// Lines do not begin further in than this, or the size of a text would grow with the square of its nesting.
constexpr std::size_t deepest = 1000;

// Writes items one after the other. What is open is on a stack of its own, so that nesting is bounded by memory alone.
class Layout {
public:
    Layout(std::string_view text, std::size_t width)
        : width_(width), items_(format_items(text)), breaks_(items_.size()) {
        const std::size_t newline = text.find('\n');
        if (newline != text.npos && newline > 0 && text[newline - 1] == '\r') newline_ = "\r\n";
        for (std::size_t i = 0; i < items_.size(); ++i) breaks_[i] = items_[i].breaks;
        measure();
        out_.reserve(text.size() + text.size() / 8);
        open_.push_back({});
    }

    std::string run() {
        for (std::uint32_t i = 0; i < items_.size(); ++i) {
            switch (items_[i].kind) {
                case ItemKind::close: close(i); break;
                case ItemKind::comment: comment(i); break;
                default: element(i); break;
            }
        }
        if (!items_.empty()) out_ += newline_;
        return with_comments();
    }

private:
    struct Context {
        OpenForm form;
        std::uint32_t item = no_item;  // the bracket
        std::uint32_t count = 0;       // of the elements and comments in it so far
        bool pairs = false;            // names and values, in lines of their own where they are long
        std::uint32_t line = 0;        // of the bracket
        std::uint32_t header = 0;      // elements up to this one stay on the bracket's line
    };

    // A comment that ends a line: it is put there last, when it is known how far the lines around it go.
    struct Tail {
        std::size_t offset;  // in out_
        std::string_view text;
        std::uint32_t line;
        std::uint32_t end;     // the column behind the code before it, 0 without any
        std::uint32_t gap;     // blanks before it in the text
        std::uint32_t column;  // in the text
    };

    [[nodiscard]] bool glued(std::size_t i) const {
        return i == 0 || items_[i].kind == ItemKind::close || items_[i - 1].kind == ItemKind::open;
    }
    // The blanks in front, without the comma that may stand among them.
    [[nodiscard]] std::uint32_t gap(std::size_t i) const {
        const bool comma = i > 0 && items_[i - 1].comma;
        return std::max(items_[i].gap, comma ? 2u : 1u) - (comma ? 1u : 0u);
    }
    [[nodiscard]] std::uint32_t blanks(std::size_t i) const { return glued(i) ? 0 : gap(i); }

    // Where items would begin and end if all stood in one line, and which ones end a line.
    void measure() {
        begin_.resize(items_.size());
        end_.resize(items_.size());
        stop_.resize(items_.size());
        behind_closers_.resize(items_.size());
        std::size_t at = 0;
        for (std::size_t i = 0; i < items_.size(); ++i) {
            at += blanks(i) + (i > 0 && items_[i - 1].comma);
            begin_[i] = at;
            if (items_[i].kind != ItemKind::comment) at += items_[i].width;
            end_[i] = at;
        }
        std::uint32_t stop = static_cast<std::uint32_t>(items_.size());
        for (std::uint32_t i = static_cast<std::uint32_t>(items_.size()); i-- > 0;) {
            const bool last = i + 1 == items_.size();
            const bool ends = last || items_[i].kind == ItemKind::comment || items_[i + 1].kind == ItemKind::comment ||
                              (!glued(i + 1) && items_[i + 1].breaks > 0) ||
                              items_[i].text.find_first_of("\r\n") != std::string_view::npos;
            if (ends) stop = i;
            stop_[i] = stop;
            behind_closers_[i] = !last && items_[i + 1].kind == ItemKind::close ? behind_closers_[i + 1] : i;
        }
    }

    [[nodiscard]] std::uint32_t last_of(std::uint32_t i) const {
        return items_[i].kind == ItemKind::open ? items_[i].mate : i;
    }
    // How far the element goes in its first line, with the brackets that close behind it.
    [[nodiscard]] std::size_t extent(std::uint32_t i) const {
        return end_[std::min(stop_[i], behind_closers_[last_of(i)])] - begin_[i];
    }
    [[nodiscard]] bool in_one_line(std::uint32_t i) const { return stop_[i] >= last_of(i); }

    void write(std::string_view text) { out_ += text; }

    void write_item(const FormatItem& item) {
        write(item.text);
        if (item.last > 0 || item.text.find_first_of("\r\n") != std::string_view::npos) {
            line_ += static_cast<std::uint32_t>(std::ranges::count(item.text, '\n'));
            column_ = item.last;
        } else {
            column_ += item.width;
        }
        if (item.comma) {
            write(",");
            ++column_;
        }
        wrote_comment_ = false;
    }

    void new_line(std::size_t column, std::size_t breaks) {
        for (std::size_t i = 0; i < breaks; ++i) write(newline_);
        line_ += static_cast<std::uint32_t>(breaks);
        column = std::min(column, deepest);
        out_.append(column, ' ');
        column_ = column;
        wrote_comment_ = false;
    }

    // One empty line may stand between two lines, at the top two.
    [[nodiscard]] std::size_t lines_before(std::uint32_t i, const Context& context) const {
        return std::clamp<std::size_t>(breaks_[i], 1, context.item == no_item ? 3 : 2);
    }

    void close(std::uint32_t i) {
        if (wrote_comment_) new_line(line_column(open_.back().form), 1);
        spread_ = in_one_line(items_[i].mate) && line_ != open_.back().line;
        open_.pop_back();
        if (items_[i].comma && i + 1 < items_.size() && items_[i + 1].kind == ItemKind::close) {
            FormatItem plain = items_[i];
            plain.comma = false;
            write_item(plain);
        } else {
            write_item(items_[i]);
        }
    }

    void comment(std::uint32_t i) {
        const FormatItem& item = items_[i];
        Context& context = open_.back();
        const bool alone = i > 0 && items_[i - 1].kind != ItemKind::open && breaks_[i] > 0;
        const bool goes_on = alone && breaks_[i] == 1 && wrote_tail_ && wrote_comment_ && item.column > 0 &&
                             tails_.back().column == item.column;
        wrote_tail_ = goes_on || (i > 0 && !alone);
        if (goes_on) {
            new_line(0, 1);
            tails_.push_back({out_.size(), item.text, line_, 0, 0, item.column});
        } else if (wrote_tail_) {
            tails_.push_back({out_.size(), item.text, line_, static_cast<std::uint32_t>(column_), gap(i), item.column});
        } else {
            if (i > 0) new_line(line_column(context.form), lines_before(i, context));
            write(item.text);
        }
        wrote_comment_ = true;
        ++context.count;
    }

    void element(std::uint32_t i) {
        Context& context = open_.back();
        const FormatItem& item = items_[i];
        const bool first = context.count == 0;
        if (i > 0 && (wrote_comment_ || (!first && breaks_[i] > 0) || overflows(i, context))) {
            new_line(line_column(context.form), first && context.item != no_item ? 1 : lines_before(i, context));
        } else if (const std::uint32_t count = blanks(i); count > 0) {
            out_.append(count, ' ');
            column_ += count;
        }
        if (first) {
            context.form.head = column_;
            if (item.name) context.form.name = item.text;
            if (context.item != no_item) context.header = header_of(items_, context.item);
        } else if (context.count == 1 && context.form.head && line_ == context.line) {
            context.form.argument = column_;
        }
        ++context.count;
        const std::size_t start = column_;
        write_item(item);
        if (item.kind != ItemKind::open) return;
        Context inner;
        inner.pairs = has_pairs(items_, i, context.count == 2 ? context.item : no_item);
        if (in_one_line(i) && start < width_ && start + extent(i) > width_)
            plan_breaks(items_, i, inner.pairs, breaks_);
        inner.item = i;
        inner.line = line_;
        inner.form.inside = column_;
        inner.form.call = item.call;
        inner.form.as_body = begun_as_body(i);
        if (!item.call && !inner.pairs) refill(i);
        open_.push_back(inner);
    }

    // Whether the first line in a bracket stands two columns further in than that.
    [[nodiscard]] bool begun_as_body(std::uint32_t open) const {
        const FormatItem& bracket = items_[open];
        for (std::uint32_t i = last_of(open + 1) + 1; i < bracket.mate; i = last_of(i) + 1) {
            if (items_[i].kind == ItemKind::comment || items_[i].breaks == 0) continue;
            return items_[i].column == bracket.column + bracket.width + 1;
        }
        return false;
    }

    // Plain data of which one line is too long fills its lines anew.
    void refill(std::uint32_t open) {
        std::size_t column = column_;
        bool too_long = false;
        for (std::uint32_t i = open + 1; i < items_[open].mate; ++i) {
            if (items_[i].kind != ItemKind::atom || items_[i].breaks > 1) return;
            column = items_[i].breaks > 0 ? column_ : column + blanks(i);
            column += items_[i].width;
            too_long = too_long || column > width_;
        }
        if (too_long) std::fill(breaks_.begin() + open + 1, breaks_.begin() + items_[open].mate, std::uint8_t{0});
    }

    // Whether the element is a name that the next one belongs to.
    [[nodiscard]] bool is_key(std::uint32_t i, const Context& context) const {
        if (last_of(i) + 1 >= items_.size() || items_[last_of(i) + 1].kind == ItemKind::close) return false;
        if (context.pairs) return context.count % 2 == 0;
        return context.form.call && is_keyword(items_[i]);
    }

    // Whether an element that may stand in this line goes to the next one, because it is too long.
    [[nodiscard]] bool overflows(std::uint32_t i, const Context& context) const {
        if (context.item == no_item || context.count <= context.header || context.count == 0) return false;
        const std::size_t start = column_ + blanks(i), column = line_column(context.form);
        if (spread_ && items_[i - 1].kind == ItemKind::close && has_clauses(context.form.name)) return true;
        // The body of a function begins a line, when it takes several.
        const bool definition = context.form.name.starts_with("def") && context.form.name != "def";
        if (definition && items_[i].kind == ItemKind::open && !in_one_line(i)) return true;
        const bool key = is_key(i, context);
        const std::uint32_t value = last_of(i) + 1;
        const std::size_t size =
            key ? end_[std::min(stop_[i], behind_closers_[last_of(value)])] - begin_[i] : extent(i);
        if (start + size <= width_ || column >= start) return false;
        if (start - column >= worthwhile) return true;
        if (items_[i].kind != ItemKind::open) return key || !context.pairs;
        return !context.pairs && in_one_line(i) && column + size <= width_;
    }

    // Comments at line ends that stood under each other stand so again.
    std::string with_comments() {
        if (tails_.empty()) return std::move(out_);
        std::string text;
        text.reserve(out_.size() + 64 * tails_.size());
        std::size_t done = 0;
        for (std::size_t first = 0; first < tails_.size();) {
            std::size_t behind = first + 1;
            while (behind < tails_.size() && tails_[behind].line == tails_[behind - 1].line + 1 &&
                   tails_[behind].column == tails_[first].column) {
                ++behind;
            }
            std::uint32_t end = 0, gap = UINT32_MAX;
            for (std::size_t i = first; i < behind; ++i) {
                if (tails_[i].end == 0) continue;
                end = std::max(end, tails_[i].end);
                gap = std::min(gap, tails_[i].gap);
            }
            for (; first < behind; ++first) {
                const Tail& tail = tails_[first];
                text.append(out_, done, tail.offset - done);
                text.append(end + gap - tail.end, ' ');
                text += tail.text;
                done = tail.offset;
            }
        }
        text.append(out_, done);
        return text;
    }

    const std::size_t width_;
    const std::vector<FormatItem> items_;
    std::vector<std::uint8_t> breaks_;           // before each item, those of the text and those that were planned
    std::vector<std::size_t> begin_, end_;       // of each item, as if there were one line
    std::vector<std::uint32_t> stop_;            // the first item from here on that ends a line
    std::vector<std::uint32_t> behind_closers_;  // the last of the closing brackets directly behind an item, or itself
    std::string_view newline_ = "\n";
    std::string out_;
    std::vector<Tail> tails_;
    std::vector<Context> open_;
    std::size_t column_ = 0;
    std::uint32_t line_ = 0;
    bool wrote_comment_ = false;  // last, so that the line ends here
    bool wrote_tail_ = false;     // the last comment stood behind code
    bool spread_ = false;         // the bracket that was closed last went over several lines, in the text over one
};

std::string laid_out(std::string_view text, std::size_t width) {
    const bool marked = text.starts_with(byte_order_mark);
    if (marked) text.remove_prefix(byte_order_mark.size());
    std::string out = Layout(text, width).run();
    return marked ? std::string(byte_order_mark) + out : out;
}

std::string_view without_blanks_behind(std::string_view comment) {
    return comment.starts_with("#|") ? comment : comment.substr(0, comment.find_last_not_of(" \t\f\v") + 1);
}

}  // namespace

tl::expected<std::string, Diagnostic> format_source(std::string_view text, std::size_t width) {
    {
        SpanTable spans;
        if (auto forms = read_all(text, spans); !forms) return tl::make_unexpected(std::move(forms.error()));
    }
    std::string before = laid_out(text, width);
    // A line that was too long may leave columns behind that align with nothing any more.
    for (int round = 0; round < 8; ++round) {
        std::string after = laid_out(before, width);
        if (after == before) break;
        before = std::move(after);
    }
    return before;
}

bool same_tokens(std::string_view a, std::string_view b) {
    const std::vector<Token> first = tokens_of(a), second = tokens_of(b);
    return std::ranges::equal(first, second, [&](const Token& x, const Token& y) {
        const std::string_view p = a.substr(x.begin, x.end - x.begin), q = b.substr(y.begin, y.end - y.begin);
        if (x.kind != y.kind || x.mate != y.mate) return false;
        return p == q || (x.kind == TokenKind::comment && without_blanks_behind(p) == without_blanks_behind(q));
    });
}

Result<bool> reads_alike(std::string_view a, std::string_view b) {
    if (!same_tokens(a, b)) return false;
    SpanTable first_spans, second_spans;
    const auto first = read_all(a, first_spans), second = read_all(b, second_spans);
    if (!first || !second || first->size() != second->size()) return false;
    for (std::size_t i = 0; i < first->size(); ++i) {
        // Equality would not tell 1 from 1.0, nor a keyword from a string.
        const auto x = repr((*first)[i].get()), y = repr((*second)[i].get());
        if (!x || !y) return raised();
        const int same = PyObject_RichCompareBool(x->get(), y->get(), Py_EQ);
        if (same < 0) return raised();
        if (same == 0) return false;
    }
    return true;
}

}  // namespace catena
