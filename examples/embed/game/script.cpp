#include "script.hpp"

#include <system_error>
#include <utility>

Script::Script(std::filesystem::path path, catena::Limits budget, Report report)
    : path_(std::move(path)), budget_(budget), report_(std::move(report)) {}

bool Script::refresh() {
    std::error_code gone;
    const auto written = std::filesystem::last_write_time(path_, gone);
    // Editors take a file away for a moment when they save it.
    if (gone ? loaded_.has_value() : written == loaded_) return false;
    loaded_ = written;
    auto loaded = load();
    if (!loaded) {
        report_(loaded.error());
        return false;
    }
    if (current_ && current_->proven) before_ = std::move(current_);
    current_ = std::move(*loaded);
    return true;
}

// Each version has an interpreter of its own: what a new one no longer defines is gone.
catena::Result<Script::Version> Script::load() const {
    auto interpreter = catena::Interpreter::create({.path = {path_.parent_path()}});
    if (!interpreter) return tl::unexpected(interpreter.error());
    const auto ran = interpreter->set_limits(budget_).and_then([&] { return interpreter->run_file(path_); });
    if (!ran) return tl::unexpected(ran.error());
    Version version{std::move(*interpreter), {}, {}, {}};
    for (const auto& [name, function] :
         {std::pair("start", &version.start), std::pair("update", &version.update), std::pair("draw", &version.draw)}) {
        auto found = version.interpreter.get(name);
        if (!found) return tl::unexpected(found.error());
        *function = std::move(*found);
    }
    return version;
}

std::optional<std::string> Script::frame(double dt, const std::string& keys) {
    while (current_) {
        auto picture = try_frame(*current_, dt, keys);
        if (picture) {
            current_->proven = true;
            return std::move(*picture);
        }
        report_(picture.error());
        if (current_->proven || !before_) break;
        current_ = std::exchange(before_, std::nullopt);
    }
    return {};
}

catena::Result<std::string> Script::try_frame(const Version& version, double dt, const std::string& keys) {
    auto state = state_ ? version.update(*state_, dt, keys) : version.start();
    if (!state) return tl::unexpected(state.error());
    auto picture = version.draw(*state).and_then([](const catena::Value& drawn) { return drawn.as<std::string>(); });
    if (picture) state_ = std::move(*state);
    return picture;
}
