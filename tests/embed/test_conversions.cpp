// Every type that as<T>() knows, what does not fit it, and the way back.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <thread>
#include <unordered_map>
#include <variant>

#include "tests/embed/support.hpp"

using catena::Interpreter;
using catena::Result;
using catena::Value;
using catena::tests::evaluated;
using catena::tests::fresh;
using namespace std::chrono_literals;

namespace {

// The error of a conversion, "Type: message"; empty when there is none.
template <class T>
std::string refused(Interpreter& interpreter, const char* code) {
    const Value value = interpreter.eval(code).value();
    const Result<T> result = value.as<T>();
    return result ? "" : result.error().type + ": " + result.error().message;
}

template <class T>
T round(const T& value) {
    return Value::from(value).value().template as<T>().value();
}

enum class Colour : std::uint8_t { red = 1, green = 200 };

}  // namespace

TEST_CASE("numbers keep their value or are refused") {
    Interpreter interpreter = fresh();
    CHECK(round(std::numeric_limits<std::int64_t>::min()) == std::numeric_limits<std::int64_t>::min());
    CHECK(round(std::numeric_limits<std::uint64_t>::max()) == std::numeric_limits<std::uint64_t>::max());
    CHECK(round(std::int8_t{-128}) == -128);
    CHECK(round(0.1F) == 0.1F);
    CHECK(round(1e300) == 1e300);
    CHECK(round(true));
    CHECK(evaluated<std::uint16_t>(interpreter, "65535") == 65535);
    CHECK(evaluated<int>(interpreter, "(import numpy :as np) (np.int64 7)") == 7);
    CHECK(evaluated<float>(interpreter, "(np.float32 0.5)") == 0.5F);
    CHECK(evaluated<float>(interpreter, "(float \"inf\")") == std::numeric_limits<float>::infinity());
    CHECK(std::isnan(evaluated<float>(interpreter, "(float \"nan\")")));
    CHECK(refused<std::uint16_t>(interpreter, "65536") == "OverflowError: 65536 does not fit into 16 bits");
    CHECK(refused<std::int8_t>(interpreter, "-129") == "OverflowError: -129 does not fit into 8 bits");
    CHECK(refused<std::uint64_t>(interpreter, "-1").starts_with("OverflowError"));
    CHECK(refused<std::uint64_t>(interpreter, "(** 2 64)").starts_with("OverflowError"));
    CHECK(refused<float>(interpreter, "1e39").starts_with("OverflowError"));
    CHECK(refused<float>(interpreter, "1e39") == "OverflowError: 1e+39 does not fit into 32 bits");
    CHECK(evaluated<float>(interpreter, "3.4028235e38") == std::numeric_limits<float>::max());  // rounded, as C++ does
    CHECK(refused<float>(interpreter, "-3.4028236e38").starts_with("OverflowError"));
    CHECK(refused<double>(interpreter, "(** 10 400)").starts_with("OverflowError"));
    if constexpr (sizeof(long double) > sizeof(double))
        CHECK(Value::from(std::numeric_limits<long double>::max()).error().type == "OverflowError");
    CHECK(std::isinf(round(std::numeric_limits<long double>::infinity())));
    CHECK(refused<int>(interpreter, "1.0") == "TypeError: expected an integer, not float");
    CHECK(refused<int>(interpreter, "nil") == "TypeError: expected an integer, not NoneType");
    CHECK(refused<double>(interpreter, "\"1.5\"") == "TypeError: expected a number, not str");
    CHECK(refused<double>(interpreter, "false") == "TypeError: expected a number, not bool");
    CHECK(refused<double>(interpreter, "1j").starts_with("TypeError"));
    CHECK(refused<bool>(interpreter, "1") == "TypeError: expected a boolean, not int");
    CHECK(refused<bool>(interpreter, "nil") == "TypeError: expected a boolean, not NoneType");
    CHECK(refused<int>(interpreter, "(defclass Bad [] (defn __index__ [self] (throw (KeyError \"no\")))) (Bad)")
              .starts_with("KeyError"));
    CHECK(evaluated<bool>(interpreter, "(> (np.float64 2) 1)"));  // NumPy's own booleans
    CHECK_FALSE(evaluated<bool>(interpreter, "(np.any (np.zeros 3))"));
    CHECK(refused<int>(interpreter, "(np.bool_ true)") == "TypeError: expected an integer, not numpy.bool_");
    CHECK(refused<double>(interpreter, "(np.bool_ true)") == "TypeError: expected a number, not numpy.bool_");
    CHECK(evaluated<Colour>(interpreter, "200") == Colour::green);
    CHECK(round(Colour::red) == Colour::red);
    CHECK(refused<Colour>(interpreter, "300").starts_with("OverflowError"));
    CHECK(refused<Colour>(interpreter, ":red").starts_with("TypeError"));
}

