#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <ranges>
#include <thread>

#include "tests/embed/support.hpp"

using namespace catena;
using catena::tests::evaluated;
using catena::tests::fresh;
using namespace std::chrono_literals;

static_assert(std::ranges::input_range<Stream<int>>);
static_assert(std::is_nothrow_move_constructible_v<Stream<>> && !std::is_copy_constructible_v<Stream<>>);

namespace {

Interpreter prepared() {
    Interpreter interpreter = fresh();
    const auto made = interpreter.eval(R"(
        (import asyncio sys time)
        (defn-async numbers [n] (dotimes [i n] (await (asyncio.sleep 0)) (yield i)))
        (def made 0)
        (defn-async endless [] (while true (set! made (inc made)) (yield made)))
        (def seen [])
        (defn-async guarded []
          (try (while true (yield 1) (await (asyncio.sleep 0)))
            (catch asyncio.CancelledError e (.append seen "cancelled") (throw))
            (finally (.append seen "finally")))))");
    if (!made) FAIL(made.error().trace());
    return interpreter;
}

Value value_of(Interpreter& interpreter, const char* code) {
    auto value = interpreter.eval(code);
    INFO(code);
    if (!value) FAIL(value.error().trace());
    return *value;
}

template <class T>
std::vector<T> all_of(Stream<T> stream) {
    std::vector<T> items;
    for (Result<T>& item : stream) {
        if (!item) FAIL(item.error().type << ": " << item.error().message);
        items.push_back(std::move(*item));
    }
    return items;
}

// The class of the one error that the stream ends with.
template <class T>
std::string end_of(Stream<T> stream) {
    std::string type;
    for (Result<T>& item : stream) {
        CHECK(type.empty());
        if (!item) type = item.error().type;
    }
    return type;
}

// Waits for what happens in the streams' thread.
bool soon(Interpreter& interpreter, const char* code) {
    for (int i = 0; i < 2000; ++i) {
        if (evaluated<bool>(interpreter, code)) return true;
        const detail::Waiting waiting;
        std::this_thread::sleep_for(1ms);
    }
    return false;
}

}  // namespace

TEST_CASE("an asynchronous generator is a range") {
    Interpreter interpreter = prepared();
    const Value numbers = interpreter.get("numbers").value();
    CHECK(all_of(numbers(5)->stream<int>()) == std::vector{0, 1, 2, 3, 4});
    CHECK(all_of(numbers(0)->stream<int>()).empty());
    CHECK(all_of(numbers(1000)->stream<int>(1)).size() == 1000);
    int sum = 0;
    for (const Result<Value>& item : interpreter.eval("(numbers 4)")->stream()) sum += item->as<int>().value();
    CHECK(sum == 6);
    CHECK(all_of(value_of(interpreter, "((fn-async [] (yield 5) (yield 6)))").stream<double>()) ==
          std::vector{5.0, 6.0});
}

TEST_CASE("what Python makes is streamed too") {
    Interpreter interpreter = prepared();
    REQUIRE(interpreter.eval("(import builtins) (def names {})"));
    REQUIRE(value_of(interpreter, "builtins.exec")(R"(
import asyncio
async def words(text):
    for word in text.split():
        await asyncio.sleep(0)
        yield word
class Countdown:
    def __init__(self, n): self.n = n
    def __aiter__(self): return self
    async def __anext__(self):
        if self.n == 0: raise StopAsyncIteration
        self.n -= 1
        return self.n
)",
                                                   interpreter.get("names").value()));
    CHECK(all_of(value_of(interpreter, "((:words names) \"a stream of words\")").stream<std::string>()) ==
          std::vector<std::string>{"a", "stream", "of", "words"});
    CHECK(all_of(value_of(interpreter, "((:Countdown names) 3)").stream<int>()) == std::vector{2, 1, 0});
}

TEST_CASE("an awaitable is a stream of one") {
    Interpreter interpreter = prepared();
    CHECK(all_of(value_of(interpreter, "((fn-async [] (await (asyncio.sleep 0)) 42))").stream<int>()) ==
          std::vector{42});
    CHECK(end_of(value_of(interpreter, "((fn-async [] (await (asyncio.sleep 0)) (/ 1 0)))").stream<int>()) ==
          "ZeroDivisionError");
}

