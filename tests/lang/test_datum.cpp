// What quote gives for a form.
#include "lang/forms.hpp"
#include "lang/list.hpp"
#include "tests/lang/support.hpp"
#include "tests/support/catch.hpp"

using namespace catena;
using namespace catena::tests;

namespace {

std::string quoted(std::string_view text) {
    SpanTable spans;
    const Ref form = read_one(text, spans);
    const auto value = datum(form.get(), spans);
    CHECK(PyErr_Occurred() == nullptr);
    return value ? printed(value->get()) : shown(value.error());
}

std::string type_of_quoted(std::string_view text) {
    SpanTable spans;
    const Ref form = read_one(text, spans);
    return Py_TYPE(datum(form.get(), spans)->get())->tp_name;
}

}  // namespace

TEST_CASE("what holds no map or set form is the very object") {
    SpanTable spans;
    for (const char* text : {"42", "(a (b) [c {d e}] #{f})", "[]", "{:a (f)}", "\"s\""}) {
        const Ref form = read_one(text, spans);
        CHECK(datum(form.get(), spans)->get() == form.get());
    }
}

TEST_CASE("map and set forms become dicts and sets at any depth") {
    CHECK(quoted("{(f) 1}") == "{(f) 1}");
    CHECK(type_of_quoted("{(f) 1}") == "dict");
    CHECK(type_of_quoted("#{(f)}") == "set");
    CHECK(quoted("(a [b #[{(c) {(d) e}}]])") == "(a [b #[{(c) {(d) e}}]])");
    CHECK(quoted("{a 1 a 2}") == "{a 2}");
    CHECK(quoted("{:a 1 \"a\" 2}") == "{:a 2}");
    CHECK(quoted("#{a a a}") == "#{a}");
    CHECK(quoted("#{1 1.0}") == "#{1}");
    CHECK(quoted("{:k {(f) 1}}") == "{:k {(f) 1}}");
    CHECK(quoted("{#[1 (a)] #{(b)}}") == "{#[1 (a)] #{(b)}}");
    CHECK(quoted("'{(f) 1}") == "(quote {(f) 1})");
}

TEST_CASE("what has not changed is shared") {
    SpanTable spans;
    const Ref form = read_one("([a] {(f) 1})", spans);
    const Ref value = *datum(form.get(), spans);
    CHECK(list_first(value.get()) == list_first(form.get()));
    CHECK(value.get() != form.get());
}

TEST_CASE("a key without a hash is an error at its place") {
    CHECK(quoted("(a\n {[1] 2})") ==
          "2:3-2:6 list cannot be the key of a map: it has no hash | "
          "a vector can change; a tuple #[...] can be the key of a map");
    CHECK(quoted("#{{} 1}") == "1:3-1:5 dict cannot be an element of a set: it has no hash");
    CHECK(quoted("{1 2 (a [b]) 2}").find("1:6-1:13 catena.List cannot be the key of a map") == 0);
    CHECK(quoted("{#{#{1}} 1}").find("1:2-1:9 set cannot") == std::string::npos);
    CHECK(quoted("{#{(a)} 1}") == "1:2-1:8 set cannot be the key of a map: it has no hash");
}

TEST_CASE("forms that contain themselves end") {
    python_run("v = [1]\nv.append(v)\n");
    SpanTable spans;
    const Ref cyclic = python("v");
    CHECK(datum(cyclic.get(), spans)->get() == cyclic.get());
    python_run("v.append(MapForm([List(), 1]))\n");
    CHECK(datum(cyclic.get(), spans));
    python_run("v.clear()\n");
}

TEST_CASE("shared parts are visited once") {
    python_run(
        "x = List([MapForm([List(), 1])])\nfor i in range(200): x = List([x, x])\n"
        "y = List([1])\nfor i in range(200): y = List([y, y])\n");
    SpanTable spans;
    const Ref shared = python("x");
    const Ref value = *datum(shared.get(), spans);
    CHECK(list_first(value.get()) == list_item(value.get(), 1));
    CHECK(datum(python("y").get(), spans));
}
