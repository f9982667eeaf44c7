#include "lang/decimal.hpp"

#include <charconv>
#include <vector>

namespace catena {

namespace {

// Python always converts this many digits: its limit cannot be set lower than 640.
constexpr std::size_t chunk_digits = 512;

Ref int_from_chunk(std::string_view digits) {
    const std::string text(digits);
    return steal(PyLong_FromString(text.c_str(), nullptr, 10));
}

Ref power_of_ten(std::size_t exponent) {
    const Ref ten = steal(PyLong_FromLong(10));
    const Ref power = steal(PyLong_FromSize_t(exponent));
    return ten && power ? steal(PyNumber_Power(ten.get(), power.get(), Py_None)) : Ref();
}

}  // namespace

Ref int_from_digits(std::string_view digits) {
    if (digits.size() <= 18) {
        long long small = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), small);
        return steal(PyLong_FromLongLong(small));
    }
    // Chunks from the low end, then neighbours joined until one is left: the products stay balanced, which
    // is what makes Python's multiplication fast.
    std::vector<Ref> parts;
    for (std::size_t end = digits.size(); end > 0;) {
        const std::size_t start = end > chunk_digits ? end - chunk_digits : 0;
        parts.push_back(int_from_chunk(digits.substr(start, end - start)));
        if (!parts.back()) return {};
        end = start;
    }
    if (parts.size() == 1) return parts.front();
    Ref base = power_of_ten(chunk_digits);
    for (;;) {
        if (!base) return {};
        std::vector<Ref> joined;
        for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
            const Ref high = steal(PyNumber_Multiply(parts[i + 1].get(), base.get()));
            joined.push_back(high ? steal(PyNumber_Add(high.get(), parts[i].get())) : Ref());
            if (!joined.back()) return {};
        }
        if (parts.size() % 2 == 1) joined.push_back(std::move(parts.back()));
        parts = std::move(joined);
        if (parts.size() == 1) return parts.front();
        base = steal(PyNumber_Multiply(base.get(), base.get()));
    }
}

Result<void> append_int(std::string& out, PyObject* integer) {
    int overflow = 0;
    const long long small = PyLong_AsLongLongAndOverflow(integer, &overflow);
    if (overflow == 0) {
        out += std::to_string(small);
        return {};
    }
    const Ref magnitude = steal(PyNumber_Absolute(integer));
    if (!magnitude) return raised();
    if (overflow < 0) out += '-';

    // powers[i] is 10^(chunk * 2^i), up to about the root of the number: each step halves the digits.
    std::vector<Ref> powers{power_of_ten(chunk_digits)};
    for (;;) {
        if (!powers.back()) return raised();
        const int done = PyObject_RichCompareBool(powers.back().get(), magnitude.get(), Py_GT);
        if (done < 0) return raised();
        if (done == 1) break;
        powers.push_back(steal(PyNumber_Multiply(powers.back().get(), powers.back().get())));
    }
    struct Part {
        Ref value;
        std::size_t level;  // value < powers[level]
        bool leading;
    };
    std::vector<Part> parts{{magnitude, powers.size() - 1, true}};
    while (!parts.empty()) {
        Part part = std::move(parts.back());
        parts.pop_back();
        if (part.level == 0) {
            const Ref text = steal(PyLong_Type.tp_repr(part.value.get()));
            if (!text) return raised();
            const char* digits = PyUnicode_AsUTF8(text.get());
            if (digits == nullptr) return raised();
            const auto length = static_cast<std::size_t>(PyUnicode_GET_LENGTH(text.get()));
            if (!part.leading) out.append(chunk_digits - length, '0');
            out.append(digits, length);
            continue;
        }
        const Ref split = steal(PyNumber_Divmod(part.value.get(), powers[part.level - 1].get()));
        if (!split) return raised();
        PyObject* high = PyTuple_GET_ITEM(split.get(), 0);
        PyObject* low = PyTuple_GET_ITEM(split.get(), 1);
        const int is_zero = PyObject_Not(high);
        if (is_zero < 0) return raised();
        const bool skip = part.leading && is_zero == 1;
        parts.push_back({borrow(low), part.level - 1, skip});
        if (!skip) parts.push_back({borrow(high), part.level - 1, part.leading});
    }
    return {};
}

}  // namespace catena
