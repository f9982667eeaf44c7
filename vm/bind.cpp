#include "vm/bind.hpp"

#include <algorithm>
#include <string>

#include "lang/keyword.hpp"
#include "lang/python_name.hpp"
#include "vm/calls.hpp"
#include "vm/suggest.hpp"

namespace catena {
namespace {

struct Arguments {
    Value* base;
    std::size_t positional;
    std::size_t named;
    PyObject* names;

    [[nodiscard]] std::size_t count() const { return positional + named; }
    [[nodiscard]] PyObject* name(std::size_t n) const { return PyTuple_GET_ITEM(names, static_cast<Py_ssize_t>(n)); }
    [[nodiscard]] Value& value(std::size_t n) const { return base[positional + n]; }
};

// Names in calls and parameter lists are interned; one that Python code built at run time may not be.
bool same_name(PyObject* a, PyObject* b) { return a == b || (a != nullptr && PyUnicode_Compare(a, b) == 0); }

constexpr std::size_t none = static_cast<std::size_t>(-1);

std::size_t key_named(const Parameters& parameters, PyObject* name) {
    for (std::size_t n = 0; n < parameters.keys.size(); ++n) {
        if (same_name(parameters.keys[n].name.get(), name)) return n;
    }
    return none;
}

std::size_t positional_named(const Parameters& parameters, PyObject* name) {
    for (std::size_t n = 0; n < parameters.positional.size(); ++n) {
        if (same_name(parameters.positional[n].get(), name)) return n;
    }
    return none;
}

// What a parameter list takes, for messages: "2 arguments", "from 1 to 3 arguments", "at least 1 argument".
std::string wanted(const Parameters& parameters) {
    const std::size_t least = parameters.required;
    const std::size_t most = parameters.positional.size();
    const auto arguments = [](std::size_t n) { return std::to_string(n) + (n == 1 ? " argument" : " arguments"); };
    if (parameters.has_rest) return "at least " + arguments(least);
    if (least == most) return arguments(most);
    return "from " + std::to_string(least) + " to " + arguments(most);
}

std::string wanted(const Code& code) {
    if (code.arities.empty()) return wanted(code.parameters);
    std::string all;
    for (std::size_t n = 0; n < code.arities.size(); ++n) {
        if (n > 0) all += n + 1 == code.arities.size() ? " or " : ", ";
        const std::string one = wanted(code_of(code.arities[n].get())->parameters);
        all += n + 1 == code.arities.size() ? one : one.substr(0, one.find(" argument"));
    }
    return all;
}

void raise_wrong_count(const Code& code, const Arguments& arguments) {
    const Ref hint = [&] {
        for (std::size_t n = 0; n + 1 < arguments.positional && !code.takes_keywords; ++n) {
            const Value& v = arguments.base[n];
            if (!v.is_object() || !is_keyword(v.as_object())) continue;
            return steal(PyUnicode_FromFormat("; %U declares no &key, so :%U is a plain value here", code.name.get(),
                                              keyword_name(v.as_object())));
        }
        return steal(PyUnicode_New(0, 0));
    }();
    if (!hint) return;
    PyErr_Format(PyExc_TypeError, "%U takes %s but %zu %s given%U", code.name.get(), wanted(code).c_str(),
                 arguments.positional, arguments.positional == 1 ? "was" : "were", hint.get());
}

void raise_unexpected(const Code& code, const Parameters& parameters, PyObject* name) {
    std::vector<std::string> candidates;
    const auto add = [&](PyObject* candidate) {
        const char* text = candidate != nullptr ? PyUnicode_AsUTF8(candidate) : nullptr;
        if (text != nullptr) candidates.emplace_back(text);
    };
    for (const Parameters::Key& key : parameters.keys) add(key.name.get());
    for (const Ref& positional : parameters.positional) add(positional.get());
    const char* text = PyUnicode_AsUTF8(name);
    PyErr_Clear();
    const std::string close = text != nullptr ? closest_name(text, candidates) : "";
    std::string hint;
    if (!close.empty()) {
        hint = "; did you mean " + close + "?";
    } else if (!parameters.takes_keywords()) {
        const char* own = PyUnicode_AsUTF8(code.name.get());
        hint = std::string("; ") + (own != nullptr ? own : "it") + " declares no &key";
        PyErr_Clear();
    }
    PyErr_Format(PyExc_TypeError, "%U got an unexpected keyword argument '%U'%s", code.name.get(), name, hint.c_str());
}

// Whether a call binds to this arity without an error.
bool fits(const Parameters& parameters, const Arguments& arguments) {
    if (arguments.positional > parameters.positional.size() && !parameters.has_rest) return false;
    std::size_t by_name = 0;
    for (std::size_t n = 0; n < arguments.named; ++n) {
        if (key_named(parameters, arguments.name(n)) != none) continue;
        const std::size_t at = positional_named(parameters, arguments.name(n));
        if (at == none) {
            if (!parameters.has_kwargs) return false;
        } else if (at < arguments.positional) {
            return false;
        } else if (at < parameters.required) {
            ++by_name;
        }
    }
    return arguments.positional + by_name >= parameters.required;
}

// Where the first pair begins among operands that the function passes on; `none` without one.
std::size_t first_pair(const Code& code, const Value* base, std::size_t count) {
    for (std::size_t n = 0; code.passes_pairs && n + 1 < count; ++n) {
        if (base[n].is_object() && is_written_keyword(base[n].as_object())) return n;
    }
    return none;
}

// The arity of arguments without names when their number alone decides and they stand where it wants them; else null.
Code* arity_of_count(const Code& code, const Value* base, std::size_t count) {
    if (first_pair(code, base, count) != none) return nullptr;
    for (const Ref& arity : code.arities) {
        Code* candidate = code_of(arity.get());
        const Parameters& parameters = candidate->parameters;
        if (parameters.has_rest || count < parameters.required || count > parameters.positional.size()) continue;
        return candidate->simple_arity == static_cast<std::int32_t>(count) ? candidate : nullptr;
    }
    return nullptr;
}

// The keywords of pairs that an arity takes for values are values.
void unmark_pairs(const Code& arity, const Arguments& arguments) {
    const std::size_t size = arity.passes_pairs ? arity.parameters.positional.size() : arguments.positional;
    for (std::size_t n = 0; n < std::min(size, arguments.positional); ++n) {
        Value& v = arguments.base[n];
        if (!v.is_object() || !is_written_keyword(v.as_object())) continue;
        const Value marked = v;
        v = borrow_value(plain_keyword(marked.as_object()));
        marked.release();
    }
}

// Of several arities the first that fits, one that leaves pairs together before one that does not, one without a rest
// parameter before one with.
Code* choose(const Code& code, const Arguments& arguments) {
    const std::size_t pair = first_pair(code, arguments.base, arguments.positional);
    for (const bool whole : {true, false}) {
        for (const bool with_rest : {false, true}) {
            for (const Ref& arity : code.arities) {
                Code* candidate = code_of(arity.get());
                if (candidate->parameters.has_rest != with_rest) continue;
                if (whole && candidate->parameters.positional.size() > pair) continue;
                if (!fits(candidate->parameters, arguments)) continue;
                if (!whole) unmark_pairs(*candidate, arguments);
                return candidate;
            }
        }
    }
    // A rest takes any number, so it is a name that does not fit; binding says which.
    for (const Ref& arity : code.arities) {
        const Parameters& parameters = code_of(arity.get())->parameters;
        const bool by_name = parameters.has_rest && arguments.positional >= parameters.required;
        if (arguments.named > 0 && (by_name || code.arities.size() == 1)) return code_of(arity.get());
    }
    raise_wrong_count(code, arguments);
    return nullptr;
}

class Binder {
public:
    Binder(const Code& named, const Code& code, const Arguments& arguments)
        : function_(named), parameters_(code.parameters), arguments_(arguments) {}

