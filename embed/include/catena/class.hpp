// Class: a class of the host for scripts.
//
//     interpreter->define("Point", catena::Class<Point>()
//                                      .constructor<double, double>({"x", "y"})
//                                      .field("x", &Point::x)
//                                      .property("length", &Point::length, &Point::set_length)
//                                      .method("moved", &Point::moved, "By so much.", {"dx", "dy"})
//                                      .method("__eq__", std::equal_to<Point>()),
//                         "A point in the plane.");
//
//     (def p (Point 3 :y 4))   (.moved p 1 0)   (. p length)   (defclass Named [Point] …)
//
// Afterwards Point converts like any other type: as<Point>() copies it, as<std::shared_ptr<Point>>() shares it, and functions of
// the host take `Point&` and answer either.
//
// Lifetime: what a script has is always held by a std::shared_ptr, together with whoever shares it in C++, and ends with the last
// of them, in whichever thread that is. Nothing is handed out by reference: a function's `const T&` answer is copied, and an object
// that is to be the same for both sides is a std::shared_ptr. A field that is itself of such a class is a part of its object, which it
// keeps alive. An object that holds a Value which holds the object is never freed: Python's collector does not see into C++.
//
// Threads: methods, constructors and destructors run without the GIL, so several threads of Python may be in them at once, as with
// any C++ class. Fields are read and written under it.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <catena/function.hpp>
#include <catena/value.hpp>

namespace catena::inline v1 {

namespace detail {

template <class T>
struct FieldOf;
template <class C, class M>
struct FieldOf<M C::*> {
    using Type = M;
};

template <class F>
concept Callable = IsFunction<std::decay_t<F>>::value;

// What a constructor may answer, as the object of a script; null with an error set.
template <class T, class R>
[[nodiscard]] std::shared_ptr<T> made(R&& answer) {
    if constexpr (std::is_convertible_v<R, std::shared_ptr<T>>) {
        std::shared_ptr<T> object = std::forward<R>(answer);
        if (object == nullptr) set_error("ValueError", "the host made no object");
        return object;
    } else if constexpr (std::is_convertible_v<R, T>) {
        return std::make_shared<T>(std::forward<R>(answer));
    } else {
        if (answer) return made<T>(std::move(*answer));
        if constexpr (std::is_same_v<Plain<decltype(answer.error())>, Error>)
            set_error(answer.error());
        else
            set_error("ValueError", answer.error());
        return nullptr;
    }
}

}  // namespace detail

template <class T>
class Class {
    static_assert(detail::HostType<T>, "this type converts to a value already");

public:
    Class() : spec_{.type = typeid(T), .trivial_end = std::is_trivially_destructible_v<T>} {}

    // T(A...), with names for the parameters or without. A class without a constructor is made by the host alone.
    template <class... A>
    Class& constructor() {
        return make<A...>({});
    }
    template <class... A, std::size_t N>
    Class& constructor(const char* const (&parameters)[N]) {
        static_assert(N == sizeof...(A), "a name for each parameter");
        return make<A...>({parameters, parameters + N});
    }
    // A function that makes one: it answers a T, a std::unique_ptr or std::shared_ptr of one, or a tl::expected of these.
    template <detail::Callable F>
    Class& constructor(F maker) {
        return make_by(std::move(maker), {});
    }
    template <detail::Callable F, std::size_t N>
    Class& constructor(F maker, const char* const (&parameters)[N]) {
        static_assert(N == detail::Signature<F>::count, "a name for each parameter");
        return make_by(std::move(maker), {parameters, parameters + N});
    }

    // A member function, or any function whose first parameter is `T&`, `const T&` or a shared_ptr. With Python's names, such as
    // "__len__" and "__add__", it is what operators and protocols call; an argument that is of another type makes an operator ask the
    // other operand.
    template <class F>
    Class& method(std::string_view name, F called, std::string_view doc = {}) {
        return add_method(name, detail::callable<T>(std::move(called)), doc, {});
    }
    template <class F, std::size_t N>
    Class& method(std::string_view name, F called, std::string_view doc, const char* const (&parameters)[N]) {
        auto callable = detail::callable<T>(std::move(called));
        static_assert(N + 1 == detail::Signature<decltype(callable)>::count,
                      "a name for each parameter behind the object");
        return add_method(name, std::move(callable), doc, {parameters, parameters + N});
    }

    // A function that wants no object: (.parse Point "1 2").
    template <class F>
    Class& function(std::string_view name, F called, std::string_view doc = {}) {
        return add_function(name, std::move(called), doc, {});
    }
    template <class F, std::size_t N>
    Class& function(std::string_view name, F called, std::string_view doc, const char* const (&parameters)[N]) {
        static_assert(N == detail::Signature<F>::count, "a name for each parameter");
        return add_function(name, std::move(called), doc, {parameters, parameters + N});
    }

    // A data member, read and written; one that is const, only read.
    template <class C, class M>
    Class& field(std::string_view name, M C::*member, std::string_view doc = {}) {
        detail::MemberSpec& added = add(detail::MemberSpec::Kind::property, name, doc);
        added.get = [member](const std::shared_ptr<void>& held) {
            const auto self = std::static_pointer_cast<T>(held);
            return detail::guarded([&] {
                if constexpr (detail::HostType<M>)
                    return detail::make_host(std::shared_ptr<M>(self, &((*self).*member)));
                else
                    return detail::to_object((*self).*member);
            });
        };
        if constexpr (!std::is_const_v<M>) {
            added.set = [member](const std::shared_ptr<void>& held, detail::Object* object) {
                std::optional<M> value = detail::converted_safely<M>(object);
                if (!value) return false;
                T& self = *static_cast<T*>(held.get());
                return detail::guarded([&] { return self.*member = std::move(*value), object; }) != nullptr;
            };
        }
        return *this;
    }

