#include "embed/memory_gauge.hpp"

#include <Python.h>
#include <malloc.h>

#include <cstdlib>
#include <utility>

namespace catena::inline v1::detail {

constinit thread_local MemoryGauge* memory_gauge = nullptr;

namespace {

// Python reports an error with small blocks, so these get a little more than large ones.
constexpr std::size_t small_block = 64 * 1024;

bool refused(std::size_t size) {
    const MemoryGauge* gauge = memory_gauge;
    if (gauge == nullptr) return false;
    const std::ptrdiff_t slack = size <= small_block ? gauge->limit / 16 + (std::ptrdiff_t{1} << 20) : 0;
    return static_cast<std::ptrdiff_t>(size) > gauge->limit + slack - gauge->held;
}

void add(std::ptrdiff_t bytes) {
    if (memory_gauge != nullptr) memory_gauge->held += bytes;
}

std::ptrdiff_t size_of(void* block) { return static_cast<std::ptrdiff_t>(malloc_usable_size(block)); }

void* taken(void* block) {
    if (block != nullptr && memory_gauge != nullptr) memory_gauge->held += size_of(block);
    return block;
}

// Python's blocks of more than 512 bytes, which its own allocator passes on. `raw` is what it used before.
PyMemAllocatorEx raw;

void* raw_malloc(void*, std::size_t size) { return refused(size) ? nullptr : taken(raw.malloc(raw.ctx, size)); }

void* raw_calloc(void*, std::size_t count, std::size_t size) {
    std::size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || refused(bytes)) return nullptr;
    return taken(raw.calloc(raw.ctx, count, size));
}

void* raw_realloc(void*, void* block, std::size_t size) {
    if (memory_gauge == nullptr) return raw.realloc(raw.ctx, block, size);
    const std::ptrdiff_t before = block != nullptr ? size_of(block) : 0;
    if (static_cast<std::ptrdiff_t>(size) > before && refused(size - static_cast<std::size_t>(before))) return nullptr;
    void* moved = raw.realloc(raw.ctx, block, size);
    if (moved != nullptr) add(size_of(moved) - before);
    return moved;
}

void raw_free(void*, void* block) {
    if (memory_gauge != nullptr && block != nullptr) memory_gauge->held -= size_of(block);
    raw.free(raw.ctx, block);
}

// Where its small blocks lie.
PyObjectArenaAllocator arenas;

void* arena_alloc(void*, std::size_t size) {
    if (refused(size > small_block ? small_block : size)) return nullptr;
    void* arena = arenas.alloc(arenas.ctx, size);
    if (arena != nullptr) add(static_cast<std::ptrdiff_t>(size));
    return arena;
}

void arena_free(void*, void* arena, std::size_t size) {
    add(-static_cast<std::ptrdiff_t>(size));
    arenas.free(arenas.ctx, arena, size);
}

// NumPy asks a handler for the elements of its arrays, and each array keeps the one that it was made with (NEP 49).
void* data_malloc(void*, std::size_t size) { return refused(size) ? nullptr : taken(std::malloc(size)); }

void* data_calloc(void*, std::size_t count, std::size_t size) {
    std::size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || refused(bytes)) return nullptr;
    return taken(std::calloc(count, size));
}

void* data_realloc(void*, void* block, std::size_t size) {
    const std::ptrdiff_t before = block != nullptr ? size_of(block) : 0;
    if (static_cast<std::ptrdiff_t>(size) > before && refused(size - static_cast<std::size_t>(before))) return nullptr;
    void* moved = std::realloc(block, size);
    if (moved != nullptr) add(size_of(moved) - before);
    return moved;
}

void data_free(void*, void* block, std::size_t) {
    if (memory_gauge != nullptr && block != nullptr) memory_gauge->held -= size_of(block);
    std::free(block);
}

constinit ArrayHandler array_counting = {"catena limit", 1, nullptr, data_malloc, data_calloc, data_realloc, data_free};
Ref* counting_handler = nullptr;  // for ever; null: no NumPy

bool prepare_arrays() {
    if (counting_handler != nullptr) return true;
    const Ref numpy = steal(PyImport_ImportModule("numpy"));
    if (!numpy) {
        if (!PyErr_ExceptionMatches(PyExc_ImportError)) return false;
        PyErr_Clear();
        return true;
    }
    Ref handler = array_handler(array_counting);
    if (!handler) {
        PyErr_SetString(PyExc_RuntimeError, "memory cannot be limited with this NumPy, whose arrays cannot be counted");
        return false;
    }
    counting_handler = new Ref(std::move(handler));
    return true;
}

}  // namespace

bool install_memory_gauge() {
    static bool installed = false;
    if (installed) return true;
    PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &raw);
    if (raw.ctx != nullptr) {
        // tracemalloc, or the allocators with checks: their blocks are not the C library's.
        PyErr_SetString(PyExc_RuntimeError, "memory cannot be limited under the debugging allocators of this Python");
        return false;
    }
    if (!prepare_arrays()) return false;
    PyMemAllocatorEx counting = {nullptr, raw_malloc, raw_calloc, raw_realloc, raw_free};
    for (const PyMemAllocatorDomain domain : {PYMEM_DOMAIN_MEM, PYMEM_DOMAIN_OBJ}) {
        PyMemAllocatorEx other;
        PyMem_GetAllocator(domain, &other);
        if (other.malloc == raw.malloc) PyMem_SetAllocator(domain, &counting);  // a Python without pymalloc
    }
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &counting);
    PyObject_GetArenaAllocator(&arenas);
    PyObjectArenaAllocator counted = {nullptr, arena_alloc, arena_free};
    PyObject_SetArenaAllocator(&counted);
    installed = true;
    return true;
}

CountArrays::CountArrays() : handler_(counting_handler != nullptr ? *counting_handler : Ref()) {}

}  // namespace catena::inline v1::detail
