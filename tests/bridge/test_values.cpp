// Truth, items, calls, the tick and errors.
#include <csignal>

#include "bridge/call.hpp"
#include "bridge/error.hpp"
#include "bridge/items.hpp"
#include "bridge/tick.hpp"
#include "bridge/truth.hpp"
#include "tests/bridge/support.hpp"
#include "tests/support/catch.hpp"

using namespace catena;
using namespace catena::tests;

TEST_CASE("values are canonical") {
    Namespace names;
    for (const char* text : {"0", "1", "-1", "2**30-1", "2**30", "-2**30", "2**60-1", "2**60", "-2**60", "2**63-1",
                             "-2**63", "2**62+5", "-2**62-5"}) {
        const Held value = names.eval(text);
        CHECK(value.get().is_integer());
        names.set("back", value.get());
        names.set("text", Held(steal_value(PyUnicode_FromString(text))).get());
        CHECK(describe(names.eval("back == eval(text)").get()) == "True of bool");
    }
    CHECK(names.eval("2**63").get().is_object());
    CHECK(names.eval("-2**63-1").get().is_object());
    CHECK(names.eval("None").get().is_nil());
    CHECK(names.eval("True").get().tag == Tag::yes);
    CHECK(names.eval("type('I', (int,), {})(5)").get().is_object());
    CHECK(names.eval("1.5").get().is_real());
}

TEST_CASE("truth") {
    Namespace names;
    names.run(
        "import decimal, fractions, datetime, collections, numbers\n"
        "class No:\n    def __bool__(s): return False\n"
        "class Yes:\n    def __bool__(s): return True\n"
        "class Raises:\n    def __bool__(s): raise ValueError('neither')\n"
        "class Wrong:\n    def __bool__(s): return 5\n"
        "class Empty:\n    def __len__(s): return 0\n"
        "class Num(numbers.Number):\n    def __bool__(s): return False\n    __hash__ = None\n"
        "class Later:\n    def __bool__(s): return False\n"
        "class Proxy:\n    def __init__(s, o): s.o = o\n    def __bool__(s): return False\n"
        "    __class__ = property(lambda s: type(s.o))\n"
        "class F(float): pass\nclass I(int): pass\n");
    const std::pair<const char*, int> cases[] = {{"None", 0},
                                                 {"False", 0},
                                                 {"True", 1},
                                                 {"0", 1},
                                                 {"0.0", 1},
                                                 {"''", 1},
                                                 {"[]", 1},
                                                 {"{}", 1},
                                                 {"()", 1},
                                                 {"0j", 1},
                                                 {"10**30", 1},
                                                 {"I(0)", 1},
                                                 {"F(0)", 1},
                                                 {"decimal.Decimal(0)", 1},
                                                 {"fractions.Fraction(0)", 1},
                                                 {"datetime.timedelta(0)", 0},
                                                 {"datetime.timedelta(1)", 1},
                                                 {"No()", 0},
                                                 {"Yes()", 1},
                                                 {"Raises()", -1},
                                                 {"Wrong()", -1},
                                                 {"Empty()", 1},
                                                 {"Num()", 1},
                                                 {"Later()", 0},
                                                 {"Proxy(5)", 1},
                                                 {"Proxy('x')", 0},
                                                 {"No", 1},
                                                 {"collections.deque()", 1}};
    for (int round = 0; round < 3; ++round) {
        for (const auto& [text, expected] : cases) {
            INFO(text);
            const Held value = names.eval(text);
            CHECK(is_true(value.get()) == expected);
            CHECK((PyErr_Occurred() != nullptr) == (expected < 0));
            PyErr_Clear();
        }
    }
    // A class that is registered later as a number is one from then on; one that loses its __bool__ is true.
    names.run("numbers.Number.register(Later)\ndel No.__bool__");
    CHECK(is_true(names.eval("Later()").get()) == 1);
    CHECK(is_true(names.eval("No()").get()) == 1);
    if (steal(PyImport_ImportModule("numpy"))) {
        names.run("import numpy as np");
        CHECK(is_true(names.eval("np.False_").get()) == 0);
        CHECK(is_true(names.eval("np.True_").get()) == 1);
        CHECK(is_true(names.eval("np.float64(0)").get()) == 1);
        CHECK(is_true(names.eval("np.int32(0)").get()) == 1);
        CHECK(is_true(names.eval("np.zeros(1)").get()) == 0);
        CHECK(is_true(names.eval("np.zeros(2)").get()) == -1);
        CHECK(describe(Value::error()).starts_with("!ValueError: The truth value of an array"));
    }
    PyErr_Clear();
}

