// The typed arrays: one Python type for each kind of element, with the elements inside the object.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>

#include "bridge/buffer.hpp"
#include "bridge/text.hpp"

namespace catena {
namespace {

struct Header {
    PyObject_VAR_HEAD
};
// Elements start at a multiple of 16 bytes, as the object itself does.
constexpr std::size_t data_offset = (sizeof(Header) + 15) / 16 * 16;

constexpr int kinds = 5;
std::array<PyTypeObject*, kinds> types{};

// What the code for all kinds needs to know of one of them.
struct KindInfo {
    const char* name;       // of the type
    const char* full_name;  // with its module
    const char* format;     // in the buffer protocol
    Py_ssize_t size;
    bool real;
    PyObject* (*get)(const char* at);
    int (*set)(char* at, PyObject* value);  // -1 with an error set
};

template <class T>
PyObject* get_element(const char* at) {
    T element;
    std::memcpy(&element, at, sizeof element);
    if constexpr (std::is_floating_point_v<T>) return PyFloat_FromDouble(element);
    return PyLong_FromLongLong(element);
}

template <class T>
int set_element(char* at, PyObject* value) {
    T element;
    if constexpr (std::is_floating_point_v<T>) {
        const double number = PyFloat_AsDouble(value);
        if (number == -1.0 && PyErr_Occurred()) return -1;
        element = static_cast<T>(number);
        if (std::isinf(element) && !std::isinf(number)) {
            PyErr_Format(PyExc_OverflowError, "%R is too large for a %d-bit float", value, int{sizeof(T)} * 8);
            return -1;
        }
    } else {
        const Ref index = steal(PyNumber_Index(value));
        if (!index) return -1;
        int overflow;
        const long long number = PyLong_AsLongLongAndOverflow(index.get(), &overflow);
        if (overflow == 0 && number == -1 && PyErr_Occurred()) return -1;
        if (overflow != 0 || number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max()) {
            PyErr_Format(PyExc_OverflowError, "%R does not fit %s %d-bit integer", value,
                         std::is_signed_v<T> ? "a signed" : "an unsigned", int{sizeof(T)} * 8);
            return -1;
        }
        element = static_cast<T>(number);
    }
    std::memcpy(at, &element, sizeof element);
    return 0;
}

template <class T>
constexpr KindInfo info_of(const char* name, const char* full_name, const char* format) {
    return {name, full_name, format, sizeof(T), std::is_floating_point_v<T>, get_element<T>, set_element<T>};
}

// In the order of ElementKind.
constexpr std::array<KindInfo, kinds> infos{
    info_of<float>("float32array", "catena.float32array", "f"),
    info_of<double>("float64array", "catena.float64array", "d"),
    info_of<std::int32_t>("int32array", "catena.int32array", "i"),
    info_of<std::int64_t>("int64array", "catena.int64array", sizeof(long) == 8 ? "l" : "q"),
    info_of<std::uint8_t>("uint8array", "catena.uint8array", "B"),
};

int kind_of(PyTypeObject* type) {
    for (int kind = 0; kind < kinds; ++kind) {
        if (types[static_cast<std::size_t>(kind)] == type) return kind;
    }
    return -1;
}

const KindInfo& info(PyObject* self) { return infos[static_cast<std::size_t>(kind_of(Py_TYPE(self)))]; }
char* data(PyObject* self) { return reinterpret_cast<char*>(self) + data_offset; }
char* at(PyObject* self, Py_ssize_t index) { return data(self) + index * info(self).size; }

Ref make_zeros(PyTypeObject* type, Py_ssize_t count) {
    const Py_ssize_t size = infos[static_cast<std::size_t>(kind_of(type))].size;
    if (count > (PY_SSIZE_T_MAX - static_cast<Py_ssize_t>(data_offset)) / size) {
        PyErr_NoMemory();
        return {};
    }
    return steal(type->tp_alloc(type, count));
}

// A view of somebody's buffer, released at the end of the scope.
class View {
public:
    View() = default;
    View(const View&) = delete;
    View& operator=(const View&) = delete;
    ~View() { release(); }

