// Random data printed and read back; broken code of every kind, which must give a value or a located error.
#include <random>
#include <vector>

#include "lang/forms.hpp"
#include "lang/reader.hpp"
#include "tests/lang/support.hpp"
#include "tests/support/catch.hpp"

using namespace catena;
using namespace catena::tests;

namespace {

using Random = std::mt19937;

std::size_t below(Random& random, std::size_t n) { return random() % n; }

// Reads a text to its end, and holds the answer against what a reader promises.
void check_promises(std::string_view text) {
    SpanTable spans;
    Reader reader(text, spans);
    for (;;) {
        auto form = reader.next();
        REQUIRE(PyErr_Occurred() == nullptr);
        if (!form) {
            INFO(text);
            REQUIRE_FALSE(form.error().message.empty());
            REQUIRE(form.error().span.known());
            REQUIRE(form.error().incomplete == !reader.open().empty());
            return;
        }
        if (!*form) return;
        REQUIRE(reader.span().known());
        (void)datum(form->get(), spans);
        (void)printed(form->get());
    }
}

}  // namespace

TEST_CASE("random data reads back as what was printed") {
    python_run(
        "import random\n"
        "def chars(r): return ''.join(r.choice(['a', '\"', '\\\\', '\\n', '\\r', '{', '}', '%', 'é', '😀', '\\ud800', "
        "'\\0', '\\x85',"
        " chr(r.randrange(0x110000))]) for _ in range(r.randrange(8)))\n"
        "def real(r): return r.choice([r.uniform(-1, 1) * 10.0 ** r.randrange(-320, 308), -0.0, math.inf, -math.inf, "
        "float(r.randrange(9))])\n"
        "def atom(r): return r.choice([\n"
        "    lambda: None, lambda: True, lambda: False, lambda: r.randrange(-9, 9), lambda: "
        "r.getrandbits(r.randrange(1, 5000)),\n"
        "    lambda: -r.getrandbits(80), lambda: real(r), lambda: complex(real(r), real(r)), lambda: chars(r),\n"
        "    lambda: bytes(r.randrange(256) for _ in range(r.randrange(6))), lambda: Keyword(r.choice(['k', 'a-b', "
        "'x/y', 'é'])),\n"
        "    lambda: Symbol(r.choice(['a', '+', '->x', '...', ':', 'a.b', \"x'\", 'é', '%fstring']))])()\n"
        "def data(r, depth):\n"
        "    if depth == 0: return atom(r)\n"
        "    def items(): return [data(r, r.randrange(depth)) for _ in range(r.randrange(5))]\n"
        "    return r.choice([lambda: items(), lambda: tuple(items()), lambda: List(items()),\n"
        "        lambda: {atom(r): x for x in items()}, lambda: {atom(r) for _ in range(r.randrange(5))}])()\n"
        "def same(a, b):\n"
        "    if type(a) is not type(b): return False\n"
        "    if isinstance(a, (list, tuple, List)): return len(a) == len(b) and all(map(same, a, b))\n"
        "    if isinstance(a, dict): return len(a) == len(b) and all(same(list(x), list(y)) for x, y in zip(a.items(), "
        "b.items()))\n"
        "    if isinstance(a, (float, complex)): return repr(a) == repr(b)\n"
        "    return a == b\n"
        "r = random.Random(20240607)\n");
    for (int i = 0; i < 3000; ++i) {
        const Ref data = python("data(r, r.randrange(5))");
        const std::string text = printed(data.get());
        SpanTable spans;
        const auto forms = read_all(text, spans);
        if (!forms) FAIL(text << "\n" << shown(forms.error()));
        REQUIRE(forms->size() == 1);
        const auto value = datum(forms->front().get(), spans);
        REQUIRE(value);
        const Ref same = python("same");
        const Ref equal = steal(PyObject_CallFunctionObjArgs(same.get(), data.get(), value->get(), nullptr));
        INFO(text);
        REQUIRE(equal.get() == Py_True);
    }
}

TEST_CASE("random bytes and random tokens") {
    Random random(1);
    const std::vector<std::string> pieces = {
        "(",    ")",     "[",    "]",  "{",      "}",     "#{",    "#[", "#(",  "#\"", "\"", "\\",       "f\"",
        "r\"",  "b\"",   "rb\"", "'",  "`",      "~",     "~@",    ",",  ",@",  "@",   "^",  "#_",       "#*",
        "#**",  "#|",    "|#",   ";",  "\n",     "\r\n",  " ",     "a",  "%",   "%2",  "%&", ":k",       ":",
        "!r",   "!",     "=",    "1",  "-1.5e3", "1/2",   "0x",    "2j", "inf", "nil", "é",  "\xc2\xa0", "\xe2\x80\x8b",
        "\xff", "\\x41", "\\q",  "{{", "}}",     "(a b)", "\"s\"", "#",  "#!",  "..."};
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        const std::size_t length = below(random, 30);
        for (std::size_t i = 0; i < length; ++i) {
            text += round % 4 == 0 ? std::string(1, static_cast<char>(random())) : pieces[below(random, pieces.size())];
        }
        check_promises(text);
    }
}

TEST_CASE("code with a few bytes changed, and all of its beginnings") {
    const std::string code =
        "#!/usr/bin/env catena\n(defn f [x & y] \"doc é\" (+ x 1, 2.5e3 0xff) ; comment\n  `(a ,b ~c ,@d ~@e) #(+ % %2 "
        "%&))\n"
        "{:a 1, (b) 2} #{1 (c)} #[1 2] r\"raw\\d\" b\"by\\x00\" #\"\\d+\" f\"{(+ x 1):.2f} {n!r:>{w}} {x=} {{}}\" #| n "
        "#| m |# |# #_ d 'q @r ^T s\n";
    for (std::size_t i = 0; i <= code.size(); ++i) check_promises(std::string_view(code).substr(0, i));
    Random random(2);
    for (int round = 0; round < 10'000; ++round) {
        std::string text = code;
        for (std::size_t n = 1 + below(random, 4); n > 0; --n) {
            const std::size_t at = below(random, text.size());
            switch (below(random, 3)) {
                case 0: text[at] = static_cast<char>(random()); break;
                case 1: text.erase(at, 1 + below(random, 10)); break;
                default: text.insert(at, text, below(random, text.size()), below(random, 10));
            }
        }
        check_promises(text);
    }
}

TEST_CASE("the same text gives the same spans whatever stands before it in the file") {
    const std::string text = "(a é\n [\"x\ny\" 1.5] {:k f\"{z}\"})";
    SpanTable first_spans;
    SpanTable second_spans;
    const Ref first = read_one(text, first_spans);
    const auto second = read_all("; comment é\n#| é\n|# ()\n" + text, second_spans);
    REQUIRE(second);
    for (std::size_t i = 0; i < 4; ++i) {
        Span a = first_spans.of_child(first.get(), i);
        Span b = second_spans.of_child(second->back().get(), i);
        CHECK(a.line + 3 == b.line);
        CHECK(a.column == b.column);
        CHECK(a.end_column == b.end_column);
    }
}
