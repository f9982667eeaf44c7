#include "vm/core_classes.hpp"

#include <string_view>

#include "bridge/buffer.hpp"
#include "bridge/call.hpp"
#include "lang/list.hpp"
#include "lang/static_type.hpp"
#include "vm/core_strings.hpp"
#include "vm/core_support.hpp"
#include "vm/native_signature.hpp"

namespace catena {

namespace {

struct FunctionClass {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject* stands_for;    // the class, owned
    const NativeSpec* spec;  // static
    PyObject* weakrefs;
};

FunctionClass* cast(PyObject* o) { return reinterpret_cast<FunctionClass*>(o); }
PyObject* class_of(PyObject* o) { return cast(o)->stands_for; }

PyObject* call(PyObject* self, PyObject* const* args, std::size_t nargsf, PyObject* names) {
    const auto n = static_cast<std::size_t>(PyVectorcall_NARGS(nargsf));
    // Only the class knows keyword arguments: (str b :encoding "latin-1").
    if (names != nullptr && PyTuple_GET_SIZE(names) != 0)
        return PyObject_Vectorcall(class_of(self), args, nargsf, names);
    const NativeSpec& spec = *cast(self)->spec;
    if (n < static_cast<std::size_t>(spec.least) || (spec.most >= 0 && n > static_cast<std::size_t>(spec.most))) {
        return PyErr_Format(PyExc_TypeError, "%s takes %d argument%s but %zu were given: %s", spec.name, spec.least,
                            spec.least == 1 ? "" : "s", n, spec.signature);
    }
    Value few[8];
    Value* window = n <= 8 ? few : static_cast<Value*>(PyMem_Malloc(n * sizeof(Value)));
    if (window == nullptr) return PyErr_NoMemory();
    for (std::size_t i = 0; i < n; ++i) window[i] = borrow_value(args[i]);
    const Value result = spec.function(window, n);
    for (std::size_t i = 0; i < n; ++i) window[i].release();
    if (window != few) PyMem_Free(window);
    if (result.is_error()) return nullptr;
    PyObject* object = new_object(result);
    result.release();
    return object;
}

PyObject* boolean(int answer) { return answer < 0 ? nullptr : PyBool_FromLong(answer); }

PyObject* instance_check(PyObject* self, PyObject* o) { return boolean(PyObject_IsInstance(o, class_of(self))); }
PyObject* subclass_check(PyObject* self, PyObject* c) { return boolean(PyObject_IsSubclass(c, class_of(self))); }
PyObject* mro_entries(PyObject* self, PyObject*) { return PyTuple_Pack(1, class_of(self)); }
PyObject* reduce(PyObject* self, PyObject*) { return PyUnicode_FromString(cast(self)->spec->name); }

PyObject* meant(PyObject* o) { return is_function_class(o) ? class_of(o) : o; }

PyObject* either(PyObject* a, PyObject* b) { return PyNumber_Or(meant(a), meant(b)); }
PyObject* item(PyObject* self, PyObject* key) { return PyObject_GetItem(class_of(self), meant(key)); }

PyObject* compare(PyObject* a, PyObject* b, int op) {
    if (op != Py_EQ && op != Py_NE) Py_RETURN_NOTIMPLEMENTED;
    const bool same = meant(a) == meant(b);
    return PyBool_FromLong(same == (op == Py_EQ));
}

Py_hash_t hash(PyObject* self) { return PyObject_Hash(class_of(self)); }

PyObject* repr(PyObject* self) { return PyUnicode_FromFormat("<function %s>", cast(self)->spec->name); }

// NumPy asks what is no dtype for one: so `str` is a dtype where Python's class would be.
PyObject* dtype_of(PyObject* self) {
    PyObject* numpy = PyDict_GetItemString(PyImport_GetModuleDict(), "numpy");
    if (numpy == nullptr) return nullptr;
    return PyObject_CallMethod(numpy, "dtype", "O", class_of(self));
}

PyObject* attribute(PyObject* self, PyObject* name) {
    PyObject* own_attribute = PyObject_GenericGetAttr(self, name);
    if (own_attribute != nullptr || !PyErr_ExceptionMatches(PyExc_AttributeError)) return own_attribute;
    if (class_of(self) == reinterpret_cast<PyObject*>(&PyUnicode_Type) &&
        PyUnicode_CompareWithASCIIString(name, "dtype") == 0) {
        PyErr_Clear();
        PyObject* dtype = dtype_of(self);
        if (dtype != nullptr || PyErr_Occurred() != nullptr) return dtype;
    }
    PyErr_Clear();
    return PyObject_GetAttr(class_of(self), name);
}

PyObject* get_name(PyObject* self, void*) { return PyUnicode_FromString(cast(self)->spec->name); }
PyObject* get_doc(PyObject* self, void*) { return PyUnicode_FromString(cast(self)->spec->doc); }
PyObject* get_module(PyObject*, void*) { return PyUnicode_FromString("catena.core"); }
PyObject* get_arguments(PyObject* self, void*) { return PyUnicode_FromString(cast(self)->spec->signature); }
PyObject* get_signature(PyObject* self, void*) {
    Result<Ref> signature = native_signature(*cast(self)->spec);
    return signature ? signature->release() : nullptr;
}

void dealloc(PyObject* self) {
    if (cast(self)->weakrefs != nullptr) PyObject_ClearWeakRefs(self);
    Py_CLEAR(cast(self)->stands_for);
    PyObject_Free(self);
}

PyMethodDef methods[] = {
    {"__instancecheck__", instance_check, METH_O, nullptr},
    {"__subclasscheck__", subclass_check, METH_O, nullptr},
    {"__mro_entries__", mro_entries, METH_O, nullptr},
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

PyNumberMethods number_methods{};
PyMappingMethods mapping_methods{};

Value make_str(Value* a, std::size_t n) {
    if (n == 1) return own(text_of(a[0]));
    const Ref nothing = steal(PyUnicode_FromString(""));
    if (n == 0 || !nothing) return own(nothing);
    const Ref texts = steal(PyTuple_New(static_cast<Py_ssize_t>(n)));
    for (std::size_t i = 0; texts && i < n; ++i) {
        PyObject* text = text_of(a[i]).release();
        if (text == nullptr) return Value::error();
        PyTuple_SET_ITEM(texts.get(), static_cast<Py_ssize_t>(i), text);
    }
    return texts ? steal_value(PyUnicode_Join(nothing.get(), texts.get())) : Value::error();
}

Value make_cells(Value* a, std::size_t n) {
    Ref made = empty_list();
    for (std::size_t i = n; made && i > 0; --i) {
        const Ref item_object = boxed(a[i - 1]);
        made = item_object ? make_list(item_object.get(), made.get()) : Ref();
    }
    return own(std::move(made));
}

template <ElementKind kind>
Value make_array(Value* a, std::size_t) {
    if (is_infinite(a[0])) return fail_endless(typed_array_name(kind).data());
    const Ref source = boxed(a[0]);
    return source ? own(make_typed_array(kind, source.get())) : Value::error();
}

constexpr NativeSpec str_spec{
    "str",
    "[& xs]",
    "The operands as one string, each by its str. Stands for Python's class in isinstance, bases and "
    "annotations.\n"
    "(str \"a\" 1 :b) => \"a1b\"\n"
    "(str) => \"\"",
    make_str,
    nullptr,
    0,
    -1};
constexpr NativeSpec list_spec{
    "list",
    "[& xs]",
    "A List of the operands; vec makes a vector of an iterable. Stands for Python's class in isinstance, "
    "bases and annotations.\n"
    "(list 1 2) => (1 2)\n"
    "(list) => ()",
    make_cells,
    nullptr,
    0,
    -1};
constexpr NativeSpec array_specs[] = {
    {"float32array", "[source]",
     "A typed array of 32-bit floats: of numbers, of a buffer, or of so many zeros.\n"
     "(len (float32array [1 2 3])) => 3",
     make_array<ElementKind::float32>, nullptr, 1, 1},
    {"float64array", "[source]",
     "A typed array of 64-bit floats: of numbers, of a buffer, or of so many zeros.\n"
     "(vec (float64array [1 2.5])) => [1.0 2.5]",
     make_array<ElementKind::float64>, nullptr, 1, 1},
    {"int32array", "[source]",
     "A typed array of 32-bit integers: of numbers, of a buffer, or of so many zeros.\n"
     "(vec (int32array 2)) => [0 0]",
     make_array<ElementKind::int32>, nullptr, 1, 1},
    {"int64array", "[source]",
     "A typed array of 64-bit integers: of numbers, of a buffer, or of so many zeros.\n"
     "(vec (int64array [1 2])) => [1 2]",
     make_array<ElementKind::int64>, nullptr, 1, 1},
    {"uint8array", "[source]",
     "A typed array of bytes: of numbers, of a buffer, or of so many zeros.\n"
     "(vec (uint8array b\"ab\")) => [97 98]",
     make_array<ElementKind::uint8>, nullptr, 1, 1},
};

bool define(PyObject* dict, PyTypeObject* stands_for, const NativeSpec& spec) {
    if (stands_for == nullptr) return false;
    auto* made = PyObject_New(FunctionClass, &function_class_type);
    if (made == nullptr) return false;
    made->vectorcall = call;
    made->stands_for = Py_NewRef(reinterpret_cast<PyObject*>(stands_for));
    made->spec = &spec;
    made->weakrefs = nullptr;
    const Ref held = steal(reinterpret_cast<PyObject*>(made));
    return PyDict_SetItemString(dict, spec.name, held.get()) == 0;
}

}  // namespace

PyTypeObject function_class_type =
    blank_type("catena.FunctionClass", sizeof(FunctionClass), "A core function that stands for a Python class.");

Result<void> ready_function_class_type() {
    number_methods.nb_or = either;
    mapping_methods.mp_subscript = item;
    PyTypeObject& type = function_class_type;
    type.tp_flags |= Py_TPFLAGS_HAVE_VECTORCALL;
    type.tp_vectorcall_offset = offsetof(FunctionClass, vectorcall);
    type.tp_call = PyVectorcall_Call;
    type.tp_weaklistoffset = offsetof(FunctionClass, weakrefs);
    type.tp_dealloc = dealloc;
    type.tp_repr = repr;
    type.tp_hash = hash;
    type.tp_richcompare = compare;
    type.tp_getattro = attribute;
    type.tp_as_number = &number_methods;
    type.tp_as_mapping = &mapping_methods;
    type.tp_methods = methods;
    type.tp_getset = attributes;
    return ready(type);
}

Result<void> define_function_classes(PyObject* core_dict) {
    bool done = define(core_dict, &PyUnicode_Type, str_spec) && define(core_dict, &PyList_Type, list_spec);
    constexpr ElementKind kinds[] = {ElementKind::float32, ElementKind::float64, ElementKind::int32, ElementKind::int64,
                                     ElementKind::uint8};
    for (std::size_t i = 0; done && i < std::size(kinds); ++i) {
        done = define(core_dict, typed_array_type(kinds[i]), array_specs[i]);
    }
    if (!done) return raised();
    return {};
}

}  // namespace catena
