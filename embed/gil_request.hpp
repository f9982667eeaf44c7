// Asking for the GIL without waiting first.
#pragma once

namespace catena::inline v1::detail {

// With the GIL held, before the first of these. Where CPython is none whose requests are known, there are none.
void prepare_gil_requests();

// Makes whoever holds the GIL let it go at its next chance, and waits a few microseconds for that. CPython itself asks only when it has
// waited for the switch interval (5 ms). The caller does not hold the GIL and must take it next: who lets go on request stands
// still until another thread has it.
void ask_for_gil() noexcept;

}  // namespace catena::inline v1::detail
