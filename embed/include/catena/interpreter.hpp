// Interpreter: a namespace of its own in which a host evaluates Catena.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <catena/limits.hpp>
#include <catena/value.hpp>

namespace catena::inline v1 {

struct Options {
    std::vector<std::filesystem::path> path = {};  // where modules are looked for first, in this order
    std::string name = {};                         // of the namespace, as __name__; empty: one is made up
};

namespace detail {

// The parts of a callable's type.
template <class F>
struct Signature : Signature<decltype(&F::operator())> {};
template <class R, class... A>
struct Signature<R (*)(A...)> {
    using Answer = R;
    using Arguments = std::tuple<Plain<A>...>;
    static constexpr std::size_t count = sizeof...(A);
};
template <class R, class... A>
struct Signature<R (*)(A...) noexcept> : Signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...)> : Signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const> : Signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) noexcept> : Signature<R (*)(A...)> {};
template <class C, class R, class... A>
struct Signature<R (C::*)(A...) const noexcept> : Signature<R (*)(A...)> {};

template <class F, class = void>
struct IsFunction : std::is_function<std::remove_pointer_t<F>> {};
template <class F>
struct IsFunction<F, std::void_t<decltype(&F::operator())>> : std::true_type {};

// The host's answer as an object; an expected that holds an error raises it.
template <class T>
struct Answer {
    static Object* to(const T& value) { return to_object(value); }
};
template <class T>
struct Answer<tl::expected<T, Error>> {
    static Object* to(const tl::expected<T, Error>& value) {
        if (!value) {
            set_error(value.error());
            return nullptr;
        }
        if constexpr (std::is_void_v<T>)
            return none();
        else
            return to_object(*value);
    }
};
template <class T>
struct Answer<tl::expected<T, std::string>> {
    static Object* to(const tl::expected<T, std::string>& value) {
        if (!value) {
            set_error("RuntimeError", value.error());
            return nullptr;
        }
        if constexpr (std::is_void_v<T>)
            return none();
        else
            return to_object(*value);
    }
};

template <class F>
[[nodiscard]] HostFunction wrap(std::string name, F function) {
    using Of = Signature<F>;
    return [name = std::move(name), function = std::move(function)](Object* const* given,
                                                                    std::size_t count) mutable -> Object* {
        if (count != Of::count) {
            set_error("TypeError", name + " takes " + std::to_string(Of::count) + " argument" +
                                       (Of::count == 1 ? "" : "s") + " but " + std::to_string(count) +
                                       (count == 1 ? " was" : " were") + " given");
            return nullptr;
        }
        typename Of::Arguments arguments;
        const auto read_all = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return (Convert<std::tuple_element_t<I, typename Of::Arguments>>::from(given[I], std::get<I>(arguments)) &&
                    ...);
        };
        if (!read_all(std::make_index_sequence<Of::count>{})) return nullptr;
        if constexpr (std::is_void_v<typename Of::Answer>) {
            {
                const WithoutGil running;
                std::apply(function, std::move(arguments));
            }
            return none();
        } else {
            auto answer = [&] {
                const WithoutGil running;
                return std::apply(function, std::move(arguments));
            }();
            return Answer<Plain<typename Of::Answer>>::to(answer);
        }
    };
}

}  // namespace detail

// Python starts with the first Interpreter of a process, unless the host has started it, and never ends: NumPy can neither be
// loaded twice nor live in a sub-interpreter. So an Interpreter is a module of its own: several live side by side and
// see the same modules, but not each other's definitions. Any thread may use one; calls take the GIL and let it go again.
// No member throws.
class Interpreter {
public:
    [[nodiscard]] static Result<Interpreter> create(const Options& options = {});

    Interpreter(Interpreter&&) noexcept;
    Interpreter& operator=(Interpreter&&) noexcept;
    ~Interpreter();

    // Evaluates all forms and answers the last one's value. `file` and `line` are where the text stands, for messages:
    // pass __FILE__ and __LINE__.
    Result<Value> eval(std::string_view code, std::string_view file = "<host>", int line = 1);
    // Evaluates a file in this namespace.
    Result<Value> run_file(const std::filesystem::path& path);
    // Loads a Catena or Python module and answers it.
    Result<Value> require(std::string_view module);

    // What a name stands for: the namespace's own, core's, or Python's builtins. A NameError when there is none.
    [[nodiscard]] Result<Value> get(std::string_view name) const;

    // Binds a name to a value, or to a function of the host. Arguments and answers are converted and checked; an answer of
    // tl::expected raises its error; a C++ exception becomes a RuntimeError. The GIL is released while the function runs.
    template <class T>
    Result<void> define(std::string_view name, const T& value, std::string_view doc = {}) {
        const detail::Gil gil;
        if constexpr (detail::IsFunction<std::decay_t<T>>::value) {
            return bind(name, detail::make_function(
                                  name, doc, detail::wrap<std::decay_t<T>>(std::string(name), std::decay_t<T>(value))));
        } else {
            return bind(name, detail::to_object(value));
        }
    }

    // What each later call may use: eval, run_file, require and get, and whatever is done with a Value that came out of them. A
    // RuntimeError when memory cannot be counted here; the limits are as before then.
    Result<void> set_limits(const Limits& limits);

    // Makes the scripts that run now, in all threads, end with a KeyboardInterrupt at their next chance; nothing when none
    // runs. From any thread, but not from a signal handler.
    void interrupt() noexcept;

private:
    struct State;
    explicit Interpreter(std::unique_ptr<State> state) noexcept;
    Result<void> bind(std::string_view name, detail::Object* value);  // takes the value over; null: the pending error

    std::unique_ptr<State> state_;
};

}  // namespace catena::inline v1
