// What the specialised handlers have in common: giving up, type versions, and whether an instance hides an attribute of
// its class.
#pragma once

#include "bridge/plan.hpp"

namespace catena {

// Whether a generic handler should look for a specialised one now. Each failure doubles the wait for the next
// attempt, so that a step that sees many types costs little more than one without a cache.
[[nodiscard]] inline bool may_specialise(Instruction& in) {
#ifdef CATENA_STRESS
    (void)in;
    ++stats.cache_misses;
    return false;
#else
    if (in.patience == 0) return true;
    --in.patience;
    ++stats.cache_misses;
    return false;
#endif
}

// Nothing fits: wait for a while.
inline StepHandler give_up(Instruction& in) {
    ++stats.cache_misses;
    in.backoff = static_cast<std::uint16_t>(in.backoff < 1024 ? in.backoff * 2 + 1 : in.backoff);
    in.patience = in.backoff;
    return nullptr;
}

inline StepHandler install(Instruction& in, StepHandler handler, bool leaf = true) {
    ++stats.cache_misses;
    in.handler = handler;
    in.leaf = leaf;
    return handler;
}

// A guard failed: what the instruction does from now on is to be found out again.
[[nodiscard]] inline Value miss(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    in.handler = in.generic;
    in.leaf = false;
    in.backoff = static_cast<std::uint16_t>(in.backoff < 1024 ? in.backoff * 2 + 1 : in.backoff);
    in.patience = static_cast<std::uint16_t>(in.backoff / 2);
    return in.generic(plan, in, it, operands, owner);
}

// The version of a type, unique to the type and its state and its bases'; 0: it has none, and nothing may be cached.
[[nodiscard]] inline unsigned int type_version(PyTypeObject* type) {
#if PY_VERSION_HEX < 0x030C0000
    return PyType_HasFeature(type, Py_TPFLAGS_VALID_VERSION_TAG) ? type->tp_version_tag : 0;
#else
    return type->tp_version_tag;
#endif
}

[[nodiscard]] inline bool has_type_version(PyObject* o, unsigned int version) {
    return Py_TYPE(o)->tp_version_tag == version;
}

[[nodiscard]] inline PyObject* module_dict(PyObject* module) {
    return *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(module) + PyModule_Type.tp_dictoffset);
}

[[nodiscard]] inline bool is_exact_module(const Value& it) {
    return it.is_object() && Py_TYPE(it.as_object()) == &PyModule_Type;
}

// Where instances keep attributes of their own.
enum class InstanceDict : std::uint8_t {
    none,     // nowhere
    shared,   // in an array beside shared keys, or in a managed dict (dict_layout.hpp)
    at,       // in a dict at a fixed offset
    unknown,  // elsewhere: not cached
};

[[nodiscard]] InstanceDict instance_dict_of(PyTypeObject* type);
// Where that dict stands in an instance, when it is at a fixed offset.
[[nodiscard]] Py_ssize_t instance_dict_offset(PyTypeObject* type);

// Remembers how to see that an instance of `type` has no attribute of that name; false when that cannot be seen
// cheaply, or when the instance has one.
[[nodiscard]] bool remember_unshadowed(Instruction& in, PyObject* o);

// Whether `o`, whose type version has been checked, has no attribute of its own that hides the class's.
[[nodiscard]] inline bool unshadowed(Instruction& in, PyObject* o) {
    switch (in.cache.instance_dict) {
        case InstanceDict::none: return true;
#if CATENA_DICT_LAYOUT
        case InstanceDict::shared:
            if (InstanceLayout::values(o) != nullptr) {
                return InstanceLayout::keys(Py_TYPE(o))->entry_count == in.cache.key_count;
            } else {
                PyObject* dict = InstanceLayout::dict(o);
                return dict == nullptr || lacks(dict, in.name, in.cache.version);
            }
#endif
        case InstanceDict::at: {
            PyObject* dict = *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(o) + in.cache.offset);
            return dict == nullptr || (PyDict_CheckExact(dict) && lacks(dict, in.name, in.cache.version));
        }
        default: return false;
    }
}

}  // namespace catena
