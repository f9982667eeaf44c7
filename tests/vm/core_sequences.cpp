// Sequence functions, sorting, lazy sequences, plain.
#include "tests/support/catch.hpp"
#include "tests/vm/core_eval.hpp"

using namespace catena::tests;

TEST_CASE("core: flatten and plain keep a work list, not a stack") {
    CHECK(core("(flatten [1 [2 #[3 [4]]] (5 (6))])") == "[1 2 3 4 5 6]");
    CHECK(core("(flatten nil)") == "[]");
    REQUIRE(python("deep = []\n"
                   "for _ in range(200000): deep = [deep]\n"
                   "assert core.flatten(deep) == []\n"
                   "copy = core.plain(deep)\n"
                   "while deep: deep = deep[0]\n"
                   "while copy: copy = copy[0]\n"
                   "shared = [1]\n"
                   "for _ in range(60): shared = [shared, shared]\n"
                   "copy = core.plain(shared)\n"
                   "assert copy[0] is copy[1]\n") == "ok");
    REQUIRE(python("looped = [1]; looped.append(looped); variables['looped'] = looped\n") == "ok");
    CHECK(core("(flatten looped)") == "ValueError: flatten: the sequence contains itself");
    CHECK(core("(plain looped)") == "ValueError: plain: the value contains itself");
}

TEST_CASE("core: plain gives exact types") {
    CHECK(core("(plain {:a (:b #[:c])})") == "{\"a\" [\"b\" #[\"c\"]]}");
    REQUIRE(
        python(
            "import enum\n"
            "class Color(enum.IntEnum): RED = 1\n"
            "class Text(str): pass\n"
            "k = core.keyword\n"
            "made = core.plain({k('a'): core.list(k('b')), core.list(1): Color.RED, 't': Text('q'), 's': {k('x')}})\n"
            "assert made == {'a': ['b'], (1,): 1, 't': 'q', 's': {'x'}}\n"
            "assert [type(key) for key in made] == [str, tuple, str, str]\n"
            "assert type(made[(1,)]) is int and type(made['t']) is str\n"
            "assert core.plain(True) is True\n") == "ok");
}

TEST_CASE("core: sort is stable in both directions, with every kind of comparator") {
    REQUIRE(python("import random\n"
                   "for _ in range(200):\n"
                   "    xs = [(random.randint(0, 5), i) for i in range(random.randint(0, 40))]\n"
                   "    key = lambda p: p[0]\n"
                   "    up, down = sorted(xs, key=key), sorted(xs, key=key, reverse=True)\n"
                   "    before = list(xs)\n"
                   "    assert core.sort(lambda a, b: a[0] < b[0], xs) == up\n"
                   "    assert core.sort(lambda a, b: a[0] - b[0], xs) == up\n"
                   "    assert core.sort(lambda a, b: a[0] > b[0], xs) == down\n"
                   "    assert core.sort(xs, key=key, reverse=True) == down\n"
                   "    ns = [p[0] for p in xs]\n"
                   "    assert core.sort(vars(core)['>'], ns) == sorted(ns, reverse=True)\n"
                   "    assert core.sort(core.compare, ns) == sorted(ns)\n"
                   "    assert xs == before\n"
                   "core.sort(lambda a, b: random.random() < 0.5, list(range(500)))\n") == "ok");
    CHECK(core("(sort [1 \"a\"])").starts_with("TypeError"));
    CHECK(python("core.sort(lambda a, b: 1 / 0, [1, 2])") == "ZeroDivisionError: division by zero");
}

TEST_CASE("core: zip and enumerate take Python's keywords") {
    CHECK(core("(zip [1 2] [3])") == "[#[1 3]]");
    CHECK(core("(enumerate \"ab\" 5)") == "[#[5 \"a\"] #[6 \"b\"]]");
    CHECK(python("core.zip([1, 2], [3], strict=True)") == "ValueError: zip: operand 2 is shorter than those before it");
    CHECK(python("core.zip([1], [3, 4], strict=True)") == "ValueError: zip: operand 2 is longer than those before it");
    CHECK(
        python(
            "assert core.zip([1], [2], strict=True) == [(1, 2)]\nassert core.enumerate('a', start=3) == [(3, 'a')]") ==
        "ok");
    CHECK(python("core.zip([1], srict=True)").starts_with("TypeError: zip takes no keyword argument :srict"));
}

