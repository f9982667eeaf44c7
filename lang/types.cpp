#include "lang/types.hpp"

#include "lang/diagnostic.hpp"
#include "lang/forms.hpp"
#include "lang/keyword.hpp"
#include "lang/list.hpp"
#include "lang/static_type.hpp"
#include "lang/symbol.hpp"

namespace catena {

Result<void> init_types() {
    static bool done = false;
    if (done) return {};
    for (auto* ready_next :
         {ready_symbol_type, ready_keyword_type, ready_list_types, ready_form_types, ready_error_types}) {
        if (auto result = ready_next(); !result) return result;
    }
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
