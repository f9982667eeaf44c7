// What Catena keeps for a thread of the host between its calls.
#pragma once

#include <Python.h>

#include <cstddef>

#include <catena/object.hpp>

namespace catena::inline v1::detail {

// What a thread gave up without holding the GIL, which is more work than most calls: until it holds it again.
class GivenUp {
public:
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    // Takes both over; false when there is no room.
    bool add(PyObject* object, Context* context) noexcept {
        if (count_ == most) return false;
        entries_[count_++] = {object, context};
        return true;
    }
    // With the GIL.
    void drop_all() noexcept {
        while (count_ != 0) {
            const auto [object, context] = entries_[--count_];
            Py_DECREF(object);
            drop(context);
        }
    }

private:
    static constexpr std::size_t most = 16;
    struct {
        PyObject* object = nullptr;
        Context* context = nullptr;
    } entries_[most];
    std::size_t count_ = 0;
};

// A thread whose state lasts until the thread or Python ends: the GIL is taken and asked after without looking the state up.
struct HostThread {
    PyThreadState* state = nullptr;
    GivenUp given_up = {};
    HostThread* next = nullptr;  // of those that have ended
};

// The calling thread; null: not looked for yet, or its state is somebody else's, who may end it between two calls.
extern constinit thread_local HostThread* this_host_thread [[gnu::visibility("hidden")]];

// Sets it, where it can be set. A thread that is not Python's gets a state here, and keeps it until it ends: making one takes ten
// times as long as a call, and what Python keeps for each thread (threading.local, NumPy's error state) would be gone between
// two calls. The state is ended by a thread of its own, soon after: the dying one takes no GIL, since who waits for its end
// may hold it.
void find_host_thread() noexcept;

}  // namespace catena::inline v1::detail
