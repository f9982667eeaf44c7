#include "tests/vm/assemble.hpp"

#include "tests/support/catch.hpp"
#include "vm/chain_object.hpp"
#include "vm/rebinding.hpp"

namespace catena::tests {

PyObject* test_module() { return PyImport_AddModule("__catena_tests__"); }

Assembler::Assembler(const char* name, std::uint16_t parameters) : object_(std::move(*make_code())) {
    Code& code = *code_of(object_.get());
    code.name = intern(name);
    code.qualname = code.name;
    code.file = intern("test.lisp");
    code.module = borrow(test_module());
    code.globals_dict = borrow(PyModule_GetDict(test_module()));
    code.span = {1, 1, 1, 20};
    for (std::uint16_t n = 0; n < parameters; ++n) {
        code.parameters.positional.push_back(intern(std::string(1, static_cast<char>('a' + n)).c_str()));
    }
    code.parameters.required = parameters;
    code.simple_arity = parameters;
    code.first_temporary = parameters;
    code.registers = static_cast<std::uint16_t>(parameters + 8);
}

Assembler& Assembler::locals(std::uint16_t count) {
    code().first_temporary = count;
    code().registers = static_cast<std::uint16_t>(count + 8);
    return *this;
}

Assembler& Assembler::registers(std::uint16_t count) {
    code().registers = count;
    return *this;
}

Assembler& Assembler::kind(FunctionKind kind) {
    code().kind = kind;
    if (kind != FunctionKind::plain) code().simple_arity = -1;
    return *this;
}

std::uint16_t Assembler::constant(Value v) {
    code().constants.push_back(v);
    return static_cast<std::uint16_t>(code().constants.size() - 1);
}

std::uint16_t Assembler::global(const char* name) {
    GlobalName global;
    global.name = intern(name);
    global.display = global.name;
    code().globals.push_back(global);
    return static_cast<std::uint16_t>(code().globals.size() - 1);
}

std::uint16_t Assembler::inner(Assembler& function) {
    complete(*code_of(function.object()));
    code().templates.push_back(borrow(function.object()));
    return static_cast<std::uint16_t>(code().templates.size() - 1);
}

std::uint16_t Assembler::chain(const char* text) {
    auto parsed = parse_chain(text);
    REQUIRE(parsed.has_value());
    for (std::size_t n = 0; n < parsed->steps.size(); ++n) {
        parsed->steps[n].span = {50 + static_cast<std::uint32_t>(n), 1, 50 + static_cast<std::uint32_t>(n), 9};
    }
    Result<Ref> object = make_chain(std::move(*parsed));
    REQUIRE(object.has_value());
    code().chains.push_back(*object);
    return static_cast<std::uint16_t>(code().chains.size() - 1);
}

Assembler& Assembler::capture(bool from_register, std::uint16_t index) {
    code().captures.push_back({from_register, index});
    return *this;
}

Assembler& Assembler::handler(Handler handler) {
    code().handlers.push_back(handler);
    return *this;
}

Assembler& Assembler::op(Op op, unsigned a, unsigned b, unsigned c, unsigned x) {
    code().instrs.push_back({static_cast<std::uint8_t>(op), static_cast<std::uint8_t>(x), static_cast<std::uint16_t>(a),
                             static_cast<std::uint16_t>(b), static_cast<std::uint16_t>(c)});
    const auto line = static_cast<std::uint32_t>(code().instrs.size());
    code().spans.push_back({line, 3, line, 8});
    return *this;
}

Assembler& Assembler::jump(Op op, unsigned a, std::int32_t to) {
    this->op(op, a);
    code().instrs.back().set_d(to - here());
    return *this;
}

Assembler& Assembler::word(std::int32_t to) {
    const std::int32_t at = here();
    op(static_cast<Op>(0));
    code().instrs.back().set_d(to - at);
    return *this;
}

Assembler& Assembler::operands(std::initializer_list<std::uint16_t> registers) {
    const std::size_t words = (registers.size() + 3) / 4;
    const std::size_t first = code().instrs.size();
    for (std::size_t n = 0; n < words; ++n) op(static_cast<Op>(0));
    std::size_t n = 0;
    for (const std::uint16_t number : registers) set_operand_register(&code().instrs[first], n++, number);
    return *this;
}

std::int32_t Assembler::here() const { return static_cast<std::int32_t>(code_of(object_.get())->instrs.size()); }

Ref Assembler::function(bool define) {
    complete(code());
    Result<Ref> closure = make_closure(object_.get());
    REQUIRE(closure.has_value());
    if (define) PyDict_SetItem(code().globals_dict.get(), code().name.get(), closure->get());
    return std::move(*closure);
}

Value str(const char* text) { return Value::object(PyUnicode_FromString(text)); }

Ref python(const char* expression) {
    PyObject* dict = PyModule_GetDict(test_module());
    PyDict_SetItemString(dict, "__builtins__", PyEval_GetBuiltins());
    Ref value = steal(PyRun_String(expression, Py_eval_input, dict, dict));
    if (!value) PyErr_Print();
    REQUIRE(value);
    return value;
}

void run_python(const char* statements) {
    PyObject* dict = PyModule_GetDict(test_module());
    PyDict_SetItemString(dict, "__builtins__", PyEval_GetBuiltins());
    const Ref done = steal(PyRun_String(statements, Py_file_input, dict, dict));
    if (!done) PyErr_Print();
    REQUIRE(done);
}

std::string shown(PyObject* owned) {
    const Ref object = steal(owned);
    Ref text;
    if (object) {
        text = steal(PyObject_Repr(object.get()));
    } else {
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        PyErr_NormalizeException(&type, &value, &traceback);
        text = steal(PyUnicode_FromFormat("%s: %S", reinterpret_cast<PyTypeObject*>(type)->tp_name, value));
        Py_XDECREF(type);
        Py_XDECREF(value);
        Py_XDECREF(traceback);
    }
    REQUIRE(text);
    return PyUnicode_AsUTF8(text.get());
}

std::string shown(Value v) {
    if (v.is_error()) return shown(static_cast<PyObject*>(nullptr));
    if (v.is_missing()) return "missing";
    PyObject* object = new_object(v);
    v.release();
    return shown(object);
}

Value call(PyObject* function, std::initializer_list<Value> arguments) {
    const Value result = call_value(Value::object(function), arguments.begin(), arguments.size());
    for (const Value& v : arguments) v.release();
    return result;
}

}  // namespace catena::tests
