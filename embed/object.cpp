#include <algorithm>
#include <exception>
#include <new>
#include <utility>

#include <catena/object.hpp>
#include "bridge/tick.hpp"
#include "embed/host.hpp"
#include "embed/limits.hpp"

namespace catena::inline v1::detail {

// What an Error keeps of the exception behind it.
struct Exception {
    explicit Exception(PyObject* taken) : object(taken) {}
    Exception(const Exception&) = delete;
    Exception& operator=(const Exception&) = delete;
    ~Exception() { release(reinterpret_cast<Object*>(object)); }
    PyObject* object;
};

namespace {

PyObject* py(Object* object) { return reinterpret_cast<PyObject*>(object); }
Object* ours(PyObject* object) { return reinterpret_cast<Object*>(object); }

PyObject* builtin_exception(const char* type) {
    PyObject* found = PyDict_GetItemString(PyEval_GetBuiltins(), type);
    return found != nullptr && PyExceptionClass_Check(found) ? found : PyExc_RuntimeError;
}

// What comparisons of NumPy's numbers answer; a class of its own, which looks like a number, too.
bool is_numpy_boolean(PyObject* object) {
    const std::string_view type = Py_TYPE(object)->tp_name;
    return type == "numpy.bool_" || type == "numpy.bool";
}
bool is_boolean(PyObject* object) { return PyBool_Check(object) || is_numpy_boolean(object); }

bool not_of(const char* wanted, PyObject* object) {
    PyErr_Format(PyExc_TypeError, "expected %s, not %.200s", wanted, Py_TYPE(object)->tp_name);
    return false;
}

}  // namespace

Error take_error() {
    calm_down();
    host::Failure failure = host::take_failure();
    return Error{.type = std::move(failure.type),
                 .message = std::move(failure.message),
                 .hint = std::move(failure.hint),
                 .file = std::move(failure.file),
                 .line = failure.line,
                 .column = failure.column,
                 .exception = std::make_shared<const Exception>(failure.exception)};
}

Error plain_error(const char* type, std::string_view message) {
    Error error;
    error.type = type;
    error.message = message;
    return error;
}

void set_error(const char* type, std::string_view message) {
    PyObject* const kind = builtin_exception(type);
    const Ref text = steal(PyUnicode_DecodeUTF8(message.data(), static_cast<Py_ssize_t>(message.size()), "replace"));
    const Ref made = text ? steal(PyObject_CallOneArg(kind, text.get())) : Ref();
    if (made) return PyErr_SetObject(kind, made.get());
    if (!text || PyErr_ExceptionMatches(PyExc_TypeError) == 0) return;
    PyErr_SetObject(PyExc_RuntimeError, text.get());  // it is made of more than a message, a UnicodeDecodeError for one
}

void set_thrown(const char* who) {
    try {
        throw;
    } catch (const std::bad_alloc&) {
        PyErr_Format(PyExc_MemoryError, "%s: there is not enough memory", who);
    } catch (const std::exception& error) {
        PyErr_Format(PyExc_RuntimeError, "%s: %s", who, error.what());
    } catch (...) {
        PyErr_Format(PyExc_RuntimeError, "%s: a C++ exception that is no std::exception", who);
    }
}

void set_error(const Error& error) {
    if (error.exception == nullptr) return set_error(error.type.c_str(), error.message);
    PyObject* exception = error.exception->object;
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception)), exception);
}

bool refused() {
    if (PyErr_ExceptionMatches(PyExc_Exception) == 0 || PyErr_ExceptionMatches(PyExc_MemoryError) != 0) return false;
    PyErr_Clear();
    return true;
}

std::string written(double number) {
    char* text = PyOS_double_to_string(number, 'r', 0, Py_DTSF_ADD_DOT_0, nullptr);
    std::string out = text != nullptr ? text : "";
    PyMem_Free(text);
    return out;
}

