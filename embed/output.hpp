// Redirected output. Everything here needs the GIL.
#pragma once

#include <memory>

#include <catena/output.hpp>

namespace catena::inline v1::detail {

// What takes the place of sys.stdout and sys.stderr in the calls of one interpreter; null: nothing does.
struct Outputs {
    std::shared_ptr<const Output> out, errors;
};

// Puts streams that ask the running call's interpreter into sys.stdout and sys.stderr, unless they are there. False with an error set.
[[nodiscard]] bool install_streams();

}  // namespace catena::inline v1::detail
