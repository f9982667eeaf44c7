// A stream of audio through plugins that are written in Catena or Python.
//
// A plugin is a module with `make`, called once with the rate and the number of frames in a block. What it answers has one of
// these methods. A block is a NumPy array of float32, one row for each channel, over the host's memory:
//
//     (read output)           a source fills it; nil, or the number of frames that it has when these are the last
//     (process input output)  a processor fills the output; `input` cannot be written to
//     (write input)           a sink does what it likes with it
//
// Blocks are reused: a plugin that wants to keep one copies it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <catena/catena.hpp>

struct Format {
    unsigned rate = 48000;  // frames a second
    std::size_t channels = 2, frames = 512;
};

class Stream {
public:
    // Where blocks come from, answering their frames, and go to, besides the plugins. Called without Python's lock.
    using Input = std::function<std::size_t(std::span<float> block)>;
    using Output = std::function<void(std::span<const float> block, std::size_t frames)>;
    // A plugin's first error, and each that differs from the one before.
    using Report = std::function<void(const std::string& plugin, const catena::Error& error)>;

    [[nodiscard]] static catena::Result<Stream> create(const Format& format, Report report);

    void set_input(Input input) { input_ = std::move(input); }
    void set_output(Output output) { output_ = std::move(output); }
    // Loads a module and makes its plugin, the next in the chain.
    [[nodiscard]] catena::Result<void> add(catena::Interpreter& interpreter, const std::string& module);

    // Runs one block through all plugins; false when it was the last. Where a source fails there is silence, and a processor that
    // fails is passed over: the stream goes on.
    bool run_block();

    struct Failures {
        std::string plugin;
        std::uint64_t blocks;
    };
    [[nodiscard]] std::vector<Failures> failures() const;

private:
    // Memory of one block, and the two arrays over it. They are made once: a call passes two pointers.
    struct Block {
        std::shared_ptr<std::vector<float>> samples;
        catena::Value readable, writable;
    };
    enum class Role { source, processor, sink };
    struct Plugin {
        std::string name;
        Role role;
        catena::Value method;  // bound
        std::uint64_t failures = 0;
        std::string last_error = {};
        bool unreported = false;
        catena::Error error = {};
    };

    Stream(const Format& format, Report report) : format_(format), report_(std::move(report)) {}
    void run(Plugin& plugin);
    void fail(Plugin& plugin, const catena::Error& error);

    Format format_;
    Report report_;
    Input input_;
    Output output_;
    std::array<Block, 2> blocks_;  // the one that the next plugin reads, and the one that it writes
    std::vector<Plugin> plugins_;
    std::size_t frames_ = 0;  // in the block that runs
};
