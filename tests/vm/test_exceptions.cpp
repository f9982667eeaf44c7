#include "tests/support/catch.hpp"
#include "tests/vm/assemble.hpp"
#include "vm/exceptions.hpp"

using namespace catena;
using namespace catena::tests;

namespace {

// (throw ValueError) on its second line, called by a function that calls it on its second line
Ref thrower() {
    Assembler inner("inner", 0);
    inner.op(Op::GLOBAL, 0, inner.global("ValueError")).op(Op::THROW, 0, 0);
    (void)inner.function(true);
    Assembler outer("outer", 0);
    outer.op(Op::GLOBAL, 0, outer.global("inner")).op(Op::CALL, 0, 0, 0).op(Op::RETURN, 0, 0);
    return outer.function(true);
}

std::string outcome(const char* call) {
    run_python(
        "def lines(f, *args):\n"
        "    try: return f(*args)\n"
        "    except BaseException as e:\n"
        "        tb = e.__traceback__.tb_next; found = []\n"
        "        while tb:\n"
        "            found.append((tb.tb_frame.f_code.co_name, tb.tb_lineno, "
        "list(tb.tb_frame.f_code.co_positions())[tb.tb_lasti // 2]))\n"
        "            tb = tb.tb_next\n"
        "        return type(e).__name__, found\n");
    return shown(python(call).release());
}

}  // namespace

TEST_CASE("a traceback has an entry with line and columns for every frame") {
    const Ref f = thrower();
    CHECK(outcome("lines(outer)") == "('ValueError', [('outer', 2, (2, 2, 2, 7)), ('inner', 2, (2, 2, 2, 7))])");
}

TEST_CASE("an error in a chain names the step that failed") {
    Assembler f("chained", 1);
    f.op(Op::CHAIN, 1, f.chain("value r0 | get real | get nowhere"), 1).operands({0});
    f.op(Op::RETURN, 1, 1);
    const Ref function = f.function(true);
    CHECK(outcome("lines(chained, 5)") == "('AttributeError', [('chained', 52, (52, 52, 0, 8))])");
}

TEST_CASE("lines beyond what Python can count") {
    Assembler f("far", 0);
    f.op(Op::GLOBAL, 0, f.global("ValueError")).op(Op::THROW, 0, 0);
    f.code().spans[1] = {4'000'000'000u, 4'000'000'000u, 4'000'000'001u, 1};
    const Ref function = f.function(true);
    CHECK(outcome("lines(far)").find("ValueError") != std::string::npos);
    run_python("import traceback\ntry: far()\nexcept ValueError: traceback.format_exc()\n");
}

TEST_CASE("a handler gets the exception, with its registers cleared") {
    Assembler f("handled", 1);
    f.locals(4);
    f.op(Op::GLOBAL, 4, f.global("inner")).op(Op::CALL, 4, 4, 0).op(Op::RETURN, 4, 1);
    f.op(Op::HANDLE, 2, 1)
        .op(Op::GLOBAL, 4, f.global("sys"))
        .op(Op::CHAIN, 5, f.chain("value r0 | get exc_info | call"), 1);
    f.operands({4}).op(Op::UNHANDLE, 2).op(Op::RETURN, 5, 4);
    f.handler({0, 3, 3, 1, 1, 4});
    const Ref outer = thrower();
    const Ref function = f.function(true);
    run_python("import sys");
    CHECK(shown(python("handled(0)[1]").release()) == "ValueError()");
    CHECK(shown(python("sys.exc_info()").release()) == "(None, None, None)");
}

TEST_CASE("what is no exception cannot be thrown") {
    Assembler f("throw_it", 1);
    f.op(Op::MOVE, 1, 0).op(Op::THROW, 1, 0);
    const Ref function = f.function(true);
    CHECK(shown(call(function.get(), {Value::integer(3)}))
              .starts_with("TypeError: only exceptions can be thrown, not int"));
}

TEST_CASE("a code object and its Python twin are collected together") {
    run_python("import gc, weakref");
    {
        Assembler f("twin", 0);
        f.op(Op::GLOBAL, 0, f.global("ValueError")).op(Op::THROW, 0, 0);
        const Ref function = f.function(true);
        run_python("try: twin()\nexcept ValueError: pass\nw = weakref.ref(twin.__catena_code__); del twin");
    }
    CHECK(shown(python("gc.collect() and None or w()").release()) == "None");
}
