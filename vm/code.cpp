#include <memory>
#include <new>

#include "lang/static_type.hpp"
#include "vm/closure.hpp"
#include "vm/exceptions.hpp"
#include "vm/rebinding.hpp"
#include "vm/types.hpp"
#include "vm/vm.hpp"

namespace catena {
namespace {

struct CodeObject {
    PyObject_HEAD
    PyObject* weakrefs;
    Code code;
};

CodeObject* cast(PyObject* o) { return reinterpret_cast<CodeObject*>(o); }

int visit_refs(const std::vector<Ref>& refs, visitproc visit, void* arg) {
    for (const Ref& ref : refs) Py_VISIT(ref.get());
    return 0;
}

int traverse(PyObject* self, visitproc visit, void* arg) {
    const Code& code = cast(self)->code;
    for (const Value& v : code.constants) {
        if (v.is_object()) Py_VISIT(v.as_object());
    }
    for (const GlobalName& global : code.globals) Py_VISIT(global.dict.get());
    if (const int stop = visit_refs(code.templates, visit, arg)) return stop;
    if (const int stop = visit_refs(code.chains, visit, arg)) return stop;
    if (const int stop = visit_refs(code.arities, visit, arg)) return stop;
    Py_VISIT(code.module.get());
    Py_VISIT(code.globals_dict.get());
    Py_VISIT(code.annotations.get());
    // Python's code objects are not seen by the collector, but this one's constants lead back here. As long as nobody
    // else holds it, what it owns counts as ours.
    PyObject* python = code.python_code.get();
    if (python != nullptr && Py_REFCNT(python) == 1) Py_VISIT(reinterpret_cast<PyCodeObject*>(python)->co_consts);
    return 0;
}

// Everything else that a Code holds was there before it, so a cycle through it can be broken elsewhere; and a finalizer
// that still reaches a function over this Code finds it whole.
int clear(PyObject* self) {
    cast(self)->code.python_code.reset();
    return 0;
}

void dealloc(PyObject* self) {
    PyObject_GC_UnTrack(self);
    Py_TRASHCAN_BEGIN(self, dealloc)
    if (cast(self)->weakrefs != nullptr) PyObject_ClearWeakRefs(self);
    forget_core_names(cast(self)->code);
    for (const Value& v : cast(self)->code.constants) v.release();
    std::destroy_at(&cast(self)->code);
    PyObject_GC_Del(self);
    Py_TRASHCAN_END
}

PyObject* repr(PyObject* self) {
    const Code& code = cast(self)->code;
    return PyUnicode_FromFormat("<catena code %U in %U, line %u>", code.qualname.get(), code.file.get(),
                                static_cast<unsigned>(code.span.line));
}

PyObject* listing(PyObject* self, PyObject*) {
    const std::string text = disassemble(cast(self)->code);
    return PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace");
}

PyObject* get_name(PyObject* self, void*) { return Py_XNewRef(cast(self)->code.name.get()); }
PyObject* get_file(PyObject* self, void*) { return Py_XNewRef(cast(self)->code.file.get()); }
PyObject* get_python_code(PyObject* self, void*) { return Py_XNewRef(python_code(cast(self)->code)); }

// (line, column, end line, end column) of an index as tb_lasti / 2 gives it.
PyObject* span_of(PyObject* self, PyObject* index) {
    const Py_ssize_t i = PyNumber_AsSsize_t(index, PyExc_IndexError);
    if (i == -1 && PyErr_Occurred() != nullptr) return nullptr;
    const Span span = span_at(cast(self)->code, static_cast<std::size_t>(i));
    return Py_BuildValue("(IIII)", span.line, span.column, span.end_line, span.end_column);
}

PyMethodDef methods[] = {
    {"dis", listing, METH_NOARGS, "The instructions as text."},
    {"span", span_of, METH_O, "Where the instruction of that index was written."},
    {nullptr, nullptr, 0, nullptr},
};

PyGetSetDef attributes[] = {
    {"co_name", get_name, nullptr, "The function's name.", nullptr},
    {"co_filename", get_file, nullptr, "The file it was compiled from.", nullptr},
    {"python_code", get_python_code, nullptr, "The Python code object that stands for it in tracebacks.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr},
};

PyTypeObject make_type() {
    PyTypeObject type = blank_type("catena.Code", sizeof(CodeObject), "The compiled form of a function or a form.");
    type.tp_flags |= Py_TPFLAGS_HAVE_GC;
    type.tp_dealloc = dealloc;
    type.tp_traverse = traverse;
    type.tp_clear = clear;
    type.tp_repr = repr;
    type.tp_weaklistoffset = offsetof(CodeObject, weakrefs);
    type.tp_methods = methods;
    type.tp_getset = attributes;
    return type;
}

PyTypeObject type_object = make_type();

}  // namespace

PyTypeObject* code_type = &type_object;

Result<void> ready_code_type() { return ready(type_object); }

Result<Ref> make_code() {
    CodeObject* object = PyObject_GC_New(CodeObject, code_type);
    if (object == nullptr) return raised();
    object->weakrefs = nullptr;
    ::new (&object->code) Code();
    Ref owner = steal(reinterpret_cast<PyObject*>(object));
    Code& code = object->code;
    code.name = intern("fn");
    code.qualname = code.name;
    code.doc = borrow(Py_None);
    code.file = intern("<catena>");
    if (!code.name || !code.file) {
        PyObject_GC_Track(object);
        return raised();
    }
    PyObject_GC_Track(object);
    return owner;
}

Code* code_of(PyObject* code_object) { return &cast(code_object)->code; }

PyObject* object_of(const Code& code) {
    return reinterpret_cast<PyObject*>(reinterpret_cast<char*>(const_cast<Code*>(&code)) - offsetof(CodeObject, code));
}

}  // namespace catena
