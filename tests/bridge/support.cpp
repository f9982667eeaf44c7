#include "tests/bridge/support.hpp"

#include "tests/support/catch.hpp"

namespace catena::tests {
namespace {

[[noreturn]] void fail_with_error(std::string_view what) {
    const Error error = Error::fetch();
    FAIL(what << "\n  " << error.type_name() << ": " << error.message());
    throw;  // FAIL does not come back
}

}  // namespace

Namespace::Namespace() : globals_(steal(PyDict_New())) {
    PyDict_SetItemString(globals_.get(), "__builtins__", PyEval_GetBuiltins());
    const Ref name = steal(PyUnicode_FromString("tests"));
    PyDict_SetItemString(globals_.get(), "__name__", name.get());
}

void Namespace::run(const char* statements) {
    const Ref done = steal(PyRun_String(statements, Py_file_input, globals_.get(), globals_.get()));
    if (!done) fail_with_error(statements);
}

Held Namespace::eval(const char* expression) const {
    PyObject* object = PyRun_String(expression, Py_eval_input, globals_.get(), globals_.get());
    if (object == nullptr) fail_with_error(expression);
    return Held(steal_value(object));
}

PyObject* Namespace::get(const char* name) const { return PyDict_GetItemString(globals_.get(), name); }

void Namespace::set(const char* name, const Value& value) {
    PyDict_SetItemString(globals_.get(), name, boxed(value).get());
}

std::string describe(const Value& v) {
    if (v.is_error()) {
        if (!PyErr_Occurred()) return "!no error set";
        const Error error = Error::fetch();
        return "!" + error.type_name() + ": " + error.message();
    }
    if (PyErr_Occurred()) {
        const Error error = Error::fetch();
        return "!stray " + error.type_name() + ": " + error.message();
    }
    const Ref object = boxed(v);
    const Ref repr = steal(PyObject_Repr(object.get()));
    const std::string_view type = Py_TYPE(object.get())->tp_name;
    return text_of(repr.get()) + " of " + std::string(type.substr(type.rfind('.') + 1));
}

Chain chain_of(std::string_view text) {
    auto chain = parse_chain(text);
    if (!chain) FAIL(text << "\n  " << chain.error());
    const auto prepared = prepare(*chain);
    if (!prepared) FAIL(text << "\n  " << prepared.error());
    return std::move(*chain);
}

std::string outcome(Chain& chain, const std::vector<Value>& operands) {
    std::vector<Value> own = operands;
    const Held result(run_chain(chain, own.data()));
    return describe(result.get());
}

}  // namespace catena::tests
