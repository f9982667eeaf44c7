// Scripts that mean ill, and hosts that make mistakes: an Error each, and the interpreter goes on.
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include "tests/embed/support.hpp"

using catena::Interpreter;
using catena::Value;
using catena::tests::error_of;
using catena::tests::evaluated;
using catena::tests::fresh;
using namespace std::chrono_literals;

namespace {

std::string message_of(Interpreter& interpreter, std::string_view code) {
    const auto value = interpreter.eval(code);
    return value ? "" : value.error().type + ": " + value.error().message;
}

void still_works(Interpreter& interpreter) {
    CHECK(evaluated<int>(interpreter, "(let [n 0] (dotimes [i 2000] (set! n i)) n)") == 1999);
}

}  // namespace

TEST_CASE("a script that loops or allocates without end is stopped") {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.set_limits({.time = 50ms}));
    CHECK(error_of(interpreter, "(while true)") == "catena.TimeLimitError");
    if (interpreter.set_limits({.memory = 16 << 20})) {
        CHECK(error_of(interpreter, "(loop [x [1]] (recur (+ x x)))") == "MemoryError");
    }
    REQUIRE(interpreter.set_limits({}));
    still_works(interpreter);
}

TEST_CASE("a script that wants to end the process ends itself") {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.eval("(import sys builtins)"));
    REQUIRE(interpreter.define("call", [](const Value& f) { return f(); }));
    for (const char* code :
         {"(sys.exit 3)", "(sys.exit)", "(throw (SystemExit 3))", "(builtins.exit 3)", "(builtins.quit)",
          "(call (fn [] (sys.exit 3)))", "(sort [2 1] :key (fn [x] (sys.exit)))"}) {
        INFO(code);
        // `exit` is there only where Python's `site` has run.
        const std::string error = error_of(interpreter, code);
        CHECK((error == "SystemExit" || error == "AttributeError"));
    }
    const Value leave = interpreter.eval("(fn [] (sys.exit 3))").value();
    CHECK(leave().error().type == "SystemExit");
    CHECK(interpreter
              .eval("(defclass Leaves [] (defn __iter__ [self] (sys.exit)) (defn __str__ [self] (sys.exit))) (Leaves)")
              ->str()
              .error()
              .type == "SystemExit");
    CHECK(interpreter.eval("(Leaves)")->as<std::vector<int>>().error().type == "SystemExit");
    CHECK(error_of(interpreter, "(throw (KeyboardInterrupt))") == "KeyboardInterrupt");
    CHECK(error_of(interpreter, "(throw (GeneratorExit))") == "GeneratorExit");
    still_works(interpreter);
}

TEST_CASE("callbacks that raise, answer nonsense, or are none") {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.define("throws", []() -> int { throw std::logic_error("why not"); }));
    REQUIRE(interpreter.define("unread", []() { return std::string("\xff\xfe"); }));
    REQUIRE(interpreter.define("bad-access", [](const Value& f) { return f(1, 2, 3).value(); }));
    REQUIRE(interpreter.define("hollow", std::function<int(int)>()));
    CHECK(message_of(interpreter, "(throws)") == "RuntimeError: throws: why not");
    CHECK(message_of(interpreter, "(sort [2 1] :key (fn [x] (throws)))") == "RuntimeError: throws: why not");
    CHECK(message_of(interpreter, "(unread)").starts_with("UnicodeDecodeError"));
    CHECK(message_of(interpreter, "(bad-access (fn []))").starts_with("RuntimeError: bad-access"));
    CHECK(message_of(interpreter, "(hollow 1)").starts_with("RuntimeError: hollow"));
    int (*none)(int) = nullptr;
    CHECK(interpreter.define("none", none).error().message == "none is a null pointer");
    CHECK(message_of(interpreter, "none").starts_with("NameError"));
    still_works(interpreter);
}

// Money converts by code of the host's own, which may throw.
struct Money {
    int cents = 0;
};
template <>
struct catena::Convert<Money> {
    static detail::Object* to(const Money& money) {
        if (money.cents == 13) throw std::runtime_error("unlucky");
        if (money.cents == 14) throw 14;
        return Convert<int>::to(money.cents);
    }
    static bool from(detail::Object* object, Money& money) {
        if (!Convert<int>::from(object, money.cents)) return false;
        if (money.cents == 13) throw std::runtime_error("unlucky");
        return true;
    }
};

