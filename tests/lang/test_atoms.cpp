// Numbers, strings, names: their values, and what is said about those that are none.
#include "tests/lang/support.hpp"
#include "tests/support/catch.hpp"

using namespace catena;
using namespace catena::tests;

TEST_CASE("constants are Python's") {
    CHECK(python_repr("nil None true True false False") == "None\nNone\nTrue\nTrue\nFalse\nFalse");
}

TEST_CASE("integers of any base and size") {
    CHECK(python_repr("42 -7 +5 0 -0 1_000 0xff 0XFF 0b101 0o17 -0x1F 0x_ff 00 0_0") ==
          "42\n-7\n5\n0\n0\n1000\n255\n255\n5\n15\n-31\n255\n0\n0");
    CHECK(python_repr("9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809") ==
          "9223372036854775807\n9223372036854775808\n-9223372036854775808\n-9223372036854775809");
    CHECK(python_repr("0xffffffffffffffffffffffff") == "79228162514264337593543950335");
    CHECK(python_repr("123_456_789_012_345_678_901_234_567_890") == "123456789012345678901234567890");
}

TEST_CASE("an integer may have more digits than Python's own limit") {
    for (const std::size_t digits : {511u, 512u, 513u, 4301u, 100'000u}) {
        const Ref nines = read_one(std::string(digits, '9'));
        const Ref expected = python("10**" + std::to_string(digits) + " - 1");
        CHECK(PyObject_RichCompareBool(nines.get(), expected.get(), Py_EQ) == 1);
        const Ref negative = read_one("-1" + std::string(digits, '0'));
        const Ref expected_negative = python("-10**" + std::to_string(digits));
        CHECK(PyObject_RichCompareBool(negative.get(), expected_negative.get(), Py_EQ) == 1);
        CHECK(printed(nines.get()) == std::string(digits, '9'));
        CHECK(printed(negative.get()) == "-1" + std::string(digits, '0'));
    }
    CHECK(PyLong_CheckExact(read_one("0x" + std::string(20'000, 'f')).get()));
}

TEST_CASE("floats") {
    CHECK(python_repr("1.5 1e-9 -2.5E3 .5 5. -.5 +.5 1_0.2_5 1e1_0 1.e3 0.1 01.5") ==
          "1.5\n1e-09\n-2500.0\n0.5\n5.0\n-0.5\n0.5\n10.25\n10000000000.0\n1000.0\n0.1\n1.5");
    CHECK(python_repr("inf -inf +inf nan -nan 1e999 -1e999 1e-999") == "inf\n-inf\ninf\nnan\nnan\ninf\n-inf\n0.0");
    CHECK(python_repr("-0.0 2.2250738585072014e-308 4.9e-324 1.7976931348623157e308") ==
          "-0.0\n2.2250738585072014e-308\n5e-324\n1.7976931348623157e+308");
    CHECK(python_repr("0." + std::string(400, '1')) == "0.1111111111111111");
}

TEST_CASE("complex numbers") {
    CHECK(python_repr("2j 1.5j 2J -3j .5j 1e3j") == "2j\n1.5j\n2j\n-3j\n0.5j\n1000j");
    CHECK(python_repr("1+2j -1.5-2.5j 1+infj nan-nanj infj -infj 0+1j") ==
          "(1+2j)\n(-1.5-2.5j)\n(1+infj)\n(nan+nanj)\ninfj\n-infj\n1j");
}

TEST_CASE("what looks like a number and is none gets an error with a hint") {
    CHECK(shown("1/2") == "1:1-1:4 1/2 is no number | division is a call: (/ 1 2)");
    CHECK(shown("[1:3]") ==
          "1:2-1:5 1:3 is no number | a slice is written (: 1 3), so a[1:3] is (. a [(: 1 3)]); "
          "a map is {:key value}");
    CHECK(shown("007").find("octal is written 0o17") != std::string::npos);
    CHECK(shown("10L").find("numbers take no suffix") != std::string::npos);
    CHECK(shown("1N").find("numbers take no suffix") != std::string::npos);
    CHECK(shown("(1+ x)").find("inc") != std::string::npos);
    CHECK(shown("(1- x)").find("dec") != std::string::npos);
    CHECK(shown("1st").find("a name cannot start with a digit") != std::string::npos);
    for (const char* bad :
         {"0x", "0b2", "0o8", "0xg", "1__0", "1_", "1e", "1e+", "1.2.3", "1+2", "1-2i", "1a", ".5.", "+1+"}) {
        INFO(bad);
        CHECK(shown(bad).find("is no number") != std::string::npos);
    }
}

TEST_CASE("strings and their escapes") {
    CHECK(python_repr(R"("text" "" "a\nb\t\r\\\"")") == "'text'\n''\n'a\\nb\\t\\r\\\\\"'");
    CHECK(python_repr(R"("\0\a\b\x41\u00e9\U0001F600")") == "'\\x00\\x07\\x08Aé😀'");
    CHECK(python_repr("\"joined\\\n lines\"") == "'joined lines'");
    CHECK(python_repr("\"joined\\\r\n lines\"") == "'joined lines'");
    CHECK(python_repr("\"two\nlines\"") == "'two\\nlines'");
    CHECK(python_repr("\"two\r\nlines\rmore\"") == "'two\\nlines\\nmore'");
    CHECK(python_repr("\"é😀\"") == "'é😀'");
    CHECK(python_repr(R"("\ud800" "\ud83d\ude00")") == "'\\ud800'\n'\\ud83d\\ude00'");
    CHECK(python_repr("\"a\"\"b\"") == "'a'\n'b'");
    const Ref nul = read_one(std::string_view("\"a\0b\"", 5));
    CHECK(PyUnicode_GET_LENGTH(nul.get()) == 3);
}

TEST_CASE("escapes that are none are located") {
    CHECK(shown(R"("ab\qc")") ==
          "1:4-1:6 unknown escape \\q | a backslash itself is written \\\\; "
          "in a raw string r\"...\" it stands for itself");
    CHECK(shown("\"a\n\\x4\"") == "2:1-2:3 \\x needs two hexadecimal digits");
    CHECK(shown(R"("\u12")") == "1:2-1:4 \\u needs four hexadecimal digits");
    CHECK(shown(R"("\U00110000")").find("\\U needs eight hexadecimal digits") != std::string::npos);
    CHECK(shown(R"("\033")").find("write \\x1b") != std::string::npos);
    CHECK(shown(R"("\e")").find("\\x1b") != std::string::npos);
    CHECK(shown("\"é\\é\"") ==
          "1:3-1:5 unknown escape \\é | a backslash itself is written \\\\; "
          "in a raw string r\"...\" it stands for itself");
}

TEST_CASE("raw strings and bytes") {
    CHECK(python_repr(R"(r"raw\d\n" r"a\"b" R"x" r"\\")") == "'raw\\\\d\\\\n'\n'a\\\\\"b'\n'x'\n'\\\\\\\\'");
    CHECK(python_repr(R"(b"bytes" b"\x00\xff\n\"" rb"\d" bR"x")") == "b'bytes'\nb'\\x00\\xff\\n\"'\nb'\\\\d'\nb'x'");
    CHECK(shown("b\"\\u0041\"").find("bytes have no \\u escapes") != std::string::npos);
    CHECK(shown("b\"aé\"") ==
          "1:4-1:5 bytes are written in ASCII | write other bytes as \\xhh, "
          "or encode a string: (.encode \"text\")");
    CHECK(shown("rb\"é\"").find("bytes are written in ASCII") != std::string::npos);
    CHECK(shown("u\"x\"").find("every string is Unicode") != std::string::npos);
    CHECK(shown("rf\"x\"").find("no raw f-string") != std::string::npos);
    for (const char* triple :
         {"\"\"\"x\"\"\"", "r\"\"\"x\"\"\"", "f\"\"\"x\"\"\"", "b\"\"\"x\"\"\"", "#\"\"\"x\"\"\""}) {
        INFO(triple);
        CHECK(shown(triple).find("\"\"\" begins nothing | ") != std::string::npos);
    }
}

TEST_CASE("regular expressions are compiled when they are read") {
    CHECK(python_repr(R"(#"\d+" #"a\"b" #"")") == "re.compile('\\\\d+')\nre.compile('a\"b')\nre.compile('')");
    CHECK(shown(R"(#"\d+\"" #"\\\"")") == "#\"\\d+\\\"\"\n#\"\\\\\\\"\"");
    CHECK(shown("(f\n #\"(\")") == "2:2-2:6 bad regular expression: missing ), unterminated subpattern at position 0");
}

TEST_CASE("keywords") {
    CHECK(shown(":name :a-b :ready? :a/b :a.b :1 :a:b") == ":name\n:a-b\n:ready?\n:a/b\n:a.b\n:1\n:a:b");
    CHECK(read_one(":name").get() == read_one(":name").get());
    CHECK(shown("::a").find("a keyword has one colon") != std::string::npos);
}

TEST_CASE("symbols are whatever is left") {
    const std::string names =
        "name a-b ready? *x* ->s + - / ... : .name .-name np.linalg.norm mod/name x# x' <= a|b % %1 $ &rest é";
    std::string lines = names;
    for (char& c : lines) c = c == ' ' ? '\n' : c;
    CHECK(shown(names) == lines);
    CHECK(shown("info nancy inform infinite -info +x -x") == "info\nnancy\ninform\ninfinite\n-info\n+x\n-x");
    CHECK(shown("{foo: 1}") ==
          "1:2-1:6 a colon cannot stand in the name foo: | a keyword has its colon in front: :foo");
    CHECK(shown("x:int").find("a type is written ^int x") != std::string::npos);
    const std::string long_name(5000, 'x');
    CHECK(shown(long_name) == long_name);
}

TEST_CASE("letters that deceive are refused in names, spaces of all kinds are spaces") {
    CHECK(shown("a\xc2\xa0"
                "b\xe3\x80\x80"
                "c") == "a\nb\nc");
    CHECK(shown("(f a\xe2\x80\x8b"
                "b)") == "1:5-1:6 the invisible character U+200B cannot stand in a name");
    CHECK(shown("a\xe2\x80\xae"
                "b")
              .find("U+202E") != std::string::npos);
    CHECK(shown("“x”").find("strings stand in straight quotes") != std::string::npos);
    CHECK(shown(std::string_view("a \0b", 4)) == "1:3-1:4 the control character U+0000 means nothing here");
    CHECK(shown("a\x01"
                "b") == "1:2-1:3 the control character U+0001 means nothing here");
    CHECK(shown("\x7f").find("U+007F") != std::string::npos);
}
