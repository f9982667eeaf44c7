// The dispatch loop. Machine numbers, moves, jumps, calls of closures and returns are here; everything else is a call of
// an out-of-line function (slow_*.cpp, calls.cpp), so that the loop stays small enough for the compiler to keep
// `pc`, `base` and `constants` in registers.
//
// The rules that every case follows:
//  1. `pc` points behind the running instruction; its own fields are pc[-1]. At `failed` that is the one to blame.
//  2. `frame` is thread.frame. Whatever can push or pop frames is followed by RELOAD.
//  3. Any release, and any call out of the loop, can run Python code, which can re-enter the VM above this frame's
//     registers. Before it happens every register holds a valid value, and nothing is owned twice.
//  4. Registers never move, so `base` stays valid across calls out of the loop.
//  5. A Code's vectors do not change while it runs, so `constants` stays valid; only its caches are written.
//  6. Values are copied member by member: one 16-byte load of two fresh 8-byte stores would stall.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-slp-vectorize")
#endif

#include <utility>

#include "bridge/dict_cache.hpp"
#include "bridge/intrinsics.hpp"
#include "bridge/operators.hpp"
#include "bridge/truth.hpp"
#include "vm/calls.hpp"
#include "vm/chain_call.hpp"
#include "vm/exceptions.hpp"
#include "vm/fast_chain.hpp"
#include "vm/fast_globals.hpp"
#include "vm/fast_items.hpp"
#include "vm/fast_method.hpp"
#include "vm/fiber.hpp"
#include "vm/helpers.hpp"
#include "vm/module.hpp"
#include "vm/profile.hpp"
#include "vm/slow.hpp"

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

