// Functions whose opcodes stand for core's names, when such a name comes to mean something else. What programs see is in
// tests/conformance/12-rebinding.lisp; here is what they cannot, or must not, tell from code without such opcodes.
#include <string>

#include "compiler/compile.hpp"
#include "lang/printer.hpp"
#include "tests/support/catch.hpp"
#include "vm/vm.hpp"

using namespace catena;

namespace {

struct Program {
    Ref module;
    Program() {
        Result<Ref> made = make_module("test-rebinding", "<test>");
        REQUIRE(made);
        module = *made;
    }
    std::string run(std::string_view text) {
        const Result<Ref> value = run_source(text, module.get(), {});
        const Result<Ref> shown = value ? repr(value->get()) : Result<Ref>(raised());
        if (shown) return PyUnicode_AsUTF8(shown->get());
        PyErr_Print();
        return "error";
    }
};

}  // namespace

TEST_CASE("rebinding: a call that is under way goes on as it began") {
    Program p;
    p.run(
        "(def here (. (fn []) __globals__))"
        "(defn f [n] (let [sum 0] (dotimes [i n] (if (= i 1) (.__setitem__ here \"inc\" (fn [x] (- x 1))) nil)"
        " (set! sum (inc sum))) sum))");
    CHECK(p.run("(f 3)") == "3");
    CHECK(p.run("(f 3)") == "-3");
    p.run("(del! inc)");
    CHECK(p.run("(f 0)") == "0");
}

TEST_CASE("rebinding: a macro of the name is for code to come") {
    Program p;
    p.run("(defn f [x] (inc x))");
    p.run("(defmacro inc [x] `(vector ~x ~x))");
    CHECK(p.run("(f 1)") == "2");
    CHECK(p.run("(inc 1)") == "[1 1]");
}

TEST_CASE("rebinding: generators and functions of several arities") {
    Program p;
    p.run("(defn f ([x] (inc x)) ([x y] (+ x y))) (defn g [n] (dotimes [i n] (yield (inc i))))");
    p.run("(def inc (fn [x] :mine))");
    CHECK(p.run("[(f 1) (f 1 2) (vec (g 2))]") == "[:mine 3 [:mine :mine]]");
}

TEST_CASE("rebinding: a function too large for two bodies has one") {
    std::string text = "(defn f [x] (vector";
    for (int i = 0; i < 20'000; ++i) text += " (.bit_length (inc x))";
    text += "))";
    Program p;
    CHECK(p.run(text + "(count (f 1))") == "20000");
    std::string large = "(defn g [x] (vector";
    for (int i = 0; i < 40'000; ++i) large += " (.bit_length (inc x))";
    large += "))";
    CHECK(p.run(large + "(count (g 1))") == "40000");
}

TEST_CASE("rebinding: codes come and go") {
    Program p;
    p.run("(dotimes [i 200] (eval '(defn f [x] (inc x))))");
    p.run("(def inc (fn [x] i)) (def i 5)");
    CHECK(p.run("(f 1)") == "5");
}
