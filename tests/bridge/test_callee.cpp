// What the floors above tell chains about callables of their own: pairs that stay in place, and calls in tail position.
#include "bridge/callee.hpp"

#include "tests/bridge/support.hpp"
#include "tests/support/catch.hpp"

using namespace catena;
using namespace catena::tests;

namespace {

Ref written(const char* text) { return steal(PyUnicode_FromString(text)); }

// `value r0 | get m | call r1 k=r2`, or without the get, where `k` was written as a keyword.
Chain pair_chain(bool method) {
    Chain chain;
    chain.slot_count = 3;
    chain.steps.push_back(Step::value(Operand::slot(0)));
    if (method) chain.steps.push_back(Step::get("m"));
    Argument pair = Argument::keyword("k", Operand::slot(2));
    pair.written = written("k");
    chain.steps.push_back(Step::call({Argument::positional(Operand::slot(1)), pair}));
    REQUIRE(prepare(chain));
    return chain;
}

PyObject* in_place_callee = nullptr;
PyObject* taken_callable = nullptr;
std::size_t taken_count = 0;

}  // namespace

TEST_CASE("pairs reach a callee in place or as keyword arguments") {
    Namespace names;
    names.run("def f(*a, **k): return (a, k)\nclass T:\n    def m(self, *a, **k): return (a, k)\nt = T()\n");
    const Held f = names.eval("f"), t = names.eval("t"), sort = names.eval("sorted");
    Chain call = pair_chain(false), method = pair_chain(true);
    const std::vector<Value> plain{f.get(), Value::integer(1), Value::integer(2)};
    const std::vector<Value> receiver{t.get(), Value::integer(1), Value::integer(2)};
    for (int i = 0; i < 4; ++i) {
        CHECK(outcome(call, plain) == "((1,), {'k': 2}) of tuple");
        CHECK(outcome(method, receiver) == "((1,), {'k': 2}) of tuple");
    }
    // The callee decides at each run, caches or not.
    in_place_callee = f.get().as_object();
    pairs_in_place_test = [](PyObject* callable) { return callable == in_place_callee; };
    for (int i = 0; i < 4; ++i) {
        CHECK(outcome(call, plain) == "((1, 'k', 2), {}) of tuple");
        CHECK(outcome(method, receiver) == "((1,), {'k': 2}) of tuple");
    }
    const Held m = names.eval("T.m");
    in_place_callee = m.get().as_object();
    for (int i = 0; i < 4; ++i) {
        CHECK(outcome(call, plain) == "((1,), {'k': 2}) of tuple");
        CHECK(outcome(method, receiver) == "((1, 'k', 2), {}) of tuple");
    }
    // A C function that takes its arguments fast.
    in_place_callee = sort.get().as_object();
    Chain c = pair_chain(false);
    const Held list = names.eval("[2, 1]");
    for (int i = 0; i < 4; ++i) {
        CHECK(outcome(c, {sort.get(), list.get(), Value::nil()}) == "!TypeError: sorted expected 1 argument, got 3");
    }
    pairs_in_place_test = nullptr;
    for (int i = 0; i < 4; ++i) {
        const std::string refused = outcome(c, {sort.get(), list.get(), Value::nil()});
        CHECK(refused.starts_with("!TypeError: "));
        CHECK(refused.find("keyword argument") != refused.npos);
    }
}

TEST_CASE("keywords of pairs that a callee passes on are marked") {
    Namespace names;
    names.run("def f(*a): return a\nclass T:\n    def m(self, *a): return a[1:]\nt = T()\n");
    const Held f = names.eval("f"), t = names.eval("t");
    static std::size_t from;
    pairs_in_place_test = [](PyObject*) { return true; };
    first_passed_on = [](PyObject*) { return from; };
    marked_keyword = [](PyObject* keyword) { return PyUnicode_FromFormat("<%U>", keyword); };
    const auto results = [&](std::size_t first) {
        from = first;
        Chain call = pair_chain(false), method = pair_chain(true);
        return outcome(call, {f.get(), Value::integer(1), Value::integer(2)}) + ", " +
               outcome(method, {t.get(), Value::integer(1), Value::integer(2)});
    };
    CHECK(results(1) == "(1, '<k>', 2) of tuple, ('<k>', 2) of tuple");
    // The receiver is the method's first operand.
    CHECK(results(2) == "(1, 'k', 2) of tuple, ('<k>', 2) of tuple");
    CHECK(results(3) == "(1, 'k', 2) of tuple, ('k', 2) of tuple");
    CHECK(results(passes_nothing_on) == "(1, 'k', 2) of tuple, ('k', 2) of tuple");
    marked_keyword = [](PyObject*) -> PyObject* { return PyErr_NoMemory(); };
    CHECK(results(0) == "!MemoryError: , !MemoryError: ");
    pairs_in_place_test = nullptr;
    first_passed_on = nullptr;
    marked_keyword = nullptr;
}

TEST_CASE("a chain in tail position offers its last call") {
    Namespace names;
    names.run(
        "seen = []\ndef f(x): seen.append(x); return x\nclass T:\n    def m(self, x): seen.append(x); return self\nt = "
        "T()\n");
    const Held f = names.eval("f"), t = names.eval("t");
    Chain single = chain_of("value r0 | call r1"), several = chain_of("value r0 | get m | call r1 | get m | call r1");
    for (int i = 0; i < 4; ++i) {
        TailCall tail;
        tail.wants = [](PyObject*) { return true; };
        tail.take = [](TailCall&, PyObject* callable, PyObject*, const Value*, std::size_t count, PyObject*) {
            taken_callable = callable;
            taken_count = count;
            return true;
        };
        Held result(run_chain_tail(single, std::vector<Value>{f.get(), Value::integer(1)}.data(), tail));
        CHECK(tail.taken);
        CHECK(result.get().is_nil());
        CHECK(taken_callable == f.get().as_object());
        CHECK(taken_count == 1);
        CHECK(expected_tail == nullptr);
        // Only the last call is offered; the one before it is made.
        tail.taken = false;
        result = Held(run_chain_tail(several, std::vector<Value>{t.get(), Value::integer(2)}.data(), tail));
        CHECK(tail.taken);
        // Refused, the call is made.
        tail.take = [](TailCall&, PyObject*, PyObject*, const Value*, std::size_t, PyObject*) { return false; };
        result = Held(run_chain_tail(single, std::vector<Value>{f.get(), Value::integer(3)}.data(), tail));
        CHECK(!tail.taken);
        CHECK(describe(result.get()) == "3 of int");
        CHECK(describe(names.eval("seen").get()) == "[2, 3] of list");
        names.run("seen.clear()");
    }
}
