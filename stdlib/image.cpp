// The image, as bytes of the program.
#include "stdlib/image.hpp"

__asm__(
    ".pushsection .rodata\n"
    ".balign 16\n"
    "catena_image_begin:\n"
    ".incbin \"" CATENA_IMAGE_PATH
    "\"\n"
    "catena_image_end:\n"
    ".byte 0\n"
    ".popsection\n");

extern "C" {
extern const char catena_image_begin[] __attribute__((visibility("hidden")));
extern const char catena_image_end[] __attribute__((visibility("hidden")));
}

namespace catena {

std::string_view built_in_image() {
    return {catena_image_begin, static_cast<std::size_t>(catena_image_end - catena_image_begin)};
}

}  // namespace catena
