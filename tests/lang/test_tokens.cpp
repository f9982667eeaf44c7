// The pieces of a text as it is written, finished or not.
#include "lang/tokens.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace catena;

namespace {

// Each token as its kind's letter and its text: "n:foo"; unfinished ones with a star.
std::string cut(std::string_view text) {
    std::string shown;
    for (const Token& token : tokens_of(text)) {
        if (!shown.empty()) shown += ' ';
        shown += ";()'n:c1sX"[static_cast<std::size_t>(token.kind)];
        shown += token.finished ? "|" : "*";
        shown += text.substr(token.begin, token.end - token.begin);
    }
    return shown;
}

}  // namespace

TEST_CASE("atoms") {
    CHECK(cut("a :b nil -1.5 \"s\\\"t\" r\"x\" #\"\\d\" inf :") ==
          "n|a :|:b c|nil 1|-1.5 s|\"s\\\"t\" s|r\"x\" s|#\"\\d\" 1|inf n|:");
    CHECK(cut("1x #t \\a a:b \x01 x") == "X|1x X|#t X|\\ n|a X|a:b X|\x01 n|x");
    CHECK(cut("\xc3\xa9\xc2\xa0\xc3\xa9") == "n|\xc3\xa9 n|\xc3\xa9");
}

TEST_CASE("brackets know their mates") {
    const auto tokens = tokens_of("(a [b] #{c})");
    CHECK(tokens[0].mate == tokens.size() - 1);
    CHECK(tokens[2].mate == 4);
    CHECK(tokens[4].mate == 2);
    CHECK(cut("(a]) b)") == "(|( n|a X|] )|) n|b X|)");
    CHECK(tokens_of("(a")[0].mate == no_mate);
}

TEST_CASE("prefixes and comments") {
    CHECK(cut("'a `(,b ,@c) ~d @e ^f g #_h #* i #** j") ==
          "'|' n|a '|` (|( '|, n|b '|,@ n|c )|) '|~ n|d '|@ n|e '|^ n|f n|g '|#_ n|h '|#* n|i '|#** n|j");
    CHECK(cut("[1, 2]") == "(|[ 1|1 1|2 )|]");
    CHECK(cut("#!x\na ; b\n#| c #| d |# |# e") == ";|#!x n|a ;|; b ;|#| c #| d |# |# n|e");
}

TEST_CASE("f-strings are cut at their fields") {
    CHECK(cut("f\"a{{ {x!r:>{w}} {(f \"q\")}\" b") ==
          "s|f\"a{{  (|{ n|x s|!r s|: s|> (|{ n|w )|} )|} s|  (|{ (|( n|f s|\"q\" )|) )|} s|\" n|b");
    CHECK(cut("f\"{x=}\"") == "s|f\" (|{ n|x s|= )|} s|\"");
    CHECK(cut("f\"{:k}\" y") == "s|f\" (|{ :|:k )|} s|\" n|y");
    CHECK(cut("f\"{x:>\" y") == "s|f\" (|{ n|x s|: s|>\" n|y");
}

TEST_CASE("what the text ends in") {
    CHECK(cut("(f \"abc") == "(|( n|f s*\"abc");
    CHECK(cut("#| a") == ";*#| a");
    CHECK(cut("f\"a {x") == "s|f\"a  (|{ n|x");
    CHECK(cut("f\"") == "s*f\"");
    CHECK(cut("\"\\") == "s*\"\\");
    CHECK(cut("f\"{x!") == "s|f\" (|{ n|x!");
    CHECK(cut("") == "");
}

TEST_CASE("any bytes have tokens that follow each other") {
    unsigned state = 1;
    const auto random = [&] { return (state = state * 1103515245u + 12345u) >> 16; };
    constexpr std::string_view pieces[] = {
        "(", ")",  "[", "]", "{", "}", "#", "\"", "f\"",      "\\",           "|",  ":", "!", "r", "=",
        " ", "\n", ",", "@", "a", "1", ";", "'",  "\xc3\xa9", "\xed\xa0\x80", "#|", "|#"};
    for (int round = 0; round < 20000; ++round) {
        std::string text;
        for (unsigned i = random() % 14; i > 0; --i) text += pieces[random() % std::size(pieces)];
        INFO(text);
        std::size_t behind = 0;
        const auto tokens = tokens_of(text);
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            REQUIRE(tokens[i].begin >= behind);
            REQUIRE(tokens[i].end > tokens[i].begin);
            REQUIRE(tokens[i].end <= text.size());
            if (tokens[i].mate != no_mate) REQUIRE(tokens[tokens[i].mate].mate == i);
            behind = tokens[i].end;
        }
        for (std::size_t at = 0; at <= text.size(); ++at) {
            const auto bracket = open_bracket_at(tokens, at);
            if (bracket != no_mate) REQUIRE(tokens[bracket].begin < at);
        }
    }
}

TEST_CASE("a million open brackets") {
    const auto tokens = tokens_of(std::string(1'000'000, '('));
    CHECK(tokens.size() == 1'000'000);
    CHECK(open_bracket_at(tokens, 1'000'000) == 999'999);
}
