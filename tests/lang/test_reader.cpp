// Brackets, prefixes, comments, and everything that can be wrong with them.
#include "lang/reader.hpp"

#include "lang/list.hpp"
#include "tests/lang/support.hpp"
#include "tests/support/catch.hpp"

using namespace catena;
using namespace catena::tests;

TEST_CASE("each bracket makes its type") {
    CHECK(is_list(read_one("(a b)").get()));
    CHECK(PyList_CheckExact(read_one("[a b]").get()));
    CHECK(PyTuple_CheckExact(read_one("#[a b]").get()));
    CHECK(PyDict_CheckExact(read_one("{a b}").get()));
    CHECK(PySet_CheckExact(read_one("#{a b}").get()));
    CHECK(shown("() [] #[] {} #{} (()) [[] ()]") == "()\n[]\n#[]\n{}\n#{}\n(())\n[[] ()]");
    CHECK(shown("") == "");
    CHECK(shown(" \t\n\r\f\v,") == "");
}

TEST_CASE("maps and sets whose keys are not known yet are forms of their own") {
    CHECK(shown("{:a 1, \"b\" 2 c 3 4 5}") == "{:a 1 \"b\" 2 c 3 4 5}");
    CHECK(PyDict_CheckExact(read_one("{a (f)}").get()));
    CHECK(python_repr("{(f) 1}") == "{(f) 1}");
    for (const char* text : {"{(f) 1}", "{[1] 2}", "{a 1 a 2}", "{:a 1 \"a\" 2}", "{1 :x 1.0 :y}", "{true 1 1 2}"}) {
        INFO(text);
        CHECK(std::string(Py_TYPE(read_one(text).get())->tp_name) == "catena.MapForm");
        CHECK(shown(text) == text);
    }
    for (const char* text : {"#{(f)}", "#{[1]}", "#{a a}", "#{1 1.0}", "#{#{1}}"}) {
        INFO(text);
        CHECK(std::string(Py_TYPE(read_one(text).get())->tp_name) == "catena.SetForm");
        CHECK(shown(text) == text);
    }
    CHECK(shown("{:a 1 :b}") ==
          "1:1-1:10 a map needs a value for every key: this one has 3 forms | "
          "the last one stands alone, or a value is missing before it");
    CHECK(shown("(f {a #_ b})").find("1:4-1:12 a map needs a value") == 0);
    CHECK(shown("{1}").find("this one has 1 form |") != std::string::npos);
}

TEST_CASE("prefixes") {
    CHECK(shown("'x `x ~x ,x ~@x ,@x @x") ==
          "(quote x)\n(quasiquote x)\n(unquote x)\n(unquote x)\n(unquote-splicing x)\n(unquote-splicing x)\n(deref x)");
    CHECK(shown("^int x [#* xs #** ys]") == "(%annotated x int)\n[(%splat xs) (%splat-map ys)]");
    CHECK(shown("''x '`(a ,@b) ^(f a) ^b c") ==
          "(quote (quote x))\n(quote (quasiquote (a (unquote-splicing b))))\n(%annotated (%annotated c b) (f a))");
    CHECK(shown("' x '#_y z '; comment\nw") == "(quote x)\n(quote z)\n(quote w)");
    CHECK(shown("#*xs #**xs") == "(%splat xs)\n(%splat-map xs)");
}

TEST_CASE("a comma is unquote directly before a form and white space elsewhere") {
    CHECK(shown("[1, 2] {:a 1, :b 2,} (a ,)") == "[1 2]\n{:a 1 :b 2}\n(a)");
    CHECK(shown("`(a ,b ,@c ,(d) ,[e] ,\"f\" ,:g)") ==
          "(quasiquote (a (unquote b) (unquote-splicing c) (unquote (d)) (unquote [e]) (unquote \"f\") (unquote :g)))");
    CHECK(shown("a,b") == "a\n(unquote b)");
    CHECK(shown("[1,2]") == "[1 (unquote 2)]");
    CHECK(shown(",,x") == "(unquote (unquote x))");
    CHECK(shown("a,;c\nb,#|c|#d,#_e f,") == "a\nb\nd\nf");
    CHECK(shown("a,\xc2\xa0"
                "b") == "a\nb");
}

