#include "bridge/numpy_scalars.hpp"

#include <cmath>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#else
#include <cfenv>
#endif

namespace catena {
namespace {

using Loop = void (*)(char** args, const Py_ssize_t* dimensions, const Py_ssize_t* strides, void* data);

// The beginning of PyUFuncObject.
struct UfuncLayout {
    PyObject base;
    int inputs, outputs, arguments, identity;
    Loop* functions;
    void** data;
    int loop_count;
    int reserved;
    const char* name;
    const char* types;
};

// The beginning of PyArrayObject_fields and of PyArray_Descr.
struct ArrayLayout {
    PyObject base;
    char* data;
    int dimensions;
    Py_ssize_t* shape;
    Py_ssize_t* strides;
    PyObject* owner;
    PyObject* descriptor;
    int flags;
};
struct DescriptorLayout {
    PyObject base;
    PyTypeObject* scalar;
    char kind, type, byte_order, flags;
    int number;
};

// NumPy's numbers of the element types.
enum TypeNumber : char {
    int8 = 1,
    uint8,
    int16,
    uint16,
    int32,
    uint32,
    long_,
    ulong,
    longlong,
    ulonglong,
    float32,
    float64,
};
constexpr int writeable = 0x0400;
constexpr int warn_on_write = 1 << 31;

// NumPy's three types, found when it has been imported and its version is known; static types all, which no program
// makes.
struct Types {
    PyTypeObject* ufunc = nullptr;
    PyTypeObject* array = nullptr;
    PyTypeObject* float64 = nullptr;
    bool refused = false;
};

PyTypeObject* static_type(PyObject* module, const char* name, const char* full_name) {
    PyObject* found = PyDict_GetItemString(PyModule_GetDict(module), name);
    if (found == nullptr || !PyType_Check(found)) return nullptr;
    auto* type = reinterpret_cast<PyTypeObject*>(found);
    const bool right = !PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) && std::strcmp(type->tp_name, full_name) == 0;
    return right ? reinterpret_cast<PyTypeObject*>(Py_NewRef(found)) : nullptr;
}

constinit Types types;

const Types& numpy_types() {
    if (types.ufunc != nullptr || types.refused) return types;
    static PyObject* const name = PyUnicode_InternFromString("numpy");
    const Ref module = steal(PyImport_GetModule(name));
    if (!module || !PyModule_Check(module.get())) {
        PyErr_Clear();
        return types;
    }
    PyObject* version = PyDict_GetItemString(PyModule_GetDict(module.get()), "__version__");
    // Not there yet while NumPy is being imported.
    if (version == nullptr || !PyUnicode_Check(version)) return types;
    const char* text = PyUnicode_AsUTF8(version);
    if (text == nullptr) PyErr_Clear();
    Types found;
    if (text != nullptr && (text[0] == '1' || text[0] == '2') && text[1] == '.') {
        found.array = static_type(module.get(), "ndarray", "numpy.ndarray");
        found.float64 = static_type(module.get(), "float64", "numpy.float64");
        found.ufunc = static_type(module.get(), "ufunc", "numpy.ufunc");
    }
    if (found.ufunc == nullptr || found.array == nullptr || found.float64 == nullptr) found = Types{};
    found.refused = found.ufunc == nullptr;
    types = found;
    return types;
}

// double, long double, the complex types of them, and object.
bool holds_doubles(char number) { return number == 12 || number == 13 || (number >= 15 && number <= 17); }

const UfuncLayout& ufunc_of(PyObject* o) { return *reinterpret_cast<UfuncLayout*>(o); }

// Floating-point exceptions that NumPy can be told to report: invalid, division by zero, overflow, underflow.
class FloatFlags {
public:
#if defined(__x86_64__)
    FloatFlags() {
        const unsigned int now = _mm_getcsr();
        if ((now & mask) != 0) _mm_setcsr(now & ~mask);
    }
    // The flags of the old unit are seldom set; when they are, old or new, NumPy itself looks at them and clears them.
    [[nodiscard]] bool raised() const { return ((_mm_getcsr() | x87()) & mask) != 0; }

private:
    static constexpr unsigned int mask = 0x01 | 0x04 | 0x08 | 0x10;
    static unsigned int x87() {
        unsigned short status;
        asm volatile("fnstsw %0" : "=a"(status));
        return status;
    }
#else
    FloatFlags() { std::feclearexcept(FE_ALL_EXCEPT); }
    [[nodiscard]] bool raised() const {
        return std::fetestexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW | FE_UNDERFLOW) != 0;
    }
#endif
};

// A scalar object with the bytes of its value, which stand right behind the object's head.
Value make_scalar(PyTypeObject* type, const char* bytes, std::size_t size) {
    PyObject* scalar = type->tp_alloc(type, 0);
    if (scalar == nullptr) return Value::error();
    char* place = reinterpret_cast<char*>(scalar) + sizeof(PyObject);
    // The commonest size is one move.
    if (size == 8) {
        std::memcpy(place, bytes, 8);
    } else {
        std::memcpy(place, bytes, size);
    }
    return Value::object(scalar);
}

