#include "bridge/truth.hpp"

#include <array>

namespace catena {
namespace {

// numbers.Number, once somebody has imported `numbers`: before that nothing but Python's own types can be a number.
PyObject* number_class() {
    static PyObject* found = nullptr;
    if (found != nullptr) return found;
    static PyObject* const name = PyUnicode_InternFromString("numbers");
    if (name == nullptr) return nullptr;
    const Ref module = steal(PyImport_GetModule(name));
    if (!module) return nullptr;
    found = PyObject_GetAttrString(module.get(), "Number");
    return found;
}

// Grows with every registration at an abstract base class: a "no" holds only until then.
bool registrations(std::uint64_t* out) {
    static PyObject* function = nullptr;
    if (function == nullptr) {
        const Ref module = steal(PyImport_ImportModule("_abc"));
        if (!module) return false;
        function = PyObject_GetAttrString(module.get(), "get_cache_token");
        if (function == nullptr) return false;
    }
    const Ref token = steal(PyObject_CallNoArgs(function));
    if (!token) return false;
    *out = PyLong_AsUnsignedLongLong(token.get());
    return !PyErr_Occurred();
}

// What isinstance(x, numbers.Number) answers for the instances of one type, known by its version tag. A type whose
// instances say themselves what their __class__ is (proxies, mocks) is never remembered.
struct Known {
    unsigned int version = 0;
    bool number = false;
    std::uint64_t registrations = 0;
};
std::array<Known, 64> known_types;

bool answers_for_its_class(PyTypeObject* type) {
    static PyObject* const name = PyUnicode_InternFromString("__class__");
    static PyObject* const own = _PyType_Lookup(&PyBaseObject_Type, name);
    return type->tp_getattro == PyObject_GenericGetAttr && _PyType_Lookup(type, name) == own;
}

// 1, 0, or -1 with an error set.
int is_number(PyObject* object) {
    if (PyLong_Check(object) || PyFloat_Check(object) || PyComplex_Check(object)) return 1;
    PyObject* number = number_class();
    if (number == nullptr) return PyErr_Occurred() ? -1 : 0;
    PyTypeObject* type = Py_TYPE(object);
    std::uint64_t now;
    if (!registrations(&now)) return -1;
    const unsigned int version = type->tp_version_tag;
    const Known& known = known_types[version % known_types.size()];
    if (version != 0 && known.version == version && (known.number || known.registrations == now)) return known.number;
    const int answer = PyObject_IsInstance(object, number);
    if (answer >= 0 && answers_for_its_class(type) && type->tp_version_tag != 0) {
        known_types[type->tp_version_tag % known_types.size()] = {type->tp_version_tag, answer == 1, now};
    }
    return answer;
}

}  // namespace

int is_true_object(PyObject* object) {
    const PyNumberMethods* slots = Py_TYPE(object)->tp_as_number;
    if (slots == nullptr || slots->nb_bool == nullptr) return 1;
    const int number = is_number(object);
    if (number != 0) return number;
    return PyObject_IsTrue(object);
}

}  // namespace catena
