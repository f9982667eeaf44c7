// What the bridge's tests share: Python expressions as values, chains by their printed form, and outcomes to compare.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bridge/chain.hpp"
#include "bridge/error.hpp"
#include "bridge/text.hpp"
#include "bridge/value.hpp"

namespace catena::tests {

// A value that owns what is inside.
class Held {
public:
    Held() = default;
    explicit Held(Value v) : value_(v) {}
    Held(Held&& other) noexcept : value_(std::exchange(other.value_, Value::nil())) {}
    Held& operator=(Held&& other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }
    ~Held() { value_.release(); }
    [[nodiscard]] const Value& get() const { return value_; }

private:
    Value value_;
};

// A fresh namespace with builtins.
class Namespace {
public:
    Namespace();
    void run(const char* statements);                       // fails the test when Python raises
    [[nodiscard]] Held eval(const char* expression) const;  // the same
    [[nodiscard]] PyObject* get(const char* name) const;    // borrowed
    void set(const char* name, const Value& value);

private:
    Ref globals_;
};

// "repr of type", or "!Type: message" of the error that is set, which is cleared.
[[nodiscard]] std::string describe(const Value& v);

// A prepared chain of that printed form; fails the test when it cannot be read.
[[nodiscard]] Chain chain_of(std::string_view text);

// Runs the chain and describes what came out.
[[nodiscard]] std::string outcome(Chain& chain, const std::vector<Value>& operands);

}  // namespace catena::tests
