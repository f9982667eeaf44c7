// The inline caches: whatever a program changes takes effect at the next execution, and what a cache answers is what
// the step without it would have answered.
#include <cmath>
#include <cstring>

#include "bridge/dict_cache.hpp"
#include "bridge/stats.hpp"
#include "tests/bridge/support.hpp"
#include "tests/support/catch.hpp"

using namespace catena;
using namespace catena::tests;

namespace {

// Runs the chain several times, then changes the world with each statement in turn and compares with Python's own
// expression after each of them, again several times.
void follow(const char* chain_text, const std::vector<const char*>& slots, const char* python, const char* setup,
            const std::vector<const char*>& changes) {
    Namespace names;
    names.run(setup);
    names.run(
        "def attempt(text):\n"
        "    try: value = eval(text)\n"
        "    except BaseException as e: return '!' + type(e).__qualname__ + ': ' + str(e)\n"
        "    return repr(value) + ' of ' + type(value).__name__\n");
    names.set("text", Held(steal_value(PyUnicode_FromString(python))).get());
    Chain chain = chain_of(chain_text);
    INFO(chain_text);
    const auto agree = [&] {
        std::vector<Held> held;
        std::vector<Value> values;
        for (const char* slot : slots) {
            held.push_back(names.eval(slot));
            values.push_back(held.back().get());
        }
        const Held expected = names.eval("attempt(text)");
        for (int i = 0; i < 3; ++i) CHECK(outcome(chain, values) == text_of(expected.get().as_object()));
    };
    agree();
    for (const char* change : changes) {
        INFO(change);
        names.run(change);
        agree();
        // Long enough for the caches to be tried again after a miss.
        for (int i = 0; i < 5; ++i) agree();
    }
}

}  // namespace

TEST_CASE("module functions can be replaced") {
    follow("value r0 | get sin | call r1", {"math", "x"}, "math.sin(x)", "import math\nx = 0.5\nkeep = math.sin",
           {"math.sin = lambda x: 'mine'", "math.sin = math.cos", "math.sin = keep", "del math.sin", "math.sin = keep",
            "x = 1", "x = True", "x = 'no'", "x = float('inf')", "x = 10**400", "x = None", "math.other = 1",
            "class F(float): pass\nx = F(2)", "math.sin = 5", "math.sin = keep"});
    follow("value r0 | get f | call r1 k=1", {"module", "x"}, "module.f(x, k=1)",
           "import types\nmodule = types.ModuleType('m')\nmodule.f = lambda x, k: (x, k)\nx = 1",
           {"module.f = lambda x, k: (k, x)", "module.g = 1", "del module.f", "module.__getattr__ = lambda n: dict",
            "module.f = dict", "x = [(1, 2)]", "module.f = lambda x, **k: k",
            "class Sub(types.ModuleType):\n    def f(self, x, k): return 'subclass'\nmodule.__class__ = Sub",
            "Sub.__getattribute__ = lambda s, n: lambda *a, **k: 'all'", "module = Sub('n')", "module = 5"});
    follow("value r0 | get pi", {"math"}, "math.pi", "import math\nkeep = math.pi",
           {"math.pi = 3", "math.pi = 'pie'", "del math.pi", "math.pi = keep", "math.x = 1", "math.__dict__['pi'] = 4",
            "math.pi = keep", "math.__dict__.pop('x')"});
    follow("value r0 | get __name__", {"math"}, "math.__name__", "import math", {"math.__name__ = 'math'"});
}

TEST_CASE("an import sees sys.modules and __import__") {
    follow("import catena_test_module | get x", {}, "__import__('catena_test_module').x",
           "import sys, types, builtins\nm = types.ModuleType('catena_test_module')\nm.x = 1\n"
           "sys.modules['catena_test_module'] = m",
           {"m.x = 2", "n = types.ModuleType('catena_test_module')\nn.x = 3\nsys.modules['catena_test_module'] = n",
            "sys.modules['catena_test_module'] = None", "sys.modules['catena_test_module'] = m",
            "del sys.modules['catena_test_module']", "sys.modules['catena_test_module'] = 5",
            "sys.modules['catena_test_module'] = m"});
    Namespace names;
    names.run("import sys, builtins\nseen = []\nkeep = builtins.__import__\n");
    Chain chain = chain_of("import math | get pi");
    const std::string pi = outcome(chain, {});
    CHECK(outcome(chain, {}) == pi);
    names.run(
        "def hook(name, *a, **k):\n    seen.append(name)\n    return keep(name, *a, **k)\nbuiltins.__import__ = hook");
    CHECK(outcome(chain, {}) == pi);
    names.run("builtins.__import__ = keep");
    CHECK(outcome(chain, {}) == pi);
    CHECK(describe(names.eval("seen").get()) == "['math'] of list");
}

