// Python's datetime and pathlib, for the host's std::chrono and std::filesystem.
#include <Python.h>

#include <cmath>
#include <string>

#include <catena/object.hpp>
#include "bridge/ref.hpp"

namespace catena::inline v1::detail {
namespace {

PyObject* py(Object* object) { return reinterpret_cast<PyObject*>(object); }
Object* ours(PyObject* object) { return reinterpret_cast<Object*>(object); }

constexpr const char* source = R"(
import datetime
epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
one = datetime.timedelta(microseconds=1)

def time(microseconds): return epoch + microseconds * one
def microseconds(value):
    if isinstance(value, datetime.timedelta): return value // one
    if isinstance(value, datetime.datetime): return (value.astimezone(datetime.timezone.utc) - epoch) // one
)";

// One of the functions above, borrowed; null with an error set.
PyObject* helper(const char* name) {
    static PyObject* names = nullptr;
    if (names == nullptr) {
        const Ref code = steal(Py_CompileString(source, "<catena>", Py_file_input));
        Ref made = steal(PyDict_New());
        if (!code || !made || PyDict_SetItemString(made.get(), "__builtins__", PyEval_GetBuiltins()) < 0)
            return nullptr;
        if (!steal(PyEval_EvalCode(code.get(), made.get(), made.get()))) return nullptr;
        if (names == nullptr) names = made.release();
    }
    return PyDict_GetItemString(names, name);
}

bool is_number(PyObject* object) {
    return !PyBool_Check(object) &&
           (PyFloat_Check(object) || PyLong_Check(object) || PyIndex_Check(object) ||
            (Py_TYPE(object)->tp_as_number != nullptr && Py_TYPE(object)->tp_as_number->nb_float != nullptr));
}

bool read_microseconds(PyObject* object, const char* wanted, std::int64_t* out) {
    PyObject* read = helper("microseconds");
    const Ref number = read != nullptr ? steal(PyObject_CallOneArg(read, object)) : Ref();
    if (!number) return false;
    if (number.get() == Py_None) {
        PyErr_Format(PyExc_TypeError, "expected %s, not %.200s", wanted, Py_TYPE(object)->tp_name);
        return false;
    }
    *out = PyLong_AsLongLong(number.get());
    return *out != -1 || PyErr_Occurred() == nullptr;
}

}  // namespace

Object* make_path(std::string_view bytes) {
    return ours(PyUnicode_DecodeFSDefaultAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size())));
}

bool read_path(Object* object, std::string* out) {
    PyObject* converted = nullptr;
    if (PyUnicode_FSConverter(py(object), &converted) == 0) {
        if (PyErr_ExceptionMatches(PyExc_TypeError))
            PyErr_Format(PyExc_TypeError, "expected a path, not %.200s", Py_TYPE(py(object))->tp_name);
        return false;
    }
    const Ref bytes = steal(converted);
    out->assign(PyBytes_AS_STRING(bytes.get()), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes.get())));
    return true;
}

Read read_duration(Object* object, double* seconds, std::int64_t* microseconds) {
    if (is_number(py(object))) return read(object, seconds) ? Read::seconds : Read::failed;
    return read_microseconds(py(object), "a number of seconds", microseconds) ? Read::microseconds : Read::failed;
}

Object* make_time(std::int64_t microseconds) {
    PyObject* make = helper("time");
    return make != nullptr ? ours(PyObject_CallFunction(make, "L", static_cast<long long>(microseconds))) : nullptr;
}

bool read_time(Object* object, std::int64_t* microseconds) {
    if (!is_number(py(object))) return read_microseconds(py(object), "a time", microseconds);
    double seconds;
    if (!read(object, &seconds)) return false;
    const double rounded = std::nearbyint(seconds * 1e6);
    if (!(std::abs(rounded) < std::ldexp(1.0, 63))) {
        PyErr_SetString(PyExc_OverflowError, "the time is too far away");
        return false;
    }
    *microseconds = static_cast<std::int64_t>(rounded);
    return true;
}

}  // namespace catena::inline v1::detail
