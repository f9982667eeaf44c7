// Memory that C++ and Python share without a copy.
//
//     interpreter->define("block", catena::view(std::span{samples}, {2, 512}));        // a NumPy array over our memory
//     interpreter->define("table", catena::view(std::span{*table}, {}, table));        // which keeps `table` alive
//     auto out = interpreter->eval("(* 2 block)")->array<const float>().value();       // theirs, kept alive by `out`
//     for (float sample : out.span()) …
//
// view(): a span of const elements gives a read-only array. With an owner the memory lives as long as any array over it; without
// one the host sees to that, and an array that outlives the memory is as bad as a dangling pointer.
#pragma once

#include <cassert>
#include <complex>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <catena/value.hpp>

namespace catena::inline v1 {

namespace detail {

template <class T>
struct IsComplex : std::false_type {};
template <class T>
struct IsComplex<std::complex<T>> : std::true_type {};

// What an element is: 'b'oolean, 'i'nteger, 'u'nsigned, 'f'loat, 'c'omplex, and its size in bytes.
struct Element {
    char kind;
    std::size_t size, alignment;
};

template <class T>
[[nodiscard]] constexpr Element element_of() {
    using Plain = std::remove_cv_t<T>;
    static_assert(std::is_arithmetic_v<Plain> || IsComplex<Plain>::value || std::is_same_v<Plain, std::byte>,
                  "the elements of an array are numbers, booleans or bytes");
    constexpr char kind = std::is_same_v<Plain, bool>       ? 'b'
                          : std::is_floating_point_v<Plain> ? 'f'
                          : IsComplex<Plain>::value         ? 'c'
                          : std::is_signed_v<Plain>         ? 'i'
                                                            : 'u';
    return {kind, sizeof(Plain), alignof(Plain)};
}

// The host's memory as Python is to see it.
struct Memory {
    const void* data = nullptr;
    std::size_t bytes = 0;  // from `data` on
    Element element{};
    bool writable = false;
    std::vector<std::ptrdiff_t> shape = {}, strides = {};  // strides in bytes; none: rows one after the other
    std::shared_ptr<const void> owner = {};
};
[[nodiscard]] Object* make_array(const Memory& memory);       // a numpy.ndarray
[[nodiscard]] Object* make_memoryview(const Memory& memory);  // a memoryview

// An object's memory, held as long as `hold` is.
struct Shared {
    std::shared_ptr<void> hold;
    Object* object = nullptr;  // whose memory it is; borrowed from `hold`
    void* data = nullptr;
    const std::size_t* shape = nullptr;
    const std::ptrdiff_t* strides = nullptr;  // in bytes
    std::size_t rank = 0, size = 0;           // size: of all elements
    bool contiguous = true;                   // row after row, without gaps
};
[[nodiscard]] bool share(Object* object, Element element, bool writable, bool any_layout, Shared* out);
[[nodiscard]] bool share_bytes(Object* object, Shared* out);

template <class Owner>
[[nodiscard]] std::shared_ptr<const void> own(Owner&& owner) {
    return std::make_shared<std::decay_t<Owner>>(std::forward<Owner>(owner));
}
template <class T>
[[nodiscard]] std::shared_ptr<const void> own(std::shared_ptr<T> owner) {
    return owner;
}

}  // namespace detail

using Shape = std::vector<std::ptrdiff_t>;

// What view() answers: to be defined, passed as an argument or returned from a function. Each conversion makes a new array.
template <class T>
struct ArrayView {
    detail::Memory memory;
};

// A numpy.ndarray over `data`. The shape is one dimension, or what is given; strides, in bytes, are those of rows one
// after the other unless given. A shape or strides that leave the span are a ValueError of the conversion. The owner, a
// std::shared_ptr or anything that can be moved, must not carry `data` within itself, as a std::array does.
template <class T, std::size_t N>
[[nodiscard]] ArrayView<T> view(std::span<T, N> data, Shape shape = {}, std::shared_ptr<const void> owner = {},
                                Shape strides = {}) {
    if (shape.empty()) shape.push_back(static_cast<std::ptrdiff_t>(data.size()));
    return {{data.data(), data.size_bytes(), detail::element_of<T>(), !std::is_const_v<T>, std::move(shape),
             std::move(strides), std::move(owner)}};
}
template <class T, std::size_t N, class Owner>
requires(!std::is_convertible_v<Owner, std::shared_ptr<const void>>)
    [[nodiscard]] ArrayView<T> view(std::span<T, N> data, Shape shape, Owner&& owner, Shape strides = {}) {
    return view(data, std::move(shape), detail::own(std::forward<Owner>(owner)), std::move(strides));
}
// The vector becomes the array's memory.
template <class T>
[[nodiscard]] ArrayView<T> view(std::vector<T>&& data, Shape shape = {}) {
    auto owner = std::make_shared<std::vector<T>>(std::move(data));
    return view(std::span<T>(*owner), std::move(shape), owner);
}

template <class T>
struct Convert<ArrayView<T>> {
    static detail::Object* to(const ArrayView<T>& view) { return detail::make_array(view.memory); }
};

// What bytes_view() answers: a read-only memoryview in Python.
struct BytesView {
    detail::Memory memory;
};

// Bytes of the host, for what wants bytes without a copy: slicing, files, sockets, `struct`, `re`. The owner is as for view().
[[nodiscard]] inline BytesView bytes_view(std::span<const std::byte> data, std::shared_ptr<const void> owner = {}) {
    return {view(data, {}, std::move(owner)).memory};
}
[[nodiscard]] inline BytesView bytes_view(std::string_view data, std::shared_ptr<const void> owner = {}) {
    return bytes_view(std::as_bytes(std::span(data)), std::move(owner));
}
[[nodiscard]] inline BytesView bytes_view(std::string&& data) {
    const auto owner = std::make_shared<const std::string>(std::move(data));
    return bytes_view(std::string_view(*owner), owner);
}
[[nodiscard]] inline BytesView bytes_view(const char* data) { return bytes_view(std::string(data)); }

template <>
struct Convert<BytesView> {
    static detail::Object* to(const BytesView& view) { return detail::make_memoryview(view.memory); }
};

enum class Layout {
    contiguous,  // row after row, without gaps: data()[i], span() and range-for are right
    any,         // strides() must be followed: operator() does
};

// The elements of an array of Python's, in its own memory: a NumPy array, bytes, array.array, a memoryview. Array<const T> only
// reads; Array<T> is refused for a read-only array. Keeps the memory alive, and from being resized; cheap to copy; may be used
// and dropped in any thread. Other threads may write to the elements meanwhile: an Array is no lock. Also a parameter of the
// host's functions.
template <class T>
class Array {
public:
    Array() noexcept = default;  // empty
    // As Value::array says; with the GIL held.
    [[nodiscard]] static bool read(detail::Object* object, Layout layout, Array* out) {
        return detail::share(object, detail::element_of<T>(), !std::is_const_v<T>, layout == Layout::any,
                             &out->shared_);
    }

