// Catena's notation, and that it reads back.
#include "lang/printer.hpp"

#include "tests/lang/support.hpp"
#include "tests/support/catch.hpp"

using namespace catena;
using namespace catena::tests;

namespace {

std::string printed_value(const std::string& expression) { return printed(python(expression).get()); }

}  // namespace

TEST_CASE("values in Catena's notation") {
    CHECK(printed_value("[None, True, False, 1, -2, 'a', b'b', Keyword('k'), Symbol('s')]") ==
          "[nil true false 1 -2 \"a\" b\"b\" :k s]");
    CHECK(printed_value("({'a': 1, Keyword('b'): [2]}, {1}, (), [], {}, set(), List(), List([1, (2,)]))") ==
          "#[{\"a\" 1 :b [2]} #{1} #[] [] {} #{} () (1 #[2])]");
    CHECK(printed_value("[1.0, 0.1, -0.0, 1e22, 1e-7, math.inf, -math.inf, math.nan]") ==
          "[1.0 0.1 -0.0 1e+22 1e-07 inf -inf nan]");
    CHECK(printed_value("[2j, 1+2j, -1.5-2.5j, complex(-0.0, 1), complex(0, -0.0), complex(math.nan, -math.inf), "
                        "complex(1, math.nan)]") == "[2j 1+2j -1.5-2.5j -0+1j -0j nan-infj 1+nanj]");
    CHECK(printed_value("2**64") == "18446744073709551616");
    CHECK(printed_value("re.compile('a\"\\\\d')") == "#\"a\\\"\\d\"");
    CHECK(printed_value("MapForm([List(), 1])") == "{() 1}");
    CHECK(printed_value("SetForm([List(), List()])") == "#{() ()}");
}

TEST_CASE("strings are escaped so that they read back") {
    CHECK(printed_value("'a\\n\\t\\r\\\\\"\\0\\x07\\x7f'") == "\"a\\n\\t\\r\\\\\\\"\\x00\\x07\\x7f\"");
    CHECK(printed_value("'é😀\\ud800\\u200b\\U000e0001\\xa0'") == "\"é😀\\ud800\\u200b\\U000e0001\\xa0\"");
    CHECK(printed_value("b'a\\n\\0\\xff\\\"\\\\'") == "b\"a\\n\\x00\\xff\\\"\\\\\"");
}

TEST_CASE("everything else is Python's repr") {
    CHECK(printed_value("[range(3), int, ..., frozenset([1]), bytearray(b'x')]") ==
          "[range(0, 3) <class 'int'> Ellipsis frozenset({1}) bytearray(b'x')]");
    CHECK(printed_value("re.compile('a', re.I)") == "re.compile('a', re.IGNORECASE)");
    CHECK(printed_value("re.compile('(?i)a')") == "#\"(?i)a\"");
    CHECK(printed_value("re.compile(b'a')") == "re.compile(b'a')");
    python_run(
        "class L(list): pass\nclass D(dict): pass\nclass S(str): pass\nclass I(int): pass\nclass F(float): pass\n"
        "class T(tuple): pass\nclass Bad:\n    def __repr__(self): raise ValueError('bad')\n"
        "class Wrong:\n    def __repr__(self): return 1\n"
        "class Odd:\n    def __repr__(self): return '\\ud800é'\n");
    CHECK(printed_value("[L([1, None]), D(a=1), S('s'), I(1), F(1), T((1,)), collections.OrderedDict()]") ==
          "[[1, None] {'a': 1} 's' 1 1.0 (1,) OrderedDict()]");
    CHECK(printed_value("[1, Bad()]") == "ValueError: bad");
    CHECK(printed_value("Wrong()").find("TypeError: __repr__ returned non-string") == 0);
    CHECK(printed_value("[Odd()]") == "[\\ud800é]");
}

TEST_CASE("a container inside itself is three dots") {
    python_run(
        "v = [1]\nv.append(v)\nd = {'v': v}\nd['d'] = d\nt = ([],)\nt[0].append(t)\nk = []\nl = List([1, "
        "k])\nk.append(l)\n");
    CHECK(printed_value("v") == "[1 ...]");
    CHECK(printed_value("d") == "{\"v\" [1 ...] \"d\" ...}");
    CHECK(printed_value("t") == "#[[...]]");
    CHECK(printed_value("l") == "(1 [...])");
    CHECK(printed_value("[v[0:1], v[0:1]]") == "[[1] [1]]");
    CHECK(printed_value("(lambda x: [x, x])([])") == "[[] []]");
    python_run("v.clear(); d.clear(); t[0].clear(); k.clear()\n");
}

TEST_CASE("a __repr__ may change what is being printed") {
    python_run(
        "class Clear:\n    def __init__(self): self.of = None\n"
        "    def __repr__(self): self.of.clear(); gc.collect(); return 'gone'\n"
        "def trap(container, add):\n    c = Clear(); c.of = container; add(c); return container\n"
        "v = [1]\nv = trap(v, v.append); v.append([2])\n"
        "d = {}\ntrap(d, lambda c: d.update(a=c)); d['b'] = [3]\n"
        "s = set()\ntrap(s, s.add)\n");
    CHECK(printed_value("v") == "[1 gone [2]]");
    CHECK(printed_value("d") == "{\"a\" gone \"b\" [3]}");
    CHECK(printed_value("s") == "#{gone}");
}

TEST_CASE("Python's repr of a List is Catena's notation") {
    CHECK(python_text("repr(List([1, 'a', None, [Keyword('k')]])), str(List())") == "('(1 \"a\" nil [:k])', '()')");
    python_run(
        "class Deep:\n    def __init__(self): self.l = List([self])\n    def __repr__(self): return repr(self.l)\n");
    CHECK(python_text("repr(Deep())").find("RecursionError") == 0);
}

TEST_CASE("a beginning costs what it shows") {
    const auto beginning = [](const char* expression, std::size_t limit) {
        const Ref object = python(expression);
        const auto text = repr_beginning(object.get(), limit);
        return text ? std::string(PyUnicode_AsUTF8(text->text.get())) + (text->whole ? "" : "~") : "an error";
    };
    CHECK(beginning("[1, 2, 3]", 7) == "[1 2 3]");
    CHECK(beginning("[1, 2, 3]", 6) == "[1 2 3~");
    CHECK(beginning("['ab', {1: 'cd'}]", 9) == "[\"ab\" {1 ~");
    CHECK(beginning("'\\u00e9' * 4", 4) == "\"\xc3\xa9~");
    CHECK(beginning("[0] * 50000000", 5) == "[0 0 ~");
    CHECK(beginning("'x' * 50000000", 5) == "\"xxxx~");
    CHECK(beginning("b'x' * 50000000", 5) == "b\"xxx~");
    CHECK(beginning("set(range(1000))", 4) == "#{0 ~");
    CHECK(beginning("dict.fromkeys(range(1000))", 4) == "{0 n~");
    CHECK(beginning("1 << 100000000", 40) == "an integer of about 30103000 digits");
    CHECK(beginning("[[[]]]", 0) == "~");
}
