// Classes of the host as Python types. An object of one holds a std::shared_ptr to the C++ object, and which class that is of.
#include "embed/host_class.hpp"

#include <Python.h>
#include <cxxabi.h>
#include <structmember.h>

#include <cstdlib>
#include <exception>
#include <utility>

#include <catena/object.hpp>
#include "embed/host.hpp"
#include "embed/limits.hpp"

namespace catena::inline v1::detail {

struct HostClass {
    struct Property {
        const HostClass* of;
        MemberSpec member;
        PyGetSetDef definition{};
    };

    std::type_index type;
    std::string name;
    std::shared_ptr<const HostClass> base;
    std::shared_ptr<void> (*to_base)(const std::shared_ptr<void>&);
    bool trivial_end;
    std::vector<std::unique_ptr<Property>> properties;  // Python's descriptors point to them
    mutable PyTypeObject* python = nullptr;             // borrowed; null once the type is gone
};

namespace {

PyObject* py(Object* object) { return reinterpret_cast<PyObject*>(object); }
Object* ours(PyObject* object) { return reinterpret_cast<Object*>(object); }

struct HostObject {
    PyObject_HEAD
    std::shared_ptr<void> held;  // empty: its __init__ has not run
    std::shared_ptr<const HostClass> of;
    PyObject* weak_references;
};

HostObject* host(PyObject* object) { return reinterpret_cast<HostObject*>(object); }

// The last class that was defined for each type, in whichever interpreter: for conversions outside of all of them.
std::unordered_map<std::type_index, std::weak_ptr<const HostClass>>& last_defined() {
    static auto& classes = *new std::unordered_map<std::type_index, std::weak_ptr<const HostClass>>;
    return classes;
}

const HostClass* find_class(std::type_index type) {
    if (const Context* context = current_context(); context != nullptr)
        if (const HostClass* known = context->classes.find(type); known != nullptr && known->python != nullptr)
            return known;
    const auto found = last_defined().find(type);
    if (found == last_defined().end()) return nullptr;
    const auto known = found->second.lock();
    return known != nullptr && known->python != nullptr ? known.get() : nullptr;
}

std::string name_of(std::type_index type) {
    if (const HostClass* known = find_class(type)) return known->name;
    int failed = 0;
    const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(type.name(), nullptr, nullptr, &failed),
                                                      std::free);
    return failed == 0 ? name.get() : type.name();
}

// Every end of an object of the host runs the host's code, which waits for nobody under the GIL and knows of no pending error.
void end(std::shared_ptr<void> held, bool trivial) {
    if (held == nullptr) return;
    if (trivial || held.use_count() > 1) return held.reset();
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    {
        const WithoutGil running;
        held.reset();
    }
    PyErr_Restore(type, value, traceback);
}

PyObject* make_empty(PyTypeObject* type, PyObject*, PyObject*) {
    PyObject* self = type->tp_alloc(type, 0);
    if (self == nullptr) return nullptr;
    new (&host(self)->held) std::shared_ptr<void>;
    new (&host(self)->of) std::shared_ptr<const HostClass>;
    return self;
}

void drop_object(PyObject* self) {
    PyTypeObject* type = Py_TYPE(self);
    if (host(self)->weak_references != nullptr) PyObject_ClearWeakRefs(self);
    auto held = std::move(host(self)->held);
    const auto of = std::move(host(self)->of);
    host(self)->held.~shared_ptr();
    host(self)->of.~shared_ptr();
    type->tp_free(self);
    Py_DECREF(type);
    end(std::move(held), of != nullptr && of->trivial_end);
}

PyTypeObject* host_object_type();

PyObject* compare(PyObject* left, PyObject* right, int operation) {
    if ((operation != Py_EQ && operation != Py_NE) || !PyObject_TypeCheck(right, host_object_type()))
        Py_RETURN_NOTIMPLEMENTED;
    const bool same = left == right || (host(left)->held != nullptr && host(left)->held == host(right)->held);
    return PyBool_FromLong(same == (operation == Py_EQ));
}

Py_hash_t hash(PyObject* self) {
    const void* of = host(self)->held != nullptr ? host(self)->held.get() : self;
    const auto number = static_cast<Py_hash_t>(std::hash<const void*>()(of) >> 4U);
    return number == -1 ? -2 : number;
}

PyMemberDef host_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(HostObject, weak_references), READONLY, nullptr},
    {},
};
PyType_Slot host_slots[] = {
    {Py_tp_doc, const_cast<char*>("An object of a C++ class.")},
    {Py_tp_new, reinterpret_cast<void*>(make_empty)},
    {Py_tp_dealloc, reinterpret_cast<void*>(drop_object)},
    {Py_tp_richcompare, reinterpret_cast<void*>(compare)},
    {Py_tp_hash, reinterpret_cast<void*>(hash)},
    {Py_tp_members, host_members},
    {0, nullptr},
};
PyType_Spec host_spec = {"catena.HostObject", sizeof(HostObject), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
                         host_slots};

