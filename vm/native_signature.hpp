// What a native's written signature, "[s prefix &opt (start 0) & more]", means to Python's inspect.
#pragma once

#include <string>

#include "bridge/result.hpp"
#include "vm/native.hpp"

namespace catena {

// The parameters without the brackets, for messages.
[[nodiscard]] std::string signature_words(const NativeSpec& spec);

// An inspect.Signature. A signature of several arities, or one that cannot be read, is (*args).
[[nodiscard]] Result<Ref> native_signature(const NativeSpec& spec);

}  // namespace catena
