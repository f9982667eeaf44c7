// How C++ values become Python's and back. A type of your own is converted once you specialise catena::Convert for it, or as an
// object of its class once that is defined for scripts (class.hpp).
//
//   bool, integers, floating-point numbers    checked: what does not fit is an OverflowError; 1.5 is no integer, true no number
//   enums                                     their numbers
//   std::string, const char* (only in)        UTF-8; nil for a null pointer
//   std::string_view                          the text within the script's string: good as long as that is held, as an argument of
//                                             a function of the host during the call. Large text: Value::text() (array.hpp)
//   std::optional                             nil for none
//   std::vector, std::pair, std::tuple        lists and tuples; from anything that can be iterated, of the right length
//   std::map, std::unordered_map              maps
//   std::variant                              the first alternative that fits
//   std::filesystem::path                     a string; from pathlib's paths, too
//   std::chrono::duration                     seconds, as a float; from datetime.timedelta, too. Rounded to the duration's unit
//   std::chrono::system_clock::time_point     datetime.datetime, in UTC; from seconds since 1970, too. One without a time zone is local.
//                                             Rounded to the unit of the time_point
//   catena::Value                             as it is
//   classes of the host                       by value a copy, as std::shared_ptr the same object (nil when empty)
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <catena/object.hpp>

