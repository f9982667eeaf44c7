#include "bridge/error.hpp"

#include "bridge/text.hpp"

namespace catena {
namespace {

Ref attribute(PyObject* object, const char* name) {
    Ref found = steal(PyObject_GetAttrString(object, name));
    if (!found) PyErr_Clear();
    return found;
}

std::uint32_t small_number(PyObject* object) {
    if (object == nullptr || !PyLong_Check(object)) return 0;
    const long number = PyLong_AsLong(object);
    if (number < 0) PyErr_Clear();
    return number > 0 ? static_cast<std::uint32_t>(number) : 0;
}

FrameInfo read_entry(PyTracebackObject* entry) {
    FrameInfo info;
    const Ref code = steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(entry->tb_frame)));
    if (catena_frame_info != nullptr && catena_frame_info(code.get(), entry->tb_lasti, &info)) {
        info.catena = true;
        return info;
    }
    info = FrameInfo{};
    const auto* python = reinterpret_cast<PyCodeObject*>(code.get());
    info.function = text_of(python->co_qualname);
    info.file = text_of(python->co_filename);
    // The field itself may not be computed yet on newer versions.
    const Ref line = attribute(reinterpret_cast<PyObject*>(entry), "tb_lineno");
    info.span.line = info.span.end_line = small_number(line.get());
    return info;
}

}  // namespace

Error Error::fetch() {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != nullptr && value != nullptr) PyException_SetTraceback(value, traceback);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    return of(steal(value));
}

Error Error::of(Ref exception) {
    Error error;
    if (!exception) {
        exception = steal(PyObject_CallFunction(PyExc_SystemError, "s", "an error without an exception"));
        if (!exception) PyErr_Clear();
    }
    error.exception_ = std::move(exception);
    if (!error.exception_) return error;
    PyErr_Clear();
    const Ref traceback = steal(PyException_GetTraceback(error.exception()));
    for (PyObject* at = traceback.get(); at != nullptr && PyTraceBack_Check(at);) {
        auto* entry = reinterpret_cast<PyTracebackObject*>(at);
        error.frames.push_back(read_entry(entry));
        at = reinterpret_cast<PyObject*>(entry->tb_next);
    }
    for (const FrameInfo& frame : error.frames) {
        if (!frame.catena) continue;
        error.span = frame.span;
        error.file = frame.file;
    }
    if (error.is(PyExc_SyntaxError)) {
        const Ref line = attribute(error.exception(), "lineno");
        const Ref file = attribute(error.exception(), "filename");
        if (const std::uint32_t number = small_number(line.get()); number != 0) {
            error.span.line = number;
            error.span.column = small_number(attribute(error.exception(), "offset").get());
            error.span.end_line = small_number(attribute(error.exception(), "end_lineno").get());
            error.span.end_column = small_number(attribute(error.exception(), "end_offset").get());
            // Without a file it is about a text that was handed to a reader, as Python's eval has it.
            error.file = file && PyUnicode_Check(file.get()) ? text_of(file.get()) : "<string>";
        }
    }
    return error;
}

void Error::restore() const {
    if (!exception_) {
        PyErr_NoMemory();
        return;
    }
    PyObject* exception = exception_.get();
    PyErr_Restore(Py_NewRef(Py_TYPE(exception)), Py_NewRef(exception), PyException_GetTraceback(exception));
}

bool Error::is(PyObject* type) const { return exception_ && PyErr_GivenExceptionMatches(exception_.get(), type) != 0; }

std::string Error::type_name() const {
    if (!exception_) return "MemoryError";
    auto* type = reinterpret_cast<PyObject*>(Py_TYPE(exception_.get()));
    const Ref name = attribute(type, "__qualname__");
    const Ref module = attribute(type, "__module__");
    std::string text = name ? display(name.get()) : Py_TYPE(exception_.get())->tp_name;
    if (module && PyUnicode_Check(module.get())) {
        const std::string from = text_of(module.get());
        if (from != "builtins" && from != "__main__") text = from + "." + text;
    }
    return text;
}

std::string Error::message() const {
    if (!exception_) return "";
    // str() wants a frame, which there may not be at the end of a recursion. What it says of most exceptions is their one argument.
    const PyObject* arguments = reinterpret_cast<PyBaseExceptionObject*>(exception_.get())->args;
    const bool text =
        PyTuple_Check(arguments) && PyTuple_GET_SIZE(arguments) == 1 && PyUnicode_Check(PyTuple_GET_ITEM(arguments, 0));
    return display(exception_.get(), text ? text_of(PyTuple_GET_ITEM(arguments, 0)) : "<exception str() failed>");
}

std::vector<std::string> Error::notes() const {
    std::vector<std::string> texts;
    const Ref notes = exception_ ? attribute(exception_.get(), "__notes__") : Ref();
    if (!notes || !PySequence_Check(notes.get()) || PyUnicode_Check(notes.get())) return texts;
    const Ref list = steal(PySequence_List(notes.get()));
    if (!list) PyErr_Clear();
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list.get()); ++i) {
        texts.push_back(display(PyList_GET_ITEM(list.get(), i)));
    }
    return texts;
}

namespace {

Ref cause_of(PyObject* exception) {
    if (exception == nullptr) return {};
    if (Ref cause = steal(PyException_GetCause(exception))) return cause;
    if (reinterpret_cast<PyBaseExceptionObject*>(exception)->suppress_context) return {};
    return steal(PyException_GetContext(exception));
}

}  // namespace

bool Error::has_cause() const { return static_cast<bool>(cause_of(exception_.get())); }
Error Error::cause() const { return of(cause_of(exception_.get())); }

std::vector<FrameInfo> Error::catena_frames() const {
    std::vector<FrameInfo> found;
    for (const FrameInfo& frame : frames) {
        if (frame.catena) found.push_back(frame);
    }
    return found;
}

std::vector<FrameInfo> Error::python_frames() const {
    std::vector<FrameInfo> found;
    for (const FrameInfo& frame : frames) {
        if (frame.catena) {
            found.clear();
        } else {
            found.push_back(frame);
        }
    }
    return found;
}

}  // namespace catena