// The common base, so that every object of the host is known as one. Null with an error set.
PyTypeObject* host_object_type() {
    static PyTypeObject* type = nullptr;
    if (type == nullptr) type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&host_spec));
    return type;
}

// The object as one of the class, to which `self` belongs or should.
std::shared_ptr<void> as_class(PyObject* self, std::type_index wanted) {
    if (host_object_type() == nullptr) return nullptr;
    if (!PyObject_TypeCheck(self, host_object_type())) {
        PyErr_Format(PyExc_TypeError, "expected %s, not %.200s", name_of(wanted).c_str(), Py_TYPE(self)->tp_name);
        return nullptr;
    }
    std::shared_ptr<void> object = host(self)->held;
    if (object == nullptr) {
        PyErr_Format(PyExc_TypeError, "this %.200s is empty: the __init__ of its base did not run",
                     Py_TYPE(self)->tp_name);
        return nullptr;
    }
    for (const HostClass* of = host(self)->of.get(); of != nullptr; of = of->base.get()) {
        if (of->type == wanted) return object;
        if (of->to_base != nullptr) object = of->to_base(object);
    }
    PyErr_Format(PyExc_TypeError, "expected %s, not %.200s", name_of(wanted).c_str(), Py_TYPE(self)->tp_name);
    return nullptr;
}

bool is_derived(const HostClass& one, std::type_index from) {
    for (const HostClass* of = &one; of != nullptr; of = of->base.get())
        if (of->type == from) return true;
    return false;
}

PyObject* get_property(PyObject* self, void* closure) {
    const auto* property = static_cast<const HostClass::Property*>(closure);
    const auto object = as_class(self, property->of->type);
    return object != nullptr ? py(property->member.get(object)) : nullptr;
}

int set_property(PyObject* self, PyObject* value, void* closure) {
    const auto* property = static_cast<const HostClass::Property*>(closure);
    if (value == nullptr) {
        PyErr_Format(PyExc_AttributeError, "%s cannot be deleted", property->member.spec.name.c_str());
        return -1;
    }
    const auto object = as_class(self, property->of->type);
    return object != nullptr && property->member.set(object, ours(value)) ? 0 : -1;
}

constexpr const char* capsule_name = "catena.HostClass";

void drop_class(PyObject* capsule) {
    auto* shared = static_cast<std::shared_ptr<const HostClass>*>(PyCapsule_GetPointer(capsule, capsule_name));
    (*shared)->python = nullptr;
    delete shared;
}

// What is kept of the class in its own dict, where scripts cannot reach it to change it.
constexpr const char* capsule_attribute = "__catena_class__";

std::shared_ptr<const HostClass> class_in(PyTypeObject* type, std::type_index wanted) {
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(type->tp_mro); ++i) {
        auto* base = reinterpret_cast<PyTypeObject*>(PyTuple_GET_ITEM(type->tp_mro, i));
        PyObject* capsule = base->tp_dict != nullptr ? PyDict_GetItemString(base->tp_dict, capsule_attribute) : nullptr;
        if (capsule == nullptr || !PyCapsule_IsValid(capsule, capsule_name)) continue;
        const auto& known =
            *static_cast<std::shared_ptr<const HostClass>*>(PyCapsule_GetPointer(capsule, capsule_name));
        if (known->type == wanted) return known;
    }
    return nullptr;
}

