// What chains do: each step as Python's own expression, with its errors, its order and its reference counts.
#include "bridge/stats.hpp"
#include "tests/bridge/support.hpp"
#include "tests/support/catch.hpp"

using namespace catena;
using namespace catena::tests;

namespace {

const char* const things = R"(
import sys
class Thing:
    limit = 7
    def __init__(self, v=0): self.v = v
    def m(self, *a, **k): return (a, k)
    def own(self): return self.v
    @property
    def p(self): return self.v * 2
    @staticmethod
    def s(x): return x + 1
    @classmethod
    def c(cls): return cls.__name__
    def __getitem__(self, key): return key
    def __setitem__(self, key, value): self.v = (key, value)
    def __delitem__(self, key): self.v = ('gone', key)
    def __call__(self, *a, **k): return ('called', a, k)
class Slots:
    __slots__ = ('a', 'b')
class Dynamic:
    def __getattr__(self, name): return 'dynamic ' + name
thing = Thing(5)
slots = Slots(); slots.a = 1
xs = [10, 20, 30, 40]
d = {'k': 1, 2: 'two'}
def f(*a, **k): return (a, k)
def raises(*a): raise LookupError('no')
)";

// Runs `chain` with these Python expressions as slots 0, 1, …
std::string run(const Namespace& names, std::string_view text, const std::vector<const char*>& slots) {
    std::vector<Held> held;
    std::vector<Value> values;
    for (const char* slot : slots) {
        held.push_back(names.eval(slot));
        values.push_back(held.back().get());
    }
    Chain chain = chain_of(text);
    std::string first = outcome(chain, values);
    // The caches that the first run filled must not change anything.
    for (int again = 0; again < 4; ++again) {
        const std::string next = outcome(chain, values);
        if (next != first) return first + " and then " + next;
    }
    return first;
}

}  // namespace

