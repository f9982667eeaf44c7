#include <cmath>
#include <functional>
#include <memory>
#include <thread>

#include "tests/embed/support.hpp"

using catena::Class;
using catena::Interpreter;
using catena::Value;
using catena::tests::error_of;
using catena::tests::evaluated;
using catena::tests::fresh;

namespace {

struct Point {
    double x = 0, y = 0;
    Point(double px, double py) : x(px), y(py) {}
    [[nodiscard]] double length() const { return std::hypot(x, y); }
    void set_length(double wanted) {
        if (wanted < 0) throw std::invalid_argument("a length is not negative");
        const double by = wanted / length();
        x *= by;
        y *= by;
    }
    [[nodiscard]] Point moved(double dx, double dy) const { return {x + dx, y + dy}; }
    Point& grow(double by) noexcept {
        x *= by;
        y *= by;
        return *this;
    }
    friend bool operator==(const Point&, const Point&) = default;
    friend Point operator+(const Point& a, const Point& b) { return {a.x + b.x, a.y + b.y}; }
};

struct Line {
    Point from{0, 0}, to{1, 1};
    std::string name = "line";
    const int id = 7;
};

struct Shape {
    explicit Shape(std::string of) : kind(std::move(of)) { ++alive; }
    Shape(const Shape&) = delete;
    Shape& operator=(const Shape&) = delete;
    virtual ~Shape() { --alive; }
    [[nodiscard]] virtual double area() const { return 0; }
    std::string kind;
    static inline int alive = 0;
};
struct Label {
    virtual ~Label() = default;
    std::string label = "none";
};
struct Circle : Label, Shape {  // Shape is not at its beginning
    explicit Circle(double r) : Shape("circle"), radius(r) {}
    [[nodiscard]] double area() const override { return 3 * radius * radius; }
    double radius;
};

Interpreter with_points() {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.define(
        "Point",
        Class<Point>()
            .constructor<double, double>({"x", "y-at"})
            .field("x", &Point::x, "Across.")
            .field("y", &Point::y)
            .property("length", &Point::length, &Point::set_length, "From the origin.")
            .property("doubled", [](const Point& self) { return Point(2 * self.x, 2 * self.y); })
            .method("moved", &Point::moved, "By so much.", {"dx", "dy"})
            .method("grow!", &Point::grow)
            .method("__eq__", std::equal_to<Point>())
            .method("__add__", std::plus<Point>())
            .method("__str__", [](const Point& self) { return "<" + std::to_string(int(self.x)) + ">"; })
            .function(
                "unit", [] { return Point(1, 0); }, "One across."),
        "A point in the plane."));
    return interpreter;
}

}  // namespace

TEST_CASE("classes of the host are made and used by scripts") {
    Interpreter interpreter = with_points();
    CHECK(evaluated<double>(interpreter, "(def p (Point 3 4)) (. p length)") == 5.0);
    CHECK(evaluated<double>(interpreter, "(. (Point 3 :y-at 4) y)") == 4.0);
    CHECK(evaluated<double>(interpreter, "(set! (. p x) 6) (. p x)") == 6.0);
    CHECK(evaluated<double>(interpreter, "(set! (. p length) 1) (. p length)") == Approx(1.0));
    CHECK(evaluated<double>(interpreter, "(. (.moved (Point 1 2) 10 :dy 20) y)") == 22.0);
    CHECK(evaluated<double>(interpreter, "(. (. (Point 1 2) doubled) x)") == 2.0);
    CHECK(evaluated<double>(interpreter, "(let [q (Point 1 2)] (.grow! q 3) (. q y))") == 6.0);
    CHECK(evaluated<double>(interpreter, "(. (+ (Point 1 2) (Point 10 20)) x)") == 11.0);
    CHECK(evaluated<bool>(interpreter, "(= (Point 1 2) (Point 1 2))"));
    CHECK_FALSE(evaluated<bool>(interpreter, "(= (Point 1 2) (Point 1 3))"));
    CHECK_FALSE(evaluated<bool>(interpreter, "(= (Point 1 2) 5)"));
    CHECK(evaluated<std::string>(interpreter, "(str (Point 1 2))") == "<1>");
    CHECK(evaluated<double>(interpreter, "(. (.unit Point) x)") == 1.0);
    CHECK(evaluated<std::string>(interpreter, "(. Point __doc__)") == "A point in the plane.");
    CHECK(evaluated<std::string>(interpreter, "(. (. Point x) __doc__)") == "Across.");
    CHECK(evaluated<std::string>(interpreter, "(. (. Point moved) __doc__)") == "By so much.");
    CHECK(evaluated<std::string>(interpreter, "(import inspect) (str (.signature inspect Point))") == "(x, y_at)");
    CHECK(evaluated<std::string>(interpreter, "(. Point __name__)") == "Point");
    CHECK(evaluated<bool>(interpreter, "(import weakref) (= ((.ref weakref p)) p)"));
}

