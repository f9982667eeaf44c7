// Typed arrays, and NumPy arrays over memory that somebody else owns.
#pragma once

#include <string_view>

#include "bridge/ref.hpp"
#include "bridge/result.hpp"

namespace catena {

enum class ElementKind : unsigned char { float32, float64, int32, int64, uint8 };

// The Python type of the typed arrays of one kind ("catena.float32array"): a fixed number of machine numbers,
// writable, with the buffer protocol, `len`, indexing, slicing (a copy), iteration, equality of all elements with
// another typed array, list or tuple, `repr`, pickling, `tolist`, `nbytes`, __array_interface__ and __dlpack__. Elements are Python ints and floats; a
// number that does not fit is an OverflowError. Borrowed; null with an error set when types cannot be made.
[[nodiscard]] PyTypeObject* typed_array_type(ElementKind kind);
[[nodiscard]] std::string_view typed_array_name(ElementKind kind);  // "float32array"

// (float32array x): from an iterable of numbers, from a buffer (its elements are converted; the copy is counted), or
// from an int (that many zeros).
[[nodiscard]] Result<Ref> make_typed_array(ElementKind kind, PyObject* source);

// A numpy.ndarray over the memory of `buffer`, no copy: anything with the buffer protocol, __array_interface__ or
// __dlpack__.
// `shape` is an int or a sequence of ints (one of them may be -1; null or None: one dimension, as many as fit),
// `dtype` whatever NumPy takes (null or None: the buffer's own). The array keeps the buffer's owner alive and is
// read-only where the buffer is. ValueError when size, dtype or alignment do not fit.
[[nodiscard]] Result<Ref> as_nd(PyObject* buffer, PyObject* shape, PyObject* dtype);

// Counts a copy that the bridge makes. Inside a with-zero-copy scope it is an error instead: -1, with a
// ZeroCopyError (a RuntimeError) set that names `what`.
[[nodiscard]] int count_copy(std::size_t bytes, const char* what);
void count_shared(std::size_t bytes);

// with-zero-copy scopes nest; they belong to the thread that opened them.
void enter_zero_copy();
void leave_zero_copy();

// catena.ZeroCopyError, borrowed; null with an error set on memory errors.
[[nodiscard]] PyObject* zero_copy_error();

}  // namespace catena
