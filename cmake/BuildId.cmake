# generated/catena_build_id.hpp: a hash of all that decides what the compiler makes of a source, for the cache of compiled
# modules. The program and the Python extension module share it.
file(GLOB build_id_files CONFIGURE_DEPENDS
    "${PROJECT_SOURCE_DIR}/bridge/*.cpp" "${PROJECT_SOURCE_DIR}/bridge/*.hpp" "${PROJECT_SOURCE_DIR}/bridge/*.def"
    "${PROJECT_SOURCE_DIR}/lang/*.cpp" "${PROJECT_SOURCE_DIR}/lang/*.hpp"
    "${PROJECT_SOURCE_DIR}/vm/*.cpp" "${PROJECT_SOURCE_DIR}/vm/*.hpp" "${PROJECT_SOURCE_DIR}/vm/*.def"
    "${PROJECT_SOURCE_DIR}/compiler/*.cpp" "${PROJECT_SOURCE_DIR}/compiler/*.hpp" "${PROJECT_SOURCE_DIR}/compiler/*.def"
    "${PROJECT_SOURCE_DIR}/stdlib/*.lisp")
set(build_id_stamp "${PROJECT_BINARY_DIR}/generated/build_id.stamp")
add_custom_command(
    OUTPUT "${build_id_stamp}"
    BYPRODUCTS "${PROJECT_BINARY_DIR}/generated/catena_build_id.hpp"
    COMMAND "${catena_python_EXECUTABLE}" -I -S "${PROJECT_SOURCE_DIR}/cmake/build_id.py"
        "${PROJECT_BINARY_DIR}/generated/catena_build_id.hpp" ${build_id_files}
    COMMAND "${CMAKE_COMMAND}" -E touch "${build_id_stamp}"
    DEPENDS ${build_id_files} "${PROJECT_SOURCE_DIR}/cmake/build_id.py"
    COMMENT "Naming this build"
    VERBATIM
)
add_custom_target(catena_build_id DEPENDS "${build_id_stamp}")
add_dependencies(catena_compiler catena_build_id)
