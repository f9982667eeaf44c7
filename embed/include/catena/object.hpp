// The few operations on Python objects that the templates of these headers stand on. Not for direct use: everything here
// except Gil, retain() and release() needs the GIL, and reports a failure by a pending Python error, which take_error() takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include <catena/error.hpp>

namespace catena::inline v1::detail {

// catena::Gil (gil.hpp).
class Gil {
public:
    Gil() noexcept;
    ~Gil();
    Gil(const Gil&) = delete;
    Gil& operator=(const Gil&) = delete;

private:
    int state_;
};

// Lets go of the GIL, which this thread holds, while it lives.
class WithoutGil {
public:
    WithoutGil() noexcept;
    ~WithoutGil();
    WithoutGil(const WithoutGil&) = delete;
    WithoutGil& operator=(const WithoutGil&) = delete;

private:
    void* saved_;
};

// What the values of one interpreter share; made by it, and kept by them.
struct Context;
class LimitedCall;

// A call of the host into an interpreter.
struct Call {
    std::shared_ptr<Context> context;
    Call* outer = nullptr;  // of this thread
    Call* next = nullptr;   // of the same context
    unsigned long thread = 0;
    LimitedCall* limits = nullptr;  // null: none
    bool signalled = false;         // by interrupt(): an exception may be on its way
};

// Holds the GIL while it lives, and what runs meanwhile to the limits of the interpreter; within a call of the same interpreter, or
// without one, only the GIL.
class Scope {
public:
    explicit Scope(const std::shared_ptr<Context>& context) noexcept;
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

private:
    Gil gil_;
    Call call_;
};

// Whose call runs in this thread; empty when none does.
[[nodiscard]] const std::shared_ptr<Context>& current_context() noexcept;
// What a call answered, or null with the error of a limit that it passed and did not say so. Takes the object over.
[[nodiscard]] Object* answered(Object* object);

void retain(Object* object) noexcept;
void release(Object* object) noexcept;  // takes the GIL; does nothing once Python has ended
void keep(Object* object) noexcept;     // these two with the GIL held
void drop(Object* object) noexcept;

[[nodiscard]] Error take_error();
[[nodiscard]] Error plain_error(const char* type, std::string_view message);  // no Python error behind it
void set_error(const char* type, std::string_view message);                   // of Python's builtins
void set_error(const Error& error);  // the exception behind it again, or one like it

// New objects; null on failure.
[[nodiscard]] Object* none() noexcept;
[[nodiscard]] Object* nil() noexcept;  // borrowed: there is only one, and it stays
[[nodiscard]] Object* make(bool value) noexcept;
[[nodiscard]] Object* make(std::int64_t value);
[[nodiscard]] Object* make(std::uint64_t value);
[[nodiscard]] Object* make(double value);
[[nodiscard]] Object* make(std::string_view utf8);
[[nodiscard]] Object* make_list(std::size_t size);
[[nodiscard]] Object* make_tuple(std::size_t size);
void fill_list(Object* list, std::size_t index, Object* item);  // takes the item over
void fill_tuple(Object* tuple, std::size_t index, Object* item);
[[nodiscard]] Object* make_map();
[[nodiscard]] bool put(Object* map, Object* key, Object* value);  // borrows both

// Reads; false with an error set when the object is something else, or does not fit.
[[nodiscard]] bool is_none(Object* object) noexcept;
[[nodiscard]] bool read(Object* object, bool* out);
[[nodiscard]] bool read(Object* object, std::int64_t* out);
[[nodiscard]] bool read(Object* object, std::uint64_t* out);
[[nodiscard]] bool read(Object* object, double* out);
[[nodiscard]] bool read(Object* object, std::string_view* out);  // valid while the object lives
[[nodiscard]] Object* iterate(Object* object);
[[nodiscard]] Object* next(Object* iterator, bool* failed);  // null at the end
[[nodiscard]] bool is_row(Object* object) noexcept;  // a list or a tuple, whose items can be taken by their index
[[nodiscard]] std::size_t row_size(Object* row) noexcept;
[[nodiscard]] Object* row_item(Object* row, std::size_t index) noexcept;  // null behind the last, without an error
[[nodiscard]] Object* entries(Object* map);                               // a list of pairs
[[nodiscard]] const char* type_name(Object* object) noexcept;

[[nodiscard]] Object* call(Object* callee, Object* const* arguments, std::size_t count);
[[nodiscard]] Object* attribute(Object* object, std::string_view name);
[[nodiscard]] bool set_attribute(Object* object, std::string_view name, Object* value);
[[nodiscard]] Object* item(Object* object, Object* key);
[[nodiscard]] Object* text(Object* object);
[[nodiscard]] Object* representation(Object* object);

// A Python function over the host's. `function` gets borrowed arguments and answers a new object, or null with an error set;
// what it throws becomes a RuntimeError.
using HostFunction = std::function<Object*(Object* const* arguments, std::size_t count)>;
[[nodiscard]] Object* make_function(std::string_view name, std::string_view doc, HostFunction function);

}  // namespace catena::inline v1::detail