namespace {

struct Purse {
    Money money;
    void set(const Money& given) { money = given; }
};
struct NoCopy {
    NoCopy() = default;
    NoCopy(const NoCopy&) { throw std::runtime_error("no copies"); }
    int operator()(int x) const { return x; }
};

}  // namespace

TEST_CASE("no exception of the host's conversions leaves the interface") {
    Interpreter interpreter = fresh();
    const auto thrown = [](const auto& result) {
        return result ? "" : result.error().type + ": " + result.error().message;
    };
    const std::string unlucky = "RuntimeError: the host: unlucky";
    CHECK(thrown(Value::from(Money{13})) == unlucky);
    CHECK(thrown(Value::from(Money{14})) == "RuntimeError: the host: a C++ exception that is no std::exception");
    CHECK(thrown(Value::from(std::vector<Money>{{1}, {13}})) == unlucky);
    CHECK(thrown(interpreter.define("money", Money{13})) == unlucky);
    const Value list = interpreter.eval("(fn [& xs] xs)").value();
    CHECK(thrown(list(1, std::string("text"), Money{13})) == unlucky);
    CHECK(thrown(list.item(Money{13})) == unlucky);
    CHECK(thrown(list.set_attr("money", Money{13})) == unlucky);
    CHECK(thrown(list.call("__call__", Money{13})) == unlucky);
    CHECK(thrown(interpreter.eval("13")->as<Money>()) == unlucky);
    CHECK(thrown(interpreter.eval("[13]")->as<std::vector<std::optional<Money>>>()) == unlucky);
    const NoCopy function;
    CHECK(thrown(interpreter.define("function", function)) == "RuntimeError: the host: no copies");
    CHECK(thrown(interpreter.define("function", function, "", {"x"})) == "RuntimeError: the host: no copies");

    REQUIRE(interpreter.define("Purse", catena::Class<Purse>()
                                            .constructor<>()
                                            .field("money", &Purse::money)
                                            .property(
                                                "set", [](const Purse& purse) { return purse.money; }, &Purse::set)));
    REQUIRE(interpreter.eval("(def purse (Purse))"));
    CHECK(message_of(interpreter, "(set! (. purse money) 13)") == unlucky);
    CHECK(message_of(interpreter, "(set! (. purse set) 13)") == unlucky);
    CHECK(message_of(interpreter, "(set! (. purse money) 12)").empty());
    still_works(interpreter);
}

TEST_CASE("errors of the host are raised as what they are, whatever they say") {
    Interpreter interpreter = fresh();
    using Answer = catena::Result<int>;
    const auto fail = [](std::string type, std::string message) -> Answer {
        catena::Error error;
        error.type = std::move(type);
        error.message = std::move(message);
        return tl::unexpected(error);
    };
    REQUIRE(interpreter.define("fail", fail));
    REQUIRE(interpreter.define(
        "refuse", []() -> tl::expected<int, std::string> { return tl::unexpected(std::string("no \xff way")); }));
    CHECK(message_of(interpreter, "(refuse)") == "RuntimeError: no \ufffd way");
    CHECK(message_of(interpreter, "(fail \"KeyError\" \"k\")") == "KeyError: 'k'");
    CHECK(message_of(interpreter, "(fail \"UnicodeDecodeError\" \"what\")") == "RuntimeError: what");
    CHECK(message_of(interpreter, "(fail \"int\" \"what\")") == "RuntimeError: what");
    CHECK(message_of(interpreter, "(fail \"\" \"\")") == "RuntimeError: ");
}

