// The Python extension module `catena`.
#include "embed/python_module.hpp"

namespace {

PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    "catena",
    "Catena, a small Lisp in this Python: eval and load run its code, and import finds .lisp files.",
    -1,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
    nullptr,
};

}  // namespace

PyMODINIT_FUNC PyInit_catena() {
    catena::Ref module = catena::steal(PyModule_Create(&definition));
    PyObject* modules = PyImport_GetModuleDict();
    // The floors put their types and functions into the package of that name in sys.modules.
    if (!module || PyDict_SetItemString(modules, "catena", module.get()) < 0) return nullptr;
    if (catena::start_catena(1)) return module.release();
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (PyDict_DelItemString(modules, "catena") < 0) PyErr_Clear();
    PyErr_Restore(type, value, traceback);
    return nullptr;
}
