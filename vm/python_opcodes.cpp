#include "vm/python_opcodes.hpp"

#include <opcode.h>

namespace catena {

const PythonOpcodes python_opcodes{LOAD_CONST, RETURN_VALUE, NOP};

}  // namespace catena