TEST_CASE("host and script that call each other without end") {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.define("again", [&] { return interpreter.eval("(again)"); }));
    // However deep it happens, the error says what it is.
    std::string deepest;
    REQUIRE(interpreter.define("deeper", [&] {
        auto result = interpreter.eval("(deeper)");
        if (!result && deepest.empty()) deepest = result.error().type + ": " + result.error().message;
        return result;
    }));
    CHECK(error_of(interpreter, "(deeper)") == "RecursionError");
    CHECK(deepest.starts_with("RecursionError: maximum recursion depth exceeded"));
    REQUIRE(interpreter.define("call", [](const Value& f) { return f(); }));
    REQUIRE(interpreter.eval("(defn down [] (call down)) (defn mixed [] (sort [1] :key (fn [x] (call mixed))))"));
    const auto run = [&] {
        for (const char* code : {"(again)", "(down)", "(mixed)"}) {
            INFO(code);
            CHECK(error_of(interpreter, code) == "RecursionError");
        }
    };
    run();
    const catena::detail::WithoutGil free;
    std::thread(run).join();
}

TEST_CASE("objects that fail when they are looked at") {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.eval(
        "(defclass Bad [] (defn __repr__ [self] (/ 1 0)) (defn __str__ [self] 5)"
        "  (defn __getattr__ [self name] (throw (KeyError name))) (defn __getitem__ [self key] (/ 1 0))"
        "  (defn __len__ [self] -5) (defn __bool__ [self] (/ 1 0)) (defn __hash__ [self] (/ 1 0))"
        "  (defn __eq__ [self other] (/ 1 0)) (defn __index__ [self] \"x\") (defn __float__ [self] \"x\")"
        "  (defn __fspath__ [self] 5))"
        "(defclass Worse [Exception] (defn __str__ [self] (/ 1 0)) (defn __repr__ [self] (/ 1 0)))"));
    const Value bad = interpreter.eval("(Bad)").value();
    CHECK(bad.repr().error().type == "ZeroDivisionError");
    CHECK(bad.str().error().type == "TypeError");
    CHECK(bad.attr("x").error().type == "KeyError");
    CHECK(bad.item(1).error().type == "ZeroDivisionError");
    CHECK(bad.as<int>().error().type == "TypeError");
    CHECK(bad.as<double>().error().type == "TypeError");
    CHECK(bad.as<std::filesystem::path>().error().type == "TypeError");
    CHECK_FALSE(bad.as<std::map<std::string, int>>());
    CHECK(bad.as<std::vector<int>>().error().type == "ZeroDivisionError");
    CHECK_FALSE(bad.array<double>());
    CHECK_FALSE(Value::from(std::map<std::string, int>{})->item(bad));
    const auto worse = interpreter.eval("(throw (Worse))");
    REQUIRE_FALSE(worse);
    CHECK(worse.error().type.ends_with("Worse"));
    CHECK_FALSE(worse.error().trace().empty());
    // A map that changes while it is read, and an iterator that lies about its end.
    std::vector<std::string> errors;
    const Value map = interpreter.eval("(def m {1 2 3 4}) m").value();
    for (const auto& item : map) {
        if (!item) errors.push_back(item.error().type);
        (void)interpreter.eval("(set! (get m 99) 1)");
    }
    CHECK(errors == std::vector<std::string>{"RuntimeError"});
    still_works(interpreter);
}

