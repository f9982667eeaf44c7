#include "vm/native_signature.hpp"

#include <cctype>
#include <string_view>
#include <vector>

namespace catena {
namespace {

// The words of a parameter list: names, markers that begin with &, and (name default) as one word.
std::vector<std::string> words_of(std::string_view list) {
    std::vector<std::string> words;
    int depth = 0;
    std::string word;
    const auto finish = [&] {
        if (!word.empty()) words.push_back(word);
        word.clear();
    };
    for (const char c : list) {
        if (c == '(' || c == '[' || c == '{') ++depth;
        if (depth == 0 && std::isspace(static_cast<unsigned char>(c)) != 0) {
            finish();
            continue;
        }
        word.push_back(c);
        if (c == ')' || c == ']' || c == '}') --depth;
    }
    finish();
    return words;
}

// [a b &opt (c 1)] without its brackets; empty for what is no single vector.
std::string_view inside_of(std::string_view signature) {
    if (signature.size() < 2 || signature.front() != '[' || signature.back() != ']') return {};
    return signature.substr(1, signature.size() - 2);
}

// A parameter for Python: the name mangled and free of what identifiers cannot hold.
std::string identifier(std::string_view name, std::size_t position) {
    std::string out;
    for (const char c : name) {
        if (c == '-') {
            out.push_back('_');
        } else if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0) {
            out.push_back(c);
        }
    }
    if (out.empty() || std::isdigit(static_cast<unsigned char>(out[0])) != 0) out = "arg" + std::to_string(position);
    return out;
}

// One parameter as Python source; the kinds are what inspect's own parser understands.
enum class Part { positional, optional, rest, key, kwargs };

std::string python_parameter(std::string_view word, Part part, std::size_t position) {
    std::string_view name = word;
    if (word.front() == '(') name = word.substr(1, word.find_first_of(" )") - 1);
    const std::string python = identifier(name, position) + (part == Part::positional ? "" : "");
    switch (part) {
        case Part::positional: return python;
        case Part::optional: return python + "=...";
        case Part::rest: return "*" + python;
        case Part::key: return python + "=...";
        case Part::kwargs: return "**" + python;
    }
    return python;
}

// The whole list as Python source "(a, b=..., /)", or empty when it is not one that Python can express.
std::string python_text(std::string_view signature) {
    const std::string_view inside = inside_of(signature);
    if (inside.data() == nullptr) return {};
    Part part = Part::positional;
    std::string text = "(";
    bool star = false;
    std::size_t positional = 0;
    const auto add = [&](const std::string& one) {
        if (text.size() > 1) text += ", ";
        text += one;
    };
    std::size_t position = 0;
    for (const std::string& word : words_of(inside)) {
        if (word == "&opt") {
            part = Part::optional;
        } else if (word == "&") {
            part = Part::rest;
        } else if (word == "&key") {
            part = Part::key;
        } else if (word == "&kwargs") {
            part = Part::kwargs;
        } else {
            if ((part == Part::rest || part == Part::key || part == Part::kwargs) && positional > 0) {
                add("/");
                positional = 0;
            }
            if (part == Part::key && !star) add("*");
            star = star || part == Part::rest || part == Part::key;
            if (part == Part::positional || part == Part::optional) ++positional;
            add(python_parameter(word, part, position));
        }
        ++position;
    }
    if (positional > 0) add("/");
    return text + ")";
}

}  // namespace

std::string signature_words(const NativeSpec& spec) {
    const std::string_view inside = inside_of(spec.signature);
    return std::string(inside.data() == nullptr ? std::string_view(spec.signature) : inside);
}

Result<Ref> native_signature(const NativeSpec& spec) {
    const Ref inspect = steal(PyImport_ImportModule("inspect"));
    const Ref dict = steal(PyDict_New());
    if (!inspect || !dict) return raised();
    const std::string written = python_text(spec.signature);
    if (PyDict_SetItemString(dict.get(), "__builtins__", PyEval_GetBuiltins()) < 0) return raised();
    for (const std::string& text : {written, std::string("(*args)")}) {
        if (text.empty()) continue;
        const std::string source = "lambda " + text.substr(1, text.size() - 2) + ": None";
        const Ref function = steal(PyRun_String(source.c_str(), Py_eval_input, dict.get(), dict.get()));
        if (function) return checked(PyObject_CallMethod(inspect.get(), "signature", "O", function.get()));
        PyErr_Clear();
    }
    return raise(PyExc_ValueError, "%s has no signature that Python can express", spec.name);
}

}  // namespace catena
