// Spans of forms, and the Python errors that point at them.
#include "lang/spans.hpp"

#include "lang/list.hpp"
#include "lang/symbol.hpp"
#include "tests/lang/support.hpp"
#include "tests/support/catch.hpp"

using namespace catena;
using namespace catena::tests;

TEST_CASE("every form knows where it stands, atoms by their place") {
    SpanTable spans;
    const Ref form = read_one("(défn f\n  [x 1.5 :k] {:a \"é\" b 2} #[nil] '(q))", spans);
    CHECK(shown(spans.of(form.get())) == "1:1-2:39");
    CHECK(shown(spans.of(list_item(form.get(), 0))) == "1:2-1:6");
    CHECK(shown(spans.of_child(form.get(), 1)) == "1:7-1:8");
    PyObject* vector = list_item(form.get(), 2);
    CHECK(shown(spans.of(vector)) == "2:3-2:13");
    CHECK(shown(spans.of_child(vector, 0)) == "2:4-2:5");
    CHECK(shown(spans.of_child(vector, 1)) == "2:6-2:9");
    CHECK(shown(spans.of_child(vector, 2)) == "2:10-2:12");
    PyObject* map = list_item(form.get(), 3);
    CHECK(shown(spans.of_child(map, 0)) == "2:15-2:17");
    CHECK(shown(spans.of_child(map, 1)) == "2:18-2:21");
    CHECK(shown(spans.of_child(map, 3)) == "2:24-2:25");
    CHECK(shown(spans.of_child(map, 4)) == "0:0-0:0");
    CHECK(shown(spans.of_child(list_item(form.get(), 4), 0)) == "2:29-2:32");
    PyObject* quoted = list_item(form.get(), 5);
    CHECK(shown(spans.of(quoted)) == "2:34-2:38");
    CHECK(shown(spans.of_child(quoted, 0)) == "2:34-2:35");
    CHECK(shown(spans.of_child(quoted, 1)) == "2:35-2:38");
}

TEST_CASE("the children of a set stand in its own order") {
    SpanTable spans;
    const Ref set = read_one("#{aa bb cc dd ee ff gg hh ii jj}", spans);
    std::size_t i = 0;
    const Ref items = steal(PyObject_GetIter(set.get()));
    while (const Ref item = steal(PyIter_Next(items.get()))) {
        CHECK(spans.of_child(set.get(), i++) == spans.of(item.get()));
    }
    CHECK(i == 10);
}

TEST_CASE("an annotation, a short function") {
    SpanTable spans;
    const Ref annotated = read_one("^int xy", spans);
    CHECK(shown(spans.of(annotated.get())) == "1:1-1:8");
    CHECK(shown(spans.of_child(annotated.get(), 1)) == "1:6-1:8");
    CHECK(shown(spans.of_child(annotated.get(), 2)) == "1:2-1:5");
    SpanTable others;
    const Ref function = read_one("#(f %)", others);
    CHECK(shown(others.of(function.get())) == "1:1-1:7");
    CHECK(shown(others.of_child(function.get(), 2)) == "1:1-1:7");
    CHECK(shown(others.of(list_item(list_item(function.get(), 2), 1))) == "1:5-1:6");
}

TEST_CASE("what a table does not know is nowhere") {
    SpanTable spans;
    const Ref symbol = make_symbol("x");
    CHECK_FALSE(spans.knows(symbol.get()));
    CHECK_FALSE(spans.of(symbol.get()).known());
    const Ref vector = steal(PyList_New(0));
    CHECK_FALSE(spans.of_child(vector.get(), 0).known());
    const Ref empty = read_one("()", spans);
    CHECK_FALSE(spans.knows(empty.get()));
    spans.record(vector.get(), {1, 2, 3, 4}, {{5, 6, 7, 8}});
    CHECK(spans.knows(vector.get()));
    CHECK(shown(spans.of_child(vector.get(), 0)) == "5:6-7:8");
    spans.record(vector.get(), {2, 2, 2, 2});
    CHECK(shown(spans.of(vector.get())) == "2:2-2:2");
    CHECK_FALSE(spans.of_child(vector.get(), 0).known());
    spans.clear();
    CHECK_FALSE(spans.knows(vector.get()));
}

TEST_CASE("a symbol may stand in several tables") {
    SpanTable first;
    SpanTable second;
    const Ref symbol = make_symbol("x");
    first.record(symbol.get(), {1, 1, 1, 2});
    second.record(symbol.get(), {9, 9, 9, 10});
    CHECK(shown(first.of(symbol.get())) == "1:1-1:2");
    CHECK(shown(second.of(symbol.get())) == "9:9-9:10");
    first.record(symbol.get(), {3, 3, 3, 4});
    CHECK(shown(first.of(symbol.get())) == "3:3-3:4");
    SpanTable moved = std::move(first);
    CHECK(moved.knows(symbol.get()));
    CHECK_FALSE(first.knows(symbol.get()));
    first = std::move(second);
    CHECK(shown(first.of(symbol.get())) == "9:9-9:10");
    first.clear();
    CHECK_FALSE(first.knows(symbol.get()));
}