TEST_CASE("every step does what Python's expression does") {
    Namespace names;
    names.run(things);
    const struct {
        const char* chain;
        std::vector<const char*> slots;
        const char* python;
    } cases[] = {
        {"value r0 | get v", {"thing"}, "thing.v"},
        {"value r0 | get p", {"thing"}, "thing.p"},
        {"value r0 | get limit", {"thing"}, "thing.limit"},
        {"value r0 | get limit", {"Thing"}, "Thing.limit"},
        {"value r0 | get a", {"slots"}, "slots.a"},
        {"value r0 | get any", {"Dynamic()"}, "Dynamic().any"},
        {"value r0 | get any | get upper | call", {"Dynamic()"}, "Dynamic().any.upper()"},
        {"value r0 | get m | call", {"thing"}, "thing.m()"},
        {"value r0 | get m | call 1 r1 x=2 y=r1", {"thing", "'s'"}, "thing.m(1, 's', x=2, y='s')"},
        {"value r0 | get m | call x=2 1", {"thing"}, "thing.m(1, x=2)"},
        {"value r0 | get own | call", {"thing"}, "thing.own()"},
        {"value r0 | get s | call 4", {"thing"}, "thing.s(4)"},
        {"value r0 | get s | call 4", {"Thing"}, "Thing.s(4)"},
        {"value r0 | get c | call", {"thing"}, "thing.c()"},
        {"value r0 | get own | call r1", {"Thing", "thing"}, "Thing.own(thing)"},
        {"value r0 | call r1", {"Thing", "9"}, "Thing(9)"},
        {"value r0 | call 1 *r1 2 k=3 **r2", {"f", "[7, 8]", "{'z': 1}"}, "f(1, *[7, 8], 2, k=3, **{'z': 1})"},
        {"value r0 | call *r1", {"f", "range(3)"}, "f(*range(3))"},
        {"value r0 | call *r1", {"f", "(i for i in 'ab')"}, "f(*'ab')"},
        {"value r0 | call **r1", {"f", "{'a': 1}"}, "f(a=1)"},
        {"value r0 | get m | call *r1 **r2", {"thing", "(1,)", "{'q': 2}"}, "thing.m(1, q=2)"},
        {"value r0 | call *r1", {"f", "5"}, nullptr},
        {"value r0 | item 2", {"xs"}, "xs[2]"},
        {"value r0 | item -1", {"xs"}, "xs[-1]"},
        {"value r0 | item 1:3", {"xs"}, "xs[1:3]"},
        {"value r0 | item r1:r2", {"xs", "None", "-1"}, "xs[None:-1]"},
        {"value r0 | item None:None:-1", {"xs"}, "xs[::-1]"},
        {"value r0 | item 'k'", {"d"}, "d['k']"},
        {"value r0 | item 2", {"d"}, "d[2]"},
        {"value r0 | item 2.0", {"d"}, "d[2.0]"},
        {"value r0 | item (1, r1:, :, Ellipsis)", {"thing", "'a'"}, "thing[1, 'a':, :, ...]"},
        {"value r0 | item (r1,)", {"thing", "3"}, "thing[3,]"},
        {"value r0 | item ()", {"thing"}, "thing[()]"},
        {"value r0 | item 1", {"'abc'"}, "'abc'[1]"},
        {"value r0 | item 1", {"(1, 2.5)"}, "(1, 2.5)[1]"},
        {"value r0 | item 0", {"b'a'"}, "b'a'[0]"},
        {"value r0 | get real", {"5"}, "(5).real"},
        {"value r0 | get bit_length | call", {"255"}, "(255).bit_length()"},
        {"value r0 | get is_integer | call", {"2.0"}, "(2.0).is_integer()"},
        {"value r0 | get __class__ | get __name__", {"None"}, "type(None).__name__"},
        {"value r0 | get __and__ | call r1", {"True", "False"}, "True & False"},
        {"import math | get pi", {}, "__import__('math').pi"},
        {"import os.path | get basename | call 'a/b'", {}, "'b'"},
        {"import math | get hypot | call 3 4", {}, "5.0"},
        {"value r0 | get append | call 5", {"[]"}, "None"},
        {"value r0 | get upper | call | get lower | call | item 0", {"'aB'"}, "'a'"},
        {"value 1180591620717411303424 | get bit_length | call", {}, "71"},
    };
    for (const auto& one : cases) {
        INFO(one.chain);
        if (one.python == nullptr) continue;
        const Held expected = names.eval(one.python);
        if (std::string_view(one.chain) == "value r0 | call *r1" && std::string_view(one.slots[1]).starts_with("(i")) {
            // An iterator is used up by the first run.
            const Held function = names.eval(one.slots[0]), iterator = names.eval(one.slots[1]);
            Chain chain = chain_of(one.chain);
            CHECK(outcome(chain, {function.get(), iterator.get()}) == describe(expected.get()));
            continue;
        }
        if (std::string_view(one.slots.empty() ? "" : one.slots[0]) == "Thing" && one.slots.size() == 2 &&
            std::string_view(one.slots[1]) == "9") {
            CHECK(run(names, "value r0 | call r1 | get v", one.slots) == "9 of int");
            continue;
        }
        CHECK(run(names, one.chain, one.slots) == describe(expected.get()));
    }
}

TEST_CASE("set and delete") {
    Namespace names;
    names.run(things);
    CHECK(run(names, "value r0 | set v 42", {"thing"}) == "42 of int");
    CHECK(describe(names.eval("thing.v").get()) == "42 of int");
    CHECK(run(names, "value r0 | set-item (1, 2:) r1", {"thing", "'x'"}) == "'x' of str");
    CHECK(describe(names.eval("thing.v").get()) == "((1, slice(2, None, None)), 'x') of tuple");
    CHECK(run(names, "value r0 | set-item 1 2.5", {"xs"}) == "2.5 of float");
    CHECK(run(names, "value r0 | set-item -1 'end'", {"xs"}) == "'end' of str");
    CHECK(run(names, "value r0 | set-item 'new' None", {"d"}) == "None of NoneType");
    CHECK(describe(names.eval("xs, d").get()) == "([10, 2.5, 30, 'end'], {'k': 1, 2: 'two', 'new': None}) of tuple");
    CHECK(run(names, "value r0 | delete-item 5", {"thing"}) == "None of NoneType");
    CHECK(describe(names.eval("thing.v").get()) == "('gone', 5) of tuple");
    const Held thing = names.eval("thing");
    Chain chain = chain_of("value r0 | delete v");
    CHECK(outcome(chain, {thing.get()}) == "None of NoneType");
    CHECK(outcome(chain, {thing.get()}).starts_with("!AttributeError"));
    const Held xs = names.eval("xs");
    Chain item = chain_of("value r0 | delete-item 0");
    CHECK(outcome(item, {xs.get()}) == "None of NoneType");
    CHECK(describe(xs.get()) == "[2.5, 30, 'end'] of list");
}

