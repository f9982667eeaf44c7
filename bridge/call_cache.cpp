// Inline caches of method calls and calls. A specialised handler is a pair: a guard, which says that the callable
// that was found is still the one, and a way to call it.
#include <algorithm>
#include <array>
#include <type_traits>

#include "bridge/array_program.hpp"
#include "bridge/callee.hpp"
#include "bridge/guards.hpp"
#include "bridge/intrinsics.hpp"
#include "bridge/method.hpp"
#include "bridge/numpy_reductions.hpp"
#include "bridge/numpy_scalars.hpp"
#include "bridge/sort_numbers.hpp"
#include "bridge/specialise.hpp"

namespace catena {
namespace {

// A C definition of a function or method, whose kinds of calling are told apart by its flags.
constexpr int kind_mask = METH_VARARGS | METH_FASTCALL | METH_NOARGS | METH_O | METH_KEYWORDS | METH_METHOD;

constexpr std::size_t stack_arguments = 16;

// ---- ways to call: each answers a new reference, or null with an error set

struct CallO {
    static PyObject* call(const Plan& plan, Instruction& in, PyObject* self, const Value* operands) {
        const HandedOn argument(plan.read(in.first, operands));
        if (argument.get() == nullptr) return nullptr;
        return reinterpret_cast<PyCFunction>(in.cache.function)(self, argument.get());
    }
};

struct CallNoArguments {
    static PyObject* call(const Plan&, Instruction& in, PyObject* self, const Value*) {
        return reinterpret_cast<PyCFunction>(in.cache.function)(self, nullptr);
    }
};

// Calls with one operand, boxed for the call.
template <class Call>
PyObject* with_one(const Plan& plan, const Instruction& in, const Value* operands, const Call& call) {
    const HandedOn argument(plan.read(in.first, operands));
    PyObject* only = argument.get();
    return only != nullptr ? call(&only) : nullptr;
}

// Hands up to stack_arguments operands on in `stack`, calls, and releases them first to last.
template <class Call>
PyObject* with_stack(const Plan& plan, const Instruction& in, const Value* operands, const Call& call) {
    std::array<PyObject*, stack_arguments> stack;
    stack[0] = nullptr;
    std::size_t made = 0;
    for (; made < in.count; ++made) {
        stack[made] = handed_on(plan.read(in.sources[made], operands));
        if (stack[made] == nullptr) break;
    }
    PyObject* result = made == in.count ? call(stack.data()) : nullptr;
    for (std::size_t i = 0; i < made; ++i) Py_DECREF(stack[i]);
    return result;
}

struct CallFast {
    static PyObject* call(const Plan& plan, Instruction& in, PyObject* self, const Value* operands) {
        using Function = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t);
        const auto function = reinterpret_cast<Function>(in.cache.function);
        const auto call = [&](PyObject** arguments) { return function(self, arguments, in.positional); };
        return in.count == 1 ? with_one(plan, in, operands, call) : with_stack(plan, in, operands, call);
    }
};

struct CallFastKeywords {
    static PyObject* call(const Plan& plan, Instruction& in, PyObject* self, const Value* operands) {
        using Function = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t, PyObject*);
        const auto function = reinterpret_cast<Function>(in.cache.function);
        const auto call = [&](PyObject** arguments) { return function(self, arguments, in.positional, in.kwnames); };
        return in.count == 1 ? with_one(plan, in, operands, call) : with_stack(plan, in, operands, call);
    }
};

// A callable that whoever is called may replace, held for the call, and `self`, which may be null, as what is handed on.
Value call_held(Plan& plan, const Instruction& in, PyObject* callable, PyObject* self, const Value* operands) {
    Py_INCREF(callable);
    Py_XINCREF(self);
    PyObject* result = vectorcall(plan, in, callable, self, operands);
    Py_XDECREF(self);
    Py_DECREF(callable);
    return result != nullptr ? steal_value(result) : fail(plan, in.step + 1);
}

// ---- guards