TEST_CASE("code that is none") {
    Interpreter interpreter = fresh();
    CHECK(message_of(interpreter, std::string_view("1 \0 2", 5)) != "crash");
    CHECK(message_of(interpreter, "\xff\xfe").starts_with("catena.ReadError"));
    CHECK(message_of(interpreter, std::string(200'000, '(')).starts_with("catena.ReadError"));
    CHECK(message_of(interpreter, std::string(200'000, ')')).starts_with("catena.ReadError"));
    CHECK_FALSE(message_of(interpreter, std::string(20'000, '[') + std::string(20'000, ']')) == "crash");
    CHECK(message_of(interpreter, "\"never closed").starts_with("catena.ReadError"));
    CHECK(interpreter.eval("(", "name", -5).error().type == "catena.ReadError");
    CHECK_FALSE(interpreter.eval("1", "odd \xff name"));
    CHECK(interpreter.eval("1", "", 0)->as<int>().value() == 1);
    CHECK_FALSE(interpreter.run_file("/"));
    CHECK_FALSE(interpreter.run_file(""));
    CHECK_FALSE(interpreter.run_file("no\nsuch\xff"));
    CHECK_FALSE(interpreter.require(""));
    CHECK_FALSE(interpreter.require("..x"));
    CHECK_FALSE(interpreter.require("\xff"));
    still_works(interpreter);
}

TEST_CASE("names that are none") {
    Interpreter interpreter = fresh();
    for (const char* name : {"", "a b", "1", "(", "\xff", "nil"}) {
        INFO(name);
        CHECK_FALSE(interpreter.get(name));
        const auto defined = interpreter.define(name, 5);  // either is right, if it says so
        CHECK((defined || !defined.error().message.empty()));
    }
    CHECK_FALSE(interpreter.eval("5")->attr(""));
    CHECK_FALSE(interpreter.eval("5")->set_attr("x", 1));
    CHECK_FALSE(interpreter.eval("5")->call("no-such-method"));
    CHECK_FALSE((*interpreter.eval("5"))());
    still_works(interpreter);
}

TEST_CASE("an interpreter that ends within its own call, or is no more") {
    std::optional<Interpreter> interpreter = fresh();
    REQUIRE(interpreter->define("end", [&] { interpreter.reset(); }));
    REQUIRE(interpreter->eval("(defn f [] 7)"));
    CHECK(interpreter->eval("(def x 5) (end) (+ x (f))")->as<int>().value() == 12);
    CHECK_FALSE(interpreter.has_value());

    Interpreter one = fresh();
    const Interpreter other = std::move(one);
    CHECK(one.eval("1").error().message == "this Interpreter was moved from");
    CHECK_FALSE(one.run_file("x"));
    CHECK_FALSE(one.require("math"));
    CHECK_FALSE(one.get("x"));
    CHECK_FALSE(one.define("x", 1));
    CHECK_FALSE(one.define("f", [] {}));
    CHECK_FALSE(one.set_limits({}));
    CHECK_FALSE(one.set_output({}));
    one.interrupt();
    CHECK(other.get("map"));
}

TEST_CASE("a view is kept by a script as long as its owner is given, and no longer") {
    Interpreter interpreter = fresh();
    auto owner = std::make_shared<std::vector<float>>(std::vector<float>{1, 2, 3});
    const std::weak_ptr<std::vector<float>> watched = owner;
    REQUIRE(interpreter.define("keep", [kept = Value()](const Value& value) mutable { kept = value; }));
    REQUIRE(interpreter.define("block", catena::view(std::span{*owner}, {}, owner)));
    owner.reset();
    REQUIRE(interpreter.eval("(def later (get block (slice 1 nil))) (def block nil)"));
    CHECK_FALSE(watched.expired());
    CHECK(evaluated<double>(interpreter, "(float (.sum later))") == 5);
    REQUIRE(interpreter.eval("(def later nil)"));
    CHECK(watched.expired());
    still_works(interpreter);
}

TEST_CASE("a script that takes Python apart") {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.eval("(import sys) (def out (. sys stdout))"));
    CHECK(message_of(interpreter, "(set! (. sys stdout) nil) (print 1)").empty());
    CHECK(message_of(interpreter, "(set! (. sys stdout) 5) (print 1)").starts_with("AttributeError"));
    REQUIRE(interpreter.eval("(set! (. sys stdout) out)"));
    CHECK(error_of(interpreter, "(.setrecursionlimit sys 1)") != "crash");
    REQUIRE(interpreter.eval("(.setrecursionlimit sys 1000)"));
    // What raises while nobody listens is reported by Python, not by the next call.
    REQUIRE(interpreter.eval(
        "(def hook (. sys unraisablehook)) (def seen []) (set! (. sys unraisablehook) (fn [u] (.append seen u)))"
        "(defclass Dies [] (defn __del__ [self] (throw (ValueError \"dying\"))))"));
    { const Value dying = interpreter.eval("(Dies)").value(); }
    CHECK(evaluated<int>(interpreter, "(len seen)") == 1);
    REQUIRE(interpreter.eval("(set! (. sys unraisablehook) hook) (def seen nil)"));
    still_works(interpreter);
}
