// The last read of a local may move a vector out of it; no program can tell, except by the time it takes.
#include <string>

#include "compiler/compile.hpp"
#include "lang/printer.hpp"
#include "tests/support/catch.hpp"

using namespace catena;

namespace {

// The last value of a text in Catena's notation, or the error's type.
std::string run(std::string_view text) {
    const Result<Ref> module = make_module("test-last-use", "<test>");
    REQUIRE(module);
    const Result<Ref> value = run_source(text, module->get(), {});
    const Result<Ref> shown = value ? repr(value->get()) : Result<Ref>(raised());
    if (shown) return PyUnicode_AsUTF8(shown->get());
    const std::string type = reinterpret_cast<PyTypeObject*>(PyErr_Occurred())->tp_name;
    PyErr_Print();
    return type;
}

std::string code_of_text(std::string_view text) {
    const Result<Ref> module = make_module("test-last-use", "<test>");
    REQUIRE(module);
    const Result<std::string> dump = dump_source(text, DumpKind::code, module->get(), {});
    REQUIRE(dump);
    return *dump;
}

}  // namespace

TEST_CASE("last use: a loop of conj moves its vector") {
    CHECK(code_of_text("(defn f [n] (loop [i 0 v []] (if (< i n) (recur (+ i 1) (conj v i)) v)))").find("TAKE") !=
          std::string::npos);
    // 200,000 copies of what has been collected would take minutes.
    CHECK(run("(defn f [n] (loop [i 0 v []] (if (< i n) (recur (+ i 1) (conj v i)) (count v)))) (f 200000)") ==
          "200000");
    CHECK(run("(defn f [n] (loop [i 0 m {}] (if (< i n) (recur (+ i 1) (assoc m i i)) (count m)))) (f 200000)") ==
          "200000");
    CHECK(
        run("(defn put [v n] (conj v n)) (defn f [v n] (if (= n 0) (count v) (f (put v n) (- n 1)))) (f [] 200000)") ==
        "200000");
}

TEST_CASE("last use: what is read later stays") {
    CHECK(run("(defn f [v] [(conj v 1) (conj v 2)]) (f [0])") == "[[0 1] [0 2]]");
    CHECK(run("(defn f [v] (let [w v] [(conj v 1) (conj w 2) w])) (f [0])") == "[[0 1] [0 2] [0]]");
    CHECK(run("(defn f [v] (if (conj v 1) (conj v 2) v)) (f [0])") == "[0 2]");
    CHECK(run("(defn f [v] (loop [i 0 all []] (if (< i 3) (recur (+ i 1) (conj all (conj v i))) all))) (f [7])") ==
          "[[7 0] [7 1] [7 2]]");
    CHECK(run("(defn f [v] (let [a v] (set! a (conj a 1)) (set! a (conj a 2)) [v a])) (f [0])") == "[[0] [0 1 2]]");
    CHECK(run("(defn f [v] (for [x [1 2]] (conj v x))) (f [0])") == "[[0 1] [0 2]]");
    CHECK(run("(defn f [& xs] [(conj xs 1) (count xs)]) (f 5 6)") == "[[5 6 1] 2]");
    CHECK(run("(defn f [v &opt (w (conj v 1))] [v w]) (f [0])") == "[[0] [0 1]]");
}

TEST_CASE("last use: handlers and finally read what they need") {
    CHECK(run("(defn f [v] (try (int (conj v 2)) (catch TypeError e v))) (f [1])") == "[1]");
    CHECK(run("(defn f [v] (try (do (conj v 2) (throw (ValueError))) (catch ValueError e v))) (f [1])") == "[1]");
    CHECK(run("(defn f [v out] (try (conj v 2) (finally (.append out v)))) (def out []) [(f [1] out) out]") ==
          "[[1 2] [[1]]]");
    CHECK(
        run("(defn f [v] (try (try (int (conj v 5)) (finally (conj v 6))) (catch TypeError e (conj v 7)))) (f [1])") ==
        "[1 7]");
}

TEST_CASE("last use: closures and generators have their own") {
    CHECK(run("(defn f [v] (let [g (fn [x] (conj v x))] [(g 1) (g 2) (conj v 3)])) (f [0])") == "[[0 1] [0 2] [0 3]]");
    CHECK(run("(defn f [v] (let [x (conj v 1) y (conj v 2)] (fn [] [v x y]))) ((f [0]))") == "[[0] [0 1] [0 2]]");
    CHECK(run("(defn f [v] (yield (conj v 1)) (yield (conj v 2))) (vec (f [0]))") == "[[0 1] [0 2]]");
}

// Only containers move: whatever has a finalizer lives until its scope ends, as in Python.
TEST_CASE("last use: objects with finalizers stay until the end of their scope") {
    CHECK(run("(def log []) (defclass D [] (defn __del__ [self] (.append log \"gone\")))"
              "(defn f [] (let [d (D)] (identity d) (.append log \"still here\") nil)) (f) log") ==
          "[\"still here\" \"gone\"]");
}
