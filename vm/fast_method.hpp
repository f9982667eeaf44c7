// A method call whose method is a Catena function: its window, made from a chain's operands.
#pragma once

#include "bridge/method.hpp"
#include "vm/chain_object.hpp"
#include "vm/slow.hpp"
#include "vm/stack.hpp"

namespace catena {

// Writes [callee, receiver, arguments …] above the running frame's registers; temporaries among the operands move, locals and
// constants are copied. Nothing is released and nothing is run.
inline void move_method_window(Frame& frame, const Instr& i, const Instruction& method, PyObject* callee,
                               Value* window) {
    const Instr* words = &i + 1;
    const std::size_t first = frame.code->first_temporary;
    window[0].tag = Tag::object;
    window[0].bits = reinterpret_cast<std::uint64_t>(Py_NewRef(callee));
    const auto give = [&](std::uint16_t number, Value& out) {
        Value& r = frame.base[number];
        out.tag = r.tag;
        out.bits = r.bits;
        if (r.tag != Tag::object) return;
        if (number >= first)
            r.tag = Tag::nil;
        else
            Py_INCREF(r.as_object());
    };
    const Plan& plan = *chain_of(frame.code->chains[i.b].get()).plan();
    for (std::size_t n = 0; n < method.count; ++n) {
        const Source source = method.sources[n];
        Value& out = window[n + 2];
        if (source.index >= 0) {
            give(static_cast<std::uint16_t>(source.index), out);
            continue;
        }
        const Value constant = plan.read(source, nullptr);
        constant.retain();
        out.tag = constant.tag;
        out.bits = constant.bits;
    }
    give(operand_register(words, 0), window[1]);
}

}  // namespace catena
