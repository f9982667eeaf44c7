// Changing collections: the kind stays, the argument stays as it was.
#include "tests/support/catch.hpp"
#include "tests/vm/core_eval.hpp"
#include "vm/vm.hpp"

using namespace catena;
using namespace catena::tests;

TEST_CASE("core: conj keeps the kind") {
    CHECK(core("(conj [1] 2 3)") == "[1 2 3]");
    CHECK(core("(conj '(1) 2 3)") == "(3 2 1)");
    CHECK(core("(conj #[1] 2)") == "#[1 2]");
    CHECK(core("(conj #{1} 1)") == "#{1}");
    CHECK(core("(conj {:a 1} [:b 2] {:c 3} nil)") == "{:a 1 :b 2 :c 3}");
    CHECK(core("(conj nil 1 2)") == "(2 1)");
    CHECK(core("(conj)") == "[]");
    CHECK(core("(conj {} 5)") == "TypeError: conj: a map takes pairs [k v] and maps, not int");
    CHECK(core("(conj \"a\" \"b\")") == "TypeError: conj: cannot add to str");
    CHECK(core("(into {} [[:a 1]])") == "{:a 1}");
    CHECK(core("(into {:a 1} {:b 2})") == "{:a 1 :b 2}");
    CHECK(core("(into [] {:a 1})") == "[:a]");
    CHECK(core("(cons 1 [2])") == "(1 2)");
    CHECK(core("(concat [1] '(2) #[3] nil \"a\")") == "[1 2 3 \"a\"]");
    CHECK(core("(disj #{1 2} 2 3)") == "#{1}");
}

TEST_CASE("core: maps") {
    CHECK(core("(assoc {:a 1} :a 2 :b 3)") == "{:a 2 :b 3}");
    CHECK(core("(assoc [1 2] 2 3)") == "[1 2 3]");
    CHECK(core("(assoc #[1 2] 0 9)") == "#[9 2]");
    CHECK(core("(assoc [1 2] 5 3)") == "IndexError: assoc: index 5 out of range for 2 items");
    CHECK(core("(assoc {} :a 1 :b)") == "TypeError: assoc: the last key has no value");
    CHECK(core("(assoc \"ab\" 0 1)") == "TypeError: assoc: needs a map or a vector, not str");
    CHECK(core("(assoc-in nil [:a :b] 1)") == "{:a {:b 1}}");
    CHECK(core("(assoc-in {:a 5} [:a :b] 1)") == "TypeError: assoc-in: needs a map or a vector, not int");
    CHECK(core("(assoc-in {} [] 1)") == "ValueError: assoc-in: the path is empty");
    CHECK(core("(dissoc {:a 1 :b 2} :b :z)") == "{:a 1}");
    CHECK(core("(merge nil {:a 1} nil {:b 2})") == "{:a 1 :b 2}");
    CHECK(core("(merge)") == "nil");
    CHECK(core("(merge-with + {:a 1} {:a 2 :b 3})") == "{:a 3 :b 3}");
    CHECK(core("(select-keys {:a nil :b 2} [:a :c])") == "{:a nil}");
    CHECK(core("(zipmap [:a :b] [1])") == "{:a 1}");
    CHECK(core("(frequencies \"aba\")") == "{\"a\" 2 \"b\" 1}");
}

TEST_CASE("core: what a name still holds is never changed") {
    let_core("v", "(vector 1 2)");
    let_core("m", "(hash-map :a 1)");
    let_core("s", "(hash-set 1)");
    for (const char* text : {"(conj v 3)", "(assoc v 0 9)", "(into v [3])", "(concat v [3])", "(reverse v)",
                             "(sort > v)", "(pop v)", "(shuffle v)", "(cons 0 v)", "(assoc-in v [0] 7)"}) {
        INFO(text);
        CHECK_FALSE(core(text).starts_with("TypeError"));
        CHECK(core("(vec v)") == "[1 2]");
    }
    for (const char* text : {"(assoc m :b 2)", "(dissoc m :a)", "(merge m {:b 1})", "(conj m [:c 1])",
                             "(into m {:d 1})", "(assoc-in m [:x :y] 1)", "(merge-with + m {:a 1})"}) {
        INFO(text);
        CHECK_FALSE(core(text).starts_with("TypeError"));
        CHECK(core("(merge m)") == "{:a 1}");
    }
    CHECK(core("(count (conj s 2))") == "2");
    CHECK(core("(count (disj s 1))") == "0");
    CHECK(core("(vec s)") == "[1]");
}

