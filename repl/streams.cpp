#include "repl/streams.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace catena {

namespace {

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

void write_stream(const char* name, int descriptor, std::string_view text) {
    const KeepError keep;
    PyObject* stream = PySys_GetObject(name);
    if (stream != nullptr && stream != Py_None) {
        const Ref held = borrow(stream);
        const Ref string = str_of(text);
        const Ref written = string ? steal(PyObject_CallMethod(held.get(), "write", "O", string.get())) : Ref();
        if (written) {
            const Ref flushed = steal(PyObject_CallMethod(held.get(), "flush", nullptr));
            PyErr_Clear();
            return;
        }
        PyErr_Clear();
    }
    write_descriptor(descriptor, text);
}

}  // namespace

Ref str_of(std::string_view text) {
    const KeepError keep;
    Ref string = steal(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogateescape"));
    PyErr_Clear();
    return string;
}

void write_error(std::string_view text) { write_stream("stderr", STDERR_FILENO, text); }

void write_output(std::string_view text) { write_stream("stdout", STDOUT_FILENO, text); }

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
