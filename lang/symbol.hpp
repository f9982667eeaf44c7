// Symbol, `catena.Symbol`: a name in code. One object per occurrence in the source, so that each can have a
// span of its own; two Symbols are equal when their names are. Immutable, pickles, not seen by the collector.
#pragma once

#include <cstdint>
#include <string_view>

#include "bridge/ref.hpp"
#include "bridge/span.hpp"

namespace catena {

// The layout is open so that the compiler's tests below are one load each. A symbol carries its span itself: most
// forms are symbols, and a table entry for each would cost more than the symbol. Only lang/spans.hpp looks at it.
struct SymbolObject {
    PyObject_HEAD
    PyObject* name;       // an exact, interned str, owned
    Span span;            // where it stands, in the text of
    std::uint64_t table;  // the SpanTable with this number; 0 for none
};

extern PyTypeObject symbol_type;

[[nodiscard]] inline bool is_symbol(PyObject* o) { return Py_TYPE(o) == &symbol_type; }

// The Symbol's name, borrowed. It is interned: two symbols have the same name if the pointers are the same.
[[nodiscard]] inline PyObject* symbol_name(PyObject* symbol) { return reinterpret_cast<SymbolObject*>(symbol)->name; }

// A new Symbol. `name` is any str (a Keyword too); empty with the error indicator set when memory is short
// or `name` is no str.
[[nodiscard]] Ref make_symbol(PyObject* name);
[[nodiscard]] Ref make_symbol(std::string_view utf8);

// A new Symbol of a name that is known to be an exact, interned str: what the reader calls.
[[nodiscard]] Ref make_symbol_interned(PyObject* name);

// Whether `o` is a Symbol of this name; `o` may be anything.
[[nodiscard]] bool symbol_is(PyObject* o, std::string_view utf8);

}  // namespace catena
