#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "lang/keyword.hpp"
#include "lang/list.hpp"
#include "lang/python_name.hpp"
#include "vm/calls.hpp"
#include "vm/helper_functions.hpp"
#include "vm/slow.hpp"

namespace catena {
namespace {

// Moves a register's value out as an object: the register is nil afterwards. Null on memory errors.
PyObject* unload(Value& r) {
    if (r.is_object()) {
        PyObject* object = r.as_object();
        r = Value::nil();
        return object;
    }
    return new_object(r);
}

// Boxes a window in place, so that every register of it holds an object.
bool box_window(Value* window, std::size_t count) {
    for (std::size_t n = 0; n < count; ++n) {
        if (window[n].is_object()) continue;
        PyObject* object = new_object(window[n]);
        if (object == nullptr) return false;
        window[n] = Value::object(object);
    }
    return true;
}

void write(Frame& frame, const Instr& i, PyObject* object) { frame.base[i.a] = steal_value(object); }

// The keyword name that a key of `#** mapping` stands for: a Keyword's Python name, any other str as it is.
Ref keyword_argument_name(PyObject* key) {
    if (is_keyword(key)) return borrow(keyword_python_name(key));
    if (!PyUnicode_Check(key)) {
        PyErr_Format(PyExc_TypeError, "keywords must be strings, not %.200s", Py_TYPE(key)->tp_name);
        return {};
    }
    return exact_name(key);
}

// Appends the items of an exact list or tuple.
bool extend_list(PyObject* list, PyObject* items) {
#if PY_VERSION_HEX >= 0x030D0000
    return PyList_Extend(list, items) == 0;
#else
    return static_cast<bool>(steal(_PyList_Extend(reinterpret_cast<PyListObject*>(list), items)));
#endif
}

bool is_exact_text(const Value& v) { return v.is_object() && PyUnicode_CheckExact(v.as_object()); }

std::uint64_t magnitude(std::int64_t i) {
    return i < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(i) : static_cast<std::uint64_t>(i);
}

Py_ssize_t decimal_length(std::int64_t i) {
    Py_ssize_t digits = i < 0 ? 2 : 1;
    for (std::uint64_t rest = magnitude(i); rest >= 10; rest /= 10) ++digits;
    return digits;
}

// Writes the decimal digits into the str that is being made, from `at`; answers how many characters that were.
Py_ssize_t write_decimal(PyObject* text, Py_ssize_t at, std::int64_t i) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), i).ptr;
    const Py_ssize_t length = end - digits.data();
    if (PyUnicode_KIND(text) == PyUnicode_1BYTE_KIND) {
        std::memcpy(PyUnicode_1BYTE_DATA(text) + at, digits.data(), static_cast<std::size_t>(length));
        return length;
    }
    for (Py_ssize_t n = 0; n < length; ++n)
        PyUnicode_WRITE(PyUnicode_KIND(text), PyUnicode_DATA(text), at + n,
                        static_cast<Py_UCS4>(digits[static_cast<std::size_t>(n)]));
    return length;
}

}  // namespace

bool merge_keywords(PyObject* dict, PyObject* mapping) {
    const Ref items = steal(PyMapping_Items(mapping));
    if (!items) {
        if (PyErr_ExceptionMatches(PyExc_AttributeError)) {
            PyErr_Format(PyExc_TypeError, "argument after #** must be a mapping, not %.200s",
                         Py_TYPE(mapping)->tp_name);
        }
        return false;
    }
    for (Py_ssize_t n = 0; n < PyList_GET_SIZE(items.get()); ++n) {
        PyObject* pair = PyList_GET_ITEM(items.get(), n);
        if (!PyTuple_Check(pair) || PyTuple_GET_SIZE(pair) != 2) {
            PyErr_SetString(PyExc_TypeError, "items() of a mapping must give pairs");
            return false;
        }
        const Ref name = keyword_argument_name(PyTuple_GET_ITEM(pair, 0));
        if (!name) return false;
        const int known = PyDict_Contains(dict, name.get());
        if (known < 0) return false;
        if (known) {
            PyErr_Format(PyExc_TypeError, "got multiple values for keyword argument '%U'", name.get());
            return false;
        }
        if (PyDict_SetItem(dict, name.get(), PyTuple_GET_ITEM(pair, 1)) < 0) return false;
    }
    return true;
}

bool slow_vector(Frame& frame, const Instr& i) {
    Value* window = frame.base + i.b;
    PyObject* list = PyList_New(i.c);
    if (list == nullptr) return false;
    for (Py_ssize_t n = 0; n < i.c; ++n) {
        PyObject* item = unload(window[n]);
        if (item == nullptr) {
            Py_DECREF(list);
            return false;
        }
        PyList_SET_ITEM(list, n, item);
    }
    frame.base[i.a] = Value::object(list);
    return true;
}

