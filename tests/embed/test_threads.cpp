#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
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

// Whether it comes true: what Python keeps for a thread is cleared soon after the thread's end.
template <class F>
bool soon(F holds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!holds()) {
        if (std::chrono::steady_clock::now() > end) return false;
        const detail::WithoutGil free;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
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
    CHECK(soon([&] { return evaluated<int>(interpreter, "gone") == 20; }));
}

TEST_CASE("who waits for the end of a thread may hold the GIL") {
    Interpreter interpreter = fresh();
    std::atomic<bool> called{false}, go{false};
    std::thread worker([&] {
        CHECK(interpreter.eval("(+ 1 2)")->as<int>() == 3);
        called = true;
        called.notify_one();
        go.wait(false);
    });
    {
        const detail::WithoutGil free;
        called.wait(false);
    }
    const Gil gil;
    go = true;
    go.notify_one();
    worker.join();
    CHECK(evaluated<int>(interpreter, "(+ 1 2)") == 3);
}

TEST_CASE("what dies with a thread may run code, which may call the host") {
    Interpreter interpreter = fresh();
    std::atomic<int> told{0};
    REQUIRE(interpreter.define("tell", [&] { told += interpreter.eval("(+ 1 2)")->as<int>().value(); }));
    REQUIRE(
        interpreter.eval("(import threading) (def own (threading.local))"
                         "(defclass Witness [] (defn __del__ [self] (tell)))"));
    for (int i = 0; i < 5; ++i) in_thread([&] { CHECK(interpreter.eval("(set! own.witness (Witness))")); });
    CHECK(soon([&] { return told == 15; }));
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

TEST_CASE("small values that a thread gives up are gone after its next call, and when it ends") {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.eval(
        "(import sys) (def number 12345678901) (def text (str \"te\" \"xt\")) (def real (float \"1.5\"))"
        "(defn references [] [(sys.getrefcount number) (sys.getrefcount text) (sys.getrefcount real)])"));
    const Value references = interpreter.get("references").value();
    using Counts = std::tuple<int, int, int>;
    const auto count = [&] { return references()->as<Counts>().value(); };
    const Counts before = count();
    in_thread([&] {
        for (int i = 0; i < 100; ++i) {
            CHECK(interpreter.get("number")->as<std::int64_t>() == 12345678901);
            CHECK(interpreter.get("text")->as<std::string>() == "text");
            CHECK(interpreter.get("real")->as<double>() == 1.5);
        }
        CHECK(count() == before);
        {
            std::vector<Value> many;
            for (int i = 0; i < 100; ++i)
                for (const char* name : {"number", "text", "real"}) many.push_back(interpreter.get(name).value());
        }
        CHECK(count() == before);
        Value last = interpreter.get("number").value();
        Interpreter passing = fresh();
        last = passing.eval("nil").value();  // what keeps its interpreter's things, too
    });
    CHECK(soon([&] { return count() == before; }));
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

TEST_CASE("a Gil that is taken at once") {
    Interpreter interpreter = fresh();
    REQUIRE(
        interpreter.eval("(import threading) (def turns 0) (def going true)"
                         "(defn spin [] (while going (set! turns (inc turns))))"
                         "(def threads (mapv (fn [_] (threading.Thread :target spin)) (range 2)))"
                         "(defn step [n] (inc n)) (doseq [t threads] (.start t))"));
    const Value step = interpreter.get("step").value();
    std::atomic<int> right{0};
    const auto work = [&](int rounds) {
        for (int i = 0; i < rounds; ++i) {
            const Gil gil(at_once);
            if (step(i)->as<int>() == i + 1) ++right;
            const Gil within(at_once);
        }
    };
    in_thread([&] { work(200); });
    {
        // From each other, too, and with nobody else.
        const detail::WithoutGil free;
        std::vector<std::thread> workers;
        for (int t = 0; t < 3; ++t) workers.emplace_back(work, 200);
        for (std::thread& worker : workers) worker.join();
    }
    // They go on.
    const int turns = evaluated<int>(interpreter, "turns");
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (evaluated<int>(interpreter, "turns") == turns && std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    CHECK(evaluated<int>(interpreter, "turns") > turns);
    REQUIRE(interpreter.eval("(set! going false) (doseq [t threads] (.join t))"));
    in_thread([&] { work(200); });
    CHECK(right == 1000);
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
