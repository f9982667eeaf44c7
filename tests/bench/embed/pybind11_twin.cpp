#include <pybind11/embed.h>
#include <pybind11/stl.h>

#include "tests/bench/embed/twins.hpp"

namespace bench {

namespace py = pybind11;

Loops pybind11_loops(const Things& things) {
    Loops loops;
    const py::gil_scoped_acquire making;
    const auto object_of = [](const catena::Value& value) {
        return py::reinterpret_borrow<py::object>(reinterpret_cast<PyObject*>(value.object()))
            .release();  // kept for ever
    };
    const auto each = [](auto call) {
        return [call](long n) {
            double sum = 0;
            for (long i = 0; i < n; ++i) {
                const py::gil_scoped_acquire lock;
                sum += call(i);
            }
            return sum;
        };
    };
    loops["f()"] = each([f = object_of(things.nothing)](long) { return f() ? 1.0 : 0.0; });
    loops["f(1.5) as double"] = each([f = object_of(things.identity)](long i) { return f(i + 0.5).cast<double>(); });
    loops["f(1, text) as text"] = each([f = object_of(things.second)](long i) {
        return static_cast<double>(f(i, "some text").cast<std::string>().size());
    });
    loops["bound method"] = each([f = object_of(things.method)](long i) { return f(i).cast<double>(); });
    loops["an attribute as int"] = each([o = object_of(things.object)](long) { return o.attr("x").cast<int>(); });
    loops["f(1.5) as double, lock held"] = [f = object_of(things.identity)](long n) {
        const py::gil_scoped_acquire lock;
        double sum = 0;
        for (long i = 0; i < n; ++i) sum += f(i + 0.5).cast<double>();
        return sum;
    };
    const py::handle host =
        py::cpp_function([](double x) { return x * 2; }, py::call_guard<py::gil_scoped_release>()).release();
    loops["the host's function from a script"] = [=, repeat = object_of(things.repeat)](long n) {
        const py::gil_scoped_acquire lock;
        return repeat(host, n).cast<double>();
    };
    loops["1000 numbers in"] =
        each([f = object_of(things.total), v = std::vector<double>(1000, 1.5)](long) { return f(v).cast<double>(); });
    loops["1000 numbers out"] =
        each([v = object_of(things.numbers)](long) { return v.cast<std::vector<double>>().back(); });
    loops["a text of code"] = each([](long) { return py::eval("(1 + 2)").cast<double>(); });
    return loops;
}

}  // namespace bench
