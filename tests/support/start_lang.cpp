#include <Python.h>

#include "lang/types.hpp"
#include "tests/support/start.hpp"

bool catena::tests::start_floors() {
    if (catena::init_types()) return true;
    PyErr_Print();
    return false;
}
