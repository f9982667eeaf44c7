#include "stream.hpp"

#include <algorithm>
#include <utility>

namespace {

catena::Error error_of(const char* type, std::string message) {
    catena::Error error;
    error.type = type;
    error.message = std::move(message);
    return error;
}

}  // namespace

catena::Result<Stream> Stream::create(const Format& format, Report report) {
    Stream stream(format, std::move(report));
    const catena::Shape shape = {static_cast<std::ptrdiff_t>(format.channels),
                                 static_cast<std::ptrdiff_t>(format.frames)};
    for (Block& block : stream.blocks_) {
        // The arrays own the samples too: a plugin that keeps one longer than the stream lives reads old samples, not freed memory.
        block.samples = std::make_shared<std::vector<float>>(format.channels * format.frames);
        const std::span<float> samples(*block.samples);
        auto readable = catena::Value::from(catena::view(std::span<const float>(samples), shape, block.samples));
        auto writable = catena::Value::from(catena::view(samples, shape, block.samples));
        if (!readable) return tl::unexpected(readable.error());
        if (!writable) return tl::unexpected(writable.error());
        block.readable = *readable;
        block.writable = *writable;
    }
    return stream;
}

catena::Result<void> Stream::add(catena::Interpreter& interpreter, const std::string& module) {
    const auto plugin = interpreter.require(module).and_then(
        [&](const catena::Value& loaded) { return loaded.call("make", format_.rate, format_.frames); });
    if (!plugin) return tl::unexpected(plugin.error());
    constexpr std::pair<const char*, Role> roles[] = {
        {"read", Role::source}, {"process", Role::processor}, {"write", Role::sink}};
    for (const auto& [name, role] : roles) {
        if (auto method = plugin->attr(name)) {
            plugins_.push_back({module, role, *method});
            return {};
        }
    }
    return tl::unexpected(error_of("TypeError", module + ": a plugin has a method read, process or write"));
}

bool Stream::run_block() {
    std::vector<float>& first = *blocks_[0].samples;
    frames_ = format_.frames;
    if (input_)
        frames_ = input_(first);
    else
        std::fill(first.begin(), first.end(), 0.0F);
    {
        const catena::Gil gil(catena::at_once);  // once a block, not once a call
        for (Plugin& plugin : plugins_) run(plugin);
    }
    if (output_) output_(*blocks_[0].samples, frames_);
    for (Plugin& plugin : plugins_)
        if (std::exchange(plugin.unreported, false)) report_(plugin.name, plugin.error);
    return frames_ == format_.frames;
}

void Stream::run(Plugin& plugin) {
    Block& here = blocks_[0];
    switch (plugin.role) {
        case Role::source: {
            const auto answer = plugin.method(here.writable);
            const auto frames = answer ? answer->as<std::optional<std::size_t>>() : tl::unexpected(answer.error());
            if (frames) {
                frames_ = std::min(frames_, frames->value_or(format_.frames));
            } else {
                std::fill(here.samples->begin(), here.samples->end(), 0.0F);
                fail(plugin, frames.error());
            }
            break;
        }
        case Role::processor:
            if (const auto done = plugin.method(here.readable, blocks_[1].writable))
                std::swap(blocks_[0], blocks_[1]);
            else
                fail(plugin, done.error());
            break;
        case Role::sink:
            if (const auto done = plugin.method(here.readable); !done) fail(plugin, done.error());
            break;
    }
}

void Stream::fail(Plugin& plugin, const catena::Error& error) {
    ++plugin.failures;
    std::string text = error.type + error.message + error.file + std::to_string(error.line);
    if (text == plugin.last_error) return;
    plugin.last_error = std::move(text);
    plugin.error = error;
    plugin.unreported = true;
}

std::vector<Stream::Failures> Stream::failures() const {
    std::vector<Failures> all;
    for (const Plugin& plugin : plugins_)
        if (plugin.failures > 0) all.push_back({plugin.name, plugin.failures});
    return all;
}
