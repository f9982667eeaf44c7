// How functions of the host, of any kind that can be called, become functions of scripts.
//
// Arguments are converted and checked, the GIL is released while the function runs, and its answer is converted back:
//
//   an argument    by value or by reference, of any type that converts (convert.hpp). A `T&` of a class of the host is the
//                  script's own object; a `T*` too, or null for nil; other references are to a copy. One that is a
//                  std::optional, behind all others, may be left out.
//   the answer     a value. A reference is copied, a std::shared_ptr of a class of the host shared. Of a tl::expected (with an
//                  Error, or with a std::string) the error is raised; a C++ exception becomes a RuntimeError.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <catena/convert.hpp>

namespace catena::inline v1::detail {

// One argument, between the script's value and the call.
template <class A>
struct Slot {
    using T = Plain<A>;
    static constexpr bool optional = false;
    T value{};
    bool fill(Object* object) { return Convert<T>::from(object, value); }
    T&& give() { return static_cast<T&&>(value); }
};
template <class A>
struct OptionalSlot {
    static constexpr bool optional = true;
    Plain<A> value{};
    bool fill(Object* object) { return object == nullptr || Convert<Plain<A>>::from(object, value); }
    Plain<A>&& give() { return static_cast<Plain<A>&&>(value); }
};
template <class T>
struct Slot<std::optional<T>> : OptionalSlot<std::optional<T>> {};
template <class T>
struct Slot<const std::optional<T>&> : OptionalSlot<std::optional<T>> {};
template <class T>
struct Slot<std::optional<T>&&> : OptionalSlot<std::optional<T>> {};
template <class A>
requires HostType<Plain<A>>
struct Slot<A> {
    static_assert(!std::is_rvalue_reference_v<A>, "an object of a script cannot be moved away: take T, T& or const T&");
    static constexpr bool optional = false;
    std::shared_ptr<Plain<A>> held;
    bool fill(Object* object) { return read_host(object, &held); }
    Plain<A>& give() { return *held; }
};
template <class T>
requires HostType<std::remove_cv_t<T>>
struct Slot<T*> {
    static constexpr bool optional = false;
    std::shared_ptr<std::remove_cv_t<T>> held;
    bool fill(Object* object) { return is_none(object) || read_host(object, &held); }
    T* give() { return held.get(); }
};

// The parts of a callable's type.
template <class R, class... A>
struct Parts {
    using Answer = R;
    using Slots = std::tuple<Slot<A>...>;
    static constexpr std::size_t count = sizeof...(A);
    static constexpr std::size_t required = [] {
        constexpr bool optional[] = {Slot<A>::optional..., false};
        std::size_t least = count;
        while (least > 0 && optional[least - 1]) --least;
        return least;
    }();
};
template <class F>
struct Signature : Signature<decltype(&F::operator())> {};
template <class R, class... A>
struct Signature<R (*)(A...)> : Parts<R, A...> {};
template <class R, class... A>
struct Signature<R (*)(A...) noexcept> : Parts<R, A...> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...)> : Parts<R, A...> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const> : Parts<R, A...> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) noexcept> : Parts<R, A...> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const noexcept> : Parts<R, A...> {};

// A pointer to a function, or what has one operator() that is no template.
template <class F, class = void>
struct IsFunction : std::is_function<std::remove_pointer_t<F>> {};
template <class F>
struct IsFunction<F, std::void_t<decltype(&F::operator())>> : std::true_type {};

// A pointer to a member function of T or a base of it, as a callable whose first parameter is the object.
template <class T, class F>
struct MemberFunction {};
template <class T, class F, class R, class... A>
struct MemberCall {
    F function;
    R operator()(T& self, A... arguments) const { return (self.*function)(std::forward<A>(arguments)...); }
};
template <class T, class C, class R, class... A>
struct MemberFunction<T, R (C::*)(A...)> : MemberCall<T, R (C::*)(A...), R, A...> {};
template <class T, class C, class R, class... A>
struct MemberFunction<T, R (C::*)(A...) const> : MemberCall<T, R (C::*)(A...) const, R, A...> {};
template <class T, class C, class R, class... A>
struct MemberFunction<T, R (C::*)(A...) noexcept> : MemberCall<T, R (C::*)(A...) noexcept, R, A...> {};
template <class T, class C, class R, class... A>
struct MemberFunction<T, R (C::*)(A...) const noexcept> : MemberCall<T, R (C::*)(A...) const noexcept, R, A...> {};

template <class T, class F>
[[nodiscard]] auto callable(F function) {
    if constexpr (std::is_member_function_pointer_v<F>)
        return MemberFunction<T, F>{{std::move(function)}};
    else
        return function;
}

// The host's answer as an object.
template <class T>
struct Answer {
    static Object* to(T&& value) {
        if constexpr (HostType<T>)
            return make_host(std::make_shared<T>(std::move(value)));
        else
            return Convert<T>::to(value);
    }
};
template <class T>
struct Answer<std::unique_ptr<T>> {
    static Object* to(std::unique_ptr<T>&& value) { return Convert<std::shared_ptr<T>>::to(std::move(value)); }
};
template <class T, class E>
struct Answer<tl::expected<T, E>> {
    static Object* to(tl::expected<T, E>&& value) {
        if (!value) {
            if constexpr (std::is_same_v<E, Error>)
                set_error(value.error());
            else
                set_error("RuntimeError", value.error());
            return nullptr;
        }
        if constexpr (std::is_void_v<T>)
            return none();
        else
            return Answer<T>::to(std::move(*value));
    }
};

// Calls `function` with the arguments that fill the slots, and gives its answer, if it has one, to `finish`.
template <class Slots, class F, class Finish>
[[nodiscard]] Object* call_with(const FunctionSpec& spec, Object* const* given, std::size_t first, F&& function,
                                Finish&& finish) {
    Slots slots;
    return [&]<std::size_t... I>(std::index_sequence<I...>)->Object* {
        std::size_t at = first;
        if (!((std::get<I>(slots).fill(given[at]) && (++at, true)) && ...)) return bad_argument(spec, at);
        if constexpr (std::is_void_v<decltype(function(std::get<I>(slots).give()...))>) {
            {
                const WithoutGil running;
                function(std::get<I>(slots).give()...);
            }
            return none();
        } else {
            auto answer = [&] {
                const WithoutGil running;
                return function(std::get<I>(slots).give()...);
            }();
            return finish(std::move(answer));
        }
    }
    (std::make_index_sequence<std::tuple_size_v<Slots>>{});
}

// Empty for a null pointer.
template <class F>
[[nodiscard]] HostFunction wrap(F function) {
    if constexpr (std::is_pointer_v<F>)
        if (function == nullptr) return {};
    // Shared, as a HostFunction can be copied and not every function can.
    return [shared = std::make_shared<F>(std::move(function))](const FunctionSpec& spec, Object* const* given,
                                                               std::size_t) -> Object* {
        return call_with<typename Signature<F>::Slots>(
            spec, given, 0, *shared, []<class R>(R answer) { return Answer<R>::to(std::move(answer)); });
    };
}

// The spec of a function with these names for its parameters, or with none.
template <class F>
[[nodiscard]] FunctionSpec describe(std::string_view name, std::string_view doc,
                                    std::vector<std::string> parameters = {}) {
    return {std::string(name), std::string(doc), std::move(parameters), Signature<F>::count, Signature<F>::required};
}

}  // namespace catena::inline v1::detail
