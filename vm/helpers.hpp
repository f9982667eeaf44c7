// The enum of helpers made from vm/helpers.def, and their table.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridge/value.hpp"

namespace catena {

enum class Helper : std::uint8_t {
#define H(NAME, COUNT, EQUATION) NAME,
#include "vm/helpers.def"
#undef H
};

// A helper gets its window borrowed and answers an owned Value or Value::error(), as natives do.
using HelperFunction = Value (*)(Value* window, std::size_t count);

struct HelperRow {
    const char* name;
    int count;  // -1: any number
    HelperFunction function;
};

extern const HelperRow helper_table[];

}  // namespace catena
