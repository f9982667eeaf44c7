#include <chrono>

#include "tests/support/catch.hpp"
#include "tests/vm/assemble.hpp"
#include "vm/stack.hpp"

using namespace catena;
using namespace catena::tests;

namespace {

// (defn fib [n] (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))
Ref fib() {
    Assembler f("fib", 1);
    const auto one = f.constant(Value::integer(1));
    const auto two = f.constant(Value::integer(2));
    const auto self = f.global("fib");
    f.op(Op::UNLESS_LT_K, 0, 0, two).word(3);
    f.op(Op::RETURN, 0, 1);
    f.op(Op::GLOBAL, 1, self).op(Op::SUB_K, 2, 0, one).op(Op::CALL, 1, 1, 1);
    f.op(Op::GLOBAL, 2, self).op(Op::SUB_K, 3, 0, two).op(Op::CALL, 2, 2, 1);
    f.op(Op::ADD, 1, 1, 2).op(Op::RETURN, 1, 1);
    return f.function(true);
}

}  // namespace

TEST_CASE("fib") {
    const Ref f = fib();
    CHECK(shown(call(f.get(), {Value::integer(20)})) == "6765");
    const auto start = std::chrono::steady_clock::now();
    CHECK(shown(call(f.get(), {Value::integer(27)})) == "196418");
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    WARN("fib(27): " << took.count() << " ms");
    // Through Python's own call, and with numbers that are no machine integers.
    CHECK(shown(PyObject_CallFunction(f.get(), "i", 10)) == "55");
    CHECK(shown(PyObject_CallFunction(f.get(), "d", 4.0)) == "3.0");
    CHECK(shown(PyObject_CallFunction(f.get(), "s", "x")) ==
          "TypeError: '<' not supported between instances of 'str' and 'int'");
}
