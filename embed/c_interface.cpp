// catena.h over catena.hpp.
#include <catena/catena.h>

#include <algorithm>
#include <chrono>
#include <complex>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catena/catena.hpp>
#include "catena_config.hpp"

using catena::Error;
using catena::Interpreter;
using catena::Result;
using catena::Value;
namespace detail = catena::detail;

struct catena_value {
    Value value;
};

struct catena_interpreter {
    Interpreter interpreter;
};

namespace {

struct LastError {
    std::optional<Error> error;
    catena_error shown{};
    std::string trace;
};
thread_local LastError last;

void keep(Error error) noexcept {
    last.error = std::move(error);
    last.shown = {last.error->type.c_str(), last.error->message.c_str(),
                  last.error->hint.c_str(), last.error->file.c_str(),
                  last.error->line,         last.error->column};
}

// What `code` answers, or `failed`, with the error kept, when it throws: there is no memory.
template <class T, class F>
T attempt(T failed, F&& code) noexcept {
    try {
        return code();
    } catch (const std::exception& error) {
        keep(detail::plain_error("MemoryError", error.what()));
    } catch (...) {
        keep(detail::plain_error("RuntimeError", "a C++ exception that is no std::exception"));
    }
    return failed;
}

// What failed before may be handed on: its error stays.
template <class... T>
bool given(const T*... arguments) {
    if (((arguments != nullptr) && ...)) return true;
    if (!last.error)
        (void)attempt(false,
                      [] { return keep(detail::plain_error("ValueError", "NULL was given for a value")), true; });
    return false;
}

bool refuse(const char* why) {
    return attempt(false, [&] { return keep(detail::plain_error("ValueError", why)), false; });
}

// A block of memory of the host's.
bool block_given(const void* data, size_t size) {
    if (size > PTRDIFF_MAX) return refuse("no block of memory is that large");
    return size == 0 || given(data);
}

bool known(catena_element element) {
    return (element >= CATENA_BOOL && element <= CATENA_COMPLEX128) || refuse("no such element of an array");
}

bool all_given(const catena_value* const* values, size_t count) {
    return block_given(values, count) &&
           std::all_of(values, values + count, [](const catena_value* value) { return given(value); });
}

catena_value* made(Result<Value> value) {
    if (value) return new catena_value{std::move(*value)};
    keep(std::move(value.error()));
    return nullptr;
}

template <class F>
catena_value* made_by(F&& code) noexcept {
    return attempt<catena_value*>(nullptr, [&] { return made(code()); });
}

bool done(const Result<void>& result) {
    if (!result) keep(result.error());
    return result.has_value();
}

template <class T>
bool convert(const catena_value* value, T* out) noexcept {
    if (!given(value, out)) return false;
    return attempt(false, [&] {
        Result<T> converted = value->value.as<T>();
        if (converted)
            *out = *converted;
        else
            keep(std::move(converted.error()));
        return converted.has_value();
    });
}

std::string_view text_or(const char* text, const char* instead) { return text != nullptr ? text : instead; }

// Runs `end` when the last copy of what it belongs to is gone.
std::shared_ptr<void> owned(void* owner, void (*end)(void*)) {
    if (end == nullptr) return nullptr;
    return std::shared_ptr<void>(owner, end);
}

// A call of the host's function by a script. The error of the thread is the script's business only when the function has set it.
detail::Object* call_host(catena_function function, void* data, const detail::FunctionSpec& spec,
                          detail::Object* const* given, std::size_t count) {
    std::vector<catena_value> values(count);
    std::vector<const catena_value*> arguments(count);
    for (std::size_t i = 0; i < count; ++i) {
        if (!catena::Convert<Value>::from(given[i], values[i].value)) return nullptr;
        arguments[i] = &values[i];
    }
    std::optional<Error> before = std::exchange(last.error, std::nullopt);
    std::unique_ptr<catena_value> answer;
    {
        const detail::WithoutGil running;
        answer.reset(function(data, arguments.data(), count));
    }
    std::optional<Error> raised = std::exchange(last.error, std::nullopt);
    if (before) keep(std::move(*before));
    if (answer != nullptr) return catena::Convert<Value>::to(answer->value);
    if (raised)
        detail::set_error(*raised);
    else
        detail::set_error("RuntimeError", spec.name + " failed and did not say why");
    return nullptr;
}

detail::Element element_of(catena_element element) {
    switch (element) {
        case CATENA_BOOL: return detail::element_of<bool>();
        case CATENA_INT8: return detail::element_of<std::int8_t>();
        case CATENA_INT16: return detail::element_of<std::int16_t>();
        case CATENA_INT32: return detail::element_of<std::int32_t>();
        case CATENA_INT64: return detail::element_of<std::int64_t>();
        case CATENA_UINT8: return detail::element_of<std::uint8_t>();
        case CATENA_UINT16: return detail::element_of<std::uint16_t>();
        case CATENA_UINT32: return detail::element_of<std::uint32_t>();
        case CATENA_UINT64: return detail::element_of<std::uint64_t>();
        case CATENA_FLOAT32: return detail::element_of<float>();
        case CATENA_FLOAT64: return detail::element_of<double>();
        case CATENA_COMPLEX64: return detail::element_of<std::complex<float>>();
        case CATENA_COMPLEX128: return detail::element_of<std::complex<double>>();
    }
    return detail::element_of<std::uint8_t>();
}

}  // namespace