    // Fills `out` (one value for each parameter register, missing at first). What it puts there is taken from the
    // arguments' registers, which stay whole until `commit`.
    bool bind(Value* out) {
        const std::size_t most = parameters_.positional.size();
        if (arguments_.positional > most && !parameters_.has_rest) {
            raise_wrong_count(function_, arguments_);
            return false;
        }
        for (std::size_t n = 0; n < std::min(arguments_.positional, most); ++n) out[n] = arguments_.base[n];
        return bind_rest(out + most) && bind_names(out) && nothing_missing(out);
    }

    // From here on nothing can fail and no Python code runs.
    void commit(const Value* out) {
        for (std::size_t n = 0; n < arguments_.count(); ++n) arguments_.base[n] = Value::nil();
        for (std::size_t n = 0; n < parameters_.register_count(); ++n) arguments_.base[n] = out[n];
        if (rest_) arguments_.base[parameters_.positional.size()] = Value::object(rest_.release());
        if (kwargs_) arguments_.base[parameters_.register_count() - 1] = Value::object(kwargs_.release());
    }

private:
    bool bind_rest(Value* out) {
        if (!parameters_.has_rest) return true;
        const std::size_t most = parameters_.positional.size();
        const std::size_t extra = arguments_.positional > most ? arguments_.positional - most : 0;
        rest_ = steal(PyList_New(static_cast<Py_ssize_t>(extra)));
        if (!rest_) return false;
        for (std::size_t n = 0; n < extra; ++n) {
            Value& v = arguments_.base[most + n];
            PyObject* item = v.is_object() ? v.as_object() : new_object(v);
            if (item == nullptr) return false;
            v = Value::nil();
            PyList_SET_ITEM(rest_.get(), static_cast<Py_ssize_t>(n), item);
        }
        *out = Value::nil();
        return true;
    }

