// Measures calls between C++ and scripts for ./dev bench embed, and prints the times as JSON.
//
//     bench_embed PLUGINS EXAMPLES ROUNDS CALLS BLOCKS
#include <time.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <utility>

#include "tests/bench/embed/twins.hpp"

namespace {

// Of the processor for this thread: nothing here waits for another one.
double nanoseconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return 1e9 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec);
}

constexpr const char* things_code = R"(
    (defclass Thing [] (def x 5) (defn m [self x] x))
    (def object (Thing))
    (def method object.m)
    (defn nothing [] nil)
    (defn same [x] x)
    (defn latter [a b] b)
    (defn call-often [f n] (let [r nil] (dotimes [_ n] (set! r (f 1.5))) r))
    (defn total [numbers] (sum numbers))
    (def numbers (mapv float (range 1000))))";

struct Row {
    const char* name;
    long share;  // of the calls, as the rows take different times
};
constexpr Row rows[] = {{"f()", 1},
                        {"f(1.5) as double", 1},
                        {"f(1.5) as double, lock held", 1},
                        {"f(1, text) as text", 1},
                        {"bound method", 1},
                        {"an attribute as int", 1},
                        {"the host's function from a script", 1},
                        {"1000 numbers in", 100},
                        {"1000 numbers out", 100},
                        {"a text of code", 20}};

std::optional<bench::Things> make_things(catena::Interpreter& interpreter) {
    if (const auto made = interpreter.eval(things_code); !made) {
        std::cerr << made.error().trace() << '\n';
        return {};
    }
    const auto named = [&](const char* name) { return interpreter.get(name).value(); };
    return bench::Things{.nothing = named("nothing"),
                         .identity = named("same"),
                         .second = named("latter"),
                         .method = named("method"),
                         .object = named("object"),
                         .repeat = named("call-often"),
                         .total = named("total"),
                         .numbers = named("numbers")};
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 6) return 2;
    const int rounds = std::atoi(arguments[3]);
    const long calls = std::atol(arguments[4]), blocks = std::atol(arguments[5]);
    auto interpreter = catena::Interpreter::create({.path = {arguments[1]}});
    if (!interpreter) {
        std::cerr << interpreter.error().message << '\n';
        return 1;
    }
    const auto things = make_things(*interpreter);
    if (!things) return 1;
    std::vector<std::pair<const char*, bench::Loops>> twins;
    {
        const catena::Gil gil;
        twins.emplace_back("C API", bench::c_api_loops(*things));
#if defined(CATENA_BENCH_PYBIND11)
        twins.emplace_back("pybind11", bench::pybind11_loops(*things));
#endif
    }
    twins.emplace_back("Catena", bench::catena_loops(*interpreter, *things));

    std::printf("{\"calls\": [");
    for (const Row& row : rows) {
        const long n = std::max(1L, calls / row.share);
        std::printf("%s\n{\"name\": \"%s\", \"twins\": {", &row == rows ? "" : ",", row.name);
        std::vector<std::vector<double>> times(twins.size());
        std::vector<double> answers;
        for (auto& [name, loops] : twins) answers.push_back(loops.at(row.name)(n / 10 + 1));
        for (int round = 0; round < rounds; ++round) {
            for (std::size_t t = 0; t < twins.size(); ++t) {
                const double start = nanoseconds();
                (void)twins[t].second.at(row.name)(n);
                times[t].push_back((nanoseconds() - start) / static_cast<double>(n));
            }
        }
        for (std::size_t t = 0; t < twins.size(); ++t) {
            std::printf("%s\"%s\": {\"answer\": %.17g, \"times\": [", t > 0 ? ", " : "", twins[t].first, answers[t]);
            for (std::size_t i = 0; i < times[t].size(); ++i) std::printf("%s%.2f", i > 0 ? ", " : "", times[t][i]);
            std::printf("]}");
        }
        std::printf("}}");
    }
    const std::string blocks_result = bench::run_blocks(*interpreter, rounds, blocks / rounds, arguments[2]);
    if (blocks_result.empty()) return 1;
    std::printf("],\n\"blocks\": %s}\n", blocks_result.c_str());
}
