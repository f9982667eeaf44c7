// Questions about what a value is.
#include "bridge/operators.hpp"
#include "bridge/truth.hpp"
#include "lang/keyword.hpp"
#include "lang/list.hpp"
#include "lang/symbol.hpp"
#include "vm/closure.hpp"
#include "vm/core_lazy.hpp"
#include "vm/core_state.hpp"
#include "vm/core_support.hpp"
#include "vm/core_tables.hpp"

namespace catena {

namespace {

// A question answered by the tag and the object's type alone.
template <bool (*asks)(const Value&)>
Value question(Value* a, std::size_t) {
    return Value::boolean(asks(a[0]));
}

// A question that may run Python code: 1, 0, -1.
template <int (*asks)(PyObject*)>
Value slow_question(Value* a, std::size_t) {
    const Ref object = boxed(a[0]);
    const int answer = object ? asks(object.get()) : -1;
    return answer < 0 ? Value::error() : Value::boolean(answer != 0);
}

// An instance of module.name, a class of Python's library that is needed for objects alone.
int is_instance_of(PyObject* o, PyObject*& slot, const char* module, const char* name) {
    PyObject* type = kept_name(slot, module, name);
    return type != nullptr ? PyObject_IsInstance(o, type) : -1;
}

PyObject* number_class = nullptr;
PyObject* integral_class = nullptr;
PyObject* real_class = nullptr;
PyObject* rational_class = nullptr;
PyObject* mapping_class = nullptr;
PyObject* collection_class = nullptr;
PyObject* pattern_class = nullptr;

template <PyTypeObject* type>
bool is_kind_of(const Value& v) {
    return v.is_object() && PyObject_TypeCheck(v.as_object(), type);
}

bool is_boolean(const Value& v) { return v.tag == Tag::yes || v.tag == Tag::no; }
bool is_missing_nothing(const Value& v) { return v.is_nil(); }
bool is_something(const Value& v) { return !v.is_nil(); }
bool is_yes(const Value& v) { return v.tag == Tag::yes; }
bool is_no(const Value& v) { return v.tag == Tag::no; }
bool is_anything(const Value&) { return true; }

bool is_keyword_value(const Value& v) { return v.is_object() && is_keyword(v.as_object()); }
bool is_symbol_value(const Value& v) { return v.is_object() && is_symbol(v.as_object()); }
bool is_name_value(const Value& v) { return is_keyword_value(v) || is_symbol_value(v); }
bool is_string_value(const Value& v) { return is_text(v) && !is_keyword(v.as_object()); }
bool is_list_value(const Value& v) { return v.is_object() && is_list(v.as_object()); }
bool is_bytes_value(const Value& v) {
    return v.is_object() && (PyBytes_Check(v.as_object()) || PyByteArray_Check(v.as_object()));
}
bool is_set_value(const Value& v) { return v.is_object() && PyAnySet_Check(v.as_object()); }
bool is_module_value(const Value& v) { return v.is_object() && PyModule_Check(v.as_object()); }
bool is_class_value(const Value& v) { return v.is_object() && PyType_Check(v.as_object()); }
bool is_exception_value(const Value& v) { return v.is_object() && PyExceptionInstance_Check(v.as_object()); }
bool is_callable_value(const Value& v) { return v.is_object() && PyCallable_Check(v.as_object()); }
bool calls_like_function(const Value& v) { return is_callable_value(v) || is_keyword_value(v); }

bool is_function_value(const Value& v) {
    if (!v.is_object()) return false;
    PyObject* o = v.as_object();
    return is_closure(o) || is_native(o) || PyFunction_Check(o) || PyCFunction_Check(o) || PyMethod_Check(o);
}

bool is_sequential_value(const Value& v) {
    if (!v.is_object()) return false;
    PyObject* o = v.as_object();
    return PyList_Check(o) || PyTuple_Check(o) || is_list(o) || PyRange_Check(o) || is_lazy_seq(o);
}

bool is_indexed_value(const Value& v) {
    return v.is_object() && (PyList_Check(v.as_object()) || PyTuple_Check(v.as_object()));
}

bool is_iterable_value(const Value& v) {
    if (!v.is_object()) return v.is_nil();
    return Py_TYPE(v.as_object())->tp_iter != nullptr || PySequence_Check(v.as_object());
}

bool is_iterator_value(const Value& v) { return v.is_object() && PyIter_Check(v.as_object()); }

bool is_counted_value(const Value& v) { return v.is_object() && has_length(v.as_object()); }

int is_number(PyObject* o) {
    if (PyBool_Check(o)) return 0;
    if (PyLong_Check(o) || PyFloat_Check(o) || PyComplex_Check(o)) return 1;
    return is_instance_of(o, number_class, "numbers", "Number");
}

int is_integer(PyObject* o) {
    if (PyBool_Check(o)) return 0;
    if (PyLong_Check(o)) return 1;
    return PyIndex_Check(o) ? is_instance_of(o, integral_class, "numbers", "Integral") : 0;
}

int is_float(PyObject* o) {
    if (PyFloat_Check(o)) return 1;
    if (PyLong_Check(o)) return 0;
    const int real = is_instance_of(o, real_class, "numbers", "Real");
    if (real <= 0) return real;
    const int rational = is_instance_of(o, rational_class, "numbers", "Rational");
    return rational < 0 ? -1 : rational == 0;
}

int is_map(PyObject* o) {
    if (PyDict_Check(o)) return 1;
    if (PyList_Check(o) || PyTuple_Check(o) || PyUnicode_Check(o) || is_list(o)) return 0;
    return is_instance_of(o, mapping_class, "collections.abc", "Mapping");
}

int is_collection(PyObject* o) {
    if (PyUnicode_Check(o) || PyBytes_Check(o)) return 0;
    if (PyList_Check(o) || PyTuple_Check(o) || PyDict_Check(o) || PyAnySet_Check(o) || is_list(o)) return 1;
    return is_instance_of(o, collection_class, "collections.abc", "Collection");
}

int is_associative(PyObject* o) { return PyList_Check(o) ? 1 : is_map(o); }

int is_pattern(PyObject* o) { return is_instance_of(o, pattern_class, "re", "Pattern"); }

int is_future(PyObject* o) {
    if (PyLong_Check(o) || PyUnicode_Check(o)) return 0;
    return PyObject_HasAttrString(o, "add_done_callback") && PyObject_HasAttrString(o, "result");
}

Value is_nan_value(Value* a, std::size_t) {
    if (a[0].is_real()) return Value::boolean(a[0].as_real() != a[0].as_real());
    if (a[0].is_integer()) return Value::boolean(false);
    const Ref object = boxed(a[0]);
    const int number = object ? is_number(object.get()) : -1;
    if (number < 0) return Value::error();
    if (number == 1) {
        const Value differs = ne(a[0], a[0]);
        if (differs.is_error()) return differs;
        const int truth = is_true(differs);
        differs.release();
        return truth < 0 ? Value::error() : Value::boolean(truth == 1);
    }
    return fail(PyExc_TypeError, "nan?: needs a number, not %.200s", kind_name(a[0]));
}

Value boolean(Value* a, std::size_t) {
    const int truth = is_true(a[0]);
    return truth < 0 ? Value::error() : Value::boolean(truth == 1);
}

Value is_instance(Value* a, std::size_t) {
    const Ref type = boxed(a[0]);
    const Ref object = boxed(a[1]);
    if (!type || !object) return Value::error();
    const int answer = PyObject_IsInstance(object.get(), type.get());
    return answer < 0 ? Value::error() : Value::boolean(answer == 1);
}

// Is a `kind?` question, for the table: one operand each.
constexpr NativeSpec asks(const char* name, const char* doc, NativeFunction function) {
    return {name, "[x]", doc, function, nullptr, 1, 1};
}

constexpr NativeSpec table[] = {
    asks("nil?", "Is x nil?\n(nil? nil) => true\n(nil? false) => false", question<is_missing_nothing>),
    asks("some?", "Is x anything but nil?\n(some? 0) => true", question<is_something>),
    asks("any?", "Always true.\n(any? nil) => true", question<is_anything>),
    asks("true?",
         "Is x the value true?\n"
         "(true? true) => true\n"
         "(true? 1) => false",
         question<is_yes>),
    asks("false?", "Is x the value false?\n(false? nil) => false", question<is_no>),
    asks("boolean?", "Is x true or false?\n(boolean? false) => true", question<is_boolean>),
    asks("string?",
         "Is x a string? A keyword is none here.\n"
         "(string? \"a\") => true\n"
         "(string? :a) => false",
         question<is_string_value>),
    asks("bytes?", "Is x bytes or a bytearray?\n(bytes? b\"a\") => true", question<is_bytes_value>),
    asks("symbol?", "Is x a symbol?\n(symbol? 'a) => true", question<is_symbol_value>),
    asks("keyword?",
         "Is x a keyword?\n"
         "(keyword? :a) => true\n"
         "(keyword? \"a\") => false",
         question<is_keyword_value>),
    asks("ident?", "Is x a keyword or a symbol?\n(ident? :a) => true", question<is_name_value>),
    asks("list?", "Is x a List?\n(list? '(1)) => true\n(list? [1]) => false", question<is_list_value>),
    asks("seq?", "Is x a List?\n(seq? (rest [1 2])) => true", question<is_list_value>),
    asks("vector?",
         "Is x a vector, Python's list?\n"
         "(vector? [1]) => true\n"
         "(vector? '(1)) => false",
         question<is_kind_of<&PyList_Type>>),
    asks("tuple?", "Is x a tuple?\n(tuple? #[1]) => true", question<is_kind_of<&PyTuple_Type>>),
    asks("map?", "Is x a dict or another mapping?\n(map? {}) => true", slow_question<is_map>),
    asks("set?", "Is x a set or frozenset?\n(set? #{1}) => true", question<is_set_value>),
    asks(
        "sequential?",
        "Is x a vector, tuple, List, range or lazy sequence?\n(sequential? [1]) => true\n(sequential? \"ab\") => false",
        question<is_sequential_value>),
    asks("indexed?", "Is x a vector or tuple?\n(indexed? [1]) => true", question<is_indexed_value>),
    asks("coll?",
         "Is x a collection? A string is none.\n"
         "(coll? {:a 1}) => true\n"
         "(coll? \"a\") => false",
         slow_question<is_collection>),
    asks("associative?",
         "Does assoc take x: a map or a vector?\n"
         "(associative? [1]) => true",
         slow_question<is_associative>),
    asks("counted?",
         "Does x know how many items it has?\n"
         "(counted? [1]) => true",
         question<is_counted_value>),
    asks("iterable?",
         "Can x be walked? nil can.\n"
         "(iterable? \"ab\") => true\n"
         "(iterable? 1) => false",
         question<is_iterable_value>),
    asks("iterator?",
         "Is x an iterator, which a walk uses up?\n"
         "(iterator? [1]) => false",
         question<is_iterator_value>),
    asks("fn?",
         "Is x a function, Catena's or Python's?\n"
         "(fn? inc) => true\n"
         "(fn? :a) => false",
         question<is_function_value>),
    asks("ifn?",
         "Can x stand at the head of a call: a callable or a keyword?\n"
         "(ifn? :a) => true",
         question<calls_like_function>),
    asks("callable?",
         "Is x callable for Python too?\n"
         "(callable? inc) => true\n"
         "(callable? :a) => false",
         question<is_callable_value>),
    asks("class?", "Is x a class?\n(class? int) => true", question<is_class_value>),
    asks("module?", "Is x a module?\n(module? 1) => false", question<is_module_value>),
    asks("exception?",
         "Is x an exception object?\n"
         "(exception? (ValueError \"no\")) => true",
         question<is_exception_value>),
    asks("number?",
         "Is x a number of any kind? true and false are none.\n"
         "(number? 1.5) => true\n"
         "(number? true) => false",
         slow_question<is_number>),
    asks("int?", "Is x an integer?\n(int? 3) => true\n(int? 3.0) => false", slow_question<is_integer>),
    asks("integer?", "The same as int?.\n(integer? 3) => true", slow_question<is_integer>),
    asks("float?",
         "Is x a floating-point number?\n"
         "(float? 1.5) => true\n"
         "(float? 1) => false",
         slow_question<is_float>),
    asks("double?", "The same as float?.\n(double? 1.5) => true", slow_question<is_float>),
    asks("complex?", "Is x a complex number?\n(complex? 2j) => true", question<is_kind_of<&PyComplex_Type>>),
    asks("nan?", "Is x the float that equals nothing?\n(nan? nan) => true", is_nan_value),
    asks("pattern?", "Is x a regular expression?\n(pattern? #\"a+\") => true", slow_question<is_pattern>),
    asks("atom?", "Is x an atom?\n(atom? (atom 1)) => true", question<is_atom_value>),
    asks("future?", "Is x a future?\n(future? 1) => false", slow_question<is_future>),
    asks("boolean",
         "true for what counts as true in Catena, else false; bool is Python's.\n"
         "(boolean 0) => true\n"
         "(boolean nil) => false",
         boolean),
    {"instance?", "[class x]",
     "Is x an instance of the class, or of one of a tuple of classes?\n"
     "(instance? int 3) => true\n"
     "(instance? str :a) => true",
     is_instance, nullptr, 2, 2},
};

}  // namespace

std::span<const NativeSpec> kind_natives() { return table; }

}  // namespace catena
