// Memory both ways: the host's as NumPy arrays and memoryviews, Python's buffers as the host's.
#include <catena/array.hpp>

#include <bit>
#include <cstdint>
#include <optional>
#include <string>

#include "embed/host.hpp"

namespace catena::inline v1::detail {
namespace {

PyObject* py(Object* object) { return reinterpret_cast<PyObject*>(object); }
Object* ours(PyObject* object) { return reinterpret_cast<Object*>(object); }

// How the buffer protocol writes an element; null: Python knows none such.
const char* format_of(Element element) {
    const auto by_size = [&](const char* one, const char* two, const char* four, const char* eight) {
        return element.size == 1 ? one : element.size == 2 ? two : element.size == 4 ? four : eight;
    };
    switch (element.kind) {
        case 'b': return "?";
        case 'i': return by_size("b", "h", "i", "q");
        case 'u': return by_size("B", "H", "I", "Q");
        case 'f': return element.size == 4 ? "f" : element.size == 8 ? "d" : "g";
        default: return element.size == 8 ? "Zf" : element.size == 16 ? "Zd" : "Zg";
    }
}

std::string name_of(Element element) {
    const char* kind = "bool";
    switch (element.kind) {
        case 'b': return kind;
        case 'i': kind = "int"; break;
        case 'u': kind = "uint"; break;
        case 'f': kind = "float"; break;
        default: kind = "complex";
    }
    return kind + std::to_string(8 * element.size);
}

// The element that a buffer's format writes; none: not one number in this machine's byte order.
std::optional<Element> element_in(const Py_buffer& buffer) {
    const char* format = buffer.format != nullptr ? buffer.format : "B";
    if (*format == '@' || *format == '=' || (*format == '<' && std::endian::native == std::endian::little) ||
        (*format == '>' && std::endian::native == std::endian::big))
        ++format;
    const bool complex = *format == 'Z';
    if (complex) ++format;
    if (format[0] == '\0' || format[1] != '\0') return std::nullopt;
    char kind;
    switch (*format) {
        case '?': kind = 'b'; break;
        case 'b':
        case 'h':
        case 'i':
        case 'l':
        case 'q':
        case 'n': kind = 'i'; break;
        case 'B':
        case 'H':
        case 'I':
        case 'L':
        case 'Q':
        case 'N':
        case 'c': kind = 'u'; break;
        case 'e':
        case 'f':
        case 'd':
        case 'g': kind = complex ? 'c' : 'f'; break;
        default: return std::nullopt;
    }
    if (complex && kind != 'c') return std::nullopt;
    return Element{kind, static_cast<std::size_t>(buffer.itemsize), 1};
}

// Python's object for a piece of the host's memory: a buffer exporter that keeps the owner.
struct HostMemory {
    PyObject_HEAD
    Memory* memory;
};

Memory& memory_of(PyObject* self) { return *reinterpret_cast<HostMemory*>(self)->memory; }

int get_buffer(PyObject* self, Py_buffer* buffer, int flags) {
    Memory& memory = memory_of(self);
    if ((flags & PyBUF_WRITABLE) != 0 && !memory.writable) {
        PyErr_SetString(PyExc_BufferError, "the host's memory is read-only");
        return -1;
    }
    buffer->buf = const_cast<void*>(memory.data);
    buffer->obj = Py_NewRef(self);
    buffer->itemsize = static_cast<Py_ssize_t>(memory.element.size);
    buffer->len = buffer->itemsize;
    for (const std::ptrdiff_t extent : memory.shape) buffer->len *= extent;
    buffer->readonly = memory.writable ? 0 : 1;
    buffer->ndim = static_cast<int>(memory.shape.size());
    buffer->format = (flags & PyBUF_FORMAT) != 0 ? const_cast<char*>(format_of(memory.element)) : nullptr;
    buffer->shape = memory.shape.data();
    buffer->strides = memory.strides.data();
    buffer->suboffsets = nullptr;
    buffer->internal = nullptr;
    // Whoever asks for less than strides believes in rows one after the other.
    if ((flags & PyBUF_STRIDES) != PyBUF_STRIDES && PyBuffer_IsContiguous(buffer, 'C') == 0) {
        Py_CLEAR(buffer->obj);
        PyErr_SetString(PyExc_BufferError, "the host's memory is not contiguous");
        return -1;
    }
    return 0;
}

void drop_memory(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    Memory* memory = reinterpret_cast<HostMemory*>(self)->memory;
    PyObject_Free(self);
    Py_DECREF(type);
    if (memory->owner != nullptr) {
        // The owner's destructor is the host's code, which never runs under the GIL.
        const WithoutGil running;
        memory->owner.reset();
    }
    delete memory;
}

PyType_Slot host_memory_slots[] = {
    {Py_bf_getbuffer, reinterpret_cast<void*>(get_buffer)},
    {Py_tp_dealloc, reinterpret_cast<void*>(drop_memory)},
    {Py_tp_doc, const_cast<char*>("Memory of the program that embeds Catena.")},
    {0, nullptr},
};
PyType_Spec host_memory_spec = {"catena.HostMemory", sizeof(HostMemory), 0,
                                Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
                                host_memory_slots};

PyTypeObject* host_memory_type() {
    static PyTypeObject* type = nullptr;
    if (type == nullptr) type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&host_memory_spec));
    return type;
}

