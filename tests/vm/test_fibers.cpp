#include "tests/support/catch.hpp"
#include "tests/vm/assemble.hpp"

using namespace catena;
using namespace catena::tests;

namespace {

// (defn twice [a] (yield a) (yield a)); what is sent is the second yield's value
Ref twice() {
    Assembler f("twice", 1);
    f.kind(FunctionKind::generator);
    f.op(Op::YIELD, 1, 0).op(Op::YIELD, 2, 1).op(Op::RETURN, 2, 1);
    return f.function(true);
}

}  // namespace

TEST_CASE("a generator is one of Python's own") {
    const Ref f = twice();
    CHECK(shown(python("type(twice(1)).__name__").release()) == "'generator'");
    CHECK(shown(python("list(twice(1))").release()) == "[1, None]");
    run_python(
        "g = twice(7); first = next(g); second = g.send('sent')\ntry: g.send('end')\nexcept StopIteration as e: third "
        "= e.value");
    CHECK(shown(python("(first, second, third)").release()) == "(7, 'sent', 'end')");
    CHECK(shown(python("(g.__name__, g.__qualname__, g.gi_code.co_filename)").release()) ==
          "('twice', 'twice', 'test.lisp')");
}

TEST_CASE("delegation passes values, throws and closing on") {
    Assembler f("delegate", 1);
    f.kind(FunctionKind::generator);
    f.op(Op::MOVE, 2, 0).op(Op::YIELD_FROM, 1, 2).op(Op::RETURN, 1, 1);
    const Ref function = f.function(true);
    run_python(
        "log = []\n"
        "def inner():\n"
        "    try:\n"
        "        while True:\n"
        "            try: log.append((yield len(log)))\n"
        "            except ValueError as e: log.append(str(e))\n"
        "    finally: log.append('closed')\n"
        "d = delegate(inner())\n"
        "a = next(d); b = d.send('x'); c = d.throw(ValueError('v')); d.close()\n");
    CHECK(shown(python("(a, b, c, log)").release()) == "(0, 1, 2, ['x', 'v', 'closed'])");
    CHECK(shown(python("list(delegate('ab'))").release()) == "['a', 'b']");
    CHECK(shown(python("list(delegate(None))").release()) == "[]");
}

TEST_CASE("a dropped generator lets go of what it holds, in a cycle too") {
    const Ref f = twice();
    run_python(
        "import gc, weakref\n"
        "class Thing: pass\n"
        "t = Thing(); w = weakref.ref(t); g = twice(t); next(g); t.g = g\n"
        "del t, g; gc.collect()\n");
    CHECK(shown(python("w()").release()) == "None");
}