bool set(PyObject* type, const char* name, const Ref& value) {
    return value && PyObject_SetAttrString(type, name, value.get()) == 0;
}

bool add_member(PyObject* type, HostClass& known, const MemberSpec& member, const Ref& function) {
    const Ref name = steal(host::python_name(member.spec.name));
    if (!name) return false;
    Ref attribute;
    if (member.kind == MemberSpec::Kind::method) {
        attribute = steal(PyInstanceMethod_New(function.get()));
    } else if (member.kind == MemberSpec::Kind::free_function) {
        attribute = steal(PyStaticMethod_New(function.get()));
    } else {
        const char* utf8 = PyUnicode_AsUTF8(name.get());
        if (utf8 == nullptr) return false;
        auto& property =
            *known.properties.emplace_back(std::make_unique<HostClass::Property>(HostClass::Property{&known, member}));
        property.member.spec.name = utf8;
        const std::string& doc = property.member.spec.doc;
        property.definition = {property.member.spec.name.c_str(), get_property,
                               member.set != nullptr ? set_property : nullptr, doc.empty() ? nullptr : doc.c_str(),
                               &property};
        attribute = steal(PyDescr_NewGetSet(reinterpret_cast<PyTypeObject*>(type), &property.definition));
    }
    return attribute && PyObject_SetAttr(type, name.get(), attribute.get()) == 0;
}

// "(x, y)" of the constructor, for the head of the class's docstring.
std::string signature_of(PyObject* constructor) {
    const Ref text = steal(PyObject_GetAttrString(constructor, "__text_signature__"));
    const char* utf8 = text && PyUnicode_Check(text.get()) ? PyUnicode_AsUTF8(text.get()) : nullptr;
    std::string signature = utf8 != nullptr ? utf8 : "";
    PyErr_Clear();
    const std::string self = "($self";
    if (!signature.starts_with(self)) return "";
    signature.erase(1, self.size() - 1);
    if (signature.starts_with("(, ")) signature.erase(1, 2);
    return signature;
}

Object* refuse_to_make(const FunctionSpec& spec, Object* const*, std::size_t) {
    set_error("TypeError", "only the host makes a " + spec.name);
    return nullptr;
}

}  // namespace

HostClasses::~HostClasses() {
    if (known_.empty() || Py_IsInitialized() == 0) return;
    const Gil gil;
    for (const auto& [type, known] : known_) Py_DECREF(known.python);
}

void HostClasses::add(std::shared_ptr<const HostClass> known, PyObject* python) {
    last_defined()[known->type] = known;
    Known& place = known_[known->type];
    const Ref before = steal(std::exchange(place.python, Py_NewRef(python)));
    place.host = std::move(known);
}

const HostClass* HostClasses::find(std::type_index type) const {
    const auto found = known_.find(type);
    return found != known_.end() ? found->second.host.get() : nullptr;
}

