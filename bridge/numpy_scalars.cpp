#include "bridge/numpy_scalars.hpp"

#include <cmath>
#include <cstring>

#include "bridge/array_casts.hpp"
#include "bridge/numpy_layout.hpp"
#include "bridge/operators.hpp"

namespace catena {
namespace {

// double, long double, the complex types of them, and object.
bool holds_doubles(char number) { return number == 12 || number == 13 || (number >= 15 && number <= 17); }

// The place of an item, or null when an index is out of range (NumPy says so) or the elements are not plain numbers.
inline char* place(PyObject* array, const std::int64_t* indices, int count, const DescriptorLayout** descriptor) {
    const auto& a = *reinterpret_cast<ArrayLayout*>(array);
    if (a.dimensions != count) return nullptr;
    const auto& d = *reinterpret_cast<DescriptorLayout*>(a.descriptor);
    if (element_size(d.number) == 0 || (d.byte_order != '=' && d.byte_order != '|')) return nullptr;
    char* at = a.data;
    for (int i = 0; i < count; ++i) {
        const std::int64_t index = indices[i] < 0 ? indices[i] + a.shape[i] : indices[i];
        if (index < 0 || index >= a.shape[i]) return nullptr;
        at += index * a.strides[i];
    }
    *descriptor = &d;
    return at;
}

// The place of an item of an exact array of float64 in one dimension, the commonest; null for all else.
inline char* double_at(PyObject* object, std::int64_t index) {
    if (!is_plain_array(object)) return nullptr;
    const auto& a = array_layout(object);
    const auto& d = *reinterpret_cast<DescriptorLayout*>(a.descriptor);
    if (a.dimensions != 1 || d.number != float64 || d.byte_order != '=') return nullptr;
    if (index < 0) index += a.shape[0];
    if (static_cast<std::uint64_t>(index) >= static_cast<std::uint64_t>(a.shape[0])) return nullptr;
    return a.data + index * a.strides[0];
}

inline bool is_writeable(const ArrayLayout& a) {
    return (a.flags & (array_is_writeable | array_warns_on_write)) == array_is_writeable;
}

PyObject* new_scalar(PyTypeObject* type, const char* bytes, std::size_t size) {
    PyObject* scalar = type->tp_alloc(type, 0);
    if (scalar == nullptr) return nullptr;
    char* place = reinterpret_cast<char*>(scalar) + sizeof(PyObject);
    // The commonest size is one move.
    if (size == 8) {
        std::memcpy(place, bytes, 8);
    } else {
        std::memcpy(place, bytes, size);
    }
    return scalar;
}

}  // namespace

PyObject* new_float64(double number) {
    return new_scalar(numpy_found.float64, reinterpret_cast<const char*>(&number), sizeof number);
}

Value numpy_scalar(PyTypeObject* type, const char* bytes, std::size_t size) {
    if (type != numpy_found.float64) {
        PyObject* scalar = new_scalar(type, bytes, size);
        return scalar != nullptr ? Value::object(scalar) : Value::error();
    }
    double number;
    std::memcpy(&number, bytes, sizeof number);
    return Value::float64(number);
}

// The name is compared before NumPy is looked for, so that a program without it never looks.
bool is_ufunc(PyObject* o) {
    PyTypeObject* type = Py_TYPE(o);
    if (numpy_found.ufunc != nullptr) return type == numpy_found.ufunc;
    return std::strcmp(type->tp_name, "numpy.ufunc") == 0 && type == numpy_types().ufunc;
}

[[gnu::noinline]] bool is_array_type(const PyTypeObject* type) {
    return std::strcmp(type->tp_name, "numpy.ndarray") == 0 && type == numpy_types().array;
}

int double_loop(PyObject* ufunc, std::size_t inputs) {
    const UfuncLayout& u = ufunc_layout(ufunc);
    if (u.outputs != 1 || static_cast<std::size_t>(u.inputs) != inputs || u.arguments != u.inputs + 1) return -1;
    // NumPy takes the first loop that the operands fit into, so nothing before ours may take doubles.
    for (int loop = 0; loop < u.loop_count; ++loop) {
        const char* types = u.types + loop * u.arguments;
        bool doubles = true;
        bool takes_doubles = true;
        for (int i = 0; i < u.arguments; ++i) {
            doubles = doubles && types[i] == float64;
            if (i < u.inputs) takes_doubles = takes_doubles && holds_doubles(types[i]);
        }
        if (doubles) return loop;
        if (takes_doubles) return -1;
    }
    return -1;
}

void* loop_function(PyObject* ufunc, int loop) {
    const UfuncLayout& u = ufunc_layout(ufunc);
    return loop < u.loop_count ? reinterpret_cast<void*>(u.functions[loop]) : nullptr;
}

void* loop_data(PyObject* ufunc, int loop) {
    const UfuncLayout& u = ufunc_layout(ufunc);
    return u.data != nullptr && loop < u.loop_count ? u.data[loop] : nullptr;
}

namespace {

// Integers up to here are doubles without rounding.
constexpr std::int64_t exact_limit = std::int64_t{1} << 53;

double float64_of(PyObject* scalar) {
    double number;
    std::memcpy(&number, reinterpret_cast<char*>(scalar) + sizeof(PyObject), sizeof number);
    return number;
}

bool read_double(const Value& v, double* out) {
    switch (v.tag) {
        case Tag::real:
        case Tag::float64: *out = v.as_real(); return true;
        case Tag::integer:
            *out = static_cast<double>(v.as_integer());
            return v.as_integer() >= -exact_limit && v.as_integer() <= exact_limit;
        case Tag::object:
            if (!is_float64(v)) return false;
            *out = float64_of(v.as_object());
            return true;
        default: return false;
    }
}

bool read_operands(const Value& a, const Value& b, double* x, double* y) {
    return read_double(a, x) && read_double(b, y);
}

// Keeps the compiler from moving what makes the number across the reading of the flags.
inline void pin(double& number) {
#if defined(__x86_64__)
    asm volatile("" : "+x"(number));
#else
    asm volatile("" : "+m"(number));
#endif
}

}  // namespace

Value compute_float64(Float64Operation operation, const Value& a, const Value& b) {
    double x, y, result;
    if (!read_operands(a, b, &x, &y)) return Value::missing();
    FloatFlags::clear();
    pin(x);
    pin(y);
    switch (operation) {
        case Float64Operation::add: result = x + y; break;
        case Float64Operation::subtract: result = x - y; break;
        case Float64Operation::multiply: result = x * y; break;
        default: result = x / y; break;
    }
    pin(result);
    // Of two NaNs the one that comes out depends on how the machine's instruction was written.
    if (FloatFlags::raised() != 0 || (std::isnan(result) && std::isnan(x) && std::isnan(y))) return Value::missing();
    return Value::float64(result);
}

int compare_float64(const Value& a, const Value& b, int op) {
    double x, y;
    return read_operands(a, b, &x, &y) ? compare_numbers(x, y, op) : -1;
}

Value numpy_boolean(bool truth) { return Value::object(Py_NewRef(truth ? numpy_found.yes : numpy_found.no)); }

Value run_double_loop(void* function, void* data, const Value* operands, std::size_t count) {
    // The result stands apart from the operands: the loops treat adjacent memory as overlapping.
    double numbers[2];
    alignas(64) double result[8];
    for (std::size_t i = 0; i < count; ++i) {
        if (operands[i].is_integer() || !read_double(operands[i], &numbers[i])) return Value::missing();
    }
    // As NumPy calls it for scalars: inputs without a stride.
    const Py_ssize_t one = 1;
    char* args[3];
    Py_ssize_t strides[3] = {0, 0, 0};
    for (std::size_t i = 0; i < count; ++i) args[i] = reinterpret_cast<char*>(&numbers[i]);
    args[count] = reinterpret_cast<char*>(result);
    strides[count] = sizeof(double);
    FloatFlags::clear();
    reinterpret_cast<NumpyLoop>(function)(args, &one, strides, data);
    if (FloatFlags::raised() != 0) return Value::missing();
    return Value::float64(result[0]);
}

Value array_item(PyObject* array, const std::int64_t* indices, int count) {
    const DescriptorLayout* descriptor;
    const char* at = place(array, indices, count, &descriptor);
    if (at == nullptr) return Value::missing();
    return numpy_scalar(descriptor->scalar, at, element_size(descriptor->number));
}

namespace {

// What the two below leave, out of their way: they keep no register for it.
[[gnu::noinline]] Value other_item_at(PyObject* object, std::int64_t index) {
    if (!is_plain_array(object)) return Value::missing();
    const Value element = array_item(object, &index, 1);
    if (element.is_error()) PyErr_Clear();
    return element.is_error() ? Value::missing() : element;
}

[[gnu::noinline]] bool set_other_item_at(PyObject* object, std::int64_t index, const Value& value) {
    return is_plain_array(object) && set_array_item(object, &index, 1, value);
}

}  // namespace

Value array_item_at(PyObject* object, std::int64_t index) {
    const char* at = double_at(object, index);
    if (at == nullptr) return other_item_at(object, index);
    double number;
    std::memcpy(&number, at, sizeof number);
    return Value::float64(number);
}

bool set_array_item_at(PyObject* object, std::int64_t index, const Value& value) {
    char* at = value.tag == Tag::real || value.tag == Tag::float64 ? double_at(object, index) : nullptr;
    if (at == nullptr || !is_writeable(array_layout(object))) return set_other_item_at(object, index, value);
    const double number = value.as_real();
    std::memcpy(at, &number, sizeof number);
    return true;
}

bool set_array_item(PyObject* array, const std::int64_t* indices, int count, const Value& value) {
    if (!value.is_integer() && !value.is_real() && !value.is_float64()) return false;
    if (!is_writeable(array_layout(array))) return false;
    const DescriptorLayout* descriptor;
    char* at = place(array, indices, count, &descriptor);
    // NumPy stores its own number as it stores a float.
    return at != nullptr &&
           store_number(value.is_float64() ? Value::real(value.as_real()) : value, descriptor->number, at);
}

}  // namespace catena