// Whether all elements lie in the memory; sets the strides when there are none.
bool lay_out(Memory& memory) {
    if (memory.shape.size() > 32) {
        PyErr_SetString(PyExc_ValueError, "an array has at most 32 dimensions");
        return false;
    }
    std::ptrdiff_t count = 1;
    for (const std::ptrdiff_t extent : memory.shape) {
        if (extent < 0 || __builtin_mul_overflow(count, extent, &count)) {
            PyErr_SetString(PyExc_ValueError, "the shape has a negative or too large dimension");
            return false;
        }
    }
    const auto size = static_cast<std::ptrdiff_t>(memory.element.size);
    std::ptrdiff_t low = 0, high = size;  // of the bytes that elements cover
    bool fits = true;
    if (memory.strides.empty() && !memory.shape.empty()) {
        memory.strides.resize(memory.shape.size());
        std::ptrdiff_t stride = size;
        for (std::size_t i = memory.shape.size(); i-- > 0;) {
            memory.strides[i] = stride;
            if (__builtin_mul_overflow(stride, memory.shape[i] > 0 ? memory.shape[i] : 1, &stride)) fits = false;
        }
    }
    if (memory.strides.size() != memory.shape.size()) {
        PyErr_SetString(PyExc_ValueError, "shape and strides differ in their number of dimensions");
        return false;
    }
    for (std::size_t i = 0; fits && i < memory.shape.size(); ++i) {
        std::ptrdiff_t reach;
        if (memory.shape[i] == 0) continue;
        fits = !__builtin_mul_overflow(memory.strides[i], memory.shape[i] - 1, &reach) &&
               !__builtin_add_overflow(reach < 0 ? low : high, reach, reach < 0 ? &low : &high);
        if (memory.strides[i] % static_cast<std::ptrdiff_t>(memory.element.alignment) != 0) {
            PyErr_Format(PyExc_ValueError, "a stride of %zd bytes breaks the elements' alignment", memory.strides[i]);
            return false;
        }
    }
    if (count == 0) return true;
    if (fits && low >= 0 && high <= static_cast<std::ptrdiff_t>(memory.bytes)) return true;
    PyErr_Format(PyExc_ValueError, "the shape needs more than the %zd bytes there are",
                 static_cast<Py_ssize_t>(memory.bytes));
    return false;
}

Ref export_memory(const Memory& memory) {
    auto copy = std::make_unique<Memory>(memory);
    PyTypeObject* type = host_memory_type();
    if (type == nullptr || !lay_out(*copy)) return {};
    auto* made = PyObject_New(HostMemory, type);
    if (made == nullptr) return {};
    made->memory = copy.release();
    return steal(reinterpret_cast<PyObject*>(made));
}

