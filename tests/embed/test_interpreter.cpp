#include <atomic>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <thread>

#include "tests/embed/support.hpp"

using catena::Interpreter;
using catena::Value;
using catena::tests::evaluated;
using catena::tests::fresh;

TEST_CASE("the line at which code begins") {
    Interpreter interpreter = fresh();
    CHECK(interpreter.eval("\n(/ 1 0)", "host.cpp", 1000).error().line == 1001);
    CHECK(interpreter.eval("(/ 1 0)", "host.cpp", -5).error().line == 1);
    CHECK(interpreter.eval("1", "host.cpp", 2'000'000'000).error().message ==
          "code begins at line 10000000 at most, not 2000000000");
}

TEST_CASE("values of scripts arrive as C++ values") {
    Interpreter interpreter = fresh();
    CHECK(evaluated<int>(interpreter, "(+ 1 2)") == 3);
    CHECK(evaluated<double>(interpreter, "(/ 1 4)") == 0.25);
    CHECK(evaluated<double>(interpreter, "7") == 7.0);
    CHECK(evaluated<bool>(interpreter, "(= 1 1)"));
    CHECK(evaluated<std::string>(interpreter, "(str \"grü\" \"ße\")") == "grüße");
    CHECK(evaluated<std::string>(interpreter, ":name") == "name");
    CHECK(evaluated<std::vector<int>>(interpreter, "(map inc [1 2 3])") == std::vector<int>{2, 3, 4});
    CHECK(evaluated<std::vector<int>>(interpreter, "(list 1 2)") == std::vector<int>{1, 2});
    CHECK(evaluated<std::map<std::string, int>>(interpreter, "{:a 1 \"b\" 2}") ==
          std::map<std::string, int>{{"a", 1}, {"b", 2}});
    CHECK(evaluated<std::tuple<int, std::string>>(interpreter, "#[1 \"x\"]") == std::tuple<int, std::string>{1, "x"});
    CHECK_FALSE(evaluated<std::optional<int>>(interpreter, "nil").has_value());
    CHECK(evaluated<std::optional<int>>(interpreter, "5") == 5);
    CHECK(std::get<std::string>(evaluated<std::variant<int, std::string>>(interpreter, "\"s\"")) == "s");
    CHECK(evaluated<std::chrono::milliseconds>(interpreter, "0.25") == std::chrono::milliseconds(250));
    CHECK(evaluated<std::uint64_t>(interpreter, "18446744073709551615") == ~std::uint64_t{0});
    CHECK(interpreter.eval("nil")->is_nil());
    CHECK(interpreter.eval("")->is_nil());
}

TEST_CASE("what does not fit is an error, not a wrong number") {
    Interpreter interpreter = fresh();
    CHECK(interpreter.eval("300")->as<std::int8_t>().error().type == "OverflowError");
    CHECK(interpreter.eval("-1")->as<unsigned>().error().type == "OverflowError");
    CHECK(interpreter.eval("(** 2 70)")->as<std::int64_t>().error().type == "OverflowError");
    CHECK(interpreter.eval("1.5")->as<int>().error().message == "expected an integer, not float");
    CHECK(interpreter.eval("\"1\"")->as<int>().error().type == "TypeError");
    CHECK(interpreter.eval("true")->as<int>().error().type == "TypeError");
    CHECK(interpreter.eval("\"text\"")->as<std::vector<std::string>>().error().type == "TypeError");
    CHECK(interpreter.eval("#[1 2 3]")->as<std::pair<int, int>>().error().type == "ValueError");
    CHECK(interpreter.eval("[1 \"x\"]")->as<std::vector<int>>().error().type == "TypeError");
    CHECK(interpreter.eval("[]")->as<std::variant<int, bool>>().error().type == "TypeError");
}

TEST_CASE("errors say what, where and how they came about") {
    Interpreter interpreter = fresh();
    const auto result = interpreter.eval("(defn f [x]\n  (/ 1 x))\n(f 0)", "host.cpp", 40);
    REQUIRE_FALSE(result);
    CHECK(result.error().type == "ZeroDivisionError");
    CHECK(result.error().message == "division by zero");
    CHECK(result.error().file == "host.cpp");
    CHECK(result.error().line == 41);
    CHECK(result.error().column == 3);
    CHECK(result.error().trace().find("ZeroDivisionError: division by zero") != std::string::npos);
    const auto unread = interpreter.eval("(+ 1", "host.cpp", 7);
    REQUIRE_FALSE(unread);
    CHECK(unread.error().type == "catena.ReadError");
    CHECK(unread.error().line == 7);
    CHECK(interpreter.eval("(let [x])").error().type == "catena.CompileError");
    CHECK(interpreter.run_file("/no/such/file.lisp").error().type == "FileNotFoundError");
    CHECK(interpreter.require("no.such.module").error().type == "ModuleNotFoundError");
    CHECK(interpreter.get("no-such-name").error().type == "NameError");
    CHECK(interpreter.eval("(($py \"sys\") .exit 3)").error().type != "");
    CHECK(interpreter.eval("(.exit ($py \"sys\") 3)").error().type == "SystemExit");
    // The interpreter goes on.
    CHECK(evaluated<double>(interpreter, "(f 1)") == 1.0);
}

TEST_CASE("names and functions of the host") {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.define("gain", 0.5));
    REQUIRE(interpreter.define("names", std::vector<std::string>{"a", "b"}));
    REQUIRE(interpreter.define(
        "lerp", [](double a, double b, double t) { return a + t * (b - a); }, "Mix a and b."));
    CHECK(evaluated<double>(interpreter, "(lerp 0 10 gain)") == 5.0);
    CHECK(evaluated<std::string>(interpreter, "(. lerp __doc__)") == "Mix a and b.");
    CHECK(evaluated<std::string>(interpreter, "(nth names 1)") == "b");
    CHECK(interpreter.eval("(lerp 1 2)").error().message == "lerp takes 3 arguments but 2 were given");
    CHECK(interpreter.eval("(lerp 1 2 \"x\")").error().message == "argument 3 of lerp: expected a number, not str");

    int calls = 0;
    REQUIRE(interpreter.define("count!", [&calls] { ++calls; }));
    CHECK(interpreter.eval("(dotimes [_ 5] (count!))"));
    CHECK(calls == 5);
    REQUIRE(interpreter.define("fail", [](int) -> int { throw std::runtime_error("no luck"); }));
    CHECK(interpreter.eval("(fail 1)").error().message == "fail: no luck");
    CHECK(evaluated<std::string>(interpreter, "(try (fail 1) (catch RuntimeError e \"caught\"))") == "caught");
    REQUIRE(interpreter.define("odd", []() -> int { throw 5; }));
    CHECK(interpreter.eval("(odd)").error().type == "RuntimeError");
    REQUIRE(interpreter.define("perhaps", [](bool good) -> tl::expected<int, std::string> {
        if (good) return 1;
        return tl::unexpected(std::string("not this time"));
    }));
    CHECK(evaluated<int>(interpreter, "(perhaps true)") == 1);
    CHECK(interpreter.eval("(perhaps false)").error().message == "not this time");
    REQUIRE(interpreter.define("twice", [](const Value& f) { return f(f(2).value()).value(); }));
    CHECK(evaluated<int>(interpreter, "(twice (fn [x] (* x x)))") == 16);
}