TEST_CASE("payloads are views, small replies are converted where they come from") {
    using Part = std::variant<std::string, Array<const float>, Array<const std::byte>>;
    Interpreter interpreter = prepared();
    REQUIRE(interpreter.eval(R"(
        (import numpy :as np)
        (def picture (np.arange 262144 :dtype ':float32))
        (def text (* b"abcd" 262144))
        (defn-async reply [] (yield "two parts") (yield text) (yield picture)))"));
    const auto parts = all_of(value_of(interpreter, "(reply)").stream<Part>());
    REQUIRE(parts.size() == 3);
    CHECK(std::get<0>(parts[0]) == "two parts");
    const auto bytes = std::get<2>(parts[1]);
    CHECK(bytes.size() == 1 << 20);
    CHECK(bytes.data() == interpreter.get("text")->bytes()->data());
    CHECK(std::get<1>(parts[2]).data() == interpreter.get("picture")->array<const float>()->data());
}

namespace {

class Ticket {
public:
    explicit Ticket(int given) : number(given) {}
    int number;
};

}  // namespace

TEST_CASE("objects of the host's classes are items as well") {
    Interpreter interpreter = prepared();
    REQUIRE(interpreter.define("Ticket", Class<Ticket>().constructor<int>()));
    auto tickets = value_of(interpreter, "((fn-async [] (yield (Ticket 7)) (yield 8)))").stream<Ticket>();
    CHECK(tickets.next()->value().number == 7);
    CHECK(tickets.next()->error().type == "TypeError");
    CHECK(all_of(value_of(interpreter, "((fn-async [] (yield (Ticket 9))))").stream<std::shared_ptr<Ticket>>())[0]
              ->number == 9);
}

TEST_CASE("what streams print goes where their interpreter's output goes") {
    Interpreter interpreter = prepared();
    std::string printed;
    REQUIRE(interpreter.set_output([&](std::string_view text) { printed += text; }));
    CHECK(all_of(value_of(interpreter,
                          "((fn-async [] (print \"before\") (await (asyncio.sleep 0)) (print \"after\") (yield 1)))")
                     .stream<int>())
              .size() == 1);
    CHECK(printed == "before\nafter\n");
}

TEST_CASE("a payload outlives its stream, and goes when it is dropped") {
    Interpreter interpreter = prepared();
    REQUIRE(interpreter.eval(R"(
        (import weakref numpy :as np)
        (def alive nil)
        (defn-async reply []
          (let [block (np.full 131072 7.0)]
            (set! alive (weakref.ref block))
            (yield block))))"));
    {
        const auto kept = value_of(interpreter, "(reply)").stream<Array<const double>>().next();
        REQUIRE(kept->has_value());
        CHECK((*kept)->span()[131071] == 7.0);
        CHECK_FALSE(evaluated<bool>(interpreter, "(nil? (alive))"));
    }
    CHECK(soon(interpreter, "(nil? (alive))"));
}

TEST_CASE("errors: of the generator, of an item, of what is no generator") {
    Interpreter interpreter = prepared();
    REQUIRE(interpreter.eval("(defn-async broken [] (yield 1)\n (yield \"two\")\n (yield 3)\n (/ 1 0))",
                             "handlers.lisp", 10));
    auto stream = value_of(interpreter, "(broken)").stream<int>();
    CHECK(stream.next()->value() == 1);
    CHECK(stream.next()->error().type == "TypeError");
    CHECK(stream.next()->value() == 3);
    const Error error = stream.next()->error();
    CHECK(error.type == "ZeroDivisionError");
    CHECK(error.file == "handlers.lisp");
    CHECK(error.line == 13);
    CHECK(error.trace().find("<catena>") == std::string::npos);
    CHECK(error.trace().find("in broken") != std::string::npos);
    CHECK_FALSE(stream.next());
    CHECK_FALSE(stream.next());
    auto none = value_of(interpreter, "[1 2]").stream<int>();
    CHECK(none.next()->error().message == "expected an asynchronous generator or an awaitable, not list");
    CHECK_FALSE(none.next());
    CHECK(end_of(value_of(interpreter, "((fn-async [] (yield 1) (sys.exit 5)))").stream<int>()) == "SystemExit");
    CHECK(end_of(value_of(interpreter, "((fn-async [] (yield 1) (throw (KeyboardInterrupt))))").stream<int>()) ==
          "KeyboardInterrupt");
    CHECK(all_of(value_of(interpreter, "(numbers 3)").stream<int>()).size() == 3);
}

TEST_CASE("a generator waits for the host") {
    Interpreter interpreter = prepared();
    auto stream = value_of(interpreter, "(endless)").stream<int>(4);
    CHECK(stream.next()->value() == 1);
    // The other streams go on meanwhile.
    CHECK(all_of(value_of(interpreter, "(numbers 100)").stream<int>()).size() == 100);
    CHECK(evaluated<int>(interpreter, "made") <= 5);
    for (int i = 2; i <= 20; ++i) CHECK(stream.next()->value() == i);
    CHECK(all_of(value_of(interpreter, "(numbers 100)").stream<int>()).size() == 100);
    CHECK(evaluated<int>(interpreter, "made") <= 24);
}

TEST_CASE("generators that never await take turns, and can be cancelled") {
    Interpreter interpreter = prepared();
    auto busy = value_of(interpreter, "(endless)").stream<int>(1 << 30);
    CHECK(busy.next()->value() == 1);
    CHECK(all_of(value_of(interpreter, "(numbers 10)").stream<int>()).size() == 10);
    busy.cancel();
    CHECK(busy.next()->error().type == "asyncio.exceptions.CancelledError");
    CHECK_FALSE(busy.next());
    REQUIRE(soon(interpreter, "(let [before made] (time.sleep 0.002) (= before made))"));
}

TEST_CASE("cancelled streams") {
    Interpreter interpreter = prepared();
    SECTION("by hand") {
        auto stream = value_of(interpreter, "(guarded)").stream<int>();
        CHECK(stream.next()->value() == 1);
        stream.cancel();
        CHECK(stream.next()->error().type == "asyncio.exceptions.CancelledError");
        CHECK_FALSE(stream.next());
        stream.cancel();
        CHECK_FALSE(stream.next());
    }
    SECTION("because they are not wanted any more") {
        CHECK(value_of(interpreter, "(guarded)").stream<int>().next()->value() == 1);
    }
    SECTION("in an await") {
        auto stream =
            value_of(interpreter,
                     "((fn-async [] (try (await (asyncio.sleep 1000)) (finally (.append seen \"finally\")))))")
                .stream<int>();
        CHECK(all_of(value_of(interpreter, "(numbers 1)").stream<int>()).size() == 1);
        stream.cancel();
        CHECK(stream.next()->error().type == "asyncio.exceptions.CancelledError");
    }
    CHECK(soon(interpreter, "(= (last seen) \"finally\")"));
    // What has not begun yet has nothing to tidy up.
    value_of(interpreter, "(guarded)").stream<int>().cancel();
    value_of(interpreter, "((fn-async [] 1))").stream<int>().cancel();
    CHECK(all_of(value_of(interpreter, "(numbers 1)").stream<int>()).size() == 1);
    auto ended = value_of(interpreter, "(numbers 1)").stream<int>();
    while (ended.next()) continue;
    ended.cancel();
    CHECK_FALSE(ended.next());
}

TEST_CASE("a generator that will not be cancelled holds nobody up") {
    Interpreter interpreter = prepared();
    REQUIRE(interpreter.eval(R"(
        (def over false)
        (defn-async stubborn []
          (dotimes [i 3] (try (await (asyncio.sleep 1000)) (catch asyncio.CancelledError e (yield i))))
          (set! over true)))"));
    auto stream = value_of(interpreter, "(stubborn)").stream<int>();
    CHECK(stream.next(1ms)->error().type == "TimeoutError");
    stream.cancel();
    CHECK(stream.next()->error().type == "asyncio.exceptions.CancelledError");
    CHECK(all_of(value_of(interpreter, "(numbers 3)").stream<int>()).size() == 3);
}

TEST_CASE("waiting ends when another thread cancels, and when the time is over") {
    Interpreter interpreter = prepared();
    auto stream = value_of(interpreter, "((fn-async [] (await (asyncio.sleep 1000)) (yield 1)))").stream<int>();
    CHECK(stream.next(1ms)->error().type == "TimeoutError");
    std::thread other([&stream] {
        std::this_thread::sleep_for(20ms);
        stream.cancel();
    });
    CHECK(stream.next()->error().type == "asyncio.exceptions.CancelledError");
    const detail::Waiting waiting;
    other.join();
}

TEST_CASE("streams are moved, and outlive their interpreter") {
    std::optional<Interpreter> interpreter = prepared();
    auto stream = value_of(*interpreter, "(numbers 5)").stream<int>(2);
    auto other = value_of(*interpreter, "(numbers 3)").stream<int>(2);
    interpreter.reset();
    CHECK(stream.next()->value() == 0);
    auto moved = std::move(stream);
    CHECK_FALSE(stream.next());
    stream.cancel();
    CHECK(moved.next()->value() == 1);
    moved = std::move(other);
    CHECK(all_of(std::move(moved)) == std::vector{0, 1, 2});
}

TEST_CASE("many streams side by side, taken by many threads") {
    Interpreter interpreter = prepared();
    const Value numbers = interpreter.get("numbers").value();
    std::atomic<int> right{0};
    const detail::Waiting waiting;  // this program started Python and holds the GIL
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            std::vector<Stream<int>> streams;
            for (int i = 0; i < 25; ++i) streams.push_back(numbers(40)->stream<int>(3));
            for (int turn = 0; turn < 40; ++turn)
                for (auto& stream : streams) right += stream.next()->value() == turn;
            for (auto& stream : streams) right += !stream.next();
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(right == 4 * 25 * 41);
}

TEST_CASE("under a Gil, and from a function of the host in a stream") {
    Interpreter interpreter = prepared();
    {
        const Gil gil;
        CHECK(all_of(value_of(interpreter, "(numbers 20)").stream<int>(2)).size() == 20);
    }
    REQUIRE(
        interpreter.define("take-one", [](const Value& iterable) { return iterable.stream<int>().next().value(); }));
    auto nested = value_of(interpreter, "((fn-async [] (yield (take-one (numbers 3)))))").stream<int>();
    CHECK(nested.next()->error().message.find("thread of the streams") != std::string::npos);
    CHECK(evaluated<int>(interpreter, "(take-one (numbers 3))") == 0);
}

#if !defined(__SANITIZE_THREAD__)  // which knows no threads in children
TEST_CASE("a child that is forked has streams of its own, and none of its parent's") {
    Interpreter interpreter = prepared();
    auto begun = interpreter.eval("(numbers 1000)")->stream<int>(1);
    REQUIRE(begun.next()->value() == 0);
    const auto child = evaluated<pid_t>(interpreter, "(import os) (os.fork)");
    if (child == 0) {
        std::optional<Result<int>> last;
        while (auto next = begun.next()) last = std::move(next);  // what had come already may be taken
        const bool told = last && !*last && last->error().type == "RuntimeError";
        int sum = 0;
        for (const Result<int>& number : interpreter.eval("(numbers 4)")->stream<int>()) sum += number.value_or(100);
        ::_exit(told && sum == 6 ? 7 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 7));
    int count = 1;
    for (const Result<int>& number : begun) count += number.has_value();
    CHECK(count == 1000);
}
#endif

TEST_CASE("limits hold for each piece of a stream") {
    Interpreter interpreter = prepared();
    Interpreter free = prepared();
    auto other = value_of(free, "(endless)").stream<int>(2);
    SECTION("steps") {
        REQUIRE(interpreter.set_limits({.steps = 1000}));
        CHECK(end_of(value_of(interpreter, "((fn-async [] (yield 1) (while true)))").stream<int>()) ==
              "catena.StepLimitError");
        CHECK(end_of(value_of(interpreter,
                              "((fn-async [] (while true (await (asyncio.sleep 0)) (try (while true) (catch "
                              "BaseException e nil)))))")
                         .stream<int>()) == "catena.StepLimitError");
        CHECK(all_of(value_of(interpreter, "((fn-async [] (dotimes [i 5000] (yield i))))").stream<int>()).size() ==
              5000);
    }
    SECTION("time") {
        REQUIRE(interpreter.set_limits({.time = 20ms}));
        CHECK(end_of(value_of(interpreter, "((fn-async [] (yield 1) (while true)))").stream<int>()) ==
              "catena.TimeLimitError");
        CHECK(end_of(value_of(interpreter, "((fn-async [] (try (yield 1) (while true) (finally (while true)))))")
                         .stream<int>()) == "catena.TimeLimitError");
        CHECK(all_of(value_of(interpreter, "((fn-async [] (dotimes [i 5] (await (asyncio.sleep 0.01)) (yield i))))")
                         .stream<int>())
                  .size() == 5);
    }
    SECTION("tasks of the script") {
        REQUIRE(interpreter.set_limits({.steps = 1000}));
        CHECK(end_of(value_of(interpreter, "((fn-async [] (await (asyncio.create-task ((fn-async [] (while true)))))))")
                         .stream<int>()) == "catena.StepLimitError");
    }
    SECTION("interrupt") {
        auto endless = value_of(interpreter, "((fn-async [] (yield 1) (while true)))").stream<int>();
        CHECK(endless.next()->value() == 1);
        std::string ended;
        while (ended.empty() || ended == "TimeoutError") {
            interpreter.interrupt();
            ended = endless.next(5ms)->error().type;
        }
        CHECK(ended == "KeyboardInterrupt");
    }
    for (int i = 1; i < 10; ++i) CHECK(other.next()->value() == i);
}

TEST_CASE("streams leave nothing behind") {
    Interpreter interpreter = prepared();
    REQUIRE(interpreter.eval(R"(
        (def gone 0)
        (defclass Witness [] (defn __del__ [self] (set! gone (inc gone))))
        (defn-async witnessed [] (let [witness (Witness)] (dotimes [i 10] (yield (Witness))))))"));
    const Value witnessed = interpreter.get("witnessed").value();
    for (int i = 0; i < 10; ++i) {
        CHECK(all_of(witnessed()->stream()).size() == 10);
        (void)witnessed()->stream(2).next();
        witnessed()->stream().cancel();
    }
    value_of(interpreter, "(import gc) (gc.collect)");
    CHECK(soon(interpreter, "(do (gc.collect) (>= gone 110))"));
}
