// Storing into exact NumPy arrays, `a[i] = number`, without a chain's run: what the item instructions try when the
// container is no list, tuple or dict (reading is fast_item's). The elements are plain numbers in the machine's byte order; all else, indices out
// of range and read-only arrays among it, is left to the chain. The stress build tries nothing here.
#pragma once

#include "bridge/numpy_scalars.hpp"
#include "vm/fast_items.hpp"

namespace catena {

// Whether R[register] is an exact array.
[[nodiscard]] inline bool holds_array(const Frame& frame, std::size_t number) {
    const Value& v = frame.base[number];
    return v.tag == Tag::object && is_plain_array(v.as_object());
}

template <std::size_t COUNT>
[[nodiscard]] inline bool fast_set_element(Frame& frame, const Instr& i, const Value& key, const Value& value) {
    const Value& array = frame.base[operand_register(&i + 1, 0)];
    if (key.tag != Tag::integer || (value.tag != Tag::integer && value.tag != Tag::real && value.tag != Tag::float64))
        return false;
    const std::int64_t index = key.as_integer();
    if (!set_array_item(array.as_object(), &index, 1, value)) return false;
    finish_set_item<COUNT>(frame, i, value);
    return true;
}

[[nodiscard]] [[gnu::always_inline]] inline bool stores_item(Op op) {
    return op == Op::CHAIN_SET_ITEM || op == Op::CHAIN_SET_ITEM_I;
}

// Of an instruction that stores_item. True: it was an item of an array, and is done.
[[nodiscard]] inline bool fast_array_item(Frame& frame, const Instr& i) {
#ifndef CATENA_STRESS
    const Op op = static_cast<Op>(i.op);
    const Instr* words = &i + 1;
    if (!holds_array(frame, operand_register(words, 0))) return false;
    const auto reg = [&](std::size_t n) -> const Value& { return frame.base[operand_register(words, n)]; };
    switch (op) {
        case Op::CHAIN_SET_ITEM: return fast_set_element<3>(frame, i, reg(1), reg(2));
        case Op::CHAIN_SET_ITEM_I:
            return fast_set_element<2>(frame, i, Value::integer(operand_register(words, 2)), reg(1));
        default: return false;
    }
#else
    (void)frame, (void)i;
    return false;
#endif
}

}  // namespace catena
