#include "lang/types.hpp"

#include "bridge/chain.hpp"
#include "lang/diagnostic.hpp"
#include "lang/forms.hpp"
#include "lang/keyword.hpp"
#include "lang/list.hpp"
#include "lang/printer.hpp"
#include "lang/reader.hpp"
#include "lang/static_type.hpp"
#include "lang/symbol.hpp"

namespace catena {

namespace {

// Chains print and read their constants in Catena's notation.
PyObject* written_constant(PyObject* constant) {
    Result<Ref> text = repr(constant);
    return text ? text->release() : nullptr;
}

PyObject* constant_from_text(const char* text) {
    SpanTable spans;
    const auto forms = read_all(text, spans);
    if (forms && forms->size() == 1) return Py_NewRef(forms->front().get());
    PyErr_Format(PyExc_ValueError, "this is no constant: %s", text);
    return nullptr;
}

}  // namespace

Result<void> init_types() {
    static bool done = false;
    if (done) return {};
    for (auto* ready_next :
         {ready_symbol_type, ready_keyword_type, ready_list_types, ready_form_types, ready_error_types}) {
        if (auto result = ready_next(); !result) return result;
    }
    print_constant = written_constant;
    read_constant = constant_from_text;
    done = true;
    return {};
}

Result<void> publish_types(PyObject* module) {
    for (PyTypeObject* type : {&symbol_type, &keyword_type, &list_type, &map_form_type, &set_form_type}) {
        if (PyModule_AddType(module, type) < 0) return raised();
    }
    if (PyModule_AddObjectRef(module, "ReadError", read_error_type()) < 0) return raised();
    if (PyModule_AddObjectRef(module, "CompileError", compile_error_type()) < 0) return raised();
    return {};
}

}  // namespace catena