TEST_CASE("methods can be replaced, hidden and moved") {
    const char* const setup =
        "class Base:\n    def m(self, x): return ('base', x)\nclass Other:\n    def m(self, x): return ('other', x)\n"
        "class T(Base): pass\nobj = T()\nx = 1\n";
    follow("value r0 | get m | call r1", {"obj", "x"}, "obj.m(x)", setup,
           {"T.m = lambda self, x: ('T', x)",
            "Base.m = 1",
            "del T.m",
            "Base.m = lambda self, x: ('new', x)",
            "obj.m = lambda x: ('instance', x)",
            "del obj.m",
            "obj.__dict__['m'] = lambda x: ('dict', x)",
            "obj.__dict__.clear()",
            "obj = T()",
            "obj.a = 1",
            "obj.b = 2",
            "obj.m = abs",
            "obj = T()",
            "T.__bases__ = (Other,)",
            "T.__bases__ = (Base, Other)",
            "obj.__class__ = Other",
            "obj = T()",
            "T.m = staticmethod(lambda x: ('static', x))",
            "T.m = classmethod(lambda c, x: (c.__name__, x))",
            "T.m = property(lambda s: lambda x: ('property', x))",
            "del T.m",
            "T.__getattr__ = lambda s, n: repr",
            "del Base.m, Other.m",
            "Base.m = lambda self, x: 'back'",
            "T.__getattribute__ = lambda s, n: (lambda x: 'attribute')",
            "del T.__getattribute__",
            "class D:\n    def __get__(self, o, t): return lambda x: ('descriptor', x)\nT.m = D()",
            "D.__get__ = lambda self, o, t: lambda x: 'changed'",
            "D.__set__ = lambda self, o, v: None",
            "obj.__dict__['m'] = abs",
            "del D.__set__",
            "obj = 5",
            "x = -1"});
    follow("value r0 | get append | call r1", {"xs", "x"}, "xs.append(x)", "xs = []\nx = 1",
           {"class L(list): pass\nxs = L()", "L.append = lambda s, x: 'mine'", "del L.append", "xs = [1, 2]",
            "import array\nxs = array.array('i')", "xs = bytearray()", "x = 'no'", "xs = None"});
    follow("value r0 | get get | call 'k'", {"d"}, "d.get('k')", "d = {'k': 1}",
           {"d = {}", "class D(dict): pass\nd = D(k=5)", "D.get = lambda s, k: 'mine'", "d = {'k': None}",
            "import collections\nd = collections.OrderedDict(k=7)"});
    follow("value r0 | get upper | call", {"s"}, "s.upper()", "s = 'a'",
           {"s = 'b'", "s = b'c'", "class S(str):\n    def upper(self): return 'mine'\ns = S('d')", "s = 'e'"});
}

TEST_CASE("class attributes and functions can be replaced") {
    const char* const setup = "class Base: pass\nclass T(Base):\n    limit = 1\n    def f(x): return ('f', x)\nx = 1\n";
    follow(
        "value r0 | get limit", {"T"}, "T.limit", setup,
        {"T.limit = 2", "del T.limit", "Base.limit = 3", "T.limit = property(lambda s: 1) and 4",
         "class M(type):\n    limit = 'meta'\nclass T(metaclass=M): pass", "M.limit = property(lambda c: c.__name__)"});
    follow("value r0 | get f | call r1", {"T", "x"}, "T.f(x)", setup,
           {"T.f = lambda x: 'new'", "T.f = staticmethod(abs)", "T.f = classmethod(lambda c, x: x)", "T.f = abs",
            "del T.f", "Base.f = lambda x: 'base'", "T = 5", "T = int", "class T: f = repr"});
    follow("value r0 | get __name__", {"T"}, "T.__name__", setup, {"T.__name__ = 'U'", "T = int"});
    follow("value r0 | get mro | call", {"T"}, "T.mro()", setup, {"T = int"});
}