TEST_CASE("a table holds what it knows, and lets go of it") {
    const Ref vector = steal(PyList_New(0));
    const Py_ssize_t before = Py_REFCNT(vector.get());
    {
        SpanTable spans;
        spans.record(vector.get(), {1, 1, 1, 2});
        CHECK(Py_REFCNT(vector.get()) == before + 1);
    }
    CHECK(Py_REFCNT(vector.get()) == before);
}

TEST_CASE("many forms in one table") {
    SpanTable spans;
    std::vector<Ref> vectors;
    for (std::uint32_t i = 1; i <= 5000; ++i) {
        vectors.push_back(steal(PyList_New(0)));
        spans.record(vectors.back().get(), {i, 1, i, 2});
        if (i % 7 == 0) CHECK(spans.of(vectors[i / 2].get()).line == i / 2 + 1);
    }
    for (std::uint32_t i = 1; i <= 5000; ++i) REQUIRE(spans.of(vectors[i - 1].get()).line == i);
}

namespace {

// What Python shows of the error, its last lines.
std::string traceback_of(const Diagnostic& diagnostic, Stage stage, const char* filename, std::string_view source) {
    const Ref name = filename == nullptr ? Ref() : steal(PyUnicode_FromString(filename));
    (void)raise_diagnostic(diagnostic, stage, name.get(), source);
    PyObject* type = nullptr;
    PyObject* value = nullptr;
    PyObject* traceback = nullptr;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    const Ref held_type = steal(type);
    const Ref held_value = steal(value);
    const Ref held_traceback = steal(traceback);
    const Ref module = steal(PyImport_ImportModule("traceback"));
    const Ref lines = steal(PyObject_CallMethod(module.get(), "format_exception_only", "OO", type, value));
    const Ref nothing = steal(PyUnicode_FromString(""));
    const Ref text = steal(PyUnicode_Join(nothing.get(), lines.get()));
    const Ref hint = steal(PyObject_GetAttrString(value, "hint"));
    const Ref incomplete = steal(PyObject_GetAttrString(value, "incomplete"));
    return std::string(PyUnicode_AsUTF8(text.get())) + "hint " + printed(hint.get()) + " incomplete " +
           printed(incomplete.get());
}

}  // namespace

TEST_CASE("a diagnostic becomes an exception that Python draws with a caret") {
    CHECK(
        traceback_of({"bad", "do better", {2, 4, 2, 6}, false}, Stage::read, "f.lisp", "a\n  é(bc d)\n") ==
        "  File \"f.lisp\", line 2\n    é(bc d)\n     ^^\ncatena.ReadError: bad\nhint \"do better\" incomplete false");
    CHECK(traceback_of({"bad", "", {1, 2, 3, 1}, true}, Stage::compile, "f.lisp", "(ab\nc\nd)") ==
          "  File \"f.lisp\", line 1\n    (ab\n     ^^\ncatena.CompileError: bad\nhint nil incomplete true");
    CHECK(traceback_of({"bad", "", {1, 4, 1, 5}, false}, Stage::read, nullptr, "(ab") ==
          "  File \"<string>\", line 1\n    (ab\n       ^\ncatena.ReadError: bad\nhint nil incomplete false");
    CHECK(traceback_of({"bad", "", {}, false}, Stage::read, nullptr, "").find("catena.ReadError: bad\n") == 0);
    CHECK(
        traceback_of({"bad", "", {9, 1, 9, 2}, false}, Stage::read, "f", "one line").find("catena.ReadError: bad\n") !=
        std::string::npos);
    CHECK(traceback_of({"b\xff", "\xff", {1, 1, 1, 2}, false}, Stage::read, "f", "\xff")
              .find("ReadError: b\xef\xbf\xbd\n") != std::string::npos);
}

TEST_CASE("a Python error is worded as a diagnostic") {
    PyErr_SetString(PyExc_ValueError, "too bad");
    CHECK(shown(diagnostic_from_error({1, 2, 3, 4})) == "1:2-3:4 ValueError: too bad");
    PyErr_SetNone(PyExc_MemoryError);
    CHECK(shown(diagnostic_from_error({})) == "0:0-0:0 MemoryError");
    CHECK(PyErr_Occurred() == nullptr);
}

TEST_CASE("lines end as Python ends them") {
    const std::string_view text = "a\nb\r\nc\rd";
    CHECK(line_of(text, 1) == "a");
    CHECK(line_of(text, 2) == "b");
    CHECK(line_of(text, 3) == "c");
    CHECK(line_of(text, 4) == "d");
    CHECK(line_of(text, 5).empty());
    CHECK(line_of("a\n", 2).empty());
}
