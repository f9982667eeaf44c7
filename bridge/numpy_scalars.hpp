// NumPy without NumPy's headers: scalar calls of ufuncs through their own inner loops, and single items of arrays.
// The structures that are read are the public beginnings of NumPy's own, the same in versions 1 and 2; with any other
// version nothing here applies, and the calls go NumPy's way.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridge/numpy_layout.hpp"
#include "bridge/value.hpp"

namespace catena {

// The place of a ufunc's loop for doubles alone (`d->d`, `dd->d`), or -1: no ufunc, no such loop.
[[nodiscard]] int double_loop(PyObject* ufunc, std::size_t inputs);

// The function and the data of that loop; a guard compares both with what it remembers.
[[nodiscard]] void* loop_function(PyObject* ufunc, int loop);
[[nodiscard]] void* loop_data(PyObject* ufunc, int loop);
[[nodiscard]] bool is_ufunc(PyObject* o);

// Arithmetic and comparison of a numpy.float64 with another or with a float or an integer that a double holds, as NumPy's
// own. One of them is_float64. `missing`, or -1, when the other is something else, or when a floating-point exception was raised, which NumPy may report.
[[nodiscard]] inline bool is_float64(const Value& v) {
    return v.tag == Tag::float64 || (v.tag == Tag::object && Py_TYPE(v.as_object()) == numpy_found.float64);
}
enum class Float64Operation : std::uint8_t { add, subtract, multiply, divide };
[[nodiscard]] Value compute_float64(Float64Operation operation, const Value& a, const Value& b);
[[nodiscard]] int compare_float64(const Value& a, const Value& b, int op);
// numpy.True_ or numpy.False_, what such a comparison answers.
[[nodiscard]] Value numpy_boolean(bool truth);

// Runs the loop for one element. Operands are floats or exact numpy.float64; the result is a numpy.float64. Answers
// `missing` when operands do not fit, or when a floating-point exception was raised, which NumPy may report.
[[nodiscard]] Value run_double_loop(void* function, void* data, const Value* operands, std::size_t count);

// A scalar of a plain element type with the bytes of its value, which in an object stand right behind the head.
[[nodiscard]] Value numpy_scalar(PyTypeObject* type, const char* bytes, std::size_t size);

// The same as numpy_found.array; asked by name as long as NumPy has not been looked for, so that a program without it never looks.
[[nodiscard]] bool is_array_type(const PyTypeObject* type);
[[nodiscard]] inline bool is_plain_array(PyObject* o) {
    const PyTypeObject* type = Py_TYPE(o);
    if (numpy_found.array != nullptr) return type == numpy_found.array;
    return type->tp_name[0] == 'n' && is_array_type(type);
}
[[nodiscard]] inline bool is_array(const Value& v) { return v.tag == Tag::object && is_plain_array(v.as_object()); }

// array[i], array[i, j] … of an exact ndarray with native numbers; `missing` when NumPy itself must do it.
[[nodiscard]] Value array_item(PyObject* array, const std::int64_t* indices, int count);
// object[index]; `missing` also when the object is no exact array.
[[nodiscard]] Value array_item_at(PyObject* object, std::int64_t index);
// object[index] := value; false also when the object is no exact array.
[[nodiscard]] bool set_array_item_at(PyObject* object, std::int64_t index, const Value& value);
// array[i, …] := value; false when NumPy itself must do it (nothing has been changed then).
[[nodiscard]] bool set_array_item(PyObject* array, const std::int64_t* indices, int count, const Value& value);

}  // namespace catena
