#include "lang/printer.hpp"

#include <algorithm>
#include <cmath>
#include <new>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "lang/decimal.hpp"
#include "lang/forms.hpp"
#include "lang/keyword.hpp"
#include "lang/list.hpp"
#include "lang/symbol.hpp"
#include "lang/utf8.hpp"

namespace catena {

namespace {

constexpr std::size_t unlimited = static_cast<std::size_t>(-1);

// A container whose items are being written. `items` is a snapshot where the container itself may change, because a
// user's __repr__ runs in between: a list or tuple. Of a List it is the cell that comes next.
struct Open {
    Ref container;
    Ref items;
    Py_ssize_t index;
    const char* closing;
};

class Printer {
public:
    explicit Printer(std::size_t limit) : limit_(limit) {}

    Result<Beginning> run(PyObject* object) {
        if (!write(object)) return raised();
        while (!stack_.empty() && !is_full()) {
            const Ref item = next_item(stack_.back());
            if (!item) {
                out_ += stack_.back().closing;
                on_path_.erase(stack_.back().container.get());
                stack_.pop_back();
                at_start_ = false;
                continue;
            }
            if (!at_start_) out_ += ' ';
            if (!write(item.get())) return raised();
        }
        const bool whole = !is_full();
        if (!whole) out_.resize(start_of_character(limit_));
        auto text = checked(PyUnicode_DecodeUTF8(out_.data(), static_cast<Py_ssize_t>(out_.size()), "surrogatepass"));
        if (!text) return raised();
        return Beginning{std::move(*text), whole};
    }

private:
    [[nodiscard]] bool is_full() const { return out_.size() > limit_; }

    [[nodiscard]] std::size_t start_of_character(std::size_t at) const {
        while (at > 0 && (static_cast<unsigned char>(out_[at]) & 0xc0) == 0x80) --at;
        return at;
    }

    // How many items of a container can still be written at most: each takes a character and a space.
    [[nodiscard]] Py_ssize_t most_items() const {
        return limit_ == unlimited ? PY_SSIZE_T_MAX : static_cast<Py_ssize_t>(limit_ / 2 + 2);
    }

    static Ref next_item(Open& open) {
        PyObject* items = open.items.get();
        if (is_list(items)) {
            if (list_count(items) == 0) return {};
            Ref item = borrow(list_first(items));
            open.items = borrow(list_rest(items));
            return item;
        }
        if (open.index >= PySequence_Fast_GET_SIZE(items)) return {};
        return borrow(PySequence_Fast_GET_ITEM(items, open.index++));
    }

    // Writes an atom, or the opening of a container. False: the Python error indicator is set.
    bool write(PyObject* o) {
        at_start_ = false;
        PyTypeObject* type = Py_TYPE(o);
        if (o == Py_None) return text("nil");
        if (type == &PyBool_Type) return text(o == Py_True ? "true" : "false");
        if (type == &PyLong_Type) return integer(o);
        if (type == &PyFloat_Type) return real(PyFloat_AS_DOUBLE(o));
        if (type == &PyComplex_Type) return complex(PyComplex_AsCComplex(o));
        if (type == &PyUnicode_Type) return quoted("\"", o);
        if (type == &PyBytes_Type) return bytes(o);
        if (type == &symbol_type) return str(symbol_name(o));
        if (type == &keyword_type) return text(":") && str(keyword_name(o));
        if (type == &list_type) return open(o, borrow(o), "(", ")");
        if (type == &PyList_Type) return open(o, steal(PyList_GetSlice(o, 0, most_items())), "[", "]");
        if (type == &PyTuple_Type) return open(o, borrow(o), "#[", "]");
        if (type == &PySet_Type) return open(o, first_of_set(o), "#{", "}");
        if (type == &PyDict_Type) return open(o, keys_and_values(o), "{", "}");
        if (type == &map_form_type) return open(o, borrow(literal_items(o)), "{", "}");
        if (type == &set_form_type) return open(o, borrow(literal_items(o)), "#{", "}");
        return foreign(o);
    }