// A vector that the window alone holds is changed in place; so a loop of conj is no loop of copies.
TEST_CASE("core: arguments lent by a caller are not taken for temporaries") {
    (void)core("(inc 1)");
    const Ref conj = steal(PyObject_GetAttrString(core_module(), "conj"));
    const Ref vector = steal(PyList_New(0));
    REQUIRE(Py_REFCNT(vector.get()) == 1);
    const Value arguments[] = {Value::object(vector.get()), Value::integer(1)};
    const Value answer = call_value(Value::object(conj.get()), arguments, 2);
    REQUIRE(answer.is_object());
    CHECK(PyList_GET_SIZE(vector.get()) == 0);
    CHECK(PyList_GET_SIZE(answer.as_object()) == 1);
    answer.release();
}

TEST_CASE("core: kinds of other people's containers stay") {
    REQUIRE(python("from collections import OrderedDict, defaultdict, deque, ChainMap\n"
                   "from types import MappingProxyType\n"
                   "class Items(list): pass\n"
                   "a = OrderedDict(a=1); b = core.assoc(a, 'b', 2)\n"
                   "assert type(b) is OrderedDict and len(a) == 1 and len(b) == 2\n"
                   "a = defaultdict(list); b = core.assoc(a, 'b', 2)\n"
                   "assert type(b) is defaultdict and not a\n"
                   "a = deque([1]); b = core.conj(a, 2)\n"
                   "assert type(b) is deque and len(a) == 1 and len(b) == 2\n"
                   "a = Items([1]); b = core.conj(a, 2)\n"
                   "assert type(b) is Items and len(a) == 1 and len(b) == 2\n"
                   "assert core.assoc(MappingProxyType({'a': 1}), 'b', 2) == {'a': 1, 'b': 2}\n"
                   "assert core.keys(ChainMap({'a': 1})) == ['a']\n") == "ok");
}

TEST_CASE("core: what is no map is a TypeError that names the function") {
    CHECK(core("(assoc 5 :a 1)") == "TypeError: assoc: needs a map or a vector, not int");
    CHECK(core("(assoc (range 3) 0 1)") == "TypeError: assoc: needs a map or a vector, not range");
    CHECK(core("(dissoc [1] 0)") == "TypeError: dissoc: needs a map, not list");
    CHECK(core("(keys [1])") == "TypeError: keys: needs a map, not list");
    CHECK(core("(disj [1] 1)") == "TypeError: disj: needs a set, not list");
}

TEST_CASE("core: an atom's vector changes in place only when nobody else has it") {
    let_core("cell", "(atom (vector 1))");
    let_core("before", "(deref cell)");
    CHECK(core("(swap! cell conj 2)") == "[1 2]");
    CHECK(core("(vec before)") == "[1]");
    CHECK(core("(swap! cell conj 3)") == "[1 2 3]");
    CHECK(core("(swap! cell assoc 0 :x)") == "[:x 2 3]");
    let_core("cell", "(atom (hash-map))");
    CHECK(core("(swap! cell assoc :a 1)") == "{:a 1}");
    let_core("before", "(deref cell)");
    CHECK(core("(swap! cell assoc :b 2)") == "{:a 1 :b 2}");
    CHECK(core("(merge before)") == "{:a 1}");
}

TEST_CASE("core: a deep path needs no deep stack") {
    REQUIRE(python("path = ['k'] * 50000\n"
                   "m = core.assoc_in(None, path, 1)\n"
                   "assert core.get_in(m, path) == 1\n"
                   "while isinstance(m, dict): m = m['k']\n") == "ok");
}