    bool get(PyObject* object, int flags) {
        held_ = PyObject_GetBuffer(object, &buffer_, flags) == 0;
        return held_;
    }
    void release() {
        if (held_) PyBuffer_Release(&buffer_);
        held_ = false;
    }
    const Py_buffer* operator->() const { return &buffer_; }

private:
    Py_buffer buffer_{};
    bool held_ = false;
};

// Reads elements of a buffer in native format as Python numbers would be read; null for other formats.
PyObject* (*reader_of(const char* format, Py_ssize_t size))(const char*) {
    if (format == nullptr) return size == 1 ? get_element<std::uint8_t> : nullptr;
    if (*format == '@' || *format == '=' || *format == (PY_LITTLE_ENDIAN ? '<' : '>')) ++format;
    if (format[0] == '\0' || format[1] != '\0') return nullptr;
    switch (*format) {
        case 'f': return size == 4 ? get_element<float> : nullptr;
        case 'd': return size == 8 ? get_element<double> : nullptr;
        case 'b': return get_element<std::int8_t>;
        case 'B': return get_element<std::uint8_t>;
        case 'h': return get_element<std::int16_t>;
        case 'H': return get_element<std::uint16_t>;
        case 'i':
        case 'l':
        case 'q': return size == 4 ? get_element<std::int32_t> : get_element<std::int64_t>;
        case 'I':
        case 'L': return size == 4 ? get_element<std::uint32_t> : nullptr;
        default: return nullptr;
    }
}

Ref from_items(PyTypeObject* type, PyObject* source) {
    const Ref items = steal(PySequence_Fast(source, "a typed array is made from numbers, a buffer or a size"));
    if (!items) return {};
    Ref made = make_zeros(type, PySequence_Fast_GET_SIZE(items.get()));
    if (!made) return {};
    for (Py_ssize_t i = 0; i < Py_SIZE(made.get()); ++i) {
        // Reading a number can run Python code, which can shorten a list.
        if (i >= PySequence_Fast_GET_SIZE(items.get())) {
            PyErr_SetString(PyExc_RuntimeError, "the list changed its size while a typed array was made from it");
            return {};
        }
        const Ref item = borrow(PySequence_Fast_GET_ITEM(items.get(), i));
        if (info(made.get()).set(at(made.get(), i), item.get()) < 0) return {};
    }
    return made;
}

// From a buffer of numbers of any shape, in C order; `*fits` is false when its format is none that is read here.
Ref from_buffer(PyTypeObject* type, PyObject* source, bool* fits) {
    View view;
    *fits = true;
    if (!view.get(source, PyBUF_FORMAT | PyBUF_C_CONTIGUOUS)) {
        // Memory with gaps is read element by element.
        PyErr_Clear();
        *fits = false;
        return {};
    }
    const auto reader = reader_of(view->format, view->itemsize);
    if (reader == nullptr) {
        *fits = false;
        return {};
    }
    const Py_ssize_t count = view->itemsize != 0 ? view->len / view->itemsize : 0;
    Ref made = make_zeros(type, count);
    if (!made) return {};
    const KindInfo& to = info(made.get());
    if (count_copy(static_cast<std::size_t>(count * to.size), to.name) < 0) return {};
    const auto* from = static_cast<const char*>(view->buf);
    if (reader == to.get) {
        if (count != 0) std::memcpy(data(made.get()), from, static_cast<std::size_t>(view->len));
        return made;
    }
    for (Py_ssize_t i = 0; i < count; ++i) {
        const Ref number = steal(reader(from + i * view->itemsize));
        if (!number || to.set(at(made.get(), i), number.get()) < 0) return {};
    }
    return made;
}

Ref make(PyTypeObject* type, PyObject* source) {
    if (PyIndex_Check(source) && !PyObject_CheckBuffer(source)) {
        const Py_ssize_t count = PyNumber_AsSsize_t(source, PyExc_OverflowError);
        if (count == -1 && PyErr_Occurred()) return {};
        if (count < 0) {
            PyErr_Format(PyExc_ValueError, "a typed array cannot have %zd elements", count);
            return {};
        }
        return make_zeros(type, count);
    }
    if (!PyObject_CheckBuffer(source)) return from_items(type, source);
    bool fits;
    Ref made = from_buffer(type, source, &fits);
    if (fits) return made;
    made = from_items(type, source);
    if (made &&
        count_copy(static_cast<std::size_t>(Py_SIZE(made.get()) * info(made.get()).size), info(made.get()).name) < 0) {
        return {};
    }
    return made;
}

PyObject* array_new(PyTypeObject* type, PyObject* args, PyObject* kwargs) {
    PyObject* source = nullptr;
    if (kwargs != nullptr && PyDict_GET_SIZE(kwargs) != 0) {
        PyErr_Format(PyExc_TypeError, "%s takes no keyword arguments",
                     infos[static_cast<std::size_t>(kind_of(type))].name);
        return nullptr;
    }
    if (!PyArg_UnpackTuple(args, infos[static_cast<std::size_t>(kind_of(type))].name, 0, 1, &source)) return nullptr;
    return source == nullptr ? make_zeros(type, 0).release() : make(type, source).release();
}

void array_dealloc(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    type->tp_free(self);
    Py_DECREF(type);
}

Py_ssize_t array_length(PyObject* self) { return Py_SIZE(self); }

bool in_range(PyObject* self, Py_ssize_t index) {
    if (index >= 0 && index < Py_SIZE(self)) return true;
    PyErr_Format(PyExc_IndexError, "%s index out of range", info(self).name);
    return false;
}

PyObject* array_item(PyObject* self, Py_ssize_t index) {
    return in_range(self, index) ? info(self).get(at(self, index)) : nullptr;
}

bool read_index(PyObject* self, PyObject* key, Py_ssize_t* index) {
    *index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (*index == -1 && PyErr_Occurred()) return false;
    if (*index < 0) *index += Py_SIZE(self);
    return in_range(self, *index);
}

PyObject* bad_key(PyObject* self, PyObject* key) {
    return PyErr_Format(PyExc_TypeError, "%s indices must be integers or slices, not %.200s", info(self).name,
                        Py_TYPE(key)->tp_name);
}

PyObject* array_subscript(PyObject* self, PyObject* key) {
    if (PySlice_Check(key)) {
        Py_ssize_t start, stop, step;
        if (PySlice_Unpack(key, &start, &stop, &step) < 0) return nullptr;
        const Py_ssize_t count = PySlice_AdjustIndices(Py_SIZE(self), &start, &stop, step);
        Ref made = make_zeros(Py_TYPE(self), count);
        if (!made) return nullptr;
        const Py_ssize_t size = info(self).size;
        if (count_copy(static_cast<std::size_t>(count * size), info(self).name) < 0) return nullptr;
        for (Py_ssize_t i = 0; i < count; ++i) {
            std::memcpy(at(made.get(), i), at(self, start + i * step), static_cast<std::size_t>(size));
        }
        return made.release();
    }
    if (!PyIndex_Check(key)) return bad_key(self, key);
    Py_ssize_t index;
    return read_index(self, key, &index) ? info(self).get(at(self, index)) : nullptr;
}

int array_assign(PyObject* self, PyObject* key, PyObject* value) {
    if (value == nullptr) {
        PyErr_Format(PyExc_TypeError, "a %s has a fixed size", info(self).name);
        return -1;
    }
    if (PySlice_Check(key)) {
        Py_ssize_t start, stop, step;
        if (PySlice_Unpack(key, &start, &stop, &step) < 0) return -1;
        const Py_ssize_t count = PySlice_AdjustIndices(Py_SIZE(self), &start, &stop, step);
        // All numbers are read before the first is written, so that an error changes nothing.
        const Ref numbers = make(Py_TYPE(self), value);
        if (!numbers) return -1;
        if (PyIndex_Check(value) || Py_SIZE(numbers.get()) != count) {
            PyErr_Format(PyExc_ValueError, "a %s has a fixed size: the slice needs %zd numbers", info(self).name,
                         count);
            return -1;
        }
        for (Py_ssize_t i = 0; i < count; ++i) {
            std::memcpy(at(self, start + i * step), at(numbers.get(), i), static_cast<std::size_t>(info(self).size));
        }
        return 0;
    }
    if (!PyIndex_Check(key)) {
        bad_key(self, key);
        return -1;
    }
    Py_ssize_t index;
    return read_index(self, key, &index) ? info(self).set(at(self, index), value) : -1;
}

int array_contains(PyObject* self, PyObject* value) {
    for (Py_ssize_t i = 0; i < Py_SIZE(self); ++i) {
        const Ref element = steal(info(self).get(at(self, i)));
        if (!element) return -1;
        const int equal = PyObject_RichCompareBool(element.get(), value, Py_EQ);
        if (equal != 0) return equal;
    }
    return 0;
}

PyObject* array_tolist(PyObject* self, PyObject*) { return PySequence_List(self); }

PyObject* array_compare(PyObject* self, PyObject* other, int op) {
    if ((op != Py_EQ && op != Py_NE) || kind_of(Py_TYPE(other)) < 0) Py_RETURN_NOTIMPLEMENTED;
    bool equal = Py_SIZE(self) == Py_SIZE(other);
    for (Py_ssize_t i = 0; equal && i < Py_SIZE(self); ++i) {
        const Ref mine = steal(info(self).get(at(self, i)));
        const Ref theirs = steal(info(other).get(at(other, i)));
        if (!mine || !theirs) return nullptr;
        const Ref same = steal(PyObject_RichCompare(mine.get(), theirs.get(), Py_EQ));
        if (!same) return nullptr;
        equal = same == Py_True;
    }
    return PyBool_FromLong(equal == (op == Py_EQ));
}

PyObject* array_repr(PyObject* self) {
    constexpr Py_ssize_t shown = 1000;
    std::string text = std::string(info(self).name) + "([";
    for (Py_ssize_t i = 0; i < Py_SIZE(self) && i < shown; ++i) {
        const Ref element = steal(info(self).get(at(self, i)));
        const Ref number = element ? steal(PyObject_Repr(element.get())) : Ref();
        if (!number) return nullptr;
        if (i != 0) text += ", ";
        text += text_of(number.get());
    }
    if (Py_SIZE(self) > shown) text += ", ...";
    return make_str(text + "])").release();
}

// One format and one item size for each kind; the shape is the object's own size.
int array_getbuffer(PyObject* self, Py_buffer* view, int flags) {
    const KindInfo& kind = info(self);
    if (PyBuffer_FillInfo(view, self, data(self), Py_SIZE(self) * kind.size, 0, flags) < 0) return -1;
    view->itemsize = kind.size;
    if ((flags & PyBUF_FORMAT) != 0) view->format = const_cast<char*>(kind.format);
    // FillInfo counts bytes; without a shape the consumer sees bytes anyway.
    if ((flags & PyBUF_ND) != 0) view->shape = &reinterpret_cast<PyVarObject*>(self)->ob_size;
    if ((flags & PyBUF_STRIDES) == PyBUF_STRIDES) view->strides = &view->itemsize;
    return 0;
}

PyObject* array_nbytes(PyObject* self, void*) { return PyLong_FromSsize_t(Py_SIZE(self) * info(self).size); }
PyObject* array_itemsize(PyObject* self, void*) { return PyLong_FromSsize_t(info(self).size); }

// For those who take no buffers. The array must outlive what is made of it, as the protocol has it.
PyObject* array_interface(PyObject* self, void*) {
    const KindInfo& kind = info(self);
    const char letter = kind.real ? 'f' : kind.size == 1 ? 'u' : 'i';
    const char order = kind.size == 1 ? '|' : PY_LITTLE_ENDIAN ? '<' : '>';
    return Py_BuildValue("{s:(n),s:N,s:(NO),s:i}", "shape", Py_SIZE(self), "typestr",
                         PyUnicode_FromFormat("%c%c%zd", order, letter, kind.size), "data",
                         PyLong_FromVoidPtr(data(self)), Py_False, "version", 3);
}

// By way of NumPy, whose capsule keeps the array alive.
PyObject* array_dlpack(PyObject* self, PyObject* args, PyObject* kwargs) {
    const auto array = as_nd(self, nullptr, nullptr);
    const Ref method = array ? steal(PyObject_GetAttrString(array->get(), "__dlpack__")) : Ref();
    return method ? PyObject_Call(method.get(), args, kwargs) : nullptr;
}

PyObject* array_dlpack_device(PyObject*, PyObject*) {
    constexpr int processor = 1;
    return Py_BuildValue("(ii)", processor, 0);
}

PyObject* array_tobytes(PyObject* self, PyObject*) {
    if (count_copy(static_cast<std::size_t>(Py_SIZE(self) * info(self).size), info(self).name) < 0) return nullptr;
    return PyBytes_FromStringAndSize(data(self), Py_SIZE(self) * info(self).size);
}

// The memory of `source` as it is, in elements of this type: the other half of pickling.
PyObject* array_frombytes(PyObject* type, PyObject* source) {
    auto* self_type = reinterpret_cast<PyTypeObject*>(type);
    const KindInfo& kind = infos[static_cast<std::size_t>(kind_of(self_type))];
    View view;
    if (!view.get(source, PyBUF_C_CONTIGUOUS)) return nullptr;
    if (view->len % kind.size != 0) {
        return PyErr_Format(PyExc_ValueError, "%zd bytes are no whole number of %zd-byte elements", view->len,
                            kind.size);
    }
    Ref made = make_zeros(self_type, view->len / kind.size);
    if (!made || count_copy(static_cast<std::size_t>(view->len), kind.name) < 0) return nullptr;
    if (view->len != 0) std::memcpy(data(made.get()), view->buf, static_cast<std::size_t>(view->len));
    return made.release();
}

PyObject* array_reduce(PyObject* self, PyObject* protocol) {
    const long number = PyLong_AsLong(protocol);
    if (number == -1 && PyErr_Occurred()) return nullptr;
    PyObject* memory = number >= 5 ? PyPickleBuffer_FromObject(self) : array_tobytes(self, nullptr);
    if (memory == nullptr) return nullptr;
    PyObject* maker = PyObject_GetAttrString(reinterpret_cast<PyObject*>(Py_TYPE(self)), "frombytes");
    if (maker == nullptr) {
        Py_DECREF(memory);
        return nullptr;
    }
    return Py_BuildValue("N(N)", maker, memory);
}

PyMethodDef methods[] = {
    {"tolist", array_tolist, METH_NOARGS, "The elements as a list."},
    {"tobytes", array_tobytes, METH_NOARGS, "A copy of the memory."},
    {"frombytes", array_frombytes, METH_O | METH_CLASS, "An array of the elements whose memory is given."},
    {"__reduce_ex__", array_reduce, METH_O, nullptr},
    {"__dlpack__", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(array_dlpack)),
     METH_VARARGS | METH_KEYWORDS, "A DLPack capsule over the memory."},
    {"__dlpack_device__", array_dlpack_device, METH_NOARGS, "The processor, in DLPack's numbers."},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef properties[] = {
    {"nbytes", array_nbytes, nullptr, "The size of the memory in bytes.", nullptr},
    {"itemsize", array_itemsize, nullptr, "The size of one element in bytes.", nullptr},
    {"__array_interface__", array_interface, nullptr, "The memory, for those who take no buffers.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

template <class Function>
void* slot(Function* function) {
    return reinterpret_cast<void*>(function);
}

PyTypeObject* make_type(const KindInfo& kind) {
    static constexpr char doc[] =
        "A fixed number of machine numbers in one piece of memory, made from numbers, a buffer (copied) or a size.";
    PyType_Slot slots[] = {
        {Py_tp_doc, const_cast<char*>(doc)},
        {Py_tp_new, slot(array_new)},
        {Py_tp_dealloc, slot(array_dealloc)},
        {Py_tp_repr, slot(array_repr)},
        {Py_tp_richcompare, slot(array_compare)},
        {Py_tp_hash, slot(PyObject_HashNotImplemented)},
        {Py_tp_methods, methods},
        {Py_tp_getset, properties},
        {Py_sq_length, slot(array_length)},
        {Py_sq_item, slot(array_item)},
        {Py_sq_contains, slot(array_contains)},
        {Py_mp_length, slot(array_length)},
        {Py_mp_subscript, slot(array_subscript)},
        {Py_mp_ass_subscript, slot(array_assign)},
        {Py_bf_getbuffer, slot(array_getbuffer)},
        {0, nullptr},
    };
    PyType_Spec spec{kind.full_name, static_cast<int>(data_offset), static_cast<int>(kind.size),
                     Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE | Py_TPFLAGS_SEQUENCE, slots};
    return reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
}

}  // namespace

PyTypeObject* typed_array_type(ElementKind kind) {
    const auto index = static_cast<std::size_t>(kind);
    if (types[index] == nullptr) types[index] = make_type(infos[index]);
    return types[index];
}

std::string_view typed_array_name(ElementKind kind) { return infos[static_cast<std::size_t>(kind)].name; }

Result<Ref> make_typed_array(ElementKind kind, PyObject* source) {
    PyTypeObject* type = typed_array_type(kind);
    if (type == nullptr) return raised();
    Ref made = make(type, source);
    if (!made) return raised();
    return made;
}

}  // namespace catena
