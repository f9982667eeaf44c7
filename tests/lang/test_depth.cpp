// Depth and length are bounded by memory alone: nothing here may touch the limits of the C++ stack.
#include "lang/forms.hpp"
#include "lang/list.hpp"
#include "lang/printer.hpp"
#include "lang/reader.hpp"
#include "tests/lang/support.hpp"
#include "tests/support/catch.hpp"

using namespace catena;
using namespace catena::tests;

namespace {

constexpr std::size_t million = 1'000'000;
constexpr std::size_t many = 200'000;  // more than any recursion on the C++ stack survives

Ref nested_list(std::size_t depth) {
    Ref list = empty_list();
    const Ref empty = empty_list();
    for (std::size_t i = 0; i < depth; ++i) list = make_list(list.get(), empty.get());
    return list;
}

Ref long_list(std::size_t length) {
    Ref list = empty_list();
    for (std::size_t i = 0; i < length; ++i) list = make_list(Py_None, list.get());
    return list;
}

}  // namespace

TEST_CASE("a million open brackets are an error") {
    SpanTable spans;
    CHECK(shown(read_all(repeated("(", million), spans).error()) ==
          "1:1000000-1:1000001 the ( at 1:1000000 is not closed (incomplete)");
    CHECK_FALSE(read_all(repeated(")", million), spans));
}

TEST_CASE("a million nested brackets of every kind are read, printed and freed") {
    for (const char* brackets : {"()", "[]", "#[]", "{1 }", "#{}"}) {
        const std::string whole(brackets);
        const std::string opening = whole.substr(0, whole.size() - 1);
        const std::string closing = whole.substr(whole.size() - 1);
        const std::string text =
            repeated(opening, million) + (opening == "{1 " ? "2" : "") + repeated(closing, million);
        INFO(brackets);
        SpanTable spans;
        const auto forms = read_all(text, spans);
        REQUIRE(forms);
        const Result<Ref> again = repr(forms->front().get());
        REQUIRE(again);
        const bool same = std::string_view(PyUnicode_AsUTF8(again->get())) == text;
        CHECK(same);
    }
}

TEST_CASE("many open brackets, prefixes and f-strings are an error or a value") {
    for (const char* opening : {"(", "[", "{", "#{", "#[", "'", "`", "~", ",", "@", "#*", "^", "#_", "f\"{", "f\"{x:{",
                                "#|", "(a ", "{(a) ", "[#_"}) {
        INFO(opening);
        const std::string text = repeated(opening, many);
        SpanTable spans;
        Reader reader(text, spans);
        const auto form = reader.next();
        REQUIRE_FALSE(form);
        CHECK(form.error().incomplete);
        CHECK_FALSE(reader.open().empty());
    }
    for (const char* prefix : {"'", "`", "~", "@", "#*", "^a "}) {
        INFO(prefix);
        SpanTable spans;
        CHECK(read_all(repeated(prefix, many) + "x", spans));
    }
    SpanTable spans;
    CHECK(read_all(repeated("#_", many) + repeated("x ", many + 1), spans)->size() == 1);
    CHECK(read_all(repeated("f\"{", many) + "x" + repeated("}\"", many), spans));
    CHECK(read_all("f\"" + repeated("{x:", many) + repeated("}", many) + "\"", spans));
}

TEST_CASE("two million cells, long or deep") {
    for (const bool deep : {false, true}) {
        const Ref a = deep ? nested_list(2 * million) : long_list(2 * million);
        const Ref b = deep ? nested_list(2 * million) : long_list(2 * million);
        CHECK(PyObject_RichCompareBool(a.get(), b.get(), Py_EQ) == 1);
        CHECK(PyObject_Hash(a.get()) == PyObject_Hash(b.get()));
        CHECK(repr(a.get()));
        SpanTable spans;
        CHECK(datum(a.get(), spans)->get() == a.get());
        const Ref memo = steal(PyDict_New());
        const Ref copy = steal(PyObject_CallMethod(a.get(), "__deepcopy__", "O", memo.get()));
        CHECK(copy.get() == a.get());
    }
    const Ref list = long_list(2 * million);
    CHECK(steal(PySequence_List(list.get())));
    CHECK(PySequence_Contains(list.get(), Py_True) == 0);
    CHECK(steal(PySequence_GetSlice(list.get(), 5, static_cast<Py_ssize_t>(million))));
}

TEST_CASE("deep data of the other kinds") {
    // A vector equal to a List is compared item by item, both deep; a dict's values may be deep.
    Ref vectors = steal(PyList_New(0));
    for (std::size_t i = 0; i < many; ++i) {
        Ref outer = steal(PyList_New(1));
        PyList_SET_ITEM(outer.get(), 0, vectors.release());
        vectors = std::move(outer);
    }
    const Ref lists = nested_list(many);
    CHECK(PyObject_RichCompareBool(lists.get(), vectors.get(), Py_EQ) == 1);

    SpanTable spans;
    const std::string tuples = repeated("#[", many) + repeated("]", many);
    const Ref map = read_one("{" + tuples + " 1}", spans);
    const auto value = datum(map.get(), spans);
    REQUIRE_FALSE(value);
    CHECK(value.error().message == "nested too deeply to be the key of a map");
    const Ref list_key = read_one("{" + repeated("(", many) + repeated(")", many) + " 1}", spans);
    CHECK(datum(list_key.get(), spans));
    const Ref deep_maps = read_one(repeated("{(k) ", many) + "1" + repeated("}", many), spans);
    CHECK(datum(deep_maps.get(), spans));
}

TEST_CASE("pickling what is too deep for pickle is Python's own error") {
    python_run("deep = List()\nfor i in range(100000): deep = List([deep])\n");
    CHECK(python_text("pickle.dumps(deep)").find("RecursionError") == 0);
    CHECK(python_text("len(pickle.dumps(List(range(100000)))) > 100000") == "True");
    CHECK(python_text("copy.deepcopy(deep) is deep, len(repr(deep)), deep == List([deep[0]])") ==
          "(True, 200002, True)");
}
