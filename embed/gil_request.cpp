#include "embed/gil_request.hpp"

#include <Python.h>

#include <atomic>
#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace catena::inline v1::detail {

#if PY_VERSION_HEX >= 0x030b0000 && PY_VERSION_HEX < 0x030c0000

namespace {

// The beginning of CPython 3.11's PyInterpreterState, to what asks the loop that evaluates Python for something.
struct InterpreterLayout {
    void* next;
    std::uint64_t threads[4];
    void* runtime;
    std::int64_t id, references;
    int counts_references;
    void* id_lock;
    int initialized, finalizing;
    bool is_static;
    alignas(void*) int recursion_limit;
    int anything_asked;
    int gil_asked;
};

std::atomic<InterpreterLayout*> interpreter = nullptr;

// Whether this is the layout of the CPython that runs: the limit of recursion is where it ought to be, and changes when it is changed.
bool fits(const volatile InterpreterLayout& layout) {
    const int limit = Py_GetRecursionLimit();
    if (layout.id != 0 || layout.recursion_limit != limit) return false;
    Py_SetRecursionLimit(limit + 1);
    const bool follows = layout.recursion_limit == limit + 1;
    Py_SetRecursionLimit(limit);
    return follows && layout.recursion_limit == limit;
}

void pause() noexcept {
#if defined(__x86_64__)
    _mm_pause();
#endif
}

}  // namespace

void prepare_gil_requests() {
    if (interpreter.load() != nullptr) return;
    auto* layout = reinterpret_cast<InterpreterLayout*>(PyInterpreterState_Main());
    if (fits(*layout)) interpreter = layout;
}

void ask_for_gil() noexcept {
    InterpreterLayout* const layout = interpreter.load(std::memory_order_relaxed);
    if (layout == nullptr || _PyThreadState_UncheckedGet() == nullptr) return;
    const std::atomic_ref<int> gil(layout->gil_asked), anything(layout->anything_asked);
    gil.store(1, std::memory_order_relaxed);
    // Python code sees it within a fraction of a microsecond, and a request is taken back as it is granted. Sleeping until then
    // would take longer than that, except where the other thread is not running at all.
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::microseconds{10};
    do {
        for (int i = 0; i < 8; ++i) pause();
        if (gil.load(std::memory_order_relaxed) == 0) return;
        // Another thread that took the GIL just now may have cleared it.
        anything.store(1, std::memory_order_relaxed);
    } while (Clock::now() < end);
}

#else

void prepare_gil_requests() {}
void ask_for_gil() noexcept {}

#endif

}  // namespace catena::inline v1::detail