const char* catena_version(void) { return CATENA_VERSION; }

const catena_error* catena_last_error(void) { return last.error ? &last.shown : nullptr; }

const char* catena_last_trace(void) {
    return attempt<const char*>("", [] {
        last.trace = last.error ? last.error->trace() : "";
        return last.trace.c_str();
    });
}

void catena_clear_error(void) { last.error.reset(); }

catena_interpreter* catena_create(const char* const* path) {
    return attempt<catena_interpreter*>(nullptr, [&]() -> catena_interpreter* {
        catena::Options options;
        for (; path != nullptr && *path != nullptr; ++path) options.path.emplace_back(*path);
        Result<Interpreter> interpreter = Interpreter::create(options);
        if (interpreter) return new catena_interpreter{std::move(*interpreter)};
        keep(std::move(interpreter.error()));
        return nullptr;
    });
}

void catena_destroy(catena_interpreter* interpreter) { delete interpreter; }

catena_value* catena_eval(catena_interpreter* interpreter, const char* code, const char* file, int line) {
    if (!given(interpreter, code)) return nullptr;
    return made_by([&] { return interpreter->interpreter.eval(code, text_or(file, "<host>"), line); });
}

catena_value* catena_run_file(catena_interpreter* interpreter, const char* path) {
    if (!given(interpreter, path)) return nullptr;
    return made_by([&] { return interpreter->interpreter.run_file(path); });
}

catena_value* catena_require(catena_interpreter* interpreter, const char* module) {
    if (!given(interpreter, module)) return nullptr;
    return made_by([&] { return interpreter->interpreter.require(module); });
}

catena_value* catena_get(catena_interpreter* interpreter, const char* name) {
    if (!given(interpreter, name)) return nullptr;
    return made_by([&] { return interpreter->interpreter.get(name); });
}

bool catena_define(catena_interpreter* interpreter, const char* name, const catena_value* value) {
    if (!given(interpreter, name, value)) return false;
    return attempt(false, [&] { return done(interpreter->interpreter.define(name, value->value)); });
}

bool catena_define_function(catena_interpreter* interpreter, const char* name, size_t least, size_t most,
                            catena_function function, void* data, void (*end)(void*), const char* doc) {
    return attempt(false, [&] {
        const auto owner = owned(data, end);
        if (!given(interpreter, name) || !given(reinterpret_cast<const void*>(function))) return false;
        constexpr std::size_t limit = 1024;  // there is a place for each
        if (least > most || most > limit)
            return refuse("a function takes up to 1024 arguments, and no more at least than at most");
        detail::FunctionSpec spec{.name = name, .doc = std::string(text_or(doc, "")), .count = most, .required = least};
        auto called = [function, data, owner](const detail::FunctionSpec& of, detail::Object* const* given,
                                              std::size_t count) {
            // Those that were left out come last: without names there are no gaps.
            while (count > 0 && given[count - 1] == nullptr) --count;
            return call_host(function, data, of, given, count);
        };
        const catena::Gil gil;
        const Result<Value> made = Value::finish(detail::make_function(std::move(spec), std::move(called)));
        if (!made) return keep(made.error()), false;
        return done(interpreter->interpreter.define(name, *made));
    });
}