TEST_CASE("get takes what is there") {
    Namespace names;
    names.run(
        "import collections, re, types\n"
        "d = collections.defaultdict(list, a=1)\nc = collections.Counter('aa')\n"
        "class M(dict):\n    def __missing__(s, k): raise RuntimeError('missing was asked')\n"
        "class G(dict):\n    def __getitem__(s, k): return ('own', dict.__getitem__(s, k))\n"
        "class U(collections.UserDict):\n    def __missing__(s, k): raise RuntimeError('missing was asked')\n"
        "class Any:\n    def __getitem__(s, k):\n"
        "        if k == 'bad': raise ValueError('bad')\n"
        "        if k == 'stop': raise KeyboardInterrupt\n"
        "        raise KeyError(k)\n");
    const std::tuple<const char*, const char*, const char*> cases[] = {
        {"None", "1", "'no' of str"},
        {"{'a': 1}", "'a'", "1 of int"},
        {"{'a': None}", "'a'", "None of NoneType"},
        {"{'a': 1}", "'b'", "'no' of str"},
        {"{'a': 1}", "[]", "!TypeError: unhashable type: 'list'"},
        {"{1: 2}", "1.0", "2 of int"},
        {"d", "'a'", "1 of int"},
        {"d", "'zz'", "'no' of str"},
        {"c", "'a'", "2 of int"},
        {"c", "'b'", "'no' of str"},
        {"M(a=1)", "'a'", "1 of int"},
        {"M()", "'a'", "'no' of str"},
        {"G(a=1)", "'a'", "('own', 1) of tuple"},
        {"G()", "'a'", "'no' of str"},
        {"U(a=1)", "'a'", "1 of int"},
        {"U()", "'a'", "'no' of str"},
        {"[1, 2]", "1", "2 of int"},
        {"[1, 2]", "-1", "2 of int"},
        {"[1, 2]", "2", "'no' of str"},
        {"[1, 2]", "-3", "'no' of str"},
        {"[1, 2]", "True", "2 of int"},
        {"[1, 2]", "'x'", "'no' of str"},
        {"[1, 2]", "1.0", "'no' of str"},
        {"[1, 2, 3]", "slice(1, 3)", "[2, 3] of list"},
        {"(1, 2)", "0", "1 of int"},
        {"(1, 2)", "9", "'no' of str"},
        {"'abc'", "1", "'b' of str"},
        {"'abc'", "-1", "'c' of str"},
        {"'abc'", "5", "'no' of str"},
        {"'abc'", "'a'", "'no' of str"},
        {"b'abc'", "0", "97 of int"},
        {"b'abc'", "9", "'no' of str"},
        {"{1, 2}", "1", "1 of int"},
        {"{1, 2}", "3", "'no' of str"},
        {"frozenset('a')", "'a'", "'a' of str"},
        {"{1}", "[]", "!TypeError: unhashable type: 'list'"},
        {"range(5)", "2", "2 of int"},
        {"range(5)", "9", "'no' of str"},
        {"[1]", "10**30", "'no' of str"},
        {"re.match('(?P<a>x)', 'x')", "'a'", "'x' of str"},
        {"re.match('x', 'x')", "'a'", "'no' of str"},
        {"5", "1", "!TypeError: 'int' object is not subscriptable"},
        {"1.5", "1", "!TypeError: 'float' object is not subscriptable"},
        {"True", "1", "!TypeError: 'bool' object is not subscriptable"},
        {"len", "1", "!TypeError: 'builtin_function_or_method' object is not subscriptable"},
        {"Any()", "1", "'no' of str"},
        {"Any()", "'bad'", "!ValueError: bad"},
        {"Any()", "'stop'", "!KeyboardInterrupt: "},
        {"types.MappingProxyType({'a': 1})", "'b'", "'no' of str"},
        {"collections.ChainMap({'a': 1})", "'b'", "'no' of str"},
        {"collections.ChainMap({'a': 1})", "'a'", "1 of int"},
        {"collections.OrderedDict(a=1)", "'a'", "1 of int"}};
    const Held no = names.eval("'no'");
    for (const auto& [container, key, expected] : cases) {
        INFO(container << " " << key);
        const Held c = names.eval(container), k = names.eval(key);
        const Held got(get_or_default(c.get(), k.get(), no.get()));
        CHECK(describe(got.get()) == expected);
    }
    CHECK(describe(names.eval("dict(d), dict(c)").get()) == "({'a': 1}, {'a': 2}) of tuple");
    const Held list = names.eval("[1, 2]");
    CHECK(set_item(list.get(), Value::integer(0), Value::real(2.5)) == 0);
    CHECK(delete_item(list.get(), Value::integer(1)) == 0);
    CHECK(describe(list.get()) == "[2.5] of list");
    CHECK(describe(Held(get_item(list.get(), Value::integer(-1))).get()) == "2.5 of float");
    CHECK(describe(Held(get_item(list.get(), Value::integer(1))).get()) == "!IndexError: list index out of range");
    CHECK(describe(Held(get_item(Value::integer(1), Value::integer(1))).get()) ==
          "!TypeError: 'int' object is not subscriptable");
}

