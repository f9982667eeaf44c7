// A game loop around a script that is read again whenever it is saved.
//
//     $ ./game game.lisp                    a and d move, q ends; edit game.lisp meanwhile
//     $ printf 'd\nd\n' | ./game --step game.lisp     a frame for each line of keys, printed
//
// A broken script is reported, and the one before it plays on; a script that takes longer than its share of a frame is ended.
#include <chrono>
#include <iostream>
#include <string_view>
#include <thread>

#include "script.hpp"
#include "terminal.hpp"

namespace {

using namespace std::chrono_literals;

constexpr double frames_a_second = 60;

std::string text_of(const catena::Error& error) {
    std::string place;
    if (error.line > 0)
        place = std::filesystem::path(error.file).filename().string() + ':' + std::to_string(error.line) + ':' +
                std::to_string(error.column) + ": ";
    return place + error.type + ": " + error.message;
}

}  // namespace

int main(int count, char** arguments) {
    const bool stepping = count == 3 && std::string_view(arguments[1]) == "--step";
    if (count != 2 && !stepping) {
        std::cerr << "usage: game [--step] SCRIPT\n";
        return 2;
    }
    const std::filesystem::path path = std::filesystem::absolute(arguments[count - 1]);
    if (stepping) {
        // The same keys give the same frames: time goes by in equal steps, and what the script does is counted, not timed.
        Script script(path, {.steps = 100'000},
                      [](const catena::Error& error) { std::cout << text_of(error) << std::endl; });
        for (std::string keys; std::getline(std::cin, keys);) {
            script.refresh();
            std::cout << script.frame(1 / frames_a_second, keys).value_or("no frame") << std::endl;
        }
        return 0;
    }
    std::string message;
    Script script(path, {.time = 8ms, .depth = 1000}, [&](const catena::Error& error) { message = text_of(error); });
    const Terminal terminal;
    const auto frame = std::chrono::duration_cast<std::chrono::steady_clock::duration>(1s / frames_a_second);
    auto due = std::chrono::steady_clock::now();
    for (std::string keys; keys.find_first_of("q\3\4") == std::string::npos; keys = terminal.keys()) {
        if (script.refresh()) message.clear();
        if (const auto picture = script.frame(1 / frames_a_second, keys)) terminal.show(*picture, message);
        std::this_thread::sleep_until(due += frame);
    }
}
