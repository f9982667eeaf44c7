#include "vm/signature.hpp"

#include "lang/list.hpp"
#include "lang/static_type.hpp"

#include <algorithm>

#include "vm/opcodes.hpp"

namespace catena {
namespace {

bool add_name(PyObject* list, PyObject* name) {
    Ref fitting = name != nullptr ? borrow(name) : steal(PyUnicode_FromFormat("arg%zd", PyList_GET_SIZE(list)));
    if (!fitting) return false;
    if (!PyUnicode_IsIdentifier(fitting.get())) {
        const Py_ssize_t length = PyUnicode_GET_LENGTH(fitting.get());
        std::u32string text = U"_";
        for (Py_ssize_t n = 0; n < length; ++n) {
            const Py_UCS4 c = PyUnicode_READ_CHAR(fitting.get(), n);
            text.push_back(Py_UNICODE_ISALNUM(c) ? c : U'_');
        }
        if (length > 0 && !Py_UNICODE_ISDIGIT(PyUnicode_READ_CHAR(fitting.get(), 0))) text.erase(0, 1);
        fitting =
            steal(PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, text.data(), static_cast<Py_ssize_t>(text.size())));
        if (!fitting) return false;
        if (!PyUnicode_IsIdentifier(fitting.get())) {
            fitting = steal(PyUnicode_FromFormat("arg%zd", PyList_GET_SIZE(list)));
        }
    }
    const Ref keywords = steal(PyImport_ImportModule("keyword"));
    const Ref is_keyword =
        keywords && fitting ? steal(PyObject_CallMethod(keywords.get(), "iskeyword", "O", fitting.get())) : Ref();
    if (!is_keyword) return false;
    if (is_keyword == Py_True) fitting = steal(PyUnicode_FromFormat("%U_", fitting.get()));
    while (fitting) {
        const int taken = PySequence_Contains(list, fitting.get());
        if (taken < 0) return false;
        if (taken == 0) return PyList_Append(list, fitting.get()) == 0;
        fitting = steal(PyUnicode_FromFormat("%U_", fitting.get()));
    }
    return false;
}

PyObject* write_dots(PyObject*) { return PyUnicode_FromString("..."); }

// What stands for a default that is computed at each call: inspect prints it as `...`.
PyObject* computed_default() {
    static PyTypeObject type = [] {
        PyTypeObject blank =
            blank_type("catena.ComputedDefault", sizeof(PyObject), "A default that each call computes.");
        blank.tp_repr = write_dots;
        return blank;
    }();
    static PyObject* const only = PyType_Ready(&type) == 0 ? PyObject_New(PyObject, &type) : nullptr;
    return only;
}

// The constant that the prologue gives a register that got no argument: JUMP_IF_GIVEN over a single CONST.
Ref default_of(const Code& code, std::size_t number) {
    for (std::size_t n = 0; n + 1 < code.instrs.size(); ++n) {
        const Instr& test = code.instrs[n];
        if (static_cast<Op>(test.op) != Op::JUMP_IF_GIVEN || test.a != number) continue;
        const Instr& load = code.instrs[n + 1];
        if (test.d() == 1 && static_cast<Op>(load.op) == Op::CONST && load.a == number) {
            // A List, written `(list 1)` or `'(1)`, would print as `(1)`, which means something else to every reader.
            Ref constant = boxed(code.constants[load.b]);
            if (!constant || !is_list(constant.get())) return constant;
        }
        break;
    }
    return borrow(computed_default());
}

}  // namespace

Ref python_parameter_names(const Code& code) {
    const Ref names = steal(PyList_New(0));
    if (!names) return {};
    bool added = true;
    if (!code.arities.empty()) {
        const Ref args = intern("args");
        added = args && add_name(names.get(), args.get());
    } else {
        const Parameters& parameters = code.parameters;
        for (const Ref& name : parameters.positional) added = added && add_name(names.get(), name.get());
        for (const Parameters::Key& key : parameters.keys) added = added && add_name(names.get(), key.name.get());
        if (parameters.has_rest) added = added && add_name(names.get(), parameters.rest_name.get());
        if (parameters.has_kwargs) added = added && add_name(names.get(), parameters.kwargs_name.get());
    }
    return added ? steal(PyList_AsTuple(names.get())) : Ref();
}

Ref python_defaults(const Code& code) {
    const Parameters& parameters = code.parameters;
    if (!code.arities.empty() || parameters.positional.size() == parameters.required) return borrow(Py_None);
    const Ref defaults = steal(PyList_New(0));
    if (!defaults) return {};
    for (std::size_t n = parameters.required; n < parameters.positional.size(); ++n) {
        const Ref value = default_of(code, n);
        if (!value || PyList_Append(defaults.get(), value.get()) < 0) return {};
    }
    return steal(PyList_AsTuple(defaults.get()));
}

Ref python_keyword_defaults(const Code& code) {
    const Parameters& parameters = code.parameters;
    if (!code.arities.empty() || parameters.keys.empty()) return borrow(Py_None);
    const Ref names = python_parameter_names(code);
    Ref defaults = steal(PyDict_New());
    if (!names || !defaults) return {};
    const std::size_t positional = parameters.positional.size();
    for (std::size_t n = 0; n < parameters.keys.size(); ++n) {
        if (parameters.keys[n].required) continue;
        const Ref value = default_of(code, positional + (parameters.has_rest ? 1 : 0) + n);
        PyObject* name = PyTuple_GET_ITEM(names.get(), static_cast<Py_ssize_t>(positional + n));
        if (!value || PyDict_SetItem(defaults.get(), name, value.get()) < 0) return {};
    }
    return defaults;
}

}  // namespace catena