    [[nodiscard]] T* data() const noexcept { return static_cast<T*>(shared_.data); }
    [[nodiscard]] std::size_t size() const noexcept { return shared_.size; }  // of all elements
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] std::span<const std::size_t> shape() const noexcept { return {shared_.shape, shared_.rank}; }
    [[nodiscard]] std::span<const std::ptrdiff_t> strides() const noexcept {  // in bytes, as NumPy's
        return {shared_.strides, shared_.rank};
    }
    [[nodiscard]] bool contiguous() const noexcept { return shared_.contiguous; }

    // All elements in their order; the array must be contiguous.
    [[nodiscard]] std::span<T> span() const noexcept {
        assert(contiguous());
        return {data(), size()};
    }
    [[nodiscard]] T* begin() const noexcept { return span().data(); }
    [[nodiscard]] T* end() const noexcept { return span().data() + size(); }

    // The element at one index for each dimension, whatever the strides. Not checked.
    template <class... I>
    [[nodiscard]] T& operator()(I... index) const noexcept {
        assert(sizeof...(I) == shared_.rank);
        std::ptrdiff_t offset = 0;
        std::size_t at = 0;
        ((offset += shared_.strides[at++] * static_cast<std::ptrdiff_t>(index)), ...);
        using Byte = std::conditional_t<std::is_const_v<T>, const char, char>;
        return *reinterpret_cast<T*>(static_cast<Byte*>(shared_.data) + offset);
    }

    // The object whose memory this is.
    [[nodiscard]] Value owner() const {
        if (shared_.object == nullptr) return {};
        detail::retain(shared_.object);
        return *Value::finish(shared_.object);
    }

private:
    friend class Value;
    friend struct Convert<Array<const std::byte>>;
    detail::Shared shared_;
};

template <class T>
struct Convert<Array<T>> {
    static detail::Object* to(const Array<T>& array) { return Convert<Value>::to(array.owner()); }
    static bool from(detail::Object* object, Array<T>& out) { return Array<T>::read(object, Layout::contiguous, &out); }
};

// As Value::bytes: of whatever elements the memory is made.
template <>
struct Convert<Array<const std::byte>> {
    static detail::Object* to(const Array<const std::byte>& array) { return Convert<Value>::to(array.owner()); }
    static bool from(detail::Object* object, Array<const std::byte>& out) {
        return detail::share_bytes(object, &out.shared_);
    }
};

// A string of Python's as UTF-8 in its own memory, kept alive. A string that is not ASCII is encoded once and keeps that.
class Text {
public:
    Text() noexcept = default;  // empty
    Text(Value owner, std::string_view text) noexcept : owner_(std::move(owner)), text_(text) {}

    [[nodiscard]] std::string_view view() const& noexcept { return text_; }
    std::string_view view() const&& = delete;  // the text would be gone
    operator std::string_view() const& noexcept { return text_; }
    operator std::string_view() const&& = delete;
    [[nodiscard]] const char* data() const noexcept { return text_.data(); }
    [[nodiscard]] std::size_t size() const noexcept { return text_.size(); }
    [[nodiscard]] const Value& owner() const noexcept { return owner_; }

private:
    Value owner_;
    std::string_view text_;
};

template <>
struct Convert<Text> {
    static detail::Object* to(const Text& text) { return Convert<Value>::to(text.owner()); }
    static bool from(detail::Object* object, Text& out) {
        std::string_view text;
        Value owner;
        if (!detail::read(object, &text) || !Convert<Value>::from(object, owner)) return false;
        out = Text(std::move(owner), text);
        return true;
    }
};

template <class T>
Result<Array<T>> Value::array(Layout layout) const {
    const detail::Gil gil;
    Array<T> out;
    if (!Array<T>::read(object(), layout, &out)) return tl::unexpected(detail::take_error());
    return out;
}

inline Result<Array<const std::byte>> Value::bytes() const {
    const detail::Gil gil;
    Array<const std::byte> out;
    if (!detail::share_bytes(object(), &out.shared_)) return tl::unexpected(detail::take_error());
    return out;
}

inline Result<Text> Value::text() const { return as<Text>(); }

}  // namespace catena::inline v1