TEST_CASE("what does not fit a class of the host is an error that names it") {
    Interpreter interpreter = with_points();
    const auto message = [&](const char* code) {
        const auto result = interpreter.eval(code);
        return result ? "" : result.error().type + ": " + result.error().message;
    };
    CHECK(message("(Point 1)") == "TypeError: Point takes 2 arguments (x y-at) but 1 was given");
    CHECK(message("(Point 1 2 3)") == "TypeError: Point takes 2 arguments (x y-at) but 3 were given");
    CHECK(message("(Point 1 :z 3)") == "TypeError: Point has no parameter 'z' (x y-at)");
    CHECK(message("(Point 1 :x 3)") == "TypeError: Point got the argument x twice");
    CHECK(message("(Point :y-at 3)") == "TypeError: Point wants the argument x (x y-at)");
    CHECK(message("(Point 1 \"a\")") == "TypeError: the argument y-at of Point: expected a number, not str");
    CHECK(message("(.moved (Point 1 2) 1)") == "TypeError: moved takes 2 arguments (dx dy) but 1 was given");
    CHECK(message("(.moved (Point 1 2) 1 nil)") ==
          "TypeError: the argument dy of moved: expected a number, not NoneType");
    CHECK(message("(.grow! (Point 1 2))") == "TypeError: grow! takes 1 argument but 0 were given");
    CHECK(message("(.grow! (Point 1 2) :by 2)") == "TypeError: grow! takes no named arguments, but 'by' was given");
    CHECK(message("(set! (. (Point 1 2) x) \"a\")") == "TypeError: expected a number, not str");
    CHECK(message("(set! (. (Point 1 2) length) -1)") == "RuntimeError: the host: a length is not negative");
    CHECK(message("(set! (. (Point 1 2) doubled) 1)").starts_with("AttributeError"));
    CHECK(message("(delattr (Point 1 2) \"x\")") == "AttributeError: x cannot be deleted");
    CHECK(message("(set! (. Point moved) 1)").starts_with("TypeError"));
    CHECK(message("(set! (. (Point 1 2) z) 1)").starts_with("AttributeError"));
    CHECK(message("((. Point moved) 5 1 2)") == "TypeError: the object of moved: expected Point, not int");
    CHECK(message("((. Point __init__) 5 1 2)") == "TypeError: expected Point, not int");
    CHECK(message("(. (.__new__ Point Point) x)") == "TypeError: this host" +
                                                         evaluated<std::string>(interpreter, "(subs __name__ 4)") +
                                                         ".Point is empty: the __init__ of its base did not run");
    CHECK(message("(+ (Point 1 2) 1)").starts_with("TypeError: unsupported operand"));
    CHECK(message("(hash (Point 1 2))").starts_with("TypeError: unhashable"));
    CHECK(message("(import copy) (.copy copy (Point 1 2))").starts_with("TypeError: cannot pickle"));
}

