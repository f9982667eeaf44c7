// Value: any Python or Catena value, held from C++.
#pragma once

#include <array>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>

#include <catena/convert.hpp>

namespace catena::inline v1 {

template <class T>
class Array;
class Text;
enum class Layout;
template <class T>
class Items;
template <class T>
class ItemIterator;
template <class T>
class Stream;

// Owns a reference; cheap to copy and to move. A moved-from and a default-made Value hold nil. All members may be called in
// any thread and take the GIL for themselves. Two copies are the same object: a change through one shows in the other.
class Value {
public:
    Value() noexcept = default;
    Value(const Value& other) noexcept : object_(other.object_), context_(other.context_) {
        if (object_ != nullptr) detail::retain(object_, context_);
    }
    Value(Value&& other) noexcept
        : object_(std::exchange(other.object_, nullptr)), context_(std::exchange(other.context_, nullptr)) {}
    Value& operator=(Value other) noexcept {
        std::swap(object_, other.object_);
        std::swap(context_, other.context_);
        return *this;
    }
    ~Value() {
        if (object_ != nullptr) detail::release(object_, context_);
    }

    // The C++ value as Python's (convert.hpp says how).
    template <class T>
    [[nodiscard]] static Result<Value> from(const T& value) {
        const detail::Gil gil;
        return finish(detail::to_object_safely(value));
    }
    // The Python value as C++'s: a TypeError when it is something else, an OverflowError when it does not fit. A std::string_view is
    // good only as long as this Value (or a copy, or the script) holds the string; text() keeps it.
    template <class T>
    [[nodiscard]] Result<T> as() const {
        if (std::optional<T> out = detail::peeked<T>(object())) return std::move(*out);
        const detail::Scope scope(context_);
        std::optional<T> out = detail::converted_safely<T>(object());
        if (!out) return tl::unexpected(detail::take_error());
        return std::move(*out);
    }

    // Calls it; arguments are converted.
    template <class... A>
    Result<Value> operator()(const A&... arguments) const {
        const detail::Scope scope(context_);
        std::array<detail::Object*, sizeof...(A) + 1> objects{};
        std::size_t count = 0;
        const bool converted =
            ((objects[count] = detail::to_object_safely(arguments), objects[count++] != nullptr) && ...);
        Result<Value> result = finish(converted ? detail::call(object(), objects.data(), count) : nullptr);
        for (detail::Object* argument : objects)
            if (argument != nullptr) detail::drop(argument);
        return result;
    }

    [[nodiscard]] Result<Value> attr(std::string_view name) const {
        const detail::Scope scope(context_);
        return finish(detail::attribute(object(), name));
    }
    template <class T>
    [[nodiscard]] Result<void> set_attr(std::string_view name, const T& value) const {
        const detail::Scope scope(context_);
        const detail::Held converted(detail::to_object_safely(value));
        if (!converted || !detail::set_attribute(object(), name, converted.get()))
            return tl::unexpected(detail::take_error());
        return {};
    }
    // (get value key), except that a missing one is a KeyError or IndexError.
    template <class K>
    [[nodiscard]] Result<Value> item(const K& key) const {
        const detail::Scope scope(context_);
        const detail::Held converted(detail::to_object_safely(key));
        return finish(converted ? detail::item(object(), converted.get()) : nullptr);
    }
    // Calls the method of that name.
    template <class... A>
    Result<Value> call(std::string_view method, const A&... arguments) const {
        Result<Value> found = attr(method);
        return found ? (*found)(arguments...) : found;
    }

    // What a Python loop over it would see, one Result<T> after the other. An item that does not convert is an error among the
    // others; an error of the iterator itself, or that there is none, is the last item.
    //
    //     for (const catena::Result<catena::Value>& item : value) …
    //     for (const catena::Result<int>& number : value.items<int>()) …
    //
    // A loop over a temporary wants items(), which keeps the value: `for (… : interpreter.eval("…")->items())`.
    template <class T = Value>
    [[nodiscard]] Items<T> items() const;
    [[nodiscard]] ItemIterator<Value> begin() const;
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