    // What is computed: a getter, and a setter where scripts may set it. Both are member functions, or functions of the object.
    template <class Get>
    Class& property(std::string_view name, Get get, std::string_view doc = {}) {
        add_getter(name, detail::callable<T>(std::move(get)), doc);
        return *this;
    }
    template <class Get, class Set>
    requires(!std::is_convertible_v<Set, std::string_view>) Class& property(std::string_view name, Get get, Set set,
                                                                            std::string_view doc = {}) {
        add_setter(add_getter(name, detail::callable<T>(std::move(get)), doc), detail::callable<T>(std::move(set)));
        return *this;
    }

    // The class that T is derived from, defined for scripts before: what it has, T has.
    template <class B>
    Class& base() {
        static_assert(std::is_base_of_v<B, T> && !std::is_same_v<B, T>);
        spec_.base = typeid(B);
        spec_.to_base = [](const std::shared_ptr<void>& object) -> std::shared_ptr<void> {
            return std::shared_ptr<B>(std::static_pointer_cast<T>(object));
        };
        return *this;
    }

    [[nodiscard]] const detail::ClassSpec& spec() const noexcept { return spec_; }

private:
    detail::MemberSpec& add(detail::MemberSpec::Kind kind, std::string_view name, std::string_view doc) {
        return spec_.members.emplace_back(
            detail::MemberSpec{.kind = kind, .spec = {.name = std::string(name), .doc = std::string(doc)}});
    }

    template <class F>
    Class& add_method(std::string_view name, F called, std::string_view doc, std::vector<std::string> parameters) {
        static_assert(detail::Signature<F>::count > 0, "a method has the object for its first parameter");
        detail::MemberSpec& added = add(detail::MemberSpec::Kind::method, name, doc);
        added.spec = detail::describe<F>(name, doc, std::move(parameters));
        added.spec.method = true;
        added.function = detail::wrap(std::move(called));
        return *this;
    }

    template <class F>
    Class& add_function(std::string_view name, F called, std::string_view doc, std::vector<std::string> parameters) {
        detail::MemberSpec& added = add(detail::MemberSpec::Kind::free_function, name, doc);
        added.spec = detail::describe<F>(name, doc, std::move(parameters));
        added.function = detail::wrap(std::move(called));
        return *this;
    }

    template <class F>
    detail::MemberSpec& add_getter(std::string_view name, F get, std::string_view doc) {
        detail::MemberSpec& added = add(detail::MemberSpec::Kind::property, name, doc);
        added.get = [get = std::move(get)](const std::shared_ptr<void>& held) {
            return detail::guarded([&] {
                auto answer = [&] {
                    const detail::WithoutGil running;
                    return std::invoke(get, *static_cast<T*>(held.get()));
                }();
                return detail::Answer<decltype(answer)>::to(std::move(answer));
            });
        };
        return added;
    }

    template <class F>
    void add_setter(detail::MemberSpec& member, F set) {
        using Slots = typename detail::Signature<F>::Slots;
        static_assert(std::tuple_size_v<Slots> == 2, "a setter has the object and the value for its parameters");
        member.set = [set = std::move(set)](const std::shared_ptr<void>& held, detail::Object* object) {
            return detail::guarded([&]() -> detail::Object* {
                       std::tuple_element_t<1, Slots> value;
                       if (!value.fill(object)) return nullptr;
                       const detail::WithoutGil running;
                       std::invoke(set, *static_cast<T*>(held.get()), value.give());
                       return object;
                   }) != nullptr;
        };
    }

    template <class... A>
    Class& make(std::vector<std::string> parameters) {
        static_assert(std::is_constructible_v<T, A...>, "T has no constructor with these parameters");
        return make_by([](A... arguments) { return std::make_shared<T>(std::forward<A>(arguments)...); },
                       std::move(parameters));
    }

    template <class F>
    Class& make_by(F maker, std::vector<std::string> parameters) {
        using Of = detail::Signature<F>;
        detail::MemberSpec& added = add(detail::MemberSpec::Kind::method, "__init__", {});
        added.spec.parameters = std::move(parameters);
        added.spec.count = Of::count + 1;
        added.spec.required = Of::required + 1;
        added.spec.method = true;
        added.function = [shared = std::make_shared<F>(std::move(maker))](const detail::FunctionSpec& spec,
                                                                          detail::Object* const* given, std::size_t) {
            return detail::call_with<typename Of::Slots>(
                spec, given, 1, *shared, [&]<class R>(R answer) -> detail::Object* {
                    std::shared_ptr<T> object = detail::made<T>(std::move(answer));
                    const bool filled = object != nullptr && detail::fill_host(given[0], typeid(T), std::move(object));
                    return filled ? detail::none() : nullptr;
                });
        };
        return *this;
    }

    detail::ClassSpec spec_;
};

namespace detail {

template <class T>
inline constexpr bool IsClass = false;
template <class T>
inline constexpr bool IsClass<Class<T>> = true;

}  // namespace detail

}  // namespace catena::inline v1