TEST_CASE("objects of the host arrive as C++ values, and go out as ones") {
    Interpreter interpreter = with_points();
    CHECK(evaluated<Point>(interpreter, "(Point 1 2)") == Point(1, 2));
    CHECK(interpreter.eval("5")->as<Point>().error().message == "expected Point, not int");
    CHECK(interpreter.eval("nil")->as<Point>().error().type == "TypeError");
    CHECK(interpreter.eval("nil")->as<std::shared_ptr<Point>>().value() == nullptr);
    CHECK(evaluated<std::vector<Point>>(interpreter, "[(Point 1 2) (Point 3 4)]")[1] == Point(3, 4));
    CHECK(interpreter.eval("[(Point 1 2) 7]")->as<std::vector<Point>>().error().type == "TypeError");
    CHECK(evaluated<std::map<std::string, Point>>(interpreter, "{\"a\" (Point 1 2)}").at("a") == Point(1, 2));
    CHECK(evaluated<std::optional<Point>>(interpreter, "(Point 1 2)") == Point(1, 2));
    CHECK(evaluated<std::optional<Point>>(interpreter, "nil") == std::nullopt);
    CHECK(std::get<Point>(evaluated<std::variant<int, Point>>(interpreter, "(Point 1 2)")) == Point(1, 2));

    // A copy goes in by value, the object itself by shared_ptr.
    const auto shared = std::make_shared<Point>(1, 2);
    REQUIRE(interpreter.define("copied", *shared));
    REQUIRE(interpreter.define("shared", shared));
    REQUIRE(interpreter.eval("(set! (. copied x) 50) (set! (. shared x) 60)"));
    CHECK(shared->x == 60);
    CHECK(evaluated<std::shared_ptr<Point>>(interpreter, "shared") == shared);
    CHECK(interpreter.define("points", std::vector<Point>{{1, 2}, {3, 4}}));
    CHECK(evaluated<double>(interpreter, "(. (nth points 1) y)") == 4);

    REQUIRE(interpreter.define("move-it", [](Point& p, double by) { p.x += by; }));
    REQUIRE(interpreter.define("x-of", [](const Point* p) { return p != nullptr ? p->x : -1.0; }));
    REQUIRE(interpreter.define("same?", [&](const std::shared_ptr<Point>& p) { return p == shared; }));
    REQUIRE(interpreter.define("made", [] { return std::make_unique<Point>(8, 9); }));
    REQUIRE(interpreter.define("first-of", [](const std::vector<Point>& points) { return points.at(0); }));
    CHECK(evaluated<double>(interpreter, "(move-it shared 5) (. shared x)") == 65);
    CHECK(evaluated<double>(interpreter, "(x-of shared)") == 65);
    CHECK(evaluated<double>(interpreter, "(x-of nil)") == -1);
    CHECK(evaluated<bool>(interpreter, "(same? shared)"));
    CHECK_FALSE(evaluated<bool>(interpreter, "(same? copied)"));
    CHECK(evaluated<double>(interpreter, "(. (made) y)") == 9);
    CHECK(evaluated<Point>(interpreter, "(first-of [(Point 5 6)])") == Point(5, 6));
    CHECK(interpreter.eval("(first-of [])").error().type == "RuntimeError");
    CHECK(interpreter.eval("(move-it nil 5)").error().message == "argument 1 of move-it: expected Point, not NoneType");
    CHECK(interpreter.define("line", Line{}).error().message.starts_with("no class is defined for the host's"));
}