TEST_CASE("instance attributes follow every change") {
    const char* const setup =
        "class T:\n    def __init__(self, v): self.a = 0; self.v = v\nobj = T(1)\nclass E: pass\n"
        "class S:\n    __slots__ = ('v', '__dict__')\nclass W(T):\n    v = 'class'\n";
    follow("value r0 | get v", {"obj"}, "obj.v", setup,
           {"obj.v = 2.5",
            "obj = T('x')",
            "del obj.v",
            "obj.v = 3",
            "obj.__dict__",
            "obj.v = 4",
            "obj.__dict__ = {'v': 5}",
            "obj.__dict__ = {'z': 0, 'v': 6}",
            "class DD(dict): pass\nobj.__dict__ = DD(v=7)",
            "obj = T(8)",
            "T.v = property(lambda s: 'property')",
            "del T.v",
            "T.v = 'class'",
            "del obj.v",
            "del T.v",
            "obj = E()",
            "obj.v = 9",
            "obj = S()",
            "obj.v = 10",
            "del obj.v",
            "obj = W(1)",
            "del obj.v",
            "obj.v = 2",
            "T.__getattr__ = lambda s, n: 'dynamic'",
            "obj = T(1)",
            "del obj.v",
            "obj = Exception()",
            "obj.v = 11",
            "obj = type('X', (), {'v': 12})()",
            "type(obj).v = 13",
            "obj.v = 14",
            "obj = T(1)\nfor i in range(40): setattr(obj, 'n%d' % i, i)",
            "obj = T(2)",
            "obj = T(15); obj.__class__ = E"});
    if (!steal(PyImport_ImportModule("numpy"))) return PyErr_Clear();
    follow("value r0 | get shape", {"obj"}, "obj.shape",
           "import numpy\nobj = numpy.ones((2, 3))\nclass A(numpy.ndarray): pass",
           {"obj = numpy.ones(4)", "obj = numpy.ones(4).view(A)", "A.shape = 'mine'", "obj = numpy.float64(1)"});
}

TEST_CASE("assignments keep descriptors, slots and subclasses") {
    Namespace names;
    names.run(
        "log = []\nclass T:\n    def __init__(self): self.v = 0\n"
        "class P(T):\n    @property\n    def v(self): return 1\n    @v.setter\n    def v(self, x): log.append(x)\n"
        "class H(T):\n    def __setattr__(self, n, x): log.append((n, x)); object.__setattr__(self, n, x)\n"
        "class S:\n    __slots__ = ('v',)\n"
        "class Loud:\n    def __del__(self): log.append('gone')\n");
    Chain chain = chain_of("value r0 | set v r1");
    const auto set = [&](const char* object, const char* value) {
        const Held o = names.eval(object), v = names.eval(value);
        return outcome(chain, {o.get(), v.get()});
    };
    names.run("t = T(); s = S(); p = P(); h = H(); log.clear()");
    for (int i = 0; i < 4; ++i) {
        CHECK(set("t", "5") == "5 of int");
        CHECK(set("s", "'x'") == "'x' of str");
        CHECK(set("p", "7") == "7 of int");
        CHECK(set("h", "8") == "8 of int");
    }
    CHECK(describe(names.eval("t.v, s.v, h.v, log[:3]").get()) == "(5, 'x', 8, [7, ('v', 8), 7]) of tuple");
    names.run("log.clear()\nt2 = T()");
    for (int i = 0; i < 4; ++i) CHECK(set("t2", "Loud()").ends_with("of Loud"));
    CHECK(describe(names.eval("log").get()) == "['gone', 'gone', 'gone'] of list");
    CHECK(set("t2", "None") == "None of NoneType");
    CHECK(describe(names.eval("len(log)").get()) == "4 of int");
    names.run("log.clear()\nt2.__dict__");
    CHECK(set("t2", "1") == "1 of int");
    CHECK(describe(names.eval("t2.__dict__").get()) == "{'v': 1} of dict");
    names.run("T.v = property(lambda s: 'read only')");
    CHECK(set("t2", "1").starts_with("!AttributeError: property"));
    CHECK(set("int", "1").starts_with("!TypeError"));
}

