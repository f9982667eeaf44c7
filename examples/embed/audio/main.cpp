// A real-time audio host: each block of 2x512 samples goes through plugins written in Catena or Python.
//
//     $ ./audio --out tone.wav --blocks 200 plugins tone gain echo meter
//     $ ./audio --in voice.wav --out echo.wav plugins echo
//     $ ./audio --realtime --blocks 1000 plugins tone meter
//
// A plugin that fails is reported and passed over; the stream goes on. Without --realtime blocks follow each other as fast as they
// can, and the same input gives the same output.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>
#include <iostream>
#include <limits>
#include <optional>
#include <thread>

#include "stream.hpp"
#include "wav.hpp"

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    std::string input, output, folder;
    std::size_t blocks = std::numeric_limits<std::size_t>::max();
    bool realtime = false;
    std::vector<std::string> plugins;
};

std::optional<Options> read_options(std::span<char*> arguments) {
    Options options;
    std::size_t i = 1;
    for (; i < arguments.size() && std::strncmp(arguments[i], "--", 2) == 0; ++i) {
        const std::string_view option = arguments[i];
        if (option == "--realtime") {
            options.realtime = true;
            continue;
        }
        if (++i == arguments.size()) return {};
        const std::string_view value = arguments[i];
        if (option == "--in")
            options.input = value;
        else if (option == "--out")
            options.output = value;
        else if (option != "--blocks" || std::from_chars(value.begin(), value.end(), options.blocks).ptr != value.end())
            return {};
    }
    if (i + 1 >= arguments.size()) return {};
    options.folder = arguments[i++];
    options.plugins.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i), arguments.end());
    return options;
}

int fail(const std::string& message) {
    std::cerr << "audio: " << message << '\n';
    return 1;
}

void report(const std::string& plugin, const catena::Error& error) {
    std::cerr << plugin << ": ";
    if (error.line > 0) std::cerr << error.file << ':' << error.line << ':' << error.column << ": ";
    std::cerr << error.type << ": " << error.message << std::endl;
}

void print_times(std::vector<double> microseconds) {
    if (microseconds.empty()) return;
    std::sort(microseconds.begin(), microseconds.end());
    const auto at = [&](double part) {
        return microseconds[static_cast<std::size_t>(part * static_cast<double>(microseconds.size() - 1))];
    };
    std::cerr << "a block took " << at(0.5) << " us, 99 of 100 at most " << at(0.99) << " us, the longest " << at(1)
              << " us\n";
}

}  // namespace

int main(int count, char** arguments) {
    const auto options = read_options({arguments, static_cast<std::size_t>(count)});
    if (!options) {
        std::cerr << "usage: audio [--in WAV] [--out WAV] [--blocks N] [--realtime] FOLDER PLUGIN...\n";
        return 2;
    }
    auto interpreter = catena::Interpreter::create({.path = {options->folder}});
    if (!interpreter) return fail(interpreter.error().message);
    // The stream asks for the lock at once; where that is missed, a thread of Python's is asked after this time and not after 5 ms. What
    // is alive now stays, so the collector need not look at it while blocks run.
    const auto tuned = interpreter->eval("(import sys gc) (sys.setswitchinterval 0.000005) (gc.collect) (gc.freeze)");
    if (!tuned) return fail(tuned.error().message);

    Format format;
    std::optional<wav::Reader> reader;
    if (!options->input.empty()) {
        auto opened = wav::Reader::open(options->input);
        if (!opened) return fail(opened.error());
        reader = std::move(*opened);
        format.rate = reader->rate();
    }
    auto stream = Stream::create(format, report);
    if (!stream) return fail(stream.error().message);
    if (reader) stream->set_input([&](std::span<float> block) { return reader->read(block, format.channels); });
    std::optional<wav::Writer> writer;
    if (!options->output.empty()) {
        auto created = wav::Writer::create(options->output, format.rate, static_cast<unsigned>(format.channels));
        if (!created) return fail(created.error());
        writer = std::move(*created);
        stream->set_output([&](std::span<const float> block, std::size_t frames) { writer->write(block, frames); });
    }
    for (const std::string& plugin : options->plugins) {
        if (const auto added = stream->add(*interpreter, plugin); !added) {
            report(plugin, added.error());
            return 1;
        }
    }

    std::vector<double> times;
    const auto length = std::chrono::duration<double>(static_cast<double>(format.frames) / format.rate);
    auto due = Clock::now();
    for (std::size_t i = 0; i < options->blocks; ++i) {
        if (options->realtime) std::this_thread::sleep_until(due);
        const auto start = Clock::now();
        const bool more = stream->run_block();
        times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
        if (!more) break;
        due += std::chrono::duration_cast<Clock::duration>(length);
    }
    if (writer)
        if (const auto closed = writer->close(); !closed) return fail(closed.error());
    for (const auto& [plugin, blocks] : stream->failures())
        std::cerr << plugin << ": failed in " << blocks << " of " << times.size() << " blocks\n";
    print_times(std::move(times));
    return 0;
}
