// NumPy's memory handlers (NEP 49): who allocates the elements of the arrays that a thread makes. The one in force belongs to the
// thread's context (contextvars), and each array goes back to the one that it was made with. NumPy knows them from 1.22 on.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridge/ref.hpp"

namespace catena {

// NumPy's PyDataMem_Handler, version 1. It lives as long as the process.
struct ArrayHandler {
    char name[127];
    std::uint8_t version;
    void* context;
    void* (*allocate)(void* context, std::size_t bytes);
    void* (*allocate_zeros)(void* context, std::size_t count, std::size_t size);
    void* (*reallocate)(void* context, void* memory, std::size_t bytes);
    void (*give_back)(void* context, void* memory, std::size_t bytes);
};

// The handler as NumPy wants it. Null, without an error, where NumPy has not been imported or knows no handlers.
[[nodiscard]] Ref array_handler(ArrayHandler& handler);
// Whether the one in force is NumPy's own: nobody counts or limits what arrays take. Where array_handler() answered one.
[[nodiscard]] bool plain_array_handler();

// Has a handler in force as long as it stands, in this context of this thread; none: does nothing. The pending error stays.
class ArrayHandlerInForce {
public:
    explicit ArrayHandlerInForce(const Ref& handler);
    ~ArrayHandlerInForce();
    ArrayHandlerInForce(const ArrayHandlerInForce&) = delete;
    ArrayHandlerInForce& operator=(const ArrayHandlerInForce&) = delete;

private:
    Ref before_;
};

}  // namespace catena