TEST_CASE("errors name the failing step and are Python's own") {
    Namespace names;
    names.run(things);
    const struct {
        const char* chain;
        std::vector<const char*> slots;
        int step;
        const char* python;
    } cases[] = {
        {"import no_such_module_here | get x", {}, 0, "__import__('no_such_module_here')"},
        {"import os.nothing", {}, 0, "exec('import os.nothing')"},
        {"value r0 | get nothing", {"thing"}, 1, "thing.nothing"},
        {"value r0 | get nothing | call 1", {"thing"}, 1, "thing.nothing(1)"},
        {"value r0 | get b", {"slots"}, 1, "slots.b"},
        {"import math | get sqrt | call -1.0", {}, 2, "__import__('math').sqrt(-1.0)"},
        {"import math | get sqrt | call 'x'", {}, 2, "__import__('math').sqrt('x')"},
        {"import math | get sqrt | call", {}, 2, "__import__('math').sqrt()"},
        {"import math | get sqrt | call 1 2", {}, 2, "__import__('math').sqrt(1, 2)"},
        {"import math | get sqrt | call x=1", {}, 2, "__import__('math').sqrt(x=1)"},
        {"import math | get exp | call 1000.0", {}, 2, "__import__('math').exp(1000.0)"},
        {"import math | get sinn | call 1.0", {}, 1, "__import__('math').sinn(1.0)"},
        {"value r0 | get own | call 1", {"thing"}, 2, "thing.own(1)"},
        {"value r0 | item 9", {"xs"}, 1, "xs[9]"},
        {"value r0 | item -5", {"xs"}, 1, "xs[-5]"},
        {"value r0 | item 'x'", {"xs"}, 1, "xs['x']"},
        {"value r0 | item 'x'", {"d"}, 1, "d['x']"},
        {"value r0 | item r1", {"d", "[]"}, 1, "d[[]]"},
        {"value r0 | item 1", {"5"}, 1, "int(5)[1]"},
        {"value r0 | call 1", {"5"}, 1, "int(5)(1)"},
        {"value r0 | call 1 | get x", {"raises"}, 1, "raises(1)"},
        {"value r0 | call *r1", {"f", "5"}, 1, "f(*5)"},
        {"value r0 | call 1 *r1", {"f", "5"}, 1, "f(1, *5)"},
        {"value r0 | call **r1", {"f", "5"}, 1, "f(**5)"},
        {"value r0 | call **r1", {"f", "{1: 2}"}, 1, "f(**{1: 2})"},
        {"value r0 | call a=1 **r1", {"f", "{'a': 2}"}, 1, "f(a=1, **{'a': 2})"},
        {"value r0 | call *r1", {"print", "5"}, 1, "print(*5)"},
        {"value r0 | set x 1", {"slots"}, 1, "setattr(slots, 'x', 1)"},
        {"value r0 | set real 1", {"5"}, 1, "setattr(5, 'real', 1)"},
        {"value r0 | set-item 9 1", {"xs"}, 1, "xs.__setitem__(9, 1)"},
        {"value r0 | delete nothing", {"thing"}, 1, "delattr(thing, 'nothing')"},
        {"value r0 | delete-item 'x'", {"d"}, 1, "d.__delitem__('x')"},
        {"value r0 | get append | call", {"[]"}, 2, "[].append()"},
        {"value r0 | get append | call 1 2", {"[]"}, 2, "[].append(1, 2)"},
        {"value r0 | get v | item 0 | get x", {"thing"}, 2, "thing.v[0].x"},
    };
    for (const auto& one : cases) {
        INFO(one.chain);
        std::vector<Held> held;
        std::vector<Value> values;
        for (const char* slot : one.slots) {
            held.push_back(names.eval(slot));
            values.push_back(held.back().get());
        }
        names.run(
            "def attempt(text):\n"
            "    try: eval(text)\n"
            "    except BaseException as e: return '!' + type(e).__qualname__ + ': ' + str(e)\n");
        names.set("text", Held(steal_value(PyUnicode_FromString(one.python))).get());
        const Held expected = names.eval("attempt(text)");
        Chain chain = chain_of(one.chain);
        for (int round = 0; round < 3; ++round) {
            CHECK(outcome(chain, values) == text_of(expected.get().as_object()));
            CHECK(chain.failed_step() == one.step);
        }
    }
}

