// Error: a failure on its way to a person. It carries the very Python exception, where in the source it happened,
// and the two stacks: the Catena functions that it passed, and the Python frames below the innermost of them.
#pragma once

#include <string>
#include <vector>

#include "bridge/ref.hpp"
#include "bridge/span.hpp"

namespace catena {

// One entry of a traceback.
struct FrameInfo {
    bool catena = false;
    std::string function;
    std::string file;
    Span span;  // of a Python frame only the line is known, and columns where Python records them
};

// Says whether `code`, the code object of a traceback entry, stands for a Catena function, and fills in `frame` if
// so. `lasti` is the entry's tb_lasti (twice the instruction index). Set by the vm floor; sets no Python error.
using CatenaFrameInfo = bool (*)(PyObject* code, int lasti, FrameInfo* frame);
inline CatenaFrameInfo catena_frame_info = nullptr;

class Error {
public:
    // Takes the exception out of the error indicator, which must be set, and reads its traceback.
    [[nodiscard]] static Error fetch();
    // The same for an exception object that somebody holds.
    [[nodiscard]] static Error of(Ref exception);

    // Makes the exception the error indicator again; this Error keeps its own reference.
    void restore() const;

    [[nodiscard]] PyObject* exception() const { return exception_.get(); }
    [[nodiscard]] bool is(PyObject* type) const;           // an instance of this exception class (or tuple of classes)
    [[nodiscard]] std::string type_name() const;           // "ValueError", "json.decoder.JSONDecodeError"
    [[nodiscard]] std::string message() const;             // str(exception), notes excluded; never fails
    [[nodiscard]] std::vector<std::string> notes() const;  // __notes__
    [[nodiscard]] bool has_cause() const;                  // a __cause__, or a __context__ that is not suppressed
    [[nodiscard]] Error cause() const;                     // precondition: has_cause()

    // Where it happened: the innermost Catena frame; for a SyntaxError the place it names itself. Unknown: line 0.
    Span span;
    std::string file;

    std::vector<FrameInfo> frames;                               // all, outermost first
    [[nodiscard]] std::vector<FrameInfo> catena_frames() const;  // outermost first
    [[nodiscard]] std::vector<FrameInfo> python_frames() const;  // those below the innermost Catena frame

private:
    Ref exception_;
};

}  // namespace catena
