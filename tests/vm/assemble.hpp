// Codes by hand, for tests of the VM that want no compiler.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "bridge/value.hpp"
#include "vm/closure.hpp"
#include "vm/opcodes.hpp"
#include "vm/vm.hpp"

namespace catena::tests {

class Assembler {
public:
    explicit Assembler(const char* name, std::uint16_t parameters = 0);

    // Fields
    Assembler& locals(std::uint16_t count);
    Assembler& registers(std::uint16_t count);
    Assembler& kind(FunctionKind kind);
    std::uint16_t constant(Value v);  // takes it over
    std::uint16_t global(const char* name);
    std::uint16_t inner(Assembler& function);
    std::uint16_t chain(const char* text);
    Assembler& capture(bool from_register, std::uint16_t index);
    Assembler& handler(Handler handler);

    // Instructions; the answer of `here` is the index of the next one.
    Assembler& op(Op op, unsigned a = 0, unsigned b = 0, unsigned c = 0, unsigned x = 0);
    Assembler& jump(Op op, unsigned a, std::int32_t to);  // an absolute target
    Assembler& word(std::int32_t to);                     // the word after a comparison or COUNT_UP
    Assembler& operands(std::initializer_list<std::uint16_t> registers);
    [[nodiscard]] std::int32_t here() const;

    [[nodiscard]] Code& code() { return *code_of(object_.get()); }
    [[nodiscard]] PyObject* object() const { return object_.get(); }
    // The function, stored as a global under its name when `define` is set.
    [[nodiscard]] Ref function(bool define = false);

private:
    Ref object_;
};

// The module of all assembled code, `__catena_tests__`, borrowed.
[[nodiscard]] PyObject* test_module();

[[nodiscard]] Value str(const char* text);
// The Python expression's value, in the dict of the test module.
[[nodiscard]] Ref python(const char* expression);
void run_python(const char* statements);
// The value as Python's repr, and then released; an error as "TypeError: message", and then cleared.
[[nodiscard]] std::string shown(Value v);
[[nodiscard]] std::string shown(PyObject* owned);
[[nodiscard]] Value call(PyObject* function, std::initializer_list<Value> arguments);

}  // namespace catena::tests
