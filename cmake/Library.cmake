# libcatena, for programs that embed Catena: the floors up to `embed` as one shared library over CPython's shared library, so that a
# host which uses libpython itself meets the same one. Only the interface in embed/include is visible from outside.
#
# `catena::catena` is its name, in this build (add_subdirectory) as after find_package(catena).
set(version_script "${CMAKE_CURRENT_LIST_DIR}/library_symbols.map")
# What the interface declares is visible, the rest of these sources hidden again by the version script.
set_source_files_properties("${PROJECT_SOURCE_DIR}/embed/c_interface.cpp" "${PROJECT_SOURCE_DIR}/embed/object.cpp" "${PROJECT_SOURCE_DIR}/embed/calls.cpp"
    "${PROJECT_SOURCE_DIR}/embed/interpreter.cpp" "${PROJECT_SOURCE_DIR}/embed/host_class.cpp" "${PROJECT_SOURCE_DIR}/embed/host_function.cpp"
    "${PROJECT_SOURCE_DIR}/embed/shared_memory.cpp" "${PROJECT_SOURCE_DIR}/embed/stream.cpp"
    "${PROJECT_SOURCE_DIR}/embed/times_and_paths.cpp"
    PROPERTIES COMPILE_OPTIONS -fvisibility=default)
add_library(catena_library SHARED $<TARGET_OBJECTS:catena_image>)
add_library(catena::catena ALIAS catena_library)
set(library_floors "")
foreach(floor stdlib compiler vm lang bridge)
    list(APPEND library_floors "$<TARGET_FILE:catena_${floor}>")
    add_dependencies(catena_library catena_${floor})
endforeach()
add_dependencies(catena_library catena_embed)
target_link_libraries(catena_library
    PRIVATE catena_flags "-Wl,--whole-archive,$<TARGET_FILE:catena_embed>,--no-whole-archive" ${library_floors}
        "${catena_python_SHARED}")
# It stays once it is loaded: Python never ends, and keeps what leads here.
target_link_options(catena_library PRIVATE "LINKER:--version-script=${version_script}" "LINKER:--no-undefined" "LINKER:-z,nodelete")
set_target_properties(catena_library PROPERTIES
    OUTPUT_NAME catena
    EXPORT_NAME catena
    LINK_DEPENDS "${version_script};$<TARGET_FILE:catena_embed>"
    VERSION "${PROJECT_VERSION}"
    SOVERSION "${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}"
    LINKER_LANGUAGE CXX
    LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib"
)
target_compile_features(catena_library INTERFACE cxx_std_20)
target_include_directories(catena_library INTERFACE
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/embed/include>" "$<INSTALL_INTERFACE:include>")

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_folder "${CMAKE_INSTALL_LIBDIR}/cmake/catena")
install(TARGETS catena_library EXPORT catena_targets LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(EXPORT catena_targets NAMESPACE catena:: DESTINATION "${package_folder}" FILE catenaTargets.cmake)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/embed/include/catena" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/catenaConfig.cmake.in"
    "${PROJECT_BINARY_DIR}/generated/catenaConfig.cmake" INSTALL_DESTINATION "${package_folder}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/generated/catenaConfigVersion.cmake"
    COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/generated/catenaConfig.cmake"
    "${PROJECT_BINARY_DIR}/generated/catenaConfigVersion.cmake" DESTINATION "${package_folder}")
# Wherever it is installed to, or moved.
file(RELATIVE_PATH pc_to_prefix "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
configure_file("${CMAKE_CURRENT_LIST_DIR}/catena.pc.in" "${PROJECT_BINARY_DIR}/generated/catena.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/generated/catena.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
if(TARGET catena)
    install(TARGETS catena RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
if(TARGET catena_python_module)
    install(TARGETS catena_python_module LIBRARY DESTINATION "lib/catena/python")
endif()
