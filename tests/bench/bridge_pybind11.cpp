// The statements of ./dev bench bridge through pybind11, for each of them two loops: as first written, every module, name and
// argument looked up and made anew in each round; and with all that can be kept looked up once.
//
//     bench_bridge_pybind11 ROW COUNT …
//
// Prints what tests/bench/timing.py, which PYTHONPATH must lead to, says about the loops: of each row first one, then the other.
#include <pybind11/embed.h>

#include <functional>
#include <iostream>
#include <map>

namespace py = pybind11;

namespace {

using namespace py::literals;

using Loop = std::function<py::object(long)>;

struct Loops {
    Loop naive, cached;
};

template <typename Result>
py::object as_object(Result&& result) {
    if constexpr (std::is_base_of_v<py::object, std::remove_cvref_t<Result>>)
        return result;
    else
        return py::cast(result);
}

py::object global(const char* module, const char* name) { return py::module_::import(module).attr(name); }

// A loop over an expression of C++, whose last value is the answer; the first time is not timed.
template <typename Expression>
Loop loop(Expression expression) {
    return [expression](long n) mutable -> py::object {
        auto last = expression();
        const py::object clock = global("timing", "clock");
        const double start = clock().cast<double>();
        for (long i = 0; i < n; ++i) last = expression();
        return py::make_tuple(clock().cast<double>() - start, as_object(last));
    };
}

std::map<std::string, Loops> plain_rows() {
    std::map<std::string, Loops> rows;
    const py::object thing_class = global("bridge_things", "Thing"), keyword = global("bridge_things", "keyword");
    const py::object o = thing_class(1);
    const py::str v("v"), p("p"), key("k");
    const py::int_ one(1);

    rows["empty loop"] = {loop([] { return py::none(); }), loop([] { return py::none(); })};
    rows["math.sin(x)"] = {loop([] { return py::module_::import("math").attr("sin")(0.5).cast<double>(); }),
                           loop([f = global("math", "sin")] { return f(0.5).cast<double>(); })};
    rows["math.floor(x)"] = {loop([] { return py::module_::import("math").attr("floor")(7.5).cast<long>(); }),
                             loop([f = global("math", "floor")] { return f(7.5).cast<long>(); })};
    rows["obj.v"] = {loop([o] { return o.attr("v").cast<int>(); }), loop([=] { return o.attr(v).cast<int>(); })};
    rows["obj.v = 1"] = {loop([o] {
                             o.attr("v") = 1;
                             return 1;
                         }),
                         loop([=] {
                             o.attr(v) = one;
                             return 1;
                         })};
    rows["obj.p, a property"] = {loop([o] { return o.attr("p").cast<int>(); }),
                                 loop([=] { return o.attr(p).cast<int>(); })};
    rows["obj.m(1)"] = {loop([o] { return o.attr("m")(1).cast<int>(); }),
                        loop([m = py::object(o.attr("m")), one] { return m(one).cast<int>(); })};
    rows["f(1, b=2)"] = {
        loop([] { return py::module_::import("bridge_things").attr("keyword")(1, "b"_a = 2).cast<int>(); }),
        loop([=] { return keyword(one, "b"_a = 2).cast<int>(); })};
    const py::list two = py::list(py::eval("[1, 2]"));
    rows["f(*xs)"] = {loop([two] { return py::module_::import("bridge_things").attr("keyword")(*two).cast<int>(); }),
                      loop([=] { return keyword(*two).cast<int>(); })};
    rows["Thing(1)"] = {
        loop([] { return py::module_::import("bridge_things").attr("Thing")(1).attr("v").cast<int>(); }),
        loop([=] { return thing_class(one).attr(v).cast<int>(); })};

    const py::list three = py::list(py::eval("[1, 2, 3]")), four = py::list(py::eval("[1, 2, 3, 4]"));
    const py::list unsorted = py::list(py::eval("[3, 1, 2]"));
    const py::dict d = py::dict(py::eval("{'k': 1}"));
    const py::object list = three, dict = d;
    rows["len(l)"] = {loop([list] { return py::module_::import("builtins").attr("len")(list).cast<int>(); }),
                      loop([three] { return static_cast<int>(three.size()); })};
    rows["l[1]"] = {loop([list] { return list[py::int_(1)].cast<int>(); }),
                    loop([three] { return three[1].cast<int>(); })};
    rows["l[1:3]"] = {loop([four] { return py::object(four[py::slice(1, 3, 1)]); }),
                      loop([four, s = py::slice(1, 3, 1)] { return py::object(four[s]); })};
    rows["l.append(1)"] = {loop([l = py::object(py::list())] { return py::object(l.attr("append")(1)); }),
                           loop([l = py::list(), one]() mutable {
                               l.append(one);
                               return py::object(py::none());
                           })};
    rows["d[\"k\"]"] = {loop([dict] { return dict["k"].cast<int>(); }), loop([d, key] { return d[key].cast<int>(); })};
    rows["d[\"k\"] = 1"] = {loop([dict] {
                                dict["k"] = 1;
                                return 1;
                            }),
                            loop([d, key, one] {
                                d[key] = one;
                                return 1;
                            })};
    rows["d.get(\"k\")"] = {loop([dict] { return dict.attr("get")("k").cast<int>(); }),
                            loop([get = py::object(d.attr("get")), key] { return get(key).cast<int>(); })};
    rows["\"k\" in d"] = {loop([dict] { return dict.contains("k"); }), loop([d, key] { return d.contains(key); })};

    const py::str word("catena"), words("a b c");
    rows["s.upper()"] = {loop([word] { return word.attr("upper")().cast<std::string>(); }),
                         loop([f = py::object(word.attr("upper"))] { return f(); })};
    rows["s.split()"] = {loop([words] { return words.attr("split")(); }),
                         loop([f = py::object(words.attr("split"))] { return f(); })};
    rows["s + s"] = {loop([word] { return py::object(word + word); }),
                     loop([word] { return py::object(word + word); })};
    rows["f-string"] = {loop([] { return py::str("{:.2f}").format(1.5).cast<std::string>(); }),
                        loop([f = py::object(py::str("{:.2f}").attr("format")), x = py::float_(1.5)] { return f(x); })};
    rows["isinstance"] = {loop([o] {
                              return py::module_::import("builtins")
                                  .attr("isinstance")(o, py::module_::import("bridge_things").attr("Thing"))
                                  .cast<bool>();
                          }),
                          loop([=] { return py::isinstance(o, thing_class); })};
    rows["int(\"42\")"] = {loop([] { return py::module_::import("builtins").attr("int")("42").cast<int>(); }),
                           loop([f = global("builtins", "int"), s = py::str("42")] { return f(s).cast<int>(); })};
    rows["max(x, y)"] = {loop([] { return py::module_::import("builtins").attr("max")(1, 2).cast<int>(); }),
                         loop([f = global("builtins", "max")] { return f(1, 2).cast<int>(); })};
    rows["sorted(l)"] = {loop([unsorted] { return py::module_::import("builtins").attr("sorted")(unsorted); }),
                         loop([unsorted, f = global("builtins", "sorted")] { return f(unsorted); })};

    py::module_::import("datetime"), py::module_::import("decimal");
    const py::object day = global("datetime", "date")(2024, 1, 1), delta = global("datetime", "timedelta")(1);
    const py::object half = global("decimal", "Decimal")("1.5"), pattern = global("re", "compile")("[a-z]+");
    rows["date + delta"] = {loop([=] { return py::object(day + delta); }),
                            loop([=] { return py::object(day + delta); })};
    rows["Decimal * Decimal"] = {loop([=] { return py::object(half * half); }),
                                 loop([=] { return py::object(half * half); })};
    rows["pattern.match(s)"] = {loop([=] { return pattern.attr("match")("abc1").attr("end")().cast<int>(); }),
                                loop([match = py::object(pattern.attr("match")), s = py::str("abc1"),
                                      end = py::str("end")] { return match(s).attr(end)().cast<int>(); })};
    rows["os.path.join"] = {
        loop([] { return py::module_::import("os").attr("path").attr("join")("a", "b").cast<std::string>(); }),
        loop([f = global("os.path", "join"), a = py::str("a"), b = py::str("b")] { return f(a, b); })};
    rows["json.dumps"] = {loop([] {
                              py::dict made;
                              made["a"] = 1;
                              return py::module_::import("json").attr("dumps")(made).cast<std::string>();
                          }),
                          loop([f = global("json", "dumps"), a = py::str("a"), one] {
                              py::dict made;
                              made[a] = one;
                              return f(made);
                          })};
    return rows;
}

void numpy_rows(std::map<std::string, Loops>& rows) {
    const py::object np = py::module_::import("numpy");
    const py::object small = np.attr("array")(py::eval("[1, 2, 3, 4]"), "float32"), line = np.attr("arange")(4.0);
    const py::object square = np.attr("ones")(py::make_tuple(2, 2));
    const auto numpy = [](const char* name) { return py::object(py::module_::import("numpy").attr(name)); };
    rows["np.sin(0.5)"] = {loop([=] { return numpy("sin")(0.5); }),
                           loop([f = numpy("sin"), x = py::float_(0.5)] { return f(x); })};
    rows["np.sum(a)"] = {loop([=] { return numpy("sum")(small); }),
                         loop([small, f = numpy("sum")] { return f(small); })};
    rows["np.dot(a, b)"] = {loop([=] { return numpy("dot")(small, small); }),
                            loop([small, f = numpy("dot")] { return f(small, small); })};
    const py::int_ at(2);
    const py::float_ one(1.0);
    rows["a[2]"] = {loop([=] { return py::object(line[py::int_(2)]); }), loop([=] { return py::object(line[at]); })};
    const py::object own[] = {np.attr("arange")(4.0), np.attr("arange")(4.0)};
    rows["a[2] = 1.0"] = {loop([a = own[0]] {
                              a[py::int_(2)] = 1.0;
                              return 1.0;
                          }),
                          loop([a = own[1], at, one] {
                              a[at] = one;
                              return 1.0;
                          })};
    rows["a.shape"] = {loop([=] { return py::object(line.attr("shape")); }),
                       loop([line, name = py::str("shape")] { return py::object(line.attr(name)); })};
    rows["a + a"] = {loop([=] { return py::object(line + line); }), loop([=] { return py::object(line + line); })};
    rows["np.zeros(4)"] = {loop([=] { return numpy("zeros")(4); }),
                           loop([f = numpy("zeros"), n = py::int_(4)] { return f(n); })};
    rows["a.sum(axis=0)"] = {loop([=] { return square.attr("sum")("axis"_a = 0); }),
                             loop([f = py::object(square.attr("sum"))] { return f("axis"_a = 0); })};
}

}  // namespace

int main(int count, char** arguments) {
    const py::scoped_interpreter interpreter;
    try {
        std::map<std::string, Loops> rows = plain_rows();
        if (!global("importlib.util", "find_spec")("numpy").is_none()) numpy_rows(rows);
        py::list measured;
        for (int i = 1; i + 1 < count; i += 2) {
            const auto row = rows.find(arguments[i]);
            if (row == rows.end()) {
                std::cerr << "there is no row " << arguments[i] << '\n';
                return 2;
            }
            for (const Loop& one : {row->second.naive, row->second.cached})
                measured.append(py::make_tuple(py::cpp_function(one), std::stol(arguments[i + 1])));
        }
        py::module_::import("timing").attr("run")(measured);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
