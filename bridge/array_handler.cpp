#include "bridge/array_handler.hpp"

#include "bridge/numpy_layout.hpp"

namespace catena {
namespace {

// Places in the table of NumPy's C interface.
constexpr std::size_t api_feature_version = 211, api_set_handler = 304, api_get_handler = 305, api_plain_handler = 306;
constexpr unsigned int first_feature_version = 0x0f;  // of NumPy 1.22

Ref set_handler(PyObject* capsule) {
    Ref before = steal(reinterpret_cast<PyObject* (*)(PyObject*)>(numpy_found.api[api_set_handler])(capsule));
    if (!before) PyErr_Clear();
    return before;
}

}  // namespace

Ref array_handler(ArrayHandler& handler) {
    if (numpy_types().api == nullptr) return {};
    const auto version = reinterpret_cast<unsigned int (*)()>(numpy_found.api[api_feature_version])();
    if (version < first_feature_version) return {};
    Ref capsule = steal(PyCapsule_New(&handler, "mem_handler", nullptr));
    if (!capsule) PyErr_Clear();
    return capsule;
}

bool plain_array_handler() {
    const Ref now = steal(reinterpret_cast<PyObject* (*)()>(numpy_found.api[api_get_handler])());
    if (!now) PyErr_Clear();
    return now && now == *static_cast<PyObject**>(numpy_found.api[api_plain_handler]);
}

ArrayHandlerInForce::ArrayHandlerInForce(const Ref& handler) {
    if (handler) before_ = set_handler(handler.get());
}

ArrayHandlerInForce::~ArrayHandlerInForce() {
    if (!before_) return;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    (void)set_handler(before_.get());
    PyErr_Restore(type, value, traceback);
}

}  // namespace catena