catena_value* catena_fail(const char* type, const char* message) {
    (void)attempt(false, [&] {
        return keep(detail::plain_error(type != nullptr ? type : "RuntimeError", text_or(message, ""))), true;
    });
    return nullptr;
}

bool catena_set_limits(catena_interpreter* interpreter, const catena_limits* limits) {
    if (!given(interpreter, limits)) return false;
    return attempt(false, [&] {
        const auto most = static_cast<std::uint64_t>(std::chrono::nanoseconds::max().count());
        const auto time = static_cast<std::chrono::nanoseconds::rep>(std::min(limits->nanoseconds, most));
        return done(interpreter->interpreter.set_limits({.time = std::chrono::nanoseconds(time),
                                                         .steps = limits->steps,
                                                         .depth = limits->depth,
                                                         .memory = limits->memory}));
    });
}

void catena_interrupt(catena_interpreter* interpreter) {
    if (interpreter != nullptr) interpreter->interpreter.interrupt();
}

bool catena_set_output(catena_interpreter* interpreter, catena_output output, void* data) {
    if (!given(interpreter)) return false;
    return attempt(false, [&] {
        if (output == nullptr) return done(interpreter->interpreter.set_output({}));
        const auto to = [output, data](bool error) {
            return [output, data, error](std::string_view text) {
                output(data, std::string(text).c_str(), text.size(), error);
            };
        };
        return done(interpreter->interpreter.set_output(to(false), to(true)));
    });
}

catena_value* catena_copy(const catena_value* value) {
    if (!given(value)) return nullptr;
    return attempt<catena_value*>(nullptr, [&] { return new catena_value{value->value}; });
}

void catena_release(catena_value* value) { delete value; }

catena_value* catena_nil(void) {
    return attempt<catena_value*>(nullptr, [] { return new catena_value; });
}
catena_value* catena_bool(bool value) {
    return made_by([&] { return Value::from(value); });
}
catena_value* catena_int(int64_t value) {
    return made_by([&] { return Value::from(value); });
}
catena_value* catena_double(double value) {
    return made_by([&] { return Value::from(value); });
}
catena_value* catena_string(const char* text, size_t size) {
    if (!block_given(text, size)) return nullptr;
    return made_by([&] { return Value::from(std::string_view(text, size)); });
}
catena_value* catena_bytes(const void* data, size_t size) {
    if (!block_given(data, size)) return nullptr;
    return made_by([&] {
        const catena::Gil gil;
        return Value::finish(detail::make_bytes({static_cast<const char*>(data), size}));
    });
}
catena_value* catena_list(const catena_value* const* items, size_t count) {
    if (!all_given(items, count)) return nullptr;
    return made_by([&] {
        std::vector<Value> values;
        for (size_t i = 0; i < count; ++i) values.push_back(items[i]->value);
        return Value::from(values);
    });
}

bool catena_is_nil(const catena_value* value) { return value == nullptr || value->value.is_nil(); }
bool catena_to_bool(const catena_value* value, bool* out) { return convert(value, out); }
bool catena_to_int(const catena_value* value, int64_t* out) { return convert(value, out); }
bool catena_to_double(const catena_value* value, double* out) { return convert(value, out); }

const char* catena_to_string(const catena_value* value, size_t* size) {
    if (!given(value)) return nullptr;
    return attempt<const char*>(nullptr, [&]() -> const char* {
        // Python keeps the text within the string itself.
        const Result<catena::Text> text = value->value.text();
        if (!text) return keep(text.error()), nullptr;
        if (size != nullptr) *size = text->size();
        return text->data();
    });
}

const char* catena_type_name(const catena_value* value) {
    if (!given(value)) return "";
    const catena::Gil gil;
    return detail::type_name(value->value.object());
}

catena_value* catena_str(const catena_value* value) {
    if (!given(value)) return nullptr;
    return made_by(
        [&] { return value->value.str().and_then([](const std::string& text) { return Value::from(text); }); });
}
catena_value* catena_repr(const catena_value* value) {
    if (!given(value)) return nullptr;
    return made_by(
        [&] { return value->value.repr().and_then([](const std::string& text) { return Value::from(text); }); });
}

