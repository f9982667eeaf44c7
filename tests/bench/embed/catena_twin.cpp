#include "tests/bench/embed/twins.hpp"

namespace bench {

using catena::Gil;
using catena::Value;

Loops catena_loops(catena::Interpreter& interpreter, const Things& things) {
    Loops loops;
    const auto each = [](auto call) {
        return [call](long n) {
            double sum = 0;
            for (long i = 0; i < n; ++i) sum += call(i);
            return sum;
        };
    };
    loops["f()"] = each([f = things.nothing](long) { return f() ? 1.0 : 0.0; });
    loops["f(1.5) as double"] = each([f = things.identity](long i) { return f(i + 0.5)->as<double>().value(); });
    loops["f(1, text) as text"] =
        each([f = things.second](long i) { return static_cast<double>(f(i, "some text")->as<std::string>()->size()); });
    loops["bound method"] = each([f = things.method](long i) { return f(i)->as<double>().value(); });
    loops["an attribute as int"] = each([o = things.object](long) { return o.attr("x")->as<int>().value(); });
    loops["f(1.5) as double, lock held"] = [f = things.identity](long n) {
        const Gil gil;
        double sum = 0;
        for (long i = 0; i < n; ++i) sum += f(i + 0.5)->as<double>().value();
        return sum;
    };
    if (!interpreter.define("host", [](double x) { return x * 2; })) return {};
    const Value host = interpreter.get("host").value();
    loops["the host's function from a script"] = [=](long n) { return things.repeat(host, n)->as<double>().value(); };
    loops["1000 numbers in"] =
        each([f = things.total, v = std::vector<double>(1000, 1.5)](long) { return f(v)->as<double>().value(); });
    loops["1000 numbers out"] = each([v = things.numbers](long) { return v.as<std::vector<double>>()->back(); });
    loops["a text of code"] = each([&interpreter](long) { return interpreter.eval("(+ 1 2)")->as<double>().value(); });
    return loops;
}

}  // namespace bench
