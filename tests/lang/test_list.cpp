// List: construction, the Sequence protocol, equality and hash, pickling and copying, the collector.
#include "lang/list.hpp"

#include "tests/lang/support.hpp"
#include "tests/support/catch.hpp"

using namespace catena;
using namespace catena::tests;

TEST_CASE("cells from C++") {
    const Ref empty = empty_list();
    CHECK(list_count(empty.get()) == 0);
    CHECK(list_first(empty.get()) == nullptr);
    CHECK(list_rest(empty.get()) == empty.get());
    const Ref one = steal(PyLong_FromLong(1));
    const Ref list = make_list(one.get(), empty.get());
    CHECK(list_count(list.get()) == 1);
    CHECK(list_first(list.get()) == one.get());
    CHECK(list_rest(list.get()) == empty.get());
    const Ref tail = python("List([2, 3])");
    const Ref longer = list_from(python("[0, 1]").get(), tail.get());
    CHECK(printed(longer.get()) == "(0 1 2 3)");
    CHECK(list_rest(list_rest(longer.get())) == tail.get());
    CHECK(list_from(longer.get()).get() == longer.get());
    CHECK_FALSE(list_from(one.get()));
    PyErr_Clear();
    long sum = 0;
    for (PyObject* item : items_of(longer.get())) sum += PyLong_AsLong(item);
    CHECK(sum == 6);
    CHECK(PyLong_AsLong(list_item(longer.get(), 3)) == 3);
}

TEST_CASE("a List is a Python Sequence") {
    CHECK(python_text("isinstance(List(), collections.abc.Sequence), isinstance(List(), collections.abc.Hashable)") ==
          "(True, True)");
    python_run(
        "def matched(x):\n"
        "    match x:\n"
        "        case [a, *b]: return a, b\n"
        "        case []: return 'empty'\n");
    CHECK(python_text("matched(List([1, 2, 3])), matched(List())") == "((1, [2, 3]), 'empty')");
    CHECK(python_text("len(List('abc')), bool(List()), bool(List([0])), List() is List(())") ==
          "(3, False, True, True)");
    CHECK(python_text("[*List([1, 2])], list(reversed(List([1, 2, 3]))), 2 in List([1, 2]), 5 in List([1])") ==
          "([1, 2], [3, 2, 1], True, False)");
    CHECK(python_text("List('abc')[0], List('abc')[-1], List('abc')[True]") == "('a', 'c', 'b')");
    CHECK(python_text("List('abc')[3]") == "IndexError: List index out of range");
    CHECK(python_text("List('abc')[-4]") == "IndexError: List index out of range");
    CHECK(python_text("List()[0]") == "IndexError: List index out of range");
    CHECK(python_text("List('abc')['a']").find("TypeError: List indices must be integers or slices, not str") == 0);
    CHECK(python_text("List('abc')[2**100]").find("IndexError") == 0);
    CHECK(python_text(
              "List(range(6))[1:4], List(range(6))[::-2], List(range(6))[4:], List(range(6))[9:], List()[::-1]") ==
          "((1 2 3), (5 3 1), (4 5), (), ())");
    CHECK(python_text("all(list(List(range(7))[a:b:c]) == list(range(7))[a:b:c] for a in [None, *range(-9, 9)] "
                      "for b in [None, *range(-9, 9)] for c in (None, 1, 2, 3, -1, -2, -3))") == "True");
    CHECK(python_text("(lambda l: l[1:] is l.rest)(List([1, 2, 3]))") == "True");
    CHECK(python_text("List('abca').index('a'), List('abca').index('a', 1), List('abca').index('c', -3, -1), "
                      "List('abca').count('a')") == "(0, 3, 2, 2)");
    CHECK(python_text("List('abc').index('z')") == "ValueError: 'z' is not in List");
    CHECK(python_text("List('abc').index('a', 1, 2)").find("ValueError") == 0);
    CHECK(python_text("List([1]) + List([2]), List([1]) + [2, 3], List() + List()") == "((1 2), (1 2 3), ())");
    CHECK(python_text("List([1]) + (2,)").find("TypeError") == 0);
    CHECK(python_text("List([1]).first, List([1]).rest, List().first, List().rest") == "(1, (), None, ())");
    CHECK(python_text("List[int]") == "catena.List[int]");
    CHECK(python_text("List(1)").find("TypeError") == 0);
    CHECK(python_text("List(1, 2)").find("TypeError") == 0);
    CHECK(python_text("List(a=1)").find("TypeError") == 0);
    CHECK(python_text("setattr(List(), 'first', 1)").find("AttributeError") == 0);
    python_run(
        "it = iter(List([1, 2, 3]))\nassert next(it) == 1 and it.__length_hint__() == 2\n"
        "again = pickle.loads(pickle.dumps(it))\nassert list(it) == [2, 3] and list(it) == [] == list(it)\n"
        "assert list(again) == [2, 3]\n");
}

