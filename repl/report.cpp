#include "repl/report.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "bridge/error.hpp"
#include "bridge/text.hpp"
#include "repl/excerpt.hpp"
#include "repl/interrupts.hpp"
#include "repl/streams.hpp"
#include "repl/suggest.hpp"

namespace catena {

namespace {

// A stack longer than this is cut in its middle.
constexpr std::size_t shown_innermost = 24;
constexpr std::size_t shown_outermost = 8;
constexpr std::size_t same_in_a_row = 3;
constexpr std::size_t longest_period = 6;
constexpr std::size_t most_causes = 20;

struct Colour {
    const char* on;
};
constexpr Colour bold{"\x1b[1m"}, red{"\x1b[1;31m"}, dim{"\x1b[2m"}, green{"\x1b[32m"};

class Writer {
public:
    explicit Writer(const ReportStyle& style) : style_(style) {}

    Writer& plain(std::string_view text) {
        out_ += text;
        return *this;
    }
    Writer& coloured(Colour colour, std::string_view text) {
        if (style_.colours && !text.empty()) {
            out_ += colour.on;
            out_ += text;
            out_ += "\x1b[0m";
        } else {
            out_ += text;
        }
        return *this;
    }
    [[nodiscard]] std::size_t width() const { return style_.width; }
    [[nodiscard]] std::string take() { return std::move(out_); }

private:
    ReportStyle style_;
    std::string out_;
};

std::string place(const std::string& file, const Span& span) {
    std::string text = file;
    if (span.line != 0) text += ":" + std::to_string(span.line);
    if (span.line != 0 && span.column != 0) text += ":" + std::to_string(span.column);
    return text;
}

std::string with_separators(std::size_t number) {
    std::string digits = std::to_string(number);
    for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
    return digits;
}

// Frames of our own code, the standard library's for instance, are no news to the user: its files are not on disk.
bool is_internal(const FrameInfo& frame) { return frame.file.starts_with("<catena"); }

// A generator or coroutine is a Python object that runs a Catena function of the same name and file.
bool is_wrapper(const std::vector<FrameInfo>& frames, std::size_t at) {
    if (at + 1 == frames.size() || frames[at].catena || !frames[at + 1].catena) return false;
    return frames[at].file == frames[at + 1].file && frames[at].function == frames[at + 1].function;
}

void write_excerpt(Writer* writer, const std::string& file, const Span& span) {
    std::string line;
    if (!source_line(file, span.line, &line)) return;
    const std::string number = std::to_string(span.line);
    const std::size_t gutter = number.size() + 5;
    const Excerpt excerpt = draw_excerpt(line, span, std::max<std::size_t>(writer->width() - gutter - 2, 40));
    writer->coloured(dim, "  " + number + " | ").plain(excerpt.line).plain("\n");
    if (span.column == 0) return;
    writer->coloured(dim, std::string(number.size() + 2, ' ') + " | ").coloured(red, excerpt.marks).plain("\n");
}

std::string excerpt_of_python(const FrameInfo& frame, std::size_t width) {
    std::string line;
    if (!source_line(frame.file, frame.span.line, &line)) return {};
    const std::size_t start = line.find_first_not_of(" \t\f");
    if (start == std::string::npos) return {};
    Span whole{1, 1, 1, 2};
    return draw_excerpt(std::string_view(line).substr(start), whole, width).line;
}

bool same_place(const FrameInfo& a, const FrameInfo& b) {
    return a.catena == b.catena && a.span == b.span && a.function == b.function && a.file == b.file;
}

std::string function_name(const FrameInfo& frame) {
    if (frame.catena && frame.function == "<top>") return "top level";
    return frame.catena && frame.function == "<eval>" ? "evaluated" : frame.function;
}

// One line of a stack, or a number of frames that are left out.
struct StackLine {
    const FrameInfo* frame = nullptr;
    std::size_t left_out = 0;
    bool alike = false;  // those left out are the same as the one before
};

// How many frames from `at` on repeat the first `period` of them, those included; whole periods only.
std::size_t repeating(const std::vector<const FrameInfo*>& frames, std::size_t at, std::size_t period) {
    std::size_t end = at + period;
    while (end < frames.size() && same_place(*frames[end], *frames[end - period])) ++end;
    return (end - at) / period * period;
}

// Frames innermost first, repetitions folded (also of a few functions that call each other), the middle of a very deep
// stack cut out.
std::vector<StackLine> fold(const std::vector<const FrameInfo*>& frames) {
    std::vector<StackLine> lines;
    for (std::size_t i = 0; i < frames.size();) {
        std::size_t run = 1, shown = 1;
        for (std::size_t period = 1; period <= longest_period && i + period < frames.size(); ++period) {
            const std::size_t found = repeating(frames, i, period);
            const std::size_t worth_showing = std::max(same_in_a_row, period);
            if (found <= worth_showing + period) continue;
            run = found;
            shown = worth_showing;
            break;
        }
        for (std::size_t k = 0; k < shown; ++k) lines.push_back({frames[i + k], 0, false});
        if (shown < run) lines.push_back({nullptr, run - shown, true});
        i += run;
    }
    if (lines.size() > shown_innermost + shown_outermost + 1) {
        std::size_t cut = 0;
        const auto first = lines.begin() + shown_innermost;
        const auto last = lines.end() - shown_outermost;
        for (auto line = first; line != last; ++line) cut += line->frame != nullptr ? 1 : line->left_out;
        *first = {nullptr, cut, false};
        lines.erase(first + 1, last);
    }
    return lines;
}

// Functions in one column, places in the next; Python's frames show their line of source.
void write_stack(Writer* writer, std::string_view title, const std::vector<const FrameInfo*>& frames) {
    const std::vector<StackLine> lines = fold(frames);
    std::size_t column = 0;
    for (const StackLine& line : lines) {
        if (line.frame != nullptr) column = std::max(column, function_name(*line.frame).size());
    }
    column = std::min<std::size_t>(column, 32);
    writer->coloured(bold, title).plain("\n");
    for (const StackLine& line : lines) {
        if (line.frame == nullptr) {
            const std::string what =
                line.alike ? " more like this" : (line.left_out == 1 ? " more frame" : " more frames");
            writer->coloured(dim, "  … " + with_separators(line.left_out) + what).plain("\n");
            continue;
        }
        const FrameInfo& frame = *line.frame;
        std::string function = function_name(frame);
        if (function.size() < column) function.append(column - function.size(), ' ');
        writer->plain("  ").plain(function).plain("  ").coloured(dim, place(frame.file, frame.span)).plain("\n");
        if (frame.catena) continue;
        const std::string source = excerpt_of_python(frame, std::max<std::size_t>(writer->width() - 8, 40));
        if (!source.empty()) writer->coloured(dim, "      " + source).plain("\n");
    }
}

void write_stacks(Writer* writer, const Error& error) {
    const std::vector<FrameInfo>& frames = error.frames;
    // The stack from the outermost frame to the innermost Catena frame, and Python's frames below that one.
    std::size_t border = frames.size();
    while (border > 0 && !(frames[border - 1].catena && !is_internal(frames[border - 1]))) --border;
    std::vector<const FrameInfo*> stack, below;
    for (std::size_t i = border; i-- > 0;) {
        if (!is_internal(frames[i]) && !is_wrapper(frames, i)) stack.push_back(&frames[i]);
    }
    for (std::size_t i = frames.size(); i-- > border;) {
        if (!is_internal(frames[i])) below.push_back(&frames[i]);
    }
    // A single frame is the place that the first line names already, unless that is a place in another text.
    const bool elsewhere = stack.size() == 1 && error.is(PyExc_SyntaxError) && stack[0]->file != error.file;
    if (stack.size() > 1 || elsewhere) write_stack(writer, "Catena stack, innermost first:", stack);
    if (!below.empty()) {
        write_stack(writer,
                    stack.empty() ? "Python stack, innermost first:" : "Python frames below, innermost first:", below);
    }
}

std::string attribute_text(PyObject* object, const char* name) {
    const Ref value = steal(PyObject_GetAttrString(object, name));
    PyErr_Clear();
    return value && PyUnicode_Check(value.get()) ? text_of(value.get()) : std::string();
}

std::string short_type_name(const Error& error) {
    std::string name = error.type_name();
    // Python's own tools show the whole name; in Catena its own errors need no address.
    for (const char* prefix : {"catena.core.", "catena.", "__main__."}) {
        if (name.starts_with(prefix)) return name.substr(std::string_view(prefix).size());
    }
    return name;
}

// A SyntaxError's str() repeats its place; what it says stands in `msg`.
std::string message_of(const Error& error) {
    if (error.is(PyExc_SyntaxError)) {
        std::string message = attribute_text(error.exception(), "msg");
        if (!message.empty()) return message;
    }
    return error.message();
}

// For a SyntaxError about a text that is nowhere to be read again.
bool write_own_text(Writer* writer, const Error& error) {
    if (!error.is(PyExc_SyntaxError)) return false;
    std::string line, text = attribute_text(error.exception(), "text");
    if (text.empty() || source_line(error.file, error.span.line, &line)) return false;
    text.resize(std::min(text.size(), text.find_first_of("\r\n")));
    const std::string number = std::to_string(error.span.line);
    const Excerpt excerpt =
        draw_excerpt(text, error.span, std::max<std::size_t>(writer->width() - number.size() - 7, 40));
    writer->coloured(dim, "  " + number + " | ").plain(excerpt.line).plain("\n");
    if (error.span.column != 0) {
        writer->coloured(dim, std::string(number.size() + 2, ' ') + " | ").coloured(red, excerpt.marks).plain("\n");
    }
    return true;
}

void write_indented(Writer* writer, std::string_view label, const std::string& text) {
    writer->plain("  ").coloured(green, label);
    std::size_t at = 0;
    for (;;) {
        const std::size_t end = text.find('\n', at);
        writer->plain(text.substr(at, end == std::string::npos ? end : end - at)).plain("\n");
        if (end == std::string::npos) return;
        writer->plain("  ");
        at = end + 1;
    }
}

// The place that the first line shows: the innermost frame of the user's own Catena code, or else of Python's.
// Answers the number of the Catena frame, or that there is none.
constexpr std::size_t no_frame = static_cast<std::size_t>(-1);

std::size_t locate(const Error& error, std::string* file, Span* span) {
    *file = error.file;
    *span = error.span;
    if (error.is(PyExc_SyntaxError) && span->known()) return no_frame;
    // Nobody has use for the place in the program's own tools where Ctrl-C met them.
    if (error.is(PyExc_KeyboardInterrupt) && std::ranges::all_of(error.frames, is_internal)) {
        file->clear();
        *span = {};
        return no_frame;
    }
    for (std::size_t i = error.frames.size(); i-- > 0;) {
        const FrameInfo& frame = error.frames[i];
        if (!frame.catena || is_internal(frame)) continue;
        *file = frame.file;
        *span = frame.span;
        return i;
    }
    if (!error.frames.empty() && !error.frames.back().catena) {
        *file = error.frames.back().file;
        *span = error.frames.back().span;
        span->column = 0;
    }
    return no_frame;
}

void write_one(Writer* writer, const Error& error) {
    std::string file;
    Span span;
    const std::size_t frame = locate(error, &file, &span);
    const std::string message = message_of(error);
    writer->coloured(bold, file.empty() ? "catena" : place(file, span)).plain(": ");
    writer->coloured(red, short_type_name(error));
    if (!message.empty()) writer->plain(": ").coloured(bold, message);
    writer->plain("\n");
    if (!write_own_text(writer, error) && span.known()) write_excerpt(writer, file, span);

    const std::string hint = attribute_text(error.exception(), "hint");
    if (!hint.empty()) write_indented(writer, "hint: ", hint);
    // The hint about a name says what to do with this very name.
    if (hint.find("did you mean") == std::string::npos && (hint.empty() || !error.is(PyExc_NameError))) {
        const std::string suggestion = suggestion_for(error);
        if (!suggestion.empty()) write_indented(writer, "", suggestion);
    }
    const std::string macro = frame != no_frame ? macro_at(error, frame, file, span) : std::string();
    if (!macro.empty()) write_indented(writer, "", "in code that the macro " + macro + " made");
    if (frame != no_frame && error.frames[frame].function == "<eval>")
        write_indented(writer, "", "in code that this call evaluated");
    for (const std::string& note : error.notes()) write_indented(writer, "note: ", note);
    write_stacks(writer, error);
}

// The exceptions of a group, one line each with its place.
void write_group(Writer* writer, const Error& error, std::size_t depth) {
    const Ref members = steal(PyObject_GetAttrString(error.exception(), "exceptions"));
    PyErr_Clear();
    if (!members || !PyTuple_Check(members.get()) || depth > 5) return;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(members.get()); ++i) {
        PyObject* member = PyTuple_GET_ITEM(members.get(), i);
        if (!PyExceptionInstance_Check(member)) continue;
        const Error inner = Error::of(borrow(member));
        std::string file;
        Span span;
        (void)locate(inner, &file, &span);
        writer->plain(std::string(2 * depth + 2, ' ')).plain("- ");
        if (!file.empty()) writer->plain(place(file, span)).plain(": ");
        writer->coloured(red, short_type_name(inner)).plain(": ").plain(message_of(inner)).plain("\n");
        if (PyObject_IsInstance(member, PyExc_BaseExceptionGroup) == 1) write_group(writer, inner, depth + 1);
        PyErr_Clear();
    }
}

bool explicit_cause(const Error& error) {
    const Ref cause = steal(PyException_GetCause(error.exception()));
    return static_cast<bool>(cause);
}

bool output_is_broken_pipe() {
    pollfd output{STDOUT_FILENO, POLLOUT, 0};
    return ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

// A tool of the program writes to standard output alone without naming a file. A person has no use for the place in its text.
bool is_of_a_tools_output(const Error& error) {
    if (!error.is(PyExc_OSError) || error.frames.empty() || !std::ranges::all_of(error.frames, is_internal))
        return false;
    const Ref file = steal(PyObject_GetAttrString(error.exception(), "filename"));
    PyErr_Clear();
    return file && file.get() == Py_None;
}

int system_exit_status(PyObject* exception) {
    const Ref code = steal(PyObject_GetAttrString(exception, "code"));
    PyErr_Clear();
    if (!code || code == Py_None) return 0;
    if (PyLong_Check(code.get())) {
        // As the system cuts it; a number that no C long holds is -1, as in Python.
        const long status = PyLong_AsLong(code.get());
        PyErr_Clear();
        return static_cast<int>(status & 0xff);
    }
    write_error(display(code.get()) + "\n");
    return 1;
}

// As Python leaves the last error for debuggers, and the REPL for *e.
void remember(PyObject* exception) {
    const Ref traceback = steal(PyException_GetTraceback(exception));
    (void)PySys_SetObject("last_type", reinterpret_cast<PyObject*>(Py_TYPE(exception)));
    (void)PySys_SetObject("last_value", exception);
    (void)PySys_SetObject("last_traceback", traceback ? traceback.get() : Py_None);
    PyErr_Clear();
}

// A hook of the program's own, as Python would call it. False when there is none or when it failed.
bool call_excepthook(PyObject* exception) {
    PyObject* hook = PySys_GetObject("excepthook");
    PyObject* original = PySys_GetObject("__excepthook__");
    if (hook == nullptr || hook == original || hook == Py_None) return false;
    const Ref held = borrow(hook);
    const Ref traceback = steal(PyException_GetTraceback(exception));
    const Ref done = steal(PyObject_CallFunctionObjArgs(held.get(), reinterpret_cast<PyObject*>(Py_TYPE(exception)),
                                                        exception, traceback ? traceback.get() : Py_None, nullptr));
    if (done) return true;
    write_error("Error in sys.excepthook:\n");
    const Error failure = Error::fetch();
    write_error(describe_exception(failure.exception(), {}) + "\nOriginal exception was:\n");
    return false;
}

}  // namespace

std::string describe_exception(PyObject* exception, const ReportStyle& style) {
    std::vector<Error> chain;
    chain.push_back(Error::of(borrow(exception)));
    std::size_t left_out = 0;
    while (chain.back().has_cause()) {
        Error cause = chain.back().cause();
        const bool seen = std::any_of(chain.begin(), chain.end(),
                                      [&](const Error& error) { return error.exception() == cause.exception(); });
        if (seen) break;
        if (chain.size() == most_causes) {
            ++left_out;
            break;
        }
        chain.push_back(std::move(cause));
    }
    Writer writer(style);
    if (left_out != 0) writer.coloured(dim, "… earlier exceptions are left out").plain("\n\n");
    for (std::size_t i = chain.size(); i-- > 0;) {
        write_one(&writer, chain[i]);
        if (PyObject_IsInstance(chain[i].exception(), PyExc_BaseExceptionGroup) == 1) write_group(&writer, chain[i], 0);
        PyErr_Clear();
        if (i == 0) break;
        writer.plain(explicit_cause(chain[i - 1])
                         ? "\nThe above exception was the direct cause of the following exception:\n\n"
                         : "\nDuring handling of the above exception, another exception occurred:\n\n");
    }
    return writer.take();
}

int report_raised() {
    const Error error = Error::fetch();
    if (error.is(PyExc_SystemExit)) return system_exit_status(error.exception());
    if ((error.is(PyExc_BrokenPipeError) && output_is_broken_pipe()) || is_of_a_tools_output(error)) {
        error.restore();
        give_up_output();
        return 1;
    }
    remember(error.exception());
    const Ref meaning = impatience();
    if (!meaning) PyErr_Clear();
    const Interruptible when_it_takes_long(meaning.get());
    // What the program printed before comes first, also when both streams are one file.
    (void)flush_output();
    if (!call_excepthook(error.exception())) {
        write_error(describe_exception(error.exception(), {error_has_colours(), error_width()}));
    }
    return error.is(PyExc_KeyboardInterrupt) ? 130 : 1;
}

}  // namespace catena
