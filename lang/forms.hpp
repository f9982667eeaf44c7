// What the reader makes of each literal that is no plain Python value, and back again.
//
//   written              form
//   [a b]                list             a vector: evaluates its elements
//   #[a b]               tuple
//   (a b)                List
//   {k v}                dict when all keys are atoms without duplicates, else MapForm
//   #{a b}               set when all elements are atoms without duplicates, else SetForm
//   'x  `x  ,x ~x        (quote x)  (quasiquote x)  (unquote x)
//   ,@x ~@x  @x          (unquote-splicing x)  (deref x)
//   ^T x                 (%annotated x T)
//   #* x  #** x          (%splat x)  (%splat-map x)
//   #(f % %2 %&)         (fn [%1 %2 & %&] (f %1 %2 %&))
//   #"re"                the compiled re.Pattern
//   f"a{x!r:>{w}}b"      (%fstring "a" (%field x "r" (%fstring ">" (%field w nil nil))) "b"); a plain str when it
//                        has no fields. A field's conversion is nil, "r", "s" or "a", its spec nil, a str or a
//                        (%fstring ...). f"{x=}" is text "x=" and a field.
//
// An atom is nil, true, false, a number, a str, bytes, a Keyword, a Symbol or a Pattern.
#pragma once

#include <tl/expected.hpp>

#include "bridge/ref.hpp"
#include "lang/diagnostic.hpp"
#include "lang/spans.hpp"

namespace catena {

// A map or set literal that no dict or set can stand for until its elements are evaluated: the elements as
// written, k v k v ... for a map.
struct LiteralForm {
    PyObject_HEAD
    PyObject* items;  // a tuple, owned
};

extern PyTypeObject map_form_type;
extern PyTypeObject set_form_type;

[[nodiscard]] inline bool is_map_form(PyObject* o) { return Py_TYPE(o) == &map_form_type; }
[[nodiscard]] inline bool is_set_form(PyObject* o) { return Py_TYPE(o) == &set_form_type; }

// The elements as written, a borrowed tuple.
[[nodiscard]] inline PyObject* literal_items(PyObject* form) { return reinterpret_cast<LiteralForm*>(form)->items; }

// New forms of a tuple of elements (for a map an even number).
[[nodiscard]] Ref make_map_form(PyObject* items);
[[nodiscard]] Ref make_set_form(PyObject* items);

[[nodiscard]] bool is_atom(PyObject* form);

// The value that `quote` gives for a form: MapForms and SetForms at any depth have become dicts and sets;
// what contains none of them is the very object that was given. A key that cannot be hashed is an error at
// its place.
[[nodiscard]] tl::expected<Ref, Diagnostic> datum(PyObject* form, const SpanTable& spans);

}  // namespace catena
