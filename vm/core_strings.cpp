// Strings. Their methods are Python's; what stands here has Catena's names, operand order and edge cases.
#include "vm/core_strings.hpp"

#include <algorithm>

#include "bridge/call.hpp"
#include "lang/printer.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"

namespace catena {

Ref text_of(const Value& v) {
    if (v.is_object() && PyUnicode_CheckExact(v.as_object())) return borrow(v.as_object());
    const Ref object = boxed(v);
    return object ? steal(PyObject_Str(object.get())) : Ref();
}

Ref notation_of(const Value* a, std::size_t n, PyObject* separator) {
    const Ref texts = steal(PyList_New(0));
    for (std::size_t i = 0; texts && i < n; ++i) {
        const Ref object = boxed(a[i]);
        const Result<Ref> text = object ? repr(object.get()) : raised();
        if (!text || PyList_Append(texts.get(), text->get()) < 0) return {};
    }
    return texts ? steal(PyUnicode_Join(separator, texts.get())) : Ref();
}

Ref single_space() { return steal(PyUnicode_FromString(" ")); }

namespace {

// str.METHOD(s): for the functions that are a method and no more.
struct Method {
    const char* function;
    const char* method;
};

template <const Method& method>
Value by_method(Value* a, std::size_t n) {
    PyObject* text = read_text(a[0], method.function, "first operand");
    if (text == nullptr) return Value::error();
    for (std::size_t i = 1; i < n; ++i) {
        if (read_text(a[i], method.function, "second operand") == nullptr) return Value::error();
    }
    static PyObject* const name = PyUnicode_InternFromString(method.method);
    return call_method(name, a, n);
}

constexpr Method trim_method{"trim", "strip"};
constexpr Method triml_method{"triml", "lstrip"};
constexpr Method trimr_method{"trimr", "rstrip"};
constexpr Method upper_method{"upper", "upper"};
constexpr Method lower_method{"lower", "lower"};
constexpr Method capitalize_method{"capitalize", "capitalize"};
constexpr Method split_lines_method{"split-lines", "splitlines"};

// The place of y in x at its start (-1) or end (1).
template <int direction>
Value has_at(Value* a, std::size_t) {
    const char* who = direction < 0 ? "starts-with?" : "ends-with?";
    PyObject* text = read_text(a[0], who, "first operand");
    PyObject* part = text != nullptr ? read_text(a[1], who, "second operand") : nullptr;
    if (part == nullptr) return Value::error();
    const Py_ssize_t there = PyUnicode_Tailmatch(text, part, 0, PY_SSIZE_T_MAX, direction);
    return there < 0 ? Value::error() : Value::boolean(there == 1);
}

Value includes(Value* a, std::size_t) {
    PyObject* text = read_text(a[0], "includes?", "first operand");
    PyObject* part = text != nullptr ? read_text(a[1], "includes?", "second operand") : nullptr;
    if (part == nullptr) return Value::error();
    const int there = PyUnicode_Contains(text, part);
    return there < 0 ? Value::error() : Value::boolean(there == 1);
}

Value is_blank(Value* a, std::size_t) {
    if (a[0].is_nil()) return Value::boolean(true);
    PyObject* text = read_text(a[0], "blank?", "operand");
    if (text == nullptr) return Value::error();
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(text); ++i) {
        if (!Py_UNICODE_ISSPACE(PyUnicode_READ_CHAR(text, i))) return Value::boolean(false);
    }
    return Value::boolean(true);
}

bool holds_texts(const Value& xs) {
    if (!xs.is_object() || !(PyList_CheckExact(xs.as_object()) || PyTuple_CheckExact(xs.as_object()))) return false;
    PyObject* const* items = PySequence_Fast_ITEMS(xs.as_object());
    return std::all_of(items, items + Py_SIZE(xs.as_object()),
                       [](PyObject* item) { return PyUnicode_CheckExact(item) != 0; });
}

Value join(Value* a, std::size_t n) {
    static PyObject* const nothing = PyUnicode_FromString("");
    Ref separator = borrow(nothing);
    if (n == 2) {
        if (!is_text(a[0])) {
            const char* hint = is_text(a[1]) ? "; the separator comes first" : "";
            return fail(PyExc_TypeError, "join: the separator must be a string, not %.200s%s", kind_name(a[0]), hint);
        }
        separator = borrow(a[0].as_object());
    }
    const Value& xs = a[n - 1];
    if (holds_texts(xs)) return steal_value(PyUnicode_Join(separator.get(), xs.as_object()));
    if (is_infinite(xs)) return fail_endless("join");
    Items items;
    const Ref texts = steal(PyList_New(0));
    if (!texts || !items.open(xs, "join")) return Value::error();
    for (;;) {
        Held item;
        const int got = items.next(item.slot());
        if (got < 0) return Value::error();
        if (got == 0) return steal_value(PyUnicode_Join(separator.get(), texts.get()));
        const Ref text = text_of(item.get());
        if (!text || PyList_Append(texts.get(), text.get()) < 0) return Value::error();
    }
}

Value subs(Value* a, std::size_t n) {
    PyObject* text = read_text(a[0], "subs", "first operand");
    if (text == nullptr) return Value::error();
    const Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    Py_ssize_t start;
    Py_ssize_t end = length;
    if (!read_integer(a[1], &start, "subs", "start")) return Value::error();
    if (n > 2 && !a[2].is_nil() && !read_integer(a[2], &end, "subs", "end")) return Value::error();
    if (start < 0 || end > length || start > end) {
        return fail(PyExc_IndexError, "subs: %zd to %zd is out of range for %zd characters", start, end, length);
    }
    return steal_value(PyUnicode_Substring(text, start, end));
}

Value print_readably(Value* a, std::size_t n) {
    const Ref space = single_space();
    return space ? own(notation_of(a, n, space.get())) : Value::error();
}

// (fmt template a :name b) is template.format(a, name=b).
Value fmt(Value* a, std::size_t n, PyObject* names) {
    static PyObject* const method = PyUnicode_InternFromString("format");
    if (read_text(a[0], "fmt", "template") == nullptr) return Value::error();
    return call_method(method, a, n, names);
}

constexpr NativeSpec table[] = {
    {"fmt", "[template & xs &kwargs named]",
     "Python's str.format.\n"
     "(fmt \"{}-{:03d}\" \"a\" 7) => \"a-007\"\n"
     "(fmt \"{x}\" :x 1) => \"1\"",
     nullptr, fmt, 1, -1},
    {"join", "([xs] [sep xs])",
     "The items as one string, with sep between them.\n"
     "(join \", \" [1 2 3]) => \"1, 2, 3\"\n"
     "(join [\"a\" :b]) => \"ab\"",
     join, nullptr, 1, 2},
    {"split-lines", "[s]",
     "The lines of a string, without their ends.\n"
     "(split-lines \"a\\n"
     "b\\n"
     "\") => [\"a\" \"b\"]",
     by_method<split_lines_method>, nullptr, 1, 1},
    {"trim", "[s &opt chars]",
     "The string without white space (or these characters) at both ends.\n"
     "(trim \"  a \") => \"a\"",
     by_method<trim_method>, nullptr, 1, 2},
    {"triml", "[s &opt chars]",
     "The string without white space at its start.\n"
     "(triml \" a \") => \"a \"",
     by_method<triml_method>, nullptr, 1, 2},
    {"trimr", "[s &opt chars]",
     "The string without white space at its end.\n"
     "(trimr \" a \") => \" a\"",
     by_method<trimr_method>, nullptr, 1, 2},
    {"upper", "[s]", "The string in capitals.\n(upper \"abc\") => \"ABC\"", by_method<upper_method>, nullptr, 1, 1},
    {"lower", "[s]", "The string in small letters.\n(lower \"ABC\") => \"abc\"", by_method<lower_method>, nullptr, 1,
     1},
    {"upper-case", "[s]", "The same as upper.\n(upper-case \"a\") => \"A\"", by_method<upper_method>, nullptr, 1, 1},
    {"lower-case", "[s]", "The same as lower.\n(lower-case \"A\") => \"a\"", by_method<lower_method>, nullptr, 1, 1},
    {"capitalize", "[s]",
     "The first character a capital, the others small.\n"
     "(capitalize \"hELLO\") => \"Hello\"",
     by_method<capitalize_method>, nullptr, 1, 1},
    {"starts-with?", "[s prefix]",
     "Does the string begin so?\n"
     "(starts-with? \"hello\" \"he\") => true",
     has_at<-1>, nullptr, 2, 2},
    {"ends-with?", "[s suffix]",
     "Does the string end so?\n"
     "(ends-with? \"hello\" \"lo\") => true",
     has_at<1>, nullptr, 2, 2},
    {"includes?", "[s part]",
     "Is part somewhere in the string?\n"
     "(includes? \"hello\" \"ell\") => true",
     includes, nullptr, 2, 2},
    {"blank?", "[s]",
     "Is the string nil, empty or white space?\n"
     "(blank? \" \") => true\n"
     "(blank? nil) => true",
     is_blank, nullptr, 1, 1},
    {"subs", "[s start &opt end]",
     "The characters from start up to end; IndexError when there are no such.\n"
     "(subs \"hello\" 1 3) => \"el\"\n"
     "(subs \"hello\" 3) => \"lo\"",
     subs, nullptr, 2, 3},
    {"pr-str", "[& xs]",
     "The operands in Catena's notation, which reads back.\n"
     "(pr-str [1 \"a\" :b nil]) => \"[1 \\\"a\\\" :b nil]\"",
     print_readably, nullptr, 0, -1},
};

}  // namespace

std::span<const NativeSpec> string_natives() { return table; }

}  // namespace catena
