// The core library in Catena, from its image: each definition is loaded when something asks for its name.
#pragma once

#include <string>
#include <vector>

#include "bridge/result.hpp"
#include "stdlib/image.hpp"

namespace catena {

// Makes the built-in image the source of core's names. Idempotent; after init_compiler.
[[nodiscard]] Result<void> init_library();

// The same for another image; it must outlive the interpreter.
void use_image(const Image& image);

// Compiles the form that defines an entry, without running it.
[[nodiscard]] Result<Ref> compile_entry(const Image& image, const ImageEntry& entry);

}  // namespace catena
