#include <atomic>
#include <stdexcept>
#include <thread>

#include "tests/embed/support.hpp"

using catena::Interpreter;
using catena::tests::error_of;
using catena::tests::evaluated;
using catena::tests::fresh;

TEST_CASE("what scripts print goes to the host") {
    Interpreter interpreter = fresh();
    std::string out, errors;
    REQUIRE(interpreter.set_output([&](std::string_view text) { out += text; },
                                   [&](std::string_view text) { errors += text; }));
    REQUIRE(interpreter.eval("(print \"a\" 1) (prn \"b\") (import sys) (print \"ä☃\" :file (. sys stderr))"));
    CHECK(out == "a 1\n\"b\"\n");
    CHECK(errors == "ä☃\n");
    out.clear();
    // Python's code and functions called later, too; and what is no UTF-8.
    REQUIRE(interpreter.eval("(defn say [x] (print x :end \"\")) (import pprint warnings) (.pprint pprint [1 2])"));
    REQUIRE(interpreter.get("say").value()("later"));
    REQUIRE(interpreter.eval("(say (chr 0xD800))"));
    CHECK(out == "[1, 2]\nlater\\ud800");
    CHECK(evaluated<std::string>(interpreter, "(with-out-str (print \"kept\"))") == "kept\n");
    CHECK_FALSE(evaluated<bool>(interpreter, "(.isatty (. sys stdout))"));
    CHECK(evaluated<std::string>(interpreter, "(. sys stdout encoding)") == "utf-8");
    CHECK(error_of(interpreter, "(.fileno (. sys stdout))") == "io.UnsupportedOperation");
    CHECK(error_of(interpreter, "(. sys stdout buffer)") == "AttributeError");
    CHECK(error_of(interpreter, "(.write (. sys stdout) 5)") == "TypeError");
    CHECK(error_of(interpreter, "(.flush (. sys stdout)) (.close (. sys stdout)) (say \"\")").empty());
    CHECK(evaluated<int>(interpreter, "(.write (. sys stdout) \"four\")") == 4);
}

TEST_CASE("each interpreter has its own output, in every thread") {
    Interpreter one = fresh();
    Interpreter other = fresh();
    std::string of_one, of_other;
    std::mutex mutex;
    const auto into = [&mutex](std::string& text) {
        return [&text, &mutex](std::string_view piece) {
            const std::lock_guard lock(mutex);
            text += piece;
        };
    };
    REQUIRE(one.set_output(into(of_one)));
    REQUIRE(other.set_output(into(of_other)));
    REQUIRE(other.eval("(defn speak [x] (print x :end \"\"))"));
    REQUIRE(one.define("across", [&] { return other.eval("(speak \"inner\")"); }));
    REQUIRE(one.eval("(print \"before\" :end \"\") (across) (print \"after\" :end \"\")"));
    CHECK(of_one == "beforeafter");
    CHECK(of_other == "inner");
    {
        const catena::detail::WithoutGil free;
        std::thread first([&] {
            for (int i = 0; i < 20; ++i) (void)one.eval("(print 1 :end \"\")");
        });
        std::thread second([&] {
            for (int i = 0; i < 20; ++i) (void)other.eval("(print 2 :end \"\")");
        });
        first.join();
        second.join();
    }
    CHECK(of_one == "beforeafter" + std::string(20, '1'));
    CHECK(of_other == "inner" + std::string(20, '2'));
}

TEST_CASE("a callback for output may fail, print, and be taken away") {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.set_output([](std::string_view) { throw std::runtime_error("the log is full"); }));
    CHECK(interpreter.eval("(print 1)").error().message == "output: the log is full");
    CHECK(evaluated<int>(interpreter, "(try (print 1) (catch RuntimeError e 5))") == 5);
    std::string seen;
    REQUIRE(interpreter.set_output([&](std::string_view text) {
        seen += text;
        if (seen.size() == 1) (void)interpreter.eval("(print \"2\" :end \"\")");
    }));
    REQUIRE(interpreter.eval("(print \"1\" :end \"\")"));
    CHECK(seen == "12");
    // Without a callback, and outside of the interpreter, it is Python's stream.
    REQUIRE(interpreter.set_output({}));
    REQUIRE(
        interpreter.eval("(import io sys) (def before (. sys stdout _before))"
                         "(def text (.StringIO io)) (set! (. sys stdout _before) text)"));
    CHECK(evaluated<std::string>(interpreter, "(print \"plain\") (.getvalue text)") == "plain\n");
    CHECK(evaluated<bool>(interpreter,
                          "(set! (. sys stdout _before) nil) (print \"nowhere\") (.isatty (. sys stdout))") == false);
    REQUIRE(interpreter.eval("(set! (. sys stdout _before) before)"));
    CHECK(evaluated<bool>(interpreter, "(= (.fileno (. sys stdout)) 1)"));
}
