// What the VM asks of chains that it runs without a runner between: those of one instruction, and those that end in a call, which
// it makes itself when it is one of a function of its own.
#pragma once

#include "bridge/guards.hpp"
#include "bridge/specialise.hpp"

namespace catena {

// `value r0 | … | call …` without splats in the call.
[[nodiscard]] bool ends_in_call(const Chain& chain);
// `value r0 | get NAME | call …`, the same.
[[nodiscard]] bool is_method_call(const Chain& chain);

// The root is operand 0, as it is or as a module that has been imported, and one instruction follows. Asked of steps alone.
[[nodiscard]] bool is_single(const Chain& chain);
// Of those: `value r0 | get NAME`.
[[nodiscard]] bool is_attribute(const Chain& chain);

// The attribute that the chain reads, borrowed, when its cache knows where it is in the receiver's array of values; else null.
// The chain is prepared and is_attribute holds. Nothing is run.
[[nodiscard]] inline PyObject* found_attribute(const Instruction& in, PyObject* receiver) {
#if CATENA_DICT_LAYOUT && !defined(CATENA_STRESS)
    if (in.handler != get_instance_value || !has_type_version(receiver, in.cache.type_version)) return nullptr;
    PyObject** values = InstanceLayout::values(receiver);
    return values != nullptr ? values[in.cache.index] : nullptr;
#else
    (void)in, (void)receiver;
    return nullptr;
#endif
}

// Of a method call: the call's instruction when it has positional arguments only and its cache knows that
// the method of that name is the function `cache.target` (borrowed) of the receiver's class, to be called with the
// receiver in front of `sources`; else null. The chain is prepared. Nothing is run.
[[nodiscard]] const Instruction* found_method(Plan& plan, const Value& receiver);

// Whether the last call of a chain that ends in one may be one of any function: no cache expects one of Python's own.
[[nodiscard]] inline bool may_call_any(const Plan& plan) {
    return !(plan.rest.empty() ? plan.first : plan.rest.back()).leaf;
}

}  // namespace catena