bool slow_tuple(Frame& frame, const Instr& i) {
    Value* window = frame.base + i.b;
    PyObject* tuple = PyTuple_New(i.c);
    if (tuple == nullptr) return false;
    for (Py_ssize_t n = 0; n < i.c; ++n) {
        PyObject* item = unload(window[n]);
        if (item == nullptr) {
            Py_DECREF(tuple);
            return false;
        }
        PyTuple_SET_ITEM(tuple, n, item);
    }
    frame.base[i.a] = Value::object(tuple);
    return true;
}

bool slow_list(Frame& frame, const Instr& i) {
    Value* window = frame.base + i.b;
    Ref list = empty_list();
    for (std::size_t n = i.c; n > 0 && list; --n) {
        const Ref item = steal(unload(window[n - 1]));
        list = item ? make_list(item.get(), list.get()) : Ref();
    }
    if (!list) return false;
    write(frame, i, list.release());
    return true;
}

bool slow_set(Frame& frame, const Instr& i) {
    Value* window = frame.base + i.b;
    const Ref set = steal(PySet_New(nullptr));
    if (!set || !box_window(window, i.c)) return false;
    for (std::size_t n = 0; n < i.c; ++n) {
        if (PySet_Add(set.get(), window[n].as_object()) < 0) return false;
    }
    clear_registers(window, window + i.c);
    write(frame, i, Py_NewRef(set.get()));
    return true;
}

bool slow_map(Frame& frame, const Instr& i) {
    Value* window = frame.base + i.b;
    const std::size_t count = std::size_t{2} * i.c;
    const Ref dict = steal(PyDict_New());
    if (!dict || !box_window(window, count)) return false;
    for (std::size_t n = 0; n < count; n += 2) {
        if (PyDict_SetItem(dict.get(), window[n].as_object(), window[n + 1].as_object()) < 0) return false;
    }
    clear_registers(window, window + count);
    write(frame, i, Py_NewRef(dict.get()));
    return true;
}

namespace {

// The items of what stands behind `#*`: itself when it is an exact list or tuple, else a list. Null with an error set.
Ref items_of(const Value& iterable) {
    // nil is the empty sequence, as everywhere in the language.
    if (iterable.is_nil()) return steal(PyList_New(0));
    Ref object = boxed(iterable);
    if (!object || PyList_CheckExact(object.get()) || PyTuple_CheckExact(object.get())) return object;
    Ref items = steal(PySequence_List(object.get()));
    if (!items && PyErr_ExceptionMatches(PyExc_TypeError) && Py_TYPE(object.get())->tp_iter == nullptr &&
        !PySequence_Check(object.get())) {
        PyErr_Format(PyExc_TypeError, "argument after #* must be an iterable, not %.200s",
                     Py_TYPE(object.get())->tp_name);
    }
    return items;
}

}  // namespace

bool slow_spread(Frame& frame, const Instr& i) {
    Ref items = items_of(frame.base[i.b]);
    if (!items) return false;
    consume(frame, i.b);
    write(frame, i, items.release());
    return true;
}

bool slow_extend(Frame& frame, const Instr& i) {
    const Ref items = items_of(frame.base[i.b]);
    if (!items || !extend_list(frame.base[i.a].as_object(), items.get())) return false;
    consume(frame, i.b);
    return true;
}

bool slow_put(Frame& frame, const Instr& i) {
    const Ref key = boxed(frame.base[i.b]);
    const Ref value = boxed(frame.base[i.c]);
    if (!key || !value || PyDict_SetItem(frame.base[i.a].as_object(), key.get(), value.get()) < 0) return false;
    consume(frame, i.b);
    consume(frame, i.c);
    return true;
}

bool slow_merge(Frame& frame, const Instr& i) {
    PyObject* dict = frame.base[i.a].as_object();
    const Ref mapping = boxed(frame.base[i.b]);
    if (!mapping) return false;
    if (mapping != Py_None) {
        const bool merged = i.c == 1 ? merge_keywords(dict, mapping.get()) : PyDict_Update(dict, mapping.get()) == 0;
        if (!merged) return false;
    }
    consume(frame, i.b);
    return true;
}

bool slow_slice(Frame& frame, const Instr& i) {
    Value* window = frame.base + i.b;
    if (!box_window(window, 3)) return false;
    PyObject* slice = PySlice_New(window[0].as_object(), window[1].as_object(), window[2].as_object());
    if (slice == nullptr) return false;
    clear_registers(window, window + 3);
    write(frame, i, slice);
    return true;
}