Object* none() noexcept { return ours(Py_NewRef(Py_None)); }
Object* nil() noexcept { return ours(Py_None); }
Object* make(bool value) noexcept { return ours(PyBool_FromLong(value)); }
Object* make(std::int64_t value) { return ours(PyLong_FromLongLong(value)); }
Object* make(std::uint64_t value) { return ours(PyLong_FromUnsignedLongLong(value)); }
Object* make(double value) { return ours(PyFloat_FromDouble(value)); }
Object* make(std::string_view utf8) {
    return ours(PyUnicode_DecodeUTF8(utf8.data(), static_cast<Py_ssize_t>(utf8.size()), nullptr));
}
Object* make_bytes(std::string_view bytes) {
    return ours(PyBytes_FromStringAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size())));
}
Object* make_list(std::size_t size) { return ours(PyList_New(static_cast<Py_ssize_t>(size))); }
Object* make_list(const double* floats, std::size_t size) {
    Ref list = steal(PyList_New(static_cast<Py_ssize_t>(size)));
    for (std::size_t i = 0; list && i < size; ++i) {
        PyObject* item = PyFloat_FromDouble(floats[i]);
        if (item == nullptr) return nullptr;
        PyList_SET_ITEM(list.get(), static_cast<Py_ssize_t>(i), item);
    }
    return ours(list.release());
}
Object* make_tuple(std::size_t size) { return ours(PyTuple_New(static_cast<Py_ssize_t>(size))); }
void fill_list(Object* list, std::size_t index, Object* item) {
    PyList_SET_ITEM(py(list), static_cast<Py_ssize_t>(index), py(item));
}
void fill_tuple(Object* tuple, std::size_t index, Object* item) {
    PyTuple_SET_ITEM(py(tuple), static_cast<Py_ssize_t>(index), py(item));
}
Object* make_map() { return ours(PyDict_New()); }
bool put(Object* map, Object* key, Object* value) { return PyDict_SetItem(py(map), py(key), py(value)) == 0; }

bool is_none(Object* object) noexcept { return py(object) == Py_None; }

bool peek(Object* object, bool* out) noexcept {
    *out = py(object) == Py_True;
    return *out || py(object) == Py_False;
}

bool peek(Object* object, std::int64_t* out) noexcept {
    if (!PyLong_CheckExact(py(object))) return false;
    int overflow = 0;
    *out = PyLong_AsLongLongAndOverflow(py(object), &overflow);
    return overflow == 0;
}

bool peek(Object* object, double* out) noexcept {
    if (PyFloat_CheckExact(py(object))) {
        *out = PyFloat_AS_DOUBLE(py(object));
        return true;
    }
    constexpr std::int64_t exact = std::int64_t{1} << 53;
    std::int64_t number;
    if (!peek(object, &number) || number > exact || number < -exact) return false;
    *out = static_cast<double>(number);
    return true;
}

bool peek(Object* object, std::string_view* out) noexcept {
    if (!PyUnicode_CheckExact(py(object)) || !PyUnicode_IS_COMPACT_ASCII(py(object))) return false;
    *out = {static_cast<const char*>(PyUnicode_DATA(py(object))),
            static_cast<std::size_t>(PyUnicode_GET_LENGTH(py(object)))};
    return true;
}

bool read(Object* object, bool* out) {
    if (is_numpy_boolean(py(object))) {
        const int truth = PyObject_IsTrue(py(object));
        *out = truth > 0;
        return truth >= 0;
    }
    if (!PyBool_Check(py(object))) return not_of("a boolean", py(object));
    *out = py(object) == Py_True;
    return true;
}

// Whatever says that it is an integer; floats do not.
bool read(Object* object, std::int64_t* out) {
    if (is_boolean(py(object)) || !PyIndex_Check(py(object))) return not_of("an integer", py(object));
    const Ref number = steal(PyNumber_Index(py(object)));
    if (!number) return false;
    *out = PyLong_AsLongLong(number.get());
    return *out != -1 || PyErr_Occurred() == nullptr;
}

bool read(Object* object, std::uint64_t* out) {
    if (is_boolean(py(object)) || !PyIndex_Check(py(object))) return not_of("an integer", py(object));
    const Ref number = steal(PyNumber_Index(py(object)));
    if (!number) return false;
    *out = PyLong_AsUnsignedLongLong(number.get());
    return *out != static_cast<std::uint64_t>(-1) || PyErr_Occurred() == nullptr;
}

bool read(Object* object, double* out) {
    const PyNumberMethods* number = Py_TYPE(py(object))->tp_as_number;
    const bool fits = number != nullptr && (number->nb_float != nullptr || number->nb_index != nullptr);
    if (is_boolean(py(object)) || !fits) return not_of("a number", py(object));
    *out = PyFloat_AsDouble(py(object));
    return *out != -1.0 || PyErr_Occurred() == nullptr;
}

bool read(Object* object, std::string_view* out) {
    if (!PyUnicode_Check(py(object))) return not_of("a string", py(object));
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(py(object), &size);
    if (text == nullptr) return false;
    *out = {text, static_cast<std::size_t>(size)};
    return true;
}

