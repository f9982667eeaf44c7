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

// (defn down [n] (if (= n 0) 'end (down (- n 1)))), calling itself in tail position or not
Ref down(bool tail) {
    Assembler f(tail ? "tail_down" : "down", 1);
    const auto zero = f.constant(Value::integer(0));
    const auto one = f.constant(Value::integer(1));
    const auto end = f.constant(str("end"));
    f.op(Op::UNLESS_EQ_K, 0, 0, zero).word(4);
    f.op(Op::CONST, 1, end).op(Op::RETURN, 1, 1);
    f.op(Op::GLOBAL, 1, f.global(tail ? "tail_down" : "down")).op(Op::SUB_K, 2, 0, one);
    if (tail) {
        f.op(Op::TAIL_CALL, 1, 1, 1);
    } else {
        f.op(Op::CALL, 1, 1, 1).op(Op::RETURN, 1, 1);
    }
    return f.function(true);
}

// A function that answers its parameter registers as a tuple, missing ones as nil.
Ref lister(const char* name, Parameters parameters) {
    Assembler f(name);
    const auto count = static_cast<std::uint16_t>(parameters.register_count());
    const auto nothing = f.constant(Value::nil());
    f.locals(count).registers(static_cast<std::uint16_t>(2 * count + 1));
    f.code().simple_arity = parameters.simple() ? parameters.required : -1;
    f.code().takes_keywords = parameters.takes_keywords();
    f.code().parameters = std::move(parameters);
    for (std::uint16_t n = 0; n < count; ++n) {
        f.jump(Op::JUMP_IF_GIVEN, n, f.here() + 2).op(Op::CONST, n, nothing);
        f.op(Op::MOVE, count + n, n);
    }
    f.op(Op::TUPLE, count, count, count).op(Op::RETURN, count, count);
    return f.function(true);
}

// [a b &opt c & rest &key k &kwargs more]
Parameters everything() {
    Parameters p;
    for (const char* name : {"a", "b", "c"}) p.positional.push_back(intern(name));
    p.required = 2;
    p.has_rest = true;
    p.rest_name = intern("rest");
    p.keys.push_back({intern("k"), false});
    p.has_kwargs = true;
    p.kwargs_name = intern("more");
    return p;
}

}  // namespace

TEST_CASE("recursion on machine numbers and on others") {
    const Ref f = fib();
    CHECK(shown(call(f.get(), {Value::integer(20)})) == "6765");
    CHECK(shown(PyObject_CallFunction(f.get(), "i", 10)) == "55");
    CHECK(shown(PyObject_CallFunction(f.get(), "d", 4.0)) == "3.0");
    CHECK(shown(python("fib(2**70 - 2**70 + 10)").release()) == "55");
    CHECK(shown(PyObject_CallFunction(f.get(), "s", "x")) ==
          "TypeError: '<' not supported between instances of 'str' and 'int'");
}

