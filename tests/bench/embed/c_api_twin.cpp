// What someone who knows CPython's rules writes by hand.
#include <Python.h>

#include <string>

#include "tests/bench/embed/twins.hpp"

namespace bench {
namespace {

PyObject* object_of(const catena::Value& value) { return reinterpret_cast<PyObject*>(value.object()); }

class Lock {
public:
    Lock() : state_(PyGILState_Ensure()) {}
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() { PyGILState_Release(state_); }

private:
    PyGILState_STATE state_;
};

double number(PyObject* owned) {
    const double value = owned != nullptr ? PyFloat_AsDouble(owned) : -1;
    Py_XDECREF(owned);
    return value;
}

double call_with_float(PyObject* f, double x) {
    PyObject* argument = PyFloat_FromDouble(x);
    PyObject* answer = PyObject_Vectorcall(f, &argument, 1, nullptr);
    Py_DECREF(argument);
    return number(answer);
}

double call_with_integer(PyObject* f, long x) {
    PyObject* argument = PyLong_FromLong(x);
    PyObject* answer = PyObject_Vectorcall(f, &argument, 1, nullptr);
    Py_DECREF(argument);
    return number(answer);
}

PyObject* twice(PyObject*, PyObject* argument) {
    const double x = PyFloat_AsDouble(argument);
    if (x == -1 && PyErr_Occurred() != nullptr) return nullptr;
    double answer;
    Py_BEGIN_ALLOW_THREADS
    answer = x * 2;
    Py_END_ALLOW_THREADS
    return PyFloat_FromDouble(answer);
}

PyMethodDef twice_definition = {"host", twice, METH_O, nullptr};

double sum_of(PyObject* f, const std::vector<double>& numbers) {
    PyObject* list = PyList_New(static_cast<Py_ssize_t>(numbers.size()));
    for (std::size_t i = 0; i < numbers.size(); ++i)
        PyList_SET_ITEM(list, static_cast<Py_ssize_t>(i), PyFloat_FromDouble(numbers[i]));
    PyObject* answer = PyObject_CallOneArg(f, list);
    Py_DECREF(list);
    return number(answer);
}

double last_of(PyObject* list) {
    std::vector<double> numbers;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); ++i)
        numbers.push_back(PyFloat_AsDouble(PyList_GET_ITEM(list, i)));
    return numbers.back();
}

double size_of_answer(PyObject* f, long i) {
    PyObject* arguments[] = {PyLong_FromLong(i), PyUnicode_FromString("some text")};
    PyObject* answer = PyObject_Vectorcall(f, arguments, 2, nullptr);
    Py_DECREF(arguments[0]);
    Py_DECREF(arguments[1]);
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(answer, &size);
    const std::string copy(text, static_cast<std::size_t>(size));
    Py_DECREF(answer);
    return static_cast<double>(copy.size());
}

}  // namespace

Loops c_api_loops(const Things& things) {
    Loops loops;
    const auto each = [](auto call) {
        return [call](long n) {
            double sum = 0;
            for (long i = 0; i < n; ++i) {
                const Lock lock;
                sum += call(i);
            }
            return sum;
        };
    };
    loops["f()"] = each([f = object_of(things.nothing)](long) {
        PyObject* answer = PyObject_CallNoArgs(f);
        Py_XDECREF(answer);
        return answer != nullptr ? 1.0 : 0.0;
    });
    loops["f(1.5) as double"] = each([f = object_of(things.identity)](long i) { return call_with_float(f, i + 0.5); });
    loops["f(1, text) as text"] = each([f = object_of(things.second)](long i) { return size_of_answer(f, i); });
    loops["bound method"] = each([f = object_of(things.method)](long i) { return call_with_integer(f, i); });
    loops["an attribute as int"] = each([o = object_of(things.object)](long) {
        PyObject* found = PyObject_GetAttrString(o, "x");
        const long value = PyLong_AsLong(found);
        Py_DECREF(found);
        return static_cast<double>(value);
    });
    loops["f(1.5) as double, lock held"] = [f = object_of(things.identity)](long n) {
        const Lock lock;
        double sum = 0;
        for (long i = 0; i < n; ++i) sum += call_with_float(f, i + 0.5);
        return sum;
    };
    PyObject* host = nullptr;
    {
        const Lock lock;
        host = PyCFunction_New(&twice_definition, nullptr);
    }
    loops["the host's function from a script"] = [host, repeat = object_of(things.repeat)](long n) {
        const Lock lock;
        PyObject* count = PyLong_FromLong(n);
        PyObject* answer = PyObject_CallFunctionObjArgs(repeat, host, count, nullptr);
        Py_DECREF(count);
        return number(answer);
    };
    loops["1000 numbers in"] =
        each([f = object_of(things.total), v = std::vector<double>(1000, 1.5)](long) { return sum_of(f, v); });
    loops["1000 numbers out"] = each([list = object_of(things.numbers)](long) { return last_of(list); });
    loops["a text of code"] = each(
        [globals = PyDict_New()](long) { return number(PyRun_String("(1 + 2)", Py_eval_input, globals, globals)); });
    return loops;
}

}  // namespace bench
