#include "vm/core_pairs.hpp"

#include <algorithm>
#include <vector>

#include "lang/keyword.hpp"
#include "vm/calls.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

bool is_written(const Value& v) { return v.is_object() && is_written_keyword(v.as_object()); }

bool takes_pairs(const Value& callee) { return callee.is_object() && !takes_pairs_in_place(callee.as_object()); }

Value without_mark(const Value& v) { return is_written(v) ? Value::object(plain_keyword(v.as_object())) : v; }

// The pairs become keyword arguments.
Value call_with_names(const Value& callee, const Value* arguments, std::size_t count) {
    std::vector<Value> values;
    std::vector<Value> paired;
    const Ref names = steal(PyList_New(0));
    if (!names) return Value::error();
    for (std::size_t i = 0; i < count; ++i) {
        if (is_written(arguments[i]) && i + 1 < count) {
            if (PyList_Append(names.get(), keyword_python_name(arguments[i].as_object())) < 0) return Value::error();
            paired.push_back(arguments[++i]);
        } else {
            values.push_back(without_mark(arguments[i]));
        }
    }
    values.insert(values.end(), paired.begin(), paired.end());
    const Ref tuple = steal(PyList_AsTuple(names.get()));
    return tuple ? call_value(callee, values.data(), values.size(), tuple.get()) : Value::error();
}

}  // namespace

std::size_t pairs_at_end(const Value& callee, const Value* arguments, std::size_t count) {
    std::size_t pairs = 0;
    if (!takes_pairs(callee)) return 0;
    while (count >= 3 && is_written(arguments[count - 2])) {
        count -= 2;
        ++pairs;
    }
    return pairs;
}

Value call_as_written(const Value& callee, const Value* arguments, std::size_t count) {
    if (std::none_of(arguments, arguments + count, is_written)) return call_value(callee, arguments, count);
    if (takes_pairs(callee)) return call_with_names(callee, arguments, count);
    const std::size_t own = callee.is_object() ? operands_not_passed_on(callee.as_object()) : passes_nothing_on;
    std::vector<Value> values(arguments, arguments + count);
    for (std::size_t i = 0; i < std::min(own, count); ++i) values[i] = without_mark(values[i]);
    return call_value(callee, values.data(), count);
}

void unmark_pairs(const Value& callee, Value* arguments, std::size_t count) {
    if (!callee.is_object() || takes_pairs(callee) || operands_not_passed_on(callee.as_object()) != passes_nothing_on)
        return;
    for (Value* v = arguments; v != arguments + count; ++v) {
        if (!is_written(*v)) continue;
        const Value old = *v;
        *v = borrow_value(plain_keyword(old.as_object()));
        old.release();
    }
}

}  // namespace catena
