// Value: any Python or Catena value, held from C++.
#pragma once

#include <array>
#include <iterator>
#include <string>
#include <utility>

#include <catena/convert.hpp>

namespace catena::inline v1 {

// Owns a reference; cheap to copy and to move. A moved-from and a default-made Value hold nil. All members may be called in
// any thread and take the GIL for themselves. Two copies are the same object: a change through one shows in the other.
class Value {
public:
    Value() noexcept = default;
    Value(const Value& other) noexcept : object_(other.object_) {
        if (object_ != nullptr) detail::retain(object_);
    }
    Value(Value&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    Value& operator=(Value other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~Value() {
        if (object_ != nullptr) detail::release(object_);
    }

    // The C++ value as Python's (convert.hpp says how).
    template <class T>
    [[nodiscard]] static Result<Value> from(const T& value) {
        const detail::Gil gil;
        return finish(detail::to_object(value));
    }
    // The Python value as C++'s: a TypeError when it is something else, an OverflowError when it does not fit.
    template <class T>
    [[nodiscard]] Result<T> as() const {
        static_assert(!std::is_same_v<T, std::string_view>, "a view needs an owner: ask for std::string");
        const detail::Gil gil;
        T out{};
        if (!Convert<T>::from(object(), out)) return tl::unexpected(detail::take_error());
        return out;
    }

    // Calls it; arguments are converted.
    template <class... A>
    Result<Value> operator()(const A&... arguments) const {
        const detail::Gil gil;
        std::array<detail::Object*, sizeof...(A) + 1> objects{};
        std::size_t count = 0;
        const bool converted = ((objects[count] = detail::to_object(arguments), objects[count++] != nullptr) && ...);
        Result<Value> result = finish(converted ? detail::call(object(), objects.data(), count) : nullptr);
        for (detail::Object* argument : objects)
            if (argument != nullptr) detail::release(argument);
        return result;
    }

    [[nodiscard]] Result<Value> attr(std::string_view name) const {
        const detail::Gil gil;
        return finish(detail::attribute(object(), name));
    }
    template <class T>
    [[nodiscard]] Result<void> set_attr(std::string_view name, const T& value) const {
        const detail::Gil gil;
        const detail::Held converted(detail::to_object(value));
        if (!converted || !detail::set_attribute(object(), name, converted.get()))
            return tl::unexpected(detail::take_error());
        return {};
    }
    // (get value key), except that a missing one is a KeyError or IndexError.
    template <class K>
    [[nodiscard]] Result<Value> item(const K& key) const {
        const detail::Gil gil;
        const detail::Held converted(detail::to_object(key));
        return finish(converted ? detail::item(object(), converted.get()) : nullptr);
    }
    // Calls the method of that name.
    template <class... A>
    Result<Value> call(std::string_view method, const A&... arguments) const {
        Result<Value> found = attr(method);
        return found ? (*found)(arguments...) : found;
    }

    [[nodiscard]] bool is_nil() const noexcept { return object_ == nullptr || detail::is_none(object_); }
    [[nodiscard]] std::string type_name() const {
        const detail::Gil gil;
        return detail::type_name(object());
    }
    [[nodiscard]] Result<std::string> str() const { return written(detail::text); }
    [[nodiscard]] Result<std::string> repr() const { return written(detail::representation); }

    // For Convert: borrowed, null never.
    [[nodiscard]] detail::Object* object() const noexcept { return object_ != nullptr ? object_ : detail::nil(); }
    // Takes a new reference over; null is the pending Python error.
    [[nodiscard]] static Result<Value> finish(detail::Object* object) {
        if (object == nullptr) return tl::unexpected(detail::take_error());
        Value value;
        value.object_ = object;
        return value;
    }

private:
    Result<std::string> written(detail::Object* (*write)(detail::Object*)) const {
        const detail::Gil gil;
        const detail::Held text(write(object()));
        std::string out;
        if (!text || !Convert<std::string>::from(text.get(), out)) return tl::unexpected(detail::take_error());
        return out;
    }

    detail::Object* object_ = nullptr;
};

template <>
struct Convert<Value> {
    static detail::Object* to(const Value& value) {
        detail::Object* object = value.object();
        detail::retain(object);
        return object;
    }
    static bool from(detail::Object* object, Value& out) {
        detail::retain(object);
        out = *Value::finish(object);
        return true;
    }
};

}  // namespace catena::inline v1
