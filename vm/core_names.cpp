// Keywords, symbols and reading text.
#include "lang/forms.hpp"
#include "lang/keyword.hpp"
#include "lang/reader.hpp"
#include "lang/symbol.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"

namespace catena {

namespace {

// The text of a keyword, symbol or string, borrowed; null with a TypeError.
PyObject* name_text(const Value& v, const char* who) {
    if (v.is_object() && is_symbol(v.as_object())) return symbol_name(v.as_object());
    if (v.is_object() && is_keyword(v.as_object())) return keyword_name(v.as_object());
    if (is_text(v)) return v.as_object();
    PyErr_Format(PyExc_TypeError, "%s: needs a string, keyword or symbol, not %.200s", who, kind_name(v));
    return nullptr;
}

// The whole name of one operand, or "a/b" of two.
Ref whole_name(const Value* a, std::size_t n, const char* who) {
    const std::size_t last = n - 1;
    PyObject* name = name_text(a[last], who);
    if (name == nullptr) return {};
    if (n == 1 || a[0].is_nil()) return borrow(name);
    PyObject* space = name_text(a[0], who);
    return space != nullptr ? steal(PyUnicode_FromFormat("%U/%U", space, name)) : Ref();
}

Value keyword(Value* a, std::size_t n) {
    if (n == 1 && a[0].is_nil()) return Value::nil();
    if (n == 1 && a[0].is_object() && is_keyword(a[0].as_object())) return keep(a[0]);
    const Ref name = whole_name(a, n, "keyword");
    return name ? own(make_keyword(name.get())) : Value::error();
}

Value symbol(Value* a, std::size_t n) {
    if (n == 1 && a[0].is_object() && is_symbol(a[0].as_object())) return keep(a[0]);
    const Ref name = whole_name(a, n, "symbol");
    return name ? own(make_symbol(name.get())) : Value::error();
}

// Where the slash stands that divides a name, or -1; `/` alone is a name.
Py_ssize_t slash_of(PyObject* name) {
    const Py_ssize_t length = PyUnicode_GET_LENGTH(name);
    const Py_ssize_t slash = PyUnicode_FindChar(name, '/', 0, length, 1);
    return slash > 0 && slash + 1 < length ? slash : -1;
}

Value name_of(Value* a, std::size_t) {
    PyObject* text = name_text(a[0], "name");
    if (text == nullptr) return Value::error();
    if (a[0].as_object() == text) return keep(a[0]);
    return steal_value(PyUnicode_Substring(text, slash_of(text) + 1, PY_SSIZE_T_MAX));
}

Value namespace_of(Value* a, std::size_t) {
    PyObject* text = name_text(a[0], "namespace");
    if (text == nullptr) return Value::error();
    const Py_ssize_t slash = a[0].as_object() == text ? -1 : slash_of(text);
    return slash < 0 ? Value::nil() : steal_value(PyUnicode_Substring(text, 0, slash));
}

Value gensym(Value* a, std::size_t n) {
    static unsigned long long made = 0;
    const Ref fallback = n == 0 ? steal(PyUnicode_FromString("G__")) : Ref();
    PyObject* prefix = n == 0 ? fallback.get() : name_text(a[0], "gensym");
    const Ref name = prefix != nullptr ? steal(PyUnicode_FromFormat("%U%llu", prefix, ++made)) : Ref();
    return name ? own(make_symbol(name.get())) : Value::error();
}

Value read_string(Value* a, std::size_t) {
    PyObject* text = read_text(a[0], "read-string", "operand");
    if (text == nullptr) return Value::error();
    Py_ssize_t size;
    const char* utf8 = PyUnicode_AsUTF8AndSize(text, &size);
    if (utf8 == nullptr) return Value::error();
    const std::string_view source(utf8, static_cast<std::size_t>(size));
    SpanTable spans;
    Reader reader(source, spans);
    auto form = reader.next();
    if (form && !*form) return fail(PyExc_EOFError, "read-string: there is no form to read");
    // Data where the form is data; code may hold literals that are none until it runs: {[a b] :key}, `#{,@xs}.
    if (form) {
        if (auto data = datum(form->get(), spans)) form = std::move(data);
    }
    if (!form) {
        (void)raise_diagnostic(form.error(), Stage::read, nullptr, source);
        return Value::error();
    }
    return own(std::move(*form));
}

constexpr NativeSpec table[] = {
    {"keyword", "([x] [space name])",
     "The keyword of this name: a string, symbol or keyword; nil of nil.\n"
     "(keyword \"a\") => :a\n"
     "(keyword \"a\" \"b\") => :a/b",
     keyword, nullptr, 1, 2},
    {"symbol", "([x] [space name])",
     "A symbol of this name: a string, keyword or symbol.\n"
     "(symbol \"a\") => a",
     symbol, nullptr, 1, 2},
    {"name", "[x]",
     "The name of a keyword or symbol, without what stands before a slash; a string as it is.\n"
     "(name :a) => \"a\"\n"
     "(name :a/b) => \"b\"",
     name_of, nullptr, 1, 1},
    {"namespace", "[x]",
     "What stands before the slash in a keyword or symbol, or nil.\n"
     "(namespace :a/b) => \"a\"\n"
     "(namespace :b) => nil",
     namespace_of, nullptr, 1, 1},
    {"gensym", "[&opt (prefix \"G__\")]",
     "A symbol that no one else has.\n"
     "(symbol? (gensym)) => true\n"
     "(starts-with? (name (gensym \"x\")) \"x\") => true",
     gensym, nullptr, 0, 1},
    {"read-string", "[s]",
     "The first form in the text, as data.\n"
     "(read-string \"(+ 1 2)\") => (+ 1 2)\n"
     "(first (read-string \"[:a 1]\")) => :a",
     read_string, nullptr, 1, 1},
};

}  // namespace

std::span<const NativeSpec> name_natives() { return table; }

}  // namespace catena
