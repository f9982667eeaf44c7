// Inline caches of `get` and `set`.
#include "bridge/guards.hpp"
#include "bridge/specialise.hpp"

// Needs Python.h before it.
#include <structmember.h>

namespace catena {

InstanceDict instance_dict_of(PyTypeObject* type) {
    if (PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT)) {
#if CATENA_DICT_LAYOUT
        return InstanceLayout::has_values(type) ? InstanceDict::shared : InstanceDict::at;
#else
        return InstanceDict::unknown;
#endif
    }
    if (type->tp_dictoffset == 0) return InstanceDict::none;
    return type->tp_dictoffset > 0 ? InstanceDict::at : InstanceDict::unknown;
}

Py_ssize_t instance_dict_offset(PyTypeObject* type) {
#if CATENA_DICT_LAYOUT
    if (PyType_HasFeature(type, Py_TPFLAGS_MANAGED_DICT)) return InstanceLayout::dict_offset;
#endif
    return type->tp_dictoffset;
}

bool remember_unshadowed(Instruction& in, PyObject* o) {
    PyTypeObject* type = Py_TYPE(o);
    in.cache.instance_dict = instance_dict_of(type);
    in.cache.offset = instance_dict_offset(type);
    in.cache.version.forget();
#if CATENA_DICT_LAYOUT
    if (in.cache.instance_dict == InstanceDict::shared) {
        const DictKeysLayout* keys = InstanceLayout::keys(type);
        if (keys == nullptr) return false;
        // By value: a key that came in through an instance's dict need not be interned.
        for (Py_ssize_t i = 0; i < keys->entry_count; ++i) {
            PyObject* key = keys->entries()[i].key;
            if (key != nullptr && PyUnicode_Compare(key, in.name) == 0) return false;
        }
        in.cache.key_count = keys->entry_count;
    }
#endif
    return unshadowed(in, o);
}

namespace {

Value get_module_value(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (!is_exact_module(it)) return miss(plan, in, it, operands, owner);
    PyObject* dict = module_dict(it.as_object());
    if (in.cache.version.still(dict)) {
        ++stats.cache_hits;
        return borrow_value(in.cache.target);
    }
    PyObject* value = cached_lookup(dict, in.name, in.cache.dict);
    if (value == nullptr) return miss(plan, in, it, operands, owner);
    in.cache.version.remember(dict);
    in.cache.target = value;
    return borrow_value(value);
}

}  // namespace

#if CATENA_DICT_LAYOUT
Value get_instance_value(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (it.is_object() && has_type_version(it.as_object(), in.cache.type_version)) {
        PyObject* o = it.as_object();
        if (PyObject** values = InstanceLayout::values(o)) {
            if (PyObject* value = values[in.cache.index]) {
                ++stats.cache_hits;
                return borrow_value(value);
            }
        } else if (PyObject* dict = InstanceLayout::dict(o)) {
            auto* d = reinterpret_cast<PyDictObject*>(dict);
            if (PyDict_CheckExact(dict) && d->ma_values != nullptr &&
                reinterpret_cast<const DictKeysLayout*>(d->ma_keys) == InstanceLayout::keys(Py_TYPE(o))) {
                if (PyObject* value = InstanceLayout::values(d)[in.cache.index]) {
                    ++stats.cache_hits;
                    return borrow_value(value);
                }
            } else if (PyDict_CheckExact(dict)) {
                if (PyObject* value = cached_lookup(dict, in.name, in.cache.dict)) return borrow_value(value);
            }
        }
    }
    return miss(plan, in, it, operands, owner);
}
#endif

namespace {

// An attribute in a dict at a fixed place of the object.
Value get_dict_value(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (it.is_object() && has_type_version(it.as_object(), in.cache.type_version)) {
        PyObject* dict = *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(it.as_object()) + in.cache.offset);
        if (dict != nullptr && PyDict_CheckExact(dict)) {
            if (PyObject* value = cached_lookup(dict, in.name, in.cache.dict)) return borrow_value(value);
        }
    }
    return miss(plan, in, it, operands, owner);
}

