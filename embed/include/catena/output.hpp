// Where the output of scripts goes.
#pragma once

#include <functional>
#include <string_view>

namespace catena::inline v1 {

// Gets what a script writes to sys.stdout or sys.stderr, in UTF-8 and in the pieces in which it is written (`print` writes its line end by
// itself), in the thread that writes and without the GIL. What it throws is a RuntimeError of the writer.
using Output = std::function<void(std::string_view text)>;

}  // namespace catena::inline v1
