// Equality, order and negation as functions.
#include "vm/core_compare.hpp"

#include "bridge/operators.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"

namespace catena {

namespace {

// With two operands what Python answers; with more the first pair that does not hold decides, as in Python's chains.
template <int op>
Value chain(Value* a, std::size_t n) {
    if (n == 2) return compare(a[0], a[1], op);
    Held answer(Value::boolean(true));
    for (std::size_t i = 1; i < n; ++i) {
        answer.set(compare(a[i - 1], a[i], op));
        if (answer.failed()) return Value::error();
        if (i + 1 == n) break;
        const int holds = is_true(answer.get());
        if (holds < 0) return Value::error();
        if (holds == 0) break;
    }
    return answer.release();
}

Value unequal(Value* a, std::size_t n) {
    if (n == 1) return Value::boolean(true);
    if (n == 2) return ne(a[0], a[1]);
    const int holds = truth_of(chain<Py_EQ>(a, n));
    return holds < 0 ? Value::error() : Value::boolean(holds == 0);
}

Value is_identical(Value* a, std::size_t) { return Value::boolean(identical(a[0], a[1])); }

Value negate(Value* a, std::size_t) {
    const int truth = is_true(a[0]);
    return truth < 0 ? Value::error() : Value::boolean(truth == 0);
}

// nil comes before everything; what Python cannot order is its TypeError.
Value order(Value* a, std::size_t) {
    if (a[0].is_nil() || a[1].is_nil()) return Value::integer(int{a[1].is_nil()} - int{a[0].is_nil()});
    const int below = truth_of(lt(a[0], a[1]));
    if (below < 0) return Value::error();
    if (below != 0) return Value::integer(-1);
    const int above = truth_of(gt(a[0], a[1]));
    return above < 0 ? Value::error() : Value::integer(above);
}

constexpr NativeSpec table[] = {
    {"=", "[x & ys]",
     "Are all equal? With two operands what Python's == answers.\n"
     "(= 1 1.0) => true\n"
     "(= [1 2] '(1 2)) => true\n"
     "(= 1 1 2) => false",
     chain<Py_EQ>, nullptr, 1, -1},
    {"==", "[x & ys]", "The same as =.\n(== 2 2) => true", chain<Py_EQ>, nullptr, 1, -1},
    {"!=", "[x & ys]",
     "Not all equal? With two operands what Python's != answers.\n"
     "(!= 1 2) => true\n"
     "(!= 1 1 2) => true",
     unequal, nullptr, 1, -1},
    {"not=", "[x & ys]", "The same as !=.\n(not= :a :b) => true", unequal, nullptr, 1, -1},
    {"<", "[x & ys]",
     "Does each operand stand before the next?\n"
     "(< 1 2 3) => true\n"
     "(< 1 3 2) => false",
     chain<Py_LT>, nullptr, 1, -1},
    {"<=", "[x & ys]", "Does no operand stand after the next?\n(<= 1 1 2) => true", chain<Py_LE>, nullptr, 1, -1},
    {">", "[x & ys]",
     "Does each operand stand after the next?\n"
     "(> 3 2 1) => true",
     chain<Py_GT>, nullptr, 1, -1},
    {">=", "[x & ys]",
     "Does no operand stand before the next?\n"
     "(>= 3 3 1) => true",
     chain<Py_GE>, nullptr, 1, -1},
    {"identical?", "[a b]",
     "Are a and b one object? For numbers: of one type and value.\n"
     "(identical? nil nil) => true\n"
     "(identical? [1] [1]) => false",
     is_identical, nullptr, 2, 2},
    {"not", "[x]",
     "true for nil and false, else false.\n"
     "(not nil) => true\n"
     "(not 0) => false",
     negate, nullptr, 1, 1},
    {"compare", "[a b]",
     "-1, 0 or 1: a stands before b, beside it, after it. nil comes first.\n"
     "(compare 1 2) => -1\n"
     "(compare \"b\" \"a\") => 1\n"
     "(compare nil 1) => -1",
     order, nullptr, 2, 2},
};

}  // namespace

namespace {

bool is_native_with(const Value& f, NativeFunction function) {
    return f.is_object() && is_native(f.as_object()) && reinterpret_cast<Native*>(f.as_object())->function == function;
}

}  // namespace

bool is_native_less(const Value& f) { return is_native_with(f, chain<Py_LT>); }
bool is_native_greater(const Value& f) { return is_native_with(f, chain<Py_GT>); }

std::span<const NativeSpec> compare_natives() { return table; }

}  // namespace catena
