// Requests on standard input, one a line, and their replies on standard output, each as soon as it is there.
//
//     $ printf 'a words to be or not\nb noise 20 1\ncancel b\n' | ./engine handlers
//
// A request is an id, a handler and its words. A reply is a line with the id, what it is (text, bytes, error or end) and its size,
// and then so many bytes and the end of a line.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <mutex>
#include <span>
#include <sstream>

#include "engine.hpp"

namespace {

class Output {
public:
    void write(const std::string& id, const char* kind, std::span<const std::byte> data) {
        const std::lock_guard lock(mutex_);
        std::printf("%s %s %zu\n", id.c_str(), kind, data.size());
        std::fwrite(data.data(), 1, data.size(), stdout);
        std::putchar('\n');
        std::fflush(stdout);
    }
    void write(const std::string& id, const char* kind, std::string_view text) {
        write(id, kind, std::as_bytes(std::span(text)));
    }
    void write(const std::string& id, const catena::Error& error) {
        const std::string place = error.line > 0 ? error.file + ':' + std::to_string(error.line) + ": " : "";
        write(id, "error", place + error.type + ": " + error.message);
    }
    void write(const std::string& id, const Engine::Part& part) {
        if (const auto* text = std::get_if<catena::Text>(&part))
            write(id, "text", text->view());
        else
            write(id, "bytes", std::get<1>(part).span());
    }

private:
    std::mutex mutex_;
};

}  // namespace

int main(int count, char** arguments) {
    // What a handler may compute between two awaits: one that goes on for ever ends with an error, and the others are served.
    int milliseconds = 1000;
    if (count == 3) {
        const std::string_view text = arguments[2];
        if (std::from_chars(text.begin(), text.end(), milliseconds).ptr != text.end() || milliseconds <= 0) count = 0;
    }
    if (count < 2 || count > 3) {
        std::cerr << "usage: engine FOLDER [MILLISECONDS]\n";
        return 2;
    }
    auto interpreter = catena::Interpreter::create({.path = {arguments[1]}});
    if (!interpreter) {
        std::cerr << "engine: " << interpreter.error().message << '\n';
        return 1;
    }
    if (const auto set = interpreter->set_limits({.time = std::chrono::milliseconds{milliseconds}}); !set) {
        std::cerr << "engine: " << set.error().message << '\n';
        return 1;
    }
    Output output;
    Engine engine(std::move(*interpreter));
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::string id, handler;
        if (!(words >> id >> handler)) continue;
        if (id == "cancel") {
            (void)engine.cancel(handler);
            continue;
        }
        const std::vector<std::string> rest(std::istream_iterator<std::string>(words), {});
        const auto reply = [&output, id](const catena::Result<Engine::Part>* part) {
            if (part == nullptr)
                output.write(id, "end", std::string_view());
            else if (*part)
                output.write(id, **part);
            else
                output.write(id, part->error());
        };
        if (const auto started = engine.start(id, handler, rest, reply); !started) {
            output.write(id, started.error());
            output.write(id, "end", std::string_view());
        }
    }
}
