// What the user's config.lisp decides: options, keys, hooks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <catena/catena.hpp>

#include "editor.hpp"

// One of the editor's own commands, by name, or a function of the user's.
using Command = std::variant<std::string, catena::Value>;
using Option = std::variant<bool, std::int64_t, std::string>;

struct Config {
    std::map<std::string, Option> options = {
        {"tab-width", std::int64_t{4}}, {"final-newline", true}, {"greeting", std::string("ready")}};
    std::map<std::string, Command> keys = {
        {"LEFT", "left"},   {"RIGHT", "right"}, {"HOME", "home"}, {"END", "end"},    {"BACKSPACE", "backspace"},
        {"RET", "newline"}, {"TAB", "tab"},     {"C-s", "save"},  {"C-r", "reload"}, {"C-q", "quit"}};
    std::map<std::string, std::vector<catena::Value>> hooks = {{"save", {}}, {"insert", {}}};

    template <class T>
    [[nodiscard]] T option(const std::string& name) const {
        return std::get<T>(options.at(name));
    }
};

// Runs the file in an interpreter of its own, in which these names stand for the host's functions:
//
//     (options {:tab-width 2})        changes options; unknown names and values of the wrong type are errors
//     (bind {"C-d" f "C-x" "save"})   keys to functions without arguments, or to the editor's own commands
//     (hook "save" f)                 "save": the text to what is written; "insert": what is typed to what is inserted
//     (text) (before) (insert s) (move n) (message s)     `before`: the text before the cursor
//
// All of the file holds or nothing: a config with an error leaves the one before in force.
catena::Result<std::shared_ptr<const Config>> load_config(const std::string& path, Editor& editor,
                                                          const std::function<bool(const std::string&)>& is_command,
                                                          const std::function<void(const std::string&)>& message);
