#include "bridge/array_elision.hpp"

#include <algorithm>
#include <cmath>

#include "bridge/array_casts.hpp"
#include "bridge/numpy_scalars.hpp"
#include "bridge/plan.hpp"

namespace catena {
namespace {

using InPlace = PyObject* (*)(PyObject*, PyObject*);

// NumPy's own limit, below which it does not look.
constexpr Py_ssize_t smallest_elided = 256 * 1024;

// NumPy's numbers of further element types.
constexpr int long_double = 13, complex64 = 14, complex128 = 15, complex_long = 16;

constexpr int array_owns_data = 0x0004, array_writes_back = 0x2000;

PyObject* power_in_place(PyObject* a, PyObject* b) { return PyNumber_InPlacePower(a, b, Py_None); }

struct Elision {
    InPlace in_place = nullptr;
    bool commutative = false;
};

// The operators for which NumPy looks.
Elision elision_of(ArrayOperation operation) {
    switch (operation) {
        case ArrayOperation::add: return {PyNumber_InPlaceAdd, true};
        case ArrayOperation::subtract: return {PyNumber_InPlaceSubtract, false};
        case ArrayOperation::multiply: return {PyNumber_InPlaceMultiply, true};
        case ArrayOperation::true_divide: return {PyNumber_InPlaceTrueDivide, false};
        case ArrayOperation::power: return {power_in_place, false};
        case ArrayOperation::bitwise_and: return {PyNumber_InPlaceAnd, true};
        case ArrayOperation::bitwise_or: return {PyNumber_InPlaceOr, true};
        case ArrayOperation::bitwise_xor: return {PyNumber_InPlaceXor, true};
        case ArrayOperation::left_shift: return {PyNumber_InPlaceLshift, false};
        case ArrayOperation::right_shift: return {PyNumber_InPlaceRshift, false};
        default: return {};
    }
}

int number_of(PyObject* array) { return reinterpret_cast<DescriptorLayout*>(array_layout(array).descriptor)->number; }

bool is_fraction(int number) { return number == float16 || (number >= float32 && number <= complex_long); }

// 0 for what is no number to NumPy.
Py_ssize_t size_of_number(int number) {
    switch (number) {
        case boolean: return 1;
        case float16: return 2;
        case long_double: return sizeof(long double);
        case complex64: return 8;
        case complex128: return 16;
        case complex_long: return 2 * sizeof(long double);
        default: return static_cast<Py_ssize_t>(element_size(number));
    }
}

bool is_large_temporary(const Value& v) {
    if (!is_array(v) || Py_REFCNT(v.as_object()) != 1) return false;
    const ArrayLayout& a = array_layout(v.as_object());
    constexpr int wanted = array_is_writeable | array_owns_data;
    if ((a.flags & (wanted | array_writes_back | array_warns_on_write)) != wanted) return false;
    Py_ssize_t size = size_of_number(number_of(v.as_object()));
    for (int n = 0; n < a.dimensions; ++n) size *= a.shape[n];
    return size >= smallest_elided;
}

bool array_fits(PyObject* array, PyObject* temporary) {
    const ArrayLayout &a = array_layout(array), &t = array_layout(temporary);
    const bool same_shape = a.dimensions == t.dimensions && std::equal(a.shape, a.shape + a.dimensions, t.shape);
    if (a.dimensions != 0 && !same_shape) return false;
    const int from = number_of(array), to = number_of(temporary);
    if (from == to) return true;
    switch (from) {
        case float16: return is_fraction(to);
        case long_double:
        case complex128: return to == complex_long;
        case complex64: return to == complex128 || to == complex_long;
        default: return from < plain_types && casts_safely(from, to == complex64 ? int{float32} : to);
    }
}

// Whether the array's own type stays the result's, by the number's value.
bool number_fits(const Value& v, int to) {
    if (v.tag == Tag::no || v.tag == Tag::yes) return true;
    if (v.is_integer()) {
        const std::int64_t n = v.as_integer();
        if (to == float32 || to == complex64) return n >= -32768 && n <= 65535;
        if (to == float16) return n >= -128 && n <= 255;
        if (is_fraction(to)) return true;
        char element[16];
        return to != boolean && to < plain_types && store_number(v, to, element);
    }
    if (v.is_real()) {
        if (to == float16 || to == float32 || to == complex64)
            return !std::isfinite(v.as_real()) || std::fabs(v.as_real()) < 65000;
        return is_fraction(to);
    }
    if (is_float64(v)) return to >= float64 && to <= complex_long && to != complex64;
    return v.is_object() && PyComplex_Check(v.as_object()) && (to == complex128 || to == complex_long);
}

bool has_room(ArrayOperation operation, const Value& temporary, const Value& other) {
    if (!is_large_temporary(temporary)) return false;
    const int number = number_of(temporary.as_object());
    if (operation == ArrayOperation::true_divide && !is_fraction(number)) return false;
    if (operation == ArrayOperation::power) {
        // What NumPy does by other functions than power.
        if (!is_fraction(number) || (!other.is_real() && !other.is_integer())) return false;
        const double exponent = other.is_real() ? other.as_real() : static_cast<double>(other.as_integer());
        return exponent == 2 || exponent == 0.5 || exponent == -1;
    }
    if (is_array(other)) return array_fits(other.as_object(), temporary.as_object());
    return number_fits(other, number);
}

}  // namespace

Value compute_in_temporary(ArrayOperation operation, const Value& a, bool a_is_temporary, const Value& b,
                           bool b_is_temporary) {
    const Elision elision = elision_of(operation);
    if (elision.in_place == nullptr) return Value::missing();
    const bool in_a = a_is_temporary && has_room(operation, a, b);
    if (!in_a && !(elision.commutative && b_is_temporary && has_room(operation, b, a))) return Value::missing();
    const HandedOn place(in_a ? a : b), other(in_a ? b : a);
    if (other.get() == nullptr) return Value::error();
    return steal_value(elision.in_place(place.get(), other.get()));
}

}  // namespace catena