TEST_CASE("depth: tail calls have none, others end in RecursionError") {
    const Ref deep = down(false);
    const Ref tail = down(true);
    CHECK(shown(call(tail.get(), {Value::integer(1'000'000)})) == "'end'");
    CHECK(shown(call(deep.get(), {Value::integer(100'000)})) == "'end'");
    CHECK(shown(call(deep.get(), {Value::integer(10'000'000)})) == "RecursionError: maximum recursion depth exceeded");
    const std::size_t limit = recursion_limit();
    set_recursion_limit(500);
    CHECK(shown(call(deep.get(), {Value::integer(400)})) == "'end'");
    CHECK(shown(call(deep.get(), {Value::integer(600)})) == "RecursionError: maximum recursion depth exceeded");
    set_recursion_limit(limit);
    CHECK(running_thread->frame == running_thread->frames);
}

TEST_CASE("recursion through Python is bounded by the C stack, in threads of any size too") {
    run_python(
        "import threading\n"
        "def through(n): return sorted([1, 2], key=lambda x: hop(n - 1)) if n else 0\n"
        "def guarded():\n"
        "    global outcome\n"
        "    try: hop(10**6)\n"
        "    except RecursionError: outcome = 'RecursionError'\n");
    Assembler hop("hop", 1);
    hop.op(Op::GLOBAL, 1, hop.global("through")).op(Op::MOVE, 2, 0).op(Op::CALL, 1, 1, 1).op(Op::RETURN, 1, 1);
    const Ref f = hop.function(true);
    run_python("import sys; old = sys.getrecursionlimit(); sys.setrecursionlimit(10**6)");
    for (const char* size : {"0", "65536", "262144"}) {
        run_python((std::string("outcome = None; threading.stack_size(") + size +
                    "); t = threading.Thread(target=guarded); t.start(); t.join(); threading.stack_size(0)")
                       .c_str());
        CHECK(shown(python("outcome").release()) == "'RecursionError'");
    }
    run_python("sys.setrecursionlimit(old)");
}

TEST_CASE("binding: every kind of parameter, from Python") {
    const Ref f = lister("everything", everything());
    CHECK(shown(python("everything(1, 2)").release()) == "(1, 2, None, [], None, {})");
    CHECK(shown(python("everything(1, 2, 3, 4, 5, k=6, z=7)").release()) == "(1, 2, 3, [4, 5], 6, {'z': 7})");
    CHECK(shown(python("everything(b=2, a=1, c=None)").release()) == "(1, 2, None, [], None, {})");
    CHECK(shown(python("everything(*[[]], **{'b': {}})").release()) == "([], {}, None, [], None, {})");
    const auto error = [](const char* expression) {
        PyObject* dict = PyModule_GetDict(test_module());
        return shown(PyRun_String(expression, Py_eval_input, dict, dict));
    };
    CHECK(error("everything(1)") == "TypeError: everything takes at least 2 arguments but 1 was given");
    CHECK(error("everything(1, a=2)") == "TypeError: everything got multiple values for argument 'a'");
    CHECK(error("everything(a=2)") == "TypeError: everything is missing the argument 'b'");
    Parameters two;
    two.positional = {intern("width"), intern("height")};
    two.required = 2;
    const Ref area = lister("area", std::move(two));
    CHECK(error("area(1, 2, 3)") == "TypeError: area takes 2 arguments but 3 were given");
    CHECK(error("area(height=1, width=2)") == "(2, 1)");
    CHECK(error("area(1, hieght=2)") ==
          "TypeError: area got an unexpected keyword argument 'hieght'; did you mean height?");
    CHECK(error("area(1, colour=2)") ==
          "TypeError: area got an unexpected keyword argument 'colour'; area declares no &key");
}

TEST_CASE("inspect sees the truth") {
    const Ref f = lister("everything", everything());
    run_python("import inspect");
    CHECK(shown(python("str(inspect.signature(everything))").release()) == "'(a, b, c=None, *rest, k=None, **more)'");
    CHECK(shown(python("everything.__kwdefaults__").release()) == "{'k': None}");
    CHECK(shown(python("everything.__code__.co_varnames").release()) == "('a', 'b', 'c', 'k', 'rest', 'more')");
    CHECK(shown(python("inspect.iscoroutinefunction(everything)").release()) == "False");
}

TEST_CASE("an object has as many references after a call as before") {
    const Ref f = lister("everything", everything());
    const Ref object = python("object()");
    const Py_ssize_t before = Py_REFCNT(object.get());
    PyObject* o = object.get();
    for (int n = 0; n < 3; ++n) {
        Py_XDECREF(PyObject_CallFunctionObjArgs(f.get(), o, o, o, o, nullptr));
        PyErr_Clear();
        Py_XDECREF(PyObject_CallFunctionObjArgs(f.get(), o, nullptr));
        PyErr_Clear();
    }
    CHECK(Py_REFCNT(o) == before);
}
