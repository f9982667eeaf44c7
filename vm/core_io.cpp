// Printing, files and the standard input.
#include <algorithm>
#include <string>
#include <vector>

#include "bridge/call.hpp"
#include "lang/printer.hpp"
#include "vm/core_strings.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"
#include "vm/suggest.hpp"

namespace catena {

namespace {

std::size_t pair_count(PyObject* names) {
    return names != nullptr ? static_cast<std::size_t>(PyTuple_GET_SIZE(names)) : 0;
}

// Python's print as it is now: programs replace it.
Value println(Value* a, std::size_t n, PyObject* names) {
    const Ref print = import_name("builtins", "print");
    return print ? call_object(print.get(), a, n, names) : Value::error();
}

bool takes_only_names_of_print(const char* function, PyObject* names) {
    static const std::vector<std::string> known{"sep", "end", "file", "flush"};
    for (std::size_t i = 0; i < pair_count(names); ++i) {
        const char* name = PyUnicode_AsUTF8(PyTuple_GET_ITEM(names, static_cast<Py_ssize_t>(i)));
        if (name == nullptr) return false;
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        const std::string close = closest_name(name, known);
        PyErr_Format(PyExc_TypeError, "%s got an unexpected keyword argument '%s'%s", function, name,
                     close.empty() ? "" : ("; did you mean " + close + "?").c_str());
        return false;
    }
    return true;
}

// print of the operands in Catena's notation, for `function`; `end` when the pairs do not name one.
Value print_notation(const char* function, Value* a, std::size_t count, PyObject* names, const char* end) {
    if (!takes_only_names_of_print(function, names)) return Value::error();
    const std::size_t n = count - pair_count(names);
    std::vector<Ref> texts;
    std::vector<Value> arguments;
    for (std::size_t i = 0; i < n; ++i) {
        const Ref object = boxed(a[i]);
        Result<Ref> text = object ? repr(object.get()) : raised();
        if (!text) return Value::error();
        texts.push_back(std::move(*text));
        arguments.push_back(Value::object(texts.back().get()));
    }
    arguments.insert(arguments.end(), a + n, a + count);
    Ref all_names = borrow(names);
    if (end != nullptr) {
        const Ref name = intern("end");
        const Ref text = steal(PyUnicode_FromString(end));
        const Ref given = names != nullptr ? borrow(names) : steal(PyTuple_New(0));
        if (!name || !text || !given) return Value::error();
        const int named = PySequence_Contains(given.get(), name.get());
        if (named < 0) return Value::error();
        if (named == 0) {
            const Ref one = steal(PyTuple_Pack(1, name.get()));
            all_names = one ? steal(PySequence_Concat(given.get(), one.get())) : Ref();
            if (!all_names) return Value::error();
            texts.push_back(text);
            arguments.push_back(Value::object(text.get()));
        }
    }
    return println(arguments.data(), arguments.size(), all_names.get());
}

Value prn(Value* a, std::size_t n, PyObject* names) { return print_notation("prn", a, n, names, nullptr); }
Value pr(Value* a, std::size_t n, PyObject* names) { return print_notation("pr", a, n, names, ""); }

// The pairs as keyword arguments for `open`, with the encoding that Catena's files have.
Ref open_keywords(const Value* values, PyObject* names, const char* mode) {
    Ref made = steal(PyDict_New());
    for (std::size_t i = 0; made && i < pair_count(names); ++i) {
        const Ref value = boxed(values[i]);
        if (!value ||
            PyDict_SetItem(made.get(), PyTuple_GET_ITEM(names, static_cast<Py_ssize_t>(i)), value.get()) < 0) {
            return {};
        }
    }
    const Ref default_mode = made ? steal(PyUnicode_FromString(mode)) : Ref();
    const Ref mode_name = intern("mode");
    const Ref encoding_name = intern("encoding");
    const Ref utf8 = steal(PyUnicode_FromString("utf-8"));
    if (!default_mode || !mode_name || !encoding_name || !utf8) return {};
    PyObject* chosen = PyDict_SetDefault(made.get(), mode_name.get(), default_mode.get());
    if (chosen == nullptr) return {};
    const bool bytes = PyUnicode_Check(chosen) && PyUnicode_FindChar(chosen, 'b', 0, PY_SSIZE_T_MAX, 1) >= 0;
    if (!bytes && PyDict_SetDefault(made.get(), encoding_name.get(), utf8.get()) == nullptr) return {};
    return made;
}

Ref open_file(const Value& path, PyObject* keywords) {
    const Ref open = import_name("builtins", "open");
    const Ref object = boxed(path);
    const Ref arguments = open && object ? steal(PyTuple_Pack(1, object.get())) : Ref();
    return arguments ? steal(PyObject_Call(open.get(), arguments.get(), keywords)) : Ref();
}

// Closes a file after work on it that went well or raised; the first error stays.
bool close_file(PyObject* file) {
    PyObject* type;
    PyObject* value;
    PyObject* traceback;
    PyErr_Fetch(&type, &value, &traceback);
    const Ref closed = steal(PyObject_CallMethod(file, "close", nullptr));
    if (type != nullptr) {
        PyErr_Clear();
        PyErr_Restore(type, value, traceback);
        return false;
    }
    return static_cast<bool>(closed);
}

bool has_method(const Value& v, const char* name) {
    return v.is_object() && !PyUnicode_Check(v.as_object()) && PyObject_HasAttrString(v.as_object(), name);
}

Value slurp(Value* a, std::size_t count, PyObject* names) {
    if (count == pair_count(names)) return fail(PyExc_TypeError, "slurp: needs a path or a file");
    if (has_method(a[0], "read")) return steal_value(PyObject_CallMethod(a[0].as_object(), "read", nullptr));
    const Ref keywords = open_keywords(a + 1, names, "r");
    const Ref file = keywords ? open_file(a[0], keywords.get()) : Ref();
    if (!file) return Value::error();
    Held text(steal_value(PyObject_CallMethod(file.get(), "read", nullptr)));
    return close_file(file.get()) ? text.release() : Value::error();
}

// Splits the pair :append off the others: 1, 0, or -1 with the error set.
int append_wanted(std::vector<Value>& values, Ref& names) {
    if (!names) return 0;
    const Ref others = steal(PyList_New(0));
    std::vector<Value> kept;
    int wanted = 0;
    for (std::size_t i = 0; others && i < values.size(); ++i) {
        PyObject* name = PyTuple_GET_ITEM(names.get(), static_cast<Py_ssize_t>(i));
        if (PyUnicode_CompareWithASCIIString(name, "append") == 0) {
            wanted = is_true(values[i]);
            if (wanted < 0) return -1;
        } else {
            if (PyList_Append(others.get(), name) < 0) return -1;
            kept.push_back(values[i]);
        }
    }
    names = others ? steal(PyList_AsTuple(others.get())) : Ref();
    values = std::move(kept);
    return names ? wanted : -1;
}

Value spit(Value* a, std::size_t count, PyObject* names) {
    const std::size_t n = count - pair_count(names);
    if (n != 2) return fail(PyExc_TypeError, "spit: needs a path or file and what to write");
    const bool bytes = a[1].is_object() && PyObject_CheckBuffer(a[1].as_object());
    const Ref text = bytes ? borrow(a[1].as_object()) : text_of(a[1]);
    if (!text) return Value::error();
    if (has_method(a[0], "write")) {
        return Held(steal_value(PyObject_CallMethod(a[0].as_object(), "write", "O", text.get()))).failed()
                   ? Value::error()
                   : Value::nil();
    }
    std::vector<Value> values(a + n, a + count);
    Ref others = borrow(names);
    const int append = append_wanted(values, others);
    if (append < 0) return Value::error();
    const char* mode = bytes ? (append == 1 ? "ab" : "wb") : (append == 1 ? "a" : "w");
    const Ref keywords = open_keywords(values.data(), others.get(), mode);
    const Ref file = keywords ? open_file(a[0], keywords.get()) : Ref();
    if (!file) return Value::error();
    const Ref written = steal(PyObject_CallMethod(file.get(), "write", "O", text.get()));
    return close_file(file.get()) && written ? Value::nil() : Value::error();
}

// sys.NAME.METHOD(); null with the error set. A missing stream is none.
Ref call_stream(const char* stream, const char* method) {
    PyObject* file = PySys_GetObject(stream);
    if (file == nullptr || file == Py_None) return steal(Py_NewRef(Py_None));
    const Ref held = borrow(file);
    return steal(PyObject_CallMethod(file, method, nullptr));
}

Value read_line(Value* a, std::size_t n) {
    if (n == 0 && !call_stream("stdout", "flush")) return Value::error();
    const Ref line =
        n == 0 ? call_stream("stdin", "readline") : steal(PyObject_CallMethod(boxed(a[0]).get(), "readline", nullptr));
    if (!line) return Value::error();
    if (!PyUnicode_Check(line.get()) || PyUnicode_GET_LENGTH(line.get()) == 0) return Value::nil();
    Py_ssize_t length = PyUnicode_GET_LENGTH(line.get());
    if (PyUnicode_READ_CHAR(line.get(), length - 1) == '\n') --length;
    if (length > 0 && PyUnicode_READ_CHAR(line.get(), length - 1) == '\r') --length;
    return steal_value(PyUnicode_Substring(line.get(), 0, length));
}

Value flush(Value*, std::size_t) { return call_stream("stdout", "flush") ? Value::nil() : Value::error(); }

Value newline(Value*, std::size_t) { return println(nullptr, 0, nullptr); }

constexpr NativeSpec table[] = {
    {"println", "[& xs &key sep end file flush]", "Python's print.\n(println) => nil", nullptr, println, 0, -1},
    {"prn", "[& xs &key sep end file flush]",
     "Prints the operands in Catena's notation, which reads back, and ends the line.\n"
     "(prn) => nil",
     nullptr, prn, 0, -1},
    {"pr", "[& xs &key sep end file flush]", "As prn, without ending the line.\n(pr) => nil", nullptr, pr, 0, -1},
    {"newline", "[]", "Ends the line.\n(newline) => nil", newline, nullptr, 0, 0},
    {"flush", "[]",
     "Writes out what the standard output still holds.\n"
     "(flush) => nil",
     flush, nullptr, 0, 0},
    {"slurp", "[path &kwargs options]",
     "All of a file as a string, or what is left to read of a file object; options are those of Python's open, "
     "UTF-8 unless :encoding says otherwise, :mode \"rb\" for bytes.\n"
     "(slurp ((. ($py \"io\") StringIO) \"text\")) => \"text\"",
     nullptr, slurp, 1, -1},
    {"spit", "[path x &key append &kwargs options]",
     "Writes a string (or bytes, or anything by its str) to a file, or at its end with :append true; options "
     "are those of Python's open.\n"
     "(spit ((. ($py \"io\") StringIO)) \"text\") => nil",
     nullptr, spit, 2, -1},
    {"read-line", "[&opt file]",
     "The next line of the standard input (or of a file) without its end; nil when there is none.\n"
     "(read-line ((. ($py \"io\") StringIO) \"a\\n"
     "b\")) => \"a\"",
     read_line, nullptr, 0, 1},
};

}  // namespace

std::span<const NativeSpec> io_natives() { return table; }

}  // namespace catena