namespace {

// The text of a float with `.Nf` or its kin, as float.__format__ makes it; null, without an error, for another specification.
PyObject* format_real(double number, PyObject* spec) {
    if (!PyUnicode_CheckExact(spec) || !PyUnicode_IS_COMPACT_ASCII(spec)) return nullptr;
    const auto* text = reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(spec));
    const Py_ssize_t length = PyUnicode_GET_LENGTH(spec);
    if (length < 3 || length > 4 || text[0] != '.') return nullptr;
    int precision = 0;
    for (Py_ssize_t n = 1; n + 1 < length; ++n) {
        if (text[n] < '0' || text[n] > '9') return nullptr;
        precision = 10 * precision + (text[n] - '0');
    }
    const char kind = text[length - 1];
    if (std::string_view("feg").find(kind) == std::string_view::npos) return nullptr;
    char* digits = PyOS_double_to_string(number, kind, precision, 0, nullptr);
    if (digits == nullptr) {
        PyErr_Clear();
        return nullptr;
    }
    PyObject* formatted = PyUnicode_FromString(digits);
    PyMem_Free(digits);
    if (formatted == nullptr) PyErr_Clear();
    return formatted;
}

}  // namespace

bool slow_format(Frame& frame, const Instr& i) {
    // Formatting an integer without instructions runs nobody's code: JOIN writes its digits where they belong.
    if (frame.base[i.b].is_integer() && frame.base[i.c].is_nil() && (i.x == 0 || i.x == 's')) {
        frame.base[i.a] = frame.base[i.b];
        return true;
    }
    if (frame.base[i.b].is_real() && frame.base[i.c].is_object() && i.x == 0) {
        if (PyObject* text = format_real(frame.base[i.b].as_real(), frame.base[i.c].as_object())) {
            consume(frame, i.c);
            write(frame, i, text);
            return true;
        }
    }
    // An exact str is its own text.
    if (is_exact_text(frame.base[i.b]) && frame.base[i.c].is_nil() && (i.x == 0 || i.x == 's')) {
        frame.base[i.a] = take(frame, i.b);
        return true;
    }
    Ref value = boxed(frame.base[i.b]);
    if (!value) return false;
    switch (i.x) {
        case 'r': value = steal(PyObject_Repr(value.get())); break;
        case 's': value = steal(PyObject_Str(value.get())); break;
        case 'a': value = steal(PyObject_ASCII(value.get())); break;
        default: break;
    }
    if (!value) return false;
    const Value& spec = frame.base[i.c];
    const Ref text = steal(PyObject_Format(value.get(), spec.is_object() ? spec.as_object() : nullptr));
    if (!text) return false;
    consume(frame, i.b);
    consume(frame, i.c);
    write(frame, i, Py_NewRef(text.get()));
    return true;
}

bool slow_join(Frame& frame, const Instr& i) {
    Value* window = frame.base + i.b;
    Py_ssize_t length = 0;
    Py_UCS4 widest = 127;
    for (std::size_t n = 0; n < i.c; ++n) {
        if (window[n].is_integer()) {
            length += decimal_length(window[n].as_integer());
            continue;
        }
        if (!window[n].is_object() || !PyUnicode_Check(window[n].as_object())) {
            PyErr_SetString(PyExc_TypeError, "a part of an f-string did not format to a string");
            return false;
        }
        length += PyUnicode_GET_LENGTH(window[n].as_object());
        widest = std::max(widest, PyUnicode_MAX_CHAR_VALUE(window[n].as_object()));
    }
    if (i.c == 1 && is_exact_text(window[0])) {
        write(frame, i, unload(window[0]));
        return true;
    }
    PyObject* text = PyUnicode_New(length, widest);
    if (text == nullptr) return false;
    Py_ssize_t at = 0;
    for (std::size_t n = 0; n < i.c; ++n) {
        if (window[n].is_integer()) {
            at += write_decimal(text, at, window[n].as_integer());
            continue;
        }
        PyObject* part = window[n].as_object();
        const Py_ssize_t size = PyUnicode_GET_LENGTH(part);
        if (size == 0) continue;
        if (PyUnicode_KIND(part) == PyUnicode_KIND(text)) {
            const auto width = static_cast<std::size_t>(PyUnicode_KIND(text));
            std::memcpy(static_cast<char*>(PyUnicode_DATA(text)) + static_cast<std::size_t>(at) * width,
                        PyUnicode_DATA(part), static_cast<std::size_t>(size) * width);
        } else if (PyUnicode_CopyCharacters(text, at, part, 0, size) < 0) {
            Py_DECREF(text);
            return false;
        }
        at += size;
    }
    clear_registers(window, window + i.c);
    write(frame, i, text);
    return true;
}

}  // namespace catena