// One of __slots__.
Value get_slot_value(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (it.is_object() && has_type_version(it.as_object(), in.cache.type_version)) {
        PyObject* value = *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(it.as_object()) + in.cache.offset);
        if (value != nullptr) {
            ++stats.cache_hits;
            return borrow_value(value);
        }
    }
    return miss(plan, in, it, operands, owner);
}

// A property, or an attribute that C code computes: nothing in the instance can hide it.
Value get_descriptor_value(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (!it.is_object() || !has_type_version(it.as_object(), in.cache.type_version)) {
        return miss(plan, in, it, operands, owner);
    }
    ++stats.cache_hits;
    PyObject* o = it.as_object();
    PyObject* descriptor = Py_NewRef(in.cache.target);
    PyObject* value = Py_TYPE(descriptor)->tp_descr_get(descriptor, o, reinterpret_cast<PyObject*>(Py_TYPE(o)));
    Py_DECREF(descriptor);
    if (value != nullptr) return steal_value(value);
    // A property that raises AttributeError is no missing attribute here: the type has no __getattr__ (its version
    // says so).
    return fail(plan, in.step);
}

// A plain value in the class.
Value get_class_value(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (it.is_object() && has_type_version(it.as_object(), in.cache.type_version) && unshadowed(in, it.as_object())) {
        ++stats.cache_hits;
        return borrow_value(in.cache.target);
    }
    return miss(plan, in, it, operands, owner);
}

// A plain value in a class that is the receiver itself.
Value get_type_value(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (it.is_object() && Py_TYPE(it.as_object()) == &PyType_Type &&
        reinterpret_cast<PyTypeObject*>(it.as_object())->tp_version_tag == in.cache.type_version) {
        ++stats.cache_hits;
        return borrow_value(in.cache.target);
    }
    return miss(plan, in, it, operands, owner);
}

// A data descriptor: nothing in the instance can hide it.
StepHandler specialise_get_data(Instruction& in, PyTypeObject* type, PyObject* found) {
    PyTypeObject* kind = Py_TYPE(found);
    if (kind == &PyMemberDescr_Type) {
        const PyMemberDef* member = reinterpret_cast<PyMemberDescrObject*>(found)->d_member;
        if (member->type == T_OBJECT_EX && (member->flags & READ_RESTRICTED) == 0 &&
            PyType_IsSubtype(type, PyDescr_TYPE(found))) {
            in.cache.offset = member->offset;
            return install(in, get_slot_value);
        }
    }
    return kind->tp_descr_get != nullptr ? install(in, get_descriptor_value) : give_up(in);
}

StepHandler specialise_get_instance(Instruction& in, PyObject* o, PyTypeObject* type) {
    PyObject* found = _PyType_Lookup(type, in.name);
    in.cache.type_version = type_version(type);
    in.cache.target = found;
    if (in.cache.type_version == 0) return give_up(in);
    if (found != nullptr) {
        // What a class written in Python does as a descriptor can change without a change of `type`.
        if (PyType_HasFeature(Py_TYPE(found), Py_TPFLAGS_HEAPTYPE)) return give_up(in);
        if (Py_TYPE(found)->tp_descr_set != nullptr) return specialise_get_data(in, type, found);
        if (remember_unshadowed(in, o)) {
            return Py_TYPE(found)->tp_descr_get == nullptr ? install(in, get_class_value) : give_up(in);
        }
    }
    switch (instance_dict_of(type)) {
#if CATENA_DICT_LAYOUT
        case InstanceDict::shared: {
            const DictKeysLayout* keys = InstanceLayout::keys(type);
            const std::int64_t index = keys != nullptr ? find_entry(*keys, in.name) : -1;
            if (index < 0) return give_up(in);
            in.cache.index = static_cast<std::uint32_t>(index);
            return install(in, get_instance_value);
        }
#endif
        case InstanceDict::at: in.cache.offset = instance_dict_offset(type); return install(in, get_dict_value);
        default: return give_up(in);
    }
}

}  // namespace

