// Sums, products, extremes, means and dot products of small arrays through NumPy's own loops, without the Python functions
// and the preparations around them.
//
// The functions are those that stand in NumPy's module when it is found. For each element type the first call compares
// what comes out here with what NumPy answers, over many sizes; where one bit differs, NumPy is left to do it for ever.
#pragma once

#include <cstddef>

#include "bridge/value.hpp"

namespace catena {

struct NumpyReduction;

// The reduction that a function of NumPy's module is, or a method of arrays (by its name), called with that many positional
// arguments, the array of a method not counted; null when there is none. The answer lives for ever.
[[nodiscard]] NumpyReduction* find_reduction(PyObject* function, std::size_t count);
[[nodiscard]] NumpyReduction* find_array_reduction(PyObject* name, std::size_t count);

// Whether the function still does what it did: neither it nor what it calls was replaced.
[[nodiscard]] bool reduces_still(NumpyReduction& r);

// The result, or `missing` when NumPy itself must do it: other types, shapes and layouts, large arrays, or a floating-point
// exception, which NumPy may report. `second` is used by the dot product alone.
[[nodiscard]] Value reduce_array(NumpyReduction& r, const Value& array, const Value& second);

}  // namespace catena
