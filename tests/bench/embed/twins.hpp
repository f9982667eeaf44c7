// The ways of calling scripts from C++ that ./dev bench embed compares.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <catena/catena.hpp>

namespace bench {

// Does the same `n` times and answers something that shows it was done; the twins' answers are compared.
using Loop = std::function<double(long n)>;
using Loops = std::map<std::string, Loop>;  // row -> loop

// What the rows call, the same objects for every twin.
struct Things {
    catena::Value nothing;   // (fn [] nil)
    catena::Value identity;  // (fn [x] x)
    catena::Value second;    // (fn [a b] b)
    catena::Value method;    // bound: (fn [self x] x)
    catena::Value object;    // x is 5
    catena::Value repeat;    // (fn [f n] …) calls f with 1.5, n times
    catena::Value total;     // (fn [numbers] …): their sum
    catena::Value numbers;   // n numbers from 0.0 on
};

[[nodiscard]] Loops catena_loops(catena::Interpreter& interpreter, const Things& things);
[[nodiscard]] Loops c_api_loops(const Things& things);
#if defined(CATENA_BENCH_PYBIND11)
[[nodiscard]] Loops pybind11_loops(const Things& things);
#endif

// The blocks of the audio host, as JSON.
[[nodiscard]] std::string run_blocks(catena::Interpreter& interpreter, int rounds, long blocks,
                                     const std::string& examples);

}  // namespace bench