TEST_CASE("items follow the container's type") {
    follow("value r0 | item r1", {"c", "k"}, "c[k]",
           "c = [1, 2, 3]\nk = 1\nclass L(list):\n    def __getitem__(s, k): return k\n"
           "class D(dict):\n    def __missing__(s, k): return 'missing'\n",
           {"k = -1",     "k = 3",        "k = -4",  "c.append(9)", "k = True",      "k = 1.0",        "k = slice(1)",
            "c = (4, 5)", "k = 1",        "k = 7",   "c = L([1])",  "c = {}",        "c[7] = 'seven'", "k = 'x'",
            "c['x'] = 1", "k = []",       "c = D()", "k = 'q'",     "c = 'text'",    "k = 2",          "c = range(5)",
            "c = None",   "c = {2: 2.5}", "k = 2.0", "k = 10**30",  "c[10**30] = 0", "c = [1]*5",      "k = 10**30"});
    follow(
        "value r0 | item 'k'", {"d"}, "d['k']", "d = {'k': 1}\nclass D(dict):\n    def __missing__(s, k): return k\n",
        {"d['k'] = 2", "d['other'] = 3", "del d['k']", "d['k'] = 4", "d = {'a': 0, 'k': 5}", "d = {''.join(['k']): 6}",
         "d = {1: 2, 'k': 7}", "d = D()", "d = D(k=8)", "d = {}", "for i in range(300): d['n%d' % i] = i", "d['k'] = 9",
         "d.pop('k'); d['k'] = 10", "d.clear()", "d = [1]", "d = type('T', (), {})().__dict__", "d['k'] = 11",
         "d = type('T', (), {'__init__': lambda s: setattr(s, 'k', 12)})().__dict__"});
}

TEST_CASE("dict lookups are cached by place, and that an instance lacks a name by version") {
    Namespace names;
    names.run("d = {'a': 1, 'b': 2}");
    PyObject* d = names.get("d");
    const Ref b = intern("b"), c = intern("c");
    DictCache cache;
    DictVersion absent;
    const auto number = [](PyObject* o) { return o == nullptr ? -1 : PyLong_AsLong(o); };
    CHECK(number(cached_lookup(d, b.get(), cache)) == 2);
    CHECK(lacks(d, c.get(), absent));
    reset_stats();
    CHECK(number(cached_lookup(d, b.get(), cache)) == 2);
    CHECK(lacks(d, c.get(), absent));
#if CATENA_DICT_LAYOUT && !defined(CATENA_STRESS)
    CHECK(stats.cache_hits == (CATENA_DICT_VERSIONS == CATENA_DICT_VERSIONS_TAGS ? 2 : 1));
    reset_stats();
    names.run("d['a'] = 5");
    CHECK(number(cached_lookup(d, b.get(), cache)) == 2);
    CHECK(stats.cache_hits == 1);
#endif
    const std::pair<const char*, long> changes[] = {
        {"d['b'] = 3", 3},    {"del d['b']", -1},  {"d['b'] = 4", 4},
        {"d.clear()", -1},    {"d['b'] = 6", 6},   {"for i in range(1000): d['n%d' % i] = i", 6},
        {"d[5] = 5", 6},      {"d['b'] = 7", 7},   {"d.pop('b')", -1},
        {"d.update(b=8)", 8}, {"d.popitem()", -1}, {"d = {'z': 0, 'b': 9}", 9},
        {"d = {}", -1}};
    for (const auto& [change, expected] : changes) {
        INFO(change);
        names.run(change);
        d = names.get("d");
        for (int i = 0; i < 3; ++i) {
            CHECK(number(cached_lookup(d, b.get(), cache)) == expected);
            CHECK(lacks(d, c.get(), absent));
        }
    }
    CHECK(!PyErr_Occurred());
}

