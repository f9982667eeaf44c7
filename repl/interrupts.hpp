// Ctrl-C in a session. SIGINT stops what runs and ends what is typed; between these there is nothing that it could stop, and an
// exception there would end the session. Which of the three it is changes in C++ alone, where Python runs no handler: no
// KeyboardInterrupt finds a place between two inputs.
#pragma once

#include <csignal>

#include "bridge/result.hpp"

namespace catena {

// From now on SIGINT does nothing but where `Interruptible` stands. The handler that there was is the one for what runs. To be
// called with the GIL by the main thread; does nothing the second time, nor where SIGINT belongs to a host.
[[nodiscard]] Result<void> hold_interrupts();

// Gives SIGINT back, for what the program does at its end.
void release_interrupts();

// As long as it lives SIGINT means something, if it is held at all: without a meaning it is what it is to any program, a
// KeyboardInterrupt or what the program has last made of it with signal.signal; else meaning(number, frame) is called. One may
// live within another. Other threads than the main one change nothing. Borrows the meaning. Keeps the error indicator.
class Interruptible {
public:
    explicit Interruptible(PyObject* meaning = nullptr);
    ~Interruptible();
    Interruptible(const Interruptible&) = delete;
    Interruptible& operator=(const Interruptible&) = delete;

private:
    PyObject* before_;  // what was meant around it
    bool counts_;
};

// Whether there was an interrupt, since this was asked last, that has found nothing to stop or was noted here.
void note_interrupt();
[[nodiscard]] bool interrupt_noted();

// A meaning for what should be done at once: a Ctrl-C is dropped, unless that takes longer than a second. Empty: an error is set.
[[nodiscard]] Ref impatience();

// Has a SIGINT wait as long as it lives: for the time in which Python starts, when it would only leave things half made.
class InterruptsWait {
public:
    InterruptsWait();
    ~InterruptsWait();
    InterruptsWait(const InterruptsWait&) = delete;
    InterruptsWait& operator=(const InterruptsWait&) = delete;

private:
    sigset_t before_;
};

}  // namespace catena
