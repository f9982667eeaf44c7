#include "bridge/intrinsics.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>

#include "bridge/numpy_scalars.hpp"
#include "bridge/operators.hpp"
#include "bridge/sort_numbers.hpp"

namespace catena {
namespace {

// A number as math's functions see it: floats, and ints as the nearest double (Python rounds as the machine
// does).
bool as_double(const Value& v, double* out) {
    if (v.is_real() || v.is_float64()) {
        *out = v.as_real();
        return true;
    }
    if (v.is_integer()) *out = static_cast<double>(v.as_integer());
    return v.is_integer();
}

// Functions whose finite results are right as they come from the C library. Everything else (domain errors, overflow,
// infinities) is left to the function itself.
Value finite(const Value& x, const void* data) {
    double number;
    if (!as_double(x, &number)) return Value::missing();
    const double result = reinterpret_cast<double (*)(double)>(const_cast<void*>(data))(number);
    return std::isfinite(result) ? Value::real(result) : Value::missing();
}

Value finite2(const Value& x, const Value& y, const void* data) {
    double a, b;
    if (!as_double(x, &a) || !as_double(y, &b) || !std::isfinite(a) || !std::isfinite(b)) return Value::missing();
    const double result = reinterpret_cast<double (*)(double, double)>(const_cast<void*>(data))(a, b);
    return std::isfinite(result) ? Value::real(result) : Value::missing();
}

// math.log and its kin hand ints, which may be large, to other code.
Value logarithm(const Value& x, const void* data) {
    if (!x.is_real() || !(x.as_real() > 0) || !std::isfinite(x.as_real())) return Value::missing();
    return Value::real(reinterpret_cast<double (*)(double)>(const_cast<void*>(data))(x.as_real()));
}

// floor, ceil, trunc: a float becomes an int.
Value rounded(const Value& x, const void* data) {
    if (x.is_integer()) return x;
    if (!x.is_real()) return Value::missing();
    const double result = reinterpret_cast<double (*)(double)>(const_cast<void*>(data))(x.as_real());
    if (!(result >= -0x1p63 && result < 0x1p63)) return Value::missing();
    return Value::integer(static_cast<std::int64_t>(result));
}

Value is_nan(const Value& x, const void*) {
    double number;
    return as_double(x, &number) ? Value::boolean(std::isnan(number)) : Value::missing();
}
Value is_inf(const Value& x, const void*) {
    double number;
    return as_double(x, &number) ? Value::boolean(std::isinf(number)) : Value::missing();
}
Value is_finite(const Value& x, const void*) {
    double number;
    return as_double(x, &number) ? Value::boolean(std::isfinite(number)) : Value::missing();
}

double to_degrees(double x) { return x * (180.0 / 3.141592653589793238462643383279502884197); }
double to_radians(double x) { return x * (3.141592653589793238462643383279502884197 / 180.0); }

Value remainder_of(const Value& x, const Value& y, const void* data) {
    return y.is_real() && y.as_real() != 0 ? finite2(x, y, data) : Value::missing();
}

Value length(const Value& x, const void*) {
    if (!x.is_object()) return Value::missing();
    const Py_ssize_t size = PyObject_Size(x.as_object());
    return size < 0 ? Value::error() : Value::integer(size);
}

Value absolute(const Value& x, const void*) {
    if (x.is_real()) return Value::real(std::fabs(x.as_real()));
    if (!x.is_integer() || x.as_integer() == std::numeric_limits<std::int64_t>::min()) return Value::missing();
    return Value::integer(x.as_integer() < 0 ? -x.as_integer() : x.as_integer());
}

bool numbers(const Value& x, const Value& y) {
    return (x.is_integer() || x.is_real()) && (y.is_integer() || y.is_real());
}

// The first operand unless the second is truly less, or greater.
Value smaller(const Value& x, const Value& y, const void*) {
    return !numbers(x, y) ? Value::missing() : lt(y, x).tag == Tag::yes ? y : x;
}
Value larger(const Value& x, const Value& y, const void*) {
    return !numbers(x, y) ? Value::missing() : gt(y, x).tag == Tag::yes ? y : x;
}

template <PyObject* (*FUNCTION)(PyObject*)>
Value text_of(const Value& x, const void*) {
    const Ref object = boxed(x);
    return object ? steal_value(FUNCTION(object.get())) : Value::error();
}
Value hash_of(const Value& x, const void*) {
    const Ref object = boxed(x);
    const Py_hash_t hash = object ? PyObject_Hash(object.get()) : -1;
    return hash == -1 ? Value::error() : Value::integer(hash);
}

Value to_int(const Value& x, const void*) {
    if (x.is_object() && PyUnicode_CheckExact(x.as_object()))
        return steal_value(PyLong_FromUnicodeObject(x.as_object(), 10));
    return rounded(x, reinterpret_cast<const void*>(static_cast<double (*)(double)>(std::trunc)));
}
Value to_float(const Value& x, const void*) {
    double number;
    return as_double(x, &number) ? Value::real(number) : Value::missing();
}

// round(x): to the nearest integer, halves to the even one.
Value round_to_integer(const Value& x, const void*) {
    return rounded(x, reinterpret_cast<const void*>(static_cast<double (*)(double)>(std::nearbyint)));
}

Value ordinal(const Value& x, const void*) {
    if (!x.is_object() || !PyUnicode_CheckExact(x.as_object()) || PyUnicode_GET_LENGTH(x.as_object()) != 1)
        return Value::missing();
    return Value::integer(PyUnicode_READ_CHAR(x.as_object(), 0));
}

// What sorted() does with one argument, but for looking the method up.
Value sorted_list(const Value& x, const void*) {
    if (!x.is_object()) return Value::missing();
    Ref list = steal(PySequence_List(x.as_object()));
    if (!list || (!sort_numbers(list.get()) && PyList_Sort(list.get()) < 0)) return Value::error();
    return Value::object(list.release());
}

PyTypeObject* type_of(const Value& x) {
    switch (x.tag) {
        case Tag::integer: return &PyLong_Type;
        case Tag::real: return &PyFloat_Type;
        case Tag::float64: return numpy_found.float64;
        case Tag::yes:
        case Tag::no: return &PyBool_Type;
        case Tag::object: return Py_TYPE(x.as_object());
        default: return Py_TYPE(Py_None);
    }
}

// Yes for an ordinary class that is an ancestor; anything else may ask `__instancecheck__` or `__class__`.
Value is_instance(const Value& x, const Value& type, const void*) {
    if (!type.is_object() || Py_TYPE(type.as_object()) != &PyType_Type) return Value::missing();
    auto* asked = reinterpret_cast<PyTypeObject*>(type.as_object());
    PyTypeObject* own = type_of(x);
    if (own == asked || PyType_IsSubtype(own, asked) != 0) return Value::boolean(true);
    return x.is_object() ? Value::missing() : Value::boolean(false);
}

using Binary = Value (*)(const Value&, const Value&);
Value binary(const Value& x, const Value& y, const void* data) {
    if (!numbers(x, y)) return Value::missing();
    return reinterpret_cast<Binary>(const_cast<void*>(data))(x, y);
}
using Unary = Value (*)(const Value&);
Value unary(const Value& x, const void* data) {
    if (!x.is_integer() && !x.is_real()) return Value::missing();
    return reinterpret_cast<Unary>(const_cast<void*>(data))(x);
}
// Bit operations of floats are TypeErrors, which the operators raise as well; the function's own way is kept for them.
Value bits(const Value& x, const Value& y, const void* data) {
    if (!x.is_integer() || !y.is_integer()) return Value::missing();
    return reinterpret_cast<Binary>(const_cast<void*>(data))(x, y);
}

const void* d1(double (*function)(double)) { return reinterpret_cast<const void*>(function); }
const void* d2(double (*function)(double, double)) { return reinterpret_cast<const void*>(function); }
const void* v1(Unary function) { return reinterpret_cast<const void*>(function); }
const void* v2(Binary function) { return reinterpret_cast<const void*>(function); }

struct Entry {
    const char* module;
    const char* name;
    Intrinsic intrinsic;
};

const Entry entries[] = {
    {"math", "acos", {finite, nullptr, d1(std::acos)}},
    {"math", "acosh", {finite, nullptr, d1(std::acosh)}},
    {"math", "asin", {finite, nullptr, d1(std::asin)}},
    {"math", "asinh", {finite, nullptr, d1(std::asinh)}},
    {"math", "atan", {finite, nullptr, d1(std::atan)}},
    {"math", "atanh", {finite, nullptr, d1(std::atanh)}},
    {"math", "cbrt", {finite, nullptr, d1(std::cbrt)}},
    {"math", "cos", {finite, nullptr, d1(std::cos)}},
    {"math", "cosh", {finite, nullptr, d1(std::cosh)}},
    {"math", "exp", {finite, nullptr, d1(std::exp)}},
    {"math", "expm1", {finite, nullptr, d1(std::expm1)}},
    {"math", "fabs", {finite, nullptr, d1(std::fabs)}},
    {"math", "sin", {finite, nullptr, d1(std::sin)}},
    {"math", "sinh", {finite, nullptr, d1(std::sinh)}},
    {"math", "sqrt", {finite, nullptr, d1(std::sqrt)}},
    {"math", "tan", {finite, nullptr, d1(std::tan)}},
    {"math", "tanh", {finite, nullptr, d1(std::tanh)}},
    {"math", "degrees", {finite, nullptr, d1(to_degrees)}},
    {"math", "radians", {finite, nullptr, d1(to_radians)}},
    {"math", "log", {logarithm, nullptr, d1(std::log)}},
    {"math", "log2", {logarithm, nullptr, d1(std::log2)}},
    {"math", "log10", {logarithm, nullptr, d1(std::log10)}},
    {"math", "floor", {rounded, nullptr, d1(std::floor)}},
    {"math", "ceil", {rounded, nullptr, d1(std::ceil)}},
    {"math", "trunc", {rounded, nullptr, d1(std::trunc)}},
    {"math", "isnan", {is_nan, nullptr, nullptr}},
    {"math", "isinf", {is_inf, nullptr, nullptr}},
    {"math", "isfinite", {is_finite, nullptr, nullptr}},
    {"math", "atan2", {nullptr, finite2, d2(std::atan2)}},
    {"math", "copysign", {nullptr, finite2, d2(std::copysign)}},
    {"math", "pow", {nullptr, finite2, d2(std::pow)}},
    {"math", "fmod", {nullptr, remainder_of, d2(std::fmod)}},
    {"builtins", "len", {length, nullptr, nullptr}},
    {"builtins", "abs", {absolute, nullptr, nullptr}},
    {"builtins", "ord", {ordinal, nullptr, nullptr}},
    {"builtins", "round", {round_to_integer, nullptr, nullptr}},
    {"builtins", "sorted", {sorted_list, nullptr, nullptr}},
    {"builtins", "repr", {text_of<PyObject_Repr>, nullptr, nullptr}},
    {"builtins", "hash", {hash_of, nullptr, nullptr}},
    {"builtins", "isinstance", {nullptr, is_instance, nullptr}},
    {"builtins", "min", {nullptr, smaller, nullptr}},
    {"builtins", "max", {nullptr, larger, nullptr}},
    {"_operator", "add", {nullptr, binary, v2(add)}},
    {"_operator", "sub", {nullptr, binary, v2(sub)}},
    {"_operator", "mul", {nullptr, binary, v2(mul)}},
    {"_operator", "truediv", {nullptr, binary, v2(div)}},
    {"_operator", "floordiv", {nullptr, binary, v2(floordiv)}},
    {"_operator", "mod", {nullptr, binary, v2(mod)}},
    {"_operator", "pow", {nullptr, binary, v2(pow)}},
    {"_operator", "lt", {nullptr, binary, v2(lt)}},
    {"_operator", "le", {nullptr, binary, v2(le)}},
    {"_operator", "eq", {nullptr, binary, v2(eq)}},
    {"_operator", "ne", {nullptr, binary, v2(ne)}},
    {"_operator", "gt", {nullptr, binary, v2(gt)}},
    {"_operator", "ge", {nullptr, binary, v2(ge)}},
    {"_operator", "and_", {nullptr, bits, v2(bit_and)}},
    {"_operator", "or_", {nullptr, bits, v2(bit_or)}},
    {"_operator", "xor", {nullptr, bits, v2(bit_xor)}},
    {"_operator", "lshift", {nullptr, bits, v2(shift_left)}},
    {"_operator", "rshift", {nullptr, bits, v2(shift_right)}},
    {"_operator", "neg", {unary, nullptr, v1(neg)}},
    {"_operator", "pos", {unary, nullptr, v1(pos)}},
    {"_operator", "abs", {absolute, nullptr, nullptr}},
};

const Intrinsic int_class{to_int, nullptr, nullptr};
const Intrinsic float_class{to_float, nullptr, nullptr};

const Intrinsic* fits(const Intrinsic& intrinsic, std::size_t arguments) {
    const bool there = (arguments == 1 && intrinsic.one != nullptr) || (arguments == 2 && intrinsic.two != nullptr);
    return there ? &intrinsic : nullptr;
}

}  // namespace

bool has_intrinsic(std::string_view builtin) {
    if (builtin == "int" || builtin == "float") return true;
    return std::any_of(std::begin(entries), std::end(entries), [&](const Entry& entry) {
        return entry.name == builtin && std::string_view(entry.module) == "builtins";
    });
}

const Intrinsic* find_intrinsic(PyObject* function, std::size_t arguments) {
    if (function == reinterpret_cast<PyObject*>(&PyLong_Type)) return fits(int_class, arguments);
    if (function == reinterpret_cast<PyObject*>(&PyFloat_Type)) return fits(float_class, arguments);
    if (!PyCFunction_CheckExact(function)) return nullptr;
    PyObject* self = PyCFunction_GET_SELF(function);
    if (self == nullptr || Py_TYPE(self) != &PyModule_Type) return nullptr;
    const PyModuleDef* module = PyModule_GetDef(self);
    if (module == nullptr) {
        PyErr_Clear();
        return nullptr;
    }
    const char* name = reinterpret_cast<PyCFunctionObject*>(function)->m_ml->ml_name;
    for (const Entry& entry : entries) {
        if (std::strcmp(entry.name, name) == 0 && std::strcmp(entry.module, module->m_name) == 0) {
            return fits(entry.intrinsic, arguments);
        }
    }
    return nullptr;
}

Value call_intrinsic(PyObject* function, const Value* arguments, std::size_t count) {
    // Which definitions have one, remembered by address: those that have live as long as the process, and an address
    // that none has may be used again only to be asked anew by its full name.
    struct Known {
        const PyMethodDef* definition = nullptr;
        std::size_t count = 0;
        const Intrinsic* intrinsic = nullptr;
    };
    static Known known[64];
    if (count == 0 || count > 2) return Value::missing();
    const auto compute = [&](const Intrinsic* intrinsic) {
        if (intrinsic == nullptr) return Value::missing();
        return count == 1 ? intrinsic->one(arguments[0], intrinsic->data)
                          : intrinsic->two(arguments[0], arguments[1], intrinsic->data);
    };
    if (!PyCFunction_CheckExact(function)) return compute(find_intrinsic(function, count));
    const PyMethodDef* definition = reinterpret_cast<PyCFunctionObject*>(function)->m_ml;
    Known& entry =
        known[(reinterpret_cast<std::uintptr_t>(definition) / sizeof(PyMethodDef) * 2 + count) % std::size(known)];
    if (entry.definition != definition || entry.count != count)
        entry = {definition, count, find_intrinsic(function, count)};
    return compute(entry.intrinsic);
}

}  // namespace catena