TEST_CASE("functions in short") {
    CHECK(shown("#(+ % %2)") == "(fn [%1 %2] (+ %1 %2))");
    CHECK(shown("#(f)") == "(fn [] (f))");
    CHECK(shown("#()") == "(fn [] ())");
    CHECK(shown("#(f %3)") == "(fn [%1 %2 %3] (f %3))");
    CHECK(shown("#(f % %&)") == "(fn [%1 & %&] (f %1 %&))");
    CHECK(shown("#(g [% {:k %2}] '%)") == "(fn [%1 %2] (g [%1 {:k %2}] (quote %1)))");
    CHECK(shown("#(f %.shape %2.a.b %x %%)") == "(fn [%1 %2] (f %1.shape %2.a.b %x %%))");
    CHECK(shown("#(f #_ %9 %)") == "(fn [%1] (f %1))");
    CHECK(shown("% #(f %) %") == "%\n(fn [%1] (f %1))\n%");
    CHECK(shown("#(f \"%\" f\"{%}\")") == "(fn [%1] (f \"%\" (%fstring (%field %1 nil nil))))");
    CHECK(shown("#(a #(b))") == "1:5-1:7 a #( ) cannot stand inside another | write the inner one as (fn [x] ...)");
    CHECK(shown("#(f %\xc2\xa0%2)") == "(fn [%1 %2] (f %1 %2))");
    CHECK(shown("#(f %:a)").find("a colon cannot stand in the name %:a") != std::string::npos);
    CHECK(shown("#(f %100)").find("%100 is no parameter of #( )") != std::string::npos);
    CHECK(shown("#(f %0)").find("%0 is no parameter of #( )") != std::string::npos);
    CHECK(shown("#(f %99999999999999999999)").find("is no parameter") != std::string::npos);
}

TEST_CASE("comments") {
    CHECK(shown("a ; b\nc") == "a\nc");
    CHECK(shown("a #| b #| c |# d |# e #||# f") == "a\ne\nf");
    CHECK(shown("#_ a b #_ #_ c d e (#_ f) [#_(g (h)) i]") == "b\ne\n()\n[i]");
    CHECK(shown("#!/usr/bin/env catena\na") == "a");
    CHECK(shown("#!only") == "");
    CHECK(shown("a ; \rb") == "a\nb");
    CHECK(shown("a\n#!b").find("only the first line of a file may begin with #!") != std::string::npos);
    CHECK(shown("#| a |# |#") == "1:9-1:11 |# closes nothing: no comment #| is open here");
    CHECK(shown("; no line break at the end") == "");
}

TEST_CASE("byte order mark, line ends, columns") {
    CHECK(shown("\xef\xbb\xbf"
                "a )") ==
          "1:3-1:4 ) closes nothing: no bracket is open here | the form before it, which "
          "begins at 1:1, is already closed");
    CHECK(shown("\xef\xbb\xbf#!x\na") == "a");
    CHECK(shown("a\r\nb\rc\n )").find("4:2-4:3 ") == 0);
    CHECK(shown("\"é😀\" )").find("1:6-1:7 ") == 0);
    CHECK(shown("; é\né é )").find("2:5-2:6 ") == 0);
    CHECK(shown("#|é\né|# )").find("2:5-2:6 ") == 0);
}

TEST_CASE("text that is no UTF-8 is located") {
    CHECK(shown("(a é\n \xff)") == "2:2-2:3 the text is not UTF-8: byte 0xff | save the file as UTF-8");
    for (const char* bad : {"\x80", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                            "\xf8\x88\x80\x80", "\"abcdefgh\xe9\""}) {
        INFO(bad);
        CHECK(shown(bad).find("the text is not UTF-8") != std::string::npos);
    }
}

