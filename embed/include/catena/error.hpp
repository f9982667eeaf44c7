// What went wrong in a script, or on the way into or out of it.
#pragma once

#include <memory>
#include <string>

#include <tl/expected.hpp>

namespace catena::inline v1 {

namespace detail {
struct Object;
struct Exception;
}  // namespace detail

// An Error owns what it says; it may be copied, kept and read in any thread.
struct Error {
    std::string type;     // the exception's class, "ZeroDivisionError"; "CompileError" and "ReadError" are Catena's own
    std::string message;  // in one or several lines, without the class
    std::string hint;     // what may help; often empty
    std::string
        file;      // where it arose: the innermost place in Catena code, else in Python's; empty when none was running
    int line = 0;  // from 1; 0: unknown
    int column = 0;  // from 1; 0: unknown

    // The whole report, as Python prints an uncaught exception: frames of Catena and Python, causes, source lines.
    // Empty for errors that no code raised. Takes the GIL.
    [[nodiscard]] std::string trace() const;

    std::shared_ptr<const detail::Exception> exception = {};  // what trace() reads
};

// A value, or the Error instead of it.
template <class T>
using Result = tl::expected<T, Error>;

}  // namespace catena::inline v1
