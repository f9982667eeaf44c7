#include <random>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/vm/assemble.hpp"
#include "vm/serialize.hpp"
#include "vm/verify.hpp"

using namespace catena;
using namespace catena::tests;

namespace {

// A code that holds one of everything.
Assembler sample() {
    Assembler inner("inner", 1);
    inner.op(Op::CAPTURE, 1, 0).op(Op::ADD, 1, 0, 1).op(Op::RETURN, 1, 1);
    inner.capture(true, 0);
    Assembler f("sample", 1);
    const auto k = f.constant(Value::object(
        python("[1, 2**80, 1.5, 2j, 'text', b'bytes', (1, None, True), {'k': {1, 2}}, frozenset([3]), ..., '\\ud800']")
            .release()));
    const auto text = f.constant(str("x"));
    f.locals(2);
    f.op(Op::CLOSURE, 2, f.inner(inner)).op(Op::STORE, 1, 2).op(Op::CONST, 2, k).op(Op::CONST, 3, text);
    f.op(Op::CHAIN, 4, f.chain("value r0 | get __class__"), 1).operands({0});
    f.op(Op::MOVE, 5, 1).op(Op::MOVE, 6, 0).op(Op::CALL, 5, 5, 1);
    f.op(Op::TUPLE, 2, 2, 4).op(Op::RETURN, 2, 2);
    f.handler({0, 2, 9, 1, 1, 2});
    return f;
}

std::string dumped(PyObject* code) {
    const Result<Ref> bytes = dump_code(code);
    REQUIRE(bytes.has_value());
    return {PyBytes_AS_STRING(bytes->get()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes->get()))};
}

}  // namespace

TEST_CASE("a code comes back from its bytes") {
    Assembler f = sample();
    CHECK(verify(f.code()).empty());
    const Ref original = f.function();
    const std::string expected = shown(call(original.get(), {Value::integer(4)}));
    const std::string bytes = dumped(f.object());
    CHECK(is_current_code(bytes));
    const Result<Ref> code = load_code(bytes, test_module());
    REQUIRE(code.has_value());
    const Result<Ref> again = make_closure(code->get());
    CHECK(shown(call(again->get(), {Value::integer(4)})) == expected);
    CHECK(disassemble(*code_of(code->get())) == disassemble(f.code()));
    CHECK(dumped(code->get()) == bytes);
}

TEST_CASE("damaged bytes are an error") {
    Assembler f = sample();
    const std::string bytes = dumped(f.object());
    for (std::size_t n = 0; n < bytes.size(); ++n) {
        CHECK_FALSE(load_code(bytes.substr(0, n), test_module()).has_value());
        PyErr_Clear();
        std::string changed = bytes;
        changed[n] = static_cast<char>(changed[n] ^ 0x15);
        CHECK_FALSE(load_code(changed, test_module()).has_value());
        PyErr_Clear();
    }
}

TEST_CASE("the verifier takes no field on trust") {
    std::mt19937 random(7);
    int refused = 0;
    for (int round = 0; round < 3000; ++round) {
        Assembler f = sample();
        Instr& i = f.code().instrs[random() % f.code().instrs.size()];
        switch (random() % 5) {
            case 0: i.op = static_cast<std::uint8_t>(random()); break;
            case 1: i.a = static_cast<std::uint16_t>(random()); break;
            case 2: i.b = static_cast<std::uint16_t>(random()); break;
            case 3: i.c = static_cast<std::uint16_t>(random()); break;
            default: f.code().registers = static_cast<std::uint16_t>(random() % 8); break;
        }
        if (!verify(f.code()).empty()) ++refused;
        (void)disassemble(f.code());
    }
    CHECK(refused > 1500);
}

TEST_CASE("functions pickle by value, cycles included") {
    run_python("import pickle");
    Assembler f("again", 1);
    f.code().module = borrow(PyImport_AddModule("__main__"));
    f.code().globals_dict = borrow(PyModule_GetDict(PyImport_AddModule("__main__")));
    f.op(Op::GLOBAL, 1, f.global("again")).op(Op::RETURN, 1, 1);
    const Ref function = f.function(true);
    PyDict_SetItemString(PyModule_GetDict(test_module()), "again", function.get());
    CHECK(shown(python("pickle.loads(pickle.dumps(again))(1) is again").release()) == "True");
    CHECK(shown(python("type(pickle.loads(pickle.dumps(again))).__name__").release()) == "'Function'");
}
