#include "bridge/text.hpp"

namespace catena {

std::string text_of(PyObject* string) {
    Py_ssize_t size = 0;
    if (const char* text = PyUnicode_AsUTF8AndSize(string, &size)) return {text, static_cast<std::size_t>(size)};
    PyErr_Clear();
    const Ref bytes = steal(PyUnicode_AsEncodedString(string, "utf-8", "backslashreplace"));
    if (!bytes) {
        PyErr_Clear();
        return "?";
    }
    return {PyBytes_AS_STRING(bytes.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get()))};
}

std::string display(PyObject* object, std::string_view otherwise) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    const Ref string = steal(PyObject_Str(object));
    std::string text(otherwise);
    if (string) text = text_of(string.get());
    PyErr_Restore(type, value, traceback);
    return text;
}

Ref make_str(std::string_view text) {
    return steal(PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
}

}  // namespace catena