std::size_t element_size(int number) {
    static constexpr unsigned char sizes[] = {0, 1, 1, 2, 2, 4, 4, sizeof(long), sizeof(long), 8, 8, 4, 8};
    return number >= int8 && number <= float64 ? sizes[number] : 0;
}

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

template <class T>
bool store_integer(char* at, const Value& value) {
    if (!value.is_integer()) return false;
    const auto number = static_cast<T>(value.as_integer());
    if (static_cast<std::int64_t>(number) != value.as_integer() || (number < 0) != (value.as_integer() < 0))
        return false;
    std::memcpy(at, &number, sizeof number);
    return true;
}

}  // namespace

// The name is compared before NumPy is looked for, so that a program without it never looks.
bool is_ufunc(PyObject* o) {
    PyTypeObject* type = Py_TYPE(o);
    if (types.ufunc != nullptr) return type == types.ufunc;
    return std::strcmp(type->tp_name, "numpy.ufunc") == 0 && type == numpy_types().ufunc;
}

bool is_plain_array(PyObject* o) {
    PyTypeObject* type = Py_TYPE(o);
    if (types.array != nullptr) return type == types.array;
    return std::strcmp(type->tp_name, "numpy.ndarray") == 0 && type == numpy_types().array;
}

int double_loop(PyObject* ufunc, std::size_t inputs) {
    const UfuncLayout& u = ufunc_of(ufunc);
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
    const UfuncLayout& u = ufunc_of(ufunc);
    return loop < u.loop_count ? reinterpret_cast<void*>(u.functions[loop]) : nullptr;
}

void* loop_data(PyObject* ufunc, int loop) {
    const UfuncLayout& u = ufunc_of(ufunc);
    return u.data != nullptr && loop < u.loop_count ? u.data[loop] : nullptr;
}

Value run_double_loop(void* function, void* data, const Value* operands, std::size_t count) {
    PyTypeObject* type = types.float64;
    // The result stands apart from the operands: the loops treat adjacent memory as overlapping.
    double numbers[2];
    alignas(64) double result[8];
    for (std::size_t i = 0; i < count; ++i) {
        if (operands[i].is_real()) {
            numbers[i] = operands[i].as_real();
        } else if (operands[i].is_object() && Py_TYPE(operands[i].as_object()) == type) {
            std::memcpy(&numbers[i], reinterpret_cast<char*>(operands[i].as_object()) + sizeof(PyObject),
                        sizeof(double));
        } else {
            return Value::missing();
        }
    }
    // As NumPy calls it for scalars: inputs without a stride.
    const Py_ssize_t one = 1;
    char* args[3];
    Py_ssize_t strides[3] = {0, 0, 0};
    for (std::size_t i = 0; i < count; ++i) args[i] = reinterpret_cast<char*>(&numbers[i]);
    args[count] = reinterpret_cast<char*>(result);
    strides[count] = sizeof(double);
    const FloatFlags flags;
    reinterpret_cast<Loop>(function)(args, &one, strides, data);
    if (flags.raised()) return Value::missing();
    return make_scalar(type, reinterpret_cast<const char*>(result), sizeof(double));
}

Value array_item(PyObject* array, const std::int64_t* indices, int count) {
    const DescriptorLayout* descriptor;
    const char* at = place(array, indices, count, &descriptor);
    if (at == nullptr) return Value::missing();
    return make_scalar(descriptor->scalar, at, element_size(descriptor->number));
}

bool set_array_item(PyObject* array, const std::int64_t* indices, int count, const Value& value) {
    const DescriptorLayout* descriptor;
    const auto& a = *reinterpret_cast<ArrayLayout*>(array);
    if ((a.flags & writeable) == 0 || (a.flags & warn_on_write) != 0) return false;
    char* at = place(array, indices, count, &descriptor);
    if (at == nullptr) return false;
    double number;
    switch (descriptor->number) {
        case float64:
        case float32:
            if (value.is_real()) {
                number = value.as_real();
            } else if (value.is_integer()) {
                number = static_cast<double>(value.as_integer());
            } else {
                return false;
            }
            if (descriptor->number == float64) {
                std::memcpy(at, &number, sizeof number);
            } else {
                const auto narrow = static_cast<float>(number);
                // NumPy reports an overflow of the cast in its own way.
                if (std::isinf(narrow) && !std::isinf(number)) return false;
                std::memcpy(at, &narrow, sizeof narrow);
            }
            return true;
        case int8: return store_integer<std::int8_t>(at, value);
        case uint8: return store_integer<std::uint8_t>(at, value);
        case int16: return store_integer<std::int16_t>(at, value);
        case uint16: return store_integer<std::uint16_t>(at, value);
        case int32: return store_integer<std::int32_t>(at, value);
        case uint32: return store_integer<std::uint32_t>(at, value);
        case long_: return store_integer<long>(at, value);
        case ulong: return store_integer<unsigned long>(at, value);
        case longlong: return store_integer<long long>(at, value);
        case ulonglong: return store_integer<unsigned long long>(at, value);
        default: return false;
    }
}

}  // namespace catena
