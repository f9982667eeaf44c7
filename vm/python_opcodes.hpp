// The two bytes of machine code for CPython that a code object of ours needs. CPython names its opcodes with macros
// that would take our own names, so they stay in their own source file.
#pragma once

namespace catena {

struct PythonOpcodes {
    unsigned char load_constant;
    unsigned char return_value;
    unsigned char no_operation;
};
extern const PythonOpcodes python_opcodes;

}  // namespace catena
