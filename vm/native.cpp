#include "vm/native.hpp"

#include <cstring>
#include <string>

#include "lang/python_name.hpp"
#include "lang/static_type.hpp"
#include "vm/calls.hpp"
#include "vm/module.hpp"
#include "vm/native_signature.hpp"
#include "vm/types.hpp"

namespace catena {
namespace {

Native* cast(PyObject* o) { return reinterpret_cast<Native*>(o); }

Value wrong_count(const Native& native, std::size_t count) {
    const char* name = native.spec->name;
    const int least = native.least;
    const int most = native.most;
    const char* were = count == 1 ? "was" : "were";
    if (least == most) {
        PyErr_Format(PyExc_TypeError, "%s takes %d argument%s but %zu %s given: (%s %s)", name, least,
                     least == 1 ? "" : "s", count, were, name, signature_words(*native.spec).c_str());
    } else if (most < 0) {
        PyErr_Format(PyExc_TypeError, "%s takes at least %d argument%s but %zu %s given: (%s %s)", name, least,
                     least == 1 ? "" : "s", count, were, name, signature_words(*native.spec).c_str());
    } else {
        PyErr_Format(PyExc_TypeError, "%s takes from %d to %d arguments but %zu %s given: (%s %s)", name, least, most,
                     count, were, name, signature_words(*native.spec).c_str());
    }
    return Value::error();
}

bool right_count(const Native& native, std::size_t count) {
    return count >= static_cast<std::size_t>(native.least) &&
           (native.most < 0 || count <= static_cast<std::size_t>(native.most));
}

PyObject* vectorcall(PyObject* self, PyObject* const* args, std::size_t nargsf, PyObject* names) {
    const auto positional = static_cast<std::size_t>(PyVectorcall_NARGS(nargsf));
    const std::size_t count = positional + (names != nullptr ? static_cast<std::size_t>(PyTuple_GET_SIZE(names)) : 0);
    Thread* thread = this_thread();
    if (thread == nullptr || !c_stack_left(*thread)) return nullptr;
    Value* window = stack_top(*thread);
    if (!push_entry_frame(*thread, window, count)) return nullptr;
    for (std::size_t n = 0; n < count; ++n) window[n + 1] = borrow_value(args[n]);
    const Value result = call_native(*cast(self), window + 1, count, names);
    pop_entry_frame(*thread);
    if (result.is_error()) return nullptr;
    PyObject* object = new_object(result);
    result.release();
    return object;
}

void dealloc(PyObject* self) {
    if (cast(self)->weakrefs != nullptr) PyObject_ClearWeakRefs(self);
    PyObject_Free(self);
}

PyObject* repr(PyObject* self) { return PyUnicode_FromFormat("<function %s>", cast(self)->spec->name); }

PyObject* get_name(PyObject* self, void*) { return PyUnicode_FromString(cast(self)->spec->name); }
PyObject* get_doc(PyObject* self, void*) { return PyUnicode_FromString(cast(self)->spec->doc); }
PyObject* get_module(PyObject*, void*) { return PyUnicode_FromString("catena.core"); }
PyObject* get_signature(PyObject* self, void*) {
    Result<Ref> signature = native_signature(*cast(self)->spec);
    return signature ? signature->release() : nullptr;
}
PyObject* get_arguments(PyObject* self, void*) { return PyUnicode_FromString(cast(self)->spec->signature); }

// By reference: pickle looks the answer up as an attribute of __module__.
PyObject* reduce(PyObject* self, PyObject*) {
    const Ref name = steal(PyUnicode_FromString(cast(self)->spec->name));
    Ref mangled = name ? python_name(name.get()) : Ref();
    return mangled.release();
}

PyMethodDef methods[] = {
    {"__reduce__", reduce, METH_NOARGS, nullptr},
    {"__copy__", same_object, METH_NOARGS, nullptr},
    {"__deepcopy__", same_object, METH_O, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef attributes[] = {
    {"__name__", get_name, nullptr, nullptr, nullptr},
    {"__qualname__", get_name, nullptr, nullptr, nullptr},
    {"__doc__", get_doc, nullptr, nullptr, nullptr},
    {"__module__", get_module, nullptr, nullptr, nullptr},
    {"__signature__", get_signature, nullptr, nullptr, nullptr},
    {"arguments", get_arguments, nullptr, "The parameters as Catena writes them.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyTypeObject make_type() {
    PyTypeObject type = blank_type("catena.Native", sizeof(Native), "A core function written in C++.");
    type.tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL;
    type.tp_dealloc = dealloc;
    type.tp_repr = repr;
    type.tp_call = PyVectorcall_Call;
    type.tp_vectorcall_offset = offsetof(Native, vectorcall);
    type.tp_weaklistoffset = offsetof(Native, weakrefs);
    type.tp_methods = methods;
    type.tp_getset = attributes;
    return type;
}

PyTypeObject type_object = make_type();

}  // namespace

PyTypeObject* native_type = &type_object;

Result<void> ready_native_type() { return ready(type_object); }

Value call_native(const Native& native, Value* arguments, std::size_t count, PyObject* names) {
    Value result;
    if (!right_count(native, count)) {
        result = wrong_count(native, count);
    } else if (native.pairs_function != nullptr) {
        result = native.pairs_function(arguments, count, names);
    } else if (names != nullptr && PyTuple_GET_SIZE(names) != 0) {
        PyErr_Format(PyExc_TypeError, "%s takes no keyword arguments", native.spec->name);
        result = Value::error();
    } else {
        result = native.function(arguments, count);
    }
    clear_registers(arguments, arguments + count);
    return result;
}

Value call_native(const Native& native, Value* arguments, std::size_t count) {
    return call_native(native, arguments, count, nullptr);
}

Result<Ref> make_native(const NativeSpec& spec) {
    if ((spec.function == nullptr) == (spec.pairs_function == nullptr)) {
        return raise(PyExc_SystemError, "%s has no function, or two", spec.name);
    }
    if (spec.doc == nullptr || spec.doc[0] == '\0')
        return raise(PyExc_SystemError, "%s has no documentation", spec.name);
    auto* native = PyObject_New(Native, native_type);
    if (native == nullptr) return raised();
    native->vectorcall = vectorcall;
    native->function = spec.function;
    native->pairs_function = spec.pairs_function;
    native->least = spec.least;
    native->most = spec.most;
    native->spec = &spec;
    native->weakrefs = nullptr;
    return steal(reinterpret_cast<PyObject*>(native));
}

Result<void> define_natives(std::span<const NativeSpec> table) {
    for (const NativeSpec& spec : table) {
        const Ref name = intern(spec.name);
        const Ref mangled = name ? python_name(name.get()) : Ref();
        if (!mangled) return raised();
        const Result<Ref> native = make_native(spec);
        if (!native || PyDict_SetItem(core_dict(), mangled.get(), native->get()) < 0) return raised();
    }
    return {};
}

}  // namespace catena
