// Arrays over shared memory, and the natives of the module `bridge`.
#include "bridge/buffer.hpp"
#include "bridge/stats.hpp"
#include "lang/keyword.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"

namespace catena {

namespace {

Value view_as_nd(Value* a, std::size_t n) {
    const Ref buffer = boxed(a[0]);
    const Ref shape = n > 1 ? boxed(a[1]) : Ref();
    const Ref dtype = n > 2 ? boxed(a[2]) : Ref();
    return buffer ? own(as_nd(buffer.get(), shape.get(), dtype.get())) : Value::error();
}

constexpr NativeSpec array_table[] = {
    {"as-nd", "[buffer &opt shape dtype]",
     "A NumPy array over the memory of a buffer, no copy; ValueError where size, dtype or alignment do not "
     "fit.\n"
     "(. (as-nd (float32array [1 2 3 4]) [2 2]) (tolist)) => [[1.0 2.0] [3.0 4.0]]",
     view_as_nd, nullptr, 1, 3},
};

Value read_stats(Value*, std::size_t) {
    Ref made = steal(PyDict_New());
    bool done = static_cast<bool>(made);
    each_stat(stats, [&](std::string_view name, std::uint64_t count) {
        const Ref key = done ? make_keyword(name) : Ref();
        const Ref number = key ? steal(PyLong_FromUnsignedLongLong(count)) : Ref();
        done = number && PyDict_SetItem(made.get(), key.get(), number.get()) == 0;
    });
    return done ? own(std::move(made)) : Value::error();
}

Value zero_stats(Value*, std::size_t) {
    reset_stats();
    return Value::nil();
}

Value open_zero_copy(Value*, std::size_t) {
    enter_zero_copy();
    return Value::nil();
}

Value close_zero_copy(Value*, std::size_t) {
    leave_zero_copy();
    return Value::nil();
}

constexpr NativeSpec bridge_table[] = {
    {"stats", "[]",
     "A map of the bridge's counters: executed chains, their steps, cache hits and misses, round trips, bytes "
     "copied and shared.\n"
     "(int? (:chains (bridge/stats))) => true",
     read_stats, nullptr, 0, 0},
    {"reset-stats", "[]", "Sets the counters to zero.\n(bridge/reset-stats) => nil", zero_stats, nullptr, 0, 0},
    {"enter-zero-copy", "[]",
     "From here on every copy that the bridge would make is an error; with-zero-copy calls it.\n"
     "(do (bridge/enter-zero-copy) (bridge/leave-zero-copy)) => nil",
     open_zero_copy, nullptr, 0, 0},
    {"leave-zero-copy", "[]",
     "Ends what enter-zero-copy began.\n"
     "(do (bridge/enter-zero-copy) (bridge/leave-zero-copy)) => nil",
     close_zero_copy, nullptr, 0, 0},
};

}  // namespace

std::span<const NativeSpec> array_natives() { return array_table; }
std::span<const NativeSpec> bridge_natives() { return bridge_table; }

}  // namespace catena
