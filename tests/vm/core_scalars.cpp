// Numbers, comparison, strings, patterns, names, classes that functions stand for, state, files.
#include "tests/support/catch.hpp"
#include "tests/vm/core_eval.hpp"

using namespace catena::tests;

TEST_CASE("core: integers have no end") {
    CHECK(core("(+ 9223372036854775807 1)") == "9223372036854775808");
    CHECK(core("(- -9223372036854775808)") == "9223372036854775808");
    CHECK(core("(quot -9223372036854775808 -1)") == "9223372036854775808");
    CHECK(core("(rem -9223372036854775808 -1)") == "0");
    CHECK(core("(dec (inc 9223372036854775807))") == "9223372036854775807");
    CHECK(core("(+)") == "0");
    CHECK(core("(*)") == "1");
    CHECK(core("(/ 4)") == "0.25");
    CHECK(core("(-)").starts_with("TypeError"));
}

TEST_CASE("core: quot and rem round towards zero for every kind of number") {
    REQUIRE(python("from decimal import Decimal\n"
                   "from fractions import Fraction\n"
                   "for a in (7, -7, 6, -6, 2**70, -2**70, 2**70 + 1):\n"
                   "    for b in (1, 2, 3, -2, -3, 2**65):\n"
                   "        q = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)\n"
                   "        for kind in (int, Decimal, Fraction):\n"
                   "            if kind is Decimal and abs(a) > 2**64: continue\n"
                   "            assert core.quot(kind(a), b) == q, (kind, a, b)\n"
                   "            assert core.rem(kind(a), b) == a - b * q, (kind, a, b)\n"
                   "assert core.quot(7.5, 2) == 3.0 and core.rem(-7.5, 2) == -1.5\n") == "ok");
    CHECK(core("(quot 1 0)") == "ZeroDivisionError: integer division or modulo by zero");
    CHECK(core("(rem 1.0 0)") == "ZeroDivisionError: rem: division by zero");
}

TEST_CASE("core: predicates on numbers") {
    CHECK(core("(even? 36893488147419103232)") == "true");
    CHECK(core("(odd? 1.5)") == "TypeError: odd?: needs an integer, not float");
    CHECK(core("(inc nil)") == "TypeError: inc: needs a number, not nil");
    CHECK(core("(number? true)") == "false");
    CHECK(core("(float? 1)") == "false");
    CHECK(core("(compare nil 1)") == "-1");
    CHECK(core("(compare 1 \"a\")").starts_with("TypeError"));
}

TEST_CASE("core: comparison of any number of operands") {
    CHECK(core("(= 1)") == "true");
    CHECK(core("(= 1 1.0 true)") == "true");
    CHECK(core("(< 1 2 2)") == "false");
    CHECK(core("(!= 1 1 2)") == "true");
    CHECK(core("(!= 1 1 1)") == "false");
    CHECK(core("(= [1 2] (quote (1 2)))") == "true");
    CHECK(core("(identical? 1 1.0)") == "false");
}

TEST_CASE("core: strings") {
    CHECK(core("(str \"a\" 1 :b nil)") == "\"a1bNone\"");
    CHECK(core("(join \"-\" [1 :a nil])") == "\"1-a-None\"");
    CHECK(core("(split \"a,b,,\" \",\")") == "[\"a\" \"b\"]");
    CHECK(core("(split \"a,b,,\" \",\" -1)") == "[\"a\" \"b\" \"\" \"\"]");
    CHECK(core("(split \"a,b,c\" \",\" 2)") == "[\"a\" \"b,c\"]");
    CHECK(core("(split \"abc\" #\"\")") == "[\"a\" \"b\" \"c\"]");
    CHECK(core("(split \"a1b2\" #\"(\\d)\")") == "[\"a\" \"b\"]");
    CHECK(core("(split \" a  b \")") == "[\"a\" \"b\"]");
    CHECK(core("(replace \"k=v\" #\"(\\w)=(\\w)\" last)") == "\"v\"");
    CHECK(core("(replace-first \"aa\" \"a\" \"b\")") == "\"ba\"");
    CHECK(core("(re-find \"(a)|(b)\" \"b\")") == "[\"b\" nil \"b\"]");
    CHECK(core("(re-matches #\"\\d+\" \"12b\")") == "nil");
    CHECK(core("(subs \"hello\" 6)") == "IndexError: subs: 6 to 5 is out of range for 5 characters");
    CHECK(core("(upper 5)") == "TypeError: upper: the first operand must be a string, not int");
    CHECK(core("(name :a/b)") == "\"b\"");
    CHECK(core("(namespace :a/b)") == "\"a\"");
    CHECK(core("(read-string \"(+ 1 [2])\")") == "(+ 1 [2])");
    CHECK(core("(read-string \"\")").starts_with("EOFError"));
    CHECK(core("(read-string \"(a\")").find("ReadError") != std::string::npos);
}

