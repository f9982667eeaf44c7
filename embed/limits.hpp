// The calls that run in interpreters, and the limits that hold for them. Everything here needs the GIL.
#pragma once

#include <Python.h>

#include <cstddef>
#include <memory>

#include <catena/limits.hpp>
#include "embed/host_class.hpp"
#include "embed/output.hpp"

namespace catena::inline v1::detail {

struct Call;

// What the values of one interpreter share: its limits, the host's classes and outputs, and the calls that run in it.
struct Context {
    Limits limits;
    HostClasses classes;
    Outputs outputs;
    Call* calls = nullptr;  // in all threads
    std::size_t users = 0;  // who keep() it; the last one that drops it ends it
};

// One call under its context's limits, from begin to destruction in one thread. Calls within it, of other interpreters, may have
// limits of their own.
class LimitedCall;
struct DropLimitedCall {
    void operator()(LimitedCall* call) const noexcept;
};
using LimitedCallHandle = std::unique_ptr<LimitedCall, DropLimitedCall>;
[[nodiscard]] LimitedCallHandle begin_limited_call(const Limits& limits) noexcept;

// Lets Python code run again in this thread, which is leaving a script that had to be ended the hard way.
void calm_down() noexcept;
// Whether a limit stopped the innermost call of this thread. Its error is set then, whatever the script made of it.
[[nodiscard]] bool raise_if_stopped();

// Ends a call, which runs in that thread, with a KeyboardInterrupt. To be forgotten when the call is over.
void interrupt(const Call& call, PyThreadState* thread) noexcept;
void forget_interrupt(const Call& call) noexcept;
// Drops the exception that another thread has sent to this one, if it is still on its way.
void drop_sent_exception() noexcept;

// Readies the exceptions, and what counts memory. False with an error set.
[[nodiscard]] bool prepare_limits(const Limits& limits);

}  // namespace catena::inline v1::detail
