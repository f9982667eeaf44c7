// Splitting, replacing and searching, by strings and by regular expressions.
#include "vm/core_strings.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

// What is called of patterns and matches.
struct Methods {
    PyObject* const finditer = PyUnicode_InternFromString("finditer");
    PyObject* const fullmatch = PyUnicode_InternFromString("fullmatch");
    PyObject* const groups = PyUnicode_InternFromString("groups");
    PyObject* const search = PyUnicode_InternFromString("search");
    PyObject* const span = PyUnicode_InternFromString("span");
};

const Methods& methods() {
    static const Methods made;
    return made;
}

// Without a bound method, which costs more than most searches.
template <class... Arguments>
Ref call_method(PyObject* object, PyObject* method, Arguments*... arguments) {
    PyObject* const all[] = {object, arguments...};
    return steal(PyObject_VectorcallMethod(method, all, 1 + sizeof...(arguments), nullptr));
}

// Is v a compiled pattern? 1, 0, -1 with the error set.
int is_pattern(const Value& v) {
    if (!v.is_object() || PyUnicode_Check(v.as_object())) return 0;
    static PyObject* slot = nullptr;
    PyObject* type = kept_name(slot, "re", "Pattern");
    return type != nullptr ? PyObject_TypeCheck(v.as_object(), reinterpret_cast<PyTypeObject*>(type)) : -1;
}

// A pattern as it is, a string compiled; re caches those.
Ref pattern_of(const Value& v, const char* who) {
    const int pattern = is_pattern(v);
    if (pattern < 0) return {};
    if (pattern == 1) return borrow(v.as_object());
    PyObject* text = read_text(v, who, "pattern");
    const Ref compile = text != nullptr ? import_name("re", "compile") : Ref();
    return compile ? steal(PyObject_CallOneArg(compile.get(), text)) : Ref();
}

// What a match is in Catena: the matched string, or a vector of it and the groups.
Ref match_value(PyObject* match) {
    static PyObject* const first = PyLong_FromLong(0);
    const Ref groups = call_method(match, methods().groups);
    const Ref whole = groups ? steal(PyObject_GetItem(match, first)) : Ref();
    if (!whole || PyTuple_GET_SIZE(groups.get()) == 0) return whole;
    Ref all = steal(PySequence_List(groups.get()));
    return all && PyList_Insert(all.get(), 0, whole.get()) == 0 ? all : Ref();
}

Value search(const Value& pattern, const Value& text, PyObject* method, const char* who) {
    const Ref re = pattern_of(pattern, who);
    const Ref subject = re ? boxed(text) : Ref();
    const Ref match = subject ? call_method(re.get(), method, subject.get()) : Ref();
    if (!match) return Value::error();
    return match.get() == Py_None ? Value::nil() : own(match_value(match.get()));
}

Value re_find(Value* a, std::size_t) { return search(a[0], a[1], methods().search, "re-find"); }
Value re_matches(Value* a, std::size_t) { return search(a[0], a[1], methods().fullmatch, "re-matches"); }

Value re_seq(Value* a, std::size_t) {
    const Ref re = pattern_of(a[0], "re-seq");
    const Ref subject = re ? boxed(a[1]) : Ref();
    const Ref found = subject ? call_method(re.get(), methods().finditer, subject.get()) : Ref();
    Ref made = found ? steal(PyList_New(0)) : Ref();
    while (made) {
        const Ref match = steal(PyIter_Next(found.get()));
        if (!match) return PyErr_Occurred() != nullptr ? Value::error() : own(std::move(made));
        const Ref value = match_value(match.get());
        if (!value || PyList_Append(made.get(), value.get()) < 0) return Value::error();
    }
    return Value::error();
}

Value re_pattern(Value* a, std::size_t) { return own(pattern_of(a[0], "re-pattern")); }