TEST_CASE("texts and paths") {
    Interpreter interpreter = fresh();
    CHECK(round(std::string("a\0ä", 4)) == std::string("a\0ä", 4));
    const Value held = interpreter.eval("(str \"vi\" \"ew\")").value();
    CHECK(held.as<std::string_view>().value() == "view");
    CHECK(held.as<std::optional<std::string_view>>().value() == "view");
    CHECK(refused<std::string_view>(interpreter, "5") == "TypeError: expected a string, not int");
    CHECK(refused<std::string>(interpreter, "b\"bytes\"") == "TypeError: expected a string, not bytes");
    CHECK(refused<std::string>(interpreter, "(chr 0xD800)").starts_with("UnicodeEncodeError"));
    CHECK(Value::from(std::string("\xff")).error().type == "UnicodeDecodeError");

    using std::filesystem::path;
    CHECK(round(path("/a/b ü")) == path("/a/b ü"));
    CHECK(round(path("/not utf8 \xff")) == path("/not utf8 \xff"));
    CHECK(evaluated<path>(interpreter, "\"a/b\"") == path("a/b"));
    CHECK(evaluated<path>(interpreter, "(import pathlib) (/ (pathlib.Path \"a\") \"b\")") == path("a/b"));
    CHECK(refused<path>(interpreter, "5") == "TypeError: expected a path, not int");
    CHECK(refused<path>(interpreter, "nil") == "TypeError: expected a path, not NoneType");
    CHECK(refused<path>(interpreter, "\"a\\0b\"").starts_with("ValueError"));
}

