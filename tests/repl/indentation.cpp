// Where lines of code belong.
#include "repl/indentation.hpp"

#include "tests/support/catch.hpp"

using namespace catena;

namespace {

// The column of a line begun at the end of the text; -1 where it is not ours to move.
int next_line(std::string text) {
    text += '\n';
    const auto column = indentation_at(text, tokens_of(text), text.size());
    return column ? static_cast<int>(*column) : -1;
}

}  // namespace

TEST_CASE("calls, bodies and data") {
    CHECK(next_line("") == 0);
    CHECK(next_line("(f)") == 0);
    CHECK(next_line("(f a") == 3);
    CHECK(next_line("(f") == 1);
    CHECK(next_line("(") == 1);
    CHECK(next_line("(f (g b) [c]") == 3);
    CHECK(next_line("(f a\n   (g b c)") == 3);
    CHECK(next_line("(defn f [x]") == 2);
    CHECK(next_line("  (let [a 1") == 8);
    CHECK(next_line("  (let [a 1]") == 4);
    CHECK(next_line("(core/when a") == 2);
    CHECK(next_line("(with-zero-copy") == 2);
    CHECK(next_line("(default a") == 9);
    CHECK(next_line("{:a 1") == 1);
    CHECK(next_line("#{a") == 2);
    CHECK(next_line("'(when a") == 2);
    CHECK(next_line("(let ((a 1)") == 6);
    CHECK(next_line("((f a) b") == 1);
    CHECK(next_line("#(map f") == 6);
    CHECK(next_line("(f ; a comment") == 1);
    CHECK(next_line("(f 'a") == 3);
    CHECK(next_line("(a \xc3\xa9 (b c") == 8);
    CHECK(next_line("(-> x") == 4);
}

TEST_CASE("strings and comments stay as they are") {
    CHECK(next_line("(f \"abc") == -1);
    CHECK(next_line("#| abc") == -1);
    CHECK(next_line("(f f\"abc") == -1);
    CHECK(next_line("(f f\"abc {(g a") == 13);
    CHECK(next_line("(f \"abc\"") == 3);
}
