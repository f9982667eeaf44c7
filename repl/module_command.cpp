// `catena -m MODULE`: a module, Catena's or Python's, run as the program.
#include "bridge/text.hpp"
#include "compiler/modules.hpp"
#include "repl/program.hpp"
#include "repl/report.hpp"
#include "repl/streams.hpp"

namespace catena {

namespace {

// The module spec of the program that `name` stands for: of a package, its `__main__`. None when there is none.
Result<Ref> find_program(const std::string& name) {
    const auto util = checked(PyImport_ImportModule("importlib.util"));
    if (!util) return raised();
    const Ref text = str_of(name);
    if (!text) return raised();
    auto spec = checked(PyObject_CallMethod(util->get(), "find_spec", "O", text.get()));
    if (!spec || spec->get() == Py_None) return spec;
    const auto inner = checked(PyObject_GetAttrString(spec->get(), "submodule_search_locations"));
    if (!inner) return raised();
    if (inner->get() == Py_None) return spec;
    const Ref program = str_of(name + ".__main__");
    if (!program) return raised();
    return checked(PyObject_CallMethod(util->get(), "find_spec", "O", program.get()));
}

Result<void> become(PyObject* spec, const std::string& file) {
    PyObject* dict = PyModule_GetDict(main_module());
    const Ref path = str_of(file);
    const auto parent = checked(PyObject_GetAttrString(spec, "parent"));
    // Under the module's own name a child of multiprocessing would not find the file.
    const auto for_children = script_spec(file);
    if (!path || !parent || !for_children) return raised();
    PyObject* argv = PySys_GetObject("argv");
    if (PyDict_SetItemString(dict, "__file__", path.get()) < 0 ||
        PyDict_SetItemString(dict, "__spec__", for_children->get()) < 0 ||
        PyDict_SetItemString(dict, "__package__", parent->get()) < 0) {
        return raised();
    }
    if (argv != nullptr && PyList_Check(argv) && PyList_GET_SIZE(argv) > 0) {
        if (PyList_SetItem(argv, 0, Py_NewRef(path.get())) < 0) return raised();
    }
    return {};
}

}  // namespace

int run_module(const CommandLine& line) {
    const auto spec = find_program(line.target);
    if (!spec) return report_raised();
    if (spec->get() == Py_None) {
        write_error("catena: there is no module '" + line.target + "' to run\n");
        return 1;
    }
    const Ref origin = steal(PyObject_GetAttrString(spec->get(), "origin"));
    PyErr_Clear();
    const std::string file = origin && PyUnicode_Check(origin.get()) ? text_of(origin.get()) : std::string();
    if (file.ends_with(".lisp")) {
        auto text = read_program(file);
        if (!text) {
            write_error("catena: " + text.error() + "\n");
            return 1;
        }
        if (!become(spec->get(), file)) return report_raised();
        return run_text(std::move(*text), file, line);
    }
    // What `python3 -m` does.
    const Ref runpy = steal(PyImport_ImportModule("runpy"));
    const Ref name = str_of(line.target);
    const Ref done =
        runpy && name ? steal(PyObject_CallMethod(runpy.get(), "_run_module_as_main", "O", name.get())) : Ref();
    return done ? 0 : report_raised();
}

}  // namespace catena
