// Operators on values against Python's own, for every pair of samples.
#include "bridge/operators.hpp"

#include "tests/bridge/support.hpp"
#include "tests/support/catch.hpp"

using namespace catena;
using namespace catena::tests;

namespace {

const char* const samples_text =
    "[0, 1, -1, 2, -2, 3, 7, -7, 10, 63, 64, 65, 2**31, 2**53, 2**53+1, -2**53-1, 2**62, 2**63-1, -2**63, -2**63+1, "
    "2**63,\n"
    " -2**64, 10**25, 0.0, -0.0, 0.5, -0.5, 1.0, 1.5, -2.5, 3.0, 1e-320, 1e16, 9007199254740993.0, 9.3e18, -9.3e18,\n"
    " 9223372036854775807.0, 1e308, -1e308, float('inf'), float('-inf'), float('nan'), True, False, None, 'ab', b'a', "
    "[1],\n"
    " (2,), {3}, {4: 5}, 1j, F(1.5), I(2), fractions.Fraction(1, 3), decimal.Decimal('1.5')]";

bool is_huge(PyObject* o) { return PyLong_Check(o) && _PyLong_NumBits(o) > 12; }

}  // namespace

TEST_CASE("operators are Python's") {
    Namespace names;
    names.run(
        "import operator, fractions, decimal\n"
        "class F(float):\n    def __repr__(s): return 'F(%r)' % float(s)\n"
        "class I(int):\n    def __add__(s, o): return 'I+'\n"
        "def attempt(f, *a):\n"
        "    try: v = f(*a)\n"
        "    except BaseException as e:\n"
        "        where = '' if type(e).__module__ == 'builtins' else type(e).__module__ + '.'\n"
        "        return '!' + where + type(e).__qualname__ + ': ' + str(e)\n"
        "    return repr(v) + ' of ' + type(v).__name__\n"
        "def true_power(x, y): return x ** y\n");
    const struct {
        const char* name;
        Value (*ours)(const Value&, const Value&);
    } binary[] = {
        {"operator.add", add},
        {"operator.sub", sub},
        {"operator.mul", mul},
        {"operator.truediv", div},
        {"operator.floordiv", floordiv},
        {"operator.mod", mod},
        {"true_power", pow},
        {"operator.lshift", shift_left},
        {"operator.rshift", shift_right},
        {"operator.and_", bit_and},
        {"operator.or_", bit_or},
        {"operator.xor", bit_xor},
        {"operator.matmul", matmul},
        {"operator.lt", lt},
        {"operator.le", le},
        {"operator.gt", gt},
        {"operator.ge", ge},
        {"operator.eq", eq},
        {"operator.ne", ne},
    };
    const struct {
        const char* name;
        Value (*ours)(const Value&);
    } unary[] = {{"operator.neg", neg}, {"operator.pos", pos}, {"operator.invert", bit_not}};
    const Held samples = names.eval(samples_text);
    PyObject* list = samples.get().as_object();
    PyObject* attempt = names.get("attempt");
    int compared = 0;
    for (const auto& [name, ours] : binary) {
        const Held python = names.eval(name);
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); ++i) {
            for (Py_ssize_t j = 0; j < PyList_GET_SIZE(list); ++j) {
                PyObject *x = PyList_GET_ITEM(list, i), *y = PyList_GET_ITEM(list, j);
                // Powers, shifts and repetitions by astronomic numbers only run out of memory.
                const std::string_view which(name);
                const bool grows = which == "true_power" || which == "operator.lshift" ||
                                   (which == "operator.mul" && (PySequence_Check(x) || PySequence_Check(y)));
                if (grows && (is_huge(x) || is_huge(y)) && !(PyFloat_Check(x) || PyFloat_Check(y))) continue;
                const Ref expected =
                    steal(PyObject_CallFunctionObjArgs(attempt, python.get().as_object(), x, y, nullptr));
                const Held a(borrow_value(x)), b(borrow_value(y));
                const Held got(ours(a.get(), b.get()));
                const std::string text = describe(got.get());
                if (text != text_of(expected.get())) {
                    INFO(name << " " << display(x) << " " << display(y));
                    CHECK(text == text_of(expected.get()));
                }
                ++compared;
            }
        }
    }
    CHECK(compared > 50000);
    for (const auto& [name, ours] : unary) {
        const Held python = names.eval(name);
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); ++i) {
            PyObject* x = PyList_GET_ITEM(list, i);
            const Ref expected = steal(PyObject_CallFunctionObjArgs(attempt, python.get().as_object(), x, nullptr));
            const Held a(borrow_value(x));
            const Held got(ours(a.get()));
            INFO(name << " " << display(x));
            CHECK(describe(got.get()) == text_of(expected.get()));
        }
    }
}

TEST_CASE("random numbers agree with Python") {
    Namespace names;
    names.run(
        "import random\nr = random.Random(3)\n"
        "def pick():\n"
        "    k = r.randrange(5)\n"
        "    if k == 0: return r.randrange(-20, 20)\n"
        "    if k == 1: return r.randrange(-2**63, 2**63)\n"
        "    if k == 2: return r.gauss(0, 1) * 10.0 ** r.randrange(-20, 20)\n"
        "    if k == 3: return float(r.randrange(-2**60, 2**60))\n"
        "    return r.randrange(-2**54, 2**54)\n"
        "def all_of(x, y):\n"
        "    out = []\n"
        "    for op in (lambda: x + y, lambda: x - y, lambda: x * y, lambda: x / y, lambda: x // y, lambda: x % y,\n"
        "               lambda: x < y, lambda: x <= y, lambda: x == y, lambda: x > y):\n"
        "        try: out.append(repr(op()))\n"
        "        except Exception as e: out.append(type(e).__name__)\n"
        "    return ' '.join(out)\n");
    for (int i = 0; i < 5000; ++i) {
        names.run("x, y = pick(), pick()");
        const Held x = names.eval("x"), y = names.eval("y"), expected = names.eval("all_of(x, y)");
        std::string got;
        for (const auto ours : {add, sub, mul, div, floordiv, mod, lt, le, eq, gt}) {
            const Held value(ours(x.get(), y.get()));
            std::string text = describe(value.get());
            text = value.get().is_error() ? text.substr(1, text.find(':') - 1) : text.substr(0, text.rfind(" of "));
            got += (got.empty() ? "" : " ") + text;
        }
        CHECK(got == text_of(expected.get().as_object()));
    }
}

TEST_CASE("identity") {
    Namespace names;
    const Held big = names.eval("10**30"), same = names.eval("10**29 * 10"), list = names.eval("[]"),
               other = names.eval("[]");
    CHECK(identical(big.get(), same.get()));
    CHECK(identical(list.get(), list.get()));
    CHECK(!identical(list.get(), other.get()));
    CHECK(identical(Value::integer(5), Value::integer(5)));
    CHECK(!identical(Value::integer(1), Value::real(1)));
    CHECK(!identical(Value::integer(1), Value::boolean(true)));
    CHECK(identical(Value::nil(), Value::nil()));
    CHECK(!identical(Value::real(0.0), Value::real(-0.0)));
}