    // The same for an asynchronous generator, which runs on while the host does something else, at most `ahead` items (stream.hpp).
    template <class T = Value>
    [[nodiscard]] Stream<T> stream(std::size_t ahead = 8) const;

    // Its elements, in its own memory (array.hpp): a TypeError when they are of another type, a ValueError when they are read-only
    // and T is not const, or when the layout is not the one asked for.
    template <class T>
    [[nodiscard]] Result<Array<T>> array(Layout layout = {}) const;
    // The bytes of bytes, a bytearray, or any contiguous array, and the text of a string, without a copy (array.hpp).
    [[nodiscard]] Result<Array<const std::byte>> bytes() const;
    [[nodiscard]] Result<Text> text() const;

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
        value.context_ = detail::current_context();
        detail::keep(value.context_);
        return value;
    }
    // Whose limits hold for what is done with it; for the interface's own use.
    [[nodiscard]] detail::Context* context() const noexcept { return context_; }

private:
    Result<std::string> written(detail::Object* (*write)(detail::Object*)) const {
        const detail::Scope scope(context_);
        const detail::Held text(write(object()));
        std::string out;
        if (!text || !Convert<std::string>::from(text.get(), out)) return tl::unexpected(detail::take_error());
        return out;
    }

    detail::Object* object_ = nullptr;
    detail::Context* context_ = nullptr;  // kept; of the interpreter that it came from, if any. With an object only
};

template <>
struct Convert<Value> {
    static detail::Object* to(const Value& value) {
        detail::Object* object = value.object();
        detail::keep(object);
        return object;
    }
    static bool from(detail::Object* object, Value& out) {
        detail::keep(object);
        out = *Value::finish(object);
        return true;
    }
};

// An input iterator: each step of it is one of Python's iterator. In one thread at a time.
template <class T>
class ItemIterator {
    static_assert(detail::keeps_itself<T>, "the texts may be gone: ask for std::string");

public:
    using value_type = Result<T>;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    ItemIterator() noexcept = default;
    explicit ItemIterator(const Value& iterable) {
        const detail::Scope scope(iterable.context());
        auto iterator = Value::finish(detail::iterate(iterable.object()));
        if (iterator) {
            iterator_ = std::move(*iterator);
            advance();
        } else {
            item_ = tl::unexpected(std::move(iterator.error()));
            last_ = true;
        }
    }

    [[nodiscard]] const Result<T>& operator*() const noexcept { return item_; }
    [[nodiscard]] const Result<T>* operator->() const noexcept { return &item_; }
    ItemIterator& operator++() {
        if (last_) {
            ended_ = true;
        } else {
            const detail::Scope scope(iterator_.context());
            advance();
        }
        return *this;
    }
    void operator++(int) { ++*this; }
    [[nodiscard]] friend bool operator==(const ItemIterator& it, std::default_sentinel_t) noexcept { return it.ended_; }

private:
    void advance() {
        bool failed = false;
        const detail::Held next(detail::next(iterator_.object(), &failed));
        if (!next) {
            ended_ = !failed;
            last_ = true;
            if (failed) item_ = tl::unexpected(detail::take_error());
        } else if (std::optional<T> value = detail::converted_safely<T>(next.get())) {
            item_ = std::move(*value);
        } else {
            item_ = tl::unexpected(detail::take_error());
        }
    }

    Value iterator_;
    Result<T> item_{};
    bool last_ = false;   // the item is the last one
    bool ended_ = false;  // there is no item
};

template <class T>
class Items {
public:
    explicit Items(Value iterable) noexcept : iterable_(std::move(iterable)) {}
    [[nodiscard]] ItemIterator<T> begin() const { return ItemIterator<T>(iterable_); }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

private:
    Value iterable_;
};

template <class T>
Items<T> Value::items() const {
    return Items<T>(*this);
}
inline ItemIterator<Value> Value::begin() const { return ItemIterator<Value>(*this); }

}  // namespace catena::inline v1

#include <catena/array.hpp>   // IWYU pragma: export
#include <catena/stream.hpp>  // IWYU pragma: export
