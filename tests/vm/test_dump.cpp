#include "tests/support/catch.hpp"
#include "tests/vm/assemble.hpp"

using namespace catena;
using namespace catena::tests;

TEST_CASE("the listing reads as equations") {
    Assembler f("f", 1);
    const auto one = f.constant(Value::integer(1));
    f.op(Op::UNLESS_LT_K, 0, 0, one).word(3);
    f.op(Op::RETURN, 0, 1);
    f.op(Op::ADD_K, 1, 0, one).op(Op::RETURN, 1, 1);
    CHECK(disassemble(f.code()) ==
          "f: 1 parameters, 1 locals, 9 registers\n"
          "   0  UNLESS_LT_K      r0, 1, -> 3\n"
          "   2  RETURN           r0, 1\n"
          "   3  ADD_K            r1 = r0 + 1\n"
          "   4  RETURN           r1, 1\n");
}