TEST_CASE("what is remembered of a dict holds until any change of it, and for no other dict") {
    Namespace names;
    names.run(
        "class K:\n    def __hash__(s): return hash('b')\n    def __eq__(s, o): return o == 'b'\n"
        "d = {'a': 1, 'b': 2}");
    const char* changes[] = {"d['b'] = 3",
                             "d['c'] = 4",
                             "del d['c']",
                             "d.pop('b')",
                             "d.setdefault('b', 5)",
                             "d.update(b=6)",
                             "d |= {'b': 7}",
                             "d.popitem()",
                             "d.clear()",
                             "d.update({'a': 1, 'b': 2})",
                             "d['b'] = 8",
                             "exec('b = 9', d)",
                             "exec('del b', d)",
                             "d = dict(d)",
                             "d = {'a': 1, 'b': 2}",
                             "d = {}",
                             "d['a'] = d",
                             "for i in range(100): d[f'n{i}'] = i",
                             "import types; m = types.ModuleType('m'); m.b = 1; d = m.__dict__",
                             "m.b = 2",
                             "del m.b",
                             "m.b = 3; m.__init__('m')",
                             "d['b'] = K",
                             "d[K()] = 1",
                             "d[K()] = 2",
                             "d['b'] = 3",
                             "d.clear()",
                             "d['b'] = 4"};
    DictVersion version, other;
    version.remember(names.get("d"));
    for (const char* change : changes) {
        INFO(change);
        names.run(change);
        PyObject* d = names.get("d");
        CHECK_FALSE(version.still(d));
        other = version;
        version.remember(d);
        if (version.known()) {
            CHECK(version.still(d));
            CHECK_FALSE(other.still(d));
        }
    }
#if CATENA_DICT_VERSIONS != CATENA_DICT_VERSIONS_NONE
    CHECK(version.still(names.get("d")));
#endif
    // Dicts that die make room for others, at the same address too.
    for (int i = 0; i < 1000; ++i) {
        const Ref dict = steal(PyDict_New());
        CHECK_FALSE(version.still(dict.get()));
        version.remember(dict.get());
    }
    version.forget();
    CHECK_FALSE(version.known());
    CHECK_FALSE(version.still(names.get("d")));
    CHECK(!PyErr_Occurred());
}

#if CATENA_DICT_VERSIONS == CATENA_DICT_VERSIONS_WATCHERS
TEST_CASE("between the announcement of a change and the change nothing is remembered of a dict") {
    static DictVersion before, between;
    static int calls;
    Namespace names;
    names.run("d = {'a': 1, 'b': 2}");
    before.remember(names.get("d"));
    // Comes after the watcher of the caches, as another extension's that runs code of Catena's does.
    const int watcher = PyDict_AddWatcher([](PyDict_WatchEvent, PyObject* dict, PyObject*, PyObject*) {
        ++calls;
        CHECK_FALSE(before.still(dict));
        between.remember(dict);
        CHECK_FALSE(between.still(dict));
        return 0;
    });
    REQUIRE(watcher >= 0);
    for (const char* change :
         {"d['b'] = 3", "d['c'] = 4", "del d['c']", "d.popitem()", "d.clear()", "d |= {'b': 1, 'c': 2}",
          "d.setdefault('e', 1)", "d.pop('e')", "d[1] = 2", "d['b'] = 5", "d.clear()", "d['b'] = 6"}) {
        INFO(change);
        PyObject* d = names.get("d");
        before.remember(d);
        REQUIRE(PyDict_Watch(watcher, d) == 0);
        calls = 0;
        names.run(change);
        CHECK(calls > 0);
        CHECK_FALSE(between.still(d));
        // Afterwards it can be remembered again, unless it has keys whose comparison is anybody's code.
        before.remember(d);
        CHECK(before.still(d) == (PyDict_Contains(d, steal(PyLong_FromLong(1)).get()) == 0));
    }
    REQUIRE(PyDict_Unwatch(watcher, names.get("d")) == 0);
    REQUIRE(PyDict_ClearWatcher(watcher) == 0);
}
#endif

