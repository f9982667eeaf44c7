// Looking into collections of every kind.
#include "tests/support/catch.hpp"
#include "tests/vm/core_eval.hpp"

using namespace catena::tests;

TEST_CASE("core: nothing has no items") {
    CHECK(core("(first nil)") == "nil");
    CHECK(core("(rest nil)") == "()");
    CHECK(core("(next nil)") == "nil");
    CHECK(core("(nth nil 3)") == "nil");
    CHECK(core("(count nil)") == "0");
    CHECK(core("(empty? nil)") == "true");
    CHECK(core("(vec nil)") == "[]");
    CHECK(core("(get nil :k)") == "nil");
    CHECK(core("(contains? nil 1)") == "false");
}

TEST_CASE("core: every iterable is a sequence") {
    REQUIRE(
        python("from collections import deque\n"
               "makers = [list, tuple, lambda x: core.list(*x), iter, deque, dict.fromkeys, lambda x: (i for i in x),\n"
               "          lambda x: range(len(x)), lambda x: core.__getattribute__('lazy_seq*')(lambda: iter(x))]\n"
               "for make in makers:\n"
               "    for n in (0, 1, 2, 5):\n"
               "        x = list(range(n))\n"
               "        item = lambda i: x[i] if i < n else None\n"
               "        assert core.first(make(x)) == item(0)\n"
               "        assert core.second(make(x)) == item(1)\n"
               "        assert core.last(make(x)) == (x[-1] if x else None)\n"
               "        assert core.rest(make(x)) == core.list(*x[1:])\n"
               "        assert core.next(make(x)) == (core.list(*x[1:]) if n > 1 else None)\n"
               "        assert core.count(make(x)) == n\n"
               "        assert vars(core)['empty?'](make(x)) == (n == 0)\n"
               "        assert core.butlast(make(x)) == x[:-1]\n"
               "        assert core.reverse(make(x)) == x[::-1]\n"
               "        assert core.nth(make(x), n, 'none') == 'none'\n"
               "        for k in (0, 1, 3, 9):\n"
               "            assert core.take(k, make(x)) == x[:k]\n"
               "            assert core.drop(k, make(x)) == x[k:]\n"
               "            assert core.split_at(k, make(x)) == [x[:k], x[k:]]\n"
               "        for size in (1, 2, 3):\n"
               "            assert core.take_nth(size, make(x)) == x[::size]\n"
               "            for step in (1, 2, 4):\n"
               "                whole = [x[i:i + size] for i in range(0, n - size + 1, step)]\n"
               "                assert core.partition(size, step, make(x)) == whole\n"
               "                parts = [x[i:i + size] for i in range(0, n, step)]\n"
               "                assert core.partition_all(size, step, make(x)) == parts\n") == "ok");
}

TEST_CASE("core: what is no sequence says so with the function's name") {
    CHECK(core("(first 5)") == "TypeError: first: int is not iterable");
    CHECK(core("(take 1 1.5)") == "TypeError: take: float is not iterable");
    CHECK(core("(count 5)") == "TypeError: count: int has no items");
    CHECK(core("(take 1.5 [1])") == "TypeError: take: the count must be an integer, not float");
    CHECK(core("(join [\"a\"] \", \")") ==
          "TypeError: join: the separator must be a string, not list; the separator comes first");
}

TEST_CASE("core: nth counts from 0 and only forwards") {
    CHECK(core("(nth [1 2 3] 2)") == "3");
    CHECK(core("(nth [1 2 3] 5)") == "IndexError: nth: index 5 out of range for 3 items");
    CHECK(core("(nth '(1) 1)") == "IndexError: nth: index 1 out of range for 1 item");
    CHECK(core("(nth [1 2 3] -1)") == "IndexError: nth: index -1 out of range for 3 items");
    CHECK(core("(nth (range 10) 9)") == "9");
    CHECK(core("(nth [1] 99999999999999999999999)").starts_with("IndexError"));
}

TEST_CASE("core: get never raises for what is missing") {
    CHECK(core("(get {:a 1} \"a\")") == "1");
    CHECK(core("(get [1 2] 5 :none)") == ":none");
    CHECK(core("(get-in {:a [1 {:b 2}]} [:a 1 :b])") == "2");
    CHECK(core("(get-in {:a nil} [:a] 5)") == "nil");
    CHECK(core("(get-in {} [:a :b] 5)") == "5");
    CHECK(core("(find {:a nil} :a)") == "[:a nil]");
    CHECK(core("(find {} :a)") == "nil");
}

TEST_CASE("core: iterators are consumed, and no further than needed") {
    REQUIRE(python("it = iter([1, 2, 3, 4, 5])\n"
                   "assert core.first(it) == 1\n"
                   "assert core.take(2, it) == [2, 3]\n"
                   "assert vars(core)['empty?'](it) is False\n"
                   "assert list(it) == [5]\n") == "ok");
}

TEST_CASE("core: an error inside an iteration is the answer") {
    REQUIRE(
        python(
            "def broken():\n"
            "    yield 1\n"
            "    raise KeyError('inside')\n"
            "for name in 'rest count vec last sort reverse distinct dedupe flatten frequencies doall dorun'.split():\n"
            "    try: vars(core)[name](broken())\n"
            "    except KeyError: pass\n"
            "    else: assert False, name\n") == "ok");
}

TEST_CASE("core: places of items") {
    CHECK(core("(index-of \"hello\" \"l\")") == "2");
    CHECK(core("(last-index-of \"hello\" \"l\")") == "3");
    CHECK(core("(index-of [1 2 1] 1 1)") == "2");
    CHECK(core("(index-of [1] 9)") == "nil");
    CHECK(core("(peek '(1 2))") == "1");
    CHECK(core("(peek [1 2])") == "2");
    CHECK(core("(pop #[1 2])") == "#[1]");
    CHECK(core("(pop [])") == "IndexError: pop: the collection is empty");
}