TEST_CASE("core: str and list stand for Python's classes") {
    REQUIRE(python("import copy, pickle, typing\n"
                   "s, l = core.str, core.list\n"
                   "assert isinstance('a', s) and not isinstance(1.5, (int, s)) and issubclass(str, s)\n"
                   "assert type('a') == s and s == type('a') and {str: 1}[s] == 1 and s != l\n"
                   "assert str(s | None) == 'str | None' and l[s] == list[str] and s.join(',', 'ab') == 'a,b'\n"
                   "class Name(s): pass\n"
                   "assert Name.__mro__[1] is str\n"
                   "assert pickle.loads(pickle.dumps(s)) is s and copy.deepcopy(l) is l\n"
                   "typing.Optional[s]\n"
                   "assert s(b'\\xe9', encoding='latin-1') == '\\xe9' and type(l(1)).__name__ == 'List'\n") == "ok");
}

TEST_CASE("core: atoms") {
    let_core("cell", "(atom 1)");
    CHECK(core("(swap! cell + 10 100)") == "111");
    CHECK(core("(swap-vals! cell inc)") == "[111 112]");
    CHECK(core("(compare-and-set! cell 112 :x)") == "true");
    CHECK(core("(swap! cell str \"y\")") == "\"xy\"");
    CHECK(core("(deref 5)").starts_with("TypeError: deref: needs"));
    REQUIRE(python("calls = []\n"
                   "cell = core.atom(1)\n"
                   "def racing(x):\n"
                   "    if not calls: calls.append(vars(core)['reset!'](cell, 100))\n"
                   "    return x + 1\n"
                   "assert vars(core)['swap!'](cell, racing) == 101\n"
                   "vars(core)['reset!'](cell, cell)\n"
                   "assert repr(cell) == '<atom ...>'\n"
                   "vars(core)['reset!'](cell, None)\n") == "ok");
}

TEST_CASE("core: deref of futures") {
    REQUIRE(python("from concurrent.futures import Future\n"
                   "f = Future()\n"
                   "assert core.deref(f, 0.01, 'late') == 'late'\n"
                   "f.set_result(5)\n"
                   "assert core.deref(f) == core.deref(f, 1, 'late') == 5\n"
                   "f = Future(); f.set_exception(TimeoutError('its own'))\n"
                   "try: core.deref(f, 1, 'late')\n"
                   "except TimeoutError as e: assert str(e) == 'its own'\n"
                   "else: assert False\n") == "ok");
}

TEST_CASE("core: files and printing") {
    REQUIRE(
        python("import io, os, tempfile\n"
               "path = os.path.join(tempfile.mkdtemp(), 'f')\n"
               "assert core.spit(path, 'h\\xe9\\n') is None and core.slurp(path) == 'h\\xe9\\n'\n"
               "core.spit(path, 'x', append=True)\n"
               "assert core.slurp(path, mode='rb') == 'h\\xe9\\nx'.encode()\n"
               "core.spit(path, b'\\xe9')\n"
               "assert core.slurp(path, encoding='latin-1') == '\\xe9'\n"
               "os.unlink(path); os.rmdir(os.path.dirname(path))\n"
               "out = io.StringIO()\n"
               "core.prn(1, 'a', core.keyword('k'), file=out); core.pr('x', file=out); core.println('y', file=out)\n"
               "assert out.getvalue() == '1 \"a\" :k\\n\"x\"y\\n', out.getvalue()\n"
               "f = io.StringIO('a\\r\\n')\n"
               "read = core.__getattribute__('read_line')\n"
               "assert read(f) == 'a' and read(f) is None\n") == "ok");
    CHECK(python("core.slurp('/no/such/file')").starts_with("FileNotFoundError"));
}
