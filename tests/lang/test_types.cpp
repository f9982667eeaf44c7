// Symbol and Keyword, seen from C++ and from Python.
#include "lang/types.hpp"

#include "lang/keyword.hpp"
#include "lang/python_name.hpp"
#include "lang/symbol.hpp"
#include "tests/lang/support.hpp"
#include "tests/support/catch.hpp"

using namespace catena;
using namespace catena::tests;

namespace {

std::string mangled(std::string_view name) {
    const Ref text = steal(PyUnicode_DecodeUTF8(name.data(), static_cast<Py_ssize_t>(name.size()), nullptr));
    const Ref result = python_name(text.get());
    CHECK(PyUnicode_CheckExact(result.get()));
    CHECK(PyUnicode_CHECK_INTERNED(result.get()));
    return PyUnicode_AsUTF8(result.get());
}

}  // namespace

TEST_CASE("init_types may be called again") {
    CHECK(init_types());
    CHECK(init_types());
}

TEST_CASE("symbols are equal by name and are not one object") {
    const Ref a = make_symbol("abc");
    const Ref b = make_symbol("abc");
    CHECK(a.get() != b.get());
    CHECK(symbol_name(a.get()) == symbol_name(b.get()));
    CHECK(symbol_is(a.get(), "abc"));
    CHECK_FALSE(symbol_is(a.get(), "ab"));
    CHECK_FALSE(symbol_is(Py_None, "abc"));
    CHECK(symbol_is(make_symbol("é").get(), "é"));
    CHECK_FALSE(make_symbol(Py_None));
    PyErr_Clear();

    CHECK(python_text("Symbol('a') == Symbol('a'), Symbol('a') != Symbol('b'), Symbol('a') == 'a'") ==
          "(True, True, False)");
    CHECK(python_text("len({Symbol('a'), Symbol('a'), Symbol('b'), 'a'})") == "3");
    CHECK(python_text("sorted([Symbol('b'), Symbol('a')])") == "[a, b]");
    CHECK(python_text("Symbol('a') < 1").find("TypeError") == 0);
    CHECK(python_text("repr(Symbol('a-b')), str(Symbol('x')), Symbol('x').name") == "('a-b', 'x', 'x')");
    CHECK(python_text("[pickle.loads(pickle.dumps(Symbol('a'), p)) for p in range(6)] == [Symbol('a')] * 6") == "True");
    CHECK(python_text("(lambda s: copy.copy(s) is s and copy.deepcopy(s) is s)(Symbol('a'))") == "True");
    CHECK(python_text("Symbol(1)").find("TypeError") == 0);
    CHECK(python_text("Symbol()").find("TypeError") == 0);
    CHECK(python_text("type(Symbol(Keyword('k')).name) is str") == "True");
    CHECK(python_text("Symbol.__module__, Symbol.__qualname__") == "('catena', 'Symbol')");
    CHECK(python_text("type('T', (Symbol,), {})").find("TypeError") == 0);
    CHECK(python_text("gc.is_tracked(Symbol('a'))") == "False");
    CHECK(python_text("Symbol('\\ud800') == Symbol('\\ud800')") == "True");
}

TEST_CASE("keywords are strings, one for each name") {
    const Ref a = make_keyword("axis");
    CHECK(a.get() == make_keyword("axis").get());
    CHECK(is_keyword(a.get()));
    CHECK_FALSE(make_keyword(Py_None));
    PyErr_Clear();

    CHECK(python_text("Keyword('a') == 'a', 'a' == Keyword('a'), hash(Keyword('a')) == hash('a'), Keyword('a') is "
                      "Keyword('a')") == "(True, True, True, True)");
    CHECK(python_text("{'name': 1}[Keyword('name')], {Keyword('name'): 2}['name'], isinstance(Keyword('a'), str)") ==
          "(1, 2, True)");
    CHECK(
        python_text("repr(Keyword('a')), str(Keyword('a')), f'{Keyword(\"a\"):>3}', type(str(Keyword('a'))) is str") ==
        "(\"'a'\", 'a', '  a', True)");
    CHECK(python_text("callable(Keyword('a'))") == "False");
    CHECK(python_text("all(pickle.loads(pickle.dumps(Keyword('a'), p)) is Keyword('a') for p in range(6))") == "True");
    CHECK(python_text("copy.copy(Keyword('a')) is copy.deepcopy(Keyword('a')) is Keyword('a')") == "True");
    CHECK(python_text("copy.deepcopy([Keyword('a')])[0] is Keyword('a')") == "True");
    CHECK(python_text("Keyword(Keyword('a')) is Keyword('a')") == "True");
    CHECK(python_text("__import__('json').dumps({Keyword('a'): Keyword('b')})") == "{\"a\": \"b\"}");
    CHECK(python_text("Keyword('a') + 'b', Keyword('ab').upper(), Keyword('ab')[0], Keyword('') == ''") ==
          "('ab', 'AB', 'a', True)");
    CHECK(python_text("Keyword('é😀') == 'é😀' and Keyword('é😀') is Keyword('é😀')") == "True");
    CHECK(python_text("Keyword(1)").find("TypeError") == 0);
    CHECK(python_text("type('T', (Keyword,), {})").find("TypeError") == 0);
}

TEST_CASE("a keyword's names for Python") {
    const Ref keyword = make_keyword("index-col");
    CHECK(PyUnicode_CheckExact(keyword_name(keyword.get())));
    CHECK(std::string(PyUnicode_AsUTF8(keyword_name(keyword.get()))) == "index-col");
    CHECK(std::string(PyUnicode_AsUTF8(keyword_python_name(keyword.get()))) == "index_col");
}

TEST_CASE("keywords that nobody holds are forgotten") {
    // The second round finds what the first round has freed.
    python_run(
        "for i in range(2):\n"
        "    for n in range(20000): Keyword('temporary-%d' % n)\n"
        "kept = [Keyword('kept-%d' % n) for n in range(1000)]\n"
        "assert all(k is Keyword('kept-%d' % n) for n, k in enumerate(kept))\n"
        "del kept\n");
}

TEST_CASE("names across the border") {
    CHECK(mangled("read-csv") == "read_csv");
    CHECK(mangled("a-b-c") == "a_b_c");
    CHECK(mangled("plain") == "plain");
    CHECK(mangled("-") == "-");
    CHECK(mangled("->") == "->");
    CHECK(mangled("--") == "--");
    CHECK(mangled("->s") == "_>s");
    CHECK(mangled("-x") == "_x");
    CHECK(mangled("ready?-!*") == "ready?_!*");
    CHECK(mangled("é-é") == "é_é");
    CHECK(mangled("-1") == "_1");
    CHECK(mangled("") == "");
    CHECK_FALSE(python_name(Py_None));
    PyErr_Clear();
}
