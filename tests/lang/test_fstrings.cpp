// f-strings: text, fields, conversions, specs.
#include "tests/lang/support.hpp"
#include "tests/support/catch.hpp"

using namespace catena;
using namespace catena::tests;

TEST_CASE("an f-string without fields is a string") {
    CHECK(python_repr(R"(f"plain" f"" F"x" f"{{}}" f"a\n\x41\u00e9")") == "'plain'\n''\n'x'\n'{}'\n'a\\nAé'");
}

TEST_CASE("fields hold any form") {
    CHECK(shown(R"(f"x = {(+ x 1):.2f}, {name!r}")") ==
          R"((%fstring "x = " (%field (+ x 1) nil ".2f") ", " (%field name "r" nil)))");
    CHECK(shown(R"(f"{x}")") == "(%fstring (%field x nil nil))");
    CHECK(shown(R"(f"{x}{y}")") == "(%fstring (%field x nil nil) (%field y nil nil))");
    CHECK(shown(R"(f"{ x } { [1 2] } {{{x}}}")") ==
          R"((%fstring (%field x nil nil) " " (%field [1 2] nil nil) " {" (%field x nil nil) "}"))");
    CHECK(shown(R"(f"{ {:a 1} }")") == "(%fstring (%field {:a 1} nil nil))");
    CHECK(shown(R"(f"{(:name m)}{'q}{@d}{,u}{#(f %)}")") ==
          "(%fstring (%field (:name m) nil nil) (%field (quote q) nil nil) (%field (deref d) nil nil) "
          "(%field (unquote u) nil nil) (%field (fn [%1] (f %1)) nil nil))");
    CHECK(shown("f\"{(a ; comment }\n b)}\"") == "(%fstring (%field (a b) nil nil))");
    CHECK(shown("f\"{x #_ y}\"").find("a field holds one form") != std::string::npos);
    CHECK(shown("f\"{#_ y x}\"") == "(%fstring (%field x nil nil))");
}

TEST_CASE("quotes need no escape inside braces, and f-strings nest") {
    CHECK(shown(R"(f"{(get m "key")}")") == R"((%fstring (%field (get m "key") nil nil)))");
    CHECK(shown(R"(f"{f"{x}"}")") == "(%fstring (%field (%fstring (%field x nil nil)) nil nil))");
    CHECK(shown(R"(f"a{"}"}b")") == R"((%fstring "a" (%field "}" nil nil) "b"))");
}

TEST_CASE("a name ends at a colon and at a conversion") {
    CHECK(shown(R"(f"{x:>5}{m/x!r:>5}{:a:>5}{1:3d}{a.b!s}{'q!a}")") ==
          R"((%fstring (%field x nil ">5") (%field m/x "r" ">5") (%field :a nil ">5") (%field 1 nil "3d") )"
          R"((%field a.b "s" nil) (%field (quote q) "a" nil)))");
    CHECK(shown(R"(f"{set!}{x!r }{(set! x 1)}{x !r}")") ==
          R"((%fstring (%field set! nil nil) (%field x "r" nil) (%field (set! x 1) nil nil) (%field x "r" nil)))");
    CHECK(shown(R"(f"{x!z}")").find("after ! in a field comes r, s or a") != std::string::npos);
    CHECK(shown(R"(f"{(f) !}")").find("after ! in a field comes r, s or a") != std::string::npos);
    CHECK(shown(R"(f"{x!r!s}")").find("a field holds one form") != std::string::npos);
}

TEST_CASE("specs are text and fields again") {
    CHECK(shown(R"(f"{y:>{w}.{p}}")") ==
          R"((%fstring (%field y nil (%fstring ">" (%field w nil nil) "." (%field p nil nil)))))");
    CHECK(shown(R"(f"{y:{w}}")") == "(%fstring (%field y nil (%fstring (%field w nil nil))))");
    CHECK(shown(R"(f"{y:}")") == R"((%fstring (%field y nil "")))");
    CHECK(shown(R"(f"{d:%Y-%m-%d %H:%M}")") == R"((%fstring (%field d nil "%Y-%m-%d %H:%M")))");
    CHECK(shown(R"(f"{y:{w!r:{v}}}")") ==
          R"((%fstring (%field y nil (%fstring (%field w "r" (%fstring (%field v nil nil)))))))");
}

TEST_CASE("{x=} shows its source") {
    CHECK(shown(R"(f"{x=}")") == R"((%fstring "x=" (%field x "r" nil)))");
    CHECK(shown(R"(f"a {x = }b")") == R"((%fstring "a x = " (%field x "r" nil) "b"))");
    CHECK(shown(R"(f"{(+ 1 2)=:>5}{x=!s}")") ==
          R"((%fstring "(+ 1 2)=" (%field (+ 1 2) nil ">5") "x=" (%field x "s" nil)))");
    CHECK(shown(R"(f"{=}{<=}{(= a b)}")") ==
          "(%fstring (%field = nil nil) (%field <= nil nil) (%field (= a b) nil nil))");
}

TEST_CASE("what is wrong in an f-string") {
    CHECK(shown(R"(f"a}b")") == "1:4-1:5 a lone } in an f-string | a literal brace is written }}");
    CHECK(shown(R"(f"{}")") == "1:3-1:5 an empty field in an f-string | a literal brace is written {{ or }}");
    CHECK(shown(R"(f"{x y}")") ==
          "1:6-1:7 a field holds one form, then !r !s or !a, then :format, then } | "
          "this is inside the { at 1:3; two forms need brackets around them");
    CHECK(shown(R"(f"{(a}")") == "1:6-1:7 } does not close the ( at 1:4 | it is closed by )");
    CHECK(shown(R"(f"{x:>5")") == "1:8-1:9 the f-string ends at 1:8 inside the { at 1:3 | the field is closed by }");
    CHECK(shown("f\"{x)\"").find("a field holds one form") != std::string::npos);
    CHECK(shown("f\"\\q{x}\"").find("unknown escape \\q") != std::string::npos);
    CHECK(shown("f\"{x") == "1:3-1:4 the { at 1:3 is not closed (incomplete)");
    CHECK(shown("f\"{x:") == "1:3-1:4 the { at 1:3 is not closed (incomplete)");
    CHECK(shown("f\"{x!") == "1:3-1:4 the { at 1:3 is not closed (incomplete)");
    CHECK(shown("f\"{") == "1:3-1:4 the { at 1:3 is not closed (incomplete)");
    CHECK(shown("f\"abc") == "1:1-1:3 the f\" at 1:1 is not closed (incomplete)");
    CHECK(shown("f\"{'}\"") == "1:4-1:5 ' needs a form after it, not }");
    CHECK(shown("f\"{a:b:c}\"") == "(%fstring (%field a nil \"b:c\"))");
}

TEST_CASE("the forms of an f-string know where they stand in the file") {
    SpanTable spans;
    const Ref form = read_one("\n f\"é{(f x)!r:>{w}} b\"", spans);
    CHECK(shown(spans.of(form.get())) == "2:2-2:22");
    CHECK(shown(spans.of_child(form.get(), 1)) == "2:4-2:5");
    CHECK(shown(spans.of_child(form.get(), 2)) == "2:5-2:19");
    CHECK(shown(spans.of_child(form.get(), 3)) == "2:19-2:21");
    const Ref field = steal(PySequence_GetItem(form.get(), 2));
    CHECK(shown(spans.of_child(field.get(), 1)) == "2:6-2:11");
    const Ref spec = steal(PySequence_GetItem(field.get(), 3));
    CHECK(shown(spans.of(spec.get())) == "2:13-2:18");
    const Ref call = steal(PySequence_GetItem(field.get(), 1));
    CHECK(shown(spans.of_child(call.get(), 1)) == "2:9-2:10");
}
