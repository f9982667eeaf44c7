#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/embed/support.hpp"

using namespace catena;
using catena::tests::evaluated;
using catena::tests::fresh;

namespace {

// Runs it in a thread of its own, to the thread's end.
template <class F>
void in_thread(F function) {
    const detail::WithoutGil free;  // this program started Python and holds the GIL
    std::thread(function).join();
}

}  // namespace

TEST_CASE("what Python keeps for a thread is kept between two calls from it") {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.eval("(import threading) (def own (threading.local))"));
    in_thread([&] {
        CHECK(interpreter.eval("(set! own.x 5)"));
        CHECK(evaluated<int>(interpreter, "own.x") == 5);
    });
    in_thread([&] { CHECK(interpreter.eval("own.x").error().type == "AttributeError"); });
}

TEST_CASE("a thread that has ended leaves nothing behind in Python") {
    Interpreter interpreter = fresh();
    REQUIRE(
        interpreter.eval("(import threading) (def own (threading.local)) (def gone 0)"
                         "(defclass Witness [] (defn __del__ [self] (set! gone (inc gone))))"));
    for (int i = 0; i < 20; ++i) in_thread([&] { CHECK(interpreter.eval("(set! own.witness (Witness))")); });
    CHECK(evaluated<int>(interpreter, "gone") == 20);
}

TEST_CASE("values that die with their thread") {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.eval("(def gone 0) (defclass Witness [] (defn __del__ [self] (set! gone (inc gone))))"));
    in_thread([&] {
        thread_local Value before;  // destroyed after what the thread's first call makes
        before = interpreter.eval("(Witness)").value();
        thread_local Value after;
        after = interpreter.eval("(Witness)").value();
    });
    CHECK(evaluated<int>(interpreter, "gone") == 2);
}

TEST_CASE("many calls under one Gil") {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.eval("(def n 0) (defn step [by] (set! n (+ n by)))"));
    const Value step = interpreter.get("step").value();
    REQUIRE(interpreter.define("host-step", [&step](int by) { return step(by)->as<int>().value(); }));
    in_thread([&] {
        const Gil gil;
        for (int i = 0; i < 100; ++i) CHECK(step(1));
        const Gil again;
        CHECK(evaluated<int>(interpreter, "(host-step 5)") == 105);
    });
}

TEST_CASE("Python's threads call functions of the host") {
    Interpreter interpreter = fresh();
    std::mutex mutex;
    std::vector<int> seen;
    REQUIRE(interpreter.define("report", [&](int n) {
        const std::lock_guard lock(mutex);  // nobody else holds it and waits for the GIL: it is free here
        seen.push_back(n);
        if (n < 0) throw std::runtime_error("negative");
    }));
    REQUIRE(interpreter.eval(
        "(import threading)"
        "(def failed [])"
        "(defn work [n] (dotimes [i 50] (report n)) (try (report -1) (catch RuntimeError e (.append failed e))))"
        "(def threads (mapv (fn [n] (threading.Thread :target work :args #[n])) (range 4)))"
        "(doseq [t threads] (.start t)) (doseq [t threads] (.join t))"));
    CHECK(seen.size() == 204);
    CHECK(evaluated<int>(interpreter, "(len failed)") == 4);
}

TEST_CASE("interpreters and classes come and go in several threads at once") {
    struct Counter {
        int n = 0;
        int add(int by) { return n += by; }
    };
    std::atomic<int> right{0};
    {
        const detail::WithoutGil free;
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&right] {
                for (int i = 0; i < 10; ++i) {
                    Interpreter interpreter = fresh();
                    if (!interpreter.define("Counter", Class<Counter>().constructor<>().method("add", &Counter::add)) ||
                        !interpreter.set_limits({.time = std::chrono::seconds(100), .steps = 100000}) ||
                        !interpreter.set_output([](std::string_view) {}))
                        return;
                    const auto sum =
                        interpreter.eval("(def c (Counter)) (dotimes [i 20] (.add c i) (print i)) (.add c 0)");
                    if (sum && sum->as<int>().value_or(0) == 190) ++right;
                }
            });
        for (std::thread& thread : threads) thread.join();
    }
    CHECK(right == 40);
}

TEST_CASE("interrupts from several threads, whatever runs") {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.eval("(defn spin [n] (let [i 0] (while (< i n) (set! i (inc i))) i))"));
    std::atomic<bool> done{false};
    std::atomic<int> ended{0}, odd{0};
    {
        const detail::WithoutGil free;
        std::vector<std::thread> threads;
        for (int t = 0; t < 2; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 30; ++i) {
                    const auto value = interpreter.eval("(spin 20000)");
                    if (!value && value.error().type != "KeyboardInterrupt") ++odd;
                    ++ended;
                }
            });
        std::thread interrupter([&] {
            while (!done) {
                interpreter.interrupt();
                std::this_thread::sleep_for(std::chrono::microseconds(200));
            }
        });
        for (std::thread& thread : threads) thread.join();
        done = true;
        interrupter.join();
    }
    CHECK(ended == 60);
    CHECK(odd == 0);
    CHECK(evaluated<int>(interpreter, "(spin 10)") == 10);
}
