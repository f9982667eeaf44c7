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

bool not_of(const char* wanted, PyObject* object) {
    PyErr_Format(PyExc_TypeError, "expected %s, not %.200s", wanted, Py_TYPE(object)->tp_name);
    return false;
}

}  // namespace

namespace {

// The state of this thread, when it lasts until the thread or Python ends: then the GIL is taken and asked after without
// looking the state up. Null: it is somebody else's, who may end it between two calls.
thread_local PyThreadState* lasting_state = nullptr;

// A thread that is not Python's gets a thread state with its first Gil, and keeps it until it ends: making one takes ten times
// as long as a call, and what Python keeps for each thread (threading.local, NumPy's error state) would be gone between two calls.
class KeptState {
public:
    KeptState() noexcept {
        (void)PyGILState_Ensure();
        lasting_state = PyEval_SaveThread();
    }
    KeptState(const KeptState&) = delete;
    KeptState& operator=(const KeptState&) = delete;
    ~KeptState() {
        PyThreadState* state = std::exchange(lasting_state, nullptr);
        // Gone with the Python that made it, when a host ends Python itself.
        if (Py_IsInitialized() == 0 || PyGILState_GetThisThreadState() != state) return;
        PyEval_RestoreThread(state);
        PyGILState_Release(PyGILState_UNLOCKED);
    }
};

void find_lasting_state() noexcept {
    PyThreadState* state = PyGILState_GetThisThreadState();
    if (state == nullptr) {
        thread_local bool made =
            false;  // true in a thread that is ending, too: what is destroyed last there gets a passing state
        if (!std::exchange(made, true)) thread_local const KeptState kept;
    } else if (state == host::first_state()) {
        lasting_state = state;
    }
}

bool holds_gil(PyThreadState* state) noexcept {
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_GetUnchecked() == state;
#else
    return _PyThreadState_UncheckedGet() == state;
#endif
}

// How a Gil came by the GIL, besides the two ways of PyGILState_STATE.
constexpr int held_before = 2, taken = 3;

}  // namespace

Gil::Gil() noexcept {
    if (lasting_state == nullptr) find_lasting_state();
    if (lasting_state == nullptr) {
        state_ = static_cast<int>(PyGILState_Ensure());
    } else if (holds_gil(lasting_state)) {
        state_ = held_before;
    } else {
        PyEval_RestoreThread(lasting_state);
        state_ = taken;
    }
}

Gil::~Gil() {
    if (state_ == taken)
        (void)PyEval_SaveThread();
    else if (state_ != held_before)
        PyGILState_Release(static_cast<PyGILState_STATE>(state_));
}

WithoutGil::WithoutGil() noexcept : saved_(PyEval_SaveThread()) {}
WithoutGil::~WithoutGil() { PyEval_RestoreThread(static_cast<PyThreadState*>(saved_)); }

namespace {

thread_local Call* running_call = nullptr;

}  // namespace

Scope::Scope(const std::shared_ptr<Context>& context) noexcept {
    if (context == nullptr || (running_call != nullptr && running_call->context == context)) return;
    call_.context = context;
    call_.outer = std::exchange(running_call, &call_);
    call_.next = std::exchange(context->calls, &call_);
    call_.thread = PyThread_get_thread_ident();
    const Limits& limits = context->limits;
    if (limits.time.count() > 0 || limits.steps != 0 || limits.depth != 0 || limits.memory != 0)
        call_.limits = begin_limited_call(limits).release();
}

Scope::~Scope() {
    if (call_.context == nullptr) return;
    LimitedCallHandle(call_.limits).reset();
    // What was sent and did not arrive must not meet the next script.
    if (call_.signalled) drop_sent_exception();
    Call** link = &call_.context->calls;
    while (*link != &call_) link = &(*link)->next;
    *link = call_.next;
    running_call = call_.outer;
}

const std::shared_ptr<Context>& current_context() noexcept {
    static const std::shared_ptr<Context> none;
    return running_call != nullptr ? running_call->context : none;
}

Object* answered(Object* object) {
    if (!raise_if_stopped()) return object;
    Py_XDECREF(py(object));
    return nullptr;
}

void retain(Object* object) noexcept {
    const Gil gil;
    Py_INCREF(py(object));
}

void release(Object* object) noexcept {
    if (Py_IsInitialized() == 0) return;
    const Gil gil;
    Py_DECREF(py(object));
}

void keep(Object* object) noexcept { Py_INCREF(py(object)); }
void drop(Object* object) noexcept { Py_DECREF(py(object)); }

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
    PyErr_SetString(builtin_exception(type), std::string(message).c_str());
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

bool read(Object* object, bool* out) {
    if (!PyBool_Check(py(object))) return not_of("a boolean", py(object));
    *out = py(object) == Py_True;
    return true;
}

// Whatever says that it is an integer; floats do not.
bool read(Object* object, std::int64_t* out) {
    if (PyBool_Check(py(object)) || !PyIndex_Check(py(object))) return not_of("an integer", py(object));
    const Ref number = steal(PyNumber_Index(py(object)));
    if (!number) return false;
    *out = PyLong_AsLongLong(number.get());
    return *out != -1 || PyErr_Occurred() == nullptr;
}

bool read(Object* object, std::uint64_t* out) {
    if (PyBool_Check(py(object)) || !PyIndex_Check(py(object))) return not_of("an integer", py(object));
    const Ref number = steal(PyNumber_Index(py(object)));
    if (!number) return false;
    *out = PyLong_AsUnsignedLongLong(number.get());
    return *out != static_cast<std::uint64_t>(-1) || PyErr_Occurred() == nullptr;
}

bool read(Object* object, double* out) {
    const PyNumberMethods* number = Py_TYPE(py(object))->tp_as_number;
    const bool fits = number != nullptr && (number->nb_float != nullptr || number->nb_index != nullptr);
    if (PyBool_Check(py(object)) || !fits) return not_of("a number", py(object));
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
    return ours(PyObject_Vectorcall(py(callee), reinterpret_cast<PyObject* const*>(arguments), count, nullptr));
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