TEST_CASE("calls box and release") {
    Namespace names;
    names.run("def f(*a, **k): return (a, k)\nclass T:\n    def m(self, *a, **k): return (a, k)\nt = T()");
    const Held f = names.eval("f"), t = names.eval("t"), kwnames = names.eval("('x', 'y')");
    std::vector<Value> args{Value::integer(1), Value::real(2.5), Value::nil(), Value::boolean(true)};
    CHECK(describe(Held(call_object(f.get().as_object(), args.data(), 4)).get()) ==
          "((1, 2.5, None, True), {}) of tuple");
    CHECK(describe(Held(call_object(f.get().as_object(), args.data(), 4, kwnames.get().as_object())).get()) ==
          "((1, 2.5), {'x': None, 'y': True}) of tuple");
    CHECK(describe(Held(call_object(f.get().as_object(), nullptr, 0)).get()) == "((), {}) of tuple");
    std::vector<Value> many(1000, Value::integer(100000));
    names.set("r", Held(call_object(f.get().as_object(), many.data(), many.size())).get());
    CHECK(describe(names.eval("len(r[0]), set(r[0])").get()) == "(1000, {100000}) of tuple");
    args.insert(args.begin(), t.get());
    const Ref m = intern("m"), nothing = intern("nothing");
    CHECK(describe(Held(call_method(m.get(), args.data(), 5, kwnames.get().as_object())).get()) ==
          "((1, 2.5), {'x': None, 'y': True}) of tuple");
    CHECK(describe(Held(call_method(nothing.get(), args.data(), 1)).get()) ==
          "!AttributeError: 'T' object has no attribute 'nothing'");
    CHECK(describe(Held(call_object(t.get().as_object(), nullptr, 0)).get()) ==
          "!TypeError: 'T' object is not callable");
}

