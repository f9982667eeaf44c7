#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <numeric>
#include <sstream>
#include <thread>

#include "examples/embed/audio/stream.hpp"
#include "tests/bench/embed/twins.hpp"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Case {
    const char* name;
    std::vector<std::string> plugins;
    const char* own;  // the function of own_times that does the plugins' NumPy calls and nothing else
    bool contending;
};

const Case cases[] = {
    {"gain in Catena", {"gain"}, "gain", false},
    {"gain in Python", {"gain_python"}, "gain", false},
    {"stereo widener in Catena", {"widen_catena"}, "widen", false},
    {"stereo widener in Python", {"widen_python"}, "widen", false},
    {"tone, gain, echo, meter", {"tone", "gain", "echo", "meter"}, "chain", false},
    {"gain in Catena, a thread contending", {"gain"}, "gain", true},
    {"stereo widener in Python, contending", {"widen_python"}, "widen", true},
};

// Of this process, in kilobytes.
double resident() {
    std::ifstream file("/proc/self/statm");
    double all = 0, resident = 0;
    file >> all >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

std::string array(const std::vector<double>& numbers) {
    std::ostringstream out;
    out << '[';
    for (std::size_t i = 0; i < numbers.size(); ++i) out << (i > 0 ? ", " : "") << numbers[i];
    out << ']';
    return out.str();
}

double part(const std::vector<double>& sorted, double share) {
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

std::string run_case(catena::Interpreter& interpreter, const Case& one, int rounds, long blocks) {
    auto stream = Stream::create({}, [](const std::string& plugin, const catena::Error& error) {
        std::cerr << plugin << ": " << error.message << '\n';
    });
    if (!stream) return {};
    for (const std::string& plugin : one.plugins) {
        if (const auto added = stream->add(interpreter, plugin); !added) {
            std::cerr << plugin << ": " << added.error().message << '\n';
            return {};
        }
    }
    const catena::Value own = interpreter.get(one.own).value();
    const auto contend = interpreter.get("contend").value();
    std::vector<double> all(static_cast<std::size_t>(rounds * blocks)), means, own_means;
    auto next = all.begin();
    for (long i = 0; i < 2000; ++i) stream->run_block();
    const double before = resident();
    for (int round = 0; round < rounds; ++round) {
        own_means.push_back(own(std::max(1L, blocks / 10))->as<double>().value() * 1e6);
        if (one.contending) (void)contend(true);
        const auto first = next;
        for (long i = 0; i < blocks; ++i) {
            // Long enough for the other thread to take the lock.
            if (one.contending) std::this_thread::sleep_for(std::chrono::microseconds(100));
            const auto start = Clock::now();
            stream->run_block();
            *next++ = std::chrono::duration<double, std::micro>(Clock::now() - start).count();
        }
        if (one.contending) (void)contend(false);
        means.push_back(std::accumulate(first, next, 0.0) / static_cast<double>(blocks));
    }
    const double grown = resident() - before;
    std::sort(all.begin(), all.end());
    std::ostringstream out;
    out << "{\"name\": \"" << one.name << "\", \"own\": " << array(own_means) << ", \"mean\": " << array(means)
        << ", \"p50\": " << part(all, 0.5) << ", \"p99\": " << part(all, 0.99) << ", \"p999\": " << part(all, 0.999)
        << ", \"max\": " << all.back() << ", \"grown\": " << grown << ", \"blocks\": " << all.size()
        << ", \"failed\": " << stream->failures().size() << ", \"contending\": " << (one.contending ? "true" : "false")
        << '}';
    return out.str();
}

}  // namespace

std::string run_blocks(catena::Interpreter& interpreter, int rounds, long blocks, const std::string& examples) {
    const auto path = interpreter.define("examples", examples);
    const auto ready = interpreter.eval(
        "(import sys gc os) (set! sys.stdout (open os.devnull \"w\")) (.append sys.path examples) "
        "(sys.setswitchinterval 0.000005)"
        "(import own_times :refer [gain widen chain contend]) (gc.collect) (gc.freeze)");
    if (!path || !ready) {
        std::cerr << ready.error().trace() << '\n';
        return {};
    }
    // As an audio host's thread runs, where that is allowed.
    sched_param priority{};
    priority.sched_priority = 10;
    const bool realtime = pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority) == 0;
    std::string out;
    for (const Case& one : cases) {
        const std::string result = run_case(interpreter, one, rounds, blocks);
        if (result.empty()) return {};
        out += (out.empty() ? "" : ",\n") + result;
    }
    return std::string("{\"realtime\": ") + (realtime ? "true" : "false") + ", \"rows\": [" + out + "]}";
}

}  // namespace bench