// The module's dict still has that very object under the name. `still` says whether an object at the same address is
// what was found, after the dict has changed.
template <class Still>
PyObject* module_target(Instruction& in, const Value& it, Still still) {
    if (!is_exact_module(it)) return nullptr;
    PyObject* dict = module_dict(it.as_object());
    if (in.cache.version.still(dict)) {
        ++stats.cache_hits;
        return in.cache.target;
    }
    PyObject* found = cached_lookup(dict, in.name, in.cache.dict);
    if (found == nullptr || !still(found)) return nullptr;
    in.cache.version.remember(dict);
    in.cache.target = found;
    return found;
}

PyMethodDef* definition_of(PyObject* function) { return reinterpret_cast<PyCFunctionObject*>(function)->m_ml; }

template <class Function>
void* address(Function* function) {
    return reinterpret_cast<void*>(function);
}

// For intrinsics: the definitions of Python's own modules live as long as the process.
bool has_definition(PyObject* function, const void* definition) {
    return PyCFunction_CheckExact(function) && definition_of(function) == definition;
}

// For other functions, whose definition may be gone and its memory used again; `offset` holds the flags.
bool is_same_function(const Instruction& in, PyObject* function) {
    return has_definition(function, in.cache.data) && address(definition_of(function)->ml_meth) == in.cache.function &&
           definition_of(function)->ml_flags == in.cache.offset;
}

// ---- functions of modules

// Any callable: the lookup alone is cached.
Value call_module_any(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    PyObject* callable = module_target(in, it, [](PyObject*) { return true; });
    if (callable == nullptr) return miss(plan, in, it, operands, owner);
    return call_held(plan, in, callable, nullptr, operands);
}

// A C function, called without going through its object. `data` is its definition.
template <class Way>
Value call_module_c(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    PyObject* callable = module_target(in, it, [&](PyObject* found) { return is_same_function(in, found); });
    if (callable == nullptr) return miss(plan, in, it, operands, owner);
    Py_INCREF(callable);
    PyObject* result = Way::call(plan, in, PyCFunction_GET_SELF(callable), operands);
    Py_DECREF(callable);
    return result != nullptr ? steal_value(result) : fail(plan, in.step + 1);
}

Value compute(const Plan& plan, const Instruction& in, const Intrinsic& intrinsic, const Value* operands) {
    const Value x = plan.read(in.first, operands);
    if (in.count == 1) return intrinsic.one(x, intrinsic.data);
    return intrinsic.two(x, plan.read(in.second, operands), intrinsic.data);
}

// An intrinsic; `data` is the function's definition, `function` the entry. Operands that it leaves alone go to the
// function.
Value call_module_intrinsic(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    PyObject* callable = module_target(in, it, [&](PyObject* found) { return has_definition(found, in.cache.data); });
    if (callable == nullptr) return miss(plan, in, it, operands, owner);
    const Value result = compute(plan, in, *static_cast<const Intrinsic*>(in.cache.function), operands);
    if (result.is_missing()) {
        return call_held(plan, in, callable, nullptr, operands);
    }
    return result.is_error() ? fail(plan, in.step + 1) : result;
}

// Whether a run of array operations has done the work of the chain.
bool done_among_others(const Plan& plan, const Instruction& in, const Value* operands) {
    if (run_among_others == nullptr) return false;
    const bool on_arrays = std::any_of(in.sources.begin(), in.sources.end(), [&](Source source) {
        const Value v = plan.read(source, operands);
        return is_array(v);
    });
    return on_arrays && run_among_others(plan, operands);
}

// A function that works on arrays element by element.
Value call_module_elementwise(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    PyObject* function = module_target(in, it, is_elementwise);
    if (function == nullptr) return miss(plan, in, it, operands, owner);
    if (done_among_others(plan, in, operands)) return Value::error();
    return call_held(plan, in, function, nullptr, operands);
}

// A ufunc with a loop for doubles; `offset` is the loop's place.
Value call_module_ufunc(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    const auto still = [&](PyObject* found) {
        return is_ufunc(found) && double_loop(found, in.count) == in.cache.offset &&
               loop_function(found, static_cast<int>(in.cache.offset)) == in.cache.function &&
               loop_data(found, static_cast<int>(in.cache.offset)) == in.cache.data;
    };
    PyObject* callable = module_target(in, it, still);
    if (callable == nullptr) return miss(plan, in, it, operands, owner);
    Value inputs[2] = {plan.read(in.first, operands), Value::nil()};
    if (in.count == 2) inputs[1] = plan.read(in.second, operands);
    const Value result = run_double_loop(in.cache.function, in.cache.data, inputs, in.count);
    if (!result.is_missing()) return result.is_error() ? fail(plan, in.step + 1) : result;
    if (done_among_others(plan, in, operands)) return Value::error();
    return call_held(plan, in, callable, nullptr, operands);
}