TEST_CASE("core: parts") {
    CHECK(core("(partition 3 3 [:p] (range 4))") == "[[0 1 2] [3 :p]]");
    CHECK(core("(partition 0 [1])") == "ValueError: partition: the size must be at least 1, not 0");
    CHECK(core("(interpose 0 [1 2])") == "[1 0 2]");
    CHECK(core("(interleave [1 2] [3])") == "[1 3]");
    CHECK(core("(distinct [[1] [1] 1 1.0])") == "[[1] 1]");
    CHECK(core("(dedupe [1 1 2 1])") == "[1 2 1]");
    CHECK(core("(subvec [1 2] 1 5)") == "IndexError: subvec: 1 to 5 is out of range for 2 items");
}

TEST_CASE("core: endless sequences are walked again, and refused where an end is needed") {
    let_core("ones", "(repeat 1)");
    let_core("steps", "(iterate inc 0)");
    let_core("round", "(cycle [1 2 3])");
    CHECK(core("(identity ones)") == "<lazy sequence repeat>");
    CHECK(core("(take 2 steps)") == "[0 1]");
    CHECK(core("(take 2 steps)") == "[0 1]");
    CHECK(core("(take 2 (rest (rest steps)))") == "[2 3]");
    CHECK(core("(nth steps 1000)") == "1000");
    CHECK(core("(take 4 (drop 1 round))") == "[2 3 1 2]");
    CHECK(core("(take 3 (cons :x round))") == "[:x 1 2]");
    CHECK(core("(take 3 (concat [0] nil round))") == "[0 1 2]");
    CHECK(core("(take 3 (zip round steps))") == "[#[1 0] #[2 1] #[3 2]]");
    CHECK(core("(take 3 (interleave round steps))") == "[1 0 2]");
    CHECK(core("(take 3 (interpose :s round))") == "[1 :s 2]");
    CHECK(core("(take 2 (partition 2 1 round))") == "[[1 2] [2 3]]");
    CHECK(core("(take 2 (partition 2 4 steps))") == "[[0 1] [4 5]]");
    CHECK(core("(take 2 (take-nth 2 steps))") == "[0 2]");
    CHECK(core("(take 3 (distinct round))") == "[1 2 3]");
    CHECK(core("(take 2 (enumerate round))") == "[#[0 1] #[1 2]]");
    CHECK(core("(infinite? (rest steps))") == "true");
    CHECK(core("(empty? ones)") == "false");
    CHECK(core("(contains? round 3)") == "true");
    CHECK(core("(cycle [])") == "[]");
    REQUIRE(
        python(
            "import itertools\n"
            "for name in 'count last sort vec reverse flatten butlast frequencies doall dorun join product'.split():\n"
            "    for endless in (lambda: ones, lambda: itertools.count(), lambda: itertools.cycle([1])):\n"
            "        try: vars(core)[name](endless())\n"
            "        except ValueError as e: assert str(e) == name + ': the sequence never ends'\n"
            "        else: assert False, name\n"
            "assert core.count(itertools.repeat(1, 3)) == 3\n"
            "made = vars(core)['lazy_seq*'](lambda: iter([1, 2]))\n"
            "assert core.vec(made) == core.vec(made) == [1, 2]\n") == "ok");
}

TEST_CASE("core: lazy sequences over lazy sequences") {
    REQUIRE(
        python("s = core.repeat(0)\n"
               "for i in range(200000): s = core.cons(i, s)\n"
               "assert core.nth(s, 199999) == 0 and core.nth(s, 200005) == 0 and core.take(2, s) == [199999, 199998]\n"
               "s = core.repeat(0)\n"
               "for i in range(200000): s = core.interpose(1, s)\n"
               "try: core.first(s)\n"
               "except RecursionError: pass\n"
               "z = core.concat([1], None, core.cycle([7, 8]))\n"
               "assert core.take(4, z) == core.take(4, z) == [1, 7, 8, 7]\n") == "ok");
    CHECK(core("(int32array (repeat 1))") == "ValueError: int32array: the sequence never ends");
}

TEST_CASE("core: lazy sequences and atoms in a cycle are collected") {
    REQUIRE(python("import gc, weakref\n"
                   "a = core.atom(None)\n"
                   "vars(core)['reset!'](a, core.list(core.iterate(core.constantly(a), 1)))\n"
                   "ref = weakref.ref(a)\n"
                   "del a\n"
                   "gc.collect()\n"
                   "assert ref() is None\n") == "ok");
}