TEST_CASE("durations and times") {
    using std::chrono::system_clock;
    Interpreter interpreter = fresh();
    CHECK(round(1234567us) == 1234567us);
    CHECK(round(-3h) == -3h);
    CHECK(round(0.5s) == 0.5s);
    CHECK(evaluated<std::chrono::milliseconds>(interpreter, "0.29") == 290ms);
    CHECK(evaluated<std::chrono::seconds>(interpreter, "2") == 2s);
    CHECK(evaluated<std::chrono::milliseconds>(
              interpreter, "(import datetime) (datetime.timedelta :days 1 :microseconds 1000)") == 24h + 1ms);
    CHECK(refused<std::chrono::nanoseconds>(interpreter, "1e10").starts_with("OverflowError"));
    CHECK(refused<std::chrono::seconds>(interpreter, "(float \"nan\")").starts_with("OverflowError"));
    CHECK(refused<std::chrono::duration<unsigned>>(interpreter, "-1").starts_with("OverflowError"));
    CHECK(refused<std::chrono::seconds>(interpreter, "\"1s\"") == "TypeError: expected a number of seconds, not str");
    CHECK(refused<std::chrono::seconds>(interpreter, "nil").starts_with("TypeError"));
    CHECK(refused<std::chrono::seconds>(interpreter, "1e300") ==
          "OverflowError: 1e+300 seconds do not fit into the duration");
    // A timedelta is exact, also where no double is.
    CHECK(evaluated<std::chrono::nanoseconds>(interpreter, "(datetime.timedelta :microseconds 1234567890123457)") ==
          1234567890123457us);
    CHECK(refused<std::chrono::nanoseconds>(interpreter, "(datetime.timedelta :days 200000)") ==
          "OverflowError: 17280000000.0 seconds do not fit into the duration");
    CHECK(evaluated<std::chrono::seconds>(interpreter, "(datetime.timedelta :microseconds -1700000)") == -2s);
    CHECK(refused<std::chrono::duration<std::int8_t>>(interpreter, "(datetime.timedelta :seconds 128)")
              .starts_with("OverflowError"));
    // Times are rounded to the unit of their time_point, on both sides of 1970.
    using Seconds = std::chrono::sys_time<std::chrono::seconds>;
    CHECK(evaluated<Seconds>(interpreter, "-1.9") == Seconds(-2s));
    CHECK(evaluated<Seconds>(interpreter, "1.9") == Seconds(2s));
    CHECK(Value::from(Seconds::max()).error().type == "OverflowError");
    CHECK(Value::from(Seconds::min()).error().type == "OverflowError");
    CHECK(Value::from(std::chrono::sys_time<std::chrono::hours>(std::chrono::hours(1LL << 40))).error().type ==
          "OverflowError");

    const system_clock::time_point now = std::chrono::floor<std::chrono::microseconds>(system_clock::now());
    CHECK(round(now) == now);
    const system_clock::time_point early{-1us};
    CHECK(round(early) == early);
    CHECK(evaluated<system_clock::time_point>(interpreter, "1.5") == system_clock::time_point(1500ms));
    CHECK(evaluated<system_clock::time_point>(
              interpreter, "(datetime.datetime 1970 1 2 :tzinfo (datetime.timezone (datetime.timedelta :hours 2)))") ==
          system_clock::time_point(22h));
    CHECK(evaluated<bool>(interpreter, "(def now (datetime.datetime.now)) true"));
    CHECK(std::chrono::abs(evaluated<system_clock::time_point>(interpreter, "now") - system_clock::now()) < 1min);
    REQUIRE(interpreter.define("at", system_clock::time_point(25h)));
    CHECK(evaluated<std::string>(interpreter, "(str at)") == "1970-01-02 01:00:00+00:00");
    CHECK(refused<system_clock::time_point>(interpreter, "(datetime.datetime 9999 1 1)").starts_with("OverflowError"));
    CHECK(refused<system_clock::time_point>(interpreter, "1e30").starts_with("OverflowError"));
    CHECK(refused<system_clock::time_point>(interpreter, "(datetime.date 2020 1 1)") ==
          "TypeError: expected a time, not datetime.date");
}

