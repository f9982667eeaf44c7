// The keyboard and the screen of a terminal.
#pragma once

#include <termios.h>

#include <string>

// Gives keys at once and without echo while it lives, Control-C as the character 3.
class Terminal {
public:
    Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal();

    [[nodiscard]] std::string keys() const;  // those pressed since the last time; 4 when there will be no more
    void show(const std::string& picture, const std::string& message) const;

private:
    termios before_{};
};
