#include "editor.hpp"

#include <algorithm>
#include <utility>

namespace {

bool within_character(const std::string& text, std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

}  // namespace

void Editor::set_text(std::string text) {
    text_ = std::move(text);
    cursor_ = std::min(cursor_, text_.size());
    while (within_character(text_, cursor_)) --cursor_;
}

void Editor::insert(std::string_view text) {
    text_.insert(cursor_, text);
    cursor_ += text.size();
}

void Editor::move(std::ptrdiff_t by) {
    for (; by < 0 && cursor_ > 0; ++by) do
            --cursor_;
        while (cursor_ > 0 && within_character(text_, cursor_));
    for (; by > 0 && cursor_ < text_.size(); --by) do
            ++cursor_;
        while (within_character(text_, cursor_));
}

void Editor::line_start() {
    while (cursor_ > 0 && text_[cursor_ - 1] != '\n') --cursor_;
}

void Editor::line_end() { cursor_ = std::min(text_.find('\n', cursor_), text_.size()); }

void Editor::erase_before() {
    const std::size_t end = cursor_;
    move(-1);
    text_.erase(cursor_, end - cursor_);
}
