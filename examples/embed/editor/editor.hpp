// The text that is edited, in UTF-8. Knows nothing of scripts or keys.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

class Editor {
public:
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] std::string_view before_cursor() const { return std::string_view(text_).substr(0, cursor_); }

    void set_text(std::string text);
    void insert(std::string_view text);
    void move(std::ptrdiff_t by);  // in characters; stops at either end
    void line_start();
    void line_end();
    void erase_before();

private:
    std::string text_;
    std::size_t cursor_ = 0;  // in bytes, before a whole character
};
