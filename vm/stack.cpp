#include "vm/stack.hpp"

#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <memory>
#include <new>

#include "vm/vm.hpp"

namespace catena {
namespace {

constexpr std::size_t default_recursion_limit = 200'000;
constexpr std::size_t least_reserved_frames = 110'000;
constexpr std::size_t reserved_frames = std::size_t{1} << 22;
constexpr std::size_t least_reserved_values = std::size_t{1} << 21;
constexpr std::size_t reserved_values = std::size_t{1} << 26;

// More than the registers of one frame: a window that begins below the limit ends in addresses that are ours.
constexpr std::size_t register_slack = 0x20000;

std::size_t frame_count_limit = default_recursion_limit;

// Addresses without memory behind them yet. A system that counts reservations may refuse the large ones: take less.
template <class T>
T* reserve(std::size_t most, std::size_t least, std::size_t* count) {
    for (std::size_t n = most; n >= least; n /= 2) {
        void* memory =
            mmap(nullptr, n * sizeof(T), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory != MAP_FAILED) {
            *count = n;
            return static_cast<T*>(memory);
        }
    }
    return nullptr;
}

// What code without checks of its own may use of the C stack between two of ours: a part of a small thread's stack, but
// enough on an ordinary one for deep C functions (sorting, regular expressions, printing).
const char* lowest_allowed_address() {
    pthread_attr_t attributes;
    void* lowest = nullptr;
    std::size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
        pthread_attr_getstack(&attributes, &lowest, &size);
        pthread_attr_destroy(&attributes);
    }
    const char* here = static_cast<const char*>(__builtin_frame_address(0));
    if (lowest == nullptr || size == 0) return here - 256 * 1024;
    // An unlimited main stack: what lies below may belong to others, so be content with what is customary.
    const std::size_t used_size = std::min<std::size_t>(size, std::size_t{256} << 20);
    const char* end = static_cast<const char*>(lowest) + size;
    const std::size_t margin = std::clamp<std::size_t>(used_size / 4, 24 * 1024, 512 * 1024);
    return end - used_size + margin;
}

void set_frame_limit(Thread& thread) {
    const auto reserved = static_cast<std::size_t>(thread.frames_end - thread.frames);
    // Two frames more than the limit: the bottom one, and the entry frame of the first call.
    thread.frame_limit = thread.frames + std::min(reserved, frame_count_limit + 2);
    if (thread.host_limit != nullptr) thread.frame_limit = std::min(thread.frame_limit, thread.host_limit);
}

// Ends a thread's stack together with the thread: later than its thread_local objects, whose end may run Catena, and once more
// when what comes still later runs Catena again.
void end_stack(void* thread) {
    running_thread = nullptr;
    delete static_cast<Thread*>(thread);
}

bool end_with_this_thread(Thread* thread) {
    static pthread_key_t key;
    static const bool made = pthread_key_create(&key, end_stack) == 0;
    return made && pthread_setspecific(key, thread) == 0;
}

}  // namespace

Thread::~Thread() {
    if (frames != nullptr) munmap(frames, static_cast<std::size_t>(frames_end - frames) * sizeof(Frame));
    if (values != nullptr) munmap(values, static_cast<std::size_t>(values_end - values) * sizeof(Value));
}

Thread* make_thread() {
    std::unique_ptr<Thread> thread(new (std::nothrow) Thread);
    if (thread == nullptr) {
        PyErr_NoMemory();
        return nullptr;
    }
    std::size_t frame_count = 0;
    std::size_t value_count = 0;
    thread->frames = reserve<Frame>(reserved_frames, least_reserved_frames, &frame_count);
    thread->frames_end = thread->frames + frame_count;
    thread->values = reserve<Value>(reserved_values, least_reserved_values, &value_count);
    if (thread->frames == nullptr || thread->values == nullptr) {
        PyErr_NoMemory();
        return nullptr;
    }
    thread->values_end = thread->values + value_count;
    thread->value_limit = thread->values_end - register_slack;
    set_frame_limit(*thread);
    thread->frame = thread->frames;
    *thread->frame = Frame{nullptr, thread->values, thread->values, nullptr};
    thread->ticks = ticks_between;
    thread->c_stack_limit = lowest_allowed_address();
    if (!end_with_this_thread(thread.get())) {
        PyErr_NoMemory();
        return nullptr;
    }
    running_thread = thread.release();
    return running_thread;
}

void set_host_limit(Thread& thread, Frame* limit) {
    thread.host_limit = limit;
    set_frame_limit(thread);
}

void raise_too_deep() { PyErr_SetString(PyExc_RecursionError, "maximum recursion depth exceeded"); }

void set_recursion_limit(std::size_t frames) {
    frame_count_limit = std::clamp<std::size_t>(frames, 16, reserved_frames - 2);
    if (running_thread != nullptr) set_frame_limit(*running_thread);
}

std::size_t recursion_limit() { return frame_count_limit; }

}  // namespace catena