TEST_CASE("errors carry the exception, its place and its stacks") {
    Namespace names;
    names.run(
        "def inner(): raise ValueError('deep')\ndef outer(): inner()\n"
        "class Odd(Exception):\n    def __str__(self): raise RuntimeError('no text')\n");
    const Held outer = names.eval("outer");
    CHECK(call_object(outer.get().as_object(), nullptr, 0).is_error());
    Error error = Error::fetch();
    CHECK(!PyErr_Occurred());
    CHECK(error.type_name() == "ValueError");
    CHECK(error.message() == "deep");
    CHECK(error.is(PyExc_ValueError));
    CHECK(!error.is(PyExc_KeyError));
    REQUIRE(error.frames.size() == 2);
    CHECK(error.frames[0].function == "outer");
    CHECK(error.frames[1].function == "inner");
    CHECK(error.frames[1].span.line == 1);
    CHECK(error.frames[0].span.line == 2);
    CHECK(!error.span.known());
    CHECK(error.python_frames().size() == 2);
    CHECK(error.catena_frames().empty());
    error.restore();
    CHECK(PyErr_Occurred());
    const Error again = Error::fetch();
    CHECK(again.exception() == error.exception());
    CHECK(again.frames.size() == 2);

    // Frames that the hook knows are Catena's.
    catena_frame_info = [](PyObject* code, int lasti, FrameInfo* frame) {
        const Ref name = steal(PyObject_GetAttrString(code, "co_name"));
        if (lasti < 0 || text_of(name.get()) != "outer") return false;
        *frame = {true, "lisp", "a.lisp", {7, 3, 7, 9}};
        return true;
    };
    again.restore();
    const Error seen = Error::fetch();
    catena_frame_info = nullptr;
    CHECK(seen.span == Span{7, 3, 7, 9});
    CHECK(seen.file == "a.lisp");
    REQUIRE(seen.catena_frames().size() == 1);
    REQUIRE(seen.python_frames().size() == 1);
    CHECK(seen.python_frames()[0].function == "inner");

    const Ref syntax = steal(
        PyRun_String("compile('a b', 'some.py', 'exec')", Py_eval_input, PyEval_GetBuiltins(), PyEval_GetBuiltins()));
    REQUIRE(!syntax);
    const Error place = Error::fetch();
    CHECK(place.file == "some.py");
    CHECK(place.span.line == 1);

    for (const auto& [text, type, message] : std::vector<std::tuple<const char*, const char*, const char*>>{
             {"{}['k']", "KeyError", "'k'"},
             {"exec('raise Odd')", "tests.Odd", "<exception str() failed>"},
             {"__import__('json').loads('{')", "json.decoder.JSONDecodeError",
              "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
             {"exec('raise ValueError(\"\\\\ud800\")')", "ValueError", "\\ud800"}}) {
        PyObject* scope = PyDict_New();
        PyDict_SetItemString(scope, "__builtins__", PyEval_GetBuiltins());
        PyDict_SetItemString(scope, "Odd", names.get("Odd"));
        CHECK(PyRun_String(text, Py_eval_input, scope, scope) == nullptr);
        const Error one = Error::fetch();
        CHECK(one.type_name() == type);
        CHECK(one.message() == message);
        Py_DECREF(scope);
    }

    names.run(
        "def chained():\n    try: {}['k']\n    except KeyError as e: raise ValueError('v') from e\n"
        "def noted():\n    e = ValueError('n'); e.add_note('look here'); raise e\n");
    CHECK(call_object(names.get("chained"), nullptr, 0).is_error());
    const Error chained = Error::fetch();
    REQUIRE(chained.has_cause());
    CHECK(chained.cause().type_name() == "KeyError");
    CHECK(!chained.cause().has_cause());
    CHECK(call_object(names.get("noted"), nullptr, 0).is_error());
    CHECK(Error::fetch().notes() == std::vector<std::string>{"look here"});
    CHECK(Error::of({}).type_name() == "SystemError");
}

TEST_CASE("the tick handles signals, calls and threads") {
    Namespace names;
    CHECK(tick_slow() == 0);
    names.run("import signal, threading, time\nsignal.signal(signal.SIGINT, signal.default_int_handler)");
    std::raise(SIGINT);
    CHECK(tick_slow() == -1);
    const Error error = Error::fetch();
    CHECK(error.is(PyExc_KeyboardInterrupt));
    CHECK(error.frames.empty());
    names.run("def handler(*a): raise LookupError('mine')\nsignal.signal(signal.SIGINT, handler)");
    std::raise(SIGINT);
    CHECK(tick_slow() == -1);
    const Error own = Error::fetch();
    CHECK(own.message() == "mine");
    REQUIRE(own.frames.size() == 1);
    CHECK(own.frames[0].function == "handler");
    names.run("signal.signal(signal.SIGINT, signal.SIG_DFL)");

    static bool called;
    called = false;
    Py_AddPendingCall(
        [](void*) {
            called = true;
            return 0;
        },
        nullptr);
    CHECK(tick_slow() == 0);
    CHECK(called);

    // Another thread gets its turn although this one never leaves.
    names.run(
        "done = []\ndef work():\n    for i in range(3): done.append(i); time.sleep(0.001)\nt = "
        "threading.Thread(target=work); t.start()");
    for (int i = 0; i < 20000000 && PyList_GET_SIZE(names.get("done")) < 3; ++i) REQUIRE(tick_slow() == 0);
    CHECK(PyList_GET_SIZE(names.get("done")) == 3);
    names.run("t.join()");
}
