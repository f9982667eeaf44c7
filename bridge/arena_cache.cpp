#include "bridge/arena_cache.hpp"

#include <array>

#include "bridge/ref.hpp"

namespace catena {
namespace {

// Under the GIL, as all of Python's allocator for small objects is.
class ArenaCache {
public:
    explicit ArenaCache(const PyObjectArenaAllocator& system) : system_(system) {}

    static void* take(void* self, std::size_t size) { return static_cast<ArenaCache*>(self)->allocate(size); }
    static void give(void* self, void* arena, std::size_t size) { static_cast<ArenaCache*>(self)->free(arena, size); }

private:
    void* allocate(std::size_t size) {
        if (count_ > 0 && size == size_) return kept_[--count_];
        return system_.alloc(system_.ctx, size);
    }
    void free(void* arena, std::size_t size) {
        if (count_ == 0) size_ = size;
        if (size == size_ && count_ < kept_.size()) {
            kept_[count_++] = arena;
        } else {
            system_.free(system_.ctx, arena, size);
        }
    }

    PyObjectArenaAllocator system_;
    std::array<void*, 32> kept_{};
    std::size_t count_ = 0;
    std::size_t size_ = 0;
};

}  // namespace

void keep_empty_arenas() {
    PyObjectArenaAllocator system;
    PyObject_GetArenaAllocator(&system);
    // Python frees arenas until the very end of the process.
    static ArenaCache* const cache = new ArenaCache(system);
    PyObjectArenaAllocator keeping{cache, ArenaCache::take, ArenaCache::give};
    PyObject_SetArenaAllocator(&keeping);
}

}  // namespace catena
