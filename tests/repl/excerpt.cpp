#include "repl/excerpt.hpp"

#include "tests/support/catch.hpp"

using catena::draw_excerpt;
using catena::Excerpt;
using catena::Span;

namespace {

Span columns(std::uint32_t from, std::uint32_t to) { return {1, from, 1, to}; }

}  // namespace

TEST_CASE("the mark stands under its characters") {
    const Excerpt excerpt = draw_excerpt("(f abc)", columns(4, 7), 80);
    CHECK(excerpt.line == "(f abc)");
    CHECK(excerpt.marks == "   ^~~");
    CHECK(draw_excerpt("(f abc)", columns(1, 2), 80).marks == "^");
    CHECK(draw_excerpt("(f abc)", columns(1, 1), 80).marks == "^");
}

TEST_CASE("a span of several lines is marked to the end of its first") {
    CHECK(draw_excerpt("(f abc", {1, 2, 3, 1}, 80).marks == " ^~~~~");
}

TEST_CASE("tabs, wide and combining characters keep the mark in its place") {
    CHECK(draw_excerpt("\tx y", columns(4, 5), 80).line == "    x y");
    CHECK(draw_excerpt("\tx y", columns(4, 5), 80).marks == "      ^");
    CHECK(draw_excerpt("中x", columns(2, 3), 80).marks == "  ^");
    CHECK(draw_excerpt("中x", columns(1, 2), 80).marks == "^~");
    CHECK(draw_excerpt("e\u0301x", columns(3, 4), 80).marks == " ^");
}

TEST_CASE("what cannot be shown is made visible") {
    CHECK(draw_excerpt(std::string_view("a\x01"
                                        "b",
                                        3),
                       columns(3, 4), 80)
              .line == "a\u2401b");
    CHECK(draw_excerpt("a\xff"
                       "b",
                       columns(3, 4), 80)
              .line == "a\ufffdb");
    CHECK(draw_excerpt("a\xff"
                       "b",
                       columns(3, 4), 80)
              .marks == "  ^");
}

TEST_CASE("long lines are cut around the mark") {
    const std::string line = std::string(500, 'a') + "bcd" + std::string(500, 'e');
    const Excerpt excerpt = draw_excerpt(line, columns(501, 504), 40);
    CHECK(excerpt.marks.size() <= 42);
    CHECK(excerpt.marks.ends_with("^~~"));
    const std::size_t mark = excerpt.marks.find('^');
    // The cut is one column wide and three bytes long.
    CHECK(excerpt.line.substr(mark + 2, 3) == "bcd");
    CHECK(excerpt.line.starts_with("…"));
    CHECK(excerpt.line.ends_with("…"));
}

TEST_CASE("columns beyond the line are at its end") {
    CHECK(draw_excerpt("ab", columns(9, 12), 80).marks == "  ^");
    CHECK(draw_excerpt("", columns(1, 2), 80).marks == "^");
}

TEST_CASE("remembered texts come before files") {
    catena::remember_source("<here>", "one\r\ntwo\n");
    std::string line;
    REQUIRE(catena::source_line("<here>", 2, &line));
    CHECK(line == "two");
    CHECK_FALSE(catena::source_line("<here>", 3, &line));
    CHECK_FALSE(catena::source_line("<there>", 1, &line));
    CHECK_FALSE(catena::source_line("/", 1, &line));
}
