// Functions of the host as Python functions: arguments are counted, and put where their names say.
#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <catena/object.hpp>
#include "embed/host.hpp"

namespace catena::inline v1::detail {
namespace {

PyObject* py(Object* object) { return reinterpret_cast<PyObject*>(object); }
Object* ours(PyObject* object) { return reinterpret_cast<Object*>(object); }

constexpr const char* capsule_name = "catena.HostFunction";

// What the Python function has for its `self`, in a capsule.
struct Hosted {
    FunctionSpec spec;
    HostFunction function;
    std::vector<Ref> keywords;  // the parameters' names in Python
    std::string doc;
    PyMethodDef definition{};

    [[nodiscard]] std::size_t own() const { return spec.method ? 1 : 0; }  // arguments that nobody writes
};

void drop_hosted(PyObject* capsule) { delete static_cast<Hosted*>(PyCapsule_GetPointer(capsule, capsule_name)); }

std::string counted(std::size_t count) { return std::to_string(count) + (count == 1 ? " argument" : " arguments"); }

// As the prompt shows parameters: (a b [c]).
std::string parameter_list(const FunctionSpec& spec) {
    std::string text;
    const std::size_t required = spec.required - (spec.method ? 1 : 0);
    for (std::size_t i = 0; i < spec.parameters.size(); ++i)
        text += (i > 0 ? " " : "") + (i < required ? spec.parameters[i] : "[" + spec.parameters[i] + "]");
    return text.empty() ? "" : " (" + text + ")";
}

void wrong_count(const Hosted& hosted, std::size_t given) {
    const FunctionSpec& spec = hosted.spec;
    const std::size_t least = spec.required - hosted.own(), most = spec.count - hosted.own();
    given -= std::min(given, hosted.own());
    std::string takes = counted(most);
    if (least != most) takes = std::to_string(least) + (most == least + 1 ? " or " : " to ") + takes;
    const std::string message = spec.name + " takes " + takes + parameter_list(spec) + " but " + std::to_string(given) +
                                (given == 1 ? " was" : " were") + " given";
    PyErr_SetString(PyExc_TypeError, message.c_str());
}

// Where the argument of that name belongs; -1 with an error set.
std::ptrdiff_t place_of(const Hosted& hosted, PyObject* keyword) {
    for (std::size_t i = 0; i < hosted.keywords.size(); ++i) {
        const int same = PyObject_RichCompareBool(hosted.keywords[i].get(), keyword, Py_EQ);
        if (same < 0) return -1;
        if (same > 0) return static_cast<std::ptrdiff_t>(i + hosted.own());
    }
    if (hosted.keywords.empty())
        PyErr_Format(PyExc_TypeError, "%s takes no named arguments, but %R was given", hosted.spec.name.c_str(),
                     keyword);
    else
        PyErr_Format(PyExc_TypeError, "%s has no parameter %R%s", hosted.spec.name.c_str(), keyword,
                     parameter_list(hosted.spec).c_str());
    return -1;
}

// Fills `places`, as many as the function takes, from what was given. False with an error set.
bool bind(const Hosted& hosted, PyObject* const* given, std::size_t count, PyObject* names, Object** places) {
    const FunctionSpec& spec = hosted.spec;
    const std::size_t named = names != nullptr ? static_cast<std::size_t>(PyTuple_GET_SIZE(names)) : 0;
    if (count > spec.count) {
        wrong_count(hosted, count + named);
        return false;
    }
    for (std::size_t i = 0; i < count; ++i) places[i] = ours(given[i]);
    for (std::size_t i = 0; i < named; ++i) {
        const auto place = place_of(hosted, PyTuple_GET_ITEM(names, static_cast<Py_ssize_t>(i)));
        if (place < 0) return false;
        if (places[place] != nullptr) {
            PyErr_Format(PyExc_TypeError, "%s got the argument %U twice", spec.name.c_str(),
                         PyTuple_GET_ITEM(names, static_cast<Py_ssize_t>(i)));
            return false;
        }
        places[place] = ours(given[count + i]);
    }
    for (std::size_t i = 0; i < spec.required; ++i) {
        if (places[i] != nullptr) continue;
        if (named == 0) {
            wrong_count(hosted, count);
        } else {
            PyErr_Format(PyExc_TypeError, "%s wants the argument %s%s", spec.name.c_str(),
                         spec.parameters[i - hosted.own()].c_str(), parameter_list(spec).c_str());
        }
        return false;
    }
    return true;
}

PyObject* call_guarded(Hosted& hosted, Object* const* arguments, std::size_t count) {
    return py(guarded([&] { return hosted.function(hosted.spec, arguments, count); }, hosted.spec.name.c_str()));
}

PyObject* call_hosted(PyObject* capsule, PyObject* const* given, Py_ssize_t size, PyObject* names) {
    auto* hosted = static_cast<Hosted*>(PyCapsule_GetPointer(capsule, capsule_name));
    if (hosted == nullptr) return nullptr;
    const auto count = static_cast<std::size_t>(size);
    if (names == nullptr && (count == hosted->spec.count || hosted->spec.any_count))
        return call_guarded(*hosted, reinterpret_cast<Object* const*>(given), count);
    if (hosted->spec.any_count) {
        (void)place_of(*hosted, PyTuple_GET_ITEM(names, 0));
        return nullptr;
    }
    std::vector<Object*> places(hosted->spec.count);
    return bind(*hosted, given, count, names, places.data()) ? call_guarded(*hosted, places.data(), places.size())
                                                             : nullptr;
}

// The docstring, after the line from which Python takes a builtin function's signature.
std::string doc_with_signature(const Hosted& hosted) {
    const FunctionSpec& spec = hosted.spec;
    if (spec.any_count || spec.parameters.size() + hosted.own() != spec.count) return spec.doc;
    std::string text = spec.name + "(" + (spec.method ? "$self" : "");
    for (std::size_t i = 0; i < hosted.keywords.size(); ++i) {
        const char* name = PyUnicode_AsUTF8(hosted.keywords[i].get());
        if (name == nullptr) {
            PyErr_Clear();
            return spec.doc;
        }
        if (i + hosted.own() > 0) text += ", ";
        text += name;
        if (i + hosted.own() >= spec.required) text += "=None";
    }
    return text + ")\n--\n\n" + spec.doc;
}

// Methods that Python's operators call: told "not mine", Python asks the other operand.
bool is_operator(const std::string& name) {
    if (name.size() < 5 || !name.starts_with("__") || !name.ends_with("__")) return false;
    static constexpr std::array names = {"eq",  "ne",  "lt",      "le",       "gt",     "ge",    "add",
                                         "sub", "mul", "truediv", "floordiv", "mod",    "pow",   "matmul",
                                         "and", "or",  "xor",     "lshift",   "rshift", "divmod"};
    std::string_view middle(name.data() + 2, name.size() - 4);
    for (int i = 0; i < 2; ++i) {
        for (const std::string_view known : names)
            if (middle == known) return true;
        if (!middle.starts_with('r') && !middle.starts_with('i')) return false;
        middle.remove_prefix(1);  // __radd__, __iadd__
    }
    return false;
}

}  // namespace

Object* bad_argument(const FunctionSpec& spec, std::size_t index) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    const bool own = spec.method && index == 0;
    if (!own && type == PyExc_TypeError && spec.method && is_operator(spec.name)) {
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
        return ours(Py_NewRef(Py_NotImplemented));
    }
    if (type == PyExc_TypeError || type == PyExc_ValueError || type == PyExc_OverflowError) {
        const std::size_t place = index - (spec.method ? 1 : 0);
        const std::string which = own ? "the object of " + spec.name
                                  : place < spec.parameters.size()
                                      ? "the argument " + spec.parameters[place] + " of " + spec.name
                                      : "argument " + std::to_string(place + 1) + " of " + spec.name;
        const Ref message = steal(PyUnicode_FromFormat("%s: %S", which.c_str(), value));
        const Ref arguments = message ? steal(PyTuple_Pack(1, message.get())) : Ref();
        if (!arguments || PyObject_SetAttrString(value, "args", arguments.get()) < 0) PyErr_Clear();
    }
    PyErr_Restore(type, value, traceback);
    return nullptr;
}

Object* make_function(FunctionSpec spec, HostFunction function) {
    if (!function) {
        set_error("ValueError", spec.name + " is a null pointer");
        return nullptr;
    }
    auto hosted = std::make_unique<Hosted>();
    hosted->spec = std::move(spec);
    hosted->function = std::move(function);
    for (const std::string& name : hosted->spec.parameters) {
        Ref python = steal(host::python_name(name));
        if (!python) return nullptr;
        hosted->keywords.push_back(std::move(python));
    }
    hosted->doc = doc_with_signature(*hosted);
    hosted->definition = {hosted->spec.name.c_str(),
                          reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(call_hosted)),
                          METH_FASTCALL | METH_KEYWORDS, hosted->doc.empty() ? nullptr : hosted->doc.c_str()};
    const Ref capsule = steal(PyCapsule_New(hosted.get(), capsule_name, drop_hosted));
    if (!capsule) return nullptr;
    return ours(PyCFunction_New(&hosted.release()->definition, capsule.get()));
}

}  // namespace catena::inline v1::detail