TEST_CASE("containers, as deep as they are") {
    Interpreter interpreter = fresh();
    using Nested = std::map<std::string, std::vector<std::pair<int, std::optional<double>>>>;
    const Nested nested{{"a", {{1, 0.5}, {2, std::nullopt}}}, {"b", {}}};
    CHECK(round(nested) == nested);
    CHECK(evaluated<Nested>(interpreter, "{:a [[1 0.5] #[2 nil]] :b []}") == nested);
    CHECK(round(std::vector<bool>{true, false}) == std::vector<bool>{true, false});
    CHECK(round(std::unordered_map<int, std::string>{{1, "x"}}).at(1) == "x");
    CHECK(round(std::tuple<int, std::string, bool>{1, "x", true}) == std::tuple<int, std::string, bool>{1, "x", true});
    CHECK(round(std::tuple<>{}) == std::tuple<>{});
    CHECK(evaluated<std::vector<int>>(interpreter, "((fn [] (yield 1) (yield 2)))") == std::vector{1, 2});
    CHECK(evaluated<std::vector<int>>(interpreter, "(import numpy :as np) (np.arange 3)") == std::vector{0, 1, 2});
    CHECK(evaluated<std::vector<int>>(interpreter, "#{1}") == std::vector{1});
    CHECK(refused<std::vector<int>>(interpreter, "5").starts_with("TypeError"));
    CHECK(refused<std::vector<int>>(interpreter, "[1 2.5]") == "TypeError: expected an integer, not float");
    CHECK(refused<std::vector<int>>(interpreter, "((fn [] (yield 1) (/ 1 0)))") ==
          "ZeroDivisionError: division by zero");
    CHECK(refused<std::vector<std::string>>(interpreter, "\"abc\"") == "TypeError: expected a sequence, not str");
    CHECK(refused<std::vector<std::vector<int>>>(interpreter, "(let [x []] (.append x x) x)").starts_with("TypeError"));
    CHECK(refused<std::map<std::string, int>>(interpreter, "[1 2]") == "TypeError: expected a map, not list");
    CHECK(refused<std::map<std::string, int>>(interpreter, "{1 2}") == "TypeError: expected a string, not int");
    CHECK(refused<std::map<std::string, int>>(interpreter, "{:a :b}").starts_with("TypeError: expected an integer"));
    CHECK(refused<std::tuple<int, int>>(interpreter, "[1]") == "ValueError: expected 2 items");
    CHECK(refused<std::tuple<int, int>>(interpreter, "[1 2 3]") == "ValueError: expected 2 items");
    CHECK(refused<std::tuple<int, int>>(interpreter, "7").starts_with("TypeError"));
    CHECK(refused<std::optional<int>>(interpreter, "\"x\"").starts_with("TypeError"));

    using Choice = std::variant<bool, int, double, std::string, std::vector<int>>;
    CHECK(std::get<bool>(evaluated<Choice>(interpreter, "true")));
    CHECK(std::get<int>(evaluated<Choice>(interpreter, "5")) == 5);
    CHECK(std::get<double>(evaluated<Choice>(interpreter, "5.0")) == 5.0);
    CHECK(std::get<double>(evaluated<Choice>(interpreter, "(** 2 40)")) == 1099511627776.0);
    CHECK(std::get<std::string>(evaluated<Choice>(interpreter, "\"s\"")) == "s");
    CHECK(std::get<std::vector<int>>(evaluated<Choice>(interpreter, "[1]")) == std::vector{1});
    CHECK(refused<Choice>(interpreter, "nil") == "TypeError: NoneType fits no alternative");
    CHECK(round(Choice(std::string("back"))) == Choice(std::string("back")));
    CHECK(std::get<std::monostate>(evaluated<std::variant<std::monostate, int>>(interpreter, "nil")) ==
          std::monostate{});
    CHECK(round(std::variant<std::monostate, int>{}).index() == 0);
}

TEST_CASE("alternatives that go through an iterator see all of it") {
    Interpreter interpreter = fresh();
    using Rows = std::variant<std::vector<int>, std::vector<std::string>, std::pair<int, std::string>, Value>;
    const auto taken = [&](const char* code) { return evaluated<Rows>(interpreter, code); };
    CHECK(std::get<0>(taken("(iter [1 2])")) == std::vector{1, 2});
    CHECK(std::get<1>(taken("(iter [\"a\" \"b\"])")) == std::vector<std::string>{"a", "b"});
    CHECK(std::get<2>(taken("(iter [1 \"b\"])")) == std::pair(1, std::string("b")));
    const Value rest = std::get<3>(taken("(iter [1 2.5 nil])"));
    CHECK(interpreter.get("vec").value()(rest)->repr().value() == "[1, 2.5, None]");
    // An error that is no refusal is not taken for one.
    interpreter.eval("(defn failing [] (yield 1) (/ 1 0))").value();
    CHECK(refused<Rows>(interpreter, "(failing)") == "ZeroDivisionError: division by zero");
    using Choice = std::variant<int, std::string>;
    CHECK(
        refused<Choice>(interpreter, "(defclass Ending [] (defn __index__ [self] (throw (SystemExit 3)))) (Ending)") ==
        "SystemExit: 3");
}

TEST_CASE("what has no end is left at a limit, or when it is interrupted") {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.eval("(import itertools)"));
    const Value endless = interpreter.eval("(itertools.repeat 1)").value();
    REQUIRE(interpreter.set_limits({.time = 20ms}));
    CHECK(endless.as<std::vector<char>>().error().type == "catena.TimeLimitError");
    REQUIRE(interpreter.define("all", [](const std::vector<char>& items) { return items.size(); }));
    CHECK(interpreter.eval("(all (itertools.repeat 1))").error().type == "catena.TimeLimitError");
    REQUIRE(interpreter.set_limits({}));
    std::thread other([&interpreter] {
        std::this_thread::sleep_for(30ms);
        interpreter.interrupt();
    });
    CHECK(endless.as<std::vector<char>>().error().type == "KeyboardInterrupt");
    other.join();
}
