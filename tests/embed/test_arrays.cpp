#include <Python.h>

#include <array>
#include <complex>
#include <memory>
#include <numeric>

#include "tests/embed/support.hpp"

using catena::Array;
using catena::Interpreter;
using catena::Layout;
using catena::Value;
using catena::tests::error_of;
using catena::tests::evaluated;
using catena::tests::fresh;

namespace {

Interpreter with_numpy() {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.eval("(import numpy :as np)"));
    return interpreter;
}

}  // namespace

TEST_CASE("the host's memory is a NumPy array, without a copy") {
    Interpreter interpreter = with_numpy();
    std::vector<float> samples(1024);
    REQUIRE(interpreter.define("block", catena::view(std::span{samples}, {2, 512})));
    CHECK(evaluated<std::string>(interpreter, "(str (type block))") == "<class 'numpy.ndarray'>");
    CHECK(evaluated<std::pair<int, int>>(interpreter, "(. block shape)") == std::pair{2, 512});
    CHECK(evaluated<std::string>(interpreter, "(str (. block dtype))") == "float32");
    samples[513] = 2.5F;
    CHECK(evaluated<double>(interpreter, "(np.sum block)") == 2.5);
    REQUIRE(interpreter.eval("(set! (get block #[0 3]) 7.0)"));
    CHECK(samples[3] == 7.0F);
    // The array that Python gives back is the same memory again.
    const auto out = interpreter.get("block")->array<float>().value();
    CHECK(out.data() == samples.data());
    REQUIRE(out.shape().size() == 2);
    CHECK(out.shape()[1] == 512);
    CHECK(out.strides()[0] == 2048);
    CHECK(out(1, 1) == 2.5F);
}

TEST_CASE("const elements make a read-only array") {
    Interpreter interpreter = with_numpy();
    const std::array<double, 4> fixed{1, 2, 3, 4};
    REQUIRE(interpreter.define("fixed", catena::view(std::span{fixed})));
    CHECK(evaluated<double>(interpreter, "(np.sum fixed)") == 10.0);
    CHECK(error_of(interpreter, "(set! (get fixed 0) 5.0)") == "ValueError");
    CHECK(error_of(interpreter, "(set! (. (. fixed flags) writeable) true)") == "ValueError");
    CHECK(interpreter.get("fixed")->array<double>().error().message ==
          "the array is read-only: ask for an array of const elements");
    CHECK(interpreter.get("fixed")->array<const double>()->span()[3] == 4.0);
}

TEST_CASE("arrays keep the owner of their memory alive") {
    Interpreter interpreter = with_numpy();
    auto table = std::make_shared<std::vector<int>>(100, 1);
    const std::weak_ptr<std::vector<int>> watch = table;
    REQUIRE(interpreter.define("table", catena::view(std::span{*table}, {}, table)));
    REQUIRE(interpreter.define("part", interpreter.eval("(get table (slice 10 20))").value()));
    table.reset();
    CHECK(evaluated<int>(interpreter, "(np.sum table)") == 100);
    REQUIRE(interpreter.define("table", 0));
    CHECK_FALSE(watch.expired());
    CHECK(evaluated<int>(interpreter, "(np.sum part)") == 10);
    REQUIRE(interpreter.define("part", 0));
    CHECK(watch.expired());

    struct Noisy {
        std::unique_ptr<int> data = std::make_unique<int>(41);
        int* gone;
        explicit Noisy(int* flag) : gone(flag) {}
        Noisy(Noisy&& other) noexcept : data(std::move(other.data)), gone(std::exchange(other.gone, nullptr)) {}
        ~Noisy() {
            // The host's code does not run under the GIL.
            if (gone != nullptr) *gone = PyGILState_Check() == 0 ? 1 : 2;
        }
    };
    int gone = 0;
    Noisy noisy(&gone);
    REQUIRE(interpreter.define("one", catena::view(std::span{noisy.data.get(), 1}, {1}, std::move(noisy))));
    CHECK(evaluated<int>(interpreter, "(get one 0)") == 41);
    CHECK(gone == 0);
    REQUIRE(interpreter.define("one", 0));
    CHECK(gone == 1);
    REQUIRE(interpreter.define("given", catena::view(std::vector<double>{1, 2, 3, 4}, {2, 2})));
    CHECK(evaluated<double>(interpreter, "(get given #[1 0])") == 3.0);
}