    bool open(PyObject* o, Ref items, const char* opening, const char* closing) {
        if (!items) return false;
        if (!on_path_.insert(o).second) return text("...");
        stack_.push_back({borrow(o), std::move(items), 0, closing});
        at_start_ = true;
        return text(opening);
    }

    Ref first_of_set(PyObject* set) const {
        if (PySet_GET_SIZE(set) <= most_items()) return steal(PySequence_List(set));
        const Ref items = steal(PyList_New(0));
        const Ref iterator = items ? steal(PyObject_GetIter(set)) : Ref();
        while (iterator && PyList_GET_SIZE(items.get()) < most_items()) {
            const Ref item = steal(PyIter_Next(iterator.get()));
            if (!item || PyList_Append(items.get(), item.get()) < 0) break;
        }
        return PyErr_Occurred() == nullptr ? borrow(items.get()) : Ref();
    }

    // Writing a number takes time that grows faster than its length.
    bool integer(PyObject* o) {
        if (limit_ == unlimited) return append_int(out_, o).has_value();
        const std::size_t bits = _PyLong_NumBits(o);
        if (bits / 4 <= limit_ + 64) return append_int(out_, o).has_value();
        out_ += "an integer of about " + std::to_string(static_cast<std::size_t>(static_cast<double>(bits) * 0.30103)) +
                " digits";
        return true;
    }

    Ref keys_and_values(PyObject* dict) const {
        Ref flat = steal(PyList_New(std::min(PyDict_GET_SIZE(dict), most_items()) * 2));
        if (!flat) return {};
        PyObject* key = nullptr;
        PyObject* value = nullptr;
        Py_ssize_t position = 0;
        Py_ssize_t i = 0;
        while (PyDict_Next(dict, &position, &key, &value) && i < PyList_GET_SIZE(flat.get())) {
            PyList_SET_ITEM(flat.get(), i++, Py_NewRef(key));
            PyList_SET_ITEM(flat.get(), i++, Py_NewRef(value));
        }
        // Making the list may have started a collection, and that any code.
        if (PyList_SetSlice(flat.get(), i, PyList_GET_SIZE(flat.get()), nullptr) < 0) return {};
        return flat;
    }

    bool text(const char* s) {
        out_ += s;
        return true;
    }

    // The characters of a str as they are.
    bool str(PyObject* s) {
        if (limit_ != unlimited && PyUnicode_GET_LENGTH(s) > static_cast<Py_ssize_t>(limit_)) {
            const Ref beginning = steal(PyUnicode_Substring(s, 0, static_cast<Py_ssize_t>(limit_) + 1));
            return beginning && str_whole(beginning.get());
        }
        return str_whole(s);
    }
    bool str_whole(PyObject* s) {
        const Ref utf8 = steal(PyUnicode_AsEncodedString(s, "utf-8", "surrogatepass"));
        if (!utf8) return false;
        out_.append(PyBytes_AS_STRING(utf8.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(utf8.get())));
        return true;
    }

    bool foreign(PyObject* o) {
        if (PyObject* pattern = plain_pattern(o)) {
            const Ref held = steal(pattern);
            return regex(pattern);
        }
        if (PyErr_Occurred()) return false;
        const Ref shown = steal(PyObject_Repr(o));
        return shown && str(shown.get());
    }

    // A float as the reader takes it back; `always_point` tells it from an int.
    bool real(double d, bool always_point = true) {
        char* digits = PyOS_double_to_string(d, 'r', 0, always_point ? Py_DTSF_ADD_DOT_0 : 0, nullptr);
        if (digits == nullptr) return false;
        out_ += digits;
        PyMem_Free(digits);
        return true;
    }

    bool complex(Py_complex z) {
        const bool has_real_part = z.real != 0 || std::signbit(z.real);
        if (has_real_part) {
            if (!real(z.real, false)) return false;
            if (std::isnan(z.imag) || !std::signbit(z.imag)) out_ += '+';
        }
        return real(z.imag, false) && text("j");
    }

    void escape(Py_UCS4 c) {
        char hex[16];
        const char* format = c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
        PyOS_snprintf(hex, sizeof hex, format, static_cast<unsigned>(c));
        out_ += hex;
    }