catena_value* catena_call(const catena_value* function, const catena_value* const* arguments, size_t count) {
    if (!given(function) || !all_given(arguments, count)) return nullptr;
    return made_by([&] {
        std::vector<detail::Object*> objects;
        for (size_t i = 0; i < count; ++i) objects.push_back(arguments[i]->value.object());
        const detail::Scope scope(function->value.context());
        return Value::finish(detail::call(function->value.object(), objects.data(), count));
    });
}

catena_value* catena_attr(const catena_value* value, const char* name) {
    if (!given(value, name)) return nullptr;
    return made_by([&] { return value->value.attr(name); });
}

bool catena_set_attr(const catena_value* value, const char* name, const catena_value* to) {
    if (!given(value, name, to)) return false;
    return attempt(false, [&] { return done(value->value.set_attr(name, to->value)); });
}

catena_value* catena_item(const catena_value* value, const catena_value* key) {
    if (!given(value, key)) return nullptr;
    return made_by([&] { return value->value.item(key->value); });
}

ptrdiff_t catena_length(const catena_value* value) {
    if (!given(value)) return -1;
    return attempt<ptrdiff_t>(-1, [&]() -> ptrdiff_t {
        const detail::Scope scope(value->value.context());
        const std::ptrdiff_t length = detail::length(value->value.object());
        if (length < 0) keep(detail::take_error());
        return length;
    });
}

catena_value* catena_iterate(const catena_value* value) {
    if (!given(value)) return nullptr;
    return made_by([&] {
        const detail::Scope scope(value->value.context());
        return Value::finish(detail::iterate(value->value.object()));
    });
}

bool catena_next(const catena_value* iterator, catena_value** item) {
    if (!given(item)) return false;
    *item = nullptr;
    if (!given(iterator)) return false;
    return attempt(false, [&] {
        const detail::Scope scope(iterator->value.context());
        bool failed = false;
        if (!detail::is_iterator(iterator->value.object())) {
            detail::set_error("TypeError",
                              std::string("expected an iterator, not ") + detail::type_name(iterator->value.object()));
            return keep(detail::take_error()), false;
        }
        detail::Object* next = detail::next(iterator->value.object(), &failed);
        if (failed) return keep(detail::take_error()), false;
        if (next != nullptr) *item = made(Value::finish(next));
        return true;
    });
}

catena_value* catena_view(void* data, catena_element element, const size_t* shape, size_t rank, bool read_only,
                          void* owner, void (*end)(void*)) {
    return made_by([&]() -> Result<Value> {
        const auto ending = owned(owner, end);
        if ((rank > 0 && !given(shape)) || !known(element)) return tl::unexpected(*last.error);
        detail::Memory memory{.data = data, .element = element_of(element), .writable = !read_only, .owner = ending};
        memory.bytes = memory.element.size;
        for (size_t i = 0; i < rank; ++i) {
            if (__builtin_mul_overflow(memory.bytes, shape[i], &memory.bytes) || memory.bytes > PTRDIFF_MAX)
                return tl::unexpected(detail::plain_error("ValueError", "the array would be larger than any memory"));
            memory.shape.push_back(static_cast<std::ptrdiff_t>(shape[i]));
        }
        if (!block_given(data, memory.bytes)) return tl::unexpected(*last.error);
        const catena::Gil gil;
        return Value::finish(detail::make_array(memory));
    });
}

bool catena_to_array(const catena_value* value, catena_element element, bool write, bool gaps, catena_array* out) {
    if (out != nullptr) *out = {};
    if (!given(value, out) || !known(element)) return false;
    return attempt(false, [&] {
        auto shared = std::make_unique<detail::Shared>();
        const catena::Gil gil;
        if (!detail::share(value->value.object(), element_of(element), write, gaps, shared.get()))
            return keep(detail::take_error()), false;
        *out = {shared->data, shared->size, shared->rank, shared->shape, shared->strides, shared->contiguous, nullptr};
        out->hold = shared.release();
        return true;
    });
}

void catena_array_release(catena_array* array) {
    if (array == nullptr) return;
    delete static_cast<detail::Shared*>(array->hold);
    *array = {};
}
