#include "vm/core_pairs.hpp"

#include <vector>

#include "lang/keyword.hpp"
#include "vm/calls.hpp"
#include "vm/vm.hpp"

namespace catena {

namespace {

bool is_keyword_value(const Value& v) { return v.is_object() && is_keyword(v.as_object()); }

bool takes_pairs(const Value& callee) { return callee.is_object() && !takes_pairs_in_place(callee.as_object()); }

}  // namespace

std::size_t pairs_at_end(const Value& callee, const Value* arguments, std::size_t count) {
    std::size_t pairs = 0;
    if (!takes_pairs(callee)) return 0;
    while (count >= 3 && is_keyword_value(arguments[count - 2])) {
        count -= 2;
        ++pairs;
    }
    return pairs;
}

Value call_as_written(const Value& callee, const Value* arguments, std::size_t count, std::size_t plain_from,
                      std::size_t plain_to) {
    const auto begins_pair = [&](std::size_t i) {
        const bool plain = i >= plain_from && i < plain_to;
        return !plain && i + 1 < count && is_keyword_value(arguments[i]);
    };
    std::size_t first = 0;
    while (first < count && !begins_pair(first)) ++first;
    if (first == count || !takes_pairs(callee)) return call_value(callee, arguments, count);

    std::vector<Value> values(arguments, arguments + first);
    std::vector<Value> paired;
    const Ref names = steal(PyList_New(0));
    if (!names) return Value::error();
    for (std::size_t i = first; i < count; ++i) {
        if (begins_pair(i)) {
            if (PyList_Append(names.get(), keyword_python_name(arguments[i].as_object())) < 0) return Value::error();
            paired.push_back(arguments[++i]);
        } else {
            values.push_back(arguments[i]);
        }
    }
    values.insert(values.end(), paired.begin(), paired.end());
    const Ref tuple = steal(PyList_AsTuple(names.get()));
    return tuple ? call_value(callee, values.data(), values.size(), tuple.get()) : Value::error();
}

}  // namespace catena
