#include "repl/format.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "lang/tokens.hpp"
#include "repl/indentation.hpp"
#include "tests/support/catch.hpp"

using catena::format_source;

namespace {

std::string formatted(std::string_view text, std::size_t width = catena::format_width) {
    const auto result = format_source(text, width);
    REQUIRE(result.has_value());
    CHECK(format_source(*result, width) == *result);
    const auto alike = catena::reads_alike(text, *result);
    REQUIRE(alike.has_value());
    CHECK(*alike);
    return *result;
}

std::vector<std::string> programs() {
    std::vector<std::string> found;
    const std::filesystem::path root = std::getenv("CATENA_SOURCE");
    for (const char* folder : {"stdlib", "repl", "examples", "docs", "tests"}) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
            if (entry.path().extension() == ".lisp") found.push_back(entry.path());
        }
    }
    REQUIRE(found.size() > 40);
    return found;
}

std::string contents(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

}  // namespace

TEST_CASE("blanks and brackets") {
    CHECK(formatted("") == "");
    CHECK(formatted(" \n\n") == "");
    CHECK(formatted("a   b") == "a b\n");
    CHECK(formatted("(f\n  a\n)") == "(f\n  a)\n");
    CHECK(formatted("( f a )") == "(f a)\n");
    CHECK(formatted("{:a 1 , :b 2,}") == "{:a 1, :b 2}\n");
    CHECK(formatted("\n\n(f)\n\n\n\n\n(g)") == "(f)\n\n\n(g)\n");
    CHECK(formatted("(f a\n\n\n\n   b)") == "(f a\n\n   b)\n");
    CHECK(formatted("'( a ) `(b ,c ,@d) @e #(+ % 1) #* xs ^int x") == "'(a) `(b ,c ,@d) @e #(+ % 1) #* xs ^int x\n");
}

TEST_CASE("indentation") {
    CHECK(formatted("(let [x 1\ny 2]\nx)") == "(let [x 1\n      y 2]\n  x)\n");
    CHECK(formatted("(f a\nb)") == "(f a\n   b)\n");
    CHECK(formatted("(f\nb)") == "(f\n b)\n");
    CHECK(formatted("(until (= n 1)\n  (step))") == "(until (= n 1)\n  (step))\n");
    CHECK(formatted("   (until (= n 1)\n     (step))") == "(until (= n 1)\n  (step))\n");
    CHECK(formatted("'(f a\nb)") == "'(f a\n  b)\n");
    CHECK(formatted("[1\n    2]") == "[1\n 2]\n");
}

TEST_CASE("comments") {
    CHECK(formatted("#!/usr/bin/env catena\n(f)  ") == "#!/usr/bin/env catena\n(f)\n");
    CHECK(formatted("(f ; why  \n a)") == "(f ; why\n a)\n");
    CHECK(formatted("(f a\n; about b\nb)") == "(f a\n   ; about b\n   b)\n");
    CHECK(formatted("(f a ; last\n)") == "(f a ; last\n   )\n");
    CHECK(formatted("(f) ;=> 1\n  ; alone") == "(f) ;=> 1\n; alone\n");
    CHECK(formatted("#| a\n   b |# x") == "#| a\n   b |# x\n");
    CHECK(formatted("(f #_ (a  b) #_c d)") == "(f #_ (a b) #_c d)\n");
    CHECK(formatted("(a   ;  1\n b    ;  2\n cc   ;  3\n )").starts_with("(a"));
}

TEST_CASE("comments that stand under each other still do") {
    CHECK(formatted("(let [x 1      ; one\n  yy   (f 2)   ; two\n    ]\n x)") ==
          "(let [x 1        ; one\n      yy (f 2)   ; two\n      ]\n  x)\n");
    CHECK(formatted("(f  a)   ; one\n(f b)    ; two\n         ; and more\n") ==
          "(f a)   ; one\n(f b)   ; two\n        ; and more\n");
    CHECK(formatted("(f a),; one\n[b,  ; two\n]") == "(f a), ; one\n[b,  ; two\n ]\n");
}

TEST_CASE("columns of elements stay") {
    CHECK(formatted("(match x\n  1    :a\n  100  :b\n  _    :c)") == "(match x\n  1    :a\n  100  :b\n  _    :c)\n");
    CHECK(formatted("[[1    2]\n [100  3]]") == "[[1    2]\n [100  3]]\n");
    CHECK(formatted("(f  a   b)") == "(f a b)\n");
}

TEST_CASE("strings stay as they are") {
    const std::string text =
        "(def a \"x\n   y ; no\")\n(def b f\"{  (g \"a\"  \n 1):>{w}} {{ {x!r}\")\n(def c #\"a b\")\n";
    CHECK(formatted(text) == text);
    CHECK(formatted("f\"\" f\"a\\\"{b}\" f\"{a}{b}\" \"z\"") == "f\"\" f\"a\\\"{b}\" f\"{a}{b}\" \"z\"\n");
}

