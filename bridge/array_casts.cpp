#include "bridge/array_casts.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace catena {
namespace {

template <class From, class To>
void cast(char** args, const Py_ssize_t* dimensions, const Py_ssize_t* strides, void*) {
    const char* in = args[0];
    char* out = args[1];
    const Py_ssize_t in_stride = strides[0], out_stride = strides[1], count = dimensions[0];
    const auto convert = [](From from) -> To {
        if constexpr (std::is_same_v<From, bool>) return static_cast<To>(from ? 1 : 0);
        return static_cast<To>(from);
    };
    const auto read = [](const char* at) -> From {
        if constexpr (std::is_same_v<From, bool>) return *at != 0;
        From from;
        std::memcpy(&from, at, sizeof from);
        return from;
    };
    if (in_stride == sizeof(From) && out_stride == sizeof(To)) {
        // As the compiler vectorises it.
        for (Py_ssize_t i = 0; i < count; ++i) {
            const To to = convert(read(in + i * static_cast<Py_ssize_t>(sizeof(From))));
            std::memcpy(out + i * static_cast<Py_ssize_t>(sizeof(To)), &to, sizeof to);
        }
        return;
    }
    for (Py_ssize_t i = 0; i < count; ++i, in += in_stride, out += out_stride) {
        const To to = convert(read(in));
        std::memcpy(out, &to, sizeof to);
    }
}

template <class From>
NumpyLoop cast_from(int to) {
    switch (to) {
        case int8: return cast<From, std::int8_t>;
        case uint8: return cast<From, std::uint8_t>;
        case int16: return cast<From, std::int16_t>;
        case uint16: return cast<From, std::uint16_t>;
        case int32: return cast<From, std::int32_t>;
        case uint32: return cast<From, std::uint32_t>;
        case long_: return cast<From, long>;
        case ulong: return cast<From, unsigned long>;
        case float32: return cast<From, float>;
        case float64: return cast<From, double>;
        default: return nullptr;
    }
}

// Of an integer type: its size and whether it has a sign.
int integer_bits(int type) { return static_cast<int>(element_size(type)) * 8; }
bool is_integer(int type) { return type >= int8 && type <= ulonglong; }
bool is_signed(int type) { return type % 2 == 1; }

template <class T>
bool store_integer(const Value& number, char* at) {
    const std::int64_t i = number.is_integer() ? number.as_integer() : number.tag == Tag::yes;
    if constexpr (std::is_signed_v<T>) {
        if (i < std::numeric_limits<T>::min() || i > std::numeric_limits<T>::max()) return false;
    } else {
        if (i < 0 || static_cast<std::uint64_t>(i) > std::numeric_limits<T>::max()) return false;
    }
    const auto element = static_cast<T>(i);
    std::memcpy(at, &element, sizeof element);
    return true;
}

}  // namespace

NumpyLoop cast_loop(int from, int to) {
    switch (from) {
        case boolean: return cast_from<bool>(to);
        case int8: return cast_from<std::int8_t>(to);
        case uint8: return cast_from<std::uint8_t>(to);
        case int16: return cast_from<std::int16_t>(to);
        case uint16: return cast_from<std::uint16_t>(to);
        case int32: return cast_from<std::int32_t>(to);
        case uint32: return cast_from<std::uint32_t>(to);
        case long_: return cast_from<long>(to);
        case ulong: return cast_from<unsigned long>(to);
        case float32: return cast_from<float>(to);
        default: return nullptr;
    }
}

bool casts_safely(int from, int to) {
    if (from == to || from == boolean) return true;
    if (to == boolean) return false;
    if (to > float64 && to != float16) return true;
    if (is_integer(from)) {
        if (is_integer(to)) {
            if (is_signed(from) == is_signed(to)) return integer_bits(from) <= integer_bits(to);
            return is_signed(to) && integer_bits(from) < integer_bits(to);
        }
        if (to == float16) return integer_bits(from) == 8;
        return to == float64 || integer_bits(from) <= 16;
    }
    return from == float32 && to == float64;
}

bool store_number(const Value& number, int type, char* at) {
    switch (type) {
        case boolean: {
            if (number.tag != Tag::yes && number.tag != Tag::no) return false;
            *at = number.tag == Tag::yes ? 1 : 0;
            return true;
        }
        case int8: return !number.is_real() && store_integer<std::int8_t>(number, at);
        case uint8: return !number.is_real() && store_integer<std::uint8_t>(number, at);
        case int16: return !number.is_real() && store_integer<std::int16_t>(number, at);
        case uint16: return !number.is_real() && store_integer<std::uint16_t>(number, at);
        case int32: return !number.is_real() && store_integer<std::int32_t>(number, at);
        case uint32: return !number.is_real() && store_integer<std::uint32_t>(number, at);
        case long_: return !number.is_real() && store_integer<long>(number, at);
        case ulong: return !number.is_real() && store_integer<unsigned long>(number, at);
        case longlong: return !number.is_real() && store_integer<long long>(number, at);
        case ulonglong: return !number.is_real() && store_integer<unsigned long long>(number, at);
        case float32:
        case float64: {
            const double real = number.is_real()      ? number.as_real()
                                : number.is_integer() ? static_cast<double>(number.as_integer())
                                                      : (number.tag == Tag::yes ? 1.0 : 0.0);
            if (type == float64) {
                std::memcpy(at, &real, sizeof real);
            } else {
                const auto narrow = static_cast<float>(real);
                // NumPy may report what gets too large or too small.
                const double size = std::fabs(static_cast<double>(narrow));
                if (narrow != real && std::isfinite(real) &&
                    (std::isinf(narrow) || size < std::numeric_limits<float>::min()))
                    return false;
                std::memcpy(at, &narrow, sizeof narrow);
            }
            return true;
        }
        default: return false;
    }
}

}  // namespace catena
