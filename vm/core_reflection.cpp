// What the core library's Catena part needs to know about running code: modules, names, source and how a function takes
// pairs.
#include <algorithm>
#include <string>

#include "bridge/text.hpp"
#include "lang/python_name.hpp"
#include "lang/symbol.hpp"
#include "vm/calls.hpp"
#include "vm/class_bodies.hpp"
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

// "[a &opt b & rest &key c &kwargs d]", names as Catena writes them.
std::string written_parameters(const Parameters& parameters) {
    std::string text;
    const auto add = [&](std::string_view word) {
        if (!text.empty()) text += ' ';
        text += word;
    };
    const auto add_name = [&](const Ref& name) {
        std::string shown = text_of(name.get());
        std::replace(shown.begin() + (shown.starts_with('_') ? 1 : 0), shown.end(), '_', '-');
        add(shown);
    };
    for (std::size_t i = 0; i < parameters.positional.size(); ++i) {
        if (i == parameters.required) add("&opt");
        add_name(parameters.positional[i]);
    }
    if (parameters.has_rest) {
        add("&");
        add_name(parameters.rest_name);
    }
    if (!parameters.keys.empty()) add("&key");
    for (const Parameters::Key& key : parameters.keys) add_name(key.name);
    if (parameters.has_kwargs) {
        add("&kwargs");
        add_name(parameters.kwargs_name);
    }
    return "[" + text + "]";
}

// One text for each arity.
Value parameter_lists(Value* a, std::size_t) {
    const Ref lists = steal(PyList_New(0));
    if (!lists) return Value::error();
    const auto add = [&](std::string_view text) {
        const Ref item = make_str(text);
        return item && PyList_Append(lists.get(), item.get()) == 0;
    };
    PyObject* f = a[0].is_object() ? a[0].as_object() : nullptr;
    if (f != nullptr && is_native(f)) {
        std::string_view written = reinterpret_cast<Native*>(f)->spec->signature;
        // Several arities stand in parentheses: "([x] [n x])".
        if (written.starts_with('(')) written = written.substr(1, written.size() - 2);
        for (std::size_t at = 0; at < written.size();) {
            std::size_t end = at;
            for (int depth = 0; end < written.size(); ++end) {
                depth += written[end] == '[' ? 1 : written[end] == ']' ? -1 : 0;
                if (depth == 0) break;
            }
            if (!add(written.substr(at, end + 1 - at))) return Value::error();
            at = end + 2;
        }
    } else if (f != nullptr && is_closure(f)) {
        const Code& code = *reinterpret_cast<Closure*>(f)->code;
        if (code.arities.empty() && !add(written_parameters(code.parameters))) return Value::error();
        for (const Ref& arity : code.arities) {
            if (!add(written_parameters(code_of(arity.get())->parameters))) return Value::error();
        }
    }
    return Value::object(Py_NewRef(lists.get()));
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

// The text of the definition of a Catena function or class: kept with it, or read again from its file.
Value source_text(Value* a, std::size_t) {
    if (!a[0].is_object()) return Value::nil();
    WrittenDefinition written;
    if (is_closure(a[0].as_object())) {
        const Code& code = *reinterpret_cast<Closure*>(a[0].as_object())->code;
        written = {code.source, code.file, code.span};
    } else if (!PyType_Check(a[0].as_object()) || !find_class_definition(a[0].as_object(), &written)) {
        return Value::nil();
    }
    if (written.source) return borrow_value(written.source.get());
    if (!written.file || !written.span.known()) return Value::nil();
    const Ref cache = steal(PyImport_ImportModule("linecache"));
    const Ref lines = cache ? steal(PyObject_CallMethod(cache.get(), "getlines", "O", written.file.get())) : Ref();
    Ref text = lines ? text_at(lines.get(), written.span) : Ref();
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
    {"arglists", "[f]",
     "The parameters of a Catena function, one text for each arity; none for other objects.\n"
     "(arglists map) => [\"[f xs]\" \"[f xs ys & more]\"]\n"
     "(arglists first) => [\"[xs]\"]\n"
     "(arglists (fn [a-b &opt c & d] 1)) => [\"[a-b &opt c & d]\"]",
     parameter_lists, nullptr, 1, 1},
    {"native?", "[f]",
     "Is f a core function that is written in C++?\n"
     "(native? first) => true\n"
     "(native? (fn [x] x)) => false",
     native, nullptr, 1, 1},
    {"source-text", "[f]",
     "The text of the definition of a Catena function or class, or nil.\n"
     "(source-text len) => nil",
     source_text, nullptr, 1, 1},
};

}  // namespace

std::span<const NativeSpec> reflection_natives() { return table; }

}  // namespace catena
