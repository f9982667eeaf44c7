// `catena test`: the standard library's runner, called with what the command line says.
#include "repl/program.hpp"
#include "repl/report.hpp"
#include "repl/streams.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

Result<Ref> optional_str(const std::string& text) {
    return text.empty() ? borrow(Py_None) : checked(str_of(text).release());
}

}  // namespace

int run_tests(const CommandLine& line) {
    const auto runner = checked(PyObject_GetAttrString(core_module(), "%run_files"));
    const auto only = optional_str(line.only);
    const auto junit = optional_str(line.junit);
    const Ref paths = steal(PyList_New(0));
    if (!runner || !only || !junit || !paths) return report_raised();
    for (const std::string& argument : line.arguments) {
        const Ref path = str_of(argument);
        if (!path || PyList_Append(paths.get(), path.get()) < 0) return report_raised();
    }
    const Ref status =
        steal(PyObject_CallFunctionObjArgs(runner->get(), paths.get(), only->get(), junit->get(), nullptr));
    if (!status) return report_raised();
    const long number = PyLong_Check(status.get()) ? PyLong_AsLong(status.get()) : 1;
    PyErr_Clear();
    return static_cast<int>(number);
}

}  // namespace catena
