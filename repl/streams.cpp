#include "repl/streams.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "bridge/error.hpp"
#include "bridge/text.hpp"

namespace catena {

namespace {

bool output_lost = false;

// So that flushing at the end finds somebody who listens.
void drop_output() {
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0) return;
    ::dup2(nowhere, STDOUT_FILENO);
    ::close(nowhere);
}

// The pending exception stays as it was, whatever happens in between.
class KeepError {
public:
    KeepError() { PyErr_Fetch(&type_, &value_, &traceback_); }
    ~KeepError() { PyErr_Restore(type_, value_, traceback_); }
    KeepError(const KeepError&) = delete;
    KeepError& operator=(const KeepError&) = delete;

private:
    PyObject* type_ = nullptr;
    PyObject* value_ = nullptr;
    PyObject* traceback_ = nullptr;
};

void write_descriptor(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(descriptor, text.data(), text.size());
        if (written <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

// Writes through the stream of this name. False, with an error set, when it fails; nothing is written when there is none.
bool write_stream(const char* name, std::string_view text, bool* there) {
    PyObject* stream = PySys_GetObject(name);
    *there = stream != nullptr && stream != Py_None;
    if (!*there) return true;
    const Ref held = borrow(stream);
    const Ref string = str_of(text);
    return string && steal(PyObject_CallMethod(held.get(), "write", "O", string.get())) &&
           steal(PyObject_CallMethod(held.get(), "flush", nullptr));
}

}  // namespace

void fill_closed_streams() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        // The lowest free number is the one that is taken.
        if (::fcntl(descriptor, F_GETFD) < 0) (void)::open("/dev/null", O_WRONLY);
    }
}

bool flush_output() {
    const KeepError keep;
    PyObject* stream = PySys_GetObject("stdout");
    if (stream == nullptr || stream == Py_None) return true;
    const Ref output = borrow(stream);
    if (steal(PyObject_CallMethod(output.get(), "flush", nullptr))) return true;
    // What else can go wrong is the doing of the program, which put its own object there.
    if (PyErr_ExceptionMatches(PyExc_OSError)) give_up_output();
    PyErr_Clear();
    return false;
}

void give_up_output() {
    const Error error = Error::fetch();
    const KeepError keep;
    if (!output_lost && !error.is(PyExc_BrokenPipeError)) {
        const Ref reason = steal(PyObject_GetAttrString(error.exception(), "strerror"));
        write_error("catena: standard output: " + (reason ? display(reason.get()) : error.message()) + "\n");
    }
    output_lost = true;
    drop_output();
}

bool flush_output_at_exit() {
    static PyMethodDef definition{"flush_output",
                                  [](PyObject*, PyObject*) -> PyObject* {
                                      (void)flush_output();
                                      Py_RETURN_NONE;
                                  },
                                  METH_NOARGS, nullptr};
    const Ref function = steal(PyCFunction_New(&definition, nullptr));
    const Ref handlers = steal(PyImport_ImportModule("atexit"));
    return function && handlers && steal(PyObject_CallMethod(handlers.get(), "register", "O", function.get()));
}

bool output_was_lost() { return output_lost; }

Ref str_of(std::string_view text) {
    const KeepError keep;
    Ref string = steal(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape"));
    PyErr_Clear();
    return string;
}

void write_error(std::string_view text) {
    const KeepError keep;
    bool there = false;
    const bool written = write_stream("stderr", text, &there);
    PyErr_Clear();
    if (!there || !written) write_descriptor(STDERR_FILENO, text);
}

void write_output(std::string_view text) {
    const KeepError keep;
    bool there = false;
    const bool written = write_stream("stdout", text, &there);
    if (!written && PyErr_ExceptionMatches(PyExc_OSError)) return give_up_output();
    PyErr_Clear();
    if (!there || !written) write_descriptor(STDOUT_FILENO, text);
}

bool error_has_colours() {
    if (const char* no = std::getenv("NO_COLOR"); no != nullptr && *no != '\0') return false;
    if (const char* term = std::getenv("TERM"); term == nullptr || std::strcmp(term, "dumb") == 0) return false;
    if (::isatty(STDERR_FILENO) == 0) return false;
    const KeepError keep;
    PyObject* stream = PySys_GetObject("stderr");
    const Ref number = stream != nullptr ? steal(PyObject_CallMethod(stream, "fileno", nullptr)) : Ref();
    const bool ours = number && PyLong_Check(number.get()) && PyLong_AsLong(number.get()) == STDERR_FILENO;
    PyErr_Clear();
    return ours;
}

std::size_t error_width() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 40) return 100;
    return size.ws_col;
}

}  // namespace catena
