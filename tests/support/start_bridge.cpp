#include "tests/support/start.hpp"

bool catena::tests::start_floors() { return true; }