    bool short_escape(Py_UCS4 c) {
        switch (c) {
            case '\n': return text("\\n");
            case '\t': return text("\\t");
            case '\r': return text("\\r");
            case '\\': return text("\\\\");
            case '"': return text("\\\"");
            default: return false;
        }
    }

    void utf8(Py_UCS4 c) { append_utf8(out_, c); }

    bool quoted(const char* opening, PyObject* s) {
        out_ += opening;
        const int kind = PyUnicode_KIND(s);
        const void* data = PyUnicode_DATA(s);
        const Py_ssize_t length = PyUnicode_GET_LENGTH(s);
        for (Py_ssize_t i = 0; i < length && !is_full(); ++i) {
            const Py_UCS4 c = PyUnicode_READ(kind, data, i);
            if (short_escape(c)) continue;
            if (Py_UNICODE_ISPRINTABLE(c)) {
                utf8(c);
            } else {
                escape(c);
            }
        }
        return text("\"");
    }

    bool bytes(PyObject* o) {
        out_ += "b\"";
        const char* data = PyBytes_AS_STRING(o);
        for (Py_ssize_t i = 0; i < PyBytes_GET_SIZE(o) && !is_full(); ++i) {
            const auto c = static_cast<unsigned char>(data[i]);
            if (short_escape(c)) continue;
            if (c >= 0x20 && c < 0x7f) {
                out_ += static_cast<char>(c);
            } else {
                escape(c);
            }
        }
        return text("\"");
    }

    // The text of a pattern that the literal #"..." gives back, a new reference; null for anything else. Flags that are
    // not written in the pattern itself cannot be shown.
    PyObject* plain_pattern(PyObject* o) {
        const std::string_view name = Py_TYPE(o)->tp_name;
        if (name != "re.Pattern") return nullptr;
        const Ref re = steal(PyImport_ImportModule("re"));
        const Ref pattern = re ? steal(PyObject_GetAttrString(o, "pattern")) : Ref();
        if (!pattern || !PyUnicode_CheckExact(pattern.get())) return nullptr;
        const Ref again = steal(PyObject_CallMethod(re.get(), "compile", "O", pattern.get()));
        if (!again) {
            if (PyErr_ExceptionMatches(PyExc_Exception)) PyErr_Clear();
            return nullptr;
        }
        const int same = PyObject_RichCompareBool(again.get(), o, Py_EQ);
        return same == 1 ? Py_NewRef(pattern.get()) : nullptr;
    }

    // What a source text cannot hold is written as the regular expression's own escape.
    void regex_character(Py_UCS4 c, bool after_backslash) {
        if (c != '\r' && !Py_UNICODE_IS_SURROGATE(c)) return utf8(c);
        char escaped[16];
        PyOS_snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
        out_ += escaped + (after_backslash ? 1 : 0);
    }

    // A quote gets a backslash, which reading takes away again; every other escape stays as it is.
    bool regex(PyObject* pattern) {
        out_ += "#\"";
        const int kind = PyUnicode_KIND(pattern);
        const void* data = PyUnicode_DATA(pattern);
        const Py_ssize_t length = PyUnicode_GET_LENGTH(pattern);
        for (Py_ssize_t i = 0; i < length && !is_full(); ++i) {
            const Py_UCS4 c = PyUnicode_READ(kind, data, i);
            if (c == '\\' && i + 1 < length) {
                out_ += '\\';
                regex_character(PyUnicode_READ(kind, data, ++i), true);
            } else if (c == '"') {
                text("\\\"");
            } else {
                regex_character(c, false);
            }
        }
        return text("\"");
    }

    const std::size_t limit_;
    std::string out_;
    std::vector<Open> stack_;
    std::unordered_set<PyObject*> on_path_;
    bool at_start_ = false;
};

}  // namespace

Result<Beginning> repr_beginning(PyObject* object, std::size_t limit) try {
    return Printer(limit).run(object);
} catch (const std::bad_alloc&) {
    PyErr_NoMemory();
    return raised();
}

Result<Ref> repr(PyObject* object) {
    auto text = repr_beginning(object, unlimited);
    if (!text) return raised();
    return std::move(text->text);
}

}  // namespace catena
