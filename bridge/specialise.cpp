#include "bridge/specialise.hpp"

namespace catena {
Handler specialise_get(Plan&, Instruction&, const Value&) { return nullptr; }
Handler specialise_method(Plan&, Instruction&, const Value&, const Value*) { return nullptr; }
Handler specialise_call(Plan&, Instruction&, const Value&, const Value*) { return nullptr; }
Handler specialise_item(Plan&, Instruction&, const Value&, const Value*) { return nullptr; }
Handler specialise_set(Plan&, Instruction&, const Value&) { return nullptr; }
Handler specialise_set_item(Plan&, Instruction&, const Value&, const Value*) { return nullptr; }
}  // namespace catena