Object* make_class(const ClassSpec& spec, std::string_view space) {
    if (host_object_type() == nullptr) return nullptr;
    auto known =
        std::make_shared<HostClass>(HostClass{spec.type, spec.name, nullptr, spec.to_base, spec.trivial_end, {}});
    PyTypeObject* base = host_object_type();
    if (spec.base) {
        const HostClass* found = find_class(*spec.base);
        if (found == nullptr) {
            set_error("TypeError",
                      "the base class of " + spec.name + " is to be defined first: " + name_of(*spec.base));
            return nullptr;
        }
        base = found->python;
        known->base = class_in(base, *spec.base);
    }

    // The functions first: the class tells how it is made.
    std::vector<Ref> functions;
    std::string doc = spec.doc;
    bool made_by_scripts = false, equality = false, hashed = false;
    for (const MemberSpec& member : spec.members) {
        functions.emplace_back();
        if (member.kind == MemberSpec::Kind::property) continue;
        FunctionSpec function = member.spec;
        const bool constructor = function.name == "__init__";
        if (constructor) function.name = spec.name;
        functions.back() = steal(py(make_function(std::move(function), member.function)));
        if (!functions.back()) return nullptr;
        if (constructor) {
            made_by_scripts = true;
            const std::string signature = signature_of(functions.back().get());
            if (!signature.empty()) doc = spec.name + signature + "\n--\n\n" + spec.doc;
        }
        equality = equality || member.spec.name == "__eq__";
        hashed = hashed || member.spec.name == "__hash__";
    }

    const std::string full_name = std::string(space) + "." + spec.name;
    PyType_Slot slots[] = {
        {Py_tp_dealloc, reinterpret_cast<void*>(drop_object)}, {doc.empty() ? 0 : Py_tp_doc, doc.data()}, {0, nullptr}};
    PyType_Spec python = {full_name.c_str(), sizeof(HostObject), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots};
    const Ref bases = steal(PyTuple_Pack(1, base));
    const Ref type = bases ? steal(PyType_FromSpecWithBases(&python, bases.get())) : Ref();
    auto kept = std::make_unique<std::shared_ptr<const HostClass>>(known);
    const Ref capsule = type ? steal(PyCapsule_New(kept.get(), capsule_name, drop_class)) : Ref();
    if (!capsule) return nullptr;
    (void)kept.release();
    known->python = reinterpret_cast<PyTypeObject*>(type.get());
    if (!set(type.get(), capsule_attribute, capsule)) return nullptr;
    for (std::size_t i = 0; i < spec.members.size(); ++i)
        if (!add_member(type.get(), *known, spec.members[i], functions[i])) return nullptr;
    if (!made_by_scripts) {
        FunctionSpec refusing{.name = spec.name, .any_count = true};
        const Ref refusal = steal(py(make_function(std::move(refusing), refuse_to_make)));
        if (!set(type.get(), "__init__", refusal)) return nullptr;
    }
    if (equality && !hashed && !set(type.get(), "__hash__", borrow(Py_None))) return nullptr;
    // What C++ says of the class holds: scripts derive their own from it.
    known->python->tp_flags |= Py_TPFLAGS_IMMUTABLETYPE;
    PyType_Modified(known->python);
    current_context()->classes.add(known, type.get());
    return ours(Py_NewRef(type.get()));
}

Object* make_host(const HostPointer& pointer) {
    // As what it was made, unless scripts do not know that class to be one of those that it was asked for as.
    const HostClass* of = find_class(pointer.most);
    const HostClass* asked = find_class(pointer.type);
    const bool whole = of != nullptr && (asked == nullptr || is_derived(*of, pointer.type));
    if (!whole) of = asked;
    if (of == nullptr) {
        set_error("TypeError", "no class is defined for the host's " + name_of(pointer.type));
        return nullptr;
    }
    PyObject* self = make_empty(of->python, nullptr, nullptr);
    if (self == nullptr) return nullptr;
    host(self)->held = whole ? pointer.whole : pointer.object;
    host(self)->of = class_in(of->python, of->type);
    return ours(self);
}

std::shared_ptr<void> read_host(Object* object, std::type_index type) { return as_class(py(object), type); }

bool fill_host(Object* self, std::type_index type, std::shared_ptr<void> object) {
    auto known = host_object_type() != nullptr && PyObject_TypeCheck(py(self), host_object_type())
                     ? class_in(Py_TYPE(py(self)), type)
                     : nullptr;
    if (known == nullptr) {
        PyErr_Format(PyExc_TypeError, "expected %s, not %.200s", name_of(type).c_str(), Py_TYPE(py(self))->tp_name);
        return false;
    }
    auto before = std::exchange(host(py(self))->held, std::move(object));
    const auto of = std::exchange(host(py(self))->of, std::move(known));
    end(std::move(before), of != nullptr && of->trivial_end);
    return true;
}

}  // namespace catena::inline v1::detail