TEST_CASE("brackets that do not match name the open one") {
    CHECK(shown("(a\n [b)") == "2:4-2:5 ) does not close the [ at 2:2 | it is closed by ]");
    CHECK(shown("#{a]") == "1:4-1:5 ] does not close the #{ at 1:1 | it is closed by }");
    CHECK(shown(")") == "1:1-1:2 ) closes nothing: no bracket is open here");
    CHECK(shown("(a))").find("the form before it, which begins at 1:1, is already closed") != std::string::npos);
    CHECK(shown("(a") == "1:1-1:2 the ( at 1:1 is not closed (incomplete)");
    CHECK(shown("(a [b #{c") == "1:7-1:9 the #{ at 1:7 is not closed (incomplete)");
    CHECK(shown("(defn f []\n  (g)\n(defn h [])\n") ==
          "1:1-1:2 the ( at 1:1 is not closed | line 3 begins a new form at the left margin while the ( at 1:1 "
          "is still open (incomplete)");
    CHECK(shown("\n \"abc") == "2:2-2:3 the string that begins at 2:2 is not closed (incomplete)");
    CHECK(shown("r\"abc\\\"") == "1:1-1:3 the string that begins at 1:1 is not closed (incomplete)");
    CHECK(shown("\"abc\\") == "1:1-1:2 the string that begins at 1:1 is not closed (incomplete)");
    CHECK(shown("(a #| b #| c |#") ==
          "1:4-1:6 the comment #| that begins at 1:4 is not closed | it ends with |# (incomplete)");
}

TEST_CASE("prefixes without a form") {
    CHECK(shown("(a ')") == "1:4-1:5 ' needs a form after it, not )");
    CHECK(shown("(a #_)") == "1:4-1:6 #_ needs a form after it, not )");
    CHECK(shown("[^int]") == "1:2-1:3 ^ needs a form after it, not ]");
    CHECK(shown("'") == "1:1-1:2 ' needs a form after it, but the text ends (incomplete)");
    CHECK(shown("#_") == "1:1-1:3 #_ needs a form after it, but the text ends (incomplete)");
    CHECK(shown("^int").find("(incomplete)") != std::string::npos);
    CHECK(shown("#**").find("1:1-1:4 #** needs a form") == 0);
}

TEST_CASE("what people of other languages type first") {
    CHECK(shown("#t") == "1:1-1:3 #t means nothing | write true");
    CHECK(shown("#f") == "1:1-1:3 #f means nothing | write false");
    CHECK(shown("\\a").find("a character is a string of length one: \"a\"") != std::string::npos);
    CHECK(shown("#\\a").find("a character is a string of length one: \"a\"") != std::string::npos);
    CHECK(shown("#'f").find("a function is its name") != std::string::npos);
    CHECK(shown("#;x").find("#_") != std::string::npos);
    CHECK(shown("# comment").find("a comment begins with ;") != std::string::npos);
    CHECK(shown("#").find("# means nothing") != std::string::npos);
    CHECK(shown("a\\b").find("a backslash means something only inside a string") != std::string::npos);
}

TEST_CASE("the reader gives one form at a time and says what is open") {
    SpanTable spans;
    Reader reader("a 42\n(b [\"c", spans);
    CHECK(printed(reader.next()->get()) == "a");
    CHECK(reader.offset() == 1);
    CHECK(printed(reader.next()->get()) == "42");
    CHECK(shown(reader.span()) == "1:3-1:5");
    CHECK(reader.open().empty());
    const auto failure = reader.next();
    REQUIRE_FALSE(failure);
    CHECK(failure.error().incomplete);
    REQUIRE(reader.open().size() == 3);
    CHECK(reader.open()[0].text == "(");
    CHECK(shown(reader.open()[0].span) == "2:1-2:2");
    CHECK(reader.open()[1].text == "[");
    CHECK(reader.open()[2].text == "\"");
    CHECK_FALSE(*reader.next());
    CHECK_FALSE(*reader.next());
}

TEST_CASE("a text may begin anywhere in its file") {
    SpanTable spans;
    Reader reader("a\n#!x", spans, {7, 5});
    CHECK(reader.next());
    CHECK(shown(reader.span()) == "7:5-7:6");
    CHECK(shown(reader.next().error()).find("8:1-8:4 ") == 0);
    SpanTable other;
    Reader comment("#!x", other, {7, 1});
    CHECK_FALSE(comment.next());
}
