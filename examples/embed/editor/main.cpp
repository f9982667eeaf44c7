// A text editor whose keys, hooks and options are the user's, in config.lisp.
//
//     $ ./editor config.lisp notes.txt
//
// It reads one key a line, so that it needs no terminal and can be tested: a name such as LEFT or C-s is a key that is bound, any
// other line is typed as it stands. A mistake in the config or in a command is shown with its place and costs nothing: the text
// stays as it was, and so does the config before.
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

#include "config.hpp"

namespace {

void show(const std::string& text) { std::cout << "-- " << text << std::endl; }

void show(const std::string& what, const catena::Error& error) {
    const std::string place =
        error.line > 0 ? error.file + ':' + std::to_string(error.line) + ':' + std::to_string(error.column) + ": " : "";
    show(what + ": " + place + error.type + ": " + error.message + (error.hint.empty() ? "" : " (" + error.hint + ")"));
}

class Session {
public:
    Session(std::string config_path, std::string text_path)
        : config_path_(std::move(config_path)), text_path_(std::move(text_path)) {
        std::ifstream file(text_path_, std::ios::binary);
        editor_.set_text(std::string(std::istreambuf_iterator<char>(file), {}));
        reload();
        show(config_->option<std::string>("greeting"));
    }

    void press(const std::string& key) {
        const auto bound = config_->keys.find(key);
        if (bound == config_->keys.end()) return type(key);
        const Command command = bound->second;  // a copy: the command may bind the key anew
        if (const auto* name = std::get_if<std::string>(&command)) return commands_.at(*name)();
        const Editor before = editor_;
        if (const auto done = std::get<catena::Value>(command)(); !done) {
            editor_ = before;  // half a command is worse than none
            show(key, done.error());
        }
    }

    [[nodiscard]] bool running() const { return running_; }

private:
    void reload() {
        auto loaded = load_config(
            config_path_, editor_, [this](const std::string& name) { return commands_.contains(name); },
            [](const std::string& text) { show(text); });
        if (loaded)
            config_ = *loaded;
        else
            show("config", loaded.error());
    }

    // What the hooks make of the text. One that fails is shown and passed over: nobody loses a text to a broken hook.
    std::string hooked(const std::string& event, std::string text) const {
        for (const catena::Value& hook : config_->hooks.at(event)) {
            const auto answer = hook(text).and_then([](const catena::Value& value) { return value.as<std::string>(); });
            if (answer)
                text = *answer;
            else
                show(event + " hook", answer.error());
        }
        return text;
    }

    void type(const std::string& text) { editor_.insert(hooked("insert", text)); }

    void save() {
        std::string text = hooked("save", editor_.text());
        if (config_->option<bool>("final-newline") && !text.empty() && text.back() != '\n') text += '\n';
        std::ofstream file(text_path_, std::ios::binary);
        file << text << std::flush;
        show(file ? "saved " + std::to_string(text.size()) + " bytes" : "cannot write " + text_path_);
        editor_.set_text(std::move(text));
    }

    std::string config_path_, text_path_;
    Editor editor_;
    std::shared_ptr<const Config> config_ = std::make_shared<const Config>();
    bool running_ = true;
    const std::map<std::string, std::function<void()>> commands_ = {
        {"left", [this] { editor_.move(-1); }},
        {"right", [this] { editor_.move(1); }},
        {"home", [this] { editor_.line_start(); }},
        {"end", [this] { editor_.line_end(); }},
        {"backspace", [this] { editor_.erase_before(); }},
        {"newline", [this] { editor_.insert("\n"); }},
        {"tab",
         [this] {
             editor_.insert(std::string(static_cast<std::size_t>(config_->option<std::int64_t>("tab-width")), ' '));
         }},
        {"save", [this] { save(); }},
        {"reload", [this] { reload(); }},
        {"quit", [this] { running_ = false; }},
    };
};

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) {
        std::cerr << "usage: editor CONFIG FILE\n";
        return 2;
    }
    Session session(arguments[1], arguments[2]);
    for (std::string key; session.running() && std::getline(std::cin, key);) session.press(key);
}
