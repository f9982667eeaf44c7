#include "repl/format_items.hpp"

#include <algorithm>
#include <unordered_map>

#include "lang/tokens.hpp"

namespace catena {

namespace {

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

std::uint32_t characters(std::string_view text) {
    return static_cast<std::uint32_t>(std::ranges::count_if(text, starts_character));
}

// Whether the piece of an f-string that begins at `offset` of it holds the quote that ends the string.
bool ends_string(std::string_view piece, std::size_t offset) {
    for (std::size_t i = offset; i < piece.size(); ++i) {
        if (piece[i] == '\\') {
            ++i;
        } else if (piece[i] == '"') {
            return true;
        }
    }
    return false;
}

class Collector {
public:
    explicit Collector(std::string_view text) : text_(text), tokens_(tokens_of(text)) {}

    std::vector<FormatItem> run() {
        for (std::size_t at = 0; at < tokens_.size();) at = collect(at);
        mark_columns();
        return std::move(items_);
    }

private:
    [[nodiscard]] std::string_view slice(std::size_t begin, std::size_t end) const {
        return text_.substr(begin, end - begin);
    }

    // The number of the token behind an f-string whose first piece is token `at`.
    [[nodiscard]] std::size_t behind_fstring(std::size_t at) const {
        bool ended = ends_string(slice(tokens_[at].begin, tokens_[at].end), 2);
        ++at;
        while (!ended && at < tokens_.size()) {
            if (tokens_[at].kind == TokenKind::open) {
                at = tokens_[at].mate + 1u;
            } else {
                ended = ends_string(slice(tokens_[at].begin, tokens_[at].end), 0);
                ++at;
            }
        }
        return at;
    }

    // The number of the token behind the form without prefixes that begins with token `at`.
    [[nodiscard]] std::size_t behind_form(std::size_t at) const {
        const Token& token = tokens_[at];
        if (token.kind == TokenKind::open) return token.mate + 1u;
        const bool fstring =
            token.kind == TokenKind::string && (text_[token.begin] == 'f' || text_[token.begin] == 'F');
        return fstring ? behind_fstring(at) : at + 1;
    }

    // Takes the item that begins with token `at`; answers the number of the token behind it.
    std::size_t collect(std::size_t at) {
        const Token& first = tokens_[at];
        if (first.kind == TokenKind::comment) {
            std::string_view text = slice(first.begin, first.end);
            const bool block = text.starts_with("#|");
            if (!block) text = text.substr(0, text.find_last_not_of(" \t\f\v") + 1);
            add(block ? ItemKind::atom : ItemKind::comment, first.begin, text);
            return at + 1;
        }
        if (first.kind == TokenKind::close) {
            const std::uint32_t open = open_.back();
            open_.pop_back();
            items_[open].mate = static_cast<std::uint32_t>(items_.size());
            add(ItemKind::close, first.begin, slice(first.begin, first.end));
            items_.back().mate = open;
            return at + 1;
        }
        std::size_t form = at;
        while (form + 1 < tokens_.size() && tokens_[form].kind == TokenKind::prefix) ++form;
        const std::string_view prefixes = slice(first.begin, tokens_[form].begin);
        if (tokens_[form].kind == TokenKind::open && prefixes.find_first_of("\r\n") == prefixes.npos) {
            add(ItemKind::open, first.begin, slice(first.begin, tokens_[form].end));
            items_.back().call = text_[tokens_[form].end - 1] == '(' && !prefixes.ends_with('\'');
            open_.push_back(static_cast<std::uint32_t>(items_.size() - 1));
            return form + 1;
        }
        // Line breaks or comments between a prefix and its form: all of it stays as it is.
        while (tokens_[form].kind == TokenKind::prefix || tokens_[form].kind == TokenKind::comment) ++form;
        const std::size_t behind = behind_form(form);
        add(ItemKind::atom, first.begin, slice(first.begin, tokens_[behind - 1].end));
        items_.back().name = first.kind == TokenKind::name;
        return behind;
    }

    void add(ItemKind kind, std::size_t begin, std::string_view text) {
        unsigned breaks = 0;
        for (; at_ < begin; ++at_) {
            const char c = text_[at_];
            if (c == '\n' || (c == '\r' && text_[at_ + 1] != '\n')) {
                ++breaks;
                column_ = 0;
            } else {
                column_ += starts_character(c);
            }
            if (c == ',' && !items_.empty() && kind != ItemKind::close) {
                FormatItem& before = items_.back();
                before.comma = before.kind == ItemKind::atom || before.kind == ItemKind::close;
            }
        }
        FormatItem item{};
        item.kind = kind;
        item.breaks = static_cast<std::uint8_t>(std::min(breaks, 3u));
        item.mate = no_item;
        item.bracket = open_.empty() ? no_item : open_.back();
        item.column = column_;
        item.gap = items_.empty() || breaks > 0 ? 1 : column_ - end_;
        item.text = text;
        const std::size_t first = std::min(text.find_first_of("\r\n"), text.size());
        item.width = characters(text.substr(0, first));
        column_ += item.width;
        if (first < text.size()) {
            item.last = characters(text.substr(text.find_last_of("\r\n") + 1));
            column_ = item.last;
        }
        end_ = column_;
        at_ = begin + text.size();
        lines_.push_back(line_ += breaks);
        line_ += static_cast<std::uint32_t>(std::ranges::count(text, '\n'));
        items_.push_back(item);
    }

    // Blanks are kept where they align: another element of the same bracket, or one of the same place in the line before or
    // after, begins in the same column. Those before a comment are the layout's business.
    void mark_columns() {
        struct Seen {
            std::uint32_t line;
            std::uint32_t item;
        };
        std::unordered_map<std::uint64_t, Seen> siblings, cousins;
        std::vector<bool> aligned(items_.size());
        for (std::uint32_t i = 0; i < items_.size(); ++i) {
            const FormatItem& item = items_[i];
            if (i == 0 || item.breaks > 0 || item.kind == ItemKind::close || item.kind == ItemKind::comment) continue;
            const auto meet = [&](auto& seen, std::uint32_t bracket, bool near) {
                const std::uint64_t key = (std::uint64_t{bracket} << 32) | item.column;
                const auto [at, added] = seen.try_emplace(key, Seen{lines_[i], i});
                if (added) return;
                const std::uint32_t distance = lines_[i] - at->second.line;
                if (distance > 0 && (!near || distance == 1)) aligned[i] = aligned[at->second.item] = true;
                at->second = {lines_[i], i};
            };
            meet(siblings, item.bracket, false);
            if (item.bracket != no_item) meet(cousins, items_[item.bracket].bracket, true);
        }
        for (std::uint32_t i = 0; i < items_.size(); ++i) {
            if (!aligned[i] && items_[i].kind != ItemKind::comment) items_[i].gap = 1;
            if (items_[i].gap == 0) items_[i].gap = 1;
        }
    }

    const std::string_view text_;
    const std::vector<Token> tokens_;
    std::vector<FormatItem> items_;
    std::vector<std::uint32_t> open_;
    std::vector<std::uint32_t> lines_;  // of each item, where it begins
    std::size_t at_ = 0;
    std::uint32_t line_ = 0;
    std::uint32_t column_ = 0;
    std::uint32_t end_ = 0;  // the column behind the last item
};

}  // namespace

std::vector<FormatItem> format_items(std::string_view text) { return Collector(text).run(); }

}  // namespace catena