// Keeps a buffer until its last user is gone.
struct Hold {
    Hold() = default;
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold() {
        if (object == nullptr || Py_IsInitialized() == 0) return;
        const Gil gil;
        PyBuffer_Release(&buffer);
        Py_DECREF(object);
    }
    Py_buffer buffer{};
    PyObject* object = nullptr;
};

bool fail(PyObject* type, const std::string& message) {
    PyErr_SetString(type, message.c_str());
    return false;
}

// The buffer of an object into `out`; what stands in it is checked by the callers.
std::shared_ptr<Hold> hold(PyObject* object, int flags, const std::string& wanted, Shared* out) {
    if (!PyObject_CheckBuffer(object)) {
        fail(PyExc_TypeError, "expected " + wanted + ", not " + Py_TYPE(object)->tp_name);
        return nullptr;
    }
    auto held = std::make_shared<Hold>();
    if (PyObject_GetBuffer(object, &held->buffer, flags) < 0) return nullptr;
    held->object = Py_NewRef(object);
    out->object = ours(object);
    out->data = held->buffer.buf;
    return held;
}

}  // namespace

Object* make_array(const Memory& memory) {
    const Ref exported = export_memory(memory);
    const Ref numpy = exported ? steal(PyImport_ImportModule("numpy")) : Ref();
    return numpy ? ours(PyObject_CallMethod(numpy.get(), "asarray", "O", exported.get())) : nullptr;
}

Object* make_memoryview(const Memory& memory) {
    const Ref exported = export_memory(memory);
    return exported ? ours(PyMemoryView_FromObject(exported.get())) : nullptr;
}

bool share(Object* object, Element element, bool writable, bool any_layout, Shared* out) {
    const std::string wanted = "an array of " + name_of(element);
    const auto held = hold(py(object), PyBUF_STRIDES | PyBUF_FORMAT, wanted, out);
    if (held == nullptr) return false;
    const Py_buffer& buffer = held->buffer;
    const std::optional<Element> has = element_in(buffer);
    if (!has || has->kind != element.kind || has->size != element.size)
        return fail(PyExc_TypeError,
                    "expected " + wanted + ", not of " +
                        (has ? name_of(*has) : "elements with the format '" + std::string(buffer.format) + "'"));
    if (writable && buffer.readonly != 0)
        return fail(PyExc_ValueError, "the array is read-only: ask for an array of const elements");
    out->contiguous = PyBuffer_IsContiguous(&buffer, 'C') != 0;
    if (!out->contiguous && !any_layout)
        return fail(PyExc_ValueError, "the array is not contiguous: copy it, or ask for Layout::any");
    out->rank = static_cast<std::size_t>(buffer.ndim);
    // Sizes are never negative, and a signed type and its unsigned twin may alias.
    out->shape = reinterpret_cast<const std::size_t*>(buffer.shape);
    out->strides = buffer.strides;
    out->size = static_cast<std::size_t>(buffer.len / buffer.itemsize);
    bool aligned = reinterpret_cast<std::uintptr_t>(buffer.buf) % element.alignment == 0;
    for (int i = 0; i < buffer.ndim; ++i)
        aligned =
            aligned && (buffer.shape[i] < 2 || buffer.strides[i] % static_cast<Py_ssize_t>(element.alignment) == 0);
    if (!aligned && out->size > 0) return fail(PyExc_ValueError, "the array's elements are not aligned: copy it");
    out->hold = held;
    return true;
}

bool share_bytes(Object* object, Shared* out) {
    const auto held = hold(py(object), PyBUF_SIMPLE, "bytes", out);
    if (held == nullptr) return false;
    static constexpr std::ptrdiff_t one = 1;
    out->rank = 1;
    out->shape = reinterpret_cast<const std::size_t*>(&held->buffer.len);
    out->strides = &one;
    out->size = static_cast<std::size_t>(held->buffer.len);
    out->hold = held;
    return true;
}

}  // namespace catena::inline v1::detail
