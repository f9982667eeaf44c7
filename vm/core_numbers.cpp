// Arithmetic as functions, integer division, random numbers.
#include <cmath>

#include "bridge/operators.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"

namespace catena {

namespace {

using Binary = Value (*)(const Value&, const Value&);

// op(op(a, b), c) …, from an owned start.
template <Binary op>
Value fold(Value start, const Value* rest, std::size_t count) {
    Held sum(start);
    for (std::size_t i = 0; i < count && !sum.failed(); ++i) sum.set(op(sum.get(), rest[i]));
    return sum.release();
}

template <Binary op>
Value fold_all(Value* a, std::size_t n) {
    if (n == 2) return op(a[0], a[1]);
    return fold<op>(keep(a[0]), a + 1, n - 1);
}

template <Binary op>
Value two(Value* a, std::size_t) {
    return op(a[0], a[1]);
}

template <Value (*op)(const Value&)>
Value one(Value* a, std::size_t) {
    return op(a[0]);
}

template <Binary op, int unit>
Value sum_or_product(Value* a, std::size_t n) {
    return n == 0 ? Value::integer(unit) : fold_all<op>(a, n);
}

Value minus(Value* a, std::size_t n) { return n == 1 ? neg(a[0]) : fold_all<sub>(a, n); }

Value divide(Value* a, std::size_t n) { return n == 1 ? div(Value::integer(1), a[0]) : fold_all<div>(a, n); }

bool needs_number(const Value& v, const char* who) {
    if (!v.is_nil() && !is_text(v)) return true;
    PyErr_Format(PyExc_TypeError, "%s: needs a number, not %.200s", who, kind_name(v));
    return false;
}

Value increment(Value* a, std::size_t) {
    if (!needs_number(a[0], "inc")) return Value::error();
    return add(a[0], Value::integer(1));
}

Value decrement(Value* a, std::size_t) {
    if (!needs_number(a[0], "dec")) return Value::error();
    return sub(a[0], Value::integer(1));
}

Value is_zero(Value* a, std::size_t) {
    if (!needs_number(a[0], "zero?")) return Value::error();
    return eq(a[0], Value::integer(0));
}

Value is_positive(Value* a, std::size_t) {
    if (!needs_number(a[0], "pos?")) return Value::error();
    return gt(a[0], Value::integer(0));
}

Value is_negative(Value* a, std::size_t) {
    if (!needs_number(a[0], "neg?")) return Value::error();
    return lt(a[0], Value::integer(0));
}

// 1 odd, 0 even, -1 with the error set.
int parity(const Value& v, const char* who) {
    if (v.is_integer()) return static_cast<int>(v.as_integer() & 1);
    const Ref object = boxed(v);
    if (!object) return -1;
    if (!PyIndex_Check(object.get())) {
        PyErr_Format(PyExc_TypeError, "%s: needs an integer, not %.200s", who, kind_name(v));
        return -1;
    }
    const Held whole(steal_value(PyNumber_Index(object.get())));
    if (whole.failed()) return -1;
    const Held bit(bit_and(whole.get(), Value::integer(1)));
    return bit.failed() ? -1 : static_cast<int>(bit.get().as_integer());
}

Value is_even(Value* a, std::size_t) {
    const int odd = parity(a[0], "even?");
    return odd < 0 ? Value::error() : Value::boolean(odd == 0);
}

Value is_odd(Value* a, std::size_t) {
    const int odd = parity(a[0], "odd?");
    return odd < 0 ? Value::error() : Value::boolean(odd == 1);
}

// 1 when v < 0, 0, or -1 with the error set.
int below_zero(const Value& v) { return truth_of(lt(v, Value::integer(0))); }

// Division that rounds towards zero, made from Python's: `//` and `%` round down for most numbers, and towards zero
// for Decimal, so the remainder's sign tells what happened.
struct Division {
    Held quotient;
    Held remainder;
};

bool divide_truncating(const Value& a, const Value& b, Division& out) {
    out.quotient.set(floordiv(a, b));
    if (out.quotient.failed()) return false;
    out.remainder.set(mod(a, b));
    if (out.remainder.failed()) return false;
    const int inexact = truth_of(ne(out.remainder.get(), Value::integer(0)));
    if (inexact <= 0) return inexact == 0;
    const int a_negative = below_zero(a);
    const int r_negative = below_zero(out.remainder.get());
    if (a_negative < 0 || r_negative < 0) return false;
    if (a_negative == r_negative) return true;
    out.quotient.set(add(out.quotient.get(), Value::integer(1)));
    if (out.quotient.failed()) return false;
    out.remainder.set(sub(out.remainder.get(), b));
    return !out.remainder.failed();
}

bool as_double(const Value& v, double* out) {
    if (v.is_real())
        *out = v.as_real();
    else if (v.is_integer())
        *out = static_cast<double>(v.as_integer());
    else
        return false;
    return true;
}

bool are_machine_integers(const Value& a, const Value& b) {
    return a.is_integer() && b.is_integer() && b.as_integer() != 0 &&
           !(a.as_integer() == INT64_MIN && b.as_integer() == -1);
}

Value quotient(Value* a, std::size_t) {
    if (are_machine_integers(a[0], a[1])) return Value::integer(a[0].as_integer() / a[1].as_integer());
    double x;
    double y;
    if ((a[0].is_real() || a[1].is_real()) && as_double(a[0], &x) && as_double(a[1], &y)) {
        if (y == 0.0) return fail(PyExc_ZeroDivisionError, "quot: division by zero");
        return Value::real(std::trunc(x / y));
    }
    Division division;
    if (!divide_truncating(a[0], a[1], division)) return Value::error();
    return division.quotient.release();
}

Value remainder_of(Value* a, std::size_t) {
    if (are_machine_integers(a[0], a[1])) return Value::integer(a[0].as_integer() % a[1].as_integer());
    double x;
    double y;
    if ((a[0].is_real() || a[1].is_real()) && as_double(a[0], &x) && as_double(a[1], &y)) {
        if (y == 0.0) return fail(PyExc_ZeroDivisionError, "rem: division by zero");
        return Value::real(std::fmod(x, y));
    }
    Division division;
    if (!divide_truncating(a[0], a[1], division)) return Value::error();
    return division.remainder.release();
}

Value product(Value* a, std::size_t n) {
    Items items;
    if (is_infinite(a[0])) return fail_endless("product");
    if (!items.open(a[0], "product")) return Value::error();
    Held result(n > 1 ? keep(a[1]) : Value::integer(1));
    for (;;) {
        Held item;
        const int got = items.next(item.slot());
        if (got < 0) return Value::error();
        if (got == 0) return result.release();
        result.set(mul(result.get(), item.get()));
        if (result.failed()) return Value::error();
    }
}

// random.NAME(x): Python's own generator, so that random.seed governs it.
Value from_random(const char* name, const Value* x) {
    const Ref function = import_name("random", name);
    if (!function) return Value::error();
    if (x == nullptr) return steal_value(PyObject_CallNoArgs(function.get()));
    const Ref argument = boxed(*x);
    return argument ? steal_value(PyObject_CallOneArg(function.get(), argument.get())) : Value::error();
}

Value random_number(Value* a, std::size_t n) {
    const Held drawn(from_random("random", nullptr));
    if (drawn.failed() || n == 0) return keep(drawn.get());
    return mul(drawn.get(), a[0]);
}

Value random_integer(Value* a, std::size_t) { return from_random("randrange", &a[0]); }

Value random_item(Value* a, std::size_t) {
    const Ref items = copy_vector(a[0], "rand-nth");
    if (!items) return Value::error();
    if (PyList_GET_SIZE(items.get()) == 0) return fail(PyExc_IndexError, "rand-nth: there is no item");
    const Value all = Value::object(items.get());
    return from_random("choice", &all);
}

Value shuffle(Value* a, std::size_t) {
    Ref items = fresh_vector(a[0], "shuffle");
    if (!items) return Value::error();
    const Value all = Value::object(items.get());
    if (Held(from_random("shuffle", &all)).failed()) return Value::error();
    return own(std::move(items));
}

constexpr NativeSpec table[] = {
    {"+", "[& xs]",
     "The sum of any number of operands; Python's + where they are no numbers.\n"
     "(+ 1 2 3) => 6\n"
     "(+) => 0",
     sum_or_product<add, 0>, nullptr, 0, -1},
    {"-", "[x & ys]",
     "x less all others; with one operand its negation.\n"
     "(- 10 3 2) => 5\n"
     "(- 4) => -4",
     minus, nullptr, 1, -1},
    {"*", "[& xs]",
     "The product of any number of operands.\n"
     "(* 2 3 4) => 24\n"
     "(*) => 1",
     sum_or_product<mul, 1>, nullptr, 0, -1},
    {"/", "[x & ys]",
     "x divided by all others, a float for integers; with one operand 1 / x.\n"
     "(/ 6 4) => 1.5\n"
     "(/ 4) => 0.25",
     divide, nullptr, 1, -1},
    {"//", "[x y & more]", "Division rounded down.\n(// 7 2) => 3\n(// -7 2) => -4", fold_all<floordiv>, nullptr, 2,
     -1},
    {"%", "[x y]",
     "The remainder, with the sign of y. Inside #(…) the name means the argument; write mod there.\n"
     "(% -7 3) => 2",
     two<mod>, nullptr, 2, 2},
    {"mod", "[x y]",
     "The remainder, with the sign of y.\n"
     "(mod 7 3) => 1\n"
     "(mod -7 3) => 2",
     two<mod>, nullptr, 2, 2},
    {"**", "[x y]",
     "x to the power of y.\n"
     "(** 2 10) => 1024\n"
     "(** 2 -1) => 0.5",
     two<pow>, nullptr, 2, 2},
    {"quot", "[x y]",
     "Division rounded towards zero.\n"
     "(quot 7 2) => 3\n"
     "(quot -7 2) => -3",
     quotient, nullptr, 2, 2},
    {"rem", "[x y]",
     "The remainder of quot: it has the sign of x.\n"
     "(rem 7 3) => 1\n"
     "(rem -7 3) => -1",
     remainder_of, nullptr, 2, 2},
    {"matmul", "[a b]",
     "The matrix product, Python's @.\n"
     "(callable? matmul) => true",
     two<matmul>, nullptr, 2, 2},
    {"inc", "[x]", "One more.\n(inc 1) => 2", increment, nullptr, 1, 1},
    {"dec", "[x]", "One less.\n(dec 1) => 0", decrement, nullptr, 1, 1},
    {"even?", "[n]", "Is the integer n divisible by two?\n(even? 4) => true", is_even, nullptr, 1, 1},
    {"odd?", "[n]",
     "Is the integer n odd?\n"
     "(odd? 3) => true\n"
     "(odd? -4) => false",
     is_odd, nullptr, 1, 1},
    {"zero?", "[x]",
     "Is x equal to 0? For an array: where.\n"
     "(zero? 0.0) => true",
     is_zero, nullptr, 1, 1},
    {"pos?", "[x]",
     "Is x greater than 0?\n"
     "(pos? 2) => true\n"
     "(pos? 0) => false",
     is_positive, nullptr, 1, 1},
    {"neg?", "[x]", "Is x less than 0?\n(neg? -2) => true", is_negative, nullptr, 1, 1},
    {"bit-and", "[x y & more]",
     "Bitwise and; the intersection of sets and masks.\n"
     "(bit-and 12 10) => 8",
     fold_all<bit_and>, nullptr, 2, -1},
    {"bit-or", "[x y & more]",
     "Bitwise or; the union of sets and masks.\n"
     "(bit-or 12 10) => 14",
     fold_all<bit_or>, nullptr, 2, -1},
    {"bit-xor", "[x y & more]", "Bitwise exclusive or.\n(bit-xor 12 10) => 6", fold_all<bit_xor>, nullptr, 2, -1},
    {"bit-not", "[x]", "All bits inverted.\n(bit-not 5) => -6", one<bit_not>, nullptr, 1, 1},
    {"bit-shift-left", "[x n]",
     "x with its bits moved n places up.\n"
     "(bit-shift-left 1 10) => 1024",
     two<shift_left>, nullptr, 2, 2},
    {"bit-shift-right", "[x n]",
     "x with its bits moved n places down.\n"
     "(bit-shift-right 1024 3) => 128",
     two<shift_right>, nullptr, 2, 2},
    {"product", "[xs &opt (start 1)]",
     "The product of the items, times start.\n"
     "(product [2 3 4]) => 24\n"
     "(product []) => 1",
     product, nullptr, 1, 2},
    {"rand", "[&opt n]",
     "A random float in [0, 1), or in [0, n). random.seed governs it.\n"
     "(<= 0 (rand) 1) => true\n"
     "(< (rand 5) 5) => true",
     random_number, nullptr, 0, 1},
    {"rand-int", "[n]",
     "A random integer from 0 up to, but not including, n.\n"
     "(rand-int 1) => 0",
     random_integer, nullptr, 1, 1},
    {"rand-nth", "[xs]", "A random item.\n(rand-nth [7 7]) => 7", random_item, nullptr, 1, 1},
    {"shuffle", "[xs]",
     "The items in random order.\n"
     "(sort (shuffle [3 1 2])) => [1 2 3]",
     shuffle, nullptr, 1, 1},
};

}  // namespace

std::span<const NativeSpec> number_natives() { return table; }

}  // namespace catena
