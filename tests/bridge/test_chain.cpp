#include "tests/bridge/support.hpp"
#include "tests/support/catch.hpp"

using namespace catena;
using namespace catena::tests;

namespace {

std::string read_and_print(std::string_view text) {
    const auto chain = parse_chain(text);
    return chain ? print_chain(*chain) : "!" + chain.error();
}

std::string problem(Chain& chain) {
    const auto valid = validate(chain);
    return valid ? "" : valid.error();
}

}  // namespace

TEST_CASE("the printed form reads back") {
    const char* const texts[] = {
        "import numpy",
        "import numpy | get sum | call r1 axis=0",
        "import os.path | get join | call 'a b' 'c|d' \"it's\"",
        "value r0 | item r1 | item (r2, 3) | item (r1,)",
        "value r0 | item 1:10:2",
        "value r0 | item :",
        "value r0 | item None:r1",
        "value r0 | item None:None:-1",
        "value r0 | item (:, r1:, Ellipsis)",
        "value r0 | call *r1 x=2.5 **r2",
        "value r0 | call 1 -2 1e+100 inf nan None True 'x' b'y' (1, 2) [1, 'a b'] {'k': 1}",
        "value r0 | set x r1",
        "value r0 | get y | set-item (1, r2:) r1",
        "value r0 | set-item 'a b' 'c d'",
        "value r0 | delete x",
        "value r0 | delete-item 'k'",
        "value r0 | call list!=1 a?=2",
        "value 'x' | get upper | call",
        "value xs | get append | call r0",
        "value r0 | item '(a, b):c'",
        "value r0 | get größe",
    };
    for (const char* text : texts) CHECK(read_and_print(text) == text);
}

TEST_CASE("a broken printed form is refused with a reason") {
    const std::pair<const char*, const char*> texts[] = {
        {"", "!an empty step"},
        {"import numpy |", "!an empty step"},
        {"import numpy || get x", "!an empty step"},
        {"jump r0", "!no such step: jump"},
        {"import", "!import takes 1 word, not 0"},
        {"import a b", "!import takes 1 word, not 2"},
        {"import .a", "!step 1 (import) has no proper module name: .a"},
        {"import a..b", "!step 1 (import) has no proper module name: a..b"},
        {"get x", "!step 1 (get) needs a root before it: import or value"},
        {"import a | import b", "!step 2 (import) can only stand first"},
        {"value r0 | set x r1 | get y", "!step 2 (set) can only stand last"},
        {"value r0 | item", "!a key is missing"},
        {"value r0 | item 1:2:3:4", "!a slice has at most three parts: 1:2:3:4"},
        {"value r0 | call x=", "!an operand is missing"},
        {"value r0 | call *", "!an operand is missing"},
        {"value r0 | call )", "!neither a slot nor a literal: )"},
        {"value r0 | call 'a", "!neither a slot nor a literal: 'a"},
        {"value r0 | call a-b", "!neither a slot nor a literal: a-b"},
        {"value r0 | call a=1 a=2", "!step 2 (call) repeats the keyword argument a"},
        {"value r0 | set-item r1", "!set-item takes a key and an operand"},
        {"value \xff", "!the text is not UTF-8"},
    };
    for (const auto& [text, expected] : texts) {
        CHECK(read_and_print(text) == expected);
        CHECK(!PyErr_Occurred());
    }
}

TEST_CASE("random text never crashes the parser") {
    std::uint32_t state = 1;
    const auto next = [&](std::uint32_t limit) {
        state = state * 1664525 + 1013904223;
        return (state >> 8) % limit;
    };
    const std::string_view pieces[] = {"import", "value", " ", "|", "get", "call",     "item", "r0", "r99999999",
                                       "(",      ")",     ":", ",", "'",   "\"",       "\\",   "*",  "**",
                                       "=",      "x",     "1", "[", "]",   "set-item", "\xc3"};
    for (int round = 0; round < 2000; ++round) {
        std::string text = "value r0 |";
        for (std::uint32_t i = next(12); i > 0; --i) text += pieces[next(std::size(pieces))];
        const std::string printed = read_and_print(text);
        if (printed[0] != '!') CHECK(read_and_print(printed) == printed);
        CHECK(!PyErr_Occurred());
    }
}

