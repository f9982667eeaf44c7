# The core library in Catena, compiled at build time. catena-boot, the program without an image, reads stdlib/*.lisp in the
# order of their names and writes the image; stdlib/image.cpp embeds that file, whose path it gets as CATENA_IMAGE_PATH.
# Whatever links catena_stdlib gets the image with it.
set(catena_image "${PROJECT_BINARY_DIR}/generated/core.image")
file(GLOB library_files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/stdlib/*.lisp")
list(SORT library_files)

add_executable(catena-boot stdlib/boot_main.cpp)
if(TARGET check_includes_stdlib)
    add_dependencies(catena-boot check_includes_stdlib)
endif()
get_target_property(stdlib_type catena_stdlib TYPE)
if(stdlib_type STREQUAL "STATIC_LIBRARY")
    target_sources(catena-boot PRIVATE $<TARGET_OBJECTS:catena_stdlib>)
endif()
target_link_libraries(catena-boot PRIVATE catena_compiler catena_flags)

add_custom_command(
    OUTPUT "${catena_image}"
    COMMAND catena-boot "${catena_image}" ${library_files}
    DEPENDS catena-boot ${library_files}
    COMMENT "Compiling the core library"
    VERBATIM
)

add_library(catena_image OBJECT stdlib/image.cpp)
target_link_libraries(catena_image PRIVATE catena_compiler catena_flags)
target_compile_definitions(catena_image PRIVATE "CATENA_IMAGE_PATH=\"${catena_image}\"")
# The compiler's dependencies do not name what .incbin reads, and a compiler cache would not see it change.
set_target_properties(catena_image PROPERTIES CXX_COMPILER_LAUNCHER "")
set_source_files_properties(stdlib/image.cpp PROPERTIES OBJECT_DEPENDS "${catena_image}")
target_link_libraries(catena_stdlib INTERFACE $<TARGET_OBJECTS:catena_image>)