namespace catena {
namespace {

// An instruction that no Code contains, behind the last opcode of the table: an entry frame returns to it.
constexpr std::uint8_t leave_run = opcode_count;
[[maybe_unused]] constexpr Instr entry_code[] = {Instr{}, Instr{leave_run, 0, 0, 0, 0}};

}  // namespace

#ifndef CATENA_PROFILED
bool push_entry_frame(Thread& thread, Value* window, std::size_t count) {
    Value* end = window + count + 2;
    if (UNLIKELY(thread.frame + 1 >= thread.frame_limit || end > thread.value_limit)) {
        raise_too_deep();
        return false;
    }
    *++thread.frame = Frame{&entry_code[1], window, end, nullptr};
    return true;
}
#endif

#define A (pc[-1].a)
#define B (pc[-1].b)
#define C (pc[-1].c)
#define R(i) base[i]
#define K(i) constants[i]

// run_profiled.cpp compiles the loop once more, measuring.
#ifdef CATENA_PROFILED
#define NEXT()                           \
    do {                                 \
        profile_instruction(*frame, pc); \
        goto* labels[(pc++)->op];        \
    } while (0)
#else
#define NEXT() goto* labels[(pc++)->op]
#endif
#define CASE(NAME) do_##NAME

#define RELOAD()                      \
    do {                              \
        frame = thread.frame;         \
        pc = frame->pc;               \
        base = frame->base;           \
        constants = frame->constants; \
    } while (0)

// R[i] := a machine number; rule 4 of docs/vm.md says that the register holds no object.
#define SET(i, TAG, BITS)                               \
    do {                                                \
        Value& target = R(i);                           \
        target.tag = (TAG);                             \
        target.bits = static_cast<std::uint64_t>(BITS); \
    } while (0)
#define SET_REAL(i, REAL) SET(i, Tag::real, std::bit_cast<std::uint64_t>(REAL))

#define TICK()                                   \
    do {                                         \
        if (UNLIKELY(--thread.ticks < 0)) {      \
            if (!slow_tick(thread)) goto failed; \
        }                                        \
    } while (0)

// A new frame for `CODE` on the window's arguments, which goes on at `BACK` when it returns.
#define ENTER(CODE, WINDOW, BACK)             \
    do {                                      \
        frame->pc = BACK;                     \
        ++frame;                              \
        base = (WINDOW) + 1;                  \
        constants = (CODE)->constants.data(); \
        pc = (CODE)->entry;                   \
        frame->base = base;                   \
        frame->constants = constants;         \
        frame->code = (CODE);                 \
        thread.frame = frame;                 \
    } while (0)

#define BOTH(l, r, TAG) ((l).tag == (TAG) && (r).tag == (TAG))

#define OUT_OF_LINE(NAME, FUNCTION)                                    \
    CASE(NAME) : if (UNLIKELY(!FUNCTION(*frame, pc[-1]))) goto failed; \
    NEXT();

// Addresses of labels are an extension that both compilers have.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"

#ifdef CATENA_PROFILED
static Value run_measuring(Thread& thread) {
#else
Value run(Thread& thread) {
    if (UNLIKELY(profiling)) return run_profiled(thread);
#endif
    static const void* const labels[] = {
#define OP(NAME, OPERANDS, EQUATION) &&CASE(NAME),
#include "vm/opcodes.def"
#undef OP
        &&do_leave_run,
    };

    Frame* frame;
    const Instr* pc;
    Value* base;
    const Value* constants;
    Value result;            // of a call in tail position or a RETURN, on its way to `leave`
    std::size_t locals = 0;  // how many to release there
    RELOAD();
    NEXT();

    // Moving values

    CASE(CONST) : {
        const Value& k = K(B);
        const Tag tag = k.tag;
        const std::uint64_t bits = k.bits;
        if (tag == Tag::object) Py_INCREF(reinterpret_cast<PyObject*>(bits));
        SET(A, tag, bits);
        NEXT();
    }
    CASE(MISSING) : {
        SET(A, Tag::missing, 0);
        NEXT();
    }
    CASE(MOVE) : {
        const std::uint16_t b = B;
        const Tag tag = R(b).tag;
        const std::uint64_t bits = R(b).bits;
        if (tag == Tag::object) {
            if (b >= frame->code->first_temporary) {
                R(b).tag = Tag::nil;
            } else {
                Py_INCREF(reinterpret_cast<PyObject*>(bits));
            }
        }
        SET(A, tag, bits);
        NEXT();
    }
    // Only containers move: they have no finalizer that could run earlier than the end of the local's scope.
    CASE(TAKE) : {
        const std::uint16_t b = B;
        const Tag tag = R(b).tag;
        const std::uint64_t bits = R(b).bits;
        if (tag == Tag::object) {
            auto* object = reinterpret_cast<PyObject*>(bits);
            if (PyList_CheckExact(object) || PyDict_CheckExact(object) || PySet_CheckExact(object)) {
                R(b).tag = Tag::nil;
            } else {
                Py_INCREF(object);
            }
        }
        SET(A, tag, bits);
        NEXT();
    }
    CASE(STORE) : {
        const std::uint16_t b = B;
        const Tag tag = R(b).tag;
        const std::uint64_t bits = R(b).bits;
        if (tag == Tag::object) {
            if (b >= frame->code->first_temporary) {
                R(b).tag = Tag::nil;
            } else {
                Py_INCREF(reinterpret_cast<PyObject*>(bits));
            }
        }
        Value& target = R(A);
        const Tag old_tag = target.tag;
        PyObject* old = target.as_object();
        target.tag = tag;
        target.bits = bits;
        if (old_tag == Tag::object) Py_DECREF(old);
        NEXT();
    }
    CASE(CLEAR) : {
        Value* r = &R(A);
        for (std::size_t n = B; n > 0; --n, ++r) {
            if (r->tag == Tag::object) {
                r->tag = Tag::nil;
                Py_DECREF(r->as_object());
            }
        }
        NEXT();
    }
    CASE(SELF) : {
        PyObject* self = base[-1].as_object();
        Py_INCREF(self);
        SET(A, Tag::object, reinterpret_cast<std::uint64_t>(self));
        NEXT();
    }
    CASE(CAPTURE) : {
        const Value& v = reinterpret_cast<Closure*>(base[-1].as_object())->captures[B];
        const Tag tag = v.tag;
        const std::uint64_t bits = v.bits;
        if (tag == Tag::object) Py_INCREF(reinterpret_cast<PyObject*>(bits));
        SET(A, tag, bits);
        NEXT();
    }
    CASE(CAPTURE_GET) : {
        const auto* closure = reinterpret_cast<Closure*>(base[-1].as_object());
        const Value& v = reinterpret_cast<Cell*>(closure->captures[B].as_object())->content;
        const Tag tag = v.tag;
        const std::uint64_t bits = v.bits;
        if (tag == Tag::object) Py_INCREF(reinterpret_cast<PyObject*>(bits));
        if (UNLIKELY(tag == Tag::missing)) {
            if (!slow_capture_get(*frame, pc[-1])) goto failed;
        }
        SET(A, tag, bits);
        NEXT();
    }
    CASE(CAPTURE_SET) : {
        const std::uint16_t b = B;
        const auto* closure = reinterpret_cast<Closure*>(base[-1].as_object());
        Value& content = reinterpret_cast<Cell*>(closure->captures[A].as_object())->content;
        if (LIKELY(R(b).tag != Tag::object && content.tag != Tag::object)) {
            content.tag = R(b).tag;
            content.bits = R(b).bits;
            NEXT();
        }
        if (!slow_capture_set(*frame, pc[-1])) goto failed;
        NEXT();
    }
    OUT_OF_LINE(CELL_NEW, slow_cell_new)
    OUT_OF_LINE(CELL_GET, slow_cell_get)
    OUT_OF_LINE(CELL_SET, slow_cell_set)
    OUT_OF_LINE(CLOSURE, slow_closure)

    // Globals

    CASE(GLOBAL) : {
        const GlobalName& global = frame->code->globals[B];
        PyObject* dict = global.dict.get();
        if (LIKELY(dict != nullptr && global.own.still(dict))) {
            PyObject* object = global.value;
            if (LIKELY(Py_TYPE(object) == closure_type)) {
                Py_INCREF(object);
                SET(A, Tag::object, reinterpret_cast<std::uint64_t>(object));
                NEXT();
            }
            const Value v = borrow_value(object);
            SET(A, v.tag, v.bits);
            NEXT();
        }
        // A name of core or of Python's builtins, which the module does not have.
        if (LIKELY(dict != nullptr && absent_as_before(global, dict))) {
            const Value v = borrow_value(global.value);
            SET(A, v.tag, v.bits);
            NEXT();
        }
        if (UNLIKELY(!slow_global(*frame, pc[-1]))) goto failed;
        NEXT();
    }
    OUT_OF_LINE(DEF_GLOBAL, slow_def_global)
    OUT_OF_LINE(SET_GLOBAL, slow_set_global)
    OUT_OF_LINE(DEL_GLOBAL, slow_del_global)

    // Jumps

    CASE(JUMP) : {
        pc += pc[-1].d();
        NEXT();
    }
    CASE(LOOP) : {
        TICK();
        pc += pc[-1].d();
        NEXT();
    }
    CASE(JUMP_IF) : {
        const Tag tag = R(A).tag;
        if (LIKELY(tag != Tag::object)) {
            if (tag != Tag::nil && tag != Tag::no) pc += pc[-1].d();
            NEXT();
        }
        const int truth = slow_truth(*frame, pc[-1]);
        if (UNLIKELY(truth < 0)) goto failed;
        if (truth) pc += pc[-1].d();
        NEXT();
    }
    CASE(JUMP_UNLESS) : {
        const Tag tag = R(A).tag;
        if (LIKELY(tag != Tag::object)) {
            if (tag == Tag::nil || tag == Tag::no) pc += pc[-1].d();
            NEXT();
        }
        const int truth = slow_truth(*frame, pc[-1]);
        if (UNLIKELY(truth < 0)) goto failed;
        if (!truth) pc += pc[-1].d();
        NEXT();
    }
    CASE(JUMP_IF_NIL) : {
        if (R(A).tag == Tag::nil) pc += pc[-1].d();
        NEXT();
    }
    CASE(JUMP_IF_GIVEN) : {
        if (R(A).tag != Tag::missing) pc += pc[-1].d();
        NEXT();
    }

    // Arithmetic

#define ARITHMETIC_CASE(NAME, RIGHT, SIGN, OVERFLOWS, SLOW, OPERATION)      \
    CASE(NAME) : {                                                          \
        const Value& l = R(B);                                              \
        const Value& r = RIGHT;                                             \
        if (LIKELY(BOTH(l, r, Tag::integer))) {                             \
            std::int64_t out;                                               \
            if (LIKELY(!OVERFLOWS(l.as_integer(), r.as_integer(), &out))) { \
                SET(A, Tag::integer, out);                                  \
                NEXT();                                                     \
            }                                                               \
        } else if (LIKELY(BOTH(l, r, Tag::real))) {                         \
            SET_REAL(A, l.as_real() SIGN r.as_real());                      \
            NEXT();                                                         \
        }                                                                   \
        if (UNLIKELY(!SLOW(*frame, pc[-1], OPERATION))) goto failed;        \
        NEXT();                                                             \
    }
#define ARITHMETIC_CASES(NAME, SIGN, OVERFLOWS, OPERATION)               \
    ARITHMETIC_CASE(NAME, R(C), SIGN, OVERFLOWS, slow_binary, OPERATION) \
    ARITHMETIC_CASE(NAME##_K, K(C), SIGN, OVERFLOWS, slow_binary_constant, OPERATION)

    ARITHMETIC_CASES(ADD, +, __builtin_add_overflow, add)
    ARITHMETIC_CASES(SUB, -, __builtin_sub_overflow, sub)
    ARITHMETIC_CASES(MUL, *, __builtin_mul_overflow, mul)

    // A quotient of integers up to 2^53 is correctly rounded; Python divides the others exactly.
#define DIV_CASE(NAME, RIGHT, SLOW)                                                                 \
    CASE(NAME) : {                                                                                  \
        const Value& l = R(B);                                                                      \
        const Value& r = RIGHT;                                                                     \
        constexpr std::uint64_t exact = std::uint64_t{1} << 53;                                     \
        if (BOTH(l, r, Tag::real)) {                                                                \
            if (LIKELY(r.as_real() != 0.0)) {                                                       \
                SET_REAL(A, l.as_real() / r.as_real());                                             \
                NEXT();                                                                             \
            }                                                                                       \
        } else if (BOTH(l, r, Tag::integer) && r.bits != 0 && l.bits + exact <= 2 * exact &&        \
                   r.bits + exact <= 2 * exact) {                                                   \
            SET_REAL(A, static_cast<double>(l.as_integer()) / static_cast<double>(r.as_integer())); \
            NEXT();                                                                                 \
        }                                                                                           \
        if (UNLIKELY(!SLOW(*frame, pc[-1], div))) goto failed;                                      \
        NEXT();                                                                                     \
    }
    DIV_CASE(DIV, R(C), slow_binary)
    DIV_CASE(DIV_K, K(C), slow_binary_constant)
#undef DIV_CASE

    // Floored division and its remainder. Two numbers below 2^32 take the short machine division.
#define FLOOR_CASE(NAME, RIGHT, SLOW, OPERATION, SMALL, LARGE)       \
    CASE(NAME) : {                                                   \
        const Value& l = R(B);                                       \
        const Value& r = RIGHT;                                      \
        if (LIKELY(BOTH(l, r, Tag::integer))) {                      \
            const std::int64_t n = l.as_integer();                   \
            const std::int64_t m = r.as_integer();                   \
            if (LIKELY((l.bits | r.bits) >> 32 == 0 && m != 0)) {    \
                const auto small_n = static_cast<std::uint32_t>(n);  \
                const auto small_m = static_cast<std::uint32_t>(m);  \
                SET(A, Tag::integer, SMALL);                         \
                NEXT();                                              \
            }                                                        \
            if (LIKELY(static_cast<std::uint64_t>(m) + 1 > 1)) {     \
                const std::int64_t rest = n % m;                     \
                const bool apart = rest != 0 && (rest ^ m) < 0;      \
                SET(A, Tag::integer, LARGE);                         \
                NEXT();                                              \
            }                                                        \
        }                                                            \
        if (UNLIKELY(!SLOW(*frame, pc[-1], OPERATION))) goto failed; \
        NEXT();                                                      \
    }
    FLOOR_CASE(FLOORDIV, R(C), slow_binary, floordiv, small_n / small_m, n / m - (apart ? 1 : 0))
    FLOOR_CASE(FLOORDIV_K, K(C), slow_binary_constant, floordiv, small_n / small_m, n / m - (apart ? 1 : 0))
    FLOOR_CASE(MOD, R(C), slow_binary, mod, small_n % small_m, apart ? rest + m : rest)
    FLOOR_CASE(MOD_K, K(C), slow_binary_constant, mod, small_n % small_m, apart ? rest + m : rest)
#undef FLOOR_CASE

#define BITS_CASE(NAME, SIGN, OPERATION)                                    \
    CASE(NAME) : {                                                          \
        const Value& l = R(B);                                              \
        const Value& r = R(C);                                              \
        if (LIKELY(BOTH(l, r, Tag::integer))) {                             \
            SET(A, Tag::integer, l.bits SIGN r.bits);                       \
            NEXT();                                                         \
        }                                                                   \
        if (UNLIKELY(!slow_binary(*frame, pc[-1], OPERATION))) goto failed; \
        NEXT();                                                             \
    }
    BITS_CASE(BIT_AND, &, bit_and)
    BITS_CASE(BIT_OR, |, bit_or)
    BITS_CASE(BIT_XOR, ^, bit_xor)
#undef BITS_CASE

    CASE(SHIFT_RIGHT) : {
        const Value& l = R(B);
        const Value& r = R(C);
        if (LIKELY(BOTH(l, r, Tag::integer) && r.bits < 64)) {
            SET(A, Tag::integer, l.as_integer() >> r.bits);
            NEXT();
        }
        if (UNLIKELY(!slow_binary(*frame, pc[-1], shift_right))) goto failed;
        NEXT();
    }
    CASE(SHIFT_LEFT) : {
        const Value& l = R(B);
        const Value& r = R(C);
        if (LIKELY(BOTH(l, r, Tag::integer) && r.bits < 63)) {
            const auto out = static_cast<std::int64_t>(l.bits << r.bits);
            if (LIKELY(out >> r.bits == l.as_integer())) {
                SET(A, Tag::integer, out);
                NEXT();
            }
        }
        if (UNLIKELY(!slow_binary(*frame, pc[-1], shift_left))) goto failed;
        NEXT();
    }
    CASE(POW) : if (UNLIKELY(!slow_binary(*frame, pc[-1], pow))) goto failed;
    NEXT();
    CASE(MATMUL) : if (UNLIKELY(!slow_binary(*frame, pc[-1], matmul))) goto failed;
    NEXT();
    CASE(NEG) : {
        const Value& v = R(B);
        if (v.tag == Tag::real) {
            SET_REAL(A, -v.as_real());
            NEXT();
        }
        std::int64_t out;
        if (LIKELY(v.tag == Tag::integer && !__builtin_sub_overflow(std::int64_t{0}, v.as_integer(), &out))) {
            SET(A, Tag::integer, out);
            NEXT();
        }
        if (UNLIKELY(!slow_unary(*frame, pc[-1], neg))) goto failed;
        NEXT();
    }
    CASE(BIT_NOT) : {
        const Value& v = R(B);
        if (LIKELY(v.tag == Tag::integer)) {
            SET(A, Tag::integer, ~v.bits);
            NEXT();
        }
        if (UNLIKELY(!slow_unary(*frame, pc[-1], bit_not))) goto failed;
        NEXT();
    }

    // Comparison

#define COMPARE_CASE(NAME, RIGHT, SIGN, SLOW, OPERATION)                        \
    CASE(NAME) : {                                                              \
        const Value& l = R(B);                                                  \
        const Value& r = RIGHT;                                                 \
        if (LIKELY(BOTH(l, r, Tag::integer))) {                                 \
            SET(A, l.as_integer() SIGN r.as_integer() ? Tag::yes : Tag::no, 0); \
            NEXT();                                                             \
        }                                                                       \
        if (LIKELY(BOTH(l, r, Tag::real))) {                                    \
            SET(A, l.as_real() SIGN r.as_real() ? Tag::yes : Tag::no, 0);       \
            NEXT();                                                             \
        }                                                                       \
        if (UNLIKELY(!SLOW(*frame, pc[-1], OPERATION))) goto failed;            \
        NEXT();                                                                 \
    }
    // The next word's offset counts from that word.
#define BRANCH_CASE(NAME, RIGHT, SIGN, WANTED, SLOW, COMPARISON) \
    CASE(NAME) : {                                               \
        const Value& l = R(B);                                   \
        const Value& r = RIGHT;                                  \
        bool holds;                                              \
        if (LIKELY(BOTH(l, r, Tag::integer))) {                  \
            holds = l.as_integer() SIGN r.as_integer();          \
        } else if (LIKELY(BOTH(l, r, Tag::real))) {              \
            holds = l.as_real() SIGN r.as_real();                \
        } else {                                                 \
            const int truth = SLOW(*frame, pc[-1], COMPARISON);  \
            if (UNLIKELY(truth < 0)) goto failed;                \
            holds = truth != 0;                                  \
        }                                                        \
        if (holds == WANTED) {                                   \
            pc += pc->d();                                       \
        } else {                                                 \
            ++pc;                                                \
        }                                                        \
        NEXT();                                                  \
    }
#define COMPARISON_CASES(NAME, SIGN, OPERATION, COMPARISON)                      \
    COMPARE_CASE(NAME, R(C), SIGN, slow_binary, OPERATION)                       \
    COMPARE_CASE(NAME##_K, K(C), SIGN, slow_binary_constant, OPERATION)          \
    BRANCH_CASE(IF_##NAME, R(C), SIGN, true, slow_test, COMPARISON)              \
    BRANCH_CASE(IF_##NAME##_K, K(C), SIGN, true, slow_test_constant, COMPARISON) \
    BRANCH_CASE(UNLESS_##NAME, R(C), SIGN, false, slow_test, COMPARISON)         \
    BRANCH_CASE(UNLESS_##NAME##_K, K(C), SIGN, false, slow_test_constant, COMPARISON)

    COMPARISON_CASES(LT, <, lt, Py_LT)
    COMPARISON_CASES(LE, <=, le, Py_LE)
    COMPARISON_CASES(GT, >, gt, Py_GT)
    COMPARISON_CASES(GE, >=, ge, Py_GE)
    COMPARISON_CASES(EQ, ==, eq, Py_EQ)
    COMPARISON_CASES(NE, !=, ne, Py_NE)

    OUT_OF_LINE(IS, slow_is)
    CASE(NOT) : {
        const Tag tag = R(B).tag;
        if (LIKELY(tag != Tag::object)) {
            SET(A, tag == Tag::nil || tag == Tag::no ? Tag::yes : Tag::no, 0);
            NEXT();
        }
        if (UNLIKELY(!slow_not(*frame, pc[-1]))) goto failed;
        NEXT();
    }

    // Calls

    CASE(CALL) : {
        Value* window = &R(B);
        const std::size_t count = C;
        TICK();
        if (LIKELY(window->tag == Tag::object)) {
            PyObject* callee = window->as_object();
            if (LIKELY(Py_TYPE(callee) == closure_type)) {
                Code* code = reinterpret_cast<Closure*>(callee)->code;
                if (LIKELY(code->simple_arity == static_cast<std::int32_t>(count))) {
                    if (UNLIKELY(frame + 1 >= thread.frame_limit ||
                                 window + 1 + code->registers >= thread.value_limit)) {
                        raise_too_deep();
                        goto failed;
                    }
                    ENTER(code, window, pc);
                    NEXT();
                }
            } else if (LIKELY(Py_TYPE(callee) == native_type)) {
                frame->pc = pc;
                result = call_native(*reinterpret_cast<Native*>(callee), window + 1, count);
                window->tag = Tag::nil;
                Py_DECREF(callee);
                if (UNLIKELY(result.is_error())) goto failed;
                SET(A, result.tag, result.bits);
                NEXT();
            } else if (Py_TYPE(callee) == &PyCFunction_Type || callee == reinterpret_cast<PyObject*>(&PyLong_Type) ||
                       callee == reinterpret_cast<PyObject*>(&PyFloat_Type)) {
                result = call_intrinsic(callee, window + 1, count);
                if (!result.is_missing()) {
                    clear_registers(window, window + count + 1);
                    if (UNLIKELY(result.is_error())) goto failed;
                    SET(A, result.tag, result.bits);
                    NEXT();
                }
            }
        }
        frame->pc = pc;
        switch (call_window(thread, window, count, nullptr, &result)) {
            case Called::failed: goto failed;
            case Called::done: SET(A, result.tag, result.bits); NEXT();
            case Called::entered: RELOAD(); NEXT();
        }
        __builtin_unreachable();
    }
    CASE(BUILTIN_1) : {
        const Intrinsic* intrinsic = cached_intrinsic(frame->code->globals[pc[-1].x], 1);
        if (LIKELY(intrinsic != nullptr)) {
            frame->pc = pc;
            result = intrinsic->one(R(B), intrinsic->data);
            if (LIKELY(!result.is_missing())) {
                if (UNLIKELY(result.is_error())) goto failed;
                consume(*frame, B);
                SET(A, result.tag, result.bits);
                pc += pc->d();
                NEXT();
            }
        }
        ++pc;
        NEXT();
    }
    CASE(BUILTIN_2) : {
        const Intrinsic* intrinsic = cached_intrinsic(frame->code->globals[pc[-1].x], 2);
        if (LIKELY(intrinsic != nullptr)) {
            frame->pc = pc;
            result = intrinsic->two(R(B), R(C), intrinsic->data);
            if (LIKELY(!result.is_missing())) {
                if (UNLIKELY(result.is_error())) goto failed;
                consume(*frame, B);
                consume(*frame, C);
                SET(A, result.tag, result.bits);
                pc += pc->d();
                NEXT();
            }
        }
        ++pc;
        NEXT();
    }
    CASE(CALL_PAIRS) : {
        frame->pc = pc;
        TICK();
        switch (call_pairs(thread, &R(B), frame->code->call_sites[C], &result)) {
            case Called::failed: goto failed;
            case Called::done: SET(A, result.tag, result.bits); NEXT();
            case Called::entered: RELOAD(); NEXT();
        }
        __builtin_unreachable();
    }
    CASE(CALL_SPLAT) : {
        frame->pc = pc;
        TICK();
        const bool tail = (C & 1) != 0;
        locals = frame->code->first_temporary;
        switch (call_splat(thread, &R(B), &result)) {
            case Called::failed: goto failed;
            case Called::done:
                if (tail) goto leave;
                SET(A, result.tag, result.bits);
                NEXT();
            case Called::entered:
                if (tail) collapse_frame(thread, locals);
                RELOAD();
                NEXT();
        }
        __builtin_unreachable();
    }
    CASE(TAIL_CALL) : {
        Value* window = &R(B);
        const std::size_t count = C;
        locals = A;
        TICK();
        if (LIKELY(window->tag == Tag::object && Py_TYPE(window->as_object()) == closure_type)) {
            Code* code = reinterpret_cast<Closure*>(window->as_object())->code;
            if (LIKELY(code->simple_arity == static_cast<std::int32_t>(count) &&
                       base + code->registers < thread.value_limit)) {
                for (std::size_t i = 0; i < locals; ++i) {
                    if (R(i).tag == Tag::object) {
                        R(i).tag = Tag::nil;
                        Py_DECREF(R(i).as_object());
                    }
                }
                PyObject* old = base[-1].as_object();
                Value* target = base - 1;
                for (std::size_t i = 0; i <= count; ++i) {
                    const Tag tag = window[i].tag;
                    const std::uint64_t bits = window[i].bits;
                    window[i].tag = Tag::nil;
                    target[i].tag = tag;
                    target[i].bits = bits;
                }
                constants = code->constants.data();
                pc = code->entry;
                frame->constants = constants;
                frame->code = code;
                Py_DECREF(old);
                NEXT();
            }
        }
        frame->pc = pc;
        switch (call_window(thread, window, count, nullptr, &result)) {
            case Called::failed: goto failed;
            case Called::done: goto leave;
            case Called::entered:
                collapse_frame(thread, locals);
                RELOAD();
                NEXT();
        }
        __builtin_unreachable();
    }
    CASE(TAIL_CALL_PAIRS) : {
        frame->pc = pc;
        locals = A;
        TICK();
        switch (call_pairs(thread, &R(B), frame->code->call_sites[C], &result)) {
            case Called::failed: goto failed;
            case Called::done: goto leave;
            case Called::entered:
                collapse_frame(thread, locals);
                RELOAD();
                NEXT();
        }
        __builtin_unreachable();
    }
    CASE(TAIL_CHAIN) : {
        frame->pc = pc;
        TICK();
        switch (tail_chain(thread, pc[-1], &locals, &result)) {
            case Called::failed: goto failed;
            case Called::done: goto leave;
            case Called::entered:
                collapse_frame(thread, locals);
                RELOAD();
                NEXT();
        }
        __builtin_unreachable();
    }
    CASE(RETURN) : {
        Value& v = R(A);
        result.tag = v.tag;
        result.bits = v.bits;
        locals = B;
        if (result.tag == Tag::object) v.tag = Tag::nil;
    }
leave:
    for (std::size_t i = 0; i < locals; ++i) {
        if (R(i).tag == Tag::object) {
            R(i).tag = Tag::nil;
            Py_DECREF(R(i).as_object());
        }
    }
    {
        PyObject* self = base[-1].as_object();
        base[-1].tag = Tag::nil;
        --frame;
        thread.frame = frame;
        pc = frame->pc;
        base = frame->base;
        constants = frame->constants;
        SET(A, result.tag, result.bits);
        Py_DECREF(self);
        NEXT();
    }
    CASE(HELPER) : {
        // A counted loop over what is a machine integer already, which nearly all are.
        if (pc[-1].x == static_cast<std::uint8_t>(Helper::LOOP_COUNT) && R(B).tag == Tag::integer) {
            SET(A, Tag::integer, R(B).bits);
            NEXT();
        }
        if (UNLIKELY(!slow_helper(*frame, pc[-1]))) goto failed;
        NEXT();
    }
    CASE(CHAIN) : {
        frame->pc = pc;
        if (UNLIKELY(!slow_chain(*frame, pc[-1]))) goto failed;
        pc += (C + 3u) / 4u;
        NEXT();
    }
    CASE(CHAIN_METHOD) : {
        const std::size_t behind = (C + 3u) / 4u + 1;
        Plan& plan = plan_of(*frame, pc[-1]);
        frame->pc = pc;
        if (LIKELY((pc[-1].x & 1) == 0)) {
            if (plan.first.leaf) {
                if (UNLIKELY(!run_step(*frame, pc[-1], plan))) goto failed;
                pc += behind;
                NEXT();
            }
            const Instruction* method = found_method(plan, R(operand_register(pc, 0)));
            PyObject* callee = method != nullptr ? method->cache.target : nullptr;
            const bool ours = callee != nullptr && Py_TYPE(callee) == closure_type;
            Code* code = ours ? reinterpret_cast<Closure*>(callee)->code : nullptr;
            if (LIKELY(ours && code->simple_arity == static_cast<std::int32_t>(method->count) + 1)) {
                Value* window = base + frame->code->registers;
                TICK();
                if (UNLIKELY(frame + 1 >= thread.frame_limit || window + 1 + code->registers >= thread.value_limit)) {
                    raise_too_deep();
                    goto failed;
                }
                move_method_window(*frame, pc[-1], *method, callee, window);
                ++stats.method_frames;
                ENTER(code, window, pc + behind);
                NEXT();
            }
        }
        TICK();
        switch (method_chain(thread, pc[-1], pc + behind)) {
            case Called::failed: goto failed;
            case Called::done: pc += behind; NEXT();
            case Called::entered: RELOAD(); NEXT();
        }
        __builtin_unreachable();
    }
    CASE(CHAIN_STEP) : {
        frame->pc = pc;
        if (UNLIKELY(!run_step(*frame, pc[-1], plan_of(*frame, pc[-1])))) goto failed;
        pc += (C + 3u) / 4u;
        NEXT();
    }
    CASE(CHAIN_GLOBAL) : {
        frame->pc = pc;
        if (UNLIKELY(!run_global_step(*frame, pc[-1], plan_of(*frame, pc[-1])))) goto failed;
        pc += (C + 3u) / 4u;
        NEXT();
    }
    CASE(CHAIN_GET) : {
        Plan& plan = plan_of(*frame, pc[-1]);
        if (UNLIKELY(!fast_attribute(*frame, pc[-1], plan))) {
            frame->pc = pc;
            if (UNLIKELY(!run_step(*frame, pc[-1], plan))) goto failed;
        }
        ++pc;
        NEXT();
    }
    CASE(RESULT) : { NEXT(); }
    CASE(CHAIN_ITEM) : {
        const Value item = fast_item(R(operand_register(pc, 0)), R(operand_register(pc, 1)));
        if (LIKELY(!item.is_missing())) {
            put_item_result<2>(*frame, pc[-1], item);
        } else if (UNLIKELY(!slow_chain(*frame, pc[-1]))) {
            goto failed;
        }
        ++pc;
        NEXT();
    }
    CASE(CHAIN_ITEM_I) : {
        const Value item = fast_item(R(operand_register(pc, 0)), Value::integer(operand_register(pc, 1)));
        if (LIKELY(!item.is_missing())) {
            put_item_result<1>(*frame, pc[-1], item);
        } else if (UNLIKELY(!slow_chain(*frame, pc[-1]))) {
            goto failed;
        }
        ++pc;
        NEXT();
    }
    CASE(CHAIN_SET_ITEM) : {
        const Value& value = R(operand_register(pc, 2));
        if (LIKELY(fast_set_item(R(operand_register(pc, 0)), R(operand_register(pc, 1)), value))) {
            finish_set_item<3>(*frame, pc[-1], value);
        } else if (UNLIKELY(!slow_chain(*frame, pc[-1]))) {
            goto failed;
        }
        ++pc;
        NEXT();
    }
    CASE(CHAIN_SET_ITEM_I) : {
        const Value& value = R(operand_register(pc, 1));
        if (LIKELY(fast_set_item(R(operand_register(pc, 0)), Value::integer(operand_register(pc, 2)), value))) {
            finish_set_item<2>(*frame, pc[-1], value);
        } else if (UNLIKELY(!slow_chain(*frame, pc[-1]))) {
            goto failed;
        }
        ++pc;
        NEXT();
    }

    // Building

    OUT_OF_LINE(VECTOR, slow_vector)
    OUT_OF_LINE(TUPLE, slow_tuple)
    OUT_OF_LINE(LIST, slow_list)
    OUT_OF_LINE(SET, slow_set)
    OUT_OF_LINE(MAP, slow_map)
    CASE(PUSH) : {
        if (UNLIKELY(!fast_push(*frame, pc[-1]))) goto failed;
        NEXT();
    }
    OUT_OF_LINE(SPREAD, slow_spread)
    OUT_OF_LINE(EXTEND, slow_extend)
    OUT_OF_LINE(PUT, slow_put)
    OUT_OF_LINE(MERGE, slow_merge)
    OUT_OF_LINE(SLICE, slow_slice)
    OUT_OF_LINE(FORMAT, slow_format)
    OUT_OF_LINE(JOIN, slow_join)

    // Access

    CASE(GET) : {
        const Value item = fast_item(R(B), R(C));
        if (LIKELY(!item.is_missing())) {
            consume(*frame, B);
            consume(*frame, C);
            put_found(*frame, pc[-1], item);
            NEXT();
        }
        if (UNLIKELY(!slow_get(*frame, pc[-1]))) goto failed;
        NEXT();
    }
    CASE(GET_K) : {
        const Value item = fast_item(R(B), K(C));
        if (LIKELY(!item.is_missing())) {
            consume(*frame, B);
            put_found(*frame, pc[-1], item);
            NEXT();
        }
        if (UNLIKELY(!slow_get_constant(*frame, pc[-1]))) goto failed;
        NEXT();
    }
    CASE(LOOKUP) : {
        const Value item = fast_item(R(B), R(C));
        if (LIKELY(!item.is_missing())) {
            consume(*frame, C);
            put_found(*frame, pc[-1], item);
            NEXT();
        }
        if (UNLIKELY(!slow_lookup(*frame, pc[-1]))) goto failed;
        NEXT();
    }
    OUT_OF_LINE(NTH, slow_nth)
    OUT_OF_LINE(COUNT, slow_count)
    OUT_OF_LINE(CONTAINS, slow_contains)
    CASE(UNPACK) : {
        if (LIKELY(fast_unpack(*frame, pc[-1]))) NEXT();
        if (UNLIKELY(!slow_unpack(*frame, pc[-1]))) goto failed;
        NEXT();
    }

    // Iteration

    OUT_OF_LINE(ITERATE, slow_iterate)
    CASE(NEXT) : {
        Value* state = &R(B);
        if (R(A).tag == Tag::object) {
            PyObject* last = R(A).as_object();
            R(A).tag = Tag::nil;
            Py_DECREF(last);
        }
        if (state->tag == Tag::integer) {
            if (state[0].as_integer() < state[1].as_integer()) {
                SET(A, Tag::integer, state->bits);
                ++state->bits;
                ++pc;
            }
            NEXT();
        }
        if (state->tag == Tag::object && state[1].tag == Tag::integer) {
            PyObject* sequence = state->as_object();
            const std::uint64_t index = state[1].bits;
            if (LIKELY(PyList_CheckExact(sequence))) {
                if (index < static_cast<std::uint64_t>(PyList_GET_SIZE(sequence))) {
                    state[1].bits = index + 1;
                    const Value item = borrow_value(PyList_GET_ITEM(sequence, static_cast<Py_ssize_t>(index)));
                    SET(A, item.tag, item.bits);
                    ++pc;
                }
                NEXT();
            }
        }
        const int more = slow_next(*frame, pc[-1]);
        if (UNLIKELY(more < 0)) goto failed;
        pc += more;
        NEXT();
    }
    CASE(COUNT_UP) : {
        Value& counter = R(A);
        ++counter.bits;
        if (counter.as_integer() < R(B).as_integer()) {
            TICK();
            pc += pc->d();
        } else {
            ++pc;
        }
        NEXT();
    }

    // Exceptions

    CASE(THROW) : slow_throw(*frame, pc[-1]);
    goto failed;
    CASE(RERAISE) : slow_reraise(*frame, pc[-1]);
    goto failed;
    CASE(RAISE_CURRENT) : slow_raise_current();
    goto failed;
    CASE(HANDLE) : slow_handle(*frame, pc[-1]);
    NEXT();
    CASE(UNHANDLE) : slow_unhandle(*frame, pc[-1]);
    NEXT();
    OUT_OF_LINE(EXCEPTION_MATCHES, slow_exception_matches)

    // Generators

    CASE(YIELD) : {
        const Value yielded = take(*frame, B);
        return suspend(thread, pc, false, yielded);
    }
    CASE(YIELD_FROM) : {
        Value out;
        switch (yield_from(thread, pc[-1], &out)) {
            case Delegated::failed: goto failed;
            case Delegated::finished: NEXT();
            case Delegated::yielded: return suspend(thread, pc - 1, true, out);
        }
        __builtin_unreachable();
    }
    OUT_OF_LINE(AWAITABLE, slow_awaitable)
    OUT_OF_LINE(ASYNC_ITERATE, slow_async_iterate)
    OUT_OF_LINE(ASYNC_NEXT, slow_async_next)

do_leave_run : {
    result.tag = base[0].tag;
    result.bits = base[0].bits;
    base[0].tag = Tag::nil;
    thread.frame = frame - 1;
    return result;
}

failed:
    if (resume.at != nullptr) {
        const Resume at = std::exchange(resume, {});
        pc = at.at;
        if (LIKELY(!at.leaves)) NEXT();
        result.tag = R(pc->a).tag;
        result.bits = R(pc->a).bits;
        R(pc->a).tag = Tag::nil;
        locals = released_locals(*frame->code, *pc);
        goto leave;
    }
    if (!unwind(thread, pc)) return Value::error();
    RELOAD();
    NEXT();
}

#pragma GCC diagnostic pop

}  // namespace catena