TEST_CASE("strides, and shapes that do not fit the memory") {
    Interpreter interpreter = with_numpy();
    std::vector<std::int16_t> frames(12);
    std::iota(frames.begin(), frames.end(), std::int16_t{0});
    // Six stereo frames, interleaved: a row for each channel.
    REQUIRE(interpreter.define("channels", catena::view(std::span{frames}, {2, 6}, nullptr, {2, 4})));
    CHECK(evaluated<std::vector<int>>(interpreter, "(.tolist (get channels 1))") ==
          std::vector<int>{1, 3, 5, 7, 9, 11});
    const std::span all{frames};
    const auto refused = [&](auto view) { return !interpreter.define("x", view) && !Value::from(view); };
    CHECK(refused(catena::view(all, {13})));
    CHECK(refused(catena::view(all, {-1})));
    CHECK(refused(catena::view(all, {3, 5})));
    CHECK(refused(catena::view(all, {2, 7}, nullptr, {2, 4})));
    CHECK(refused(catena::view(all, {2}, nullptr, {-2})));
    CHECK(refused(catena::view(all, {2}, nullptr, {1})));
    CHECK(refused(catena::view(all, {2}, nullptr, {2, 2})));
    CHECK(refused(catena::view(all, {PTRDIFF_MAX, PTRDIFF_MAX})));
    CHECK(refused(catena::view(all, {4, 2}, nullptr, {PTRDIFF_MAX - 1, 2})));
    CHECK(refused(catena::view(all, catena::Shape(40, 1))));
    CHECK(interpreter.define("empty", catena::view(all.first(0))));
    CHECK(evaluated<int>(interpreter, "(len empty)") == 0);
    CHECK(interpreter.define("none", catena::view(all, {0, 1000})));
}

TEST_CASE("elements of every kind, both ways") {
    Interpreter interpreter = with_numpy();
    const auto round = [&](auto one, const char* dtype) {
        using T = decltype(one);
        std::unique_ptr<T[]> values(new T[3]{T{}, one, T{}});
        REQUIRE(interpreter.define("x", catena::view(std::span<T>(values.get(), 3))));
        CHECK(evaluated<std::string>(interpreter, "(str (. x dtype))") == dtype);
        const auto back = interpreter.eval("(np.copy x)")->array<T>();
        REQUIRE(back);
        CHECK(back->size() == 3);
        CHECK(back->data() != values.get());
        CHECK(back->span()[1] == one);
    };
    round(true, "bool");
    round(std::int8_t{-3}, "int8");
    round(std::uint8_t{200}, "uint8");
    round(std::int16_t{-300}, "int16");
    round(std::uint16_t{60000}, "uint16");
    round(-70000, "int32");
    round(4000000000U, "uint32");
    round(-5L, "int64");
    round(-5LL, "int64");
    round(~0UL, "uint64");
    round(0.1F, "float32");
    round(0.1, "float64");
    round(0.1L, "float128");
    round(std::complex<float>(1, 2), "complex64");
    round(std::complex<double>(1, 2), "complex128");
    round(std::byte{7}, "uint8");
}

TEST_CASE("arrays of scripts are checked and kept alive") {
    Interpreter interpreter = with_numpy();
    const auto value = [&](const char* code) { return interpreter.eval(code).value(); };
    Array<const float> kept;
    {
        const auto out = value("(* 2 (np.ones #[2 3] :dtype \"float32\"))").array<const float>().value();
        CHECK(out.size() == 6);
        kept = out;
    }
    REQUIRE(interpreter.eval("(import gc) (gc.collect)"));
    CHECK(std::accumulate(kept.begin(), kept.end(), 0.0F) == 12.0F);
    CHECK(kept.owner().type_name() == "numpy.ndarray");

    const auto message = [&](const char* code) { return value(code).array<const double>().error().message; };
    CHECK(message("(np.ones 3 :dtype \"float32\")") == "expected an array of float64, not of float32");
    CHECK(message("(np.ones 3 :dtype \"int64\")") == "expected an array of float64, not of int64");
    CHECK(message("(np.ones 3 :dtype \">f8\")") ==
          "expected an array of float64, not of elements with the format '>d'");
    CHECK(message("(np.zeros 3 :dtype \"f8,i4\")").find("elements with the format") != std::string::npos);
    CHECK(message("[1.0 2.0]") == "expected an array of float64, not list");
    CHECK(message("nil") == "expected an array of float64, not NoneType");
    CHECK_FALSE(value("(np.zeros 3 :dtype \"datetime64[s]\")").array<const double>());
    CHECK_FALSE(value("(np.array [\"text\" nil])").array<const double>());
    CHECK(message("(. (np.ones #[2 3]) T)") == "the array is not contiguous: copy it, or ask for Layout::any");
    CHECK(message("(.view (get (np.zeros 17 :dtype \"uint8\") (slice 1 nil)) \"float64\")") ==
          "the array's elements are not aligned: copy it");

    const auto turned = value("(. (.reshape (np.arange 6.0) 2 3) T)").array<const double>(Layout::any).value();
    CHECK_FALSE(turned.contiguous());
    CHECK(turned.shape()[0] == 3);
    CHECK(turned(2, 1) == 5.0);
    const auto scalar = value("(np.float64 2.5)").array<const double>().value();
    CHECK(scalar.shape().empty());
    CHECK(scalar() == 2.5);
    CHECK(value("(np.array [])").array<const double>()->empty());

    // Python's own buffers need no NumPy.
    CHECK(value("(import array) (array.array \"d\" [1.0 2.0])").array<double>()->span()[1] == 2.0);
    CHECK(value("b\"abc\"").array<const unsigned char>()->span()[2] == 'c');
    CHECK_FALSE(value("b\"abc\"").array<unsigned char>());
    // What is shared is not resized underneath.
    const auto bytes = value("(def b (bytearray 4)) b").array<std::byte>().value();
    CHECK(error_of(interpreter, "(.extend b b\"more\")") == "BufferError");
}