TEST_CASE("a field of a class is a part of its object, which it keeps alive") {
    Interpreter interpreter = with_points();
    REQUIRE(interpreter.define("Line", Class<Line>()
                                           .constructor([] { return std::make_shared<Line>(); })
                                           .field("from", &Line::from)
                                           .field("to", &Line::to)
                                           .field("name", &Line::name)
                                           .field("id", &Line::id)));
    CHECK(evaluated<double>(interpreter, "(def line (Line)) (set! (. line to x) 9) (. line to x)") == 9);
    CHECK(evaluated<double>(interpreter, "(def part (. line to)) (set! line nil) (. part x)") == 9);
    CHECK(evaluated<std::string>(interpreter, "(let [l (Line)] (set! (. l name) \"other\") (. l name))") == "other");
    CHECK(evaluated<int>(interpreter, "(. (Line) id)") == 7);
    CHECK(error_of(interpreter, "(set! (. (Line) id) 8)") == "AttributeError");
    CHECK(evaluated<double>(interpreter, "(let [l (Line)] (set! (. l from) (Point 4 5)) (. l from y))") == 5);
}

TEST_CASE("classes are derived in C++ and in scripts") {
    Interpreter interpreter = fresh();
    const auto circle = Class<Circle>()
                            .constructor<double>({"radius"})
                            .field("radius", &Circle::radius)
                            .field("label", &Circle::label)
                            .base<Shape>();
    CHECK(interpreter.define("Circle", circle)
              .error()
              .message.starts_with("the base class of Circle is to be defined first"));
    REQUIRE(interpreter.define("Shape", Class<Shape>().method("area", &Shape::area).field("kind", &Shape::kind)));
    REQUIRE(interpreter.define("Circle", circle));
    CHECK(evaluated<double>(interpreter, "(def c (Circle 2)) (.area c)") == 12);
    CHECK(evaluated<std::string>(interpreter, "(. c kind)") == "circle");
    CHECK(evaluated<bool>(interpreter, "(isinstance c Shape)"));
    CHECK(error_of(interpreter, "(Shape \"x\")") == "TypeError");
    CHECK(interpreter.eval("(Shape)").error().message == "only the host makes a Shape");
    // By its base, and back as what it is.
    const auto shape = evaluated<std::shared_ptr<Shape>>(interpreter, "c");
    CHECK(shape->area() == 12);
    REQUIRE(interpreter.define("again", shape));
    CHECK(evaluated<double>(interpreter, "(. again radius)") == 2);
    CHECK(evaluated<bool>(interpreter, "(= again c)"));
    CHECK(evaluated<bool>(interpreter, "(= (hash again) (hash c))"));
    REQUIRE(interpreter.define("plain", std::make_shared<Shape>("plain")));
    CHECK(error_of(interpreter, "(. plain radius)") == "AttributeError");
    CHECK(interpreter.eval("plain")->as<std::shared_ptr<Circle>>().error().type == "TypeError");

    REQUIRE(
        interpreter.eval("(defclass Ring [Circle]"
                         "  (defn __init__ [self radius hole] (.__init__ Circle self radius) (set! (. self hole) hole))"
                         "  (defn area [self] (- (.area Circle self) (. self hole))))"));
    CHECK(evaluated<double>(interpreter, "(.area (Ring 2 1))") == 11);
    CHECK(evaluated<std::shared_ptr<Shape>>(interpreter, "(Ring 2 1)")->area() == 12);  // C++ sees C++'s
    CHECK(interpreter.eval("(defclass Empty [Circle] (defn __init__ [self])) (.area (Empty))").error().type ==
          "TypeError");
    CHECK(error_of(interpreter, "(.__init__ Circle plain 1)") == "TypeError");
}