// A reduction of small arrays; `data` is NumPy's function, `function` the reduction.
Value call_module_reduction(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    PyObject* callable = module_target(in, it, [&](PyObject* found) { return found == in.cache.data; });
    if (callable == nullptr) return miss(plan, in, it, operands, owner);
    auto& reduction = *static_cast<NumpyReduction*>(in.cache.function);
    if (reduces_still(reduction)) {
        const Value result = reduce_array(reduction, plan.read(in.first, operands),
                                          in.count == 2 ? plan.read(in.second, operands) : Value::nil());
        if (!result.is_missing()) return result.is_error() ? fail(plan, in.step + 1) : result;
    }
    return call_held(plan, in, callable, nullptr, operands);
}

// ---- methods

bool has_method(Instruction& in, const Value& it) {
    return it.is_object() && has_type_version(it.as_object(), in.cache.type_version) && unshadowed(in, it.as_object());
}

}  // namespace

// A function of the class, Python's or not, with the receiver in front.
Value call_method_any(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (!has_method(in, it)) return miss(plan, in, it, operands, owner);
    ++stats.cache_hits;
    return call_held(plan, in, in.cache.target, it.as_object(), operands);
}

const Instruction* found_method(Plan& plan, const Value& receiver) {
    Instruction& in = plan.first;
    return in.handler == call_method_any && in.kwnames == nullptr && has_method(in, receiver) ? &in : nullptr;
}

