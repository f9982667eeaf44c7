// What is read of NumPy's objects without NumPy's headers: the public beginnings of its structures, which are the same in
// versions 1 and 2, and the functions of its C interface. With any other version there is none of it, and all calls go
// NumPy's own way. The GIL is held wherever this is used.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridge/value.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#else
#include <cfenv>
#endif

namespace catena {

using NumpyLoop = void (*)(char** args, const Py_ssize_t* dimensions, const Py_ssize_t* strides, void* data);

// The beginning of PyUFuncObject.
struct UfuncLayout {
    PyObject base;
    int inputs, outputs, arguments, identity;
    NumpyLoop* functions;
    void** data;
    int loop_count;
    int reserved;
    const char* name;
    const char* types;  // `arguments` numbers for each loop
    const char* doc;
    void* owned;
    PyObject* object;
    PyObject* user_loops;
    int has_core;  // a generalised ufunc, which works on whole rows
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
enum TypeNumber : std::int8_t {
    boolean = 0,
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
    float16 = 23,
};
inline constexpr int plain_types = float64 + 1;

// Bits of an array's flags.
inline constexpr int array_is_contiguous = 0x0001;
inline constexpr int array_is_aligned = 0x0100;
inline constexpr int array_is_writeable = 0x0400;
inline constexpr int array_warns_on_write = 1 << 31;

// Bytes of one element; 0 for what is no plain number. Booleans count as none here.
[[nodiscard]] constexpr std::size_t element_size(int number) {
    constexpr unsigned char sizes[] = {0, 1, 1, 2, 2, 4, 4, sizeof(long), sizeof(long), 8, 8, 4, 8};
    return number >= int8 && number <= float64 ? sizes[number] : 0;
}

// NumPy's own objects, found when it has been imported and its version is known. The types are static ones, which no
// program can make; the functions are those that stand in the module then. Owned for the life of the process.
struct NumpyTypes {
    PyTypeObject* ufunc = nullptr;
    PyTypeObject* array = nullptr;
    PyTypeObject* float64 = nullptr;
    PyTypeObject* float32 = nullptr;
    PyObject* module = nullptr;
    PyObject* yes = nullptr;                  // numpy.True_, what comparisons of numbers answer
    PyObject* no = nullptr;                   // numpy.False_
    PyObject* umath = nullptr;                // the module that has all of NumPy's ufuncs
    PyObject* geterr = nullptr;               // numpy.geterr
    PyObject* where = nullptr;                // numpy.where
    PyObject* descriptors[plain_types] = {};  // of the plain element types, in native byte order
    void** api = nullptr;                     // the table of NumPy's C interface; null: it is not what is known here
    bool weak_scalars = false;                // version 2: a Python number never widens an array
    bool refused = false;
};
extern constinit NumpyTypes numpy_found;

// The same, after looking for NumPy when it has not been found yet.
[[nodiscard]] const NumpyTypes& numpy_types();

[[nodiscard]] inline const ArrayLayout& array_layout(PyObject* o) { return *reinterpret_cast<ArrayLayout*>(o); }
[[nodiscard]] inline const UfuncLayout& ufunc_layout(PyObject* o) { return *reinterpret_cast<UfuncLayout*>(o); }

// A new C-contiguous array of that shape, its elements not set. Null with an error set.
[[nodiscard]] PyObject* new_plain_array(int number, int dimensions, const Py_ssize_t* shape);

// Floating-point exceptions that NumPy can be told to report: invalid, division by zero, overflow, underflow. Cleared at
// the beginning.
class FloatFlags {
public:
#if defined(__x86_64__)
    static constexpr unsigned int invalid = 0x01, divide = 0x04, over = 0x08, under = 0x10;
    FloatFlags() { clear(); }
    static void clear() {
        const unsigned int now = _mm_getcsr();
        if ((now & mask) != 0) _mm_setcsr(now & ~mask);
    }
    // The flags of the old unit are seldom set; when they are, old or new, NumPy itself looks at them and clears them.
    [[nodiscard]] static unsigned int raised() { return (_mm_getcsr() | x87()) & mask; }

private:
    static constexpr unsigned int mask = invalid | divide | over | under;
    static unsigned int x87() {
        unsigned short status;
        asm volatile("fnstsw %0" : "=a"(status));
        return status;
    }
#else
    static constexpr unsigned int invalid = FE_INVALID, divide = FE_DIVBYZERO, over = FE_OVERFLOW, under = FE_UNDERFLOW;
    FloatFlags() { clear(); }
    static void clear() { std::feclearexcept(FE_ALL_EXCEPT); }
    [[nodiscard]] static unsigned int raised() {
        return static_cast<unsigned int>(std::fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW));
    }
#endif
};

}  // namespace catena