TEST_CASE("objects of the host end when nobody holds them") {
    REQUIRE(fresh().eval("(import gc) (.collect gc)"));
    const int before = Shape::alive;
    {
        Interpreter interpreter = fresh();
        REQUIRE(interpreter.define("Shape", Class<Shape>().constructor<std::string>().field("kind", &Shape::kind)));
        REQUIRE(interpreter.eval("(def s (Shape \"a\")) (def held [(Shape \"b\") (Shape \"c\")])"));
        CHECK(Shape::alive == before + 3);
        REQUIRE(interpreter.eval("(.__init__ s \"again\")"));  // instead of the one before
        CHECK(Shape::alive == before + 3);
        REQUIRE(interpreter.eval("(def held nil)"));
        CHECK(Shape::alive == before + 1);
        // A cycle through the script's own class.
        REQUIRE(interpreter.eval(
            "(defclass Node [Shape]) (let [n (Node \"n\")] (set! (. n self) n)) (import gc) (.collect gc)"));
        CHECK(Shape::alive == before + 1);
        const auto kept = evaluated<std::shared_ptr<Shape>>(interpreter, "s");
        REQUIRE(interpreter.eval("(def s nil)"));
        CHECK(Shape::alive == before + 1);
        const Value value = interpreter.eval("(Shape \"v\")").value();
        interpreter = fresh();
        CHECK(value.attr("kind")->as<std::string>().value() == "v");
        CHECK(Value::from(kept)->attr("kind")->as<std::string>().value() == "again");
    }
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.eval("(import gc) (.collect gc)"));
    CHECK(Shape::alive == before);
    CHECK(Value::from(std::make_shared<Shape>("late")).error().message.starts_with("no class is defined"));
}

TEST_CASE("each interpreter has its own class for a type") {
    Interpreter one = with_points();
    Interpreter other = fresh();
    REQUIRE(other.define("Point", Class<Point>().field("far", &Point::x)));
    REQUIRE(one.define("origin", [] { return Point(1, 2); }));
    REQUIRE(other.define("origin", [] { return Point(1, 2); }));
    CHECK(evaluated<double>(one, "(. (origin) x)") == 1);
    CHECK(evaluated<double>(other, "(. (origin) far)") == 1);
    REQUIRE(other.define("theirs", one.eval("(Point 5 6)").value()));
    CHECK(evaluated<Point>(other, "theirs") == Point(5, 6));
}

TEST_CASE("functions of the host take arguments by name, and leave some out") {
    Interpreter interpreter = fresh();
    REQUIRE(interpreter.define(
        "lerp", [](double a, double b, std::optional<double> t) { return a + t.value_or(0.5) * (b - a); }, "Mix.",
        {"a", "b", "part-of"}));
    CHECK(evaluated<double>(interpreter, "(lerp 0 10)") == 5);
    CHECK(evaluated<double>(interpreter, "(lerp 0 10 nil)") == 5);
    CHECK(evaluated<double>(interpreter, "(lerp 0 10 0.1)") == 1);
    CHECK(evaluated<double>(interpreter, "(lerp 0 :part-of 0.1 :b 10)") == 1);
    CHECK(interpreter.eval("(lerp 0)").error().message ==
          "lerp takes 2 or 3 arguments (a b [part-of]) but 1 was given");
    CHECK(interpreter.eval("(lerp 0 1 2 3)").error().message ==
          "lerp takes 2 or 3 arguments (a b [part-of]) but 4 were given");
    CHECK(interpreter.eval("(lerp 0 :part-of 1)").error().message == "lerp wants the argument b (a b [part-of])");
    CHECK(interpreter.eval("(lerp 0 1 :c 1)").error().message == "lerp has no parameter 'c' (a b [part-of])");
    CHECK(interpreter.eval("(lerp 0 1 \"x\")").error().message ==
          "the argument part-of of lerp: expected a number, not str");
    CHECK(evaluated<std::string>(interpreter, "(import inspect) (str (.signature inspect lerp))") ==
          "(a, b, part_of=None)");
    CHECK(evaluated<std::string>(interpreter, "(. lerp __doc__)") == "Mix.");
    // A function that cannot be copied, and one by its address.
    auto owned = std::make_unique<int>(5);
    REQUIRE(interpreter.define("owned", [owned = std::move(owned)] { return *owned; }));
    CHECK(evaluated<int>(interpreter, "(owned)") == 5);
    REQUIRE(interpreter.define("cosine", static_cast<double (*)(double)>(std::cos)));
    CHECK(evaluated<double>(interpreter, "(cosine 0)") == 1);
}