StepHandler specialise_get(Plan&, Instruction& in, const Value& it) {
    if (!may_specialise(in)) return nullptr;
    if (!it.is_object()) return give_up(in);
    PyObject* o = it.as_object();
    PyTypeObject* type = Py_TYPE(o);
    if (type == &PyModule_Type) {
        if (_PyType_Lookup(type, in.name) != nullptr) return give_up(in);
        in.cache.version.forget();
        return install(in, get_module_value);
    }
    if (type == &PyType_Type) {
        auto* self = reinterpret_cast<PyTypeObject*>(o);
        PyObject* found = _PyType_Lookup(self, in.name);
        if (found == nullptr || _PyType_Lookup(&PyType_Type, in.name) != nullptr || type_version(self) == 0) {
            return give_up(in);
        }
        // A function is its own value here; other descriptors are asked each time.
        PyTypeObject* kind = Py_TYPE(found);
        if (kind != &PyFunction_Type &&
            (kind->tp_descr_get != nullptr || PyType_HasFeature(kind, Py_TPFLAGS_HEAPTYPE))) {
            return give_up(in);
        }
        in.cache.type_version = type_version(self);
        in.cache.target = found;
        return install(in, get_type_value);
    }
    if (type->tp_getattro != PyObject_GenericGetAttr) return give_up(in);
    return specialise_get_instance(in, o, type);
}

namespace {

#if CATENA_DICT_LAYOUT
// Sets an attribute in the array beside the shared keys.
Value set_instance_value(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (it.is_object() && has_type_version(it.as_object(), in.cache.type_version)) {
        if (PyObject** values = InstanceLayout::own_values(it.as_object())) {
            const Value value = plan.read(in.second, operands);
            PyObject* object = new_object(value);
            if (object == nullptr) return fail(plan, in.step);
            ++stats.cache_hits;
            PyObject* old = std::exchange(values[in.cache.index], object);
            if (old == nullptr) note_insertion(values, in.cache.index);
            value.retain();
            Py_XDECREF(old);
            return value;
        }
    }
    return miss(plan, in, it, operands, owner);
}
#endif

// One of __slots__.
Value set_slot_value(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (!it.is_object() || !has_type_version(it.as_object(), in.cache.type_version)) {
        return miss(plan, in, it, operands, owner);
    }
    const Value value = plan.read(in.second, operands);
    PyObject* object = new_object(value);
    if (object == nullptr) return fail(plan, in.step);
    ++stats.cache_hits;
    auto** place = reinterpret_cast<PyObject**>(reinterpret_cast<char*>(it.as_object()) + in.cache.offset);
    PyObject* old = std::exchange(*place, object);
    value.retain();
    Py_XDECREF(old);
    return value;
}

}  // namespace

StepHandler specialise_set(Plan&, Instruction& in, const Value& it) {
    if (!may_specialise(in)) return nullptr;
    if (!it.is_object()) return give_up(in);
    PyTypeObject* type = Py_TYPE(it.as_object());
    if (type->tp_setattro != PyObject_GenericSetAttr) return give_up(in);
    PyObject* found = _PyType_Lookup(type, in.name);
    in.cache.type_version = type_version(type);
    if (in.cache.type_version == 0) return give_up(in);
    if (found != nullptr && Py_TYPE(found) == &PyMemberDescr_Type) {
        const PyMemberDef* member = reinterpret_cast<PyMemberDescrObject*>(found)->d_member;
        if (member->type == T_OBJECT_EX && member->flags == 0 && PyType_IsSubtype(type, PyDescr_TYPE(found))) {
            in.cache.offset = member->offset;
            return install(in, set_slot_value);
        }
        return give_up(in);
    }
    if (found != nullptr &&
        (Py_TYPE(found)->tp_descr_set != nullptr || PyType_HasFeature(Py_TYPE(found), Py_TPFLAGS_HEAPTYPE))) {
        return give_up(in);
    }
#if CATENA_DICT_LAYOUT
    if (instance_dict_of(type) == InstanceDict::shared) {
        const DictKeysLayout* keys = InstanceLayout::keys(type);
        const std::int64_t index = keys != nullptr ? find_entry(*keys, in.name) : -1;
        PyObject** values = InstanceLayout::own_values(it.as_object());
        if (index < 0 || values == nullptr) return give_up(in);
        in.cache.index = static_cast<std::uint32_t>(index);
        return install(in, set_instance_value);
    }
#endif
    return give_up(in);
}

}  // namespace catena