TEST_CASE("intrinsics give the bits, types and errors of the originals") {
    Namespace names;
    names.run(
        "import math, operator, builtins\n"
        "def attempt(f, *a):\n"
        "    try: v = f(*a)\n"
        "    except BaseException as e: return '!' + type(e).__qualname__ + ': ' + str(e)\n"
        "    return repr(v) + ' of ' + type(v).__name__\n"
        "class F(float):\n    def __repr__(s): return 'F'\nclass I(int): pass\n"
        "samples = [0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 1.5, 2.5, -2.5, 1e-320, 1e300, -1e300, 710.0, -746.0, 1e22,\n"
        "  9007199254740993.0, 9.3e18, float('inf'), float('-inf'), float('nan'), 0, 1, -1, 2, 3, 62, 63, 64, -7, 10,\n"
        "  2**53+1, 2**62, 2**63-1, -2**63, 2**63, 10**400, True, False, None, 'x', '12', F(0.5), I(3), 1j, [1]]\n");
    const std::pair<const char*, std::vector<const char*>> modules[] = {
        {"math", {"acos",    "acosh", "asin",     "asinh", "atan",    "atanh", "cbrt",  "ceil",     "cos",   "cosh",
                  "degrees", "erf",   "exp",      "expm1", "fabs",    "floor", "gamma", "isfinite", "isinf", "isnan",
                  "log",     "log10", "log1p",    "log2",  "radians", "sin",   "sinh",  "sqrt",     "tan",   "tanh",
                  "trunc",   "atan2", "copysign", "fmod",  "pow",     "hypot", "ldexp", "gcd"}},
        {"operator", {"add", "sub", "mul",  "truediv", "floordiv", "mod",    "lt",  "le",  "eq",  "ne",
                      "gt",  "ge",  "and_", "or_",     "xor",      "rshift", "neg", "pos", "abs", "not_"}},
        {"builtins", {"len", "abs", "min", "max", "int", "float", "bool", "divmod", "round", "ord", "repr"}},
    };
    const Held samples = names.eval("samples");
    const Ref attempt = borrow(names.get("attempt"));
    int compared = 0;
    for (const auto& [module_name, functions] : modules) {
        const Held module = names.eval(module_name);
        for (const char* function : functions) {
            Chain one = chain_of(std::string("value r0 | get ") + function + " | call r1");
            Chain two = chain_of(std::string("value r0 | get ") + function + " | call r1 r2");
            Chain direct = chain_of("value r0 | call r1");
            const Ref object = steal(PyObject_GetAttrString(module.get().as_object(), function));
            REQUIRE(object);
            const Py_ssize_t count = PyList_GET_SIZE(samples.get().as_object());
            // Warm, so that the intrinsic is what answers.
            for (int i = 0; i < 3; ++i) {
                (void)outcome(one, {module.get(), Value::real(0.25)});
                (void)outcome(two, {module.get(), Value::real(0.25), Value::real(0.75)});
                (void)outcome(direct, {Value::object(object.get()), Value::real(0.25)});
            }
            for (Py_ssize_t i = 0; i < count; ++i) {
                PyObject* x = PyList_GET_ITEM(samples.get().as_object(), i);
                const Ref expected = steal(PyObject_CallFunctionObjArgs(attempt.get(), object.get(), x, nullptr));
                const Held value(borrow_value(x));
                INFO(function << " " << display(x));
                CHECK(outcome(one, {module.get(), value.get()}) == text_of(expected.get()));
                CHECK(outcome(direct, {Value::object(object.get()), value.get()}) == text_of(expected.get()));
                for (Py_ssize_t j = 0; j < count; ++j) {
                    PyObject* y = PyList_GET_ITEM(samples.get().as_object(), j);
                    // A power, or a rounding, by 2**62 would only run out of memory.
                    if (PyLong_Check(y) && std::strchr("lpr", function[0]) != nullptr) continue;
                    const Ref pair = steal(PyObject_CallFunctionObjArgs(attempt.get(), object.get(), x, y, nullptr));
                    const Held second(borrow_value(y));
                    const std::string got = outcome(two, {module.get(), value.get(), second.get()});
                    if (got != text_of(pair.get())) {
                        INFO(display(y));
                        CHECK(got == text_of(pair.get()));
                    }
                    ++compared;
                }
            }
        }
    }
    CHECK(compared > 10000);
}

