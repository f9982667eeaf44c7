// The counters behind (bridge/stats): plain integers of this process, changed under the GIL.
#pragma once

#include <cstdint>
#include <string_view>

namespace catena {

struct Stats {
    std::uint64_t items = 0;          // chains of one item step that the VM did itself; the next three leave them out
    std::uint64_t method_frames = 0;  // chains of one method call that got a frame; the next three leave them out too
    std::uint64_t attributes = 0;     // chains of one `get` that the VM did itself; the next three leave them out too
    // Chains that are one instruction of two steps, or of three, run by the VM; the next three leave them out too.
    std::uint64_t single[4] = {};
    std::uint64_t chains = 0;          // executed chains, those that an intrinsic replaced included
    std::uint64_t steps = 0;           // steps of executed chains
    std::uint64_t cache_hits = 0;      // lookups that an inline cache answered
    std::uint64_t cache_misses = 0;    // lookups that went the long way
    std::uint64_t round_trips = 0;     // messages to another process that were answered
    std::uint64_t bytes_copied = 0;    // copied by the bridge itself
    std::uint64_t bytes_shared = 0;    // made visible on the other side without a copy
    std::uint64_t array_programs = 0;  // runs of elementwise operations that were evaluated together
    std::uint64_t array_steps = 0;     // the operations in them
};

inline Stats stats;

inline void reset_stats() { stats = Stats{}; }

// The counters by the names that programs see, in this order: `see("cache-hits", 12)`.
template <class See>
void each_stat(const Stats& s, See see) {
    see(std::string_view("chains"), s.chains + s.items + s.attributes + s.method_frames + s.single[2] + s.single[3]);
    see(std::string_view("steps"),
        s.steps + 2 * (s.items + s.attributes + s.single[2]) + 3 * (s.method_frames + s.single[3]));
    see(std::string_view("cache-hits"), s.cache_hits + s.items + s.attributes + s.method_frames);
    see(std::string_view("cache-misses"), s.cache_misses);
    see(std::string_view("round-trips"), s.round_trips);
    see(std::string_view("bytes-copied"), s.bytes_copied);
    see(std::string_view("bytes-shared"), s.bytes_shared);
    see(std::string_view("array-programs"), s.array_programs);
    see(std::string_view("array-steps"), s.array_steps);
}

}  // namespace catena
