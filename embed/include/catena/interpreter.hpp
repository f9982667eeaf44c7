// Interpreter: a namespace of its own in which a host evaluates Catena.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <catena/class.hpp>
#include <catena/function.hpp>
#include <catena/limits.hpp>
#include <catena/output.hpp>
#include <catena/value.hpp>

namespace catena::inline v1 {

struct Options {
    std::vector<std::filesystem::path> path = {};  // where modules are looked for first, in this order
    std::string name = {};                         // of the namespace, as __name__; empty: one is made up
};

// Python starts with the first Interpreter of a process, unless the host has started it, and never ends: NumPy can neither be
// loaded twice nor live in a sub-interpreter. So an Interpreter is a module of its own: several live side by side and
// see the same modules, but not each other's definitions. Any thread may use one; calls take the GIL and let it go again.
// No member throws. One that was moved from answers a RuntimeError. A function of the host may end the Interpreter that is calling it.
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

    // Binds a name to a value (convert.hpp), to a function of the host (function.hpp) or to a class (class.hpp). Arguments and
    // answers are converted and checked, and the GIL is released while the host's code runs. With names for its parameters a
    // function takes arguments by name too, and its messages name them:
    //
    //     interpreter->define("lerp", lerp, "Mix a and b.", {"a", "b", "t"});      (lerp 0 10 :t 0.5)
    template <class T>
    Result<void> define(std::string_view name, T&& value, std::string_view doc = {}) {
        const detail::Scope scope(context());
        using Plain = std::decay_t<T>;
        if constexpr (detail::IsClass<Plain>)
            return define_class(name, value.spec(), doc);
        else if constexpr (detail::IsFunction<Plain>::value)
            return bind(name, detail::guarded([&] {
                            return detail::make_function(detail::describe<Plain>(name, doc),
                                                         detail::wrap<Plain>(std::forward<T>(value)));
                        }));
        else
            return bind(name, detail::to_object_safely(value));
    }
    template <class F, std::size_t N>
    Result<void> define(std::string_view name, F&& function, std::string_view doc, const char* const (&parameters)[N]) {
        using Plain = std::decay_t<F>;
        static_assert(N == detail::Signature<Plain>::count, "a name for each parameter");
        const detail::Scope scope(context());
        return bind(name, detail::guarded([&] {
                        return detail::make_function(detail::describe<Plain>(name, doc, {parameters, parameters + N}),
                                                     detail::wrap<Plain>(std::forward<F>(function)));
                    }));
    }
    // What each later call may use: eval, run_file, require and get, and whatever is done with a Value that came out of them. A
    // RuntimeError when memory cannot be counted here; the limits are as before then.
    Result<void> set_limits(const Limits& limits);

    // Gives what later calls write to sys.stdout and sys.stderr to the host. What is empty is not redirected: it goes where Python's
    // does. Threads that a script starts are no calls of the host, and not redirected either.
    Result<void> set_output(Output out, Output errors = {});

    // Makes the scripts that run now, in all threads, end with a KeyboardInterrupt at their next chance; nothing when none
    // runs. From any thread, but not from a signal handler.
    void interrupt() noexcept;

private:
    struct State;
    explicit Interpreter(std::unique_ptr<State> state) noexcept;
    [[nodiscard]] detail::Context* context() const noexcept;          // null: moved from
    Result<void> bind(std::string_view name, detail::Object* value);  // takes the value over; null: the pending error
    Result<void> define_class(std::string_view name, detail::ClassSpec spec, std::string_view doc);

    std::unique_ptr<State> state_;
};

}  // namespace catena::inline v1