namespace {

// A method of a class made in C.
template <class Way>
Value call_method_c(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (!has_method(in, it)) return miss(plan, in, it, operands, owner);
    ++stats.cache_hits;
    PyObject* result = Way::call(plan, in, it.as_object(), operands);
    return result != nullptr ? steal_value(result) : fail(plan, in.step + 1);
}

// A reduction of small arrays as their method; `data` is the reduction.
Value call_array_reduction(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (!has_method(in, it)) return miss(plan, in, it, operands, owner);
    ++stats.cache_hits;
    const Value result = reduce_array(*static_cast<NumpyReduction*>(in.cache.data), it,
                                      in.count == 1 ? plan.read(in.first, operands) : Value::nil());
    if (!result.is_missing()) return result.is_error() ? fail(plan, in.step + 1) : result;
    PyObject* object = vectorcall(plan, in, in.cache.target, it.as_object(), operands);
    return object != nullptr ? steal_value(object) : fail(plan, in.step + 1);
}

// list.append, the one method that everybody calls: nothing but a list can pass the guard.
Value call_list_append(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (!it.is_object() || !PyList_CheckExact(it.as_object())) return miss(plan, in, it, operands, owner);
    ++stats.cache_hits;
    PyObject* item = new_object(plan.read(in.first, operands));
    if (item == nullptr) return fail(plan, in.step + 1);
    auto* list = reinterpret_cast<PyListObject*>(it.as_object());
    const Py_ssize_t size = Py_SIZE(list);
    if (size < list->allocated) {
        PyList_SET_ITEM(it.as_object(), size, item);
        Py_SET_SIZE(list, size + 1);
        return Value::nil();
    }
    const int status = PyList_Append(it.as_object(), item);
    Py_DECREF(item);
    return status == 0 ? Value::nil() : fail(plan, in.step + 1);
}

// list.sort() without arguments; what holds more than machine numbers goes to the method itself.
Value call_list_sort(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (!it.is_object() || !PyList_CheckExact(it.as_object())) return miss(plan, in, it, operands, owner);
    ++stats.cache_hits;
    if (sort_numbers(it.as_object())) return Value::nil();
    PyObject* result = vectorcall(plan, in, in.cache.target, it.as_object(), operands);
    return result != nullptr ? steal_value(result) : fail(plan, in.step + 1);
}

// A function of a class that is the receiver itself: `Thing.make(1)`.
Value call_type_function(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (!it.is_object() || Py_TYPE(it.as_object()) != &PyType_Type ||
        reinterpret_cast<PyTypeObject*>(it.as_object())->tp_version_tag != in.cache.type_version) {
        return miss(plan, in, it, operands, owner);
    }
    ++stats.cache_hits;
    return call_held(plan, in, in.cache.target, nullptr, operands);
}

// ---- callables that are values

template <class Way>
Value call_c(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (!it.is_object() || !is_same_function(in, it.as_object())) return miss(plan, in, it, operands, owner);
    ++stats.cache_hits;
    PyObject* result = Way::call(plan, in, PyCFunction_GET_SELF(it.as_object()), operands);
    return result != nullptr ? steal_value(result) : fail(plan, in.step);
}

// `data` is the definition of a C function, or the class int or float itself.
Value call_intrinsic(Plan& plan, Instruction& in, Value it, const Value* operands, Value* owner) {
    if (!it.is_object() || (it.as_object() != in.cache.data && !has_definition(it.as_object(), in.cache.data))) {
        return miss(plan, in, it, operands, owner);
    }
    ++stats.cache_hits;
    const Value result = compute(plan, in, *static_cast<const Intrinsic*>(in.cache.function), operands);
    if (!result.is_missing()) return result.is_error() ? fail(plan, in.step) : result;
    PyObject* object = vectorcall(plan, in, it.as_object(), nullptr, operands);
    return object != nullptr ? steal_value(object) : fail(plan, in.step);
}

// ---- choosing

// The handler for a C definition, of the template that the four ways fit into; null when it is called some other way,
// or when the call has not the arguments for it (then the function object says what is wrong).
struct CHandlers {
    StepHandler o, none, fast, fast_keywords;
};
constexpr CHandlers module_handlers{call_module_c<CallO>, call_module_c<CallNoArguments>, call_module_c<CallFast>,
                                    call_module_c<CallFastKeywords>};
constexpr CHandlers method_handlers{call_method_c<CallO>, call_method_c<CallNoArguments>, call_method_c<CallFast>,
                                    call_method_c<CallFastKeywords>};
constexpr CHandlers value_handlers{call_c<CallO>, call_c<CallNoArguments>, call_c<CallFast>, call_c<CallFastKeywords>};

StepHandler handler_for(const CHandlers& handlers, const PyMethodDef* definition, const Instruction& in,
                        PyObject* callable) {
    if (in.count > stack_arguments) return nullptr;
    if (!in.in_place.empty() && pairs_in_place_test != nullptr && pairs_in_place_test(callable)) return nullptr;
    const bool keywords = in.kwnames != nullptr;
    switch (definition->ml_flags & kind_mask) {
        case METH_O: return !keywords && in.count == 1 ? handlers.o : nullptr;
        case METH_NOARGS: return in.count == 0 ? handlers.none : nullptr;
        case METH_FASTCALL: return !keywords ? handlers.fast : nullptr;
        case METH_FASTCALL | METH_KEYWORDS: return handlers.fast_keywords;
        default: return nullptr;
    }
}

StepHandler specialise_module(Instruction& in, PyObject* module) {
    if (_PyType_Lookup(&PyModule_Type, in.name) != nullptr) return give_up(in);
    PyObject* found = PyDict_GetItemWithError(module_dict(module), in.name);
    if (found == nullptr) {
        PyErr_Clear();
        return give_up(in);
    }
    in.cache.version.forget();
    if (PyCFunction_CheckExact(found)) {
        PyMethodDef* definition = definition_of(found);
        in.cache.data = definition;
        const Intrinsic* intrinsic = in.kwnames == nullptr ? find_intrinsic(found, in.count) : nullptr;
        if (intrinsic != nullptr) {
            in.cache.function = const_cast<Intrinsic*>(intrinsic);
            return install(in, call_module_intrinsic);
        }
        if (const StepHandler handler = handler_for(module_handlers, definition, in, found)) {
            in.cache.function = address(definition->ml_meth);
            in.cache.offset = definition->ml_flags;
            return install(in, handler);
        }
    }
    const bool elementwise = in.kwnames == nullptr && is_elementwise(found);
    if (elementwise && (in.count == 1 || in.count == 2)) {
        const int loop = double_loop(found, in.count);
        if (loop >= 0) {
            in.cache.offset = loop;
            in.cache.function = loop_function(found, loop);
            in.cache.data = loop_data(found, loop);
            return install(in, call_module_ufunc);
        }
    }
    NumpyReduction* reduction = in.kwnames == nullptr ? find_reduction(found, in.count) : nullptr;
    if (reduction != nullptr) {
        in.cache.data = found;
        in.cache.function = reduction;
        return install(in, call_module_reduction);
    }
    return install(in, elementwise ? call_module_elementwise : call_module_any, false);
}

StepHandler specialise_type(Instruction& in, PyTypeObject* type) {
    PyObject* found = _PyType_Lookup(type, in.name);
    if (found == nullptr || _PyType_Lookup(&PyType_Type, in.name) != nullptr || type_version(type) == 0) {
        return give_up(in);
    }
    if (Py_TYPE(found) != &PyFunction_Type && Py_TYPE(found) != &PyMethodDescr_Type) return give_up(in);
    in.cache.type_version = type_version(type);
    in.cache.target = found;
    return install(in, call_type_function, false);
}

}  // namespace

