// What `catena doctor` says without Python, which may be what is broken; the rest is repl/doctor.lisp.
#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "bridge/python.hpp"

namespace catena {

// Which Catena this is, which Python is chosen and why, and what in the environment bears on that.
[[nodiscard]] std::string doctors_beginning(const tl::expected<PythonChoice, std::string>& choice,
                                            const std::vector<std::string>& looked_at);

// The end of a report that Python has no part in: the problem, and which Python would be taken if nobody named one.
[[nodiscard]] std::string doctors_end(const std::string& problem);

}  // namespace catena
