// A thread of the program that Python waits for no longer, a daemon, may still run when the program ends. When it asks for the
// interpreter, which is going, Python ends it with pthread_exit, and that unwinds the frames of Catena below: they would
// release their references without the interpreter, and the process aborts. Such a thread waits here for the end of the process
// instead, as CPython itself has it from 3.14 on. The program's own definition comes before the C library's.
#include <Python.h>

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>

namespace {

bool python_is_ending() {
#if PY_VERSION_HEX >= 0x030d0000
    return Py_IsFinalizing() != 0;
#else
    return _Py_IsFinalizing() != 0;
#endif
}

}  // namespace

extern "C" [[noreturn]] void pthread_exit(void* result) {
    while (python_is_ending()) pause();
    if (void* const original = dlsym(RTLD_NEXT, "pthread_exit")) {
        reinterpret_cast<void (*)(void*)>(original)(result);
    }
    std::abort();
}
