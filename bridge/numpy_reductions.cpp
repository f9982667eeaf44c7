#include "bridge/numpy_reductions.hpp"

#include <array>
#include <cstring>
#include <string_view>
#include <vector>

#include "bridge/array_casts.hpp"
#include "bridge/dict_cache.hpp"
#include "bridge/numpy_layout.hpp"
#include "bridge/numpy_scalars.hpp"

namespace catena {
namespace {

enum class Kind : std::uint8_t { fold, mean, dot };

// How NumPy begins: not known yet, not as here, with the operation's neutral element, with the array's first element.
enum class Begin : std::uint8_t { unknown, refused, neutral, first };

// More elements are left to NumPy, which gives up the GIL for them.
constexpr Py_ssize_t most_elements = 5000;

using DotFunction = void (*)(void* a, Py_ssize_t a_stride, void* b, Py_ssize_t b_stride, void* out, Py_ssize_t count,
                             void* array);

}  // namespace

struct NumpyReduction {
    const char* name;   // in NumPy's module
    const char* ufunc;  // that is folded with; null: none
    Kind kind;
    bool is_method;                // of arrays too
    PyObject* function = nullptr;  // as the module had it; owned, as the next ones are
    PyObject* code = nullptr;      // of the function, when it is one of Python's
    PyObject* operation = nullptr;
    PyObject* operation_name = nullptr;
    DictCache cache{};
    std::array<Begin, plain_types> begins{};
    std::array<int, plain_types> loops{};
};

namespace {

NumpyReduction reductions[] = {
    {"sum", "add", Kind::fold, true},       {"prod", "multiply", Kind::fold, true},
    {"max", "maximum", Kind::fold, true},   {"min", "minimum", Kind::fold, true},
    {"amax", "maximum", Kind::fold, false}, {"amin", "minimum", Kind::fold, false},
    {"mean", "add", Kind::mean, true},      {"dot", nullptr, Kind::dot, true},
};

PyObject* code_of_function(PyObject* function) {
    return PyFunction_Check(function) ? PyFunction_GET_CODE(function) : nullptr;
}

// Fills the table in when NumPy is there.
bool known() {
    static bool done = false;
    if (done) return true;
    const NumpyTypes& numpy = numpy_types();
    if (numpy.api == nullptr) return false;
    for (NumpyReduction& r : reductions) {
        PyObject* function = PyDict_GetItemString(PyModule_GetDict(numpy.module), r.name);
        if (function == nullptr) continue;
        const Ref home = steal(PyObject_GetAttrString(function, "__module__"));
        if (!home) PyErr_Clear();
        if (!home || !PyUnicode_Check(home.get()) || PyUnicode_CompareWithASCIIString(home.get(), "numpy") != 0)
            continue;
        if (r.ufunc != nullptr) {
            r.operation = PyDict_GetItemString(PyModule_GetDict(numpy.umath), r.ufunc);
            r.operation_name = PyUnicode_InternFromString(r.ufunc);
            if (r.operation == nullptr || !is_ufunc(r.operation) || r.operation_name == nullptr) continue;
            Py_INCREF(r.operation);
        }
        r.function = Py_NewRef(function);
        r.code = Py_XNewRef(code_of_function(function));
    }
    PyErr_Clear();
    return done = true;
}

int loop_for(const NumpyReduction& r, int type) {
    const UfuncLayout& u = ufunc_layout(r.operation);
    for (int loop = 0; loop < u.loop_count; ++loop) {
        const char* types = u.types + static_cast<std::ptrdiff_t>(loop) * 3;
        if (types[0] == type && types[1] == type && types[2] == type) return loop;
    }
    return -1;
}

// Elements that loops can run over without a copy: one dimension, or no gaps. 0: they are not.
Py_ssize_t elements_of(const ArrayLayout& a, Py_ssize_t* stride) {
    const int type = reinterpret_cast<DescriptorLayout*>(a.descriptor)->number;
    if (type < int8 || type > float64 || a.descriptor != numpy_found.descriptors[type]) return 0;
    if ((a.flags & array_is_aligned) == 0 || a.dimensions == 0) return 0;
    if (a.dimensions == 1) {
        *stride = a.strides[0];
        // NumPy walks backwards through what goes backwards.
        return a.shape[0] <= most_elements && *stride > 0 ? a.shape[0] : 0;
    }
    if ((a.flags & array_is_contiguous) == 0) return 0;
    *stride = static_cast<Py_ssize_t>(element_size(type));
    Py_ssize_t count = 1;
    for (int d = 0; d < a.dimensions; ++d) {
        count *= a.shape[d];
        if (count > most_elements) return 0;
    }
    return count;
}

// The neutral element of the two operations that have one.
void store_neutral(const NumpyReduction& r, int type, char* at) {
    (void)store_number(Value::integer(r.ufunc[0] == 'm' ? 1 : 0), type, at);
}

// Elements on lines of the cache of their own: loops take memory that touches for overlapping.
struct alignas(64) Element {
    char bytes[64];
};

void fold(const NumpyReduction& r, Begin begin, int type, char* data, Py_ssize_t count, Py_ssize_t stride, char* out) {
    const std::size_t size = element_size(type);
    if (begin == Begin::first) {
        std::memcpy(out, data, size);
        data += stride;
        --count;
    } else {
        store_neutral(r, type, out);
    }
    if (count == 0) return;
    const UfuncLayout& u = ufunc_layout(r.operation);
    const int loop = r.loops[static_cast<std::size_t>(type)];
    char* args[3] = {out, data, out};
    const Py_ssize_t strides[3] = {0, stride, 0};
    u.functions[loop](args, &count, strides, u.data != nullptr ? u.data[loop] : nullptr);
}

// The place of the functions in a descriptor of version 1, and of the dot product among them.
DotFunction dot_function(int type) {
    if (numpy_found.weak_scalars) return nullptr;
    struct Descriptor {
        DescriptorLayout head;
        int size, alignment;
        void *subarray, *fields, *names;
        void** functions;
    };
    constexpr std::size_t dot_place = 27;
    const auto* descriptor = reinterpret_cast<const Descriptor*>(numpy_found.descriptors[type]);
    return descriptor->functions != nullptr ? reinterpret_cast<DotFunction>(descriptor->functions[dot_place]) : nullptr;
}

// Whether a scalar of NumPy's has exactly these bytes as its value.
bool is_scalar(PyObject* scalar, int type, const char* bytes) {
    const auto* descriptor = reinterpret_cast<DescriptorLayout*>(numpy_found.descriptors[type]);
    return scalar != nullptr && Py_TYPE(scalar) == descriptor->scalar &&
           std::memcmp(reinterpret_cast<char*>(scalar) + sizeof(PyObject), bytes, element_size(type)) == 0;
}

// The factors beyond one and below alternate by an odd number, so that no product grows, in whatever strides it is taken: NumPy
// would report that, as the program wants it reported.
double trial_number(Py_ssize_t i) {
    const double factor = 1.0 + 0.1 * static_cast<double>(i % 17);
    return i % 34 < 17 ? factor : 1.0 / factor;
}

// An array of `count` elements that do not come out even; negative zeros alone when `zeros`.
Ref trial(int type, Py_ssize_t count, bool zeros) {
    Ref array = steal(new_plain_array(type, 1, &count));
    if (!array) return array;
    char* at = array_layout(array.get()).data;
    for (Py_ssize_t i = 0; i < count; ++i, at += element_size(type)) {
        const bool real = type == float32 || type == float64;
        const Value number = real ? Value::real(zeros ? -0.0 : trial_number(i)) : Value::integer((i * 7 + 3) % 5);
        (void)store_number(number, type, at);
    }
    return array;
}

// Whether NumPy's answer is the one that is made here, for all sizes that are tried.
bool agrees(const NumpyReduction& r, Begin begin, int type) {
    for (const Py_ssize_t count : {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 64, 127, 128, 129, 136, 257, 1000, 4999}) {
        for (const bool zeros : {false, true}) {
            const Ref array = trial(type, count, zeros);
            if (!array) return false;
            Element out;
            Ref answer;
            if (r.kind == Kind::dot) {
                char* data = array_layout(array.get()).data;
                const auto stride = static_cast<Py_ssize_t>(element_size(type));
                dot_function(type)(data, stride, data, stride, out.bytes, count, nullptr);
                answer = steal(PyObject_CallFunctionObjArgs(r.function, array.get(), array.get(), nullptr));
            } else {
                fold(r, begin, type, array_layout(array.get()).data, count, static_cast<Py_ssize_t>(element_size(type)),
                     out.bytes);
                answer = steal(PyObject_CallMethod(r.operation, "reduce", "O", array.get()));
            }
            if (!is_scalar(answer.get(), type, out.bytes)) return false;
        }
    }
    return true;
}

Begin find_begin(NumpyReduction& r, int type) {
    if (r.kind == Kind::mean && type != float64) return Begin::refused;
    if (r.kind == Kind::dot) {
        if ((type != float64 && type != float32) || dot_function(type) == nullptr) return Begin::refused;
        return agrees(r, Begin::neutral, type) ? Begin::neutral : Begin::refused;
    }
    r.loops[static_cast<std::size_t>(type)] = loop_for(r, type);
    if (r.loops[static_cast<std::size_t>(type)] < 0) return Begin::refused;
    if (agrees(r, Begin::first, type)) return Begin::first;
    const bool has_neutral = r.ufunc == std::string_view("add") || r.ufunc == std::string_view("multiply");
    return has_neutral && agrees(r, Begin::neutral, type) ? Begin::neutral : Begin::refused;
}

Begin begin_of(NumpyReduction& r, int type) {
    Begin& begin = r.begins[static_cast<std::size_t>(type)];
    if (__builtin_expect(begin == Begin::unknown, 0)) {
        // Nobody is to come by here while NumPy is asked.
        begin = Begin::refused;
        begin = find_begin(r, type);
        PyErr_Clear();
    }
    return begin;
}

Value scalar_of(int type, const char* bytes) {
    return numpy_scalar(reinterpret_cast<DescriptorLayout*>(numpy_found.descriptors[type])->scalar, bytes,
                        element_size(type));
}

Value dot(NumpyReduction& r, PyObject* first, PyObject* second) {
    if (Py_TYPE(second) != numpy_found.array) return Value::missing();
    const ArrayLayout &a = array_layout(first), &b = array_layout(second);
    if (a.dimensions != 1 || b.dimensions != 1 || a.shape[0] != b.shape[0] || a.descriptor != b.descriptor)
        return Value::missing();
    Py_ssize_t stride, other;
    const Py_ssize_t count = elements_of(a, &stride);
    if (count == 0 || elements_of(b, &other) == 0) return Value::missing();
    const int type = reinterpret_cast<DescriptorLayout*>(a.descriptor)->number;
    const auto size = static_cast<Py_ssize_t>(element_size(type));
    if (stride != size || other != size || begin_of(r, type) == Begin::refused) return Value::missing();
    Element out;
    dot_function(type)(a.data, stride, b.data, stride, out.bytes, count, nullptr);
    return scalar_of(type, out.bytes);
}

}  // namespace

NumpyReduction* find_reduction(PyObject* function, std::size_t count) {
    if (numpy_found.array == nullptr || !known()) return nullptr;
    for (NumpyReduction& r : reductions) {
        if (r.function == function && count == (r.kind == Kind::dot ? 2u : 1u)) return &r;
    }
    return nullptr;
}

NumpyReduction* find_array_reduction(PyObject* name, std::size_t count) {
    if (numpy_found.array == nullptr || !known()) return nullptr;
    for (NumpyReduction& r : reductions) {
        if (r.is_method && r.function != nullptr && count == (r.kind == Kind::dot ? 1u : 0u) &&
            PyUnicode_CompareWithASCIIString(name, r.name) == 0)
            return &r;
    }
    return nullptr;
}

bool reduces_still(NumpyReduction& r) {
    if (r.code != nullptr && PyFunction_GET_CODE(r.function) != r.code) return false;
    // The functions look the ufunc up in the module whenever they are called.
    return r.operation == nullptr ||
           cached_lookup(PyModule_GetDict(numpy_found.module), r.operation_name, r.cache) == r.operation;
}

Value reduce_array(NumpyReduction& r, const Value& array, const Value& second) {
    if (!array.is_object() || Py_TYPE(array.as_object()) != numpy_found.array) return Value::missing();
    if (r.kind == Kind::dot)
        return second.is_object() ? dot(r, array.as_object(), second.as_object()) : Value::missing();
    const ArrayLayout& a = array_layout(array.as_object());
    Py_ssize_t stride;
    const Py_ssize_t count = elements_of(a, &stride);
    if (count == 0) return Value::missing();
    const int type = reinterpret_cast<DescriptorLayout*>(a.descriptor)->number;
    const Begin begin = begin_of(r, type);
    // With several dimensions NumPy takes the first elements in an order of its own.
    if (begin == Begin::refused || (begin == Begin::first && a.dimensions != 1)) return Value::missing();
    Element out;
    FloatFlags::clear();
    fold(r, begin, type, a.data, count, stride, out.bytes);
    if (r.kind == Kind::mean) {
        double sum;
        std::memcpy(&sum, out.bytes, sizeof sum);
        sum /= static_cast<double>(count);
        std::memcpy(out.bytes, &sum, sizeof sum);
    }
    if (FloatFlags::raised() != 0) {
        FloatFlags::clear();
        return Value::missing();
    }
    return scalar_of(type, out.bytes);
}

}  // namespace catena