TEST_CASE("a List equals a list or List of equal items") {
    CHECK(python_text(
              "List([1, 2]) == List([1, 2]), List([1, 2]) == [1, 2], [1, 2] == List([1, 2]), List([1, 2]) != [1, 2]") ==
          "(True, True, True, False)");
    CHECK(python_text("List([1]) == (1,), List([1]) == [1, 2], List([1, 2]) == [1, 3], List() == [], List() == None") ==
          "(False, False, False, True, False)");
    CHECK(python_text("List([List([1]), [2, List([3])]]) == [[1], [2, [3]]]") == "True");
    CHECK(python_text("[[1], List([2])] == [List([1]), [2]]") == "True");
    CHECK(python_text("List([math.nan]) == List([math.nan]), List([1.0, True]) == [1, 1]") == "(True, True)");
    CHECK(python_text("List([1]) < List([2])").find("TypeError") == 0);
    python_run(
        "class Odd:\n    def __eq__(self, other): raise ValueError('odd')\n"
        "class Cutter:\n    def __init__(self, victim): self.victim = victim\n"
        "    def __eq__(self, other): self.victim.clear(); return True\n");
    CHECK(python_text("List([Odd()]) == List([1])") == "ValueError: odd");
    CHECK(python_text("Odd() in List([1])") == "ValueError: odd");
    python_run("victim = []\nvictim.extend([Cutter(victim), [1], [2]])\n");
    CHECK(python_text("List([1, [1], [2]]) == victim") == "False");
}

TEST_CASE("comparing what contains itself ends") {
    python_run(
        "def knot(outer, inner):\n"
        "    v = []\n    l = List([v])\n    v.append(l)\n    return l, v\n"
        "a, av = knot(0, 0)\nb, bv = knot(0, 0)\n");
    CHECK(python_text("a == b").find("RecursionError") == 0);
    CHECK(python_text("a == bv").find("RecursionError") == 0);
    CHECK(python_text("a == a") == "True");
    python_run("av.clear(); bv.clear()\n");
}

TEST_CASE("the hash is the one of the tuple") {
    CHECK(python_text("all(hash(List(t)) == hash(t) for t in [(), (1,), (1, 'a', None, 2.5), (-1, 2**70), "
                      "tuple(range(1000))])") == "True");
    CHECK(python_text("hash(List([1, List([2]), (3, List([]))])) == hash((1, (2,), (3, ())))") == "True");
    CHECK(python_text("{List([1, 2]): 'x'}[List([1, 2])]") == "x");
    CHECK(python_text("hash(List([[1]]))") == "TypeError: unhashable type: 'list'");
}

TEST_CASE("pickling and copying") {
    CHECK(python_text("all(pickle.loads(pickle.dumps(List([1, List(['a', List()])]), p)) == List([1, List(['a', "
                      "List()])]) for p in range(6))") == "True");
    CHECK(python_text("type(pickle.loads(pickle.dumps(List())))") == "<class 'catena.List'>");
    CHECK(python_text("(lambda l: copy.copy(l) is l and copy.deepcopy(l) is l)(List([1, List(['a'])]))") == "True");
    python_run(
        "inner = [1]\nl = List([inner, List([inner]), 2])\nd = copy.deepcopy(l)\n"
        "assert d == l and d is not l and d[0] is not inner and d[0] is d[1][0]\n"
        "v = []\nk = List([1, v])\nv.append(k)\nd = copy.deepcopy(k)\n"
        "assert d is not k and d[1] is not v and d[1][0] is d\n"
        "shared = List([[]])\nd = copy.deepcopy([shared, shared])\nassert d[0] is d[1] is not shared\n"
        "v.clear()\n");
    python_run("class Stubborn:\n    def __deepcopy__(self, memo): raise ValueError('no')\n");
    CHECK(python_text("copy.deepcopy(List([1, Stubborn()]))") == "ValueError: no");
    CHECK(python_text("List().__deepcopy__(1)").find("TypeError") == 0);
}

TEST_CASE("the collector sees a List only when it may be part of a cycle") {
    CHECK(python_text("gc.is_tracked(List([1, 'a', Symbol('b'), Keyword('c'), List([2])]))") == "False");
    CHECK(
        python_text("gc.is_tracked(List([[]])), gc.is_tracked(List([1, List([{}])])), gc.is_tracked(List([1, []]))") ==
        "(True, True, True)");
    python_run(
        "import weakref\n"
        "class Node: pass\n"
        "n = Node()\nn.l = List([1, List([2, n])])\nwatch = weakref.ref(n)\ndel n\ngc.collect()\n"
        "assert watch() is None\n"
        "d = {}\nn = Node()\nd['l'] = List([d, n])\nwatch = weakref.ref(n)\ndel d, n\ngc.collect()\n"
        "assert watch() is None\n");
}

TEST_CASE("cells do not leak") {
    python_run(
        "import tracemalloc\n"
        "def work():\n"
        "    for i in range(200):\n"
        "        l = List(range(50)) + [List([i])]\n"
        "        l == List(l), hash(l), repr(l), l[3:20:2], copy.deepcopy(l), pickle.loads(pickle.dumps(l)), list(l)\n"
        "        try: l[99]\n"
        "        except IndexError: pass\n"
        "work()\ntracemalloc.start()\nwork()\nbefore = tracemalloc.get_traced_memory()[0]\n"
        "for i in range(20): work()\ngrown = tracemalloc.get_traced_memory()[0] - before\ntracemalloc.stop()\n"
        "assert grown < 200000, grown  # what 4000 leaked cells would pass; free cells that are kept stay below\n");
}
