#include "config.hpp"

namespace {

using Refusal = tl::unexpected<catena::Error>;

Refusal refuse(const char* type, std::string message) {
    catena::Error error;
    error.type = type;
    error.message = std::move(message);
    return tl::unexpected(std::move(error));
}

const char* kind(const Option& option) {
    constexpr const char* names[] = {"true or false", "an integer", "a string"};
    return names[option.index()];
}

catena::Result<void> set_option(Config& config, const std::string& name, const Option& value) {
    const auto found = config.options.find(name);
    if (found == config.options.end()) {
        std::string known;
        for (const auto& [other, unused] : config.options) known += (known.empty() ? "" : ", ") + other;
        return refuse("ValueError", "there is no option " + name + "; there are: " + known);
    }
    if (found->second.index() != value.index())
        return refuse("TypeError", "the option " + name + " is " + kind(found->second));
    if (name == "tab-width" && (std::get<std::int64_t>(value) < 1 || std::get<std::int64_t>(value) > 16))
        return refuse("ValueError", "the option tab-width is from 1 to 16");
    found->second = value;
    return {};
}

catena::Result<void> check_callable(const catena::Value& value) {
    if (value.attr("__call__")) return {};
    return refuse("TypeError", "expected a function, not " + value.repr().value_or("this"));
}

}  // namespace

catena::Result<std::shared_ptr<const Config>> load_config(const std::string& path, Editor& editor,
                                                          const std::function<bool(const std::string&)>& is_command,
                                                          const std::function<void(const std::string&)>& message) {
    auto interpreter = catena::Interpreter::create();
    if (!interpreter) return tl::unexpected(interpreter.error());
    auto config = std::make_shared<Config>();

    // The functions below may outlive the config: a script can keep them wherever it likes. They hold it weakly, as it holds
    // the script's functions, and a ring through both languages would never be freed.
    const auto changing = [config = std::weak_ptr(config)](auto change) -> catena::Result<void> {
        const auto held = config.lock();
        if (!held) return refuse("RuntimeError", "this config has been replaced");
        return change(*held);
    };
    const auto defined = {
        interpreter->define(
            "options",
            [=](const std::map<std::string, Option>& values) {
                return changing([&](Config& config) -> catena::Result<void> {
                    for (const auto& [name, value] : values)
                        if (auto set = set_option(config, name, value); !set) return set;
                    return {};
                });
            },
            "Change options: {:tab-width 2}."),
        interpreter->define(
            "bind",
            [=](const std::map<std::string, Command>& keys) {
                return changing([&](Config& config) -> catena::Result<void> {
                    for (const auto& [key, command] : keys) {
                        if (const auto* name = std::get_if<std::string>(&command)) {
                            if (!is_command(*name)) return refuse("ValueError", "there is no command " + *name);
                        } else if (auto checked = check_callable(std::get<catena::Value>(command)); !checked) {
                            return checked;
                        }
                        config.keys[key] = command;
                    }
                    return {};
                });
            },
            "Bind keys to functions or to the names of commands."),
        interpreter->define(
            "hook",
            [=](const std::string& event, const catena::Value& function) {
                return changing([&](Config& config) -> catena::Result<void> {
                    const auto hooks = config.hooks.find(event);
                    if (hooks == config.hooks.end()) return refuse("ValueError", "there is no hook " + event);
                    auto checked = check_callable(function);
                    if (checked) hooks->second.push_back(function);
                    return checked;
                });
            },
            "Call a function, from text to text, at an event: save or insert."),
        interpreter->define("text", [&editor] { return editor.text(); }),
        interpreter->define("before", [&editor] { return editor.before_cursor(); }),
        interpreter->define("insert", [&editor](const std::string& text) { editor.insert(text); }),
        interpreter->define("move", [&editor](std::ptrdiff_t by) { editor.move(by); }),
        interpreter->define("message", message),
    };
    for (const auto& one : defined)
        if (!one) return tl::unexpected(one.error());
    if (auto ran = interpreter->run_file(path); !ran) return tl::unexpected(std::move(ran.error()));
    return config;
}
