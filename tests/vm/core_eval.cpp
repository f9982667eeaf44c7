#include "tests/vm/core_eval.hpp"

#include <vector>

#include "bridge/value.hpp"
#include "lang/forms.hpp"
#include "lang/list.hpp"
#include "lang/printer.hpp"
#include "lang/python_name.hpp"
#include "lang/reader.hpp"
#include "lang/symbol.hpp"
#include "vm/core.hpp"
#include "vm/vm.hpp"

namespace catena::tests {
namespace {

PyObject* core_dict() { return PyModule_GetDict(core_module()); }

// Core's natives are defined once, by the first test that wants them.
PyObject* variables() {
    static PyObject* const made = [] {
        if (!define_core(core_dict())) PyErr_Print();
        PyObject* dict = PyDict_New();
        PyDict_SetItemString(dict, "__builtins__", PyEval_GetBuiltins());
        PyDict_SetItemString(dict, "core", core_module());
        return dict;
    }();
    return made;
}

std::string text_of(PyObject* o) {
    const Ref text = steal(PyObject_Str(o));
    const char* utf8 = text ? PyUnicode_AsUTF8(text.get()) : nullptr;
    if (utf8 == nullptr) PyErr_Clear();
    return utf8 != nullptr ? utf8 : "?";
}

std::string error_text() {
    PyObject* type;
    PyObject* value;
    PyObject* traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    const Ref held[] = {steal(type), steal(value), steal(traceback)};
    return std::string(reinterpret_cast<PyTypeObject*>(type)->tp_name) + ": " + text_of(value);
}

Value look_up(PyObject* symbol) {
    const Ref name = python_name(symbol_name(symbol));
    for (PyObject* dict : {variables(), core_dict(), PyEval_GetBuiltins()}) {
        if (PyObject* found = PyDict_GetItem(dict, name.get()); found != nullptr) return borrow_value(found);
    }
    PyErr_Format(PyExc_NameError, "%U", name.get());
    return Value::error();
}

Value evaluate(PyObject* form) {
    if (is_symbol(form)) return look_up(form);
    if (!is_list(form) || list_count(form) == 0) return borrow_value(form);
    if (symbol_is(list_first(form), "quote")) return borrow_value(list_item(form, 1));
    std::vector<Value> values;
    Value answer;
    for (PyObject* item : items_of(form)) {
        values.push_back(evaluate(item));
        if (values.back().is_error()) answer = Value::error();
        if (answer.is_error()) break;
    }
    if (!answer.is_error()) answer = call_value(values[0], values.data() + 1, values.size() - 1);
    for (const Value& v : values) v.release();
    return answer;
}

Value evaluate_text(const char* text) {
    SpanTable spans;
    variables();
    auto forms = read_all(text, spans);
    if (!forms || forms->size() != 1) {
        PyErr_Format(PyExc_SyntaxError, "not one form: %s", text);
        return Value::error();
    }
    const auto data = datum(forms->front().get(), spans);
    return evaluate(data ? data->get() : forms->front().get());
}

}  // namespace

std::string core(const char* text) {
    const Value answer = evaluate_text(text);
    if (answer.is_error()) return error_text();
    const Ref object = boxed(answer);
    answer.release();
    const Result<Ref> shown = repr(object.get());
    return shown ? text_of(shown->get()) : error_text();
}

void let_core(const char* name, const char* text) {
    const Value answer = evaluate_text(text);
    if (answer.is_error()) PyErr_Print();
    const Ref object = boxed(answer);
    answer.release();
    PyDict_SetItemString(variables(), name, object.get());
}

std::string python(const char* statements) {
    const Ref scope = steal(PyDict_Copy(variables()));
    PyDict_SetItemString(scope.get(), "variables", variables());
    const Ref done = steal(PyRun_String(statements, Py_file_input, scope.get(), scope.get()));
    return done ? "ok" : error_text();
}

}  // namespace catena::tests
