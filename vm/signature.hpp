// What Python's inspect sees of a Catena function's parameters.
#pragma once

#include <string>
#include <vector>

#include "vm/closure.hpp"

namespace catena {

// The parameter names as co_varnames holds them: positional, keyword-only, rest, kwargs. Names that Python would refuse
// as identifiers are bent to ones it takes; the binder knows the real ones. Empty with an error set.
[[nodiscard]] Ref python_parameter_names(const Code& code);

// __defaults__ and __kwdefaults__: None without any. A default that is a constant shows as itself, another one as
// `...`.
[[nodiscard]] Ref python_defaults(const Code& code);
[[nodiscard]] Ref python_keyword_defaults(const Code& code);

}  // namespace catena
