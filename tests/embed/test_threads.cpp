#include <thread>

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
