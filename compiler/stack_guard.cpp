#include "compiler/stack_guard.hpp"

#include <pthread.h>

#include <cstddef>
#include <cstdint>

namespace catena {

namespace {

const char* lowest_stack_address() {
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return nullptr;
    void* lowest = nullptr;
    std::size_t size = 0;
    pthread_attr_getstack(&attributes, &lowest, &size);
    pthread_attr_destroy(&attributes);
    return static_cast<const char*>(lowest);
}

}  // namespace

const char* stack_floor_at_half() {
    thread_local const char* const lowest = lowest_stack_address();
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    const auto floor = reinterpret_cast<std::uintptr_t>(lowest);
    // Without the system's word on it, half a megabyte is there on any thread that runs a compiler.
    if (lowest == nullptr || floor > here) return reinterpret_cast<const char*>(here - 512 * 1024);
    return lowest + (here - floor) / 2;
}

}  // namespace catena