TEST_CASE("reference counts stay what they were") {
    Namespace names;
    names.run(things);
    names.run(
        "log = []\nclass Loud:\n    def __init__(self, n): self.n = n\n"
        "    def next(self, x=None): return Loud(self.n + 1)\n    def fail(self): raise KeyError(self.n)\n"
        "    def __del__(self): log.append(self.n)\n");
    const Held thing = names.eval("thing"), text = names.eval("'some text that is no constant'.upper()"),
               function = names.eval("f"), list = names.eval("[object()]");
    const auto counts = [&] {
        return std::vector<Py_ssize_t>{Py_REFCNT(thing.get().as_object()), Py_REFCNT(text.get().as_object()),
                                       Py_REFCNT(function.get().as_object()), Py_REFCNT(list.get().as_object())};
    };
    const auto before = counts();
    for (const char* chain_text : {"value r0 | get m | call r1 x=r1", "value r2 | call *r3 **r4",
                                   "value r0 | item (r1, 1:r1)", "value r3 | item 0", "value r0 | get nothing",
                                   "value r0 | get m | call r1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
                                   "value r0 | set w r1", "value r0 | delete w", "value r0 | set-item r1 r1",
                                   "value r0 | item r1", "value r2 | call **r1", "value r2 | call *r1"}) {
        INFO(chain_text);
        const Held kwargs = names.eval("{'q': 1}");
        Chain chain = chain_of(chain_text);
        const Py_ssize_t none = Py_REFCNT(Py_None);
        for (int round = 0; round < 3000; ++round) {
            (void)outcome(chain, {thing.get(), text.get(), function.get(), list.get(), kwargs.get()});
        }
        // CPython's own caches and its collector take and give back some hundreds.
        CHECK(std::abs(Py_REFCNT(Py_None) - none) < 2000);
        if (std::string_view(chain_text).starts_with("value r0 | set w")) {
            CHECK(Py_REFCNT(text.get().as_object()) == before[1] + 1);
            continue;
        }
        if (std::string_view(chain_text).starts_with("value r0 | set-item")) {
            names.run("thing.v = 0");
        }
        CHECK(counts() == before);
    }

    // Intermediates go as soon as the next step has been done, also when it fails.
    const Held loud = names.eval("Loud(0)");
    Chain chain = chain_of("value r0 | get next | call | get next | call | get next | call | get fail | call");
    CHECK(outcome(chain, {loud.get()}) == "!KeyError: 3");
    CHECK(describe(names.eval("log").get()) == "[1, 2, 3] of list");
}

TEST_CASE("counters count chains and steps") {
    reset_stats();
    Chain chain = chain_of("value 'x' | get upper | call | get lower | call");
    for (int i = 0; i < 3; ++i) (void)outcome(chain, {});
    CHECK(stats.chains == 3);
    CHECK(stats.steps == 15);
}