TEST_CASE("the validator names the step") {
    Chain chain;
    CHECK(problem(chain) == "a chain has at least one step");
    chain.slot_count = 1;
    chain.steps.push_back(Step::value(Operand::slot(1)));
    CHECK(problem(chain) == "step 1 (value) names slot r1, but the chain has 1");
    chain.steps[0].operand = Operand::constant(0);
    CHECK(problem(chain) == "step 1 (value) names constant 0, but the chain has 0");
    chain.steps[0].operand = {};
    CHECK(problem(chain) == "step 1 (value) lacks an operand");
    chain.steps[0].operand = Operand::slot(0);
    chain.steps.push_back(Step::get(""));
    CHECK(problem(chain) == "step 2 (get) has an empty name");
    chain.steps[1] = Step::item(Key{});
    CHECK(problem(chain) == "step 2 (item) needs a key of one part, or a tuple");
    chain.steps[1] = Step::item(Key{{}, true});
    CHECK(problem(chain).empty());
    CHECK(outcome(chain, {Value::nil()}) == "!SystemError: a chain was run before it was prepared");
}

TEST_CASE("chains become data and come back") {
    for (const char* text : {"import numpy | get sum | call r1 axis=0 *r2 **r3", "value r0 | item (1:r1, 'x', :)",
                             "value xs | set-item ys 5", "value 'x' | get upper | call"}) {
        Chain chain = chain_of(text);
        chain.steps[0].span = {1, 2, 3, 4};
        auto data = chain_to_data(chain);
        REQUIRE(data);
        const Ref pickle = steal(PyImport_ImportModule("pickle"));
        const Ref packed = steal(PyObject_CallMethod(pickle.get(), "dumps", "(O)", data->get()));
        const Ref again = steal(PyObject_CallMethod(pickle.get(), "loads", "(O)", packed.get()));
        REQUIRE(again);
        const auto copy = chain_from_data(again.get());
        REQUIRE(copy);
        CHECK(print_chain(*copy) == text);
        CHECK(copy->steps[0].span == Span{1, 2, 3, 4});
        CHECK(copy->slot_count == chain.slot_count);
    }
}

TEST_CASE("broken data is a ValueError") {
    Namespace names;
    for (const char* text :
         {"None", "()", "(2, 0, (), (), ())", "(1, 0, (), (), ())", "(1, 0, (), (), (1,))", "(1, -1, (), (), ())",
          "(1, 1, (5,), (), ())", "(1, 1, (), (), (('value', (0,0,0,0), None, 1, None, ()),))",
          "(1, 1, (), (), (('value', (0,0,0,0), None, 1<<70, None, ()),))",
          "(1, 1, (), (), (('value', (0,0,0,0), None, 'x', None, ()),))",
          "(1, 1, (), (), (('value', (0,0,0,0), None, 0, (1, 2), ()),))",
          "(1, 1, (), (), (('value', (0,0,0,0), 5, 0, None, ()),))",
          "(1, 1, (), (), (('walue', (0,0,0,0), None, 0, None, ()),))",
          "(1, 1, (), (), (('value', (0,0,0,0), None, 0, None, ()), ('call', (0,0,0,0), None, None, None, ((9, None, "
          "0),))))",
          "(1, 1, (), (), (('value', (0,0,0,0), None, 0, None, ()), ('item', (0,0,0,0), None, None, (False, ((0,),)), "
          "())))"}) {
        const Held data = names.eval(text);
        const auto chain = chain_from_data(boxed(data.get()).get());
        CHECK(!chain);
        INFO(text);
        CHECK(describe(Value::error()).starts_with("!ValueError: no chain: "));
    }
}

TEST_CASE("constants print as the hook says") {
    Chain chain = chain_of("value 'a' | item 'b'");
    print_constant = [](PyObject* constant) { return PyUnicode_FromFormat(":%U", constant); };
    CHECK(print_chain(chain) == "value :a | item :b");
    read_constant = [](const char* text) { return PyUnicode_FromString(text + 1); };
    CHECK(read_and_print("value :a | item :b") == "value :a | item :b");
    print_constant = nullptr;
    read_constant = nullptr;
}
