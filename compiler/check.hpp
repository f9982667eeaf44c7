// What a text says about names that are outside of it, for `catena check`: found without running the text.
//
// Every form is compiled, and macros run. Of the forms at the top only those that do nothing but bring names are run: imports
// and `require`, definitions of functions and macros, constants. So modules are imported as the text says, and beyond
// them and the macros none of its code runs.
#pragma once

#include <string_view>

#include "bridge/result.hpp"
#include "compiler/compile.hpp"

namespace catena {

// The findings, a list of tuples in no particular order: what it is, line and column (0: unknown), and more.
//   ("error", line, column, message, hint)      a form that cannot be read or compiled; the hint may be empty
//   ("unchecked", line, column, message)        a form whose macro fails when the text is not run
//   ("doubt", line, column, message)            what compiles and is hardly meant
//   ("fails", line, column, exception)          an import or a constant at the top that fails
//   ("name", line, column, name, names)         nothing defines the name; names are those that something does
//   ("early", line, column, name)               used at the top above its definition
//   ("attribute", line, column, object, name)   a module or class, known for sure, that has no such attribute
//   ("member", line, column, module, name)      the same of `module/name`, name as written
//   ("call", line, column, callee, count, keywords, open, open_keywords)
//                                               a call of an object known for sure, with `count` positional arguments and
//                                               keyword arguments by those Python names; `open`: a splat gives more
//                                               positional ones, `open_keywords`: a splat gives more by name
// Nothing is told of places that take errors into account: the body of a `try` that catches some, the branches of a
// condition on the platform or version, names that the text has in a string (getattr, setattr, patch).
// What `(declare name …)` names counts as defined. `module` is fresh, with the names that a running program finds in it.
[[nodiscard]] Result<Ref> check_source(std::string_view text, PyObject* module, const CompileOptions& options);

}  // namespace catena