// Clojure: without a limit, empty strings at the end are left out.
Ref without_empty_end(Ref parts) {
    if (!parts) return {};
    Py_ssize_t n = PyList_GET_SIZE(parts.get());
    if (n < 2) return parts;
    const auto is_empty_text = [&](Py_ssize_t i) {
        PyObject* part = PyList_GET_ITEM(parts.get(), i);
        return PyUnicode_Check(part) && PyUnicode_GET_LENGTH(part) == 0;
    };
    const Py_ssize_t before = n;
    while (n > 0 && is_empty_text(n - 1)) --n;
    if (n < before && PyList_SetSlice(parts.get(), n, before, nullptr) < 0) return {};
    return parts;
}

// The parts between matches, without the groups that re.split would add; as in Clojure an empty match at the start
// makes no part. `most` parts at most, 0: any number.
Ref split_by_pattern(PyObject* re, PyObject* text, Py_ssize_t most) {
    const Ref found = call_method(re, methods().finditer, text);
    Ref parts = found ? steal(PyList_New(0)) : Ref();
    Py_ssize_t from = 0;
    while (parts && (most == 0 || PyList_GET_SIZE(parts.get()) + 1 < most)) {
        const Ref match = steal(PyIter_Next(found.get()));
        if (!match) {
            if (PyErr_Occurred() != nullptr) return {};
            break;
        }
        const Ref place = call_method(match.get(), methods().span);
        Py_ssize_t start;
        Py_ssize_t end;
        if (!place || !PyArg_ParseTuple(place.get(), "nn", &start, &end)) return {};
        if (start == end && (start == 0 || start == PyUnicode_GET_LENGTH(text))) continue;
        const Ref part = steal(PyUnicode_Substring(text, from, start));
        if (!part || PyList_Append(parts.get(), part.get()) < 0) return {};
        from = end;
    }
    const Ref rest = parts ? steal(PyUnicode_Substring(text, from, PY_SSIZE_T_MAX)) : Ref();
    return rest && PyList_Append(parts.get(), rest.get()) == 0 ? parts : Ref();
}

Value split(Value* a, std::size_t n) {
    PyObject* text = read_text(a[0], "split", "first operand");
    if (text == nullptr) return Value::error();
    if (n == 1 || (n == 2 && a[1].is_nil())) return steal_value(PyUnicode_Split(text, nullptr, -1));
    Py_ssize_t limit = 0;
    if (n > 2 && !read_integer(a[2], &limit, "split", "limit")) return Value::error();
    const int pattern = is_pattern(a[1]);
    if (pattern < 0) return Value::error();
    Ref parts;
    if (pattern == 1) {
        parts = split_by_pattern(a[1].as_object(), text, limit > 0 ? limit : 0);
    } else {
        PyObject* separator = read_text(a[1], "split", "separator");
        if (separator == nullptr) return Value::error();
        if (PyUnicode_GET_LENGTH(separator) == 0) {
            return fail(PyExc_ValueError, "split: the separator is empty; vec gives the characters");
        }
        parts = steal(PyUnicode_Split(text, separator, limit > 0 ? limit - 1 : -1));
    }
    return own(limit == 0 ? without_empty_end(std::move(parts)) : std::move(parts));
}

// A function as replacement is called with what re-find would answer.
Value replace_by_calls(PyObject* re, PyObject* text, const Value& f, bool once) {
    const Ref found = call_method(re, methods().finditer, text);
    const Ref parts = found ? steal(PyList_New(0)) : Ref();
    const Ref nothing = steal(PyUnicode_FromString(""));
    Py_ssize_t from = 0;
    while (parts) {
        const Ref match = steal(PyIter_Next(found.get()));
        if (!match && PyErr_Occurred() != nullptr) return Value::error();
        if (!match) break;
        const Ref place = call_method(match.get(), methods().span);
        Py_ssize_t start;
        Py_ssize_t end;
        if (!place || !PyArg_ParseTuple(place.get(), "nn", &start, &end)) return Value::error();
        const Held matched(own(match_value(match.get())));
        if (matched.failed()) return Value::error();
        const Held answer(call_value(f, &matched.get(), 1));
        if (answer.failed()) return Value::error();
        const Ref before = steal(PyUnicode_Substring(text, from, start));
        const Ref instead = text_of(answer.get());
        if (!before || !instead || PyList_Append(parts.get(), before.get()) < 0 ||
            PyList_Append(parts.get(), instead.get()) < 0) {
            return Value::error();
        }
        from = end;
        if (once) break;
    }
    const Ref rest = parts ? steal(PyUnicode_Substring(text, from, PY_SSIZE_T_MAX)) : Ref();
    if (!rest || !nothing || PyList_Append(parts.get(), rest.get()) < 0) return Value::error();
    return steal_value(PyUnicode_Join(nothing.get(), parts.get()));
}