Object* iterate(Object* object) {
    if (PyUnicode_Check(py(object))) {
        (void)not_of("a sequence", py(object));
        return nullptr;
    }
    return ours(PyObject_GetIter(py(object)));
}

// A loop of the host over an endless iterator is interrupted, and ends at a limit of time, as a script's is.
Object* next(Object* iterator, bool* failed) {
    thread_local int until_tick = 1024;
    if (--until_tick == 0) {
        until_tick = 1024;
        *failed = tick_slow() < 0;
        if (*failed) return nullptr;
    }
    PyObject* item = PyIter_Next(py(iterator));
    *failed = item == nullptr && PyErr_Occurred() != nullptr;
    return ours(item);
}

bool is_iterator(Object* object) noexcept { return PyIter_Check(py(object)) != 0; }

Object* list_of(Object* iterator) {
    Ref list = steal(PyList_New(0));
    bool failed = !list;
    while (!failed) {
        const Ref item = steal(py(next(iterator, &failed)));
        if (!item) break;
        failed = PyList_Append(list.get(), item.get()) < 0;
    }
    return failed ? nullptr : ours(list.release());
}

bool is_row(Object* object) noexcept { return PyList_CheckExact(py(object)) || PyTuple_CheckExact(py(object)); }
std::size_t row_size(Object* row) noexcept { return static_cast<std::size_t>(Py_SIZE(py(row))); }
std::size_t read_floats(Object* row, double* out, std::size_t size) noexcept {
    PyObject* const* items = PySequence_Fast_ITEMS(py(row));
    std::size_t read = 0;
    for (const std::size_t count = std::min(size, row_size(row)); read < count; ++read) {
        if (!PyFloat_CheckExact(items[read])) break;
        out[read] = PyFloat_AS_DOUBLE(items[read]);
    }
    return read;
}
Object* row_item(Object* row, std::size_t index) noexcept {
    if (index >= row_size(row)) return nullptr;
    const auto at = static_cast<Py_ssize_t>(index);
    PyObject* item = PyList_CheckExact(py(row)) ? PyList_GET_ITEM(py(row), at) : PyTuple_GET_ITEM(py(row), at);
    return ours(Py_NewRef(item));
}

Object* entries(Object* map) {
    if (!PyMapping_Check(py(map)) || PySequence_Check(py(map))) {
        (void)not_of("a map", py(map));
        return nullptr;
    }
    return ours(PyMapping_Items(py(map)));
}

std::ptrdiff_t length(Object* object) { return PyObject_Size(py(object)); }
const char* type_name(Object* object) noexcept { return Py_TYPE(py(object))->tp_name; }

Object* call(Object* callee, Object* const* arguments, std::size_t count) {
    return answered(
        ours(PyObject_Vectorcall(py(callee), reinterpret_cast<PyObject* const*>(arguments), count, nullptr)));
}

Object* attribute(Object* object, std::string_view name) {
    const Ref python = steal(host::python_name(name));
    return python ? ours(PyObject_GetAttr(py(object), python.get())) : nullptr;
}

bool set_attribute(Object* object, std::string_view name, Object* value) {
    const Ref python = steal(host::python_name(name));
    return python && PyObject_SetAttr(py(object), python.get(), py(value)) == 0;
}

Object* item(Object* object, Object* key) { return ours(PyObject_GetItem(py(object), py(key))); }
Object* text(Object* object) { return ours(PyObject_Str(py(object))); }
Object* representation(Object* object) { return ours(PyObject_Repr(py(object))); }

}  // namespace catena::inline v1::detail

namespace catena::inline v1 {

std::string Error::trace() const {
    if (exception == nullptr) return {};
    const detail::Gil gil;
    const Ref traceback = steal(PyImport_ImportModule("traceback"));
    const Ref lines =
        traceback ? steal(PyObject_CallMethod(traceback.get(), "format_exception", "O", exception->object)) : Ref();
    const Ref nothing = lines ? steal(PyUnicode_FromString("")) : Ref();
    const Ref text = nothing ? steal(PyUnicode_Join(nothing.get(), lines.get())) : Ref();
    const char* utf8 = text ? PyUnicode_AsUTF8(text.get()) : nullptr;
    if (utf8 == nullptr) {
        PyErr_Clear();
        return type + ": " + message + "\n";
    }
    return utf8;
}

}  // namespace catena::inline v1