namespace catena::inline v1 {

// to: a new object, or null with a Python error set. from: false with one set. Both are called with the GIL held, and what they throw
// becomes a RuntimeError. This one, which is for every type without another, is for the classes of the host.
template <class T, class = void>
struct Convert {
    static_assert(!std::is_pointer_v<T>, "who owns what it points to? Use a value, or a std::shared_ptr");
    static_assert(std::is_class_v<T>, "this type has no conversion: specialise catena::Convert");
    static constexpr bool host_class = true;
    static detail::Object* to(const T& value) {
        static_assert(std::is_copy_constructible_v<T>, "cannot be copied: give a std::shared_ptr of it");
        return detail::guarded([&] { return detail::make_host(std::make_shared<T>(value)); });
    }
};

namespace detail {

template <class T>
concept HostType = std::is_class_v<T> && requires {
    Convert<T>::host_class;
};

// Owns a reference while the GIL is held.
class Held {
public:
    explicit Held(Object* object) noexcept : object_(object) {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    ~Held() {
        if (object_ != nullptr) drop(object_);
    }
    [[nodiscard]] Object* get() const noexcept { return object_; }
    [[nodiscard]] explicit operator bool() const noexcept { return object_ != nullptr; }
    [[nodiscard]] Object* give() noexcept { return std::exchange(object_, nullptr); }

private:
    Object* object_;
};

template <class T>
using Plain = std::remove_cv_t<std::remove_reference_t<T>>;

template <class T>
[[nodiscard]] Object* to_object(const T& value) {
    return Convert<Plain<T>>::to(value);
}

// The same where no exception may leave: neither that of a conversion of the host's own, nor that of a variant without a value.
template <class T>
[[nodiscard]] Object* to_object_safely(const T& value) {
    return guarded([&] { return to_object(value); });
}

// A plain object as a T, without the GIL; none: it takes converted() to tell.
template <class T>
[[nodiscard]] std::optional<T> peeked(Object* object) noexcept {
    if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, double> || std::is_same_v<T, std::string_view>) {
        T out;
        if (peek(object, &out)) return out;
    } else if constexpr (std::is_integral_v<T>) {
        std::int64_t wide;
        if (peek(object, &wide) && static_cast<std::int64_t>(static_cast<T>(wide)) == wide &&
            (std::is_signed_v<T> || wide >= 0))
            return static_cast<T>(wide);
    } else if constexpr (std::is_same_v<T, std::string>) {
        std::string_view text;
        try {
            if (peek(object, &text)) return std::string(text);
        } catch (const std::bad_alloc&) {
        }
    }
    return {};
}

// The object as a T; none: an error is set.
template <class T>
[[nodiscard]] std::optional<T> converted(Object* object) {
    std::optional<T> out;
    if constexpr (HostType<T>) {
        std::shared_ptr<T> held;
        if (read_host(object, &held)) (void)guarded([&] { return out.emplace(*held), object; });
    } else {
        if (!Convert<T>::from(object, out.emplace())) out.reset();
    }
    return out;
}

// The same where no exception may leave: not even that of a vector that finds no memory.
template <class T>
[[nodiscard]] std::optional<T> converted_safely(Object* object) {
    std::optional<T> out;
    (void)guarded([&] {
        if (std::optional<T> made = converted<T>(object)) out.emplace(std::move(*made));
        return object;
    });
    return out;
}

}  // namespace detail

template <>
struct Convert<bool> {
    static detail::Object* to(bool value) { return detail::make(value); }
    static bool from(detail::Object* object, bool& out) { return detail::read(object, &out); }
};

template <class T>
struct Convert<T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>>> {
    using Wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
    static detail::Object* to(T value) { return detail::make(static_cast<Wide>(value)); }
    static bool from(detail::Object* object, T& out) {
        Wide wide;
        if (!detail::read(object, &wide)) return false;
        if (wide < static_cast<Wide>(std::numeric_limits<T>::min()) ||
            wide > static_cast<Wide>(std::numeric_limits<T>::max())) {
            detail::set_error("OverflowError",
                              std::to_string(wide) + " does not fit into " + std::to_string(8 * sizeof(T)) + " bits");
            return false;
        }
        out = static_cast<T>(wide);
        return true;
    }
};

template <class T>
struct Convert<T, std::enable_if_t<std::is_floating_point_v<T>>> {
    static detail::Object* to(T value) {
        const auto made = static_cast<double>(value);
        if (std::isinf(made) && !std::isinf(value)) {
            detail::set_error("OverflowError", "the number is too large for a float");
            return nullptr;
        }
        return detail::make(made);
    }
    static bool from(detail::Object* object, T& out) {
        double wide;
        if (!detail::read(object, &wide)) return false;
        out = static_cast<T>(wide);
        if (!std::isinf(out) || std::isinf(wide)) return true;
        detail::set_error("OverflowError",
                          detail::written(wide) + " does not fit into " + std::to_string(8 * sizeof(T)) + " bits");
        return false;
    }
};

template <class T>
struct Convert<T, std::enable_if_t<std::is_enum_v<T>>> {
    using Number = std::underlying_type_t<T>;
    static detail::Object* to(T value) { return Convert<Number>::to(static_cast<Number>(value)); }
    static bool from(detail::Object* object, T& out) {
        Number number;
        if (!Convert<Number>::from(object, number)) return false;
        out = static_cast<T>(number);
        return true;
    }
};

template <>
struct Convert<std::string_view> {
    static detail::Object* to(std::string_view value) { return detail::make(value); }
    static bool from(detail::Object* object, std::string_view& out) { return detail::read(object, &out); }
};

template <>
struct Convert<std::string> {
    static detail::Object* to(const std::string& value) { return detail::make(std::string_view(value)); }
    static bool from(detail::Object* object, std::string& out) {
        std::string_view view;
        if (!detail::read(object, &view)) return false;
        out = view;
        return true;
    }
};

template <>
struct Convert<const char*> {
    static detail::Object* to(const char* value) {
        return value != nullptr ? detail::make(std::string_view(value)) : detail::none();
    }
};
template <>
struct Convert<char*> : Convert<const char*> {};
template <std::size_t N>
struct Convert<char[N]> {
    static detail::Object* to(const char (&value)[N]) { return detail::make(std::string_view(value)); }
};

template <>
struct Convert<std::filesystem::path> {
    static detail::Object* to(const std::filesystem::path& value) { return detail::make_path(value.native()); }
    static bool from(detail::Object* object, std::filesystem::path& out) {
        std::string path;
        if (!detail::read_path(object, &path)) return false;
        out = std::move(path);
        return true;
    }
};

// The empty alternative of a variant.
template <>
struct Convert<std::monostate> {
    static detail::Object* to(std::monostate) { return detail::none(); }
    static bool from(detail::Object* object, std::monostate&) {
        if (detail::is_none(object)) return true;
        detail::set_error("TypeError", std::string("expected nil, not ") + detail::type_name(object));
        return false;
    }
};

template <class T>
struct Convert<std::shared_ptr<T>> {
    static_assert(detail::HostType<T> && !std::is_const_v<T>,
                  "shared are classes of the host, and scripts may change them");
    static detail::Object* to(const std::shared_ptr<T>& value) {
        return value != nullptr ? detail::make_host(value) : detail::none();
    }
    static bool from(detail::Object* object, std::shared_ptr<T>& out) {
        out.reset();
        return detail::is_none(object) || detail::read_host(object, &out);
    }
};

template <class T>
struct Convert<std::optional<T>> {
    static detail::Object* to(const std::optional<T>& value) { return value ? Convert<T>::to(*value) : detail::none(); }
    static bool from(detail::Object* object, std::optional<T>& out) {
        out.reset();
        if (detail::is_none(object)) return true;
        std::optional<T> value = detail::converted<T>(object);
        if (value) out.emplace(std::move(*value));
        return out.has_value();
    }
};

namespace detail {

// What is taken from an iterator may be gone when the next one comes.
template <class... T>
inline constexpr bool keeps_itself = (!std::is_same_v<T, std::string_view> && ...);

}  // namespace detail

template <class T>
struct Convert<std::vector<T>> {
    static detail::Object* to(const std::vector<T>& values) {
        if constexpr (std::is_same_v<T, double>) return detail::make_list(values.data(), values.size());
        detail::Held list(detail::make_list(values.size()));
        for (std::size_t i = 0; list && i < values.size(); ++i) {
            detail::Object* item = Convert<T>::to(values[i]);
            if (item == nullptr) return nullptr;
            detail::fill_list(list.get(), i, item);
        }
        return list.give();
    }
    static bool from(detail::Object* object, std::vector<T>& out) {
        static_assert(detail::keeps_itself<T>, "the texts may be gone: ask for std::string");
        out.clear();
        if (detail::is_row(object)) {
            if constexpr (std::is_same_v<T, double>) {
                out.resize(detail::row_size(object));
                out.resize(detail::read_floats(object, out.data(), out.size()));
            } else {
                out.reserve(detail::row_size(object));
            }
            // The row may change: converting an item can run Python code.
            for (;;) {
                const detail::Held item(detail::row_item(object, out.size()));
                if (!item) return true;
                std::optional<T> value = detail::converted<T>(item.get());
                if (!value) return false;
                out.push_back(std::move(*value));
            }
        }
        const detail::Held items(detail::iterate(object));
        bool failed = !items;
        while (!failed) {
            const detail::Held item(detail::next(items.get(), &failed));
            if (!item) break;
            std::optional<T> value = detail::converted<T>(item.get());
            if (!value) return false;
            out.push_back(std::move(*value));
        }
        return !failed;
    }
};

template <class... T>
struct Convert<std::tuple<T...>> {
    static detail::Object* to(const std::tuple<T...>& values) {
        detail::Held tuple(detail::make_tuple(sizeof...(T)));
        std::size_t at = 0;
        const auto fill = [&](const auto& value) {
            detail::Object* item = detail::to_object(value);
            if (item == nullptr) return false;
            detail::fill_tuple(tuple.get(), at++, item);
            return true;
        };
        const bool filled = tuple && std::apply([&](const auto&... value) { return (fill(value) && ...); }, values);
        return filled ? tuple.give() : nullptr;
    }
    static bool from(detail::Object* object, std::tuple<T...>& out) {
        static_assert(detail::keeps_itself<T...>, "the texts may be gone: ask for std::string");
        const detail::Held items(detail::iterate(object));
        bool good = static_cast<bool>(items);
        const auto take = [&](auto& value) {
            bool failed = false;
            const detail::Held item(detail::next(items.get(), &failed));
            if (!item) {
                if (!failed) wrong_size();
                return false;
            }
            return Convert<detail::Plain<decltype(value)>>::from(item.get(), value);
        };
        good = good && std::apply([&](auto&... value) { return (take(value) && ...); }, out);
        if (!good) return false;
        bool failed = false;
        const detail::Held more(detail::next(items.get(), &failed));
        if (more) wrong_size();
        return !more && !failed;
    }

private:
    static void wrong_size() { detail::set_error("ValueError", "expected " + std::to_string(sizeof...(T)) + " items"); }
};

template <class A, class B>
struct Convert<std::pair<A, B>> {
    static detail::Object* to(const std::pair<A, B>& value) {
        return Convert<std::tuple<A, B>>::to({value.first, value.second});
    }
    static bool from(detail::Object* object, std::pair<A, B>& out) {
        std::tuple<A, B> both;
        if (!Convert<std::tuple<A, B>>::from(object, both)) return false;
        out = {std::move(std::get<0>(both)), std::move(std::get<1>(both))};
        return true;
    }
};

namespace detail {

template <class Map>
struct ConvertMap {
    using Key = typename Map::key_type;
    using Mapped = typename Map::mapped_type;
    static Object* to(const Map& values) {
        Held map(make_map());
        for (const auto& [key, value] : values) {
            const Held k(map ? Convert<Key>::to(key) : nullptr);
            const Held v(k ? Convert<Mapped>::to(value) : nullptr);
            if (!v || !put(map.get(), k.get(), v.get())) return nullptr;
        }
        return map.give();
    }
    static bool from(Object* object, Map& out) {
        static_assert(keeps_itself<Key, Mapped>, "the texts may be gone: ask for std::string");
        out.clear();
        const Held pairs(entries(object));
        if (!pairs) return false;
        for (std::size_t i = 0;; ++i) {
            const Held pair(row_item(pairs.get(), i));
            if (!pair) return true;
            const Held first(row_item(pair.get(), 0)), second(row_item(pair.get(), 1));
            std::optional<Key> key = converted<Key>(first.get());
            if (!key) return false;
            std::optional<Mapped> value = converted<Mapped>(second.get());
            if (!value) return false;
            out.insert_or_assign(std::move(*key), std::move(*value));
        }
    }
};

}  // namespace detail

template <class Key, class Mapped>
struct Convert<std::map<Key, Mapped>> : detail::ConvertMap<std::map<Key, Mapped>> {};
template <class Key, class Mapped>
struct Convert<std::unordered_map<Key, Mapped>> : detail::ConvertMap<std::unordered_map<Key, Mapped>> {};

namespace detail {

// Whether a conversion goes through the object's items.
template <class T>
inline constexpr bool takes_items = false;
template <class T>
inline constexpr bool takes_items<std::vector<T>> = true;
template <class... T>
inline constexpr bool takes_items<std::tuple<T...>> = true;
template <class A, class B>
inline constexpr bool takes_items<std::pair<A, B>> = true;

}  // namespace detail

template <class... T>
struct Convert<std::variant<T...>> {
    static detail::Object* to(const std::variant<T...>& value) {
        return std::visit([](const auto& one) { return detail::to_object(one); }, value);
    }
    static bool from(detail::Object* object, std::variant<T...>& out) {
        // An iterator can be gone through only once: the alternatives share what it had.
        std::optional<detail::Held> items;
        bool failed = false;
        const auto fits = [&]<class One>(std::type_identity<One>) {
            if (failed) return false;
            if constexpr (detail::takes_items<One>) {
                if (!items && detail::is_iterator(object)) failed = !items.emplace(detail::list_of(object));
            }
            const detail::Held again(!failed && items ? detail::iterate(items->get()) : nullptr);
            std::optional<One> value;
            if (!failed) value = detail::converted<One>(again ? again.get() : object);
            if (value)
                out = std::move(*value);
            else
                failed = failed || !detail::refused();
            return value.has_value();
        };
        if ((fits(std::type_identity<T>{}) || ...)) return true;
        if (!failed) detail::set_error("TypeError", std::string(detail::type_name(object)) + " fits no alternative");
        return false;
    }
};

}  // namespace catena::inline v1

#include <catena/convert_times.hpp>  // IWYU pragma: export
