// What the core library's Catena part needs to know about running code: modules, names, source and how a function takes
// pairs.
#include "lang/python_name.hpp"
#include "lang/symbol.hpp"
#include "vm/calls.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"
#include "vm/stack.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

// Core functions may stand between the program and this call; they are not what is meant.
Value this_module(Value*, std::size_t) {
    PyObject* found = core_module();
    if (running_thread != nullptr) {
        for (const Frame* frame = running_thread->frame; frame > running_thread->frames; --frame) {
            if (frame->code == nullptr || !frame->code->module || frame->code->module == core_module()) continue;
            found = frame->code->module.get();
            break;
        }
    }
    return borrow_value(found);
}

Value takes_pairs(Value* a, std::size_t) {
    return Value::boolean(a[0].is_object() && PyCallable_Check(a[0].as_object()) != 0 &&
                          !takes_pairs_in_place(a[0].as_object()));
}

Value native(Value* a, std::size_t) { return Value::boolean(a[0].is_object() && is_native(a[0].as_object())); }

Value mangle(Value* a, std::size_t) {
    if (a[0].is_object() && is_symbol(a[0].as_object())) return own(python_name(symbol_name(a[0].as_object())));
    PyObject* name = read_text(a[0], "mangle", "name");
    return name != nullptr ? own(python_name(name)) : Value::error();
}

// What stands at `span` in a list of lines that end in line breaks; empty when the lines are too few, or on an error.
Ref text_at(PyObject* lines, const Span& span) {
    if (!PyList_Check(lines) || PyList_GET_SIZE(lines) < static_cast<Py_ssize_t>(span.end_line)) return {};
    const Ref parts = steal(PyList_New(0));
    for (std::uint32_t n = span.line; parts && n <= span.end_line; ++n) {
        PyObject* line = PyList_GET_ITEM(lines, static_cast<Py_ssize_t>(n) - 1);
        if (!PyUnicode_Check(line)) return {};
        const Py_ssize_t from = n == span.line ? static_cast<Py_ssize_t>(span.column) - 1 : 0;
        const Py_ssize_t to = n == span.end_line ? static_cast<Py_ssize_t>(span.end_column) - 1 : PY_SSIZE_T_MAX;
        const Ref part = steal(PyUnicode_Substring(line, from, to));
        if (!part || PyList_Append(parts.get(), part.get()) < 0) return {};
    }
    const Ref nothing = parts ? steal(PyUnicode_FromString("")) : Ref();
    return nothing ? steal(PyUnicode_Join(nothing.get(), parts.get())) : Ref();
}

// The text of a Catena function's definition: kept with the code, or read again from its file.
Value source_text(Value* a, std::size_t) {
    if (!a[0].is_object() || !is_closure(a[0].as_object())) return Value::nil();
    const Code& code = *reinterpret_cast<Closure*>(a[0].as_object())->code;
    if (code.source) return borrow_value(code.source.get());
    if (!code.file || !code.span.known()) return Value::nil();
    const Ref cache = steal(PyImport_ImportModule("linecache"));
    const Ref lines = cache ? steal(PyObject_CallMethod(cache.get(), "getlines", "O", code.file.get())) : Ref();
    Ref text = lines ? text_at(lines.get(), code.span) : Ref();
    if (!text && PyErr_Occurred() == nullptr) return Value::nil();
    return own(std::move(text));
}

constexpr NativeSpec table[] = {
    {"this-module", "[]",
     "The module of the code that runs, a Python module object.\n(. (this-module) __name__) => \"conformance\"",
     this_module, nullptr, 0, 0},
    {"takes-pairs?", "[f]",
     "Does a call of f pass `:k v` as a keyword argument? A Catena function does when it declares &key or &kwargs; any "
     "other callable does.\n"
     "(takes-pairs? (fn [&key k] k)) => true\n"
     "(takes-pairs? (fn [a b] a)) => false\n"
     "(takes-pairs? sorted) => true",
     takes_pairs, nullptr, 1, 1},
    {"mangle", "[name]",
     "The name as Python knows it: with _ for -, unless it is all punctuation.\n"
     "(mangle \"read-csv\") => \"read_csv\"\n"
     "(mangle '->) => \"->\"",
     mangle, nullptr, 1, 1},
    {"native?", "[f]",
     "Is f a core function that is written in C++?\n"
     "(native? first) => true\n"
     "(native? (fn [x] x)) => false",
     native, nullptr, 1, 1},
    {"source-text", "[f]",
     "The text of a Catena function's definition, or nil.\n"
     "(source-text len) => nil",
     source_text, nullptr, 1, 1},
};

}  // namespace

std::span<const NativeSpec> reflection_natives() { return table; }

}  // namespace catena
