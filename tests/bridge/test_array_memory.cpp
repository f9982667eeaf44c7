#include "bridge/array_memory.hpp"

#include <Python.h>

#include <cstdlib>

#include "bridge/numpy_layout.hpp"
#include "tests/support/catch.hpp"

using namespace catena;

namespace {

int allocated = 0, given_back = 0;

void* allocate(void*, std::size_t bytes) {
    ++allocated;
    return std::malloc(bytes);
}
void* refuse(void*, std::size_t) { return nullptr; }
void* allocate_zeros(void*, std::size_t count, std::size_t size) { return std::calloc(count, size); }
void* reallocate(void*, void* memory, std::size_t bytes) { return std::realloc(memory, bytes); }
void give_back(void*, void* memory, std::size_t) {
    ++given_back;
    std::free(memory);
}

ArrayHandler counting{"counting", 1, nullptr, allocate, allocate_zeros, reallocate, give_back};
ArrayHandler refusing{"refusing", 1, nullptr, refuse, allocate_zeros, reallocate, give_back};

Ref large_array() {
    const Py_ssize_t shape[] = {1 << 20};
    return steal(new_plain_array(float64, 1, shape));
}

}  // namespace

TEST_CASE("large arrays are made by the handler that a program has in force") {
    const Ref numpy = steal(PyImport_ImportModule("numpy"));
    if (!numpy) return PyErr_Clear();
    const Ref counts = array_handler(counting), refuses = array_handler(refusing);
    REQUIRE(counts);
    CHECK(plain_array_handler());
    {
        const ArrayHandlerInForce in_force(counts);
        CHECK_FALSE(plain_array_handler());
        CHECK(large_array());
        CHECK(allocated == 1);
        CHECK(given_back == 1);
        {
            const ArrayHandlerInForce within(refuses);
            CHECK_FALSE(large_array());
            CHECK(PyErr_ExceptionMatches(PyExc_MemoryError));
        }
        CHECK(PyErr_Occurred() != nullptr);  // the error outlives the handler
        PyErr_Clear();
        CHECK(large_array());
        CHECK(allocated == 2);
    }
    CHECK(plain_array_handler());
    // Without one it is the bridge's own; an array that was made under a handler goes back to it.
    CHECK(large_array());
    CHECK(allocated == 2);
    Ref kept;
    {
        const ArrayHandlerInForce in_force(counts);
        kept = large_array();
    }
    kept.reset();
    CHECK(given_back == 3);
}
