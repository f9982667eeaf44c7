// Small questions about forms and names that every part of the compiler asks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bridge/ref.hpp"
#include "lang/forms.hpp"
#include "lang/keyword.hpp"
#include "lang/list.hpp"
#include "lang/python_name.hpp"
#include "lang/symbol.hpp"

namespace catena {

// The UTF-8 text of a str; empty for one that has none (lone surrogates).
[[nodiscard]] inline std::string_view utf8_of(PyObject* str) {
    Py_ssize_t size = 0;
    const char* data = PyUnicode_AsUTF8AndSize(str, &size);
    if (data == nullptr) {
        PyErr_Clear();
        return {};
    }
    return {data, static_cast<std::size_t>(size)};
}

[[nodiscard]] inline std::string_view symbol_text(PyObject* symbol) { return utf8_of(symbol_name(symbol)); }

// A List whose first item is the symbol `head`.
[[nodiscard]] inline bool is_form_of(PyObject* form, std::string_view head) {
    return is_list(form) && list_count(form) > 0 && symbol_is(list_first(form), head);
}

[[nodiscard]] inline bool is_do(PyObject* form) {
    return is_form_of(form, "do") || is_form_of(form, "begin") || is_form_of(form, "progn");
}

// The items of a List, vector or tuple, borrowed.
[[nodiscard]] inline std::vector<PyObject*> items_in(PyObject* form) {
    std::vector<PyObject*> items;
    if (is_list(form)) {
        items.reserve(static_cast<std::size_t>(list_count(form)));
        for (PyObject* item : items_of(form)) items.push_back(item);
    } else if (PyList_CheckExact(form)) {
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(form); ++i) items.push_back(PyList_GET_ITEM(form, i));
    } else if (PyTuple_CheckExact(form)) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(form); ++i) items.push_back(PyTuple_GET_ITEM(form, i));
    }
    return items;
}

[[nodiscard]] inline bool is_vector(PyObject* form) { return PyList_CheckExact(form); }

// Keys and values in turn of a map literal, borrowed; false when the form is no map literal.
[[nodiscard]] inline bool map_items(PyObject* form, std::vector<PyObject*>* out) {
    if (PyDict_CheckExact(form)) {
        Py_ssize_t at = 0;
        PyObject *key, *value;
        while (PyDict_Next(form, &at, &key, &value)) {
            out->push_back(key);
            out->push_back(value);
        }
        return true;
    }
    if (is_map_form(form)) {
        *out = items_in(literal_items(form));
        return true;
    }
    return false;
}

[[nodiscard]] inline Ref new_text(std::string_view text) {
    return steal(PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
}

// The mangled, interned name of UTF-8 text.
[[nodiscard]] inline Ref python_name_of(std::string_view text) {
    const Ref str = new_text(text);
    return str ? python_name(str.get()) : Ref();
}

[[nodiscard]] inline Ref interned(std::string_view text) {
    PyObject* str = PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size()));
    if (str != nullptr) PyUnicode_InternInPlace(&str);
    return steal(str);
}

// `mod/name`: the place of the slash, or npos. The names `/` and `//` are not qualified.
[[nodiscard]] inline std::size_t qualifying_slash(std::string_view text) {
    const std::size_t slash = text.find('/');
    return slash == 0 || slash + 1 >= text.size() ? std::string_view::npos : slash;
}

// `a.b.c`: dots between non-empty parts.
[[nodiscard]] inline bool is_dotted(std::string_view text) {
    if (text.find('.') == std::string_view::npos || text.front() == '.' || text.back() == '.') return false;
    return text.find("..") == std::string_view::npos;
}

}  // namespace catena