TEST_CASE("functions of the host take and answer arrays") {
    Interpreter interpreter = with_numpy();
    REQUIRE(interpreter.define("scale!", [](Array<float> out, Array<const float> in, float by) {
        for (std::size_t i = 0; i < in.size(); ++i) out.data()[i] = in.data()[i] * by;
    }));
    CHECK(evaluated<double>(interpreter,
                            "(let [in (np.ones 4 :dtype \"float32\") out (np.empty_like in)]"
                            "  (scale! out in 2.5) (np.sum out))") == 10.0);
    CHECK(error_of(interpreter, "(scale! (np.ones 4) (np.ones 4) 2)") == "TypeError");
    REQUIRE(interpreter.define("make",
                               [](int n) { return catena::view(std::vector<int>(static_cast<std::size_t>(n), 3)); }));
    CHECK(evaluated<int>(interpreter, "(np.sum (make 5))") == 15);
    REQUIRE(interpreter.define("same", [](const Array<const int>& a) { return a; }));
    CHECK(evaluated<bool>(interpreter, "(let [a (make 2)] (identical? a (same a)))"));
}

TEST_CASE("large strings and bytes are views") {
    Interpreter interpreter = fresh();
    const Value large = interpreter.eval("(* \"ab\" 500000)").value();
    const catena::Text text = large.text().value();
    CHECK(text.size() == 1000000);
    CHECK(text.view().substr(0, 4) == "abab");
    CHECK(large.text()->data() == text.data());
    CHECK(interpreter.eval("\"grüße\"")->text()->size() == 7);
    CHECK(interpreter.eval("5")->text().error().type == "TypeError");
    CHECK(interpreter.eval("(.decode b\"\\xff\" \"utf8\" \"surrogateescape\")")->text().error().type ==
          "UnicodeEncodeError");
    const auto bytes = interpreter.eval("(* b\"xy\" 500000)")->bytes().value();
    CHECK(bytes.size() == 1000000);
    CHECK(bytes.shape()[0] == 1000000);
    CHECK(bytes(1) == std::byte{'y'});
    CHECK(interpreter.eval("\"text\"")->bytes().error().message == "expected bytes, not str");

    auto body = std::make_shared<const std::string>(1000000, 'z');
    REQUIRE(interpreter.define("body", catena::bytes_view(*body, body)));
    CHECK(evaluated<std::string>(interpreter, "(str (type body))") == "<class 'memoryview'>");
    CHECK(evaluated<int>(interpreter, "(+ (get body 999999) (len body))") == 1000122);
    CHECK(error_of(interpreter, "(set! (get body 0) 1)") == "TypeError");
    CHECK(body.use_count() == 2);
    CHECK(interpreter.get("body")->bytes()->data() == reinterpret_cast<const std::byte*>(body->data()));
    REQUIRE(interpreter.define("body", 0));
    CHECK(body.use_count() == 1);
    REQUIRE(interpreter.define("given", catena::bytes_view(std::string("mine"))));
    CHECK(evaluated<std::string>(interpreter, "(.decode (bytes given))") == "mine");
}

TEST_CASE("values are iterated") {
    Interpreter interpreter = fresh();
    const auto numbers = [&](const char* code) {
        std::vector<int> out;
        for (const auto& item : interpreter.eval(code)->items<int>()) out.push_back(item ? *item : -1);
        return out;
    };
    CHECK(numbers("[1 2 3]") == std::vector{1, 2, 3});
    CHECK(numbers("(map inc (range 3))") == std::vector{1, 2, 3});
    CHECK(numbers("[]").empty());
    CHECK(numbers("[1 \"x\" 3]") == std::vector{1, -1, 3});
    CHECK(numbers("5") == std::vector{-1});
    CHECK(numbers("((fn [] (yield 1) (throw (ValueError \"no\")) (yield 2)))") == std::vector{1, -1});
    int total = 0;
    const Value rows = interpreter.eval("[[1 2] [3]]").value();
    for (const auto& item : rows)
        for (const auto& number : *item) total += number->as<int>().value();
    CHECK(total == 6);
    // An endless one can be left.
    int seen = 0;
    for (const auto& item : interpreter.eval("(import itertools) (itertools.count)")->items()) {
        if (item->as<int>().value() == 5) break;
        ++seen;
    }
    CHECK(seen == 5);
}