TEST_CASE("the script's functions and objects from C++") {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.eval("(defn process [n text xs] (str n text (sum xs)))"));
    const Value process = interpreter.get("process").value();
    CHECK(process(42, "text", std::vector<double>{1, 2})->as<std::string>().value() == "42text3.0");
    CHECK(process(1).error().type == "TypeError");
    const Value map = interpreter.eval("{:a {:b [10 20]}}").value();
    CHECK(map.item("a")->item("b")->item(1)->as<int>().value() == 20);
    CHECK(map.item("x").error().type == "KeyError");
    const Value path = interpreter.require("os.path").value();
    CHECK(path.call("join", "a", "b")->str().value() == "a/b");
    REQUIRE(interpreter.eval("(defclass Point [] (defn __init__ [self x-at] (set! self.x-at x-at)))"));
    const Value point = interpreter.get("Point").value()(3).value();
    CHECK(point.attr("x-at")->as<int>().value() == 3);
    REQUIRE(point.set_attr("x-at", 9));
    CHECK(point.attr("x-at")->as<int>().value() == 9);
    CHECK(interpreter.get("map").value().type_name() == "catena.Function");
    CHECK(interpreter.eval("[1 :a]")->repr().value() == "[1, 'a']");
}

TEST_CASE("interpreters do not see each other's names, but the same modules") {
    Interpreter one = fresh();
    Interpreter other = fresh();
    REQUIRE(one.eval("(def x 1)"));
    CHECK(other.eval("x").error().type == "NameError");
    REQUIRE(one.eval("(import json) (set! (. json shared) 5)"));
    CHECK(evaluated<int>(other, "(import json) (. json shared)") == 5);
    {
        Interpreter brief = fresh();
        REQUIRE(brief.eval("(def y 2)"));
    }
    Value kept = one.eval("(fn [] x)").value();
    one = std::move(other);
    CHECK(kept()->as<int>().value() == 1);
}