Value replace_in(Value* a, bool once, const char* who) {
    PyObject* text = read_text(a[0], who, "first operand");
    if (text == nullptr) return Value::error();
    const int pattern = is_pattern(a[1]);
    if (pattern < 0) return Value::error();
    if (pattern == 0) {
        PyObject* old = read_text(a[1], who, "part to replace");
        PyObject* instead = old != nullptr ? read_text(a[2], who, "replacement") : nullptr;
        return instead != nullptr ? steal_value(PyUnicode_Replace(text, old, instead, once ? 1 : -1)) : Value::error();
    }
    if (!is_text(a[2])) return replace_by_calls(a[1].as_object(), text, a[2], once);
    return steal_value(PyObject_CallMethod(a[1].as_object(), "sub", "OOi", a[2].as_object(), text, once ? 1 : 0));
}

Value replace(Value* a, std::size_t) { return replace_in(a, false, "replace"); }
Value replace_first(Value* a, std::size_t) { return replace_in(a, true, "replace-first"); }

constexpr NativeSpec table[] = {
    {"split", "[s &opt sep limit]",
     "The parts of a string between separators, a string or pattern; white space without one. Empty parts at "
     "the end are left out, unless a limit is given: so many parts at most, a negative limit keeps all.\n"
     "(split \"a,b,,\" \",\") => [\"a\" \"b\"]\n"
     "(split \"a1b22c\" #\"\\d+\") => [\"a\" \"b\" \"c\"]\n"
     "(split \" a  b \") => [\"a\" \"b\"]\n"
     "(split \"a,b,c\" \",\" 2) => [\"a\" \"b,c\"]",
     split, nullptr, 1, 3},
    {"replace", "[s old new]",
     "The string with every old, a string or pattern, replaced. For a pattern new may be a function of what "
     "matched (a string, or a vector of it and the groups); in a string \\1 means a group, as in re.sub.\n"
     "(replace \"banana\" \"an\" \"o\") => \"booa\"\n"
     "(replace \"a1b2\" #\"\\d\" \"#\") => \"a#b#\"\n"
     "(replace \"a1\" #\"[a-z]\" upper) => \"A1\"",
     replace, nullptr, 3, 3},
    {"replace-first", "[s old new]",
     "As replace, only the first time.\n"
     "(replace-first \"banana\" \"an\" \"o\") => \"boana\"",
     replace_first, nullptr, 3, 3},
    {"re-pattern", "[s]",
     "The regular expression that a string describes.\n"
     "(re-find (re-pattern \"b+\") \"abbc\") => \"bb\"",
     re_pattern, nullptr, 1, 1},
    {"re-find", "[re s]",
     "The first match in the string: the matched text, or a vector of it and its groups; nil when there is "
     "none.\n"
     "(re-find #\"\\d+\" \"a12b3\") => \"12\"\n"
     "(re-find #\"(\\w)=(\\d)\" \"x=1\") => [\"x=1\" \"x\" \"1\"]\n"
     "(re-find #\"z\" \"a\") => nil",
     re_find, nullptr, 2, 2},
    {"re-matches", "[re s]",
     "As re-find, for the string as a whole.\n"
     "(re-matches #\"\\d+\" \"12\") => \"12\"\n"
     "(re-matches #\"\\d+\" \"12b\") => nil",
     re_matches, nullptr, 2, 2},
    {"re-seq", "[re s]",
     "All matches in the string, each as re-find gives it.\n"
     "(re-seq #\"\\d+\" \"a12b3\") => [\"12\" \"3\"]",
     re_seq, nullptr, 2, 2},
};

}  // namespace

std::span<const NativeSpec> pattern_natives() { return table; }

}  // namespace catena
