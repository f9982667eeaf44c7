#include "terminal.hpp"

#include <poll.h>
#include <unistd.h>

#include <iostream>

Terminal::Terminal() {
    tcgetattr(STDIN_FILENO, &before_);
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    std::cout << "\033[2J\033[?25l";
}

Terminal::~Terminal() {
    tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    std::cout << "\033[?25h\n";
}

std::string Terminal::keys() const {
    std::string keys;
    pollfd input{STDIN_FILENO, POLLIN, 0};
    char key;
    while (poll(&input, 1, 0) > 0) {
        if (read(STDIN_FILENO, &key, 1) != 1) return keys + '\4';
        keys += key;
    }
    return keys;
}

void Terminal::show(const std::string& picture, const std::string& message) const {
    std::cout << "\033[H" << picture << "\n\033[J" << message << std::flush;
}
