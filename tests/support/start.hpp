// What a unit test program needs before its first test: a running CPython, and the types of the floors it links.
#pragma once

namespace catena::tests {

// Says whether Python runs and the floors are ready; prints what went wrong otherwise.
bool start_floors();

}  // namespace catena::tests
