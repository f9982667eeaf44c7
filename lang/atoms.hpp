// Atoms: numbers, strings with their escapes, and the extent of names. The grammar is Boost.Spirit X3's and stays
// behind this page. Positions are pointers into the text; the text is valid UTF-8.
#pragma once

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "bridge/ref.hpp"

namespace catena {

struct AtomError {
    const char* at;
    const char* end;
    std::string message;
    std::string hint;
    bool incomplete = false;  // the text ended inside the atom
    bool raised = false;      // the Python error indicator is set (memory)
};

template <class T>
using AtomResult = tl::expected<T, AtomError>;

// The end of the run of name characters that starts at `first`: letters, digits, and all other visible characters
// but ()[]{} " ; , ` ~ @ and the backslash. Every byte beyond ASCII counts.
[[nodiscard]] const char* name_end(const char* first, const char* last);

// None, True or False, borrowed, for a name that is one; else null.
[[nodiscard]] PyObject* constant_named(std::string_view token);

// Whether a name that starts here is a number, or meant to be one.
[[nodiscard]] bool starts_number(std::string_view token);

// The number that the whole token is: int, float or complex (`2j`, `1+2j`).
[[nodiscard]] AtomResult<Ref> read_number(std::string_view token);

// The floats and complex numbers written in letters, `inf`, `-inf`, `nan`, `infj`, `1+nanj` ...; empty (no error) for
// any other token.
[[nodiscard]] AtomResult<Ref> read_named_number(std::string_view token);

enum class StringKind { text, raw_text, bytes, raw_bytes, regex };

struct StringAtom {
    Ref value;        // a str or bytes; of a regex its pattern as a str
    const char* end;  // behind the closing quote
};

// The string whose opening quote stands just before `first`.
[[nodiscard]] AtomResult<StringAtom> read_string(StringKind kind, const char* first, const char* last);

// The literal part of an f-string that starts at `first`: appended to `out` as UTF-8 (surrogates too), up to the
// quote or brace that ends it, whose place is the answer. Doubled braces are literal, except in a format spec.
[[nodiscard]] AtomResult<const char*> read_fstring_text(const char* first, const char* last, bool in_spec,
                                                        std::string& out);

}  // namespace catena