TEST_CASE("the standard library is there, and NumPy") {
    Interpreter interpreter = fresh();
    CHECK(evaluated<double>(interpreter, "(import numpy :as np) (np.sum (np.arange 5))") == 10.0);
    CHECK(evaluated<int>(interpreter, "(->> (range 10) (filter even?) (reduce +))") == 20);
}

TEST_CASE("an endless script is interrupted from another thread") {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.define("pause", [] { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }));
    std::thread other([&interpreter] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        interpreter.interrupt();
    });
    const auto result = interpreter.eval("(while true (pause))");
    other.join();
    REQUIRE_FALSE(result);
    CHECK(result.error().type == "KeyboardInterrupt");
    CHECK(evaluated<int>(interpreter, "(+ 1 1)") == 2);
}

TEST_CASE("threads of the host call scripts side by side") {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.eval("(defn work [n] (reduce + (range n)))"));
    const Value work = interpreter.get("work").value();
    std::atomic<int> right{0};
    {
        const catena::detail::WithoutGil free;  // this program started Python and holds the GIL
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 50; ++i)
                    if (work(1000)->as<int>().value_or(0) == 499500) ++right;
            });
        for (std::thread& thread : threads) thread.join();
    }
    CHECK(right == 200);
}

TEST_CASE("rows of numbers, of one kind and mixed") {
    Interpreter interpreter = fresh();
    using Numbers = std::vector<double>;
    CHECK(evaluated<Numbers>(interpreter, "[1.5 2.5]") == Numbers{1.5, 2.5});
    CHECK(evaluated<Numbers>(interpreter, "#[]").empty());
    CHECK(evaluated<Numbers>(interpreter, "[1.5 2 (** 2 70) 0.5]") == Numbers{1.5, 2, std::exp2(70), 0.5});
    CHECK(evaluated<Numbers>(interpreter, "(map float (range 3))") == Numbers{0, 1, 2});
    CHECK(interpreter.eval("[1.5 \"x\" 2.5]")->as<Numbers>().error().type == "TypeError");
    // A number that changes the row while it is read.
    CHECK(evaluated<Numbers>(interpreter,
                             "(defclass Greedy [] (defn __float__ [self] (.clear xs) 7.0))"
                             "(def xs [1.5 (Greedy) 2.5]) xs") == Numbers{1.5, 7});
}