    bool bind_names(Value* out) {
        Value* keys = out + parameters_.positional.size() + (parameters_.has_rest ? 1 : 0);
        if (parameters_.has_kwargs) {
            kwargs_ = steal(PyDict_New());
            if (!kwargs_) return false;
        }
        for (std::size_t n = 0; n < arguments_.named; ++n) {
            PyObject* name = arguments_.name(n);
            Value* target;
            if (const std::size_t key = key_named(parameters_, name); key != none) {
                target = keys + key;
            } else if (const std::size_t at = positional_named(parameters_, name); at != none) {
                target = out + at;
            } else if (parameters_.has_kwargs) {
                const Ref value = boxed(arguments_.value(n));
                if (PyDict_GetItemWithError(kwargs_.get(), name) != nullptr) {
                    PyErr_Format(PyExc_TypeError, "%U got multiple values for argument '%U'", function_.name.get(),
                                 name);
                }
                if (PyErr_Occurred() != nullptr) return false;
                if (!value || PyDict_SetItem(kwargs_.get(), name, value.get()) < 0) return false;
                // The dict holds it now, so this is never the last reference.
                arguments_.value(n).release();
                arguments_.value(n) = Value::nil();
                continue;
            } else {
                raise_unexpected(function_, parameters_, name);
                return false;
            }
            if (!target->is_missing()) {
                PyErr_Format(PyExc_TypeError, "%U got multiple values for argument '%U'", function_.name.get(), name);
                return false;
            }
            *target = arguments_.value(n);
        }
        if (kwargs_) out[parameters_.register_count() - 1] = Value::nil();
        return true;
    }

    bool nothing_missing(const Value* out) {
        for (std::size_t n = 0; n < parameters_.required; ++n) {
            if (!out[n].is_missing()) continue;
            if (arguments_.named == 0) {
                raise_wrong_count(function_, arguments_);
            } else {
                PyErr_Format(PyExc_TypeError, "%U is missing the argument '%U'", function_.name.get(),
                             parameters_.positional[n] ? parameters_.positional[n].get() : function_.name.get());
            }
            return false;
        }
        const Value* keys = out + parameters_.positional.size() + (parameters_.has_rest ? 1 : 0);
        for (std::size_t n = 0; n < parameters_.keys.size(); ++n) {
            if (!parameters_.keys[n].required || !keys[n].is_missing()) continue;
            PyErr_Format(PyExc_TypeError, "%U is missing the keyword argument '%U'", function_.name.get(),
                         parameters_.keys[n].name.get());
            return false;
        }
        return true;
    }

    const Code& function_;
    const Parameters& parameters_;
    const Arguments& arguments_;
    Ref rest_;
    Ref kwargs_;
};

// Names as the caller gave them, each an exact str; a Keyword is the Python name that it stands for.
Ref exact_names(PyObject* names) {
    bool exact = true;
    for (Py_ssize_t n = 0; n < PyTuple_GET_SIZE(names); ++n) {
        exact = exact && PyUnicode_CheckExact(PyTuple_GET_ITEM(names, n));
    }
    if (exact) return borrow(names);
    Ref out = steal(PyTuple_New(PyTuple_GET_SIZE(names)));
    for (Py_ssize_t n = 0; out && n < PyTuple_GET_SIZE(names); ++n) {
        PyObject* name = PyTuple_GET_ITEM(names, n);
        Ref plain = is_keyword(name) ? borrow(keyword_python_name(name)) : exact_name(name);
        if (!plain) return {};
        PyTuple_SET_ITEM(out.get(), n, plain.release());
    }
    return out;
}

}  // namespace

Code* bind_arguments(Closure& closure, Value* base, std::size_t count, PyObject* names) {
    if (names == nullptr && !closure.code->arities.empty()) {
        if (Code* arity = arity_of_count(*closure.code, base, count)) return arity;
    }
    const Ref held_names = names != nullptr ? exact_names(names) : Ref();
    const std::size_t named = held_names ? static_cast<std::size_t>(PyTuple_GET_SIZE(held_names.get())) : 0;
    const Arguments arguments{base, count - named, named, held_names.get()};
    const bool names_failed = names != nullptr && !held_names;
    Code* code = closure.code;
    if (!names_failed && !code->arities.empty()) code = choose(*code, arguments);
    if (!names_failed && code != nullptr) {
        constexpr std::size_t few = 16;
        Value few_values[few];
        std::vector<Value> many_values;
        const std::size_t registers = code->parameters.register_count();
        if (registers > few) many_values.resize(registers);
        Value* out = registers > few ? many_values.data() : few_values;
        std::fill_n(out, registers, Value::missing());
        Binder binder(*closure.code, *code, arguments);
        if (binder.bind(out)) {
            binder.commit(out);
            return code;
        }
    }
    clear_registers(base, base + count);
    return nullptr;
}

}  // namespace catena
