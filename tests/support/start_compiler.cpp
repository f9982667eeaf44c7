#include <Python.h>

#include "compiler/compile.hpp"
#include "lang/types.hpp"
#include "tests/support/start.hpp"
#include "vm/vm.hpp"

bool catena::tests::start_floors() {
    if (catena::init_types() && catena::init_vm() && catena::init_compiler()) return true;
    PyErr_Print();
    return false;
}
