#include "bridge/items.hpp"
#include "vm/access.hpp"
#include "vm/core_access.hpp"
#include "vm/slow.hpp"

namespace catena {
namespace {

// Writes R[a] after the operands have been given up. A destination that is an operand of the same instruction holds
// nothing any more only when that operand was consumed; otherwise what it held is released last.
bool finish(Frame& frame, const Instr& i, Value result) {
    if (result.is_error()) return false;
    const Value old = frame.base[i.a];
    frame.base[i.a] = result;
    old.release();
    return true;
}

}  // namespace

bool slow_get(Frame& frame, const Instr& i) {
    const Value result = get_or_default(frame.base[i.b], frame.base[i.c], Value::nil());
    if (result.is_error()) return false;
    consume(frame, i.b);
    consume(frame, i.c);
    return finish(frame, i, result);
}

bool slow_get_constant(Frame& frame, const Instr& i) {
    const Value result = get_or_default(frame.base[i.b], frame.constants[i.c], Value::nil());
    if (result.is_error()) return false;
    consume(frame, i.b);
    return finish(frame, i, result);
}

bool slow_lookup(Frame& frame, const Instr& i) {
    const Value result = get_or_default(frame.base[i.b], frame.base[i.c], Value::missing());
    if (result.is_error()) return false;
    consume(frame, i.c);
    return finish(frame, i, result);
}

bool slow_nth(Frame& frame, const Instr& i) {
    const Value result = nth(frame.base[i.b], frame.base[i.c]);
    if (result.is_error()) return false;
    consume(frame, i.b);
    consume(frame, i.c);
    return finish(frame, i, result);
}

bool slow_count(Frame& frame, const Instr& i) {
    const Value result = count(frame.base[i.b]);
    if (result.is_error()) return false;
    consume(frame, i.b);
    return finish(frame, i, result);
}

bool slow_contains(Frame& frame, const Instr& i) {
    const Value result = contains_value(frame.base[i.b], frame.base[i.c]);
    if (result.is_error()) return false;
    consume(frame, i.b);
    consume(frame, i.c);
    return finish(frame, i, result);
}

bool slow_unpack(Frame& frame, const Instr& i) {
    // The operand may be one of the registers that are written, so it is held apart.
    const Value iterable = take(frame, i.b);
    const int failed = unpack(iterable, frame.base + i.a, i.c, i.x == 1);
    iterable.release();
    return failed == 0;
}

}  // namespace catena