TEST_CASE("line ends and marks stay") {
    CHECK(formatted("(f\r\n  a)\r\n") == "(f\r\n  a)\r\n");
    CHECK(formatted("\xef\xbb\xbf(f )") == "\xef\xbb\xbf(f)\n");
}

TEST_CASE("long lines are broken") {
    CHECK(formatted("(defn area [width height] (* width height))", 30) ==
          "(defn area [width height]\n  (* width height))\n");
    CHECK(formatted("(if (ready? thing) (start thing) (wait-for thing))", 30) ==
          "(if (ready? thing)\n  (start thing)\n  (wait-for thing))\n");
    CHECK(formatted("(let [first-one 1 second-one 2] (+ first-one second-one))", 30) ==
          "(let [first-one 1\n      second-one 2]\n  (+ first-one second-one))\n");
    CHECK(formatted("{:name \"Ada Lovelace\" :born 1815}", 30) == "{:name \"Ada Lovelace\"\n :born 1815}\n");
    CHECK(formatted("[1000000 2000000 3000000 4000000]", 20) == "[1000000 2000000\n 3000000 4000000]\n");
    CHECK(formatted("(and (one thing) (two thing) (three thing))", 30) ==
          "(and (one thing)\n     (two thing)\n     (three thing))\n");
    CHECK(formatted("(cond (ready? thing) (start thing) else (wait))", 30) ==
          "(cond\n  (ready? thing) (start thing)\n  else (wait))\n");
    CHECK(formatted("(np.linspace 0.0 100.0 :num 5000 :endpoint false)", 30) ==
          "(np.linspace 0.0 100.0\n             :num 5000\n             :endpoint false)\n");
}

TEST_CASE("the body of a function that takes several lines begins one") {
    CHECK(formatted("(defn f [x] (* x\n2))") == "(defn f [x]\n  (* x\n     2))\n");
    CHECK(formatted("(def m {:a 1\n:b 2})") == "(def m {:a 1\n        :b 2})\n");
}

TEST_CASE("what cannot be read is not laid out") {
    const auto result = format_source("(f\n [a)");
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().span.line == 2);
}

TEST_CASE("what is read the same") {
    CHECK(catena::reads_alike("(a b)", "( a\nb )").value());
    CHECK_FALSE(catena::reads_alike("(a b)", "(a  c)").value());
    CHECK_FALSE(catena::reads_alike("(f 1)", "(f 1.0)").value());
    CHECK_FALSE(catena::reads_alike("(f :a)", "(f \"a\")").value());
    CHECK_FALSE(catena::reads_alike("a ; b", "a").value());
    CHECK_FALSE(catena::reads_alike("~ @x", "~@x").value());
    CHECK(catena::same_tokens("a ; b  \n", "a ; b\n"));
}

TEST_CASE("deep nesting needs no stack and no square of space") {
    std::string text;
    for (int i = 0; i < 200000; ++i) text += "(if ";
    text += "1";
    for (int i = 0; i < 200000; ++i) text += " 2)";
    const auto result = format_source(text);
    REQUIRE(result.has_value());
    CHECK(result->size() < 3 * text.size());
}

TEST_CASE("every program of the project reads the same, is settled, and is indented as the REPL does it") {
    for (const std::string& path : programs()) {
        CAPTURE(path);
        const std::string text = contents(path);
        if (!format_source(text)) {
            CHECK(path.find("/bad-input/") != std::string::npos);
            continue;
        }
        const std::string laid_out = formatted(text);
        const auto tokens = catena::tokens_of(laid_out);
        std::size_t line = 0, number = 0;
        while (line < laid_out.size()) {
            const std::size_t begin = laid_out.find_first_not_of(' ', line);
            ++number;
            const bool code = laid_out[begin] != '\n' && laid_out[begin] != ';' && laid_out[begin] != '\r';
            const auto column = code ? catena::indentation_at(laid_out, tokens, line) : std::nullopt;
            if (column) {
                CAPTURE(number);
                // The first line in a bracket may have begun it as a body, two columns further in.
                const auto bracket = catena::open_bracket_at(tokens, line);
                const std::size_t end = bracket == catena::no_mate ? 0 : tokens[bracket].end;
                const std::size_t before = end == 0 ? 0 : laid_out.rfind('\n', end - 1) + 1;
                const bool body = end != 0 && laid_out.find('\n', end) + 1 == line && begin - line == end - before + 1;
                CHECK((begin - line == *column || body));
            }
            line = laid_out.find('\n', begin) + 1;
        }
    }
}