StepHandler specialise_method(Plan&, Instruction& in, const Value& it, const Value*) {
    if (!may_specialise(in)) return nullptr;
    if (!it.is_object()) return give_up(in);
    PyObject* o = it.as_object();
    PyTypeObject* type = Py_TYPE(o);
    if (type == &PyModule_Type) return specialise_module(in, o);
    if (type == &PyType_Type) return specialise_type(in, reinterpret_cast<PyTypeObject*>(o));
    if (type->tp_getattro != PyObject_GenericGetAttr) return give_up(in);
    PyObject* found = _PyType_Lookup(type, in.name);
    in.cache.type_version = type_version(type);
    if (found == nullptr || in.cache.type_version == 0 ||
        !PyType_HasFeature(Py_TYPE(found), Py_TPFLAGS_METHOD_DESCRIPTOR) ||
        PyType_HasFeature(Py_TYPE(found), Py_TPFLAGS_HEAPTYPE) || !remember_unshadowed(in, o)) {
        return give_up(in);
    }
    in.cache.target = found;
    if (is_plain_array(o) && in.kwnames == nullptr) {
        if (NumpyReduction* reduction = find_array_reduction(in.name, in.count)) {
            in.cache.data = reduction;
            return install(in, call_array_reduction);
        }
    }
    if (Py_TYPE(found) == &PyMethodDescr_Type && PyType_IsSubtype(type, PyDescr_TYPE(found))) {
        PyMethodDef* definition = reinterpret_cast<PyMethodDescrObject*>(found)->d_method;
        if (const StepHandler handler = handler_for(method_handlers, definition, in, found)) {
            if (type == &PyList_Type && std::string_view(definition->ml_name) == "append") {
                return install(in, call_list_append);
            }
            if (type == &PyList_Type && std::string_view(definition->ml_name) == "sort" && in.count == 0 &&
                in.kwnames == nullptr) {
                return install(in, call_list_sort);
            }
            in.cache.function = address(definition->ml_meth);
            return install(in, handler);
        }
    }
    return install(in, call_method_any, Py_TYPE(found) == &PyFunction_Type || Py_TYPE(found) == &PyMethodDescr_Type);
}

StepHandler specialise_call(Plan&, Instruction& in, const Value& it, const Value*) {
    if (!may_specialise(in)) return nullptr;
    if (!it.is_object()) return give_up(in);
    PyObject* callable = it.as_object();
    const Intrinsic* intrinsic = in.kwnames == nullptr ? find_intrinsic(callable, in.count) : nullptr;
    if (intrinsic != nullptr) {
        in.cache.function = const_cast<Intrinsic*>(intrinsic);
        in.cache.data = PyCFunction_CheckExact(callable) ? static_cast<void*>(definition_of(callable)) : callable;
        return install(in, call_intrinsic);
    }
    if (PyCFunction_CheckExact(callable)) {
        PyMethodDef* definition = definition_of(callable);
        if (const StepHandler handler = handler_for(value_handlers, definition, in, callable)) {
            in.cache.data = definition;
            in.cache.function = address(definition->ml_meth);
            in.cache.offset = definition->ml_flags;
            return install(in, handler);
        }
    }
    return give_up(in);
}

}  // namespace catena