TEST_CASE("a chain may run again inside of itself") {
    Namespace names;
    names.run("class Deep:\n    def go(self, n): return run(n)\ndeep = Deep()");
    static Chain* chain;
    static Value deep;
    Chain own = chain_of("value r0 | get go | call r1");
    chain = &own;
    const Held holder = names.eval("deep");
    deep = holder.get();
    static PyMethodDef run_def{"run",
                               [](PyObject*, PyObject* n) -> PyObject* {
                                   const long count = PyLong_AsLong(n);
                                   if (count == 0) return PyErr_Format(PyExc_ValueError, "bottom");
                                   Value operands[] = {deep, Value::integer(count - 1)};
                                   const Held result(run_chain(*chain, operands));
                                   return result.get().is_error() ? nullptr : new_object(result.get());
                               },
                               METH_O, nullptr};
    names.set("run", Held(Value::object(PyCFunction_New(&run_def, nullptr))).get());
    CHECK(outcome(own, {deep, Value::integer(50)}) == "!ValueError: bottom");
    CHECK(own.failed_step() == 2);
}

TEST_CASE("fused and step by step agree on random chains") {
    Namespace names;
    names.run(things);
    names.run(
        "calls = []\n"
        "class Any:\n"
        "    def __init__(self, tag): self.tag = tag\n"
        "    def __getattr__(self, name):\n"
        "        if name.startswith('__'): raise AttributeError(name)\n"
        "        calls.append('get ' + self.tag + name); return Any(self.tag + name)\n"
        "    def __getitem__(self, key): calls.append(f'item {self.tag} {key}'); return Any(self.tag + 'i')\n"
        "    def __call__(self, *a, **k):\n"
        "        calls.append(f'call {self.tag} {a} {k}')\n"
        "        if self.tag.count('c') > 3: raise ValueError(self.tag)\n"
        "        return Any(self.tag + 'c')\n"
        "    def meth(self, *a, **k): calls.append(f'meth {self.tag} {a} {k}'); return self\n"
        "    def __repr__(self): return 'Any(' + self.tag + ')'\n"
        "    def __del__(self): calls.append('del ' + self.tag)\n"
        "any = Any('')\n");
    const Held root = names.eval("any"), word = names.eval("'word'.upper()");
    const std::vector<Value> operands{root.get(), word.get(), Value::integer(3), Value::real(0.5)};
    std::uint32_t state = 7;
    const auto next = [&](std::uint32_t limit) {
        state = state * 1664525 + 1013904223;
        return (state >> 8) % limit;
    };
    const char* const steps[] = {"get a",          "get b",   "get meth",     "item r1",  "item (r2, 1:r3)",
                                 "call",           "call r1", "call r2 k=r3", "call *r1", "get meth | call r2",
                                 "get c | call r1"};
    for (int round = 0; round < 400; ++round) {
        std::string text = "value r0";
        for (std::uint32_t i = 1 + next(6); i > 0; --i) text += std::string(" | ") + steps[next(std::size(steps))];
        INFO(text);
        names.run("calls.clear()");
        Chain fused = chain_of(text);
        fused.slot_count = 4;
        const std::string first = outcome(fused, operands);
        const std::string first_calls = describe(names.eval("calls").get());
        for (int again = 0; again < 3; ++again) {
            names.run("calls.clear()");
            CHECK(outcome(fused, operands) == first);
            CHECK(describe(names.eval("calls").get()) == first_calls);
        }
        // Each step as a chain of its own; a method is looked up and called as one step, as Python does it.
        names.run("calls.clear()");
        Held it(root.get());
        it.get().retain();
        int failed = 0;
        std::string last;
        for (std::size_t i = 1; i < fused.steps.size(); ++i) {
            Chain single = chain_of("value r0 | " + print_step(fused, i));
            single.slot_count = 4;
            std::vector<Value> own = operands;
            own[0] = it.get();
            Held result(run_chain(single, own.data()));
            if (result.get().is_error()) {
                last = describe(result.get());
                failed = static_cast<int>(i);
                break;
            }
            it = std::move(result);
        }
        if (last.empty()) last = describe(it.get());
        CHECK(last == first);
        if (failed != 0) CHECK(fused.failed_step() == failed);
        it = Held();
        CHECK(describe(names.eval("calls").get()) == first_calls);
    }
}
