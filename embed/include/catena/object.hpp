// The few operations on Python objects that the templates of these headers stand on. Not for direct use: everything here
// except Gil, retain(), release() and peek() needs the GIL, and reports a failure by a pending Python error, which take_error() takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeindex>
#include <vector>

#include <catena/error.hpp>

namespace catena::inline v1::detail {

// catena::Gil (gil.hpp).
struct AtOnce {};
class Gil {
public:
    Gil() noexcept : Gil(false) {}
    explicit Gil(AtOnce) noexcept : Gil(true) {}
    ~Gil();
    Gil(const Gil&) = delete;
    Gil& operator=(const Gil&) = delete;

private:
    explicit Gil(bool at_once) noexcept;
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

// What the values of one interpreter share; made by it, and kept by them: their count is the GIL's.
struct Context;
class LimitedCall;

// A call of the host into an interpreter.
struct Call {
    Context* context = nullptr;     // kept; null: the call is part of another one
    Call* outer = nullptr;          // of this thread
    Call* next = nullptr;           // of the same context
    void* thread = nullptr;         // its PyThreadState
    LimitedCall* limits = nullptr;  // null: none
    bool signalled = false;         // by interrupt(): an exception may be on its way
};

// Holds the GIL while it lives, and what runs meanwhile to the limits of the interpreter; within a call of the same interpreter, or
// without one, only the GIL.
class Scope {
public:
    explicit Scope(Context* context) noexcept;
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

private:
    Gil gil_;
    Call call_;
};

// Whose call runs in this thread; null when none does.
[[nodiscard]] Context* current_context() noexcept;
// What a call answered, or null with the error of a limit that it passed and did not say so. Takes the object over.
[[nodiscard]] Object* answered(Object* object);

// These two take the GIL. A small number or string that the last Value of a thread without the GIL gives up may live until the thread's
// next call. Nothing is done once Python has ended.
void retain(Object* object, Context* context = nullptr) noexcept;
void release(Object* object, Context* context = nullptr) noexcept;
void keep(Object* object) noexcept;  // and these with the GIL held
void drop(Object* object) noexcept;
void keep(Context* context) noexcept;  // null: nothing
void drop(Context* context) noexcept;

[[nodiscard]] Error take_error();
[[nodiscard]] Error plain_error(const char* type, std::string_view message);  // no Python error behind it
void set_error(const char* type, std::string_view message);                   // of Python's builtins
void set_error(const Error& error);  // the exception behind it again, or one like it

// Whether the pending error is a value's that is of another type or does not fit, which is forgotten then: not the end of the script,
// or of the memory.
[[nodiscard]] bool refused();
[[nodiscard]] std::string written(double number);  // as Python writes it

// New objects; null on failure.
[[nodiscard]] Object* none() noexcept;
[[nodiscard]] Object* nil() noexcept;  // borrowed: there is only one, and it stays
[[nodiscard]] Object* make(bool value) noexcept;
[[nodiscard]] Object* make(std::int64_t value);
[[nodiscard]] Object* make(std::uint64_t value);
[[nodiscard]] Object* make(double value);
[[nodiscard]] Object* make(std::string_view utf8);
[[nodiscard]] Object* make_bytes(std::string_view bytes);
[[nodiscard]] Object* make_list(std::size_t size);
[[nodiscard]] Object* make_list(const double* floats, std::size_t size);  // many numbers in one call
[[nodiscard]] Object* make_tuple(std::size_t size);
void fill_list(Object* list, std::size_t index, Object* item);  // takes the item over
void fill_tuple(Object* tuple, std::size_t index, Object* item);
[[nodiscard]] Object* make_map();
[[nodiscard]] bool put(Object* map, Object* key, Object* value);  // borrows both

// What a plain object has, which never changes: no GIL is needed, and no error set when it is something else, or does not fit.
[[nodiscard]] bool peek(Object* object, bool* out) noexcept;
[[nodiscard]] bool peek(Object* object, std::int64_t* out) noexcept;
[[nodiscard]] bool peek(Object* object, double* out) noexcept;
[[nodiscard]] bool peek(Object* object, std::string_view* out) noexcept;  // ASCII; valid while the object lives

// Reads; false with an error set when the object is something else, or does not fit.
[[nodiscard]] bool is_none(Object* object) noexcept;
[[nodiscard]] bool read(Object* object, bool* out);
[[nodiscard]] bool read(Object* object, std::int64_t* out);
[[nodiscard]] bool read(Object* object, std::uint64_t* out);
[[nodiscard]] bool read(Object* object, double* out);
[[nodiscard]] bool read(Object* object, std::string_view* out);  // valid while the object lives
[[nodiscard]] Object* make_path(std::string_view bytes);         // a string, as Python decodes names of files
[[nodiscard]] bool read_path(Object* object, std::string* out);  // a string, bytes, or a path of pathlib
// Of a number the seconds, of a datetime.timedelta the microseconds.
enum class Read { failed, seconds, microseconds };
[[nodiscard]] Read read_duration(Object* object, double* seconds, std::int64_t* microseconds);
[[nodiscard]] Object* make_time(std::int64_t microseconds);  // since 1970; a datetime.datetime in UTC
[[nodiscard]] bool read_time(Object* object, std::int64_t* microseconds);
[[nodiscard]] Object* iterate(Object* object);
[[nodiscard]] Object* next(Object* iterator, bool* failed);  // null at the end
[[nodiscard]] bool is_iterator(Object* object) noexcept;
[[nodiscard]] Object* list_of(Object* iterator);     // of what is left of it
[[nodiscard]] bool is_row(Object* object) noexcept;  // a list or a tuple, whose items can be taken by their index
[[nodiscard]] std::size_t row_size(Object* row) noexcept;
[[nodiscard]] Object* row_item(Object* row, std::size_t index) noexcept;  // null behind the last, without an error
// Reads the floats that a row begins with, at most `size`, and says how many these are: many numbers in one call.
[[nodiscard]] std::size_t read_floats(Object* row, double* out, std::size_t size) noexcept;
[[nodiscard]] Object* entries(Object* map);           // a list of pairs
[[nodiscard]] std::ptrdiff_t length(Object* object);  // -1: an error is set
[[nodiscard]] const char* type_name(Object* object) noexcept;

// What the call answered(); borrows the arguments.
[[nodiscard]] Object* call(Object* callee, Object* const* arguments, std::size_t count);
[[nodiscard]] Object* attribute(Object* object, std::string_view name);
[[nodiscard]] bool set_attribute(Object* object, std::string_view name, Object* value);
[[nodiscard]] Object* item(Object* object, Object* key);
[[nodiscard]] Object* text(Object* object);
[[nodiscard]] Object* representation(Object* object);

// A function of the host as scripts see it.
struct FunctionSpec {
    std::string name, doc = {};
    std::vector<std::string> parameters = {};  // their names, without the object of a method; empty: they have none
    std::size_t count = 0, required = 0;       // of its arguments; those behind the first `required` may be left out
    bool method = false;                       // the first argument is the object, and is not counted in messages
    bool any_count = false;                    // it takes whatever it is given
};
// Gets borrowed arguments, `spec.count` of them unless it takes any: null for one that was left out. Answers a new object, or null with
// an error set; what it throws becomes a RuntimeError.
using HostFunction = std::function<Object*(const FunctionSpec& spec, Object* const* arguments, std::size_t count)>;
[[nodiscard]] Object* make_function(FunctionSpec spec, HostFunction function);
// What a HostFunction answers when an argument does not convert: the pending error then says which one it was.
[[nodiscard]] Object* bad_argument(const FunctionSpec& spec, std::size_t index);

// Runs code of the host that may throw: null then, with a RuntimeError set.
void set_thrown(const char* who);  // within a catch clause
template <class F>
[[nodiscard]] Object* guarded(F&& function, const char* who = "the host") {
    try {
        return function();
    } catch (...) {
        set_thrown(who);
        return nullptr;
    }
}

// An object of a C++ class that a script has, or is to have. Where it is one of a class with virtual functions, `most` and `whole` are
// the class it was made as.
struct HostPointer {
    std::type_index type, most;
    std::shared_ptr<void> object, whole;
};
[[nodiscard]] Object* make_host(const HostPointer& pointer);
// Null with an error set when it is none, or one of another class than `type` and those derived from it.
[[nodiscard]] std::shared_ptr<void> read_host(Object* object, std::type_index type);

template <class T>
[[nodiscard]] Object* make_host(const std::shared_ptr<T>& object) {
    HostPointer pointer{typeid(T), typeid(T), object, object};
    if constexpr (std::is_polymorphic_v<T>) {
        pointer.most = typeid(*object);
        pointer.whole = std::shared_ptr<void>(object, dynamic_cast<void*>(object.get()));
    }
    return make_host(pointer);
}
template <class T>
[[nodiscard]] bool read_host(Object* object, std::shared_ptr<T>* out) {
    *out = std::static_pointer_cast<T>(read_host(object, typeid(T)));
    return *out != nullptr;
}

// A member of a class of the host.
struct MemberSpec {
    enum class Kind { method, free_function, property } kind;
    FunctionSpec spec;  // of a property only its name and doc
    HostFunction function = {};
    // A property's: with the GIL held; null or false with an error set. No set: it is only read.
    std::function<Object*(const std::shared_ptr<void>& self)> get = {};
    std::function<bool(const std::shared_ptr<void>& self, Object* value)> set = {};
};
struct ClassSpec {
    std::type_index type;
    std::string name = {}, doc = {};
    std::optional<std::type_index> base = {};
    std::shared_ptr<void> (*to_base)(const std::shared_ptr<void>& object) = nullptr;
    bool trivial_end = false;  // its destructor runs no code
    std::vector<MemberSpec> members = {};
};
[[nodiscard]] Object* make_class(const ClassSpec& spec, std::string_view space);  // in the running interpreter
// What a constructor ends with: `self`, which a script is making, is this object. False with an error set.
[[nodiscard]] bool fill_host(Object* self, std::type_index type, std::shared_ptr<void> object);

}  // namespace catena::inline v1::detail
