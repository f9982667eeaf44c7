// The report of an error: what went wrong and where, the line with a mark under the exact place, the stacks of both
// languages, causes, and what was probably meant. Never fails itself.
#pragma once

#include <string>

#include "bridge/ref.hpp"

namespace catena {

struct ReportStyle {
    bool colours = false;
    std::size_t width = 100;  // of the terminal
};

// The report as text, with a line break at its end. `exception` is borrowed.
[[nodiscard]] std::string describe_exception(PyObject* exception, const ReportStyle& style);

// Takes the exception out of the error indicator, which must be set, and writes its report to standard error, through
// sys.excepthook when the program has set one; it stays in sys.last_value. Answers the exit status: what a SystemExit asks for, 130 for
// KeyboardInterrupt, 1 for others; a broken pipe at standard output is not worth a word.
[[nodiscard]] int report_raised();

}  // namespace catena
