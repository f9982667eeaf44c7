// NumPy without NumPy's headers: scalar calls of ufuncs through their own inner loops, and single items of arrays.
// The structures that are read are the public beginnings of NumPy's own, the same in versions 1 and 2; with any other
// version nothing here applies, and the calls go NumPy's way.
#pragma once

#include <cstddef>

#include "bridge/value.hpp"

namespace catena {

// The place of a ufunc's loop for doubles alone (`d->d`, `dd->d`), or -1: no ufunc, no such loop.
[[nodiscard]] int double_loop(PyObject* ufunc, std::size_t inputs);

// The function and the data of that loop; a guard compares both with what it remembers.
[[nodiscard]] void* loop_function(PyObject* ufunc, int loop);
[[nodiscard]] void* loop_data(PyObject* ufunc, int loop);
[[nodiscard]] bool is_ufunc(PyObject* o);

// Runs the loop for one element. Operands are floats or exact numpy.float64; the result is a numpy.float64. Answers
// `missing` when operands do not fit, or when a floating-point exception was raised, which NumPy may report.
[[nodiscard]] Value run_double_loop(void* function, void* data, const Value* operands, std::size_t count);

// A scalar object of a plain element type, with the bytes of its value, which stand right behind the object's head.
[[nodiscard]] Value new_numpy_scalar(PyTypeObject* type, const char* bytes, std::size_t size);

// array[i], array[i, j] … of an exact ndarray with native numbers; `missing` when NumPy itself must do it.
[[nodiscard]] bool is_plain_array(PyObject* o);
[[nodiscard]] Value array_item(PyObject* array, const std::int64_t* indices, int count);
// array[i, …] := value; false when NumPy itself must do it (nothing has been changed then).
[[nodiscard]] bool set_array_item(PyObject* array, const std::int64_t* indices, int count, const Value& value);

}  // namespace catena