TEST_CASE("array items and scalar ufuncs are NumPy's") {
    Namespace names;
    if (steal(PyImport_ImportModule("numpy"))) {
        names.run("import numpy as np, warnings\nwarnings.simplefilter('ignore')\n");
        for (const char* dtype :
             {"float64", "float32", "int64", "int32", "int16", "uint8", "uint64", "bool", "complex128", "float16",
              ">f8", ">i4", "U3", "object", "datetime64[s]", "longdouble"}) {
            names.set("dtype", Held(steal_value(PyUnicode_FromString(dtype))).get());
            follow("value r0 | item r1", {"a", "i"}, "a[i]",
                   ("import numpy as np\na = np.arange(6).astype('" + std::string(dtype) +
                    "')\ni = 2\nclass A(np.ndarray): pass")
                       .c_str(),
                   {"i = -1", "i = 6", "i = -7", "i = 0", "a[0] = a[3]", "a = a[::2]", "i = 1", "a = a.reshape(1, 3)",
                    "a = a[0]", "a = a.view(A)", "i = np.int64(1)", "a = np.array(5)", "a = np.zeros(0)"});
            follow("value r0 | item (r1, 2)", {"a", "i"}, "a[i, 2]",
                   ("import numpy as np\na = np.arange(12).reshape(4, 3).astype('" + std::string(dtype) + "')\ni = 2")
                       .c_str(),
                   {"i = -1", "i = 4", "i = slice(1)", "i = 0", "a = a.T", "a = a[:, :2]"});
        }
        // Every value that is set, and every error, as NumPy does it.
        names.run(
            "def attempt(a, i, v):\n"
            "    try: a[i] = v\n"
            "    except BaseException as e: return '!' + type(e).__qualname__ + ': ' + str(e)\n"
            "    return repr(v) + ' of ' + type(v).__name__\n"
            "values = [0.5, -1.5, 1e300, float('nan'), float('inf'), 1, -1, 127, 128, 255, 256, 2**31, -2**31-1, "
            "2**62,\n"
            "  2**63, 10**30, True, None, 'x', '5', [1], np.float64(2.5), np.int8(3), 1j]\n");
        for (const char* dtype : {"float64", "float32", "int64", "int32", "int16", "int8", "uint8", "uint16", "uint32",
                                  "uint64", "bool", "complex128", "object"}) {
            names.set("dtype", Held(steal_value(PyUnicode_FromString(dtype))).get());
            names.run("a = np.zeros(4, dtype); b = np.zeros(4, dtype)");
            const Held a = names.eval("a"), values = names.eval("values");
            Chain chain = chain_of("value r0 | set-item r1 r2");
            for (int i = 0; i < 3; ++i) (void)outcome(chain, {a.get(), Value::integer(0), Value::integer(1)});
            names.run("b[0] = 1");
            for (Py_ssize_t i = 0; i < PyList_GET_SIZE(values.get().as_object()); ++i) {
                names.set("i", Value::integer(i));
                const Held expected = names.eval("attempt(b, i % 4, values[i])"), value = names.eval("values[i]");
                INFO(dtype << " " << describe(value.get()));
                CHECK(outcome(chain, {a.get(), Value::integer(i % 4), value.get()}) ==
                      text_of(expected.get().as_object()));
                CHECK(describe(names.eval("a.tolist()").get()) == describe(names.eval("b.tolist()").get()));
            }
        }
        const Held frozen = names.eval("np.broadcast_to(np.zeros(3), (3,))"),
                   bytes = names.eval("np.frombuffer(b'12345678')");
        Chain set = chain_of("value r0 | set-item 0 r1");
        for (int i = 0; i < 3; ++i)
            CHECK(outcome(set, {bytes.get(), Value::real(1)}) == "!ValueError: assignment destination is read-only");

        names.run(
            "import math\nrandom = __import__('random').Random(1)\n"
            "def bits(v): return (type(v).__name__, np.asarray(v).dtype.str, np.asarray(v).tobytes())\n"
            "def python(f, *a):\n    return bits(f(*a))\n");
        const Held np = names.eval("np");
        for (const char* function :
             {"sin", "cos", "tan", "exp", "log", "sqrt", "arctan", "tanh", "floor", "fabs", "square", "isnan", "sign",
              "negative", "log1p", "cbrt", "rint", "absolute", "reciprocal"}) {
            names.set("f", Held(steal_value(PyObject_GetAttrString(np.get().as_object(), function))).get());
            Chain chain = chain_of(std::string("value r0 | get ") + function + " | call r1");
            for (int i = 0; i < 300; ++i) {
                names.run(
                    "x = random.choice([random.uniform(-10, 10), random.gauss(0, 1e5), math.ldexp(random.random(), "
                    "random.randint(-1070, 1020)), np.float64(random.random()), 0.0, -0.0, float('inf'), float('nan'), "
                    "3, "
                    "np.float32(0.1)])");
                const Held x = names.eval("x"), expected = names.eval("python(f, x)");
                const Held got(run_chain(chain, std::vector<Value>{np.get(), x.get()}.data()));
                names.set("got", got.get());
                INFO(function << " " << describe(x.get()));
                CHECK(describe(names.eval("bits(got)").get()) == describe(expected.get()));
            }
        }
        for (const char* function :
             {"add", "multiply", "power", "arctan2", "hypot", "maximum", "fmod", "less", "divide"}) {
            names.set("f", Held(steal_value(PyObject_GetAttrString(np.get().as_object(), function))).get());
            Chain chain = chain_of(std::string("value r0 | get ") + function + " | call r1 r2");
            for (int i = 0; i < 200; ++i) {
                names.run(
                    "x = random.choice([random.gauss(0, 10), np.float64(random.random()), 0.0, float('nan'), 3])\n"
                    "y = random.choice([random.gauss(0, 10), np.float64(random.random()), 0.0, float('inf'), 2])");
                const Held x = names.eval("x"), y = names.eval("y"), expected = names.eval("python(f, x, y)");
                const Held got(run_chain(chain, std::vector<Value>{np.get(), x.get(), y.get()}.data()));
                names.set("got", got.get());
                CHECK(describe(names.eval("bits(got)").get()) == describe(expected.get()));
            }
        }
        // Warnings and errors under np.errstate.
        Chain log = chain_of("value r0 | get log | call r1");
        for (int i = 0; i < 4; ++i) CHECK(outcome(log, {np.get(), Value::real(1.0)}) == "0.0 of float64");
        CHECK(outcome(log, {np.get(), Value::real(0.0)}) == "-inf of float64");
        names.run("warnings.simplefilter('error')");
        CHECK(outcome(log, {np.get(), Value::real(0.0)}) == "!RuntimeWarning: divide by zero encountered in log");
        CHECK(outcome(log, {np.get(), Value::real(-1.0)}) == "!RuntimeWarning: invalid value encountered in log");
        names.run("warnings.resetwarnings()\nold = np.seterr(all='raise')");
        CHECK(outcome(log, {np.get(), Value::real(0.0)}) == "!FloatingPointError: divide by zero encountered in log");
        Chain exp = chain_of("value r0 | get exp | call r1");
        for (int i = 0; i < 4; ++i) CHECK(outcome(exp, {np.get(), Value::real(0.0)}) == "1.0 of float64");
        CHECK(outcome(exp, {np.get(), Value::real(1000.0)}) == "!FloatingPointError: overflow encountered in exp");
        CHECK(outcome(exp, {np.get(), Value::real(-1000.0)}) == "!FloatingPointError: underflow encountered in exp");
        names.run("np.seterr(all='ignore')");
        CHECK(outcome(exp, {np.get(), Value::real(1000.0)}) == "inf of float64");
        names.run("np.seterr(**old)\nkeep = np.log\nnp.log = lambda x: 'mine'");
        CHECK(outcome(log, {np.get(), Value::real(1.0)}) == "'mine' of str");
        names.run("np.log = np.exp");
        CHECK(outcome(log, {np.get(), Value::real(0.0)}) == "1.0 of float64");
        names.run("np.log = keep");
        for (int i = 0; i < 4; ++i) CHECK(outcome(log, {np.get(), Value::real(1.0)}) == "0.0 of float64");
    } else {
        PyErr_Clear();
    }
}
